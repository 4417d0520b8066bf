package scheduler_test

import (
	"context"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
)

// open opens a cohort and gives its id.
func (c *clinic) open(o scheduler.OpenRequest) scheduler.ID {
	c.t.Helper()
	id, err := c.desk().OpenCohort(context.Background(), c.request(), o)
	if err != nil {
		c.t.Fatalf("opening: %v", err)
	}
	return id
}

// person makes a known person who can be reached by e-mail.
func (c *clinic) person(id scheduler.ID, reach ...scheduler.Channel) scheduler.ID {
	c.people[id] = &scheduler.Person{ID: id, Zone: "America/New_York", Language: "en", Reach: reach}
	return id
}

// enroll asks for a place for a person, known by e-mail unless they exist already.
func (c *clinic) enroll(cohort, person scheduler.ID) scheduler.Enrolled {
	c.t.Helper()
	return c.ask(scheduler.EnrollRequest{Cohort: cohort, Person: person})
}

func (c *clinic) ask(e scheduler.EnrollRequest) scheduler.Enrolled {
	c.t.Helper()
	result, err := c.tryAsk(e)
	if err != nil {
		c.t.Fatalf("enrolling %s: %v", e.Person, err)
	}
	result.ChangeNo, result.Until = 0, time.Time{} // a test of its own looks at these
	return result
}

func (c *clinic) tryAsk(e scheduler.EnrollRequest) (scheduler.Enrolled, error) {
	if c.people[e.Person] == nil {
		c.person(e.Person, scheduler.Email)
	}
	return c.desk().Enroll(context.Background(), c.request(), e)
}

func (c *clinic) cancel(x scheduler.CancelRequest) error {
	return c.desk().Confirm(context.Background(), c.request(), desk.Cancel(x))
}

func (c *clinic) move(session scheduler.ID, to string) error {
	return c.desk().Confirm(context.Background(), c.request(),
		desk.Move(scheduler.MoveRequest{Session: session, To: wall(to)}))
}

func (c *clinic) withdraw(id scheduler.ID) error {
	return c.desk().Confirm(context.Background(), c.request(), desk.Withdraw(id))
}

func (c *clinic) admit(id scheduler.ID) error {
	return c.desk().Confirm(context.Background(), c.request(), desk.Admit(id))
}

// upkeep lets happen what has fallen due by the clock in every cohort.
func (c *clinic) upkeep() {
	for _, r := range c.rosters {
		system := c.request()
		system.Actor = access.System("agenda").In(string(c.self.ID))
		if err := c.desk().Confirm(context.Background(), system, desk.Upkeep(r.Cohort.ID)); err != nil {
			c.t.Fatalf("upkeep: %v", err)
		}
	}
}

func (c *clinic) roster(cohort scheduler.ID) *scheduler.Roster {
	c.t.Helper()
	for _, r := range c.rosters {
		if r.Cohort.ID == cohort {
			return r
		}
	}
	c.t.Fatalf("no cohort %s", cohort)
	return nil
}

// on finds the session of a local date; of several, the one that stands.
func (c *clinic) on(cohort scheduler.ID, day string) *scheduler.Session {
	c.t.Helper()
	var found *scheduler.Session
	for _, s := range c.roster(cohort).Sessions {
		if s.Wall.Date == date(day) && (found == nil || s.Live()) {
			found = s
		}
	}
	if found == nil {
		c.t.Fatalf("no session on %s", day)
	}
	return found
}

// welcomed plays that everything owed so far has been handed over: everybody
// knows their dates, and sessions of the invite window stand in their calendar.
func (c *clinic) welcomed() {
	for _, r := range c.rosters {
		for _, seat := range r.Seats {
			s := r.Session(seat.Session)
			truth := scheduler.MomentOf(seat, s)
			seat.Told = scheduler.Told{Moment: truth, Sequence: seat.Sequence,
				Invited: truth.Expected && s.Start.Sub(c.now) <= scheduler.InviteWindow}
		}
	}
}

// tick plays that staff have done a task: the person was told what it is about.
func (c *clinic) tick(task scheduler.Task) {
	c.done = append(c.done, task.ID)
	for _, r := range c.rosters {
		for _, seat := range r.Seats {
			if seat.Enrollment == task.Enrollment && (task.Session == "" || seat.Session == task.Session) {
				seat.Told = scheduler.Told{Moment: scheduler.MomentOf(seat, r.Session(seat.Session)),
					Sequence: seat.Sequence, Invited: seat.Told.Invited}
			}
		}
	}
}

// dates lists an enrollment's occupied seats as "01-20 m3".
func (c *clinic) dates(cohort, enrollment scheduler.ID) []string {
	r := c.roster(cohort)
	var all []string
	for _, s := range r.Sessions {
		for _, seat := range r.SeatsOf(enrollment) {
			if seat.Session == s.ID && seat.State.Occupies() {
				all = append(all, s.Wall.Date.String()[5:]+" "+s.Position)
			}
		}
	}
	return all
}
