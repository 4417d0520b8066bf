package scheduler_test

import (
	"fmt"
	"testing"
	"time"

	"almanac/protocols"
	"almanac/protocols/civil"
	"almanac/scheduler"
)

// played is a replay of one cohort with one person who asked on the first of January.
type played struct {
	t *testing.T
	*scheduler.Replay
}

func playedOn(t *testing.T, d *protocols.Definition, people ...scheduler.ID) played {
	t.Helper()
	l := played{t, scheduler.NewReplay(zones(t), instant("2026-01-01T05:00:00Z"))}
	l.ok(l.Open("tuesday", opening(d), civil.Date{}))
	for _, p := range people {
		l.ok(l.Enroll(scheduler.PlaceRequest{Cohort: "tuesday", Person: p}, ""))
	}
	return l
}

func (l played) ok(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

func (l played) pass(at string) { l.t.Helper(); l.ok(l.Pass(instant(at))) }

func (l played) mark(day string, person scheduler.ID, state scheduler.SeatState) {
	l.t.Helper()
	s, err := l.Find("tuesday", date(day), nil)
	l.ok(err)
	if l.Now().Before(s.End) {
		l.ok(l.Pass(s.End.Add(time.Minute)))
	}
	l.ok(l.Change(func(b *scheduler.Book) error {
		return b.Attendance(s.ID,
			scheduler.Mark{Person: person, State: state})
	}))
}

func (l played) itinerary(person scheduler.ID) scheduler.Itinerary {
	l.t.Helper()
	it, err := l.Itinerary(person)
	l.ok(err)
	return it
}

func (l played) cohortState() scheduler.CohortState {
	l.t.Helper()
	r, err := l.Roster("tuesday")
	l.ok(err)
	return r.Cohort.State
}

// Every stay in a closed group ends: with all of it, with the dose, or with less,
// 28 days after the last session (24 February, 20:00 in New York).
func TestEveryStayOfAClosedGroupEnds(t *testing.T) {
	t.Parallel()
	dose := define(t, closed+"dose: {at_least: 6}\n")
	days := []string{"2026-01-06", "2026-01-13", "2026-01-20", "2026-01-27", "2026-02-03", "2026-02-10",
		"2026-02-17", "2026-02-24"}
	for name, tt := range map[string]struct {
		missed                  int
		after, window           string // at the last session's end; 28 days later
		graduation, cohortAfter string
	}{
		"all of it":    {0, "completed full", "completed full", "2026-02-24", "ended"},
		"the dose":     {1, "active ", "completed dose", "", "open"},
		"less":         {3, "active ", "completed partial", "", "open"},
		"nothing ever": {8, "active ", "withdrawn ", "", "open"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := playedOn(t, dose, "P")
			for _, day := range days[:tt.missed] {
				l.mark(day, "P", scheduler.SeatMissed)
			}
			l.pass("2026-02-25T01:00:00Z")
			it := l.itinerary("P")
			same(t, "at the end", []any{fmt.Sprint(it.State, " ", it.Outcome), it.Graduation.String(), l.cohortState()},
				[]any{tt.after, tt.graduation, tt.cohortAfter})
			l.pass("2026-03-25T00:59:00Z")
			same(t, "a minute before the window is over", fmt.Sprint(l.itinerary("P").State), fmt.Sprint(it.State))
			l.pass("2026-03-25T01:00:00Z")
			it = l.itinerary("P")
			same(t, "then", []any{fmt.Sprint(it.State, " ", it.Outcome), it.Graduation.String(), l.cohortState()},
				[]any{tt.window, tt.graduation, "ended"})
			wantOwed := tt.missed
			if it.State == scheduler.Withdrawn {
				wantOwed = 0
			}
			same(t, "owed stays", len(it.Owed), wantOwed)
		})
	}
}

