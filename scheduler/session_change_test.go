package scheduler_test

import (
	"fmt"
	"testing"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
)

// group is a closed cohort with two people who know their dates.
func group(t *testing.T) (c *clinic, cohort scheduler.ID) {
	t.Helper()
	c = newClinic(t)
	o := opening(define(t, closed))
	o.Lead = "lead"
	cohort = c.open(o)
	c.enroll(cohort, "a")
	c.enroll(cohort, "b")
	c.welcomed()
	return c, cohort
}

// rows prints the sessions of a cohort.
func rows(r *scheduler.Roster) []string {
	var all []string
	for _, s := range r.Sessions {
		all = append(all, fmt.Sprintf("%d %s %s %s", s.Number, s.Wall.Date.String()[5:], s.Title, s.State))
	}
	return all
}

func TestCancelByContent(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		cancel scheduler.CancelRequest
		rows   string
		added  string
	}{
		"append": {
			scheduler.CancelRequest{Content: scheduler.Append},
			"[1 01-06 Session 1 planned 2 01-13 Session 2 planned 0 01-20 Session 3 cancelled 3 01-27 Session 3 " +
				"planned 4 02-03 Session 4 planned" +
				" 5 02-10 Session 5 planned 6 02-17 Session 6 planned 7 02-24 Session 7 planned 8 03-10 Session 8 " +
				"planned]",
			"2026-03-10",
		},
		"skip": {
			scheduler.CancelRequest{Content: scheduler.Skip},
			"[1 01-06 Session 1 planned 2 01-13 Session 2 planned 0 01-20 Session 3 cancelled 3 01-27 Session 4 " +
				"planned 4 02-03 Session 5 planned" +
				" 5 02-10 Session 6 planned 6 02-17 Session 7 planned 7 02-24 Session 8 planned]",
			"",
		},
		"makeup": {
			scheduler.CancelRequest{Content: scheduler.Makeup, On: wall("2026-01-22T17:30")},
			"[1 01-06 Session 1 planned 2 01-13 Session 2 planned 0 01-20 Session 3 cancelled 3 01-22 Session 3 " +
				"planned 4 01-27 Session 4 planned" +
				" 5 02-03 Session 5 planned 6 02-10 Session 6 planned 7 02-17 Session 7 planned 8 02-24 Session 8 " +
				"planned]",
			"2026-01-22",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, cohort := group(t)
			c.roster(cohort).Cohort.Closed = []civil.DateRange{{From: date("2026-03-03"), To: date("2026-03-03")}}
			before := copyRoster(c.roster(cohort))
			tt.cancel.Session = c.on(cohort, "2026-01-20").ID
			if err := c.cancel(tt.cancel); err != nil {
				t.Fatal(err)
			}
			after := c.roster(cohort)
			same(t, "sessions", rows(after), tt.rows)
			for _, old := range before.Sessions {
				s := after.Session(old.ID)
				if s == nil || s.Wall != old.Wall || !s.Start.Equal(old.Start) || !s.End.Equal(old.End) ||
					s.Counter != old.Counter {
					t.Errorf("session of %s became %+v", old.Wall, s)
				}
			}
			for _, old := range before.Seats {
				seat := seatByID(after, old.ID)
				cancelled := old.Session == tt.cancel.Session
				if seat.UID != old.UID || (seat.Sequence != old.Sequence) != cancelled ||
					(seat.State == scheduler.SeatCancelled) != cancelled {
					t.Errorf("seat %+v became %+v", old, seat)
				}
			}
			told := map[scheduler.ID][]string{}
			for _, x := range c.last.Announcements {
				told[x.Person] = append(told[x.Person], x.About+" "+after.Session(x.Session).Wall.Date.String())
			}
			want := []string{"cancelled 2026-01-20"}
			if tt.added != "" {
				want = append(want, "added "+tt.added)
			}
			same(t, "told", told, map[scheduler.ID][]string{"a": want, "b": want})
			// A text for each of the two, and the invite of the new date: nothing stands in a calendar yet.
			if len(toPeople(c.last.Notices)) != 2*len(want) || len(c.last.Tasks) != 0 {
				t.Errorf("%d notices and %d tasks, want %d and none", len(toPeople(c.last.Notices)),
					len(c.last.Tasks), 2*len(want))
			}
			for _, n := range toPeople(c.last.Notices) {
				if n.Kind != scheduler.Calendar && n.Kind != scheduler.Changes ||
					n.Due.Sub(c.now) != scheduler.ChangeDelay || n.State != scheduler.NoticePlanned {
					t.Errorf("notice %+v", n)
				}
			}
			if tt.added != "" {
				s := c.on(cohort, tt.added)
				same(t, "the added session", []any{s.ID, s.Leader, s.SeatLimit, s.Minutes, after.Seated(s.ID)},
					[]any{cohort + "s0009", "lead", 3, 120, 2})
			}
		})
	}
}

