package scheduler_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"almanac/protocols"
	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
)

// step is one thing that happens in a clinic. It may be refused.
type step struct {
	name string
	do   func(*clinic) error
}

// kinds are the protocols of a world, read once.
type kinds struct{ content, closed, counted *protocols.Definition }

func defineKinds(t fatal) kinds {
	return kinds{
		content: define(t, rolling, "capacity: {max: 3, max_new_per_session: 2}"),
		closed:  define(t, closed, "capacity: {max: 2}", "entry: {type: closed, last_session_for_new: 3}"),
		counted: define(t, rolling, "completion: {type: sessions, n: 5}", "entry: {type: any, lead: P1D}",
			"capacity: {max: 4}"),
	}
}

// world is a clinic with a rolling cohort, a small closed one that overlaps
// with it, and one on another day.
func world(t fatal, k kinds) *clinic {
	c := newClinic(t)
	for n := range 9 {
		c.person(scheduler.ID(fmt.Sprint("p", n+1))) // known, so that who waits is offered seats
	}
	c.open(opening(k.content))
	o := opening(k.closed)
	o.At, o.Lead = clock("19:00"), "lead"
	c.open(o)
	o = opening(k.counted)
	o.Start = date("2026-01-08")
	c.open(o)
	return c
}

func sessionOf(t *rapid.T, c *clinic) scheduler.ID {
	r := rapid.SampledFrom(c.rosters).Draw(t, "cohort")
	return r.Sessions[rapid.IntRange(0, min(12, len(r.Sessions)-1)).Draw(t, "session")].ID
}

// drawStep draws what happens next. Steps name things by id, so that they can be played again elsewhere.
func drawStep(t *rapid.T, c *clinic) step {
	every := []string{"enroll", "enroll", "enroll", "withdraw", "admit", "cancel", "move", "wait", "extend", "open",
		"close", "reschedule", "add"}
	kind := rapid.SampledFrom(every).Draw(t, "step")
	switch kind {
	case "enroll":
		ask := scheduler.EnrollRequest{
			Cohort:   rapid.SampledFrom(c.rosters).Draw(t, "cohort").Cohort.ID,
			Person:   scheduler.ID(fmt.Sprint("p", rapid.IntRange(1, 9).Draw(t, "person"))),
			Priority: rapid.IntRange(0, 2).Draw(t, "priority"),
		}
		if rapid.IntRange(0, 3).Draw(t, "has earliest") == 0 {
			ask.Earliest = date("2026-01-01").AddDays(rapid.IntRange(0, 230).Draw(t, "earliest"))
		}
		return step{fmt.Sprintf("enroll %+v", ask), func(c *clinic) error { _, err := c.tryAsk(ask); return err }}
	case "withdraw", "admit":
		return drawForEnrollment(t, c, kind)
	case "cancel":
		x := drawCancel(t, c)
		return step{fmt.Sprintf("cancel %+v", x), func(c *clinic) error { return c.cancel(x) }}
	case "move":
		m := drawMove(t, c)
		return step{fmt.Sprintf("move %+v", m),
			func(c *clinic) error { return c.desk().Confirm(context.Background(), c.request(), desk.Move(m)) }}
	case "close", "reschedule", "add":
		return drawMany(t, c, kind)
	case "extend":
		cohort := rapid.SampledFrom(c.rosters).Draw(t, "cohort").Cohort.ID
		return step{"extend", func(c *clinic) error {
			return c.desk().Confirm(context.Background(), c.request(), desk.Extend(cohort))
		}}
	case "open":
		o := opening(c.rosters[1].Definition)
		o.Past, o.Lead = true, rapid.SampledFrom([]scheduler.ID{"", "lead", "p1"}).Draw(t, "lead")
		o.Start = date("2026-01-06").AddDays(rapid.IntRange(0, 60).Draw(t, "start"))
		o.At.Hour = rapid.IntRange(8, 20).Draw(t, "hour")
		return step{fmt.Sprintf("open %s %s %s", o.Start, o.At, o.Lead), func(c *clinic) error {
			_, err := c.desk().OpenCohort(context.Background(), c.request(), o)
			return err
		}}
	default:
		hours := time.Duration(rapid.IntRange(1, 12*24).Draw(t, "hours")) * time.Hour
		return step{fmt.Sprint("wait ", hours), func(c *clinic) error {
			c.now = c.now.Add(hours)
			c.welcomed()
			return nil
		}}
	}
}

func drawForEnrollment(t *rapid.T, c *clinic, kind string) step {
	var all, likely []scheduler.ID // hardly anybody but who waits can be admitted
	for _, r := range c.rosters {
		for _, e := range r.Enrollments {
			all = append(all, e.ID)
			if e.State == scheduler.Waiting || e.State == scheduler.Offered {
				likely = append(likely, e.ID)
			}
		}
	}
	switch {
	case kind == "admit" && len(likely) > 0:
		all = likely
	case kind == "admit":
		cohort := rapid.SampledFrom(c.rosters).Draw(t, "cohort").Cohort.ID
		return step{"crowd " + string(cohort), func(c *clinic) error { return c.crowd(cohort) }}
	}
	id := rapid.SampledFrom(append(all, "none")).Draw(t, "enrollment")
	if kind == "admit" {
		return step{"admit " + string(id), func(c *clinic) error { return c.makeRoom(id) }}
	}
	return step{"withdraw " + string(id), func(c *clinic) error { return c.withdraw(id) }}
}

