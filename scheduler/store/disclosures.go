package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// disclosureColumns are what scanDisclosed reads.
const disclosureColumns = "id, person, terms, basis, consent, how, at, last_at, times, by_actor"

// insertDisclosure goes with disclosureRow.
const insertDisclosure = "INSERT INTO disclosures (clinic, " + disclosureColumns + ")"

func disclosureRow(key *clinicKey, clinic scheduler.ID, a access.Actor, d scheduler.Disclosure,
	at time.Time) ([]any, error) {
	terms, err := json.Marshal(d.DisclosureTerms)
	if err != nil {
		return nil, fmt.Errorf("writing a disclosure: %w", err)
	}
	return []any{clinic, d.ID, d.Person, key.Seal(place(clinic, "disclosures", "terms", d.ID), string(terms)), d.Basis,
		d.Consent, d.How, sqldb.Stamp(at), sqldb.Stamp(at), 1, a.String()}, nil
}

func scanDisclosed(key *clinicKey, clinic scheduler.ID) func(*sql.Rows) (reads.Disclosed, error) {
	return func(rows *sql.Rows) (d reads.Disclosed, err error) {
		var terms []byte
		err = rows.Scan(&d.ID, &d.Person, &terms, &d.Basis, &d.Consent, &d.How, sqldb.When(&d.At), sqldb.When(&d.Last),
			&d.Times, &d.By)
		if err != nil {
			return d, err
		}
		text, err := openedExactly(key, place(clinic, "disclosures", "terms", d.ID), terms)
		if err != nil {
			return d, err
		}
		if err := json.Unmarshal([]byte(text), &d.DisclosureTerms); err != nil {
			return d, fmt.Errorf("reading disclosure %s: %w", d.ID, err)
		}
		return d, nil
	}
}

// Disclosures lists what left the programme of a person, the latest first: their accounting (42 CFR 2.25). NotFound
// when there is no such person at the clinic.
func (db *DB) Disclosures(ctx context.Context, a access.Actor, clinic,
	person scheduler.ID) (all []reads.Disclosed, err error) {
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
		key, err := t.key(ctx, clinic)
		if err != nil {
			return err
		}
		rows, err := t.Query(ctx, "SELECT "+disclosureColumns+
			" FROM disclosures WHERE clinic = ? AND person = ? ORDER BY at DESC, id", clinic, person)
		if err != nil {
			return err
		}
		if all, err = sqldb.Collect(rows, scanDisclosed(key, clinic)); err != nil {
			return fmt.Errorf("reading disclosures: %w", err)
		}
		named := map[string]string{"": ""}
		for i := range all {
			if all[i].By, err = t.nameOnce(ctx, clinic, all[i].By, named); err != nil {
				return err
			}
		}
		return nil
	})
	return all, err
}

// LogDisclosure writes down a disclosure that staff made by letter, by telephone or in another way. Invalid as
// Disclosure.Check says, and in field "consent" when it rests on a consent that is not in force or lets nothing go.
func (db *DB) LogDisclosure(ctx context.Context, a access.Actor, clinic scheduler.ID, d scheduler.Disclosure,
	once desk.Once, m reads.Mode) error {
	if err := access.CheckIn(a, access.DisclosureLog, string(clinic)); err != nil {
		return err
	}
	d, err := d.Check()
	if err != nil {
		return err
	}
	d.ID = randomID()
	asked := desk.Change{Clinic: clinic, Actor: a, Action: access.DisclosureLog, Once: once}
	err = db.write(ctx, func(t *tx) error {
		if _, err := t.lock(ctx, clinic); err != nil {
			return err
		}
		if err := t.recall(ctx, asked); err != nil {
			return err
		}
		if err := t.person(ctx, clinic, d.Person, ""); err != nil {
			return err
		}
		if err := t.maySee(ctx, a, clinic, d.Person); err != nil {
			return err
		}
		if err := t.restsOn(ctx, clinic, &d); err != nil || m == reads.OnlyCheck {
			return err
		}
		key, err := t.key(ctx, clinic)
		if err != nil {
			return err
		}
		row, err := disclosureRow(key, clinic, a, d, db.now())
		if err != nil {
			return err
		}
		if err := t.Insert(ctx, insertDisclosure, [][]any{row}, ""); err != nil {
			return err
		}
		err = t.audit(ctx, clinic, a, db.now(), scheduler.AuditEntry{Action: "disclosure.log",
			Subjects: []scheduler.ID{d.Person}, Fields: []string{string(d.Basis)}})
		if err != nil {
			return err
		}
		return t.keep(ctx, asked, &scheduler.Book{Made: d.ID})
	})
	var before *desk.Repeated
	if errors.As(err, &before) {
		return nil
	}
	return err
}