func seatByID(r *scheduler.Roster, id scheduler.ID) *scheduler.Seat {
	for _, seat := range r.Seats {
		if seat.ID == id {
			return seat
		}
	}
	return &scheduler.Seat{}
}

func TestCancelTheLastSession(t *testing.T) {
	t.Parallel()
	c, cohort := group(t)
	if err := c.cancel(scheduler.CancelRequest{Session: c.on(cohort, "2026-02-24").ID}); err != nil {
		t.Fatal(err)
	}
	all := rows(c.roster(cohort))
	same(t, "end", all[len(all)-2:], "[0 02-24 Session 8 cancelled 8 03-03 Session 8 planned]")
}

func TestCancelAfterTheLastSessionMovedForward(t *testing.T) {
	t.Parallel()
	c, cohort := group(t)
	if err := c.move(c.on(cohort, "2026-02-24").ID, "2026-02-23T18:00"); err != nil {
		t.Fatal(err)
	}
	if err := c.cancel(scheduler.CancelRequest{Session: c.on(cohort, "2026-01-20").ID}); err != nil {
		t.Fatal(err)
	}
	all := rows(c.roster(cohort))
	same(t, "end", all[len(all)-2:], "[7 02-23 Session 7 planned 8 03-03 Session 8 planned]")
}

func TestCancelRefuses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change          func(c *clinic, cohort scheduler.ID, x *scheduler.CancelRequest)
		kind            fault.Kind
		field, sentence string
	}{
		"twice": {func(c *clinic, cohort scheduler.ID, x *scheduler.CancelRequest) {
			c.on(cohort, "2026-01-20").State = scheduler.SessionCancelled
		}, fault.Closed, "", "This session is already cancelled."},
		"past": {func(c *clinic, cohort scheduler.ID, _ *scheduler.CancelRequest) {
			c.now = c.on(cohort, "2026-01-20").End
		}, fault.Closed, "", "This session is over and can no longer be changed."},
		"unknown content": {func(_ *clinic, _ scheduler.ID, x *scheduler.CancelRequest) { x.Content = "drop" },
			fault.Invalid, "content", "Choose what becomes of the content: append, skip or makeup."},
		"makeup without a date": {func(_ *clinic, _ scheduler.ID,
			x *scheduler.CancelRequest) {
			x.Content = scheduler.Makeup
		},
			fault.Invalid, "on", "A make-up needs a date and a time of its own, written like 2026-01-06T18:00."},
		"makeup in the past": {func(_ *clinic, _ scheduler.ID, x *scheduler.CancelRequest) {
			x.Content, x.On = scheduler.Makeup, wall("2026-01-05T10:00")
		}, fault.Invalid, "on", "That time has passed. Choose one that is still to come."},
		"makeup in a gap": {func(_ *clinic, _ scheduler.ID, x *scheduler.CancelRequest) {
			x.Content, x.On = scheduler.Makeup, wall("2026-03-08T02:15")
		}, fault.Invalid, "on",
			"On 2026-03-08 the clocks go forward and 02:15 does not exist: it would be 03:15 EDT or 01:15 EST, and " +
				"the first counts. Choose another time, or accept the shift."},
		"makeup during another session": {func(_ *clinic, _ scheduler.ID, x *scheduler.CancelRequest) {
			x.Content, x.On = scheduler.Makeup, wall("2026-01-27T17:00")
		}, fault.Invalid, "on", "This cohort already meets at that time, on 2026-01-27 at 18:00. Choose another time."},
		"no open date": {func(c *clinic, cohort scheduler.ID, _ *scheduler.CancelRequest) {
			c.roster(cohort).Cohort.Closed = []civil.DateRange{{From: date("2026-02-25"), To: date("2040-01-01")}}
		}, fault.Closed, "",
			"No open date follows the last session, 2026-02-24. Open some of the closed dates, or go on without " +
				"another date."},
		"the facilitator is taken": {func(c *clinic, cohort scheduler.ID, x *scheduler.CancelRequest) {
			o := opening(define(c.t, closed))
			o.Start, o.At, o.Lead = date("2026-03-03"), clock("17:00"), "lead"
			c.open(o)
		}, fault.Conflict, "content",
			"The facilitator already has a session at the time of the added date, 2026-03-03T18:00. Give the " +
				"content a date of its own (makeup), or drop it (skip)."},
		"somebody is taken": {func(c *clinic, cohort scheduler.ID, x *scheduler.CancelRequest) {
			o := opening(define(c.t, closed))
			o.Start, o.At = date("2026-03-03"), clock("17:00")
			c.enroll(c.open(o), "b")
		}, fault.Conflict, "content",
			"A participant of this cohort already has a session at the time of the added date, 2026-03-03T18:00. " +
				"Give the content a date of its own (makeup), or drop it (skip)."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, cohort := group(t)
			x := scheduler.CancelRequest{Session: c.on(cohort, "2026-01-20").ID}
			tt.change(c, cohort, &x)
			before, number := rows(c.roster(cohort)), c.self.ChangeNo
			refused(t, c.cancel(x), tt.kind, tt.field, tt.sentence)
			same(t, "sessions", rows(c.roster(cohort)), before)
			if c.self.ChangeNo != number {
				t.Error("something was stored")
			}
		})
	}
	c, _ := group(t)
	b := scheduler.NewBook(c.self, c.now, c.zones, nil, nil, nil)
	refused(t, b.Cancel(scheduler.CancelRequest{Session: "none"}), fault.NotFound, "",
		"There is no such session. Choose one on the page of its cohort.")
}