// crowd lets everybody ask for one cohort, so that some of them wait.
func (c *clinic) crowd(cohort scheduler.ID) error {
	var last error
	for i := range 9 {
		_, last = c.tryAsk(scheduler.EnrollRequest{Cohort: cohort, Person: scheduler.ID(fmt.Sprint("p", i+1))})
	}
	return last
}

// makeRoom admits somebody who waits; where no seat is free, somebody leaves first.
func (c *clinic) makeRoom(id scheduler.ID) error {
	err := c.admit(id)
	if fault.KindOf(err) != fault.Full {
		return err
	}
	for _, r := range c.rosters {
		if r.Enrollment(id) == nil {
			continue
		}
		for _, e := range r.Enrollments {
			if e.State == scheduler.Active && c.withdraw(e.ID) == nil {
				return c.admit(id)
			}
		}
	}
	return err
}

func drawCancel(t *rapid.T, c *clinic) scheduler.CancelRequest {
	x := scheduler.CancelRequest{
		Session: sessionOf(t, c),
		Content: rapid.SampledFrom([]scheduler.ContentAfter{"", scheduler.Append, scheduler.Skip,
			scheduler.Makeup}).Draw(t, "content"),
	}
	if x.Content == scheduler.Makeup {
		x.On.Date = date("2026-01-06").AddDays(rapid.IntRange(0, 120).Draw(t, "on"))
		x.On.Clock.Hour = rapid.IntRange(8, 20).Draw(t, "hour")
	}
	return x
}

func drawMove(t *rapid.T, c *clinic) scheduler.MoveRequest {
	m := scheduler.MoveRequest{Session: sessionOf(t, c)}
	for _, r := range c.rosters {
		if s := r.Session(m.Session); s != nil {
			m.To = s.Wall
		}
	}
	m.To.Date = m.To.Date.AddDays(rapid.IntRange(-3, 3).Draw(t, "days"))
	m.To.Clock.Hour = rapid.IntRange(8, 21).Draw(t, "hour")
	return m
}

func TestHistories(t *testing.T) {
	t.Parallel()
	k, done := defineKinds(t), map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		c := world(t, k)
		var history []step
		for range 20 {
			s := drawStep(t, c)
			before := remember(c)
			err := s.do(c)
			if fault.KindOf(err) == fault.Internal && err != nil {
				t.Fatalf("%s: %v", s.name, err)
			}
			if err == nil {
				done[s.name[:4]]++
			}
			checkWorld(t, c)
			before.check(t, c)
			history = append(history, s)
		}
		again := world(t, k)
		for _, s := range history {
			_ = s.do(again)
		}
		if got, want := written(again), written(c); got != want {
			t.Fatalf("the same history gives\n%s\nand\n%s", got, want)
		}
	})
	for _, name := range []string{"enro", "with", "admi", "canc", "move", "open", "exte"} {
		if done[name] == 0 && !testing.Short() { // with -short rapid draws a fifth of the histories
			t.Errorf("no step %q ever succeeded, so nothing was shown", name)
		}
	}
}

// written prints everything of a clinic's cohorts.
func written(c *clinic) string {
	var text strings.Builder
	for _, r := range c.rosters {
		fmt.Fprintf(&text, "%+v\n", r.Cohort)
		for _, s := range r.Sessions {
			fmt.Fprintf(&text, "%+v\n", *s)
		}
		for _, e := range r.Enrollments {
			fmt.Fprintf(&text, "%+v\n", *e)
		}
		for _, s := range r.Seats {
			fmt.Fprintf(&text, "%+v\n", *s)
		}
	}
	return text.String()
}

// checkWorld fails when the clinic breaks a rule.
func checkWorld(t *rapid.T, c *clinic) {
	taken := map[scheduler.ID][]*scheduler.Session{} // by person, to lead or to attend, from now on
	for _, r := range c.rosters {
		checkSessions(t, r)
		var positions []int
		for _, e := range r.Enrollments {
			if e.State == scheduler.Waiting {
				positions = append(positions, r.WaitlistPosition(e))
			}
			checkItinerary(t, r, e)
		}
		slices.Sort(positions)
		for i, p := range positions {
			if p != i+1 {
				t.Fatalf("waitlist positions are %v", positions)
			}
		}
		for _, s := range r.Sessions {
			if s.Live() && s.Leader != "" && !s.Past(c.now) {
				taken[s.Leader] = append(taken[s.Leader], s)
			}
		}
		for _, seat := range r.Seats {
			if s := r.Session(seat.Session); seat.State.Occupies() && !s.Past(c.now) {
				person := r.Enrollment(seat.Enrollment).Person
				taken[person] = append(taken[person], s)
			}
		}
	}
	for who, sessions := range taken {
		for i, a := range sessions {
			for _, b := range sessions[:i] {
				if a.Start.Before(b.End) && b.Start.Before(a.End) {
					t.Fatalf("%s is in %s and %s at once", who, a.Wall, b.Wall)
				}
			}
		}
	}
}