// restsOn checks the consent of a disclosure. Another basis has none.
func (t *tx) restsOn(ctx context.Context, clinic scheduler.ID, d *scheduler.Disclosure) error {
	if d.Basis != scheduler.BasisConsent {
		d.Consent = ""
		return nil
	}
	all, err := t.writtenConsents(ctx, clinic, "person = ? AND id = ?", d.Person, d.Consent)
	if err != nil {
		return err
	}
	if len(all) == 0 || !all[0].InForce(t.db.now()) || !all[0].Kind.Discloses() {
		return fault.In("consent", "Choose a consent in force that lets records go. Without one, nothing may leave "+
			"but in a medical emergency, by court order or for an audit.")
	}
	return nil
}

// Outgoing finds whose records may leave to a recipient, and on which consent. Invalid as Outside.Check says.
func (db *DB) Outgoing(ctx context.Context, a access.Actor, clinic scheduler.ID,
	o scheduler.Outside) (out reads.Outgoing, err error) {
	if err := access.CheckIn(a, access.PersonExport, string(clinic)); err != nil {
		return out, err
	}
	if o, err = o.Check(); err != nil {
		return out, err
	}
	out.Outside = o
	err = db.view(ctx, func(t *tx) error {
		key, err := t.key(ctx, clinic)
		if err != nil {
			return err
		}
		out.Consents, err = t.consentsTo(ctx, clinic, o.Relies, recipientIndex(key, o.To))
		return err
	})
	return out, err
}

// consentsTo gives the consents in force of a kind by person. One to a named recipient counts for that one only.
func (t *tx) consentsTo(ctx context.Context, clinic scheduler.ID, kind scheduler.ConsentKind,
	recipient string) (map[scheduler.ID]scheduler.ID, error) {
	query := `SELECT person, id FROM written_consents
		WHERE clinic = ? AND kind = ? AND ended_at = '' AND (expires_at = '' OR expires_at > ?)`
	args := []any{clinic, kind, sqldb.Stamp(t.db.now())}
	if kind != scheduler.ConsentTPO {
		query += " AND recipient_index = ?"
		args = append(args, recipient)
	}
	rows, err := t.Query(ctx, query+" ORDER BY given_at, id", args...)
	if err != nil {
		return nil, err
	}
	by := map[scheduler.ID]scheduler.ID{}
	_, err = sqldb.Collect(rows, func(rows *sql.Rows) (none struct{}, err error) {
		var person, consent scheduler.ID
		err = rows.Scan(&person, &consent)
		by[person] = consent
		return none, err
	})
	if err != nil {
		return nil, fmt.Errorf("reading consents to a recipient: %w", err)
	}
	return by, nil
}

