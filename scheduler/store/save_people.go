package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"almanac/scheduler"
	"almanac/scheduler/seal"
	"almanac/scheduler/store/sqldb"
)

// The purposes of the two private addresses that every person has.
const (
	feedPurpose = "feed"
	pagePurpose = "page"
)

// savePeople writes new people with their consents and addresses, and what changed
// of known ones.
func (s *saving) savePeople(ctx context.Context, l *loaded) error {
	for id := range l.book.Contacts {
		if l.book.People[id] == nil {
			return fmt.Errorf("the book has contact data of person %s, who is not in it", id)
		}
	}
	var added newPeople
	for _, id := range slices.Sorted(maps.Keys(l.book.People)) {
		p := l.book.People[id]
		contact, written := l.book.Contacts[id]
		was, known := l.people[id]
		var err error
		switch {
		case !known && !written:
			err = fmt.Errorf("person %s is new and has no contact data", id)
		case !known:
			err = s.addPerson(ctx, &added, p, contact)
		case was.Zone != p.Zone || was.Language != p.Language || written:
			err = s.changePerson(ctx, p, contact, written)
		default:
			continue
		}
		if err != nil {
			return err
		}
		s.saved = true
	}
	return s.writePeople(ctx, added)
}

// newPeople are rows of new people, by table: of what belongs to them many are written in one statement.
type newPeople struct{ people, consents, externalIDs, tokens [][]any }

// contactFields are what contactValues gives.
const contactFields = "name, email, email_index, phone, phone_index"

// contactValues seals contact data with the person's own key.
func (s *saving) contactValues(key *clinicKey, theirs sealer, id scheduler.ID, c scheduler.Contact) []any {
	return []any{
		theirs.Seal(place(s.clinic, "people", "name", id), c.Name),
		sealed(theirs, place(s.clinic, "people", "email", id), c.Email), emailIndex(key, c.Email),
		sealed(theirs, place(s.clinic, "people", "phone", id), c.Phone), phoneIndex(key, c.Phone),
	}
}

// addPerson adds a person, sealed, and the hashes of their feed and page tokens.
func (s *saving) addPerson(ctx context.Context, added *newPeople, p *scheduler.Person, c scheduler.Contact) error {
	key, err := s.key(ctx, s.clinic)
	if err != nil {
		return err
	}
	wrapped, theirs, err := key.NewPersonKey(string(s.clinic), string(p.ID))
	if err != nil {
		return err
	}
	added.people = append(added.people, append([]any{p.ID, s.clinic, p.Zone, p.Language, sqldb.Stamp(s.now), wrapped},
		s.contactValues(key, theirs, p.ID, c)...))
	added.consents = append(added.consents, s.consentRows(p.ID, c.Consents)...)
	added.externalIDs = append(added.externalIDs, s.externalRows(key, theirs, p.ID, c.ExternalIDs)...)
	for _, purpose := range []string{feedPurpose, pagePurpose} {
		added.tokens = append(added.tokens, key.tokenRow(s.clinic, purpose, p.ID, 0))
	}
	return nil
}

// The statements that write what belongs to a person.
const (
	insertConsents    = "INSERT INTO consents (person, channel, text_version, given_at, how, by_actor)"
	oneConsent        = " ON CONFLICT (person, channel, given_at) DO NOTHING"
	insertExternalIDs = "INSERT INTO external_ids (person, system, value, value_index, any_index)"
)

// writePeople writes new people. They themselves go one by one: SQLite plans to read all seats and notices for a
// statement that adds several people to whom these could refer.
func (s *saving) writePeople(ctx context.Context, added newPeople) error {
	const insertPerson = "INSERT INTO people (id, clinic, zone, language, created_at, data_key, " + contactFields + ")"
	for _, row := range added.people {
		if err := s.Insert(ctx, insertPerson, [][]any{row}, ""); err != nil {
			return err
		}
	}
	for _, one := range []struct {
		into, behind string
		rows         [][]any
	}{
		{insertConsents, oneConsent, added.consents},
		{insertExternalIDs, "", added.externalIDs},
		{insertToken, "", added.tokens},
	} {
		if err := s.Insert(ctx, one.into, one.rows, one.behind); err != nil {
			return err
		}
	}
	return nil
}

