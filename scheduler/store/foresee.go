package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/crashpoint"
	"almanac/scheduler/gate"
	"almanac/scheduler/store/sqldb"
)

// Foresee writes down what the clock alone makes due in the near future
// (invites, reminders, calls) and gives how many notices and tasks are new or
// planned again. What stands already is left alone, so that running it every
// minute writes nothing when there is nothing new. A reminder that was dropped
// because its session moved away comes back when the session does.
func (db *DB) Foresee(ctx context.Context, a access.Actor) (int, error) {
	if err := access.Check(a, access.NoticeHandle); err != nil {
		return 0, err
	}
	now := db.now()
	owed := map[scheduler.ID]*foreseen{}
	err := db.view(ctx, func(t *tx) error {
		clear(owed)
		seats, err := t.foresights(ctx, a, now)
		if err != nil {
			return err
		}
		invites, err := t.foreseenAssignments(ctx, a, now)
		if err != nil {
			return err
		}
		for clinic, notices := range invites {
			owed[clinic] = &foreseen{notices: notices}
		}
		if err := t.foreseeOptIns(ctx, a.Clinic, owed, now); err != nil {
			return err
		}
		return t.foresee(ctx, seats, owed, now)
	})
	if err != nil {
		return 0, fmt.Errorf("foreseeing notices: %w", err)
	}
	count := 0
	for _, clinic := range slices.Sorted(maps.Keys(owed)) {
		f := owed[clinic]
		err := db.write(ctx, func(t *tx) error {
			if _, err := t.share(ctx, clinic); err != nil { // as the gate does, so that nobody waits in a circle
				return err
			}
			if err := t.saveNotices(ctx, clinic, f.notices); err != nil {
				return err
			}
			err := t.saveTasks(ctx, clinic, f.tasks)
			crashpoint.Pass("in-foresee")
			return err
		})
		if err != nil {
			return count, fmt.Errorf("writing foreseen notices: %w", err)
		}
		count += len(f.notices) + len(f.tasks)
	}
	return count, nil
}

// foreseen is what one clinic owes and has not written down.
type foreseen struct {
	notices []scheduler.Notice
	tasks   []scheduler.Task
}

// foresights reads the seats that the near future may ask something for.
func (t *tx) foresights(ctx context.Context, a access.Actor, now time.Time) ([]foresightSeat, error) {
	rules, err := t.remindRules(ctx)
	if err != nil {
		return nil, err
	}
	soon := now.Add(rules.longest + gate.Horizon)
	far := now.Add(max(scheduler.InviteWindow, rules.longest+gate.Horizon))
	seats, err := t.foresightSeats(ctx, a, now, soon, far)
	if err != nil {
		return nil, err
	}
	rules.apply(seats, t.location)
	return seats, t.reachAll(ctx, seats)
}

// remindRules is what says when people are reminded: by definition, person and clinic.
type remindRules struct {
	policies map[string]reminding
	settings map[scheduler.ID]gate.Settings
	hours    map[scheduler.ID]gate.Settings // of who chose none
	leads    map[scheduler.ID]clinicLeads
	longest  time.Duration // before a session, hours considered
}

// clinicLeads are the default leads of a clinic, and when it chose them. Empty: those of the protocols.
type clinicLeads struct {
	leads []time.Duration
	since time.Time
}

// clinicDefault is what holds at a clinic for who chose nothing.
type clinicDefault struct {
	clinic scheduler.ID
	hours  gate.Hours
	clinicLeads
}

func scanClinicDefault(rows *sql.Rows) (d clinicDefault, err error) {
	var from, until, leads string
	if err := rows.Scan(&d.clinic, &from, &until, &leads, sqldb.When(&d.since)); err != nil {
		return d, err
	}
	if d.leads, err = readLeads(leads); err != nil {
		return d, err
	}
	d.hours, err = readHours(from, until)
	return d, err
}

func (t *tx) remindRules(ctx context.Context) (r remindRules, err error) {
	var early, longer time.Duration
	if r.policies, r.longest, err = t.reminders(ctx); err != nil {
		return r, err
	}
	if r.settings, longer, early, err = t.allSettings(ctx); err != nil {
		return r, err
	}
	defaults, err := t.allDefaults(ctx)
	r.hours, r.leads = map[scheduler.ID]gate.Settings{}, map[scheduler.ID]clinicLeads{}
	for _, d := range defaults {
		if r.leads[d.clinic] = d.clinicLeads; d.hours != (gate.Hours{}) {
			r.hours[d.clinic], early = gate.Settings{EmailHours: d.hours, Disturb: gate.DisturbUrgent}, 24*time.Hour
		}
		for _, lead := range d.leads {
			longer = max(longer, lead)
		}
	}
	texts, also := t.textsGo(ctx)
	if texts { // they have hours of their own, for which a reminder may move to the evening before
		early = 24 * time.Hour
	}
	r.longest = max(r.longest, longer) + early
	return r, errors.Join(err, also)
}