// RecordDisclosures writes down that records of people leave in a file, before they do. Forbidden when the consent of
// one of them has ended since Outgoing; then nothing may leave.
func (db *DB) RecordDisclosures(ctx context.Context, a access.Actor, clinic scheduler.ID, o scheduler.Outside,
	what string, people []scheduler.ID) error {
	if err := access.CheckIn(a, access.PersonExport, string(clinic)); err != nil {
		return err
	}
	return db.write(ctx, func(t *tx) error {
		if _, err := t.share(ctx, clinic); err != nil {
			return err
		}
		key, err := t.key(ctx, clinic)
		if err != nil {
			return err
		}
		consents, err := t.consentsTo(ctx, clinic, o.Relies, recipientIndex(key, o.To))
		if err != nil {
			return err
		}
		slices.Sort(people)
		people = slices.Compact(people)
		rows := make([][]any, len(people))
		for i, person := range people {
			if consents[person] == "" {
				return fault.New(fault.Forbidden, "A consent has ended while the file was made, so nothing was sent. "+
					"Make it again.")
			}
			d := scheduler.Disclosure{ID: randomID(), Person: person, Basis: scheduler.BasisConsent,
				Consent: consents[person], How: "file",
				DisclosureTerms: scheduler.DisclosureTerms{To: o.To, Purpose: o.Purpose, What: what}}
			if rows[i], err = disclosureRow(key, clinic, a, d, db.now()); err != nil {
				return err
			}
		}
		if err := t.Insert(ctx, insertDisclosure, rows, ""); err != nil || len(people) == 0 {
			return err
		}
		return t.audit(ctx, clinic, a, db.now(), scheduler.AuditEntry{Action: "disclosure.file", Subjects: people})
	})
}

// discloseViews writes down what a program of another organization is about to read, once for each person, hour and
// kind of data. Forbidden, with nothing to be shown, when somebody has no consent in force to that organization.
func (db *DB) discloseViews(ctx context.Context, a access.Actor, clinic scheduler.ID, seen []reads.View) error {
	return db.write(ctx, func(t *tx) error {
		if _, err := t.share(ctx, clinic); err != nil {
			return err
		}
		key, err := t.key(ctx, clinic)
		if err != nil {
			return err
		}
		consents, err := t.consentsTo(ctx, clinic, scheduler.ConsentKind(a.Relies), a.Recipient)
		if err != nil {
			return err
		}
		var kept []byte
		err = t.Row(ctx, "SELECT organization FROM api_tokens WHERE clinic = ? AND id = ?", clinic, a.ID).Scan(&kept)
		if err != nil {
			return fmt.Errorf("reading whose a token is: %w", err)
		}
		to, err := openedExactly(key.quiet(), place(clinic, "api_tokens", "organization", scheduler.ID(a.ID)), kept)
		if err != nil {
			return err
		}
		now := db.now()
		hour := now.Truncate(time.Hour).Format(time.RFC3339)
		var rows [][]any
		for _, view := range seen {
			for _, person := range view.People {
				if consents[person] == "" {
					return fault.New(fault.Forbidden, "This token reads only of people with a consent in force to its "+
						"organization, and this is about others as well.")
				}
				d := scheduler.Disclosure{Person: person, Basis: scheduler.BasisConsent, Consent: consents[person],
					How: "api", DisclosureTerms: scheduler.DisclosureTerms{To: to, Purpose: apiPurpose[a.Relies],
						What: view.Fields.String()}}
				d.ID = scheduler.DeriveID(person, "disclosure", a.ID+" "+hour+" "+view.Fields.String()+
					string(d.Consent))
				row, err := disclosureRow(key, clinic, a, d, now)
				if err != nil {
					return err
				}
				rows = append(rows, row)
			}
		}
		err = t.Insert(ctx, insertDisclosure, rows,
			" ON CONFLICT (id) DO UPDATE SET last_at = excluded.last_at, times = disclosures.times + 1")
		if err != nil {
			return fmt.Errorf("writing disclosures: %w", err)
		}
		return nil
	})
}

// apiPurpose is what a program reads for, by the consent it relies on.
var apiPurpose = map[string]string{
	string(scheduler.ConsentTPO):        "Treatment, payment and health care operations",
	string(scheduler.ConsentDisclosure): "As the consent says",
}
