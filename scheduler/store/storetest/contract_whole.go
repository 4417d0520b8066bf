package storetest

import (
	"slices"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
)

// visit seats an enrollment in the n-th session of another cohort.
func (h *House) visit(t *testing.T, home, host scheduler.ID, e scheduler.Enrolled, n int) (session scheduler.ID) {
	t.Helper()
	h.edit(t, desk.Load{Cohorts: []scheduler.ID{home, host}}, func(b *scheduler.Book) {
		r := b.Roster(host)
		session = r.Sessions[n].ID
		r.Seats = append(r.Seats, &scheduler.Seat{
			ID: e.Enrollment + session, Enrollment: e.Enrollment, Session: session,
			Person: e.Person, State: scheduler.SeatPlanned, Elsewhere: true, CreatedAt: b.Now, ChangedAt: b.Now,
		})
	})
	return session
}

// cohorts lists what a book holds, in order.
func cohorts(b *scheduler.Book) []scheduler.ID {
	var ids []scheduler.ID
	for _, r := range b.Rosters {
		ids = append(ids, r.Cohort.ID)
	}
	slices.Sort(ids)
	return ids
}

// mustHold wants exactly these cohorts in the book of a load, and a home for
// every seat.
func (h *House) mustHold(t *testing.T, what string, load desk.Load, want ...scheduler.ID) *scheduler.Book {
	t.Helper()
	b := h.book(t, load)
	slices.Sort(want)
	if got := cohorts(b); !slices.Equal(got, want) {
		t.Errorf("%s: the book holds the cohorts %v, not %v", what, got, want)
	}
	homes := map[scheduler.ID]scheduler.ID{}
	for _, r := range b.Rosters {
		for _, e := range r.Enrollments {
			if homes[e.ID] != "" {
				t.Errorf("%s: enrollment %s is in the book twice", what, e.ID)
			}
			homes[e.ID] = r.Cohort.ID
		}
	}
	for _, r := range b.Rosters {
		for _, seat := range r.Seats {
			if home := homes[seat.Enrollment]; home == "" || seat.Elsewhere != (home != r.Cohort.ID) ||
				r.Session(seat.Session) == nil || seat.Person == "" {
				t.Errorf("%s: seat %+v in cohort %s has the home %q", what, *seat, r.Cohort.ID, home)
			}
		}
	}
	return b
}

func only(cohorts ...scheduler.ID) desk.Load { return desk.Load{Cohorts: cohorts} }

// guestsComeWithTheirHomes makes up in another cohort.
func guestsComeWithTheirHomes(t *testing.T, h *House) {
	home, host, third := h.OpenCohort(t, 18, 12), h.OpenCohort(t, 12, 12), h.OpenCohort(t, 8, 12)
	guest, err := h.Enroll(t.Context(), home, h.AddPeople(t, 1)[0])
	must(t, err)
	_, err = h.Enroll(t.Context(), host, h.AddPeople(t, 1)[0])
	must(t, err)
	session := h.visit(t, home, host, guest, 1)
	if seated := h.Ask(t, "SELECT seated FROM sessions WHERE id = '"+string(session)+"'")[0][0]; seated != "2" {
		t.Errorf("%s are seated in the session that has a guest", seated)
	}
	for what, load := range map[string]desk.Load{"the home": only(home), "the host": only(host),
		"its session": {Sessions: []scheduler.ID{session}}} {
		b := h.mustHold(t, what, load, home, host)
		if seats := b.Roster(host).SeatsOf(guest.Enrollment); len(seats) != 1 || seats[0].Session != session {
			t.Errorf("%s: the guest's seats are %v", what, seats)
		}
		if len(b.Busy) != 0 || b.People[guest.Person] == nil {
			t.Errorf("%s: busy is %v, and the guest is known: %t", what, b.Busy, b.People[guest.Person] != nil)
		}
	}
	h.mustHold(t, "another one", only(third), third)

	h.Set(time.Date(2026, 1, 14, 12, 0, 0, 0, time.UTC)) // that session is over
	h.mustHold(t, "the host later", only(host), host)
	h.mustHold(t, "the home later", only(home), home, host)
	h.mustHold(t, "attendance of that session", desk.Load{Sessions: []scheduler.ID{session}}, home, host)

	h.edit(t, only(home, host),
		func(b *scheduler.Book) { b.Roster(host).SeatsOf(guest.Enrollment)[0].State = scheduler.SeatReleased })
	h.mustHold(t, "the home without the seat", only(home), home)
}

