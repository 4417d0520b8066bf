package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/store/sqldb"
)

// SetConsents makes these a person's consents: what is left out is revoked, and
// what stands already stays as it was given. Planned notices on a channel
// without consent are dropped in the same transaction, and staff get a task for
// each thing that nobody may write to the person any more. A zero GivenAt means
// now. Invalid as Contact.CheckConsents says; NotFound when there is no such person
// at the clinic.
func (db *DB) SetConsents(ctx context.Context, a access.Actor, clinic, person scheduler.ID,
	consents []scheduler.Consent) error {
	return db.ChangeConsents(ctx, a, clinic, person, desk.ConsentChange{Consents: consents})
}

// ChangeConsents is SetConsents, and also says how those that end were ended. A dry run fails as the
// change would, and saves nothing.
func (db *DB) ChangeConsents(ctx context.Context, a access.Actor, clinic, person scheduler.ID,
	q desk.ConsentChange) error {
	if q.Ended != "" && !slices.Contains(scheduler.ConsentWays(), q.Ended) {
		return fault.In("how", "There is no such way to end a consent; choose paper, spoken, page, email, phone or "+
			"text.")
	}
	if err := access.CheckIn(a, access.PersonChange, string(clinic)); err != nil {
		return err
	}
	return db.changeConsents(ctx, a, clinic, person, q)
}

// changeConsents is ChangeConsents by who may do so.
func (db *DB) changeConsents(ctx context.Context, a access.Actor, clinic, person scheduler.ID,
	q desk.ConsentChange) error {
	err := db.write(ctx, func(t *tx) error {
		now := db.now()
		if _, err := t.lock(ctx, clinic); err != nil {
			return err
		}
		p, err := t.contact(ctx, clinic, person)
		if err != nil {
			return err
		}
		if p.MergedInto != "" {
			return scheduler.MergedAlready()
		}
		if !p.ErasedAt.IsZero() {
			return scheduler.ErasedAlready()
		}
		wanted := p.Contact
		wanted.Consents = q.Consents
		checked, faults := wanted.CheckConsents(now)
		if len(faults) > 0 {
			return faults[0]
		}
		changed, err := t.setConsents(ctx, a, person, p.Contact.Consents, checked, q.Ended, now)
		if err != nil || !changed {
			return err
		}
		if err := t.dropUnwanted(ctx, clinic, person, now); err != nil {
			return fmt.Errorf("dropping notices of %s: %w", person, err)
		}
		if err := t.Exec(ctx, "UPDATE people SET rev = rev + 1 WHERE clinic = ? AND id = ?", clinic,
			person); err != nil {
			return err
		}
		if err := t.Exec(ctx, "UPDATE clinics SET change_no = change_no + 1 WHERE id = ?", clinic); err != nil {
			return err
		}
		if q.DryRun {
			return errDryRun
		}
		return t.audit(ctx, clinic, a, now,
			scheduler.AuditEntry{Action: "person.consents", Subjects: []scheduler.ID{person},
				Fields: consentFields(p.Contact.Consents, checked)})
	})
	if errors.Is(err, errDryRun) {
		return nil
	}
	return err
}

// setConsents revokes what is not wanted any more and writes what is new. A
// consent to another version of the text replaces the one before.
func (t *tx) setConsents(ctx context.Context, a access.Actor, person scheduler.ID, standing,
	wanted []scheduler.Consent, ended string, now time.Time) (changed bool, err error) {
	alike := func(c scheduler.Consent) func(scheduler.Consent) bool {
		return func(other scheduler.Consent) bool {
			return c.Channel == other.Channel && c.TextVersion == other.TextVersion
		}
	}
	for _, c := range standing {
		if slices.ContainsFunc(wanted, alike(c)) {
			continue
		}
		changed = true
		err := t.Exec(ctx, `
			UPDATE consents SET revoked_at = ?, revoked_by = ?, revoked_how = ?
			WHERE person = ? AND channel = ? AND text_version = ? AND revoked_at = ''`,
			sqldb.Stamp(now), a.String(), ended, person, c.Channel, c.TextVersion)
		if err != nil {
			return false, fmt.Errorf("revoking a consent: %w", err)
		}
	}
	for i, c := range wanted {
		if slices.ContainsFunc(standing, alike(c)) || slices.ContainsFunc(wanted[:i], alike(c)) {
			continue
		}
		changed = true
		if err := t.giveConsent(ctx, a, person, c, now); err != nil {
			return false, fmt.Errorf("writing a consent: %w", err)
		}
	}
	return changed, nil
}

// giveConsent writes a consent. One of the same time that was revoked stays
// revoked: to give it again is to give it now. Only what was revoked in this
// very millisecond stands again.
func (t *tx) giveConsent(ctx context.Context, a access.Actor, person scheduler.ID, c scheduler.Consent,
	now time.Time) error {
	const into = "INSERT INTO consents (person, channel, text_version, how, by_actor, given_at) VALUES " +
		"(?, ?, ?, ?, ?, ?) ON CONFLICT (person, channel, given_at) "
	values := []any{person, c.Channel, c.TextVersion, c.How, a.String()}
	if !c.GivenAt.IsZero() && c.GivenAt.Before(now) {
		given, err := t.Count(ctx, into+"DO NOTHING", append(values, sqldb.Stamp(c.GivenAt))...)
		if err != nil || given == 1 {
			return err
		}
	}
	return t.Exec(ctx, into+"DO UPDATE SET text_version = excluded.text_version, how = excluded.how, "+
		"by_actor = excluded.by_actor, revoked_at = '', revoked_how = '', revoked_by = ''",
		append(values, sqldb.Stamp(now))...)
}

// dropUnwanted ends the planned notices, due or not, that may not be handed
// over any more, as the gate would when they become due.
func (t *tx) dropUnwanted(ctx context.Context, clinic, person scheduler.ID, now time.Time) error {
	rows, err := t.Query(ctx, `
		SELECT id, clinic, kind, channel FROM notices
		WHERE `+ofClinic+` AND state = 'planned' AND enrollment IN (SELECT id FROM enrollments WHERE person = ?)
ORDER BY due_at, id`,
		clinic, person)
	if err != nil {
		return err
	}
	reached := map[scheduler.ID]scheduler.Channel{}
	notices, err := sqldb.Collect(rows, func(rows *sql.Rows) (o origin, err error) {
		var channel scheduler.Channel
		err = rows.Scan(&o.notice, &o.clinic, &o.kind, &channel)
		reached[o.notice] = channel
		return o, err
	})
	if err != nil || len(notices) == 0 {
		return err
	}
	reach, err := t.reach(ctx, clinic, []scheduler.ID{person})
	if err != nil {
		return err
	}
	notices = slices.DeleteFunc(notices,
		func(o origin) bool { return slices.Contains(reach[person], reached[o.notice]) })
	for part := range slices.Chunk(notices, MostGated) {
		g, err := t.newGateRun(ctx, clinic, now)
		if err != nil {
			return err
		}
		notices, err := t.noticesAt(ctx, clinic, part, now)
		if err != nil {
			return err
		}
		for _, n := range notices {
			g.judge(n)
		}
		if err := g.write(ctx, t); err != nil {
			return err
		}
	}
	return nil
}
