package store

import (
	"context"
	"database/sql"
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
	policies, longest, err := t.reminders(ctx)
	if err != nil {
		return nil, err
	}
	settings, longer, early, err := t.allSettings(ctx)
	if err != nil {
		return nil, err
	}
	hours, err := t.allHours(ctx)
	if err != nil {
		return nil, err
	}
	if len(hours) > 0 {
		early = 24 * time.Hour
	}
	longest = max(longest, longer) + early
	soon := now.Add(longest + gate.Horizon)
	far := now.Add(max(scheduler.InviteWindow, longest+gate.Horizon))
	seats, err := t.foresightSeats(ctx, a, now, soon, far)
	if err != nil {
		return nil, err
	}
	for i := range seats {
		policy := policies[seats[i].definition]
		seats[i].Leads, seats[i].Channels, seats[i].Uncalled = policy.leads, policy.channels, policy.uncalled
		if said, ok := settings[seats[i].Person.ID]; ok {
			seats[i].Settings, seats[i].Zone = said, t.location(seats[i].Person.Zone)
		} else if standard, set := hours[seats[i].Clinic]; set {
			seats[i].Settings, seats[i].Zone = standard, t.location(seats[i].Person.Zone)
		}
	}
	return seats, t.reachAll(ctx, seats)
}

// reminding is how a protocol reminds.
type reminding struct {
	leads    []time.Duration
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
		policy := reminding{uncalled: definition.Reminders.Escalate == "nothing"}
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