// apply fills in how the people of seats are reminded.
func (r remindRules) apply(seats []foresightSeat, location func(zone string) *time.Location) {
	for i := range seats {
		s, policy := &seats[i], r.policies[seats[i].definition]
		s.Leads, s.Since, s.Channels, s.Uncalled = policy.leads, time.Time{}, policy.channels, policy.uncalled
		if chosen, ok := r.leads[s.Clinic]; ok && !policy.own {
			s.Since = chosen.since
			if len(chosen.leads) > 0 {
				s.Leads = chosen.leads
			}
		}
		s.Zone = location(s.Person.Zone)
		if said, ok := r.settings[s.Person.ID]; ok {
			s.Settings = said
		} else if standard, set := r.hours[s.Clinic]; set {
			s.Settings = standard
		}
	}
}

// reminding is how a protocol reminds.
type reminding struct {
	leads    []time.Duration
	own      bool // the clinic's leads do not come before them
	channels []scheduler.Channel
	uncalled bool
}

// reminders gives how every definition that an open cohort runs reminds, by its
// hash, and the longest lead of all.
func (t *tx) reminders(ctx context.Context) (policies map[string]reminding, longest time.Duration, err error) {
	hashes, err := t.openDefinitions(ctx)
	if err != nil {
		return nil, 0, err
	}
	policies = make(map[string]reminding, len(hashes))
	for _, hash := range hashes {
		definition, err := t.definition(ctx, hash)
		if err != nil {
			return nil, 0, err
		}
		policy := reminding{own: definition.OwnLeads(), uncalled: definition.Reminders.Escalate == "nothing"}
		for _, period := range definition.Reminders.Leads {
			if lead, ok := period.Duration(); ok {
				policy.leads = append(policy.leads, lead)
				longest = max(longest, lead)
			}
		}
		for _, channel := range definition.Reminders.Channels {
			policy.channels = append(policy.channels, scheduler.Channel(channel))
		}
		policies[hash] = policy
	}
	return policies, longest, nil
}

// reachAll fills in who may be written to, clinic after clinic.
func (t *tx) reachAll(ctx context.Context, seats []foresightSeat) error {
	people := map[scheduler.ID][]scheduler.ID{}
	for _, s := range seats {
		people[s.Clinic] = append(people[s.Clinic], s.Person.ID)
	}
	for clinic, ids := range people {
		reach, err := t.reach(ctx, clinic, unique(ids, func(id scheduler.ID) scheduler.ID { return id }))
		if err != nil {
			return err
		}
		for i, s := range seats {
			if s.Clinic == clinic {
				seats[i].Person.Reach = reach[s.Person.ID]
			}
		}
	}
	return nil
}

// foresightSeat is a gate.Forecast and the hash of its cohort's definition.
type foresightSeat struct {
	gate.Forecast
	definition string
}

// scanForesight reads foresightColumns.
func scanForesight(rows *sql.Rows) (f foresightSeat, err error) {
	s := &seatData{}
	head := []any{&f.Clinic, &f.Cohort, &f.definition, &f.Enrollment.ID, &f.Enrollment.State, &f.Person.ID,
		&f.Person.Zone}
	err = rows.Scan(append(head, s.into()...)...)
	f.Seat, f.Session = s.Seat, s.session
	f.Session.ID, f.Enrollment.Person = s.Session, f.Person.ID
	return f, err
}

// foresee asks the rules about every seat and keeps what is not written down.
func (t *tx) foresee(ctx context.Context, seats []foresightSeat, owed map[scheduler.ID]*foreseen, now time.Time) error {
	for _, s := range seats {
		notices, tasks := gate.Foresee(s.Forecast, now)
		if len(notices)+len(tasks) == 0 {
			continue
		}
		if owed[s.Clinic] == nil {
			owed[s.Clinic] = &foreseen{}
		}
		f := owed[s.Clinic]
		f.notices = append(f.notices, notices...)
		f.tasks = append(f.tasks, tasks...)
	}
	for clinic, f := range owed {
		var err error
		if f.notices, err = t.unwritten(ctx, clinic, f.notices); err != nil {
			return err
		}
		if f.tasks, err = t.unwrittenTasks(ctx, clinic, f.tasks); err != nil {
			return err
		}
		if len(f.notices)+len(f.tasks) == 0 {
			delete(owed, clinic)
		}
	}
	return nil
}

