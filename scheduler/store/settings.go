package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/gate"
	"almanac/scheduler/store/sqldb"
)

// weekOf is how long a reminder counts against the most that a person wants.
const weekOf = 7 * 24 * time.Hour

// SetSettings keeps how a person wants to be reminded, by staff or by the person
// themself. Reminders that have not left and are not due yet are planned anew by
// the next run of foresee, as far as they are still wanted. Invalid as
// gate.Settings.Check; NotFound when there is no such person at the clinic.
func (db *DB) SetSettings(ctx context.Context, a access.Actor, clinic, person scheduler.ID, s gate.Settings) error {
	may := access.PersonChange
	if a.Kind == access.KindPerson {
		may = access.SettingsOwn
	}
	if err := access.CheckIn(a, may, string(clinic)); err != nil {
		return err
	}
	if a.Kind == access.KindPerson && a.ID != string(person) {
		return noPerson()
	}
	if err := s.Check(); err != nil {
		return err
	}
	return db.write(ctx, func(t *tx) error {
		now := db.now()
		if _, err := t.lock(ctx, clinic); err != nil { // so that no gate looks at what was wanted before
			return err
		}
		if err := t.person(ctx, clinic, person, ""); err != nil {
			return err
		}
		was, err := t.settingsOf(ctx, clinic, []scheduler.ID{person})
		if err != nil {
			return err
		}
		s.ChangedAt = now
		if err := t.saveSettings(ctx, clinic, person, s); err != nil {
			return fmt.Errorf("writing settings of %s: %w", person, err)
		}
		if err := t.planAnew(ctx, clinic, person, now); err != nil {
			return fmt.Errorf("planning the reminders of %s anew: %w", person, err)
		}
		if err := t.Exec(ctx, "UPDATE people SET rev = rev + 1 WHERE clinic = ? AND id = ?", clinic,
			person); err != nil {
			return err
		}
		return t.audit(ctx, clinic, a, now,
			scheduler.AuditEntry{Action: "person.settings", Subjects: []scheduler.ID{person},
				Fields: settingFields(was[person], s)})
	})
}

// ChangeOwnSettings is SetSettings by the holder of the person's own page.
// NotFound, with the words of Page, when the token opens nothing, or a page that can
// only be read any more.
func (db *DB) ChangeOwnSettings(ctx context.Context, a access.Actor, token string, s gate.Settings) error {
	if err := access.Check(a, access.TokenFind); err != nil {
		return err
	}
	h, err := db.holder(ctx, pagePurpose, token)
	if err != nil {
		return err
	}
	if !h.revoked.IsZero() || h.Ended {
		return errNoAddress()
	}
	return db.SetSettings(ctx, access.Person(string(h.Person), string(h.Clinic)), h.Clinic, h.Person, s)
}

func (t *tx) saveSettings(ctx context.Context, clinic, person scheduler.ID, s gate.Settings) error {
	muted := make([]string, len(s.Muted))
	for i, channel := range s.Muted {
		muted[i] = string(channel)
	}
	var from, until string
	if s.EmailHours != (gate.Hours{}) {
		from, until = s.EmailHours.From.String(), s.EmailHours.Until.String()
	}
	return t.Insert(ctx,
		"INSERT INTO settings (person, clinic, muted, leads, email_from, email_until, disturb, max_per_week, "+
			"short_notice, contact, changed_at)",
		[][]any{{person, clinic, strings.Join(muted, ","), leadsText(s.Leads), from, until, s.Disturb,
			s.MaxPerWeek, yes(s.ShortNotice), s.Contact.Text(), sqldb.Stamp(s.ChangedAt)}},
		` ON CONFLICT (person) DO UPDATE SET muted = excluded.muted, leads = excluded.leads,
email_from = excluded.email_from,
email_until = excluded.email_until, disturb = excluded.disturb, max_per_week = excluded.max_per_week,
short_notice = excluded.short_notice, contact = excluded.contact, changed_at = excluded.changed_at`)
}

// planAnew drops the reminders that are not due yet, and lets go of those that were
// too many in a week or did not suit the hours, so that the next run of foresee plans what is wanted now. One whose
// attempt is open stays.
func (t *tx) planAnew(ctx context.Context, clinic, person scheduler.ID, now time.Time) error {
	at := sqldb.Stamp(now)
	return t.Exec(ctx, `
		UPDATE notices SET state = 'dropped', reason = ?, done_at = ?
		WHERE `+ofClinic+` AND kind = 'reminder' AND enrollment IN (SELECT id FROM enrollments WHERE person = ?)
AND not_after > ?
		  AND (state = 'planned' AND due_at > ? AND lease_until <= ? OR state = 'dropped' AND reason IN (?, ?))`,
		gate.ReasonSettings, at, clinic, person, at, at, at, gate.ReasonWeek, gate.ReasonHours)
}

const settingColumns = "person, muted, leads, email_from, email_until, disturb, max_per_week, short_notice, contact, " +
	"changed_at"

// settingsOf gives the settings of those of a clinic who have some, and the clinic's hours for the others.
func (t *tx) settingsOf(ctx context.Context, clinic scheduler.ID,
	people []scheduler.ID) (map[scheduler.ID]gate.Settings, error) {
	all := map[scheduler.ID]gate.Settings{}
	for part := range slices.Chunk(people, mostListed) {
		in, args := sqldb.List(part)
		rows, err := t.Query(ctx, "SELECT "+settingColumns+" FROM settings WHERE "+ofClinic+" AND person IN ("+in+")",
			append([]any{clinic}, args...)...)
		if err != nil {
			return nil, err
		}
		if err := collectSettings(rows, all); err != nil {
			return nil, err
		}
	}
	standard, set, err := t.defaultSettings(ctx, clinic)
	for _, person := range people {
		if _, said := all[person]; set && !said && person != "" {
			all[person] = standard
		}
	}
	return all, err
}

