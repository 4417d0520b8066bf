package store

import (
	"slices"
	"strings"

	"almanac/scheduler"
)

// rosterChange is what a change did to one roster.
type rosterChange struct {
	before      *scheduler.Roster // nil: the change opened the cohort
	now         *scheduler.Roster
	cohort      bool                    // whether the cohort itself changed
	sessions    []*scheduler.Session    // changed
	newSessions []*scheduler.Session    //
	enrollments []*scheduler.Enrollment // changed
	newcomers   []*scheduler.Enrollment // new
	released    []*scheduler.Seat       // changed, and no longer occupied
	seats       []*scheduler.Seat       // changed, and occupied
	newSeats    []*scheduler.Seat
	gone        []scheduler.ID    // sessions that were taken back
	goneSeats   []*scheduler.Seat // theirs

	goneEnrollments []*scheduler.Enrollment // that were taken back
	moved           map[scheduler.ID]bool   // sessions that look different to people
}

func compareRosters(before, now *scheduler.Roster) *rosterChange {
	c := &rosterChange{before: before, now: now, cohort: before == nil, moved: map[scheduler.ID]bool{}}
	if before == nil {
		before = &scheduler.Roster{}
	} else {
		c.cohort = !sameCohort(&before.Cohort, &now.Cohort)
	}
	for _, s := range now.Sessions {
		if was := before.Session(s.ID); was == nil {
			c.newSessions = append(c.newSessions, s)
		} else if !sameSession(was, s) {
			c.sessions = append(c.sessions, s)
			c.moved[s.ID] = looksDifferent(was, s)
		}
	}
	for _, e := range now.Enrollments {
		if was := before.Enrollment(e.ID); was == nil {
			c.newcomers = append(c.newcomers, e)
		} else if !sameEnrollment(was, e) {
			c.enrollments = append(c.enrollments, e)
		}
	}
	c.compareGone(before, now)
	c.compareSeats(before, now)
	return c
}

func (c *rosterChange) any() bool {
	return c.cohort || len(c.sessions)+len(c.newSessions)+len(c.enrollments)+len(c.newcomers)+len(c.released)+
		len(c.seats)+len(c.newSeats)+len(c.gone)+len(c.goneEnrollments) > 0
}

// touch adds the people whose feed or page shows something else now.
func (c *rosterChange) touch(people map[scheduler.ID]bool) {
	for _, e := range slices.Concat(c.enrollments, c.newcomers, c.goneEnrollments) {
		people[e.Person] = true
	}
	for _, seat := range slices.Concat(c.released, c.seats, c.newSeats, c.goneSeats) {
		people[seat.Person] = true
	}
	for _, seat := range c.now.Seats {
		if c.moved[seat.Session] && seat.State != scheduler.SeatReleased {
			people[seat.Person] = true
		}
	}
}

// setting writes columns as they stand behind SET.
func setting(columns string) string { return strings.ReplaceAll(columns, ",", " = ?,") + " = ?" }
