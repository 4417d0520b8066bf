package scheduler

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler/fault"
)

// Effect is what a change does to one session that stood before or stands now.
type Effect struct {
	Session ID
	Title   string // of its content now, for staff
	Was     string // its title before, where that was another
	// Before and After are its moments; one that is not Expected: it did not
	// stand, or stands no more.
	Before, After Moment
}

// CohortEffect is what a change does to one cohort.
type CohortEffect struct {
	Cohort     ID
	Name, Zone string
	Sessions   []Effect     // in order of start; those that stay as they are are left out
	WentRound  []civil.Date // dates of closed days that are open again, on which it would have met
	Trouble    error        // why it cannot be done here; nil: it can. The cohort stays wholly as it was
}

// EnrollmentEffect is how an enrollment would stand after a change.
type EnrollmentEffect struct {
	Enrollment, Cohort, Person ID
	State                      EnrollmentState
	Entry                      civil.Date // local date of the first session; zero while waiting
}

// enrolledAnew lists the enrollments that the change makes, or gives another state or entry.
func (b *Book) enrolledAnew() []EnrollmentEffect {
	var all []EnrollmentEffect
	for _, r := range b.Rosters {
		old := b.Before(r.Cohort.ID)
		for _, e := range r.Enrollments {
			var was *Enrollment
			if old != nil {
				was = old.Enrollment(e.ID)
			}
			if was == nil || was.State != e.State || was.Entry != e.Entry {
				all = append(all, EnrollmentEffect{e.ID, r.Cohort.ID, e.Person, e.State, r.dateOf(e.Entry)})
			}
		}
	}
	return all
}

// affected lists what the change of the book does to each cohort, in order of
// name. Cohorts whose sessions stay as they are are left out, unless Verdicts
// speaks of them.
func (b *Book) affected() []CohortEffect {
	var all []CohortEffect
	for _, r := range b.Rosters {
		one := CohortEffect{Cohort: r.Cohort.ID, Name: r.Cohort.Name, Zone: r.Cohort.Zone}
		verdict, judged := b.Verdicts[r.Cohort.ID]
		old := b.Before(r.Cohort.ID)
		if b.Verdicts != nil && !judged {
			continue
		}
		if old == nil {
			old = &Roster{} // the change opens it
		}
		if one.Trouble = verdict; verdict == nil {
			one.Sessions = effects(old, r)
		}
		one.WentRound = b.SkippedDates[r.Cohort.ID]
		if judged || len(one.Sessions)+len(one.WentRound) > 0 {
			all = append(all, one)
		}
	}
	slices.SortStableFunc(all, func(a, b CohortEffect) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// effects lists what a change did to the sessions of a roster.
func effects(old, r *Roster) []Effect {
	var all []Effect
	for _, s := range r.Sessions {
		e := Effect{Session: s.ID, Title: s.Title, After: s.moment()}
		was := old.Session(s.ID)
		if was != nil {
			e.Before = was.moment()
		}
		if was != nil && was.content() != s.content() {
			e.Was = was.Title
		}
		if e.Before.Equal(e.After) && e.Was == "" {
			continue
		}
		all = append(all, e)
	}
	return all
}

func (s *Session) moment() Moment {
	return Moment{Expected: s.Live(), Start: s.Start, End: s.End, Place: s.Place, Meeting: s.Meeting}
}

// Clash is somebody in the way of a change: at the time of a session, who leads
// it or has a seat in it leads or attends something else.
type Clash struct {
	Session     ID
	Wall        civil.WallTime // of the session, in its cohort's zone
	Who         ID             // the facilitator or the person
	Facilitator bool
}

// Clashes is the cause of a Conflict that several may be in the way of. It
// names nobody; those who may see names can look them up.
type Clashes []Clash

// Error lists dates and numbers.
func (c Clashes) Error() string {
	var dates []civil.WallTime
	leads, people := map[civil.WallTime]bool{}, map[civil.WallTime]int{}
	for _, one := range c {
		if !slices.Contains(dates, one.Wall) {
			dates = append(dates, one.Wall)
		}
		if one.Facilitator {
			leads[one.Wall] = true
		} else {
			people[one.Wall]++
		}
	}
	lines := make([]string, len(dates))
	for i, date := range dates {
		var who []string
		if leads[date] {
			who = append(who, "the facilitator")
		}
		switch n := people[date]; {
		case n == 1:
			who = append(who, "one person")
		case n > 1:
			who = append(who, fmt.Sprintf("%d people", n))
		}
		lines[i] = fmt.Sprintf("%s at %s: %s", date.Date, date.Clock, strings.Join(who, " and "))
	}
	return strings.Join(lines, "; ")
}

// fault gives the clashes as a Conflict at a field, nil when there are none.
func (c Clashes) fault(field, way string) error {
	if len(c) == 0 {
		return nil
	}
	return fault.Wrap(fault.Conflict, c, "People have other sessions at the new times (%s). %s", c.Error(),
		way).In(field)
}

// newClashes finds who has something else at the time of a session to come that
// is new or has another time since the book was loaded, or in which they have a
// seat since then.
func (b *Book) newClashes(r *Roster) Clashes {
	old := b.Before(r.Cohort.ID)
	if old == nil {
		old = &Roster{}
	}
	var found Clashes
	for _, s := range r.Sessions {
		if !s.Live() || s.Past(b.Now) {
			continue
		}
		was := old.Session(s.ID)
		moved := was == nil || !was.moment().Equal(s.moment())
		if (moved || was.Leader != s.Leader) && b.clashes(s.Leader, s.Start, s.End, s.ID) {
			found = append(found, Clash{Session: s.ID, Wall: s.Wall, Who: s.Leader, Facilitator: true})
		}
		for _, seat := range r.Seats {
			if seat.Session != s.ID || !seat.State.Occupies() || !moved && old.occupied(seat.ID) {
				continue
			}
			if b.clashes(seat.Person, s.Start, s.End, s.ID) {
				found = append(found, Clash{Session: s.ID, Wall: s.Wall, Who: seat.Person})
			}
		}
	}
	return found
}

// running finds a cohort that takes changes.
func (b *Book) running(cohort ID) (*Roster, error) {
	r := b.Roster(cohort)
	switch {
	case r == nil:
		return nil, fault.New(fault.NotFound, "There is no such cohort. Choose one from the list.")
	case r.Cohort.State != CohortOpen:
		return nil, fault.New(fault.Closed, "This cohort has ended and can no longer be changed.")
	}
	return r, nil
}

// todayIn is the local date of the change in a zone.
func (b *Book) todayIn(zone string) (civil.Date, *time.Location, error) {
	loc, err := b.Zones.Location(zone)
	if err != nil {
		return civil.Date{}, nil, err
	}
	return civil.WallOf(b.Now, loc).Date, loc, nil
}
