package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// How much of a long history a person's page shows.
const (
	messagesShown = 50
	historyShown  = 100
)

// PersonRecord gives all that staff see of a person. Of other cohorts than the actor may see it says nothing. Of a
// record that was merged it has the contact data and MergedInto. NotFound when there is no such person at the clinic.
func (db *DB) PersonRecord(ctx context.Context, a access.Actor, clinic, id scheduler.ID) (reads.PersonRecord, error) {
	if err := access.CheckIn(a, access.PersonView, string(clinic)); err != nil {
		return reads.PersonRecord{}, err
	}
	var p reads.PersonRecord
	err := db.view(ctx, func(t *tx) error {
		reach, err := t.reachFor(ctx, a, clinic)
		if err != nil {
			return err
		}
		if err := t.seesPerson(ctx, reach, clinic, id); err != nil {
			return err
		}
		p = reads.PersonRecord{}
		if err := t.recordContact(ctx, clinic, id, &p); err != nil {
			return err
		}
		if p.MergedInto != "" {
			return nil // what it had is that of the other one
		}
		if p.Enrollments, err = t.enrollmentsOf(ctx, clinic, "e.person", id); err != nil {
			return err
		}
		if p.Items, err = t.items(ctx, clinic, id); err != nil {
			return err
		}
		reach.narrow(&p.Person)
		if !access.Can(a, access.AttendanceView) {
			p.HideAttendance()
		}
		return t.fillRecord(ctx, a, clinic, &p)
	})
	if err != nil {
		return reads.PersonRecord{}, err
	}
	return p, nil
}

// recordContact reads the contact data of a person, and what became of their address.
func (t *tx) recordContact(ctx context.Context, clinic, id scheduler.ID, p *reads.PersonRecord) (err error) {
	if p.Person, err = t.contact(ctx, clinic, id); err != nil {
		return err
	}
	err = t.Row(ctx, `
		SELECT p.email_bad_at, coalesce((SELECT max(generation) FROM tokens 
			WHERE clinic = p.clinic AND subject = p.id AND purpose = 'page'), 0)
		FROM people p WHERE p.clinic = ? AND p.id = ?`, clinic, id).Scan(sqldb.When(&p.EmailBad), &p.Generation)
	if err != nil {
		return fmt.Errorf("reading person %s: %w", id, err)
	}
	return nil
}

// fillRecord reads what stands around a person.
func (t *tx) fillRecord(ctx context.Context, a access.Actor, clinic scheduler.ID, p *reads.PersonRecord) (err error) {
	key, err := t.key(ctx, clinic)
	if err != nil {
		return err
	}
	if p.Consents, err = t.consentRecords(ctx, clinic, p.ID); err != nil {
		return err
	}
	if p.Hold, err = t.hold(ctx, clinic, p.ID); err != nil {
		return err
	}
	if p.Hold != nil && !access.Can(a, access.PersonErase) {
		p.Hold.Reason = ""
	}
	apart, err := t.apartFrom(ctx, clinic, p.ID)
	if err != nil {
		return err
	}
	if p.KeptApart, err = t.seenRows(ctx, a, clinic, apart); err != nil {
		return err
	}
	if p.Alike, err = t.alike(ctx, a, clinic, p.Person); err != nil {
		return err
	}
	if access.Can(a, access.LinkView) {
		links, err := t.links(ctx, clinic, []scheduler.ID{p.ID})
		if err != nil {
			return err
		}
		p.Links = links[p.ID]
	}
	if !access.Can(a, access.TaskView) {
		return nil
	}
	if p.Tasks, err = t.openTasks(ctx, clinic, "AND k.person = ? ORDER BY k.due_at, k.id", p.ID); err != nil {
		return err
	}
	p.Messages, err = t.ledger(ctx, clinic, key, reads.LedgerQuery{Limit: messagesShown - 1}, []scheduler.ID{p.ID}, nil)
	if err != nil {
		return err
	}
	p.History, err = t.historyOf(ctx, clinic, p.ID)
	return err
}

// seenRows reads people for a list, but for those whom the actor may not see.
func (t *tx) seenRows(ctx context.Context, a access.Actor, clinic scheduler.ID,
	ids []scheduler.ID) ([]reads.PersonRow, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	reach, err := t.reachFor(ctx, a, clinic)
	if err != nil {
		return nil, err
	}
	if ids, err = t.seenPeople(ctx, reach, clinic, ids); err != nil {
		return nil, err
	}
	key, err := t.key(ctx, clinic)
	if err != nil {
		return nil, err
	}
	return t.personRows(ctx, a, key, clinic, ids)
}

// apartFrom lists from whom a person is kept apart.
func (t *tx) apartFrom(ctx context.Context, clinic, person scheduler.ID) ([]scheduler.ID, error) {
	rows, err := t.Query(ctx, `
		SELECT CASE WHEN person_a = ? THEN person_b ELSE person_a END FROM keep_apart
		WHERE clinic = ? AND (person_a = ? OR person_b = ?) ORDER BY at, 1`, person, clinic, person, person)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, scanID)
}

