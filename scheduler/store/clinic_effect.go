package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/gate"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// effectWithin is how far ahead reminders are counted.
const effectWithin = 14 * 24 * time.Hour

// ClinicEffect counts what other settings of a clinic would do. It fails as CheckClinic does.
func (db *DB) ClinicEffect(ctx context.Context, a access.Actor, c reads.Clinic) (e reads.ClinicEffect, err error) {
	if err := access.CheckIn(a, access.ClinicChange, string(c.ID)); err != nil {
		return e, err
	}
	if c, err = db.CheckClinic(c); err != nil {
		return e, err
	}
	err = db.view(ctx, func(t *tx) (err error) {
		e, err = t.clinicEffect(ctx, a.In(string(c.ID)), c)
		return err
	})
	if err != nil {
		return reads.ClinicEffect{}, fmt.Errorf("counting what settings would do: %w", err)
	}
	return e, nil
}

func (t *tx) clinicEffect(ctx context.Context, a access.Actor, c reads.Clinic) (e reads.ClinicEffect, err error) {
	now := t.db.now()
	rules, err := t.remindRules(ctx)
	if err != nil {
		return e, err
	}
	last := now.Add(effectWithin + max(rules.longest, gate.MaxLead))
	seats, err := t.foresightSeats(ctx, a, now, last, last)
	if err != nil {
		return e, err
	}
	if err := t.reachAll(ctx, seats); err != nil {
		return e, err
	}
	rules.apply(seats, t.location)
	e.RemindersNow = countReminders(seats, now)
	rules.leads[c.ID] = clinicLeads{leads: c.Leads, since: now}
	rules.apply(seats, t.location)
	e.RemindersThen = countReminders(seats, now)
	if e.OwnLeads, err = t.ownLeads(ctx, c.ID); err != nil || c.TextYears == 0 {
		return e, err
	}
	return e, t.Row(ctx, "SELECT count(*) FROM messages WHERE clinic = ? AND sent_at < ? AND length(text) > 0", c.ID,
		sqldb.Stamp(c.TextsGoBefore(now))).Scan(&e.Texts)
}

// countReminders counts the reminders that leave after now.
func countReminders(seats []foresightSeat, now time.Time) (count int) {
	for _, s := range seats {
		s.Ahead = effectWithin
		notices, _ := gate.Foresee(s.Forecast, now)
		for _, n := range notices {
			if n.Kind == scheduler.Reminder && n.State == scheduler.NoticePlanned && n.Due.After(now) {
				count++
			}
		}
	}
	return count
}

// ownLeads counts the open cohorts of a clinic whose protocol has leads of its own.
func (t *tx) ownLeads(ctx context.Context, clinic scheduler.ID) (count int, err error) {
	rows, err := t.Query(ctx, "SELECT definition FROM cohorts WHERE clinic = ? AND state = 'open'", clinic)
	if err != nil {
		return 0, err
	}
	hashes, err := sqldb.Collect(rows, func(rows *sql.Rows) (hash string, err error) { return hash, rows.Scan(&hash) })
	if err != nil {
		return 0, err
	}
	own := map[string]bool{}
	for _, hash := range hashes {
		if _, known := own[hash]; !known {
			d, err := t.definition(ctx, hash)
			if err != nil {
				return 0, err
			}
			own[hash] = d.OwnLeads()
		}
		if own[hash] {
			count++
		}
	}
	return count, nil
}

// EraseTexts erases the texts of messages that every clinic has kept long enough, and gives how many. That they were
// sent, when and to whom stays.
func (db *DB) EraseTexts(ctx context.Context, a access.Actor) (erased int64, err error) {
	if err := access.Check(a, access.DutyRun); err != nil {
		return 0, err
	}
	var clinics []reads.Clinic
	err = db.view(ctx, func(t *tx) error {
		rows, err := t.Query(ctx, "SELECT id, text_years FROM clinics WHERE text_years > 0")
		if err != nil {
			return err
		}
		clinics, err = sqldb.Collect(rows, func(rows *sql.Rows) (c reads.Clinic, err error) {
			return c, rows.Scan(&c.ID, &c.TextYears)
		})
		return err
	})
	if err != nil {
		return 0, err
	}
	for _, c := range clinics {
		err := db.write(ctx, func(t *tx) error {
			now := db.now()
			n, err := t.Count(ctx, `UPDATE messages SET text = ?, spanish = NULL
WHERE clinic = ? AND sent_at < ? AND length(text) > 0`, []byte{}, c.ID, sqldb.Stamp(c.TextsGoBefore(now)))
			if err != nil || n == 0 {
				return err
			}
			erased += n
			return t.audit(ctx, c.ID, a, now,
				scheduler.AuditEntry{Action: "clinic.erase-texts", Subjects: []scheduler.ID{c.ID}})
		})
		if err != nil {
			return erased, fmt.Errorf("erasing texts of clinic %s: %w", c.ID, err)
		}
	}
	return erased, nil
}
