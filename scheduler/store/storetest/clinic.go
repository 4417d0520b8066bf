package storetest

import (
	"fmt"
	"testing"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
)

// Large is the size of a clinic that pages and queries are measured with.
type Large struct {
	Cohorts int // all of them
	Rolling int // of those; the first has been running for Years
	People  int
	Years   int
}

// LargeClinic is 200 cohorts and 5,100 people, as a large clinic had them.
func LargeClinic() Large { return Large{Cohorts: 200, Rolling: 29, People: 5100, Years: 3} }

// Built names what a page can be asked for in a large clinic.
type Built struct {
	Old     scheduler.ID // the rolling cohort that has been running for years
	Rolling scheduler.ID // a rolling cohort that began lately
	Closed  scheduler.ID // a group that has begun
	Ahead   scheduler.ID // a group that has not
}

// seatsInGroup and weeksBefore are how many seats each cohort has, and how long before the end of
// building the cohorts that are not old were opened.
const (
	seatsInGroup = 12
	weeksBefore  = 5
)

// BuildLarge fills the house with a large clinic: the old cohort year by year, then the others with
// waitlists. The clock of the house stands at the end of it, on a Wednesday at noon UTC.
func (h *House) BuildLarge(t testing.TB, size Large) Built {
	t.Helper()
	built := Built{Old: h.OpenRolling(t, "Rolling, the oldest", 9, seatsInGroup)}
	weeks := size.Years*52 - weeksBefore
	used := h.RunRolling(t, built.Old, weeks, 0)
	closed := size.Cohorts - size.Rolling
	each := (size.People - used) / (size.Cohorts - 1)
	var cohorts []scheduler.ID
	for n := range size.Cohorts - 1 {
		var id scheduler.ID
		people := each
		switch {
		case n < closed:
			id = h.openGroup(t, n)
		case n%3 == 0: // with free seats
			id, people = h.openSeries(t, n), seatsInGroup/2
		default:
			id = h.openSeries(t, n)
		}
		cohorts = append(cohorts, id)
		if n == size.Cohorts-2 {
			people = size.People - used
		}
		h.FillCohort(t, id, used, people)
		used += people
	}
	for range weeksBefore {
		h.Set(h.Now().Add(7 * 24 * time.Hour))
	}
	for _, id := range append(cohorts, built.Old) {
		h.upkeep(t, id)
	}
	built.Closed, built.Ahead, built.Rolling = cohorts[0], cohorts[5], cohorts[closed]
	// Half a year of the mail has gone out, a second after it was due.
	now := h.Now().UTC().Format("2006-01-02T15:04:05.000Z")
	h.Do(t, "UPDATE notices SET state = 'sent', done_at = due_at, attempts = 1 WHERE state = 'planned' AND due_at < '"+
		now+"'")
	h.Do(t, "ANALYZE")
	return built
}

// OpenRolling opens a rolling cohort that begins on the Tuesday after the clock, at an hour in New York.
func (h *House) OpenRolling(t testing.TB, name string, hour, seats int) scheduler.ID {
	t.Helper()
	return h.openAs(t, "more-rolling", name, hour, seats, h.tuesday(0))
}

// tuesday is the first Tuesday after the clock, some weeks on.
func (h *House) tuesday(weeks int) civil.Date {
	day := h.Now().AddDate(0, 0, 1)
	for day.Weekday() != time.Tuesday {
		day = day.AddDate(0, 0, 1)
	}
	return civil.DateOf(day).AddDays(7 * weeks)
}

// openGroup opens a closed group that begins one to twelve weeks on.
func (h *House) openGroup(t testing.TB, n int) scheduler.ID {
	t.Helper()
	return h.openAs(t, "more-telehealth", fmt.Sprintf("Group %d", n), 8+n%12, seatsInGroup, h.tuesday(n%12))
}

func (h *House) openSeries(t testing.TB, n int) scheduler.ID {
	t.Helper()
	return h.openAs(t, "more-rolling", fmt.Sprintf("Rolling %d", n), 8+n%12, seatsInGroup, h.tuesday(0))
}

func (h *House) openAs(t testing.TB, protocol, name string, hour, seats int, start civil.Date) scheduler.ID {
	t.Helper()
	id, err := h.Desk.OpenCohort(t.Context(), h.Request(), scheduler.OpenRequest{
		Definition: Definition(t, protocol), Name: name, Start: start, At: civil.Clock{Hour: hour},
		Zone:     "America/New_York",
		Capacity: seats, HasCapacity: true, Reason: "a test needs as many",
	})
	must(t, err)
	return id
}