// endings are reasons of which a notice stays dropped, unless its person changes
// their settings.
var endings = []string{gate.ReasonSuperseded, gate.ReasonWeek, gate.ReasonHours, gate.ReasonRestored, gate.ReasonLetGo}

// writtenNotice is a notice's row as Foresee looks at it.
type writtenNotice struct {
	id     scheduler.ID
	state  scheduler.NoticeState
	reason string
}

// unwritten leaves out the notices whose row should stay as it is.
func (t *tx) unwritten(ctx context.Context, clinic scheduler.ID,
	notices []scheduler.Notice) ([]scheduler.Notice, error) {
	written := map[scheduler.ID]writtenNotice{}
	for part := range slices.Chunk(unique(notices, func(n scheduler.Notice) scheduler.ID { return n.ID }), mostListed) {
		in, args := sqldb.List(part)
		rows, err := t.Query(ctx, "SELECT id, state, reason FROM notices WHERE "+ofClinic+" AND id IN ("+in+")",
			append([]any{clinic}, args...)...)
		if err != nil {
			return nil, err
		}
		found, err := sqldb.Collect(rows, func(rows *sql.Rows) (w writtenNotice, err error) {
			return w, rows.Scan(&w.id, &w.state, &w.reason)
		})
		if err != nil {
			return nil, err
		}
		for _, w := range found {
			written[w.id] = w
		}
	}
	welcomed, err := t.welcomed(ctx, clinic, notices, written)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(notices, func(n scheduler.Notice) bool {
		w, stands := written[n.ID]
		switch {
		case !stands:
			return false
		case w.state != scheduler.NoticeDropped || slices.Contains(endings, w.reason):
			return true
		case n.State == scheduler.NoticeDropped: // of what was dropped for another reason that one stands
			return w.reason != gate.ReasonSettings
		}
		// A reminder that came too soon after a welcome would only be dropped again.
		return n.Kind == scheduler.Reminder && n.Due.Before(welcomed[n.Enrollment].Add(scheduler.WelcomeQuiet))
	}), nil
}

// welcomed tells when people were welcomed whose reminders were dropped.
func (t *tx) welcomed(ctx context.Context, clinic scheduler.ID, notices []scheduler.Notice,
	written map[scheduler.ID]writtenNotice) (map[scheduler.ID]time.Time, error) {
	at := map[scheduler.ID]time.Time{}
	dropped := unique(notices, func(n scheduler.Notice) scheduler.ID {
		if n.Kind == scheduler.Reminder && written[n.ID].state == scheduler.NoticeDropped {
			return n.Enrollment
		}
		return ""
	})
	for part := range slices.Chunk(dropped, mostListed) {
		welcomes, err := t.welcomesOf(ctx, clinic, part)
		if err != nil {
			return nil, err
		}
		for id, w := range welcomes {
			at[id] = w.sentAt
		}
	}
	return at, nil
}

// unwrittenTasks leaves out the tasks that stand already, done or not; one that was
// closed by a rule does not count, and one that asks again counts while it is open or was ticked off lately.
func (t *tx) unwrittenTasks(ctx context.Context, clinic scheduler.ID,
	tasks []scheduler.Task) ([]scheduler.Task, error) {
	written := map[scheduler.ID]string{} // when they were done, open ones last of all
	for part := range slices.Chunk(unique(tasks, func(k scheduler.Task) scheduler.ID { return k.ID }), mostListed) {
		in, args := sqldb.List(part)
		rows, err := t.Query(ctx,
			"SELECT id, CASE WHEN done_at = '' THEN 'open' ELSE done_at END FROM tasks WHERE "+ofClinic+
				" AND done_by NOT IN ("+closedByRule()+") AND id IN ("+in+")",
			append([]any{clinic}, args...)...)
		if err != nil {
			return nil, err
		}
		_, err = sqldb.Collect(rows, func(rows *sql.Rows) (id scheduler.ID, err error) {
			var done string
			err = rows.Scan(&id, &done)
			written[id] = done
			return id, err
		})
		if err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(slices.Clone(tasks), func(k scheduler.Task) bool {
		done, found := written[k.ID]
		return found && (!k.Again || done >= sqldb.Stamp(k.Due))
	}), nil
}
