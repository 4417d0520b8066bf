package store_test

import (
	"math/rand/v2"
	"slices"

	"almanac/protocols/civil"
	"almanac/scheduler"
)

// deeds names everything that may happen in a history.
func deeds() []string {
	return []string{
		"enroll", "withdraw", "accept", "decline", "tell", "hold", "resume", "reenter", "transfer", "capacity",
		"waive", "individual", "makeup", "cancel", "attend", "upkeep", "set",
	}
}

// weights makes what begins things more likely than what ends them.
func weights() []string {
	return append(deeds(), "enroll", "enroll", "enroll", "enroll", "enroll", "enroll", "accept", "accept", "decline",
		"tell", "tell", "attend", "attend", "makeup", "upkeep", "upkeep", "reenter", "resume")
}

// drawDeed draws what happens next, with ids that any store knows.
func drawDeed(drawn *rand.Rand, b *scheduler.Book, cohorts, people []scheduler.ID) deed {
	name := weights()[drawn.IntN(len(weights()))]
	cohort := cohorts[drawn.IntN(len(cohorts))]
	person := people[drawn.IntN(len(people))]
	n := drawn.IntN(4)
	r := b.Roster(cohort)
	near := slices.IndexFunc(r.Sessions,
		func(s *scheduler.Session) bool { return s.Start.After(b.Now.AddDate(0, 0, -28)) })
	session := r.Sessions[min(max(near, 0)+drawn.IntN(12), len(r.Sessions)-1)]
	day := civil.DateOf(b.Now).AddDays(1 + n)
	if name == "attend" {
		session, person = sat(drawn, b, session, person)
	}
	position := []string{"m1", "m2", "m3", "m4"}[drawn.IntN(4)]
	enrollment := suited(drawn, b, name)
	about := deed{name: name}
	if slices.Contains(named(b), enrollment) {
		about.enrollments = []scheduler.ID{enrollment}
	}
	if name == "makeup" || name == "cancel" || name == "attend" {
		about.sessions = []scheduler.ID{session.ID}
	}
	about.do = func(b *scheduler.Book) error {
		switch name {
		case "enroll":
			_, err := b.Enroll(scheduler.PlaceRequest{Cohort: cohort, Person: person, Priority: n / 3})
			return err
		case "withdraw":
			return b.Withdraw(enrollment)
		case "accept":
			return b.Accept(enrollment)
		case "decline":
			return b.Decline(enrollment)
		case "tell":
			return b.Tell(enrollment)
		case "hold":
			return b.Hold(scheduler.HoldRequest{Enrollment: enrollment, Until: day.AddDays(10), Release: n < 2})
		case "resume":
			return b.Resume(enrollment)
		case "reenter":
			_, err := b.Reenter(enrollment,
				[]scheduler.EntryMode{scheduler.ModeResume, scheduler.ModeModuleStart, scheduler.ModeRestart}[n%3])
			return err
		case "transfer":
			_, err := b.Transfer(enrollment, cohort)
			return err
		case "capacity":
			return b.SetCapacity(scheduler.ResizeRequest{Cohort: cohort, Seats: 1 + n/2, Reason: "a test"})
		case "waive":
			return b.Waive(enrollment, position, "known")
		case "individual":
			return b.Individual(scheduler.AppointmentRequest{Enrollment: enrollment, Position: position,
				At: civil.WallTime{Date: day, Clock: civil.Clock{Hour: 10 + n}}})
		case "makeup":
			return b.MakeUp(enrollment, session.Position, session.ID)
		case "cancel":
			return b.Cancel(scheduler.CancelRequest{Session: session.ID,
				Content: []scheduler.ContentAfter{scheduler.Append, scheduler.Skip}[n%2]})
		case "attend":
			state := []scheduler.SeatState{scheduler.SeatMissed, scheduler.SeatPartial, scheduler.SeatExcused,
				scheduler.SeatPresent}[n]
			return b.Attendance(session.ID, scheduler.Mark{Person: person, State: state, Minutes: 30})
		case "set":
			minutes, seats := 60+10*n, 1+n
			q := scheduler.CohortSetting{Cohort: cohort, From: day, Minutes: &minutes, Seats: &seats, Reason: "a test"}
			if n%2 == 0 {
				q = scheduler.CohortSetting{Session: session.ID, Seats: &seats, Reason: "a test"}
			}
			return b.SetCohort(q)
		default:
			return b.Upkeep()
		}
	}
	return about
}

// sat draws a session that has begun and somebody with a seat in it; what was
// drawn before when there is none.
func sat(
	drawn *rand.Rand, b *scheduler.Book, session *scheduler.Session, person scheduler.ID,
) (*scheduler.Session, scheduler.ID) {
	for _, r := range b.Rosters {
		for _, seat := range r.Seats {
			if s := r.Session(seat.Session); s.Live() && s.Start.Before(b.Now) && seat.State.Occupies() &&
				drawn.IntN(3) == 0 {
				session, person = s, seat.Person
			}
		}
	}
	return session, person
}

// suited draws an enrollment that a deed may be about: one in the state that it
// needs if there is any, else any one.
func suited(drawn *rand.Rand, b *scheduler.Book, name string) scheduler.ID {
	needs := map[string]scheduler.EnrollmentState{
		"accept": scheduler.Offered, "decline": scheduler.Offered, "tell": scheduler.Offered, "hold": scheduler.Active,
		"resume":  scheduler.OnHold,
		"reenter": scheduler.Withdrawn, "waive": scheduler.Active, "individual": scheduler.Active,
		"makeup": scheduler.Active,
	}
	var fit, all []scheduler.ID
	for _, r := range b.Rosters {
		for _, e := range r.Enrollments {
			all = append(all, e.ID)
			if e.State == needs[name] {
				fit = append(fit, e.ID)
			}
		}
	}
	if len(fit) > 0 {
		all = fit
	}
	if len(all) == 0 {
		return "nobody"
	}
	return all[drawn.IntN(len(all))]
}
