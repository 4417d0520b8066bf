package scheduler_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/gate"
)

// keepUndo keeps what a change leaves behind, as a store does: as text.
func (c *clinic) keepUndo(change desk.Change, b *scheduler.Book) {
	if b.Undo != nil {
		text, err := json.Marshal(b.Undo.Image)
		kept := &scheduler.Undo{ChangeNo: c.self.ChangeNo, By: change.Actor.String(), Until: b.Undo.Until}
		if err == nil {
			err = json.Unmarshal(text, &kept.Image)
		}
		if err != nil {
			c.t.Fatalf("keeping an undo: %v", err)
		}
		c.undos[kept.ChangeNo] = kept
	}
	if b.Undoing == nil {
		return
	}
	delete(c.undos, b.Undoing.ChangeNo)
	for key, n := range c.notices {
		if n.Seat != "" && !c.sits(n.Seat) || !c.enrolled(n.Enrollment) {
			delete(c.notices, key)
		}
	}
}

// sits tells whether there is such a seat.
func (c *clinic) sits(id scheduler.ID) bool {
	return slices.ContainsFunc(c.rosters, func(r *scheduler.Roster) bool {
		return slices.ContainsFunc(r.Seats, func(s *scheduler.Seat) bool { return s.ID == id })
	})
}

// hurry does at once what follows from the seats that a change frees, as if it had
// rested, so that a test sees what comes of the change.
func (c *clinic) hurry(b *scheduler.Book) {
	c.patient = true
	defer func() { c.patient = false }()
	for _, u := range c.undos {
		u.Image.Resting = nil
	}
	for _, image := range b.Undo.Image.Cohorts {
		if err := c.desk().Confirm(context.Background(), c.request(), desk.Upkeep(image.Cohort.ID)); err != nil {
			c.t.Fatalf("upkeep after a change: %v", err)
		}
		b.Announcements, b.Notices = append(b.Announcements, c.last.Announcements...),
			append(b.Notices, c.last.Notices...)
		for _, task := range c.last.Tasks {
			if task.Kind != scheduler.LookTask {
				b.Tasks = append(b.Tasks, task)
			}
		}
	}
	c.last = b
}

// rested lets the last change rest, and looks at what it frees.
func (c *clinic) rested() {
	c.now = c.now.Add(scheduler.UndoWindow)
	c.upkeep()
}

// enrolled tells whether there is such an enrollment.
func (c *clinic) enrolled(id scheduler.ID) bool {
	return slices.ContainsFunc(c.rosters, func(r *scheduler.Roster) bool { return r.Enrollment(id) != nil })
}

// rest gives rosters the seats that rest, as a store does.
func (c *clinic) rest(rosters []*scheduler.Roster) {
	for _, u := range c.undos {
		if !u.Until.After(c.now) {
			continue
		}
		for session, people := range u.Image.Resting {
			for _, r := range rosters {
				if r.Session(session) == nil {
					continue
				}
				if r.Resting == nil {
					r.Resting = map[scheduler.ID][]scheduler.ID{}
				}
				r.Resting[session] = append(r.Resting[session], people...)
			}
		}
	}
}

// undoing gives what is kept of a change.
func (c *clinic) undoing(changeNo int64) *scheduler.Undo {
	kept := c.undos[changeNo]
	if kept == nil {
		return nil
	}
	u := *kept
	for _, task := range u.Image.Tasks {
		if slices.Contains(c.done, task.Task) {
			u.Done = append(u.Done, task.Task)
		}
	}
	return &u
}

func touches(u *scheduler.Undo, cohort scheduler.ID) bool {
	return u != nil && slices.ContainsFunc(u.Image.Cohorts,
		func(image scheduler.CohortImage) bool { return image.Cohort.ID == cohort })
}

// stands prints all that a change may be taken back of: everything but what
// only rises.
func stands(c *clinic) string {
	copies := &clinic{}
	for _, r := range c.rosters {
		same := copyRoster(r)
		same.Cohort.SessionCounter, same.Cohort.QueueCounter = 0, 0
		same.Seats = slices.DeleteFunc(same.Seats,
			func(s *scheduler.Seat) bool { return s.State == scheduler.SeatReleased })
		for _, seat := range same.Seats {
			seat.Sequence, seat.ChangedAt = 0, time.Time{}
		}
		for _, e := range same.Enrollments { // an offer that is taken back is remembered
			e.Offers = slices.DeleteFunc(slices.Clone(e.Offers),
				func(o scheduler.Offer) bool { return o.State == scheduler.OfferTaken })
		}
		copies.rosters = append(copies.rosters, same)
	}
	return written(copies)
}