func TestMove(t *testing.T) {
	t.Parallel()
	c, cohort := group(t)
	before := *c.on(cohort, "2026-01-20")
	uids := map[scheduler.ID]string{}
	for _, seat := range c.roster(cohort).Seats {
		uids[seat.ID] = seat.UID
	}
	check := func(to, from string, sequence int) {
		t.Helper()
		if err := c.move(before.ID, to); err != nil {
			t.Fatal(err)
		}
		r := c.roster(cohort)
		s := r.Session(before.ID)
		same(t, "session", []any{s.Number, s.Counter, s.Position, s.Title, s.Wall, s.MovedFrom,
			s.End.Sub(s.Start), s.State},
			[]any{3, 3, before.Position, before.Title, to, from, 2 * time.Hour, "planned"})
		for _, seat := range r.Seats {
			want := 0
			if seat.Session == s.ID {
				want = sequence
			}
			if seat.Sequence != want || seat.UID != uids[seat.ID] {
				t.Errorf("seat %+v, want sequence %d", seat, want)
			}
		}
		news := 2 // moved back, it is as both know it
		if from == "" {
			news = 0
		}
		if len(toPeople(c.last.Notices)) != 2 || len(c.last.Announcements) != news {
			t.Errorf("%d notices and %d tellings, want 2 and %d", len(toPeople(c.last.Notices)),
				len(c.last.Announcements), news)
		}
		for _, x := range c.last.Announcements {
			same(t, "about", []any{x.About, x.After.Start.Equal(s.Start), x.Before.Expected}, "[moved true true]")
		}
	}
	check("2026-01-21T19:00", "2026-01-20T18:00", 1)
	check("2026-01-22T10:00", "2026-01-20T18:00", 2)
	check("2026-01-20T18:00", "", 3)
	if !c.on(cohort, "2026-01-20").Start.Equal(before.Start) {
		t.Error("moved back, the session begins at another instant")
	}
}

func TestMoveAcrossAChangeOfTheClocks(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	o := opening(define(t, closed))
	o.Start, o.At = date("2026-03-03"), clock("03:30")
	cohort := c.open(o)
	id := c.on(cohort, "2026-03-10").ID
	refused(t, c.move(id, "2026-03-08T02:30"), fault.Invalid, "to",
		"On 2026-03-08 the clocks go forward and 02:30 does not exist: it would be 03:30 EDT or 01:30 EST, and the "+
			"first counts. Choose another time, or accept the shift.")
	err := c.desk().Confirm(t.Context(), c.request(),
		desk.Move(scheduler.MoveRequest{Session: id, To: wall("2026-03-08T02:30"), AcceptShift: true}))
	if s := c.on(cohort, "2026-03-08"); err != nil || !s.Start.Equal(instant("2026-03-08T07:30:00Z")) ||
		!s.End.Equal(instant("2026-03-08T09:30:00Z")) {
		t.Errorf("moved to %v: %v", s.Start, err)
	}
	o.Start = date("2026-10-27")
	cohort = c.open(o)
	id = c.on(cohort, "2026-10-27").ID
	refused(t, c.move(id, "2026-11-01T01:30"), fault.Invalid, "to",
		"On 2026-11-01 the clocks go back and 01:30 occurs twice, as 01:30 EDT and as 01:30 EST, and the first "+
			"counts. Choose another time, or accept the shift.")
}

