package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/gate"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

const clinicColumns = `name, zone, facilitators, closed, shown_name, phone, crisis, hours_from, hours_until,
lock_minutes, join_minutes, sign_in, leads, mail_days, text_years, titles, head_email`

// scanClinic reads clinicColumns.
func scanClinic(scan func(...any) error, c *reads.Clinic) error {
	var closed, from, until, leads string
	err := scan(&c.Name, &c.Zone, &c.Facilitators, &closed, &c.Contact.Name, &c.Contact.Phone, &c.Contact.Crisis,
		&from, &until, &c.LockMinutes, &c.JoinMinutes, &c.SignIn, &leads, &c.MailDays, &c.TextYears, &c.Titles,
		&c.HeadEmail)
	if err != nil {
		return err
	}
	if c.Closed, err = readClosed(closed); err != nil {
		return err
	}
	if c.Leads, err = readLeads(leads); err != nil {
		return err
	}
	c.Hours, err = readHours(from, until)
	return err
}

// readHours reads the two ends of hours; both are empty when there are none.
func readHours(from, until string) (h gate.Hours, err error) {
	if from == "" {
		return h, nil
	}
	if h.From, err = civil.ParseClock(from); err != nil {
		return h, fmt.Errorf("reading hours: %w", err)
	}
	if h.Until, err = civil.ParseClock(until); err != nil {
		return h, fmt.Errorf("reading hours: %w", err)
	}
	return h, nil
}

// After how many idle minutes screens may be locked.
const (
	shortestLock = 5
	longestLock  = 60
)

// CheckClinic tidies the settings of a clinic. Invalid with every field to correct.
func (db *DB) CheckClinic(c reads.Clinic) (reads.Clinic, error) {
	name, zone, err := db.checkClinic(c.Name, c.Zone)
	all := []error{err, CheckFacilitators(c.Facilitators)}
	if err == nil {
		c.Name, c.Zone = name, zone
	}
	contact, faults := c.Contact.Check(db.zones.Country(c.Zone))
	for _, f := range faults {
		all = append(all, f)
	}
	c.Contact = contact
	if c.LockMinutes < shortestLock || c.LockMinutes > longestLock {
		all = append(all, fault.In("lock_minutes", "Type 5 to 60 minutes."))
	}
	ahead := time.Duration(c.JoinMinutes) * time.Minute
	if ahead < scheduler.LeastJoinAhead || ahead > scheduler.MostJoinAhead {
		all = append(all, fault.In("join_minutes", "Type 5 to 60 minutes."))
	}
	if c.MailDays < reads.LeastMailDays || c.MailDays > reads.MostMailDays {
		all = append(all, fault.In("mail_days", "Type %d to %d days.", reads.LeastMailDays, reads.MostMailDays))
	}
	if c.TextYears != 0 && (c.TextYears < reads.LeastTextYears || c.TextYears > reads.MostTextYears) {
		all = append(all, fault.In("text_years",
			"Type %d to %d years, because what people were told is proof for six years, or 0 to keep texts for good.",
			reads.LeastTextYears, reads.MostTextYears))
	}
	if c.SignIn != reads.SignInByMail && c.SignIn != reads.SignInStrong {
		all = append(all, fault.In("sign_in",
			"Choose what lets staff in: mail (a link is enough) or strong (a passkey or the organization's account)."))
	}
	if c.Titles != reads.TitlesPage && c.Titles != reads.TitlesPlain {
		all = append(all, fault.In("titles", "Choose what browsers show: page (the name of the page) or plain."))
	}
	if c.HeadEmail != "" {
		address, wrong := scheduler.CheckEmail(c.HeadEmail)
		if c.HeadEmail = address; wrong != nil {
			all = append(all, wrong.In("head_email"))
		}
	}
	c.Leads = slices.Sorted(slices.Values(c.Leads))
	slices.Reverse(c.Leads)
	if err := (gate.Settings{Leads: c.Leads}).Check(); err != nil {
		all = append(all, err)
	}
	if err := (gate.Settings{EmailHours: c.Hours}).Check(); err != nil {
		all = append(all, fault.In("hours_until",
			"The end must be at least an hour after the start, such as 08:00 and 21:00."))
	}
	return c, errors.Join(all...)
}