// In the program a session of which nobody said who came stops the end, and the
// task that asks for it stays one; it goes with the answer.
func TestUnconfirmedSeatsStopTheEnd(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	cohort := c.open(opening(define(t, closed)))
	p := c.enroll(cohort, "P")
	c.now = instant("2026-02-25T02:00:00Z")
	c.note(cohort, "P", scheduler.SeatPresent, "01-06", "01-13", "01-20", "01-27", "02-03", "02-10")
	c.note(cohort, "P", scheduler.SeatMissed, "02-17") // of the last nobody knows
	c.keep("2026-03-26T12:00:00Z")
	same(t, "four weeks later", c.itinerary(p.Enrollment).State, scheduler.Active)
	c.keep("2026-04-02T12:00:00Z")
	again := 0
	for _, task := range c.tasks {
		if task.About == scheduler.AboutAttendance && task.Session == c.on(cohort, "2026-02-24").ID {
			again++
		}
	}
	same(t, "tasks that ask who came", again, 1)
	c.note(cohort, "P", scheduler.SeatPresent, "02-24")
	for _, task := range c.tasks {
		if task.About == scheduler.AboutAttendance && task.Session == c.on(cohort, "2026-02-24").ID {
			t.Errorf("staff are still asked who came: %+v", task)
		}
	}
	it := c.itinerary(p.Enrollment)
	same(t, "once it is known", []any{it.State, it.Outcome, c.roster(cohort).Cohort.State}, "[completed partial ended]")
}

// discharge_after: no seat later than entry and period, and the stay ends with what it reached.
func TestDischargeEndsAStay(t *testing.T) {
	t.Parallel()
	l := playedOn(t, define(t, rolling, "completion: {type: none, discharge_after: P21D}"), "P")
	it := l.itinerary("P")
	same(t, "the last seat", it.Seats[len(it.Seats)-1].Wall.Date, date("2026-01-27"))
	same(t, "seats", len(it.Seats), 4)
	l.pass("2026-01-28T04:59:00Z")
	same(t, "on the last day", l.itinerary("P").State, scheduler.Active)
	l.pass("2026-01-28T05:00:00Z")
	it = l.itinerary("P")
	same(t, "then", []any{it.State, it.Outcome, it.Graduation.String()},
		[]any{scheduler.Completed, scheduler.OutcomeFull, ""})
	same(t, "content that does not fit is no obstacle to an entry", playedOn(t,
		define(t, rolling, "completion: {type: content, discharge_after: P21D}"), "Q").itinerary("Q").State,
		scheduler.Active)
}

// A cohort can end: later sessions are cancelled, nobody comes in, stays end with
// the last session, who waits is in a task.
func TestACohortEnds(t *testing.T) {
	t.Parallel()
	l := playedOn(t, define(t, rolling, "capacity: {max: 1}"), "P", "W")
	l.pass("2026-01-14T15:00:00Z")
	l.ok(l.Change(func(b *scheduler.Book) error { return b.EndCohort("tuesday", date("2026-02-03")) }))
	it := l.itinerary("P")
	states := map[scheduler.SeatState]int{}
	for _, s := range it.Seats {
		states[s.State]++
	}
	same(t, "seats", states, "map[cancelled:3 planned:3 present:2]")
	same(t, "nobody new", l.Enroll(scheduler.PlaceRequest{Cohort: "tuesday", Person: "Q"}, "") != nil, true)
	points, err := l.EntryPoints("tuesday")
	same(t, "no openings", []any{len(points), err}, "[0 <nil>]")
	same(t, "a task for who waits", []any{len(l.Tasks()), l.Tasks()[0].About}, "[1 waitlist]")
	l.pass("2026-02-04T01:00:00Z")
	it = l.itinerary("P")
	same(t, "with the last session", []any{it.State, it.Outcome, it.Graduation.String(), it.Owed, l.cohortState()},
		"[completed partial  [m6 m7 m8] ended]")
	l.pass("2026-09-01T00:00:00Z")
	r, err := l.Roster("tuesday")
	l.ok(err)
	for _, s := range r.Sessions {
		if s.Live() && s.Wall.Date.After(date("2026-02-03")) {
			t.Errorf("a session stands on %s", s.Wall.Date)
		}
	}
}
