package web_test

import (
	"context"
	"slices"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/gate"
	"almanac/scheduler/reads"
)

// DaySessions finds those of the one cohort, and of others that are set.
func (s *shelf) DaySessions(_ context.Context, a access.Actor, _ scheduler.ID,
	q reads.DayQuery) (all []reads.DaySession, err error) {
	for i, session := range s.cohort.Sessions {
		one := reads.DaySession{Session: session, Cohort: s.cohort.Cohort.ID, CohortName: s.cohort.Cohort.Name,
			Zone: s.cohort.Cohort.Zone, Capacity: s.cohort.Cohort.Capacity, LeaderName: s.cohort.LeadName,
			Own: session.Leader == scheduler.ID(a.ID)}
		if one.Seated > 2 {
			one.No = i % 2
		}
		all = append(all, one)
	}
	all = append(all, s.others...)
	all = slices.DeleteFunc(all, func(d reads.DaySession) bool {
		return d.Start.Before(q.From) || !d.Start.Before(q.Until)
	})
	slices.SortStableFunc(all, func(x, y reads.DaySession) int { return x.Start.Compare(y.Start) })
	return all, s.trouble
}

// Today is made of the one cohort; only admins and coordinators have tasks.
func (s *shelf) Today(ctx context.Context, a access.Actor, _ scheduler.ID) (t reads.Today, err error) {
	for _, row := range s.rows {
		t.Cohorts += map[scheduler.CohortState]int{scheduler.CohortOpen: 1}[row.State]
	}
	t.People = len(s.cohort.Enrollments)
	all, _ := s.DaySessions(ctx, a, "", reads.DayQuery{Until: beforeSpring.AddDate(9, 0, 0)})
	for _, one := range all {
		if one.Past(beforeSpring) && one.Seated > 0 {
			t.Untaken = append(t.Untaken, one)
		}
	}
	t.UntakenOf = len(t.Untaken) * 3
	for _, one := range all {
		if one.Own && one.End.After(beforeSpring) {
			t.Next.DaySession = one
			break
		}
	}
	intents := []gate.Intent{"", gate.IntentYes, gate.IntentNo, "", gate.IntentMaybe}
	for i, e := range s.cohort.Enrollments {
		if t.Next.ID != "" && e.State == scheduler.Active {
			t.Next.People = append(t.Next.People, reads.NextPerson{Enrollment: e.ID, Name: e.Name,
				State: scheduler.SeatPlanned, Intent: intents[i%len(intents)]})
		}
	}
	if !access.Can(a, access.TaskView) {
		return t, s.trouble
	}
	t.Tasks, err = s.CountTasks(ctx, a, "")
	t.Calls = len(s.tasks)
	for i, e := range s.cohort.Enrollments {
		switch e.State {
		case scheduler.Waiting:
			t.Waiting++
			t.WaitSince = beforeSpring.AddDate(0, 0, -23)
		case scheduler.Offered:
			t.OffersOf++
			t.Offers = append(t.Offers, reads.TodayOffer{Enrollment: e.ID, Name: e.Name,
				CohortName: s.cohort.Cohort.Name, Zone: s.cohort.Cohort.Zone,
				Ends: beforeSpring.Add(time.Duration(i) * 5 * time.Hour)})
		}
	}
	if len(s.tasks) > 0 {
		t.Tasks.Late = 1
		t.Small = []reads.TodaySmall{{Cohort: s.cohort.Cohort.ID, CohortName: s.cohort.Cohort.Name,
			Session: reads.Moment{Start: s.cohort.Sessions[3].Start, Zone: s.cohort.Cohort.Zone}}}
	}
	t.Seats = reads.TodaySeats{Free: 4, Cohorts: 2}
	return t, err
}

// busy puts sessions of other cohorts beside those of the shelf: one at the same time in the same room, one in
// another zone, one that is cancelled, one today.
func busy(s *shelf) *shelf {
	at := func(start time.Time, name string, change func(*reads.DaySession)) {
		one := reads.DaySession{Cohort: "4444444444444", CohortName: name, Zone: "America/New_York", Capacity: 12,
			LeaderName: "Kim Ode"}
		one.ID = scheduler.DeriveID(clinicID, "session", name)
		one.Start, one.End, one.Number = start, start.Add(2*time.Hour), 3
		one.Title, one.Place, one.Leader, one.State, one.Seated = "Savoring", "Room 2", clinicID,
			scheduler.SessionPlanned, 7
		change(&one)
		s.others = append(s.others, one)
	}
	none := func(*reads.DaySession) {}
	at(beforeSpring.Add(-2*time.Hour), "Morning group", func(d *reads.DaySession) { d.No, d.Own = 1, true })
	at(beforeSpring.Add(5*time.Hour), "Lunch group", func(d *reads.DaySession) { d.Zone = "America/Chicago" })
	at(beforeSpring.Add(6*time.Hour), "Afternoon group", none)
	at(beforeSpring.Add(30*time.Hour), "مجموعة المساء",
		func(d *reads.DaySession) { d.State = scheduler.SessionCancelled })
	at(beforeSpring.Add(55*time.Hour), "A name nobody would give a group that meets every week", none)
	return s
}

// CheckClinic finds nothing to correct but hours that end before they begin.
func (s *shelf) CheckClinic(c reads.Clinic) (reads.Clinic, error) {
	if (gate.Settings{EmailHours: c.Hours}).Check() != nil {
		return c, fault.In("hours_until", "The end must be at least an hour after the start.")
	}
	return c, nil
}

func (s *shelf) SignInRule(context.Context, access.Actor, reads.Clinic) (reads.StaffKeys, error) {
	return reads.StaffKeys{All: 4, Without: 3}, s.trouble
}

func (s *shelf) ClinicEffect(context.Context, access.Actor, reads.Clinic) (reads.ClinicEffect, error) {
	return reads.ClinicEffect{RemindersNow: 62, RemindersThen: 31, OwnLeads: 2}, s.trouble
}

func (s *shelf) SetClinicSettings(context.Context, access.Actor, reads.Clinic) error {
	return s.trouble
}