// seatsElsewhereAreSeats gives somebody their very first seat in another cohort.
func seatsElsewhereAreSeats(t *testing.T, h *House) {
	home, enrolled := h.full(t)
	host, third, waiting := h.OpenCohort(t, 12, 12), h.OpenCohort(t, 8, 12), enrolled[places]
	h.visit(t, home, host, waiting, 3)
	b := h.mustHold(t, "another one with the guest",
		desk.Load{Cohorts: []scheduler.ID{third}, People: []scheduler.ID{waiting.Person}}, third)
	if len(b.Busy) != 1 || b.Busy[0].Who != waiting.Person {
		t.Errorf("the seat elsewhere is no commitment: %v", b.Busy)
	}
	if page, err := h.DB.Person(t.Context(), h.Actor, h.Clinic, waiting.Person); err != nil || len(page.Items) != 1 ||
		page.Items[0].Cohort != host {
		t.Errorf("the page of the guest shows %v (%v)", page.Items, err)
	}
}

// creditComesAlong continues enrollments that are over.
func creditComesAlong(t *testing.T, h *House) {
	first, second, third, host := h.OpenCohort(t, 18, 12), h.OpenCohort(t, 12, 12), h.OpenCohort(t, 8, 12),
		h.OpenCohort(t, 21, 12)
	person := h.AddPeople(t, 1)[0]
	before := scheduler.ID("")
	for _, cohort := range []scheduler.ID{first, second, third} {
		e, err := h.Enroll(t.Context(), cohort, person)
		must(t, err)
		h.edit(t, only(cohort), func(b *scheduler.Book) {
			one := b.Roster(cohort).Enrollment(e.Enrollment)
			one.Continues = before
			one.Facts = []scheduler.Fact{{Kind: scheduler.FactWaiver, What: "m1", At: b.Now}}
		})
		if before = e.Enrollment; cohort == first {
			h.visit(t, first, host, e, 2)
		}
		if cohort != third { // over, with seats that stay
			h.edit(t, only(cohort), func(b *scheduler.Book) {
				one := b.Roster(cohort).Enrollment(e.Enrollment)
				one.State, one.EndedAt = scheduler.Completed, b.Now
			})
		}
	}
	b := h.mustHold(t, "the last", only(third), first, second, third, host)
	line := 0
	for _, r := range b.Rosters {
		for _, e := range r.Enrollments {
			if line++; len(e.Facts) != 1 || len(r.SeatsOf(e.ID)) != 8 {
				t.Errorf("an enrollment of the line has the facts %v and %d seats", e.Facts, len(r.SeatsOf(e.ID)))
			}
		}
	}
	if line != 3 {
		t.Errorf("the line has %d enrollments", line)
	}
	h.mustHold(t, "the first", only(first), first)
	h.mustHold(t, "one that is over, by name",
		desk.Load{Enrollments: []scheduler.ID{b.Roster(third).Enrollments[0].Continues}}, first, second, host)
}