// gate judges every notice that is planned, as a worker will when it is due, and
// lists those that would be handed over.
func (c *clinic) gate() []string {
	var told []string
	for key, n := range c.notices {
		if n.Kind == scheduler.Changes {
			v := gate.Judge(gate.Facts{Notice: n, Reach: c.people[n.Person].Reach, News: c.news(n.Person)}, c.now)
			if v.Act != gate.Drop {
				told = append(told, fmt.Sprintf("%s: %s", key, v.Act))
			}
		}
		for _, r := range c.rosters {
			for _, seat := range r.Seats {
				if seat.ID != n.Seat || n.Kind != scheduler.Calendar {
					continue
				}
				v := gate.Judge(gate.Facts{
					Notice: n, Enrollment: *r.Enrollment(seat.Enrollment), Reach: c.people[n.Person].Reach, Seat: seat,
					Session: r.Session(seat.Session),
				}, c.now)
				if v.Act != gate.Drop {
					told = append(told, fmt.Sprintf("%s: %s %s", key, v.Act, v.Method))
				}
			}
		}
	}
	return told
}

// news is what a person does not know, as the store asks for it: a date is announced when a calendar
// notice of it waits.
func (c *clinic) news(person scheduler.ID) []scheduler.News {
	var known []scheduler.KnownSeat
	for _, r := range c.rosters {
		for _, seat := range r.Seats {
			if seat.Person != person {
				continue
			}
			k := scheduler.KnownSeat{Seat: seat, Session: r.Session(seat.Session), Enrollment: scheduler.Active,
				Known: seat.Told.Moment}
			for _, home := range c.rosters {
				if e := home.Enrollment(seat.Enrollment); e != nil {
					k.Enrollment = e.State
				}
				for _, e := range home.Enrollments {
					k.Continued = k.Continued || e.Continues == seat.Enrollment
				}
			}
			for _, n := range c.notices {
				k.Announced = k.Announced || n.Kind == scheduler.Calendar && n.Seat == seat.ID
			}
			known = append(known, k)
		}
	}
	return scheduler.NewsOf(known, c.now)
}

// changeAtRandom makes a random change of a kind.
func (c *clinic) changeAtRandom(t *rapid.T, kind string) error {
	r := rapid.SampledFrom(c.rosters).Draw(t, "roster")
	switch kind {
	case "enroll":
		_, err := c.tryAsk(scheduler.EnrollRequest{Cohort: r.Cohort.ID,
			Person: c.person(scheduler.DeriveID("test", "new", fmt.Sprint(c.self.ChangeNo)), scheduler.Email)})
		return err
	case "capacity":
		return c.desk().Confirm(context.Background(), c.request(),
			desk.SetCapacity(scheduler.ResizeRequest{Cohort: r.Cohort.ID,
				Seats: rapid.IntRange(1, 12).Draw(t, "seats")}))
	case "set":
		q := scheduler.CohortSetting{Reason: "a test", Minutes: ptr(rapid.IntRange(30, 180).Draw(t, "minutes")),
			Seats: ptr(rapid.IntRange(1, 12).Draw(t, "seats"))}
		if rapid.Bool().Draw(t, "place") {
			q.Place = ptr("Room 7")
		}
		if q.Cohort = r.Cohort.ID; rapid.Bool().Draw(t, "one") {
			q.Session = rapid.SampledFrom(r.Sessions).Draw(t, "session").ID
		} else if rapid.Bool().Draw(t, "later") {
			q.From = civil.DateOf(c.now).AddDays(rapid.IntRange(1, 60).Draw(t, "days"))
		}
		return c.desk().Confirm(context.Background(), c.request(), desk.SetCohort(q))
	case "hold":
		var id scheduler.ID = "none"
		if len(r.Enrollments) > 0 {
			id = rapid.SampledFrom(r.Enrollments).Draw(t, "enrollment").ID
		}
		return c.desk().Confirm(context.Background(), c.request(),
			desk.Hold(scheduler.HoldRequest{Enrollment: id, Release: rapid.Bool().Draw(t, "release")}))
	}
	return c.desk().Confirm(context.Background(), c.request(), drawProposal(t, c, kind))
}