// changePerson writes settings and, when written says so, contact data. A new
// e-mail address is not held to blame for what its predecessor did.
func (s *saving) changePerson(ctx context.Context, p *scheduler.Person, c scheduler.Contact, written bool) error {
	s.touched[p.ID] = true
	err := s.Exec(ctx, "UPDATE people SET zone = ?, language = ? WHERE clinic = ? AND id = ?", p.Zone, p.Language,
		s.clinic, p.ID)
	if err != nil || !written {
		return err
	}
	key, err := s.key(ctx, s.clinic)
	if err != nil {
		return err
	}
	theirs, err := s.ownKey(ctx, key, s.clinic, p.ID)
	if err != nil {
		return err
	}
	err = s.Exec(ctx, "UPDATE people SET email_bad_at = CASE WHEN email_index = ? THEN email_bad_at ELSE '' END, "+
		setting(contactFields)+" WHERE clinic = ? AND id = ?",
		slices.Concat([]any{emailIndex(key, c.Email)}, s.contactValues(key, theirs, p.ID, c), []any{s.clinic, p.ID})...)
	if err != nil {
		return err
	}
	if err := s.Exec(ctx, "DELETE FROM external_ids WHERE person = ?", p.ID); err != nil {
		return err
	}
	if err := s.Insert(ctx, insertExternalIDs, s.externalRows(key, theirs, p.ID, c.ExternalIDs), ""); err != nil {
		return err
	}
	return s.replaceConsents(ctx, p.ID, c.Consents)
}

// dropForReaddressed ends planned notices to people who cannot be written to any more, because their address is gone;
// staff get tasks instead.
func (s *saving) dropForReaddressed(ctx context.Context, l *loaded) error {
	for _, person := range l.book.Readdressed {
		if err := s.dropUnwanted(ctx, s.clinic, person, s.now); err != nil {
			return fmt.Errorf("dropping notices of %s: %w", person, err)
		}
	}
	return nil
}

// ownKey opens the key of a person for writing. Closed when they were erased.
func (t *tx) ownKey(ctx context.Context, key *clinicKey, clinic, person scheduler.ID) (*seal.PersonKey, error) {
	var wrapped []byte
	err := t.Row(ctx, "SELECT data_key FROM people WHERE clinic = ? AND id = ?", clinic, person).Scan(&wrapped)
	if err != nil {
		return nil, fmt.Errorf("reading the key of person %s: %w", person, err)
	}
	if wrapped == nil {
		return nil, scheduler.ErasedAlready()
	}
	return key.OpenPersonKey(string(clinic), string(person), wrapped)
}

// externalRows are what other systems call a person. The value is sealed with the person's key: it leads to a record
// elsewhere.
func (s *saving) externalRows(key *clinicKey, theirs sealer, person scheduler.ID,
	ids []scheduler.ExternalID) [][]any {
	rows := make([][]any, len(ids))
	for i, id := range ids {
		rows[i] = []any{person, id.System, theirs.Seal(externalPlace(s.clinic, person, id.System), id.Value),
			externalIndex(key, id), anyExternalIndex(key, id.Value)}
	}
	return rows
}

// externalPlace binds a value to its person and its system.
func externalPlace(clinic, person scheduler.ID, system string) seal.Place {
	return place(clinic, "external_ids", "value:"+system, person)
}

// replaceConsents writes the consents that were given and takes back those of
// every channel that is left out.
func (s *saving) replaceConsents(ctx context.Context, person scheduler.ID, consents []scheduler.Consent) error {
	query := "UPDATE consents SET revoked_at = ?, revoked_by = ? WHERE person = ? AND revoked_at = ''"
	args := []any{sqldb.Stamp(s.now), s.actor.String(), person}
	if len(consents) > 0 {
		query += " AND channel NOT IN (" + sqldb.Marks(len(consents)) + ")"
		for _, c := range consents {
			args = append(args, c.Channel)
		}
	}
	if err := s.Exec(ctx, query, args...); err != nil {
		return err
	}
	return s.saveConsents(ctx, person, consents)
}

func (s *saving) saveConsents(ctx context.Context, person scheduler.ID, consents []scheduler.Consent) error {
	return s.Insert(ctx, insertConsents, s.consentRows(person, consents), oneConsent)
}

func (s *saving) consentRows(person scheduler.ID, consents []scheduler.Consent) [][]any {
	rows := make([][]any, len(consents))
	for i, c := range consents {
		rows[i] = []any{person, c.Channel, c.TextVersion, sqldb.Stamp(c.GivenAt), c.How, s.actor.String()}
	}
	return rows
}

// emailIndex gives the blind index of an e-mail address; "" for none. Addresses of
// one mailbox have one index.
func emailIndex(key *clinicKey, email string) string {
	return blind(key, "email", scheduler.FoldAddress(email))
}

// phoneIndex gives the blind index of a phone number in E.164; "" for none.
func phoneIndex(key *clinicKey, phone string) string { return blind(key, "phone", phone) }

// externalIndex gives the blind index of an id of another system.
func externalIndex(key *clinicKey, id scheduler.ExternalID) string {
	return blind(key, "external id of "+id.System, id.Value)
}

// anyExternalIndex gives the blind index of an id of whatever other system, whose case does not count.
func anyExternalIndex(key *clinicKey, value string) string {
	return blind(key, "external id of any system", strings.ToLower(value))
}

func blind(key *clinicKey, kind, value string) string {
	if value == "" {
		return ""
	}
	return key.BlindIndex(kind, value)
}
