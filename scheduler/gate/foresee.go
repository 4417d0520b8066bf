package gate

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"almanac/scheduler"
)

// Forecast is one seat with what decides which notices it needs soon.
type Forecast struct {
	Clinic     scheduler.ID
	Cohort     scheduler.ID
	Enrollment scheduler.Enrollment
	Person     scheduler.Person
	Seat       scheduler.Seat
	Session    scheduler.Session
	Leads      []time.Duration     // of the protocol's reminders, or the clinic's default
	Since      time.Time           // when these were chosen; nothing that was due before is sent. Zero: ever
	Channels   []scheduler.Channel // on which the protocol reminds; empty: as the person chose
	Settings   Settings            // of the person
	Zone       *time.Location      // of the person; nil: UTC
	// Uncalled: the protocol wants no call for whom nobody may write to.
	Uncalled bool
	Ahead    time.Duration // how long before they are due reminders are given; 0: Horizon
}

// Horizon is how long before they are due reminders are written down.
const Horizon = 24 * time.Hour

// Foresee gives the notices and tasks that become due by the clock alone: the
// invite of a session in the window, reminders, and a call for whom nobody
// may write to. Asked twice it gives the same rows again, with the same keys.
func Foresee(f Forecast, now time.Time) (notices []scheduler.Notice, tasks []scheduler.Task) {
	if f.Enrollment.State != scheduler.Active || !scheduler.MomentOf(&f.Seat, &f.Session).Expected ||
		!f.Session.Start.After(now) {
		return nil, nil
	}
	base := scheduler.Notice{Person: f.Person.ID, Enrollment: f.Enrollment.ID, Session: f.Session.ID, Seat: f.Seat.ID}
	reminds := f.reminds(func(scheduler.Channel) bool { return true })
	if reminds == "" && !f.Uncalled {
		tasks = f.calls(now)
	}
	if slices.Contains(f.Person.Reach, scheduler.Email) && !f.Seat.Told.Invited &&
		f.Session.Start.Sub(now) <= scheduler.InviteWindow {
		invite := base
		invite.Kind, invite.Channel = scheduler.Calendar, scheduler.Email
		invite.Due, invite.NotAfter = now, f.Session.End
		notices = append(notices, scheduler.NewNotice(invite, &f.Seat, now))
	}
	if base.Channel = f.reminds(f.Settings.remindsOn); base.Channel != "" {
		notices = append(notices, f.reminders(base, now)...)
	}
	slices.SortStableFunc(notices, func(a, b scheduler.Notice) int { return a.Due.Compare(b.Due) })
	return notices, tasks
}

// reminds is the channel that carries the person's reminders: the first that the protocol prefers, else that
// the person consented to first, among those that are wanted. Empty: none.
func (f Forecast) reminds(wanted func(scheduler.Channel) bool) scheduler.Channel {
	order := f.Channels
	if len(order) == 0 {
		order = f.Person.Reach
	}
	for _, c := range order {
		if c.HandedOver() && slices.Contains(f.Person.Reach, c) && wanted(c) {
			return c
		}
	}
	return ""
}

// calls asks staff to call before the session, a day ahead.
func (f Forecast) calls(now time.Time) []scheduler.Task {
	due := f.Session.Start.Add(-24 * time.Hour)
	if due.After(now) || due.Before(f.Seat.ChangedAt) {
		return nil
	}
	return []scheduler.Task{scheduler.NewTask(f.Clinic, scheduler.Task{
		Kind: scheduler.CallTask, About: scheduler.AboutReminder, Cohort: f.Cohort, Person: f.Person.ID,
		Enrollment: f.Enrollment.ID, Session: f.Session.ID, Due: f.Session.Start,
	}, fmt.Sprintf("reminder:%s:%d", f.Seat.ID, f.Session.Start.Unix()), now)}
}

// reminders gives those that become due within the horizon, each until the next
// one is due, and the last until an hour before the start. None comes within
// two hours of the news of the seat or of another reminder. One that cannot
// leave in the person's hours is given as dropped, so that staff see why.
func (f Forecast) reminders(base scheduler.Notice, now time.Time) []scheduler.Notice {
	leads, since, ahead := slices.Clone(f.Leads), f.Since, cmp.Or(f.Ahead, Horizon)
	if len(f.Settings.Leads) > 0 {
		leads, since = slices.Clone(f.Settings.Leads), f.Settings.ChangedAt
	}
	slices.Sort(leads)
	var notices []scheduler.Notice
	base.Kind, base.Start = scheduler.Reminder, f.Session.Start
	next := f.Session.Start.Add(-scheduler.ReminderMargin) // when the next one is due
	var nearer time.Time                                   // when the next one leaves; zero: there is none
	for _, lead := range leads {
		if base.Lead > 0 && lead-base.Lead < scheduler.WelcomeQuiet {
			continue
		}
		if lead <= scheduler.ReminderMargin {
			next = f.Session.Start
		}
		due := f.Session.Start.Add(-lead)
		at, leaves := f.hours(base.Channel).Remind(due, now, f.zone())
		if !leaves {
			at = due
			// moved to the same evening as the next one
		} else if !nearer.IsZero() && nearer.Sub(at) < scheduler.WelcomeQuiet {
			continue
		}
		base.Lead, base.Due, base.NotAfter = lead, at, next
		if leaves {
			next, nearer = at, at
		}
		if at.After(now.Add(ahead)) || !now.Before(base.NotAfter) ||
			at.Before(f.Seat.ChangedAt.Add(scheduler.WelcomeQuiet)) ||
			due.Before(since) { // choosing other reminders sends none
			continue
		}
		n := scheduler.NewNotice(base, &f.Seat, now)
		if !leaves {
			n.State, n.Reason = scheduler.NoticeDropped, ReasonHours
		}
		notices = append(notices, n)
	}
	return notices
}

// hours gives when messages on a channel may leave to the person.
func (f Forecast) hours(c scheduler.Channel) Hours { return HoursOn(c, f.Settings.EmailHours) }

func (f Forecast) zone() *time.Location {
	if f.Zone == nil {
		return time.UTC
	}
	return f.Zone
}

// ForeseeAssignment gives the invite of a session to the member of staff who leads it, once the
// session is near.
func ForeseeAssignment(s *scheduler.Session, now time.Time) scheduler.Notice {
	return scheduler.NewNotice(scheduler.Notice{
		Kind: scheduler.AssignedOne, Channel: scheduler.Email, Staff: s.Leader, Session: s.ID, Start: s.Start, Due: now,
		NotAfter: s.End,
		Version:  "invite-" + scheduler.ID(s.Start.UTC().Format("20060102T150405Z")),
	}, nil, now)
}