// consentRecords lists every consent that a person gave, the latest first.
func (t *tx) consentRecords(ctx context.Context, clinic, person scheduler.ID) ([]reads.ConsentRecord, error) {
	rows, err := t.Query(ctx, `
		SELECT c.channel, c.text_version, c.given_at, c.how, c.by_actor, c.revoked_at, c.revoked_how, c.revoked_by
		FROM consents c JOIN people p ON p.id = c.person
		WHERE p.clinic = ? AND c.person = ? ORDER BY c.given_at DESC, c.channel`, clinic, person)
	if err != nil {
		return nil, err
	}
	all, err := sqldb.Collect(rows, func(rows *sql.Rows) (c reads.ConsentRecord, err error) {
		return c, rows.Scan(&c.Channel, &c.TextVersion, sqldb.When(&c.GivenAt), &c.How, &c.By, sqldb.When(&c.Ended),
			&c.EndedHow, &c.EndedBy)
	})
	if err != nil {
		return nil, fmt.Errorf("reading the consents of person %s: %w", person, err)
	}
	named := map[string]string{"": ""}
	for i := range all {
		for _, by := range []*string{&all[i].By, &all[i].EndedBy} {
			if *by, err = t.nameOnce(ctx, clinic, *by, named); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// nameOnce is actorName for lists in which few actors come often.
func (t *tx) nameOnce(ctx context.Context, clinic scheduler.ID, actor string, named map[string]string) (string, error) {
	if name, known := named[actor]; known {
		return name, nil
	}
	name, err := t.actorName(ctx, clinic, actor)
	named[actor] = name
	return name, err
}

// historyOf lists what was done about a person and the records that were merged into them, the latest first.
func (t *tx) historyOf(ctx context.Context, clinic, person scheduler.ID) ([]reads.AuditLine, error) {
	records, err := t.mergedIn(ctx, clinic, person)
	if err != nil {
		return nil, err
	}
	as, err := t.knownAs(ctx, clinic, records)
	if err != nil {
		return nil, err
	}
	names := make([]scheduler.ID, len(records))
	for i, record := range records {
		names[i] = as.of(record)
	}
	in, args := sqldb.List(names)
	rows, err := t.Query(ctx, `
		SELECT at, actor, action FROM audit WHERE clinic = ? AND subject IN (`+in+`) AND action <> 'people.view'
		ORDER BY at DESC, id LIMIT ?`,
		slices.Concat([]any{clinic}, args, []any{historyShown})...)
	if err != nil {
		return nil, err
	}
	all, err := sqldb.Collect(rows, func(rows *sql.Rows) (l reads.AuditLine, err error) {
		return l, rows.Scan(sqldb.When(&l.At), &l.By, &l.Action)
	})
	if err != nil {
		return nil, fmt.Errorf("reading the history of person %s: %w", person, err)
	}
	if len(records) > 1 {
		all = slices.Compact(all) // a merge is about both records
	}
	named := map[string]string{}
	for i := range all {
		if all[i].By, err = t.nameOnce(ctx, clinic, all[i].By, named); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// RenewLinks gives a person's page and feed new addresses; the old ones end at once. Of another generation than the
// one that was shown it changes nothing, so that a form that is sent twice renews once. NotFound when there is no such
// person.
func (db *DB) RenewLinks(ctx context.Context, a access.Actor, clinic, person scheduler.ID, generation int) error {
	if err := access.CheckIn(a, access.PersonChange, string(clinic)); err != nil {
		return err
	}
	return db.write(ctx, func(t *tx) error {
		now := db.now()
		if _, err := t.lock(ctx, clinic); err != nil {
			return err
		}
		if err := t.person(ctx, clinic, person, t.ForUpdate()); err != nil {
			return err
		}
		var last int
		err := t.Row(ctx, `
			SELECT coalesce(max(generation), 0) FROM tokens WHERE clinic = ? AND purpose = ? AND subject = ?`,
			clinic, pagePurpose, person).Scan(&last)
		if err != nil || last != generation {
			return err
		}
		s := &saving{tx: t, clinic: clinic, now: now, actor: a}
		if err := s.renewBothLinks(ctx, person); err != nil {
			return err
		}
		return t.audit(ctx, clinic, a, now,
			scheduler.AuditEntry{Action: "person.links", Subjects: []scheduler.ID{person}})
	})
}

// renewBothLinks ends the private addresses of a person and makes the next ones.
func (s *saving) renewBothLinks(ctx context.Context, person scheduler.ID) error {
	for _, purpose := range []string{pagePurpose, feedPurpose} {
		if err := s.renewLink(ctx, purpose, person); err != nil {
			return fmt.Errorf("giving a person new addresses: %w", err)
		}
	}
	return nil
}