// FillCohort enrolls new people, the from-th and on, in one change. One in three is not to be written to.
func (h *House) FillCohort(t testing.TB, cohort scheduler.ID, from, n int) {
	t.Helper()
	load := desk.Load{Cohorts: []scheduler.ID{cohort}}
	err := h.Store.Change(t.Context(), h.change(access.Enroll), load, func(b *scheduler.Book) error {
		for i := from; i < from+n; i++ {
			id := RandomID()
			contact := Contact(i)
			person := &scheduler.Person{ID: id, Zone: "America/New_York", Language: "en"}
			if i%3 == 0 {
				contact.Consents = nil
			} else {
				person.Reach = []scheduler.Channel{scheduler.Email}
			}
			b.People[id], b.Contacts[id] = person, contact
			e, err := b.Enroll(scheduler.PlaceRequest{Cohort: cohort, Person: id})
			if err != nil {
				return err
			}
			if i%10 > 0 { // the tenth has still to come to the orientation
				if err := prepare(b, b.Roster(cohort), e); err != nil {
					return err
				}
			}
		}
		b.PlanNotices()
		return nil
	})
	must(t, err)
}

// prepare records all that a protocol asks for before somebody begins.
func prepare(b *scheduler.Book, r *scheduler.Roster, e *scheduler.Enrollment) error {
	for _, p := range r.Undone(e) {
		if err := b.Prerequisite(e.ID, p.ID); err != nil {
			return err
		}
	}
	return nil
}

// RunRolling lets a rolling cohort run for weeks: two people ask in three weeks, everybody comes, and who is
// offered a seat takes it. It gives the number of the next person; people are numbered from first on.
func (h *House) RunRolling(t testing.TB, cohort scheduler.ID, weeks, first int) (next int) {
	t.Helper()
	next = first
	for week := range weeks {
		h.Set(h.Now().Add(7 * 24 * time.Hour))
		h.takeAttendance(t, cohort)
		if week%4 == 3 {
			must(t, h.Desk.Confirm(t.Context(), h.upkeeper(), desk.Extend(cohort)))
		}
		h.acceptOffers(t, cohort)
		n := 1
		if week%2 == 0 {
			n = 2
		}
		h.FillCohort(t, cohort, next, n)
		next += n
	}
	return next
}

// takeAttendance notes that everybody came to the sessions of which that is not known.
func (h *House) takeAttendance(t testing.TB, cohort scheduler.ID) {
	t.Helper()
	load := desk.Load{Cohorts: []scheduler.ID{cohort}}
	err := h.DB.Change(t.Context(), h.change(access.AttendanceTake), load, func(b *scheduler.Book) error {
		r := b.Roster(cohort)
		for _, s := range b.Unconfirmed(cohort) {
			var marks []scheduler.Mark
			for _, seat := range r.Seats {
				if seat.Session == s.ID && seat.State == scheduler.SeatPlanned {
					marks = append(marks, scheduler.Mark{Person: seat.Person, State: scheduler.SeatPresent})
				}
			}
			if err := b.Attendance(s.ID, marks...); err != nil {
				return err
			}
		}
		b.PlanNotices()
		return nil
	})
	must(t, err)
}

// acceptOffers lets everybody who is offered a seat take it.
func (h *House) acceptOffers(t testing.TB, cohort scheduler.ID) {
	t.Helper()
	load := desk.Load{Cohorts: []scheduler.ID{cohort}}
	err := h.DB.Change(t.Context(), h.change(access.EnrollmentChange), load, func(b *scheduler.Book) error {
		for _, e := range b.Roster(cohort).Enrollments {
			if e.State != scheduler.Offered {
				continue
			}
			if err := b.Accept(e.ID); err != nil {
				return err
			}
		}
		b.PlanNotices()
		return nil
	})
	must(t, err)
}

func (h *House) upkeep(t testing.TB, cohort scheduler.ID) {
	t.Helper()
	must(t, h.Desk.Confirm(t.Context(), h.upkeeper(), desk.Upkeep(cohort)))
}

func (h *House) upkeeper() desk.Request {
	return desk.Request{Actor: access.System("upkeep"), Clinic: h.Clinic}
}
