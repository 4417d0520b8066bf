package scheduler_test

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"almanac/protocols"
	"almanac/scheduler"
	"almanac/scheduler/desk"
)

// whole adds to rosters those that they refer to, as a store does: the series of
// their phases, where their people make something up, and whose guests they have.
func (c *clinic) whole(loaded []*scheduler.Roster) []*scheduler.Roster {
	for i := 0; i < len(loaded); i++ {
		for _, r := range c.rosters {
			known := func(l *scheduler.Roster) bool { return l.Cohort.ID == r.Cohort.ID }
			if !slices.ContainsFunc(loaded, known) && refer(loaded[i], r) {
				loaded = append(loaded, copyRoster(r))
			}
		}
	}
	return loaded
}

// refer tells whether two rosters belong into one book.
func refer(one, other *scheduler.Roster) bool {
	guests := func(of, in *scheduler.Roster) bool {
		return slices.ContainsFunc(in.Seats,
			func(s *scheduler.Seat) bool { return of.Enrollment(s.Enrollment) != nil }) ||
			slices.ContainsFunc(in.Enrollments,
				func(e *scheduler.Enrollment) bool { return of.Enrollment(e.Continues) != nil })
	}
	return one.Cohort.Series != "" && one.Cohort.Series == other.Cohort.Series || guests(one, other) ||
		guests(other, one)
}

func (c *clinic) confirm(p desk.Proposal) error {
	return c.desk().Confirm(context.Background(), c.request(), p)
}

// must carries out changes that nothing keeps from being carried out.
func (c *clinic) must(all ...desk.Proposal) {
	c.t.Helper()
	for i, p := range all {
		if err := c.confirm(p); err != nil {
			c.t.Fatalf("change %d at %s: %v", i, c.now, err)
		}
	}
}

// keep lets the clock run to an instant; last tells what it told in all cohorts.
func (c *clinic) keep(at string) {
	c.t.Helper()
	c.now = instant(at)
	var told []scheduler.Announcement
	for _, r := range c.rosters {
		c.must(desk.Upkeep(r.Cohort.ID))
		told = append(told, c.last.Announcements...)
	}
	c.last.Announcements = told
}

// enrollment finds an enrollment as it is stored.
func (c *clinic) enrollment(id scheduler.ID) *scheduler.Enrollment {
	c.t.Helper()
	for _, r := range c.rosters {
		if e := r.Enrollment(id); e != nil {
			return e
		}
	}
	c.t.Fatalf("no enrollment %s", id)
	return nil
}

// enrollmentCohort is the cohort of an enrollment.
func (c *clinic) enrollmentCohort(id scheduler.ID) scheduler.ID {
	for _, r := range c.rosters {
		if r.Enrollment(id) != nil {
			return r.Cohort.ID
		}
	}
	return ""
}

// latest finds a person's last enrollment.
func (c *clinic) latest(person scheduler.ID) *scheduler.Enrollment {
	c.t.Helper()
	var found *scheduler.Enrollment
	for _, r := range c.rosters {
		for _, e := range r.Enrollments {
			if e.Person == person && (found == nil || !e.RequestedAt.Before(found.RequestedAt)) {
				found = e
			}
		}
	}
	if found == nil {
		c.t.Fatalf("%s never asked", person)
	}
	return found
}

func (c *clinic) itinerary(enrollment scheduler.ID) scheduler.Itinerary {
	c.t.Helper()
	b, err := c.Look(context.Background(), desk.Change{}, desk.Load{Enrollments: []scheduler.ID{enrollment}})
	if err != nil {
		c.t.Fatalf("looking: %v", err)
	}
	it, err := b.Itinerary(enrollment)
	if err != nil {
		c.t.Fatalf("itinerary: %v", err)
	}
	return it
}

// mark takes attendance on a day.
func (c *clinic) mark(cohort scheduler.ID, day string, marks ...scheduler.Mark) error {
	c.t.Helper()
	return c.confirm(desk.TakeAttendance(c.on(cohort, day).ID, marks...))
}

// note takes somebody's attendance of several days, "01-20" of 2026.
func (c *clinic) note(cohort, person scheduler.ID, state scheduler.SeatState, days ...string) {
	c.t.Helper()
	for _, day := range days {
		if err := c.mark(cohort, "2026-"+day, scheduler.Mark{Person: person, State: state}); err != nil {
			c.t.Fatalf("attendance of %s: %v", day, err)
		}
	}
}

// state of somebody's seat on a day, empty for none.
func (c *clinic) state(cohort scheduler.ID, day string, person scheduler.ID) scheduler.SeatState {
	c.t.Helper()
	s := c.on(cohort, day)
	for _, seat := range c.roster(cohort).Seats {
		if seat.Session == s.ID && seat.Person == person {
			return seat.State
		}
	}
	return ""
}

// asked lists what staff were asked to look at, "about" each, sorted.
func (c *clinic) asked() []string {
	var all []string
	for _, task := range c.tasks {
		if task.Kind == scheduler.LookTask {
			all = append(all, task.About)
		}
	}
	slices.Sort(all)
	return all
}

// taskOf finds the task about something.
func (c *clinic) taskOf(about string) scheduler.Task {
	c.t.Helper()
	for _, task := range c.tasks {
		if task.About == about {
			return task
		}
	}
	c.t.Fatalf("nobody was asked about %s", about)
	return scheduler.Task{}
}

// askedAbout counts what staff were asked to look at for one reason.
func (c *clinic) askedAbout(about string) int {
	return len(slices.DeleteFunc(c.asked(), func(other string) bool { return other != about }))
}

// told lists what the last change tells somebody, "cancelled 02-24".
func (c *clinic) told(person scheduler.ID) []string {
	var all []string
	for _, x := range c.last.Announcements {
		if x.Person != person {
			continue
		}
		when := ""
		for _, r := range c.rosters {
			if s := r.Session(x.Session); s != nil {
				when = s.Wall.Date.String()[5:]
			}
		}
		all = append(all, strings.TrimSpace(x.About+" "+when))
	}
	slices.Sort(all)
	return all
}

// unchanged checks that nothing is stored differently.
func (c *clinic) unchanged(what string, before string) {
	c.t.Helper()
	if after := written(c); after != before {
		c.t.Fatalf("%s changed something:\nbefore %s\nafter %s", what, before, after)
	}
}

// numbered makes ids, "p1" to "pn".
func numbered(prefix string, n int) []scheduler.ID {
	var all []scheduler.ID
	for i := range n {
		all = append(all, scheduler.ID(fmt.Sprint(prefix, i+1)))
	}
	return all
}

// until is a leave that ends on a date.
func until(enrollment scheduler.ID, day string) scheduler.HoldRequest {
	h := scheduler.HoldRequest{Enrollment: enrollment}
	if day != "" {
		h.Until = date(day)
	}
	return h
}

// wednesday is an opening a day after the others.
func wednesday(d *protocols.Definition) scheduler.OpenRequest {
	o := opening(d)
	o.Start = date("2026-01-07")
	return o
}
