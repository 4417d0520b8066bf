package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// writtenColumns are what scanWritten reads.
const writtenColumns = `id, person, kind, terms, expires_on, text_version, language, text_hash, how, signed_on,
	given_at, expires_at, ended_at, ended_how, replaces, by_actor, ended_by`

// insertWritten goes with writtenRow.
const insertWritten = "INSERT INTO written_consents (clinic, recipient_index, " + writtenColumns + ")"

func writtenRow(key *clinicKey, clinic scheduler.ID, a access.Actor, c scheduler.WrittenConsent) ([]any, error) {
	terms, err := json.Marshal(c.ConsentTerms)
	if err != nil {
		return nil, fmt.Errorf("writing a consent: %w", err)
	}
	return []any{clinic, recipientIndex(key, c.To), c.ID, c.Person, c.Kind,
		key.Seal(place(clinic, "written_consents", "terms", c.ID), string(terms)), dateText(c.ExpiresOn),
		c.TextVersion, c.Language, c.Hash, c.How, dateText(c.SignedOn), sqldb.Stamp(c.GivenAt),
		sqldb.Stamp(c.ExpiresAt), "", "", c.Replaces, a.String(), ""}, nil
}

func scanWritten(key *clinicKey, clinic scheduler.ID) func(*sql.Rows) (reads.WrittenConsent, error) {
	return func(rows *sql.Rows) (c reads.WrittenConsent, err error) {
		var terms []byte
		var expires, signed string
		err = rows.Scan(&c.ID, &c.Person, &c.Kind, &terms, &expires, &c.TextVersion, &c.Language, &c.Hash, &c.How,
			&signed, sqldb.When(&c.GivenAt), sqldb.When(&c.ExpiresAt), sqldb.When(&c.EndedAt), &c.EndedHow,
			&c.Replaces, &c.By, &c.EndedBy)
		if err != nil {
			return c, err
		}
		if c.ExpiresOn, err = readDate(expires); err != nil {
			return c, err
		}
		if c.SignedOn, err = readDate(signed); err != nil {
			return c, err
		}
		text, err := openedExactly(key, place(clinic, "written_consents", "terms", c.ID), terms)
		if err != nil {
			return c, err
		}
		if text == "" { // the person was erased
			return c, nil
		}
		if err := json.Unmarshal([]byte(text), &c.ConsentTerms); err != nil {
			return c, fmt.Errorf("reading consent %s: %w", c.ID, err)
		}
		return c, nil
	}
}

// recipientIndex gives the blind index of who receives records. Case and spaces do not count.
func recipientIndex(key *clinicKey, name string) string {
	return blind(key, "recipient", scheduler.FoldRecipient(name))
}

// WrittenConsents lists the written consents of a person, the latest first, the ended ones as well. NotFound when
// there is no such person at the clinic.
func (db *DB) WrittenConsents(ctx context.Context, a access.Actor, clinic,
	person scheduler.ID) (all []reads.WrittenConsent, err error) {
	if err := access.CheckIn(a, access.ConsentView, string(clinic)); err != nil {
		return nil, err
	}
	err = db.view(ctx, func(t *tx) error {
		if err := t.person(ctx, clinic, person, ""); err != nil {
			return err
		}
		if err := t.maySee(ctx, a, clinic, person); err != nil {
			return err
		}
		reads.ViewingOf(ctx).Saw(reads.FieldCare, person)
		all, err = t.writtenConsents(ctx, clinic, "person = ?", person)
		return err
	})
	return all, err
}

