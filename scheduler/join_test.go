package scheduler_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"almanac/scheduler"
)

// TestJoinAtItsEdges looks at the seconds at which a way in changes.
func TestJoinAtItsEdges(t *testing.T) {
	t.Parallel()
	start, end := instant("2026-03-08T06:30:00Z"), instant("2026-03-08T08:30:00Z") // the clocks change in between
	session := scheduler.Session{Start: start, End: end, State: scheduler.SessionPlanned, Meeting: "m"}
	door := scheduler.Doorway{Enrollment: scheduler.Active, Seat: &scheduler.Seat{State: scheduler.SeatPlanned},
		Session: &session}
	for _, x := range []struct {
		at, ended string
		want      scheduler.JoinState
	}{
		{"2026-03-08T06:14:59.999Z", "", scheduler.JoinEarly},
		{"2026-03-08T06:15:00Z", "", scheduler.JoinOpen},
		{"2026-03-08T06:30:00Z", "", scheduler.JoinOpen},
		{"2026-03-08T08:30:00Z", "", scheduler.JoinOpen},
		{"2026-03-08T08:59:59.999Z", "", scheduler.JoinOpen},
		{"2026-03-08T09:00:00Z", "", scheduler.JoinShut},
		{"2026-03-08T08:34:59Z", "2026-03-08T08:35:00Z", scheduler.JoinOpen},
		{"2026-03-08T08:35:00Z", "2026-03-08T08:35:00Z", scheduler.JoinShut},
		{"2026-03-08T07:00:00Z", "2026-03-08T05:00:00Z", scheduler.JoinOpen}, // it was ended before it was moved
	} {
		door.Ended = time.Time{}
		if x.ended != "" {
			door.Ended = instant(x.ended)
		}
		got, opens := door.At(instant(x.at))
		if got != x.want || !opens.Equal(instant("2026-03-08T06:15:00Z")) {
			t.Errorf("at %s, ended %q: %s, opens %s", x.at, x.ended, got, opens)
		}
	}
}

// A clinic chooses how long before its start a session opens.
func TestJoinAheadIsTheClinics(t *testing.T) {
	t.Parallel()
	start := instant("2026-03-08T06:30:00Z")
	for ahead, first := range map[time.Duration]time.Duration{0: 15 * time.Minute, 5 * time.Minute: 5 * time.Minute,
		time.Hour: time.Hour} {
		door := scheduler.Doorway{Enrollment: scheduler.Active, Seat: &scheduler.Seat{State: scheduler.SeatPlanned},
			Session: &scheduler.Session{Start: start, End: start.Add(time.Hour), State: scheduler.SessionPlanned,
				Meeting: "m"}, Ahead: ahead}
		before, _ := door.At(start.Add(-first - time.Millisecond))
		then, _ := door.At(start.Add(-first))
		if before != scheduler.JoinEarly || then != scheduler.JoinOpen {
			t.Errorf("%s ahead: %s, then %s", ahead, before, then)
		}
	}
}

// TestJoinOnlyWithASeat plays 10,000 histories: at no moment does a way in work for who is not expected then, before
// it opens, or after it closes.
func TestJoinOnlyWithASeat(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(16, 2))
	enrollments := []scheduler.EnrollmentState{scheduler.Active, scheduler.Active, scheduler.Completed,
		scheduler.Pending, scheduler.Waiting, scheduler.Offered, scheduler.OnHold, scheduler.Withdrawn}
	open := 0
	for range 10_000 {
		start := instant("2026-01-06T23:00:00Z")
		session := scheduler.Session{Start: start, End: start.Add(2 * time.Hour), State: scheduler.SessionPlanned,
			Meeting: "m"}
		door := scheduler.Doorway{Enrollment: scheduler.Active, Seat: &scheduler.Seat{State: scheduler.SeatPlanned},
			Session: &session}
		now := start.Add(-2 * time.Hour)
		for range 12 {
			switch random.IntN(8) {
			case 0:
				door.Enrollment = enrollments[random.IntN(len(enrollments))]
			case 1:
				states := scheduler.SeatStates()
				door.Seat.State = states[random.IntN(len(states))]
			case 2:
				session.Start = session.Start.Add(time.Duration(random.IntN(120)-60) * time.Minute)
				session.End = session.Start.Add(time.Duration(1+random.IntN(120)) * time.Minute)
			case 3:
				door.Ended = now
			case 4:
				session.State = []scheduler.SessionState{scheduler.SessionCancelled, scheduler.SessionPlanned,
					scheduler.SessionMet}[random.IntN(3)]
			case 5:
				session.Meeting = []scheduler.ID{"", "m", "m"}[random.IntN(3)]
			}
			now = now.Add(time.Duration(random.IntN(40)) * time.Minute)
			state, _ := door.At(now)
			if state == scheduler.JoinOpen {
				open++
			}
			if state == scheduler.JoinOpen && !mayJoin(door, now) {
				t.Fatalf("open at %s: %+v %+v %+v", now, door, *door.Seat, session)
			}
		}
	}
	if open < 1000 {
		t.Errorf("the way in was open %d times only", open)
	}
}

// mayJoin says in other words than the rule who may come in.
func mayJoin(d scheduler.Doorway, now time.Time) bool {
	gone := map[scheduler.EnrollmentState]bool{scheduler.Pending: true, scheduler.Waiting: true,
		scheduler.Offered: true, scheduler.OnHold: true, scheduler.Withdrawn: true}
	away := map[scheduler.SeatState]bool{scheduler.SeatCancelled: true, scheduler.SeatReleased: true,
		scheduler.SeatExcused: true}
	early := now.Add(15 * time.Minute).Before(d.Session.Start)
	late := now.Sub(d.Session.End) >= 30*time.Minute
	ended := !d.Ended.IsZero() && !d.Ended.After(now) && !d.Ended.Add(15*time.Minute).Before(d.Session.Start)
	return !gone[d.Enrollment] && !away[d.Seat.State] && !early && !late && !ended &&
		d.Session.State != scheduler.SessionCancelled && d.Session.Meeting != ""
}