// phasesComeTogether loads a programme whose phases run as cohorts.
func phasesComeTogether(t *testing.T, h *House) {
	first, second, ended, alone := h.OpenCohort(t, 18, 12), h.OpenCohort(t, 12, 12), h.OpenCohort(t, 8, 12),
		h.OpenCohort(t, 21, 12)
	h.edit(t, only(first, second, ended), func(b *scheduler.Book) {
		for _, r := range b.Rosters {
			r.Cohort.Series, r.Cohort.Phase = first, "a phase"
		}
		b.Roster(ended).Cohort.State = scheduler.CohortEnded
	})
	for _, cohort := range []scheduler.ID{first, second} {
		h.mustHold(t, "a phase", only(cohort), first, second)
	}
	h.mustHold(t, "one of no series", only(alone), alone)
}

// whoCameComes loads those whose attendance is taken, though they have completed.
func whoCameComes(t *testing.T, h *House) {
	cohort, enrolled := h.full(t)
	h.edit(t, only(cohort), func(b *scheduler.Book) {
		e := b.Roster(cohort).Enrollment(enrolled[0].Enrollment)
		e.State, e.EndedAt = scheduler.Completed, b.Now
	})
	session := h.Roster(t, cohort, desk.Load{}).Sessions[0].ID
	named := desk.Load{Sessions: []scheduler.ID{session}}
	if h.mustHold(t, "before it began", named, cohort).Roster(cohort).Enrollment(enrolled[0].Enrollment) != nil {
		t.Error("somebody who has completed is in the book of a session that is to come")
	}
	h.Set(time.Date(2026, 1, 8, 12, 0, 0, 0, time.UTC))
	r := h.mustHold(t, "afterwards", named, cohort).Roster(cohort)
	if len(r.SeatsOf(enrolled[0].Enrollment)) != 8 {
		t.Error("somebody who has completed is not in the book of a session that is over")
	}
	var corrected scheduler.ID
	h.edit(t, named, func(b *scheduler.Book) {
		for i, seat := range b.Roster(cohort).Seats {
			if seat.Session == session {
				corrected = seat.ID
				seat.State, seat.Attendance = scheduler.SeatPartial,
					scheduler.Attendance{Minutes: 60 + i%2, Missed: "check-in,group"}
				b.AttendanceTaken = append(b.AttendanceTaken,
					scheduler.AttendanceEntry{Seat: seat.ID, State: seat.State, Attendance: seat.Attendance, At: b.Now})
			}
		}
	})
	for range 2 { // a correction is a row of its own
		h.edit(t, named, func(b *scheduler.Book) {
			b.AttendanceTaken = append(b.AttendanceTaken,
				scheduler.AttendanceEntry{Seat: corrected, State: scheduler.SeatMissed, At: b.Now})
		})
	}
	taken := h.Ask(t, "SELECT count(*), count(DISTINCT seat), min(by_actor), max(at), sum(minutes) FROM attendance")[0]
	if !slices.Equal(taken, []string{"8", "6", "command:operator", "2026-01-08T12:00:00.000Z", taken[4]}) {
		t.Errorf("of the attendance %v is kept", taken)
	}
	if kept := h.Ask(t, "SELECT count(*) FROM seats WHERE state = 'partial' AND minutes >= 60 AND missed_segments = "+
		"'check-in,group'")[0][0]; kept != "6" {
		t.Errorf("%s seats have the attendance", kept)
	}
}

// firstOfTheListAreKnown fills a waitlist.
func firstOfTheListAreKnown(t *testing.T, h *House) {
	cohort, people := h.OpenCohort(t, 18, places), h.AddPeople(t, 45)
	h.EnrollAll(t, cohort, people)
	h.edit(t, only(cohort), func(b *scheduler.Book) {
		list := b.Roster(cohort).Enrollments
		list[43].Priority, list[44].Front = 5, true
		list[42].State = scheduler.Pending
	})
	b, err := h.DB.Look(t.Context(), h.change(access.CohortView), only(cohort))
	must(t, err)
	for i, person := range people {
		known := i < places+23 || i >= 42 // those with seats, 23 by asking, the pending, and the two that go first
		if (b.People[person] != nil) != known {
			t.Errorf("number %d of the list is known: %t", i+1, !known)
		}
	}
}