// TestUndoTellsNobody makes 400 random changes that can be taken back, takes
// them back and lets the gate run: everything stands as before and nobody is told.
func TestUndoTellsNobody(t *testing.T) {
	t.Parallel()
	const wanted = 400
	k, undone, silenced := defineKinds(t), 0, 0
	for undone < wanted && !t.Failed() {
		rapid.Check(t, func(t *rapid.T) {
			if undone >= wanted {
				return
			}
			c := world(t, k)
			c.patient = true
			for range 4 {
				_ = drawStep(t, c).do(c)
			}
			c.person("nobody writes to")
			_, _ = c.tryAsk(scheduler.EnrollRequest{Cohort: c.rosters[0].Cohort.ID, Person: "nobody writes to"})
			for range 10 {
				c.now = c.now.Add(time.Hour)
				c.welcomed()
				c.upkeep() // what falls due by the clock meanwhile is not the change's
				clear(c.notices)
				clear(c.tasks)
				before := stands(c)
				kind := rapid.SampledFrom(append(changeKinds(), "hold", "capacity", "enroll", "set")).Draw(t, "change")
				if err := c.changeAtRandom(t, kind); err != nil || c.last.Undo == nil ||
					!c.last.Undo.Until.After(c.now) {
					continue // refused, or a closure that concerns nobody
				}
				c.now = c.now.Add(scheduler.UndoWindow - time.Second)
				silenced += len(c.notices) + len(c.tasks)
				if _, err := c.desk().Undo(t.Context(), c.request(), c.self.ChangeNo); err != nil {
					t.Fatalf("%s: %v", kind, err)
				}
				if after := stands(c); after != before {
					t.Fatalf("%s: before\n%s\nafter\n%s", kind, before, after)
				}
				if told := c.gate(); len(told)+len(c.tasks)+len(c.last.Announcements) > 0 {
					t.Fatalf("%s: told %v, tasks %v, tellings %v", kind, told, c.tasks, c.last.Announcements)
				}
				undone++
			}
		})
	}
	if silenced < wanted/2 {
		t.Errorf("%d changes owed %d notices and tasks: too few to show anything", undone, silenced)
	}
}

func TestUndoRefuses(t *testing.T) {
	t.Parallel()
	const over = "It is too late to undo this, because people may have been told. Change it back instead, and " +
		"they will be told again."
	for name, tt := range map[string]struct {
		meanwhile func(c *clinic, cohort scheduler.ID)
		by        access.Actor
		kind      fault.Kind
		sentence  string
	}{
		"too late": {
			func(c *clinic, _ scheduler.ID) { c.now = c.now.Add(scheduler.UndoWindow) }, access.Actor{},
			fault.Closed, over,
		},
		"somebody else's": {
			nil, access.Staff("other", "clinic", access.Coordinator), fault.Forbidden,
			"Another person made this change, so only they can undo it. Change it back instead.",
		},
		"overtaken": {
			func(c *clinic, cohort scheduler.ID) {
				if err := c.move(c.on(cohort, "2026-01-21").ID, "2026-01-22T09:00"); err != nil {
					t.Fatal(err)
				}
			}, access.Actor{}, fault.Stale,
			"Another change has since changed the same sessions or enrollments, so this can no longer be undone. " +
				"Look at it again and change it back by hand.",
		},
		"twice": {
			func(c *clinic, _ scheduler.ID) {
				_, _ = c.desk().Undo(t.Context(), c.request(), c.self.ChangeNo)
			}, access.Actor{}, fault.NotFound,
			"There is nothing to undo here. It was already undone, or the time for it is over.",
		},
		"a conflict": {
			func(c *clinic, _ scheduler.ID) {
				o := opening(define(t, closed))
				o.Lead, o.Start = "lead", date("2026-01-09")
				if err := c.add(scheduler.AddRequest{Cohort: c.open(o), At: wall("2026-01-20T19:00")}); err != nil {
					t.Fatal(err)
				}
			}, access.Actor{}, fault.Conflict,
			"People have other sessions at the new times (2026-01-20 at 18:00: the facilitator). Look at it again " +
				"and change it back by hand.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, cohort := group(t)
			c.patient = true
			if err := c.move(c.on(cohort, "2026-01-20").ID, "2026-01-21T09:00"); err != nil {
				t.Fatal(err)
			}
			number := c.self.ChangeNo
			if tt.meanwhile != nil {
				tt.meanwhile(c, cohort)
			}
			stored, q := written(c), c.request()
			if tt.by.Kind != "" {
				q.Actor = tt.by
			}
			_, err := c.desk().Undo(t.Context(), q, number)
			refused(t, err, tt.kind, "", tt.sentence)
			same(t, "after the refusal", written(c), stored)
		})
	}
}

// Whom staff have told of the change they tell of its end, and nobody else.
func TestUndoAfterACall(t *testing.T) {
	t.Parallel()
	c, cohort := group(t)
	c.person("called")
	c.enroll(cohort, "called")
	c.welcomed()
	clear(c.tasks)
	if err := c.cancel(scheduler.CancelRequest{Session: c.on(cohort, "2026-01-20").ID,
		Content: scheduler.Skip}); err != nil {
		t.Fatal(err)
	}
	for _, task := range c.tasks {
		c.tick(task)
	}
	if _, err := c.desk().Undo(t.Context(), c.request(), c.self.ChangeNo); err != nil {
		t.Fatal(err)
	}
	same(t, "told", news(c.last), "[called added 01-20]")
	same(t, "tasks", len(c.tasks), 2)

	if err := c.add(scheduler.AddRequest{Cohort: cohort, At: wall("2026-01-17T10:00")}); err != nil {
		t.Fatal(err)
	}
	for _, task := range c.last.Tasks {
		c.tick(task)
	}
	_, err := c.desk().Undo(t.Context(), c.request(), c.self.ChangeNo)
	refused(t, err, fault.Closed, "",
		"A person has already been told of the added dates. Cancel them instead, and they will be told.")
}