// SetClinicSettings changes all settings of a clinic but its closed days. People who have chosen nothing themselves
// get their reminders by the new hours and leads; what was due before is not sent later. Invalid with every field to
// correct; Conflict when another clinic has the name.
func (db *DB) SetClinicSettings(ctx context.Context, a access.Actor, c reads.Clinic) error {
	if err := access.CheckIn(a, access.ClinicChange, string(c.ID)); err != nil {
		return err
	}
	c, err := db.CheckClinic(c)
	if err != nil {
		return err
	}
	var from, until string
	if c.Hours != (gate.Hours{}) {
		from, until = c.Hours.From.String(), c.Hours.Until.String()
	}
	err = db.write(ctx, func(t *tx) error {
		now := db.now()
		if _, err := t.lock(ctx, c.ID); err != nil { // so that no gate looks at what was set before
			return err
		}
		if _, err := t.signInRule(ctx, a, c); err != nil {
			return err
		}
		was, err := t.clinicNow(ctx, c.ID)
		if err != nil {
			return err
		}
		err = t.Exec(ctx, `
			UPDATE clinics SET name = ?, zone = ?, facilitators = ?, shown_name = ?, phone = ?, crisis = ?,
			  hours_from = ?, hours_until = ?, lock_minutes = ?, join_minutes = ?, sign_in = ?, rev = rev + 1,
			  mail_days = ?, text_years = ?, titles = ?, head_email = ?,
			  leads_at = CASE WHEN leads = ? THEN leads_at ELSE ? END, leads = ?
			WHERE id = ?`,
			c.Name, c.Zone, c.Facilitators, c.Contact.Name, c.Contact.Phone, c.Contact.Crisis, from, until,
			c.LockMinutes, c.JoinMinutes, c.SignIn, c.MailDays, c.TextYears, c.Titles, c.HeadEmail, leadsText(c.Leads),
			sqldb.Stamp(now), leadsText(c.Leads), c.ID)
		if err != nil {
			return err
		}
		if err := t.planClinicAnew(ctx, c.ID, sqldb.Stamp(now)); err != nil {
			return fmt.Errorf("planning the reminders of clinic %s anew: %w", c.ID, err)
		}
		return t.audit(ctx, c.ID, a, now, scheduler.AuditEntry{Action: "clinic.set", Subjects: []scheduler.ID{c.ID},
			Fields: clinicFields(was, c)})
	})
	return db.clinicNameTaken(err)
}

// planClinicAnew is planAnew for everybody at a clinic who has chosen no leads themselves.
func (t *tx) planClinicAnew(ctx context.Context, clinic scheduler.ID, at string) error {
	return t.Exec(ctx, `
		UPDATE notices SET state = 'dropped', reason = ?, done_at = ?
		WHERE clinic = ? AND kind = 'reminder' AND not_after > ?
		  AND (state = 'planned' AND due_at > ? AND lease_until <= ? OR state = 'dropped' AND reason = ?)
		  AND person NOT IN (SELECT person FROM settings WHERE clinic = ? AND leads <> '')`,
		gate.ReasonSettings, at, clinic, at, at, at, gate.ReasonHours, clinic)
}

// defaultSettings gives what holds for who has chosen nothing: the clinic's hours, outside of which only comes what
// cannot wait. set is false when the clinic has none.
func (t *tx) defaultSettings(ctx context.Context, clinic scheduler.ID) (s gate.Settings, set bool, err error) {
	var from, until string
	err = t.Row(ctx, "SELECT hours_from, hours_until FROM clinics WHERE id = ?", clinic).Scan(&from, &until)
	if errors.Is(err, sql.ErrNoRows) {
		return s, false, nil
	}
	if err != nil {
		return s, false, fmt.Errorf("reading the hours of clinic %s: %w", clinic, err)
	}
	s.EmailHours, err = readHours(from, until)
	s.Disturb = gate.DisturbUrgent
	return s, from != "", err
}

// contactOf reads what a clinic shows to people.
func (t *tx) contactOf(ctx context.Context, clinic scheduler.ID) (c scheduler.ClinicContact, err error) {
	err = t.Row(ctx, "SELECT shown_name, phone, crisis FROM clinics WHERE id = ?", clinic).
		Scan(&c.Name, &c.Phone, &c.Crisis)
	return c, err
}