// writtenConsents lists consents of a clinic, each with the name of the member of staff who recorded it.
func (t *tx) writtenConsents(ctx context.Context, clinic scheduler.ID, where string,
	args ...any) ([]reads.WrittenConsent, error) {
	key, err := t.key(ctx, clinic)
	if err != nil {
		return nil, err
	}
	rows, err := t.Query(ctx, "SELECT "+writtenColumns+" FROM written_consents WHERE clinic = ? AND "+where+
		" ORDER BY given_at DESC, id", append([]any{clinic}, args...)...)
	if err != nil {
		return nil, err
	}
	all, err := sqldb.Collect(rows, scanWritten(key, clinic))
	if err != nil {
		return nil, fmt.Errorf("reading written consents: %w", err)
	}
	now, named := t.db.now(), map[string]string{"": ""}
	for i := range all {
		c := &all[i]
		if c.EndedAt.IsZero() && !c.InForce(now) { // the duty writes the same
			c.EndedAt, c.EndedHow = c.ExpiresAt, consentExpired
		}
		for _, by := range []*string{&c.By, &c.EndedBy} {
			if *by, err = t.nameOnce(ctx, clinic, *by, named); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// How a consent ended otherwise than by its person.
const (
	consentExpired = "expired"
	consentChanged = "changed"
)

// GiveConsent records a written consent and returns its id; a repeated request gives that of the first. From on then
// what it allows is allowed. Invalid as WrittenConsent.Check says, and in field "how" when staff say that it was given
// on the person's own page; NotFound when there is no such person, or no such consent in force to replace.
func (db *DB) GiveConsent(ctx context.Context, a access.Actor, clinic scheduler.ID,
	q desk.ConsentRequest) (id scheduler.ID, err error) {
	may := access.PersonChange
	if a.Kind == access.KindPerson {
		may = access.ConsentOwn
	}
	if err := access.CheckIn(a, may, string(clinic)); err != nil {
		return "", err
	}
	asked := desk.Change{Clinic: clinic, Actor: a, Action: may, Once: q.Once}
	id = randomID()
	err = db.write(ctx, func(t *tx) error {
		c, err := t.lock(ctx, clinic)
		if err != nil {
			return err
		}
		if err := t.recall(ctx, asked); err != nil {
			return err
		}
		given := q.Consent
		given.ID, given.GivenAt = id, db.now()
		if err := t.checkWritten(ctx, a, c, &given); err != nil {
			return err
		}
		if q.DryRun {
			return errDryRun
		}
		if err := t.replaceWritten(ctx, a, clinic, given); err != nil {
			return err
		}
		action := "consent.give"
		if given.Replaces != "" {
			action = "consent.change"
		}
		if err := t.afterConsent(ctx, a, clinic, given, action); err != nil {
			return err
		}
		return t.keep(ctx, asked, &scheduler.Book{Made: id})
	})
	var before *desk.Repeated
	switch {
	case errors.Is(err, errDryRun):
		return "", nil
	case errors.As(err, &before):
		return before.Made, nil
	case err != nil:
		return "", err
	}
	return id, nil
}

// checkWritten completes a consent from the person and the clinic, and checks it.
func (t *tx) checkWritten(ctx context.Context, a access.Actor, c scheduler.Clinic,
	given *scheduler.WrittenConsent) error {
	if err := t.person(ctx, c.ID, given.Person, t.ForUpdate()); err != nil {
		return err
	}
	if err := t.maySee(ctx, a, c.ID, given.Person); err != nil {
		return err
	}
	var name, language string
	err := t.Row(ctx, `SELECT c.name, p.language FROM people p JOIN clinics c ON c.id = p.clinic
		WHERE p.clinic = ? AND p.id = ?`, c.ID, given.Person).Scan(&name, &language)
	if err != nil {
		return fmt.Errorf("reading who consents: %w", err)
	}
	if strings.TrimSpace(given.From) == "" {
		given.From = name
	}
	if given.Language == "" {
		given.Language = language
	}
	checked, err := given.Check(t.db.now(), t.location(c.Zone))
	if given.How == "page" && a.Kind != access.KindPerson {
		err = errors.Join(err,
			fault.In("how", "Only the person can sign on their own page. Choose how you were told."))
	}
	if err != nil {
		return err
	}
	*given = checked
	if given.Replaces == "" {
		return nil
	}
	former, err := t.livingConsent(ctx, c.ID, given.Person, given.Replaces)
	if err == nil && former.Kind != given.Kind {
		err = fault.In("kind", "A consent stays of its kind. End this one, and record another.")
	}
	return err
}

// livingConsent gives a consent of a person that is in force.
func (t *tx) livingConsent(ctx context.Context, clinic, person, id scheduler.ID) (reads.WrittenConsent, error) {
	all, err := t.writtenConsents(ctx, clinic, "person = ? AND id = ?", person, id)
	if err != nil {
		return reads.WrittenConsent{}, err
	}
	if len(all) == 0 {
		return reads.WrittenConsent{}, notFound("There is no such consent. Choose one on the person's page.")
	}
	if !all[0].InForce(t.db.now()) {
		return all[0], fault.New(fault.Closed, "This consent has ended already. Look at the list again.")
	}
	return all[0], nil
}

// replaceWritten writes a consent, and ends the one that it changes.
func (t *tx) replaceWritten(ctx context.Context, a access.Actor, clinic scheduler.ID,
	given scheduler.WrittenConsent) error {
	if given.Replaces != "" {
		if err := t.endWritten(ctx, a, clinic, given.Replaces, consentChanged, given.GivenAt); err != nil {
			return err
		}
	}
	key, err := t.key(ctx, clinic)
	if err != nil {
		return err
	}
	row, err := writtenRow(key, clinic, a, given)
	if err != nil {
		return err
	}
	return t.Insert(ctx, insertWritten, [][]any{row}, "")
}

func (t *tx) endWritten(ctx context.Context, a access.Actor, clinic, id scheduler.ID, how string, at time.Time) error {
	err := t.Exec(ctx, `UPDATE written_consents SET ended_at = ?, ended_how = ?, ended_by = ?
		WHERE clinic = ? AND id = ? AND ended_at = ''`, sqldb.Stamp(at), how, a.String(), clinic, id)
	if err != nil {
		return fmt.Errorf("ending a consent: %w", err)
	}
	return nil
}

// afterConsent does what follows from a consent that was given or has ended, and writes it to the audit. A calendar
// address opens with a consent to it, and ends with the last one.
func (t *tx) afterConsent(ctx context.Context, a access.Actor, clinic scheduler.ID, c scheduler.WrittenConsent,
	action string) error {
	if c.Kind == scheduler.ConsentFeed {
		if err := t.feedFollows(ctx, clinic, c.Person); err != nil {
			return fmt.Errorf("opening or ending a calendar address: %w", err)
		}
	}
	return t.audit(ctx, clinic, a, t.db.now(),
		scheduler.AuditEntry{Action: action, Subjects: []scheduler.ID{c.Person}, Fields: []string{string(c.Kind)}})
}

// feedFollows opens or ends a person's calendar address, by whether a consent to it is in force.
func (t *tx) feedFollows(ctx context.Context, clinic, person scheduler.ID) error {
	now := t.db.now()
	var living, open, last int
	err := t.Row(ctx, `
		SELECT (SELECT count(*) FROM written_consents WHERE clinic = ? AND person = ? AND kind = ? AND ended_at = ''
		    AND (expires_at = '' OR expires_at > ?)),
		  (SELECT count(*) FROM tokens WHERE clinic = ? AND subject = ? AND purpose = ? AND revoked_at = ''),
		  (SELECT coalesce(max(generation), -1) FROM tokens WHERE clinic = ? AND subject = ? AND purpose = ?)`,
		clinic, person, scheduler.ConsentFeed, sqldb.Stamp(now), clinic, person, feedPurpose, clinic, person,
		feedPurpose).Scan(&living, &open, &last)
	if err != nil {
		return err
	}
	switch {
	case living > 0 && open == 0:
		err = t.addToken(ctx, clinic, feedPurpose, person, last+1)
	case living == 0:
		records, merged := t.mergedIn(ctx, clinic, person)
		if merged != nil {
			return merged
		}
		err = t.revokeTokens(ctx, clinic, feedPurpose, records, now)
	}
	if err != nil {
		return err
	}
	return t.Exec(ctx, "UPDATE people SET rev = rev + 1 WHERE clinic = ? AND id = ?", clinic, person)
}

// EndConsent ends a written consent at once. Invalid in field "how"; NotFound when the person has no such consent;
// Closed when it has ended already.
func (db *DB) EndConsent(ctx context.Context, a access.Actor, clinic scheduler.ID, q desk.ConsentEnd) error {
	may := access.PersonChange
	if a.Kind == access.KindPerson {
		may = access.ConsentOwn
	}
	if err := access.CheckIn(a, may, string(clinic)); err != nil {
		return err
	}
	if !slices.Contains(scheduler.ConsentWays(), q.How) {
		return fault.In("how", "Say how they ended it: paper, spoken, page, email or phone.")
	}
	err := db.write(ctx, func(t *tx) error {
		if _, err := t.lock(ctx, clinic); err != nil {
			return err
		}
		if err := t.person(ctx, clinic, q.Person, t.ForUpdate()); err != nil {
			return err
		}
		if err := t.maySee(ctx, a, clinic, q.Person); err != nil {
			return err
		}
		c, err := t.livingConsent(ctx, clinic, q.Person, q.Consent)
		if err != nil {
			return err
		}
		if q.DryRun {
			return errDryRun
		}
		if err := t.endWritten(ctx, a, clinic, c.ID, q.How, db.now()); err != nil {
			return err
		}
		return t.afterConsent(ctx, a, clinic, c.WrittenConsent, "consent.end")
	})
	if errors.Is(err, errDryRun) {
		return nil
	}
	return err
}

func dateText(d civil.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

func readDate(text string) (civil.Date, error) {
	if text == "" {
		return civil.Date{}, nil
	}
	d, err := civil.ParseDate(text)
	if err != nil {
		return d, fmt.Errorf("reading a date: %w", err)
	}
	return d, nil
}