// collectSettings reads settingColumns.
func collectSettings(rows *sql.Rows, all map[scheduler.ID]gate.Settings) error {
	_, err := sqldb.Collect(rows, func(rows *sql.Rows) (person scheduler.ID, err error) {
		var s gate.Settings
		var muted, leads, from, until, contact string
		if err := rows.Scan(&person, &muted, &leads, &from, &until, &s.Disturb, &s.MaxPerWeek, &s.ShortNotice,
			&contact, sqldb.When(&s.ChangedAt)); err != nil {
			return person, err
		}
		for _, channel := range words(muted) {
			s.Muted = append(s.Muted, scheduler.Channel(channel))
		}
		if s.Leads, err = readLeads(leads); err != nil {
			return person, fmt.Errorf("reading settings of %s: %w", person, err)
		}
		if s.Contact, err = gate.ParseSafeContact(contact); err != nil {
			return person, fmt.Errorf("reading settings of %s: %w", person, err)
		}
		if from != "" {
			if s.EmailHours.From, err = civil.ParseClock(from); err != nil {
				return person, fmt.Errorf("reading settings of %s: %w", person, err)
			}
			if s.EmailHours.Until, err = civil.ParseClock(until); err != nil {
				return person, fmt.Errorf("reading settings of %s: %w", person, err)
			}
		}
		all[person] = s
		return person, nil
	})
	return err
}

// leadsText writes leads in minutes, joined by commas.
func leadsText(leads []time.Duration) string {
	minutes := make([]string, len(leads))
	for i, lead := range leads {
		minutes[i] = strconv.Itoa(int(lead / time.Minute))
	}
	return strings.Join(minutes, ",")
}

// readLeads reads what leadsText writes.
func readLeads(text string) (leads []time.Duration, err error) {
	for _, minutes := range words(text) {
		n, err := strconv.Atoi(minutes)
		if err != nil {
			return nil, fmt.Errorf("reading leads: %w", err)
		}
		leads = append(leads, time.Duration(n)*time.Minute)
	}
	return leads, nil
}

func words(joined string) []string {
	if joined == "" {
		return nil
	}
	return strings.Split(joined, ",")
}

// reminded counts the reminders of the last seven days, and those that are being
// handed over, of everybody who wants no more than some. It locks their
// settings: anyone who asks at the same moment for another enrollment waits.
func (t *tx) reminded(ctx context.Context, clinic scheduler.ID, limited []scheduler.ID,
	now time.Time) (map[scheduler.ID]int, error) {
	counts := map[scheduler.ID]int{}
	if len(limited) == 0 {
		return counts, nil
	}
	in, args := sqldb.List(limited)
	rows, err := t.Query(ctx,
		"SELECT person FROM settings WHERE "+ofClinic+" AND person IN ("+in+") ORDER BY person"+t.ForUpdate(),
		append([]any{clinic}, args...)...)
	if err != nil {
		return nil, err
	}
	if _, err := sqldb.Collect(rows, scanID); err != nil {
		return nil, err
	}
	rows, err = t.Query(ctx, `
		SELECT e.person, count(*) FROM enrollments e JOIN notices n ON n.enrollment = e.id
		WHERE e.clinic = ? AND e.person IN (`+in+`) AND n.kind = 'reminder'
		  AND (n.state IN ('sent', 'delivered') AND n.done_at > ? OR n.state = 'planned' AND n.lease_until > ?)
GROUP BY e.person`,
		append(append([]any{clinic}, args...), sqldb.Stamp(now.Add(-weekOf)), sqldb.Stamp(now))...)
	if err != nil {
		return nil, err
	}
	_, err = sqldb.Collect(rows, func(rows *sql.Rows) (person scheduler.ID, err error) {
		var n int
		err = rows.Scan(&person, &n)
		counts[person] = n
		return person, err
	})
	return counts, err
}

// readSettings reads what people have said about being written to.
func (t *tx) readSettings(ctx context.Context, clinic scheduler.ID, all []*noticeData) error {
	settings, err := t.settingsOf(ctx, clinic, unique(all, func(n *noticeData) scheduler.ID { return n.Person }))
	for _, n := range all {
		n.settings, n.said = settings[n.Person]
	}
	return err
}

// readReminded counts the reminders to the people of reminders who want no more
// than some in a week.
func (t *tx) readReminded(ctx context.Context, clinic scheduler.ID, all []*noticeData, now time.Time) error {
	limited := func(n *noticeData) bool { return n.Kind == scheduler.Reminder && n.settings.MaxPerWeek > 0 }
	people := of(all, limited, func(n *noticeData) scheduler.ID { return n.Person })
	reminded, err := t.reminded(ctx, clinic, people, now)
	for _, n := range all {
		n.reminded = reminded[n.Person]
	}
	return err
}

// location gives the zone of a person; UTC when the zone data knows it no more.
func (t *tx) location(name string) *time.Location {
	if zone, err := t.db.zones.Location(name); err == nil {
		return zone
	}
	return time.UTC
}