func TestMoveRefuses(t *testing.T) {
	t.Parallel()
	const beyond = "That is past the session of 2026-01-%s, so the contents would be out of order. Choose a time " +
		"between its neighbours, or move that session first."
	for name, tt := range map[string]struct {
		to              string
		change          func(c *clinic, cohort scheduler.ID)
		kind            fault.Kind
		field, sentence string
	}{
		"no time": {"", nil, fault.Invalid, "to",
			"A date and a time are needed, written like 2026-01-06T18:00."},
		"where it is": {"2026-01-20T18:00", nil, fault.Invalid, "to",
			"The session is already at that time. Choose another time."},
		"the past": {"2026-01-05T09:59", nil, fault.Invalid, "to",
			"That time has passed. Choose one that is still to come."},
		"before a neighbour": {"2026-01-12T18:00", nil, fault.Invalid, "to", fmt.Sprintf(beyond, "13")},
		"after a neighbour":  {"2026-01-28T18:00", nil, fault.Invalid, "to", fmt.Sprintf(beyond, "27")},
		"into a neighbour": {"2026-01-27T16:01", nil, fault.Invalid, "to",
			"This cohort already meets at that time, on 2026-01-27 at 18:00. Choose another time."},
		"out of a neighbour": {"2026-01-13T19:59", nil, fault.Invalid, "to",
			"This cohort already meets at that time, on 2026-01-13 at 18:00. Choose another time."},
		"once it is over": {"2026-02-01T18:00",
			func(c *clinic, cohort scheduler.ID) { c.now = c.on(cohort, "2026-01-20").End }, fault.Closed, "",
			"This session is over and can no longer be changed."},
		"once it is no more": {"2026-01-21T18:00",
			func(c *clinic, cohort scheduler.ID) { c.on(cohort, "2026-01-20").State = scheduler.SessionCancelled },
			fault.Closed, "", "This session is already cancelled."},
		"a busy facilitator": {"2026-01-21T18:00",
			func(c *clinic, _ scheduler.ID) { elsewhere(c, "2026-01-21", "lead", "") }, fault.Conflict, "to",
			"The facilitator already has a session at that time. Choose another time or another facilitator."},
		"a busy person": {"2026-01-21T18:00",
			func(c *clinic, _ scheduler.ID) { elsewhere(c, "2026-01-21", "", "b") }, fault.Conflict, "to",
			"A participant of this cohort already has a session at that time. Choose another time."},
		"a person who leads": {"2026-01-21T18:00",
			func(c *clinic, _ scheduler.ID) { elsewhere(c, "2026-01-21", "a", "") }, fault.Conflict, "to",
			"A participant of this cohort already has a session at that time. Choose another time."},
		"a busy other person": {"2026-01-20T18:00",
			func(c *clinic, _ scheduler.ID) { elsewhere(c, "2026-01-21", "", "x") }, fault.Invalid, "to",
			"The session is already at that time. Choose another time."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, cohort := group(t)
			if tt.change != nil {
				tt.change(c, cohort)
			}
			session := c.roster(cohort).Sessions[2].ID
			m := scheduler.MoveRequest{Session: session}
			if tt.to != "" {
				m.To = wall(tt.to)
			}
			before := rows(c.roster(cohort))
			refused(t, c.desk().Confirm(t.Context(), c.request(), desk.Move(m)), tt.kind, tt.field, tt.sentence)
			same(t, "sessions", rows(c.roster(cohort)), before)
		})
	}
}

// elsewhere gives somebody one other session from 17:00 on a date, to lead or to attend.
func elsewhere(c *clinic, day string, lead, person scheduler.ID) {
	o := opening(define(c.t, closed, "content: {order: fixed, unit: session, count: 1}"))
	o.Start, o.At, o.Lead = date(day), clock("17:00"), lead
	cohort := c.open(o)
	if person != "" {
		c.enroll(cohort, person)
	}
}

func TestMoveBetweenCancelledNeighbours(t *testing.T) {
	t.Parallel()
	c, cohort := group(t)
	if err := c.cancel(scheduler.CancelRequest{Session: c.on(cohort, "2026-01-13").ID,
		Content: scheduler.Skip}); err != nil {
		t.Fatal(err)
	}
	if err := c.move(c.on(cohort, "2026-01-20").ID, "2026-01-13T18:00"); err != nil {
		t.Fatalf("a cancelled neighbour is in the way: %v", err)
	}
	same(t, "number", c.on(cohort, "2026-01-13").Number, 2)
}
