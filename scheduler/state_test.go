package scheduler_test

import (
	"os"
	"strings"
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/fault"
)

// drawn reads the rows of the drawing in doc.go.
func drawn(t *testing.T) map[scheduler.EnrollmentState][]string {
	t.Helper()
	source, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[scheduler.EnrollmentState][]string{}
	for line := range strings.Lines(string(source)) {
		from, to, found := strings.Cut(strings.TrimPrefix(line, "//"), " ─► ")
		if !found {
			from, found = strings.CutSuffix(strings.TrimRight(strings.TrimPrefix(line, "//"), "\n"), " ─►")
		}
		if from = strings.TrimSpace(from); !found || strings.ContainsAny(from, " │┌└") {
			continue
		}
		if from == "(asked)" {
			from = ""
		}
		rows[scheduler.EnrollmentState(from)] = strings.Fields(to)
	}
	return rows
}

func TestEnrollmentStatesFollowTheDrawing(t *testing.T) {
	t.Parallel()
	rows := drawn(t)
	states := append(scheduler.EnrollmentStates(), "")
	if len(rows) != len(states) {
		t.Fatalf("the drawing has %d rows, want %d: %v", len(rows), len(states), rows)
	}
	arrows := 0
	for _, from := range states {
		for _, to := range append(states, "nonsense") {
			want := false
			for _, next := range rows[from] {
				want = want || next == string(to)
			}
			if want {
				arrows++
			}
			if got := from.CanBecome(to); got != want {
				t.Errorf("%q can become %q: %v, the drawing says %v", from, to, got, want)
			}
		}
	}
	if arrows != 19 {
		t.Errorf("the drawing has %d arrows, want 19", arrows)
	}
}

func TestLiveEnrollments(t *testing.T) {
	t.Parallel()
	want := map[scheduler.EnrollmentState]bool{
		"": false, scheduler.Pending: true, scheduler.Waiting: true, scheduler.Offered: true, scheduler.Active: true,
		scheduler.OnHold: true, scheduler.Completed: false, scheduler.Withdrawn: false, "nonsense": false,
	}
	for state, live := range want {
		if state.Live() != live {
			t.Errorf("%q is live: %v, want %v", state, state.Live(), live)
		}
	}
}

func TestSeatStates(t *testing.T) {
	t.Parallel()
	occupying := map[scheduler.SeatState]bool{
		scheduler.SeatPlanned: true, scheduler.SeatPresent: true, scheduler.SeatLate: true, scheduler.SeatPartial: true,
		scheduler.SeatExcused: true, scheduler.SeatMissed: true, scheduler.SeatCancelled: false,
		scheduler.SeatReleased: false,
	}
	all := scheduler.SeatStates()
	if len(all) != len(occupying) {
		t.Fatalf("there are %d states, want %d", len(all), len(occupying))
	}
	for _, state := range all {
		if want, known := occupying[state]; !known || state.Occupies() != want {
			t.Errorf("%s occupies: %v, want %v", state, state.Occupies(), want)
		}
		for _, session := range []scheduler.SessionState{scheduler.SessionPlanned, scheduler.SessionMet,
			scheduler.SessionCancelled} {
			truth := scheduler.MomentOf(&scheduler.Seat{State: state}, &scheduler.Session{State: session})
			if want := occupying[state] && state != scheduler.SeatExcused &&
				session != scheduler.SessionCancelled; truth.Expected != want {
				t.Errorf("a %s seat in a %s session is expected: %v, want %v", state, session, truth.Expected, want)
			}
		}
	}
}

func TestSessionStates(t *testing.T) {
	t.Parallel()
	for state, live := range map[scheduler.SessionState]bool{
		scheduler.SessionPlanned: true, scheduler.SessionMet: true, scheduler.SessionCancelled: false,
	} {
		if s := (scheduler.Session{State: state}); s.Live() != live {
			t.Errorf("a %s session stands: %v, want %v", state, s.Live(), live)
		}
	}
	s := scheduler.Session{End: now()}
	if !s.Past(now()) || s.Past(now().Add(-1)) {
		t.Error("a session is past from its end on, not before")
	}
}

func TestMetSessionsAreNotChanged(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	cohort := c.open(opening(define(t, closed)))
	c.on(cohort, "2026-01-06").State = scheduler.SessionMet
	id := c.on(cohort, "2026-01-06").ID
	over := "This session is over and can no longer be changed."
	refused(t, c.cancel(scheduler.CancelRequest{Session: id}), fault.Closed, "", over)
	refused(t, c.move(id, "2026-01-07T18:00"), fault.Closed, "", over)
}

func TestMoments(t *testing.T) {
	t.Parallel()
	base := scheduler.Moment{Expected: true, Start: now(), End: now().Add(1), Place: "Online"}
	same := base
	same.Start = now().In(now().Location())
	if !base.Equal(same) {
		t.Error("equal moments differ")
	}
	for name, change := range map[string]func(*scheduler.Moment){
		"expected": func(m *scheduler.Moment) { m.Expected = false },
		"start":    func(m *scheduler.Moment) { m.Start = m.Start.Add(1) },
		"end":      func(m *scheduler.Moment) { m.End = m.End.Add(1) },
		"place":    func(m *scheduler.Moment) { m.Place = "Room 2" },
	} {
		other := base
		change(&other)
		if base.Equal(other) || other.Equal(base) {
			t.Errorf("%s does not count", name)
		}
	}
	gone := scheduler.Moment{Start: now(), Place: "Room 2"}
	if !gone.Equal(scheduler.Moment{}) {
		t.Error("moments that expect nobody differ")
	}
}