// checkSessions fails when sessions are out of order, miscounted or too full.
func checkSessions(t *rapid.T, r *scheduler.Roster) {
	number := 0
	for i, s := range r.Sessions {
		want := 0
		if s.Main && s.Live() {
			number++
			want = number
		}
		if s.Number != want {
			t.Fatalf("session of %s is number %d, want %d", s.Wall, s.Number, want)
		}
		if r.Seated(s.ID) > s.SeatLimit || !s.Live() && r.Seated(s.ID) > 0 {
			t.Fatalf("%s, %s, has %d of %d people", s.Wall, s.State, r.Seated(s.ID), s.SeatLimit)
		}
		if i > 0 && s.Start.Before(r.Sessions[i-1].Start) {
			t.Fatalf("%s stands after %s", s.Wall, r.Sessions[i-1].Wall)
		}
	}
}

// checkItinerary fails when a rolling content cohort gives somebody a position
// twice, or when somebody without a place has seats to come.
func checkItinerary(t *rapid.T, r *scheduler.Roster, e *scheduler.Enrollment) {
	owned := map[string]bool{}
	for _, seat := range r.SeatsOf(e.ID) {
		s := r.Session(seat.Session)
		if !seat.State.Occupies() {
			continue
		}
		if e.State == scheduler.Waiting || e.State == scheduler.Withdrawn && s.Start.After(e.EndedAt) {
			t.Fatalf("%s is %s and has a seat on %s", e.Person, e.State, s.Wall)
		}
		if r.Definition.Completion.Type == "content" && r.Cohort.Rolling && owned[s.Position] {
			t.Fatalf("%s owns %s twice", e.Person, s.Position)
		}
		owned[s.Position] = true
	}
	if e.State == scheduler.Active && len(r.SeatsOf(e.ID)) == 0 {
		t.Fatalf("%s is active without a seat", e.Person)
	}
}

// memory is a clinic as it was before a step.
type memory struct {
	now      time.Time
	sessions map[scheduler.ID]scheduler.Session
	seats    map[scheduler.ID]scheduler.Seat
}

func remember(c *clinic) memory {
	m := memory{now: c.now, sessions: map[scheduler.ID]scheduler.Session{}, seats: map[scheduler.ID]scheduler.Seat{}}
	for _, r := range c.rosters {
		for _, s := range r.Sessions {
			m.sessions[s.ID] = *s
		}
		for _, s := range r.Seats {
			m.seats[s.ID] = *s
		}
	}
	return m
}

// check fails when something fell, vanished, or changed after the fact.
func (m memory) check(t *rapid.T, c *clinic) {
	sessions, seats := 0, 0
	for _, r := range c.rosters {
		for _, s := range r.Sessions {
			if old, known := m.sessions[s.ID]; known {
				sessions++
				if old.Start.Equal(s.Start) { // in another zone the same instant reads otherwise
					old.Wall, old.MovedFrom = s.Wall, s.MovedFrom
				}
				if old.Past(m.now) && old != *s {
					t.Fatalf("the past session %+v became %+v", old, *s)
				}
			}
		}
		for _, seat := range r.Seats {
			old, known := m.seats[seat.ID]
			if !known {
				continue
			}
			seats++
			session := m.sessions[old.Session]
			switch {
			case old.UID != seat.UID || old.Session != seat.Session || !old.CreatedAt.Equal(seat.CreatedAt):
				t.Fatalf("seat %+v became %+v", old, *seat)
			case seat.Sequence < old.Sequence:
				t.Fatalf("SEQUENCE fell from %d to %d", old.Sequence, seat.Sequence)
			case session.Past(m.now) && unanswered(r, seat): // it was kept for somebody who never said yes
			case session.Past(m.now) && (old.State != seat.State || old.Sequence != seat.Sequence):
				t.Fatalf("the past seat %+v became %+v", old, *seat)
			}
		}
	}
	if sessions != len(m.sessions) || seats != len(m.seats) {
		t.Fatalf("%d of %d sessions and %d of %d seats are left", sessions, len(m.sessions), seats, len(m.seats))
	}
}

// unanswered tells whether a seat was given back because an offer to its person
// ended without a yes; one step may make the next offer and take it.
func unanswered(r *scheduler.Roster, seat *scheduler.Seat) bool {
	e := r.Enrollment(seat.Enrollment)
	return seat.State == scheduler.SeatReleased && e != nil &&
		slices.ContainsFunc(e.Offers, func(o scheduler.Offer) bool {
			return o.State == scheduler.OfferLapsed || o.State == scheduler.OfferTaken
		})
}
