package web_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"almanac/protocols"
	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// filled is a shelf with a cohort of so many people, opened on the day given.
func filled(t testing.TB, ref string, start civil.Date, people int, now time.Time) *shelf {
	t.Helper()
	s := emptyShelf()
	zones, library := builtins(t)
	definition, err := library.Find(ref)
	if err != nil {
		t.Fatal(err)
	}
	id := scheduler.ID("3333333333333")
	opened := func() *scheduler.Book {
		book := scheduler.NewBook(scheduler.Clinic{ID: clinicID, Zone: "America/New_York", ChangeNo: 41},
			now.AddDate(0, -2, 0), zones, nil, map[scheduler.ID]*scheduler.Person{}, nil)
		roster, err := book.Open(id, scheduler.OpenRequest{
			Definition: definition, Name: "Tuesday evening", Start: start, At: civil.Clock{Hour: 18},
			Zone: "America/New_York", Past: true, Capacity: 6, HasCapacity: true,
			Place: map[string]string{"train-mi": "Room 2"}[ref],
		})
		if err != nil {
			t.Fatal(err)
		}
		for i := range people {
			person := scheduler.DeriveID(clinicID, "person", fmt.Sprint(i))
			book.People[person] = &scheduler.Person{ID: person, Zone: "America/Chicago", Language: "en",
				Reach: reachOf(i)}
			asking := scheduler.PlaceRequest{Cohort: id, Person: person}
			if rule := definition.Entry.Earliest; rule != nil {
				asking.Facts = map[string]civil.Date{rule.Field: start.AddDays(-365)}
			}
			if _, err := book.Enroll(asking); err != nil {
				t.Fatal(err)
			}
		}
		book.PlanNotices()
		return scheduler.NewBook(book.Clinic, now, zones, []*scheduler.Roster{roster}, book.People, nil)
	}
	s.book = opened
	s.read(opened().Rosters[0], now)
	return s
}

func reachOf(i int) []scheduler.Channel {
	if i%3 == 1 {
		return nil
	}
	return []scheduler.Channel{scheduler.Email}
}

func emptyShelf() *shelf {
	return &shelf{role: access.Admin, method: reads.ByCommand,
		clinic: reads.Clinic{ID: clinicID, Name: "Riverside", Zone: "America/New_York", LockMinutes: 15,
			JoinMinutes: 15,
			SignIn:      reads.SignInByMail},
		mail: []reads.KeptMail{}}
}

// read fills the results of all queries from one roster.
func (s *shelf) read(r *scheduler.Roster, now time.Time) {
	s.cohort = reads.Cohort{Cohort: r.Cohort, Definition: r.Definition, ChangeNo: 41}
	row := reads.CohortRow{
		ID: r.Cohort.ID, Name: r.Cohort.Name, Protocol: r.Cohort.Protocol, ProtocolTitle: r.Definition.Title,
		Rolling: r.Cohort.Rolling,
		Zone:    r.Cohort.Zone, Capacity: r.Cohort.Capacity, State: scheduler.CohortOpen,
	}
	for _, session := range r.Sessions {
		s.cohort.Sessions = append(s.cohort.Sessions, reads.Session{Session: *session, Seated: r.Seated(session.ID)})
		row.Sessions++
		if session.Past(now) {
			row.Past++
			row.Track = append(row.Track, reads.TrackMet)
			continue
		}
		row.Track = append(row.Track, reads.TrackToCome)
		if row.Next.IsZero() {
			row.Track[len(row.Track)-1] = reads.TrackNext
			row.Next, row.NextWall = session.Start, session.Wall
		}
	}
	for i, e := range r.Enrollments {
		line := reads.Enrollment{Enrollment: *e, Name: sampleNames[i%len(sampleNames)], Unreachable: reachOf(i) == nil,
			WaitlistPosition: r.WaitlistPosition(e), Seats: len(r.SeatsOf(e.ID))}
		if entry := r.Session(e.Entry); entry != nil {
			line.EntryWall = entry.Wall
		}
		s.cohort.Enrollments = append(s.cohort.Enrollments, line)
		if e.State == scheduler.Waiting {
			row.Waiting++
		} else {
			row.Seated++
		}
	}
	s.rows = []reads.CohortRow{row}
	if len(r.Enrollments) > 0 {
		s.readPerson(r, r.Enrollments[0])
	}
}

// readPerson makes the roster's first person the one whose pages are shown.
func (s *shelf) readPerson(r *scheduler.Roster, e *scheduler.Enrollment) {
	s.person = reads.Person{
		Person: scheduler.Person{ID: e.Person, Zone: "America/Chicago", Language: "en",
			Reach: []scheduler.Channel{scheduler.Email}},
		Contact: scheduler.Contact{Name: s.cohort.Enrollments[0].Name, Email: "amina@example.net",
			Phone: "+12025550100", Consents: []scheduler.Consent{
				{Channel: scheduler.Email, TextVersion: "1", GivenAt: e.RequestedAt}}},
		Enrollments: []reads.PersonEnrollment{{Enrollment: *e, Cohort: r.Cohort.ID, CohortName: r.Cohort.Name}},
	}
	s.own = reads.Page{Person: e.Person, Zone: "America/Chicago", Language: "en", Feed: feedKey}
	for i, seat := range r.SeatsOf(e.ID) {
		session := r.Session(seat.Session)
		s.own.Items = append(s.own.Items, reads.Item{
			Seat: seat.ID, Session: session.ID, Enrollment: e.ID, UID: fmt.Sprintf("0f9c1d2e-0000-4000-8000-%012d", i),
			State: seat.State, Enrolled: e.State,
			Start: session.Start, End: session.End, Zone: r.Cohort.Zone, Place: session.Place, Title: session.Title,
			MovedFrom: session.MovedFrom,
			CreatedAt: e.RequestedAt, ChangedAt: e.RequestedAt,
		})
	}
	s.person.Items = s.own.Items
}

// lively gives a rolling cohort a past of every kind, a leave and an offer.
func lively(t testing.TB, s *shelf) *shelf {
	t.Helper()
	before := s.book
	s.book = func() *scheduler.Book {
		book := before()
		r, now := book.Rosters[0], book.Now
		book.Now = now.AddDate(0, -2, 0)
		for _, e := range r.Enrollments[:len(r.Enrollments)-1] {
			for _, p := range r.Undone(e) {
				if err := book.Prerequisite(e.ID, p.ID); err != nil {
					t.Fatal(err)
				}
			}
		}
		book.Now = now
		r.Enrollments[1].State = scheduler.OnHold
		r.Enrollments[6].State = scheduler.Offered
		r.Enrollments[6].Offers = []scheduler.Offer{{ID: "offer", Entry: r.Sessions[7].ID, MadeAt: book.Now,
			ToldAt: book.Now, State: scheduler.OfferOpen}}
		r.Enrollments[6].Entry = r.Sessions[7].ID
		states := []scheduler.SeatState{scheduler.SeatPresent, scheduler.SeatPresent, scheduler.SeatLate,
			scheduler.SeatPresent, scheduler.SeatPartial, scheduler.SeatMissed, scheduler.SeatPresent,
			scheduler.SeatExcused, scheduler.SeatPlanned}
		for i, seat := range r.Seats {
			if r.Session(seat.Session).Past(book.Now) {
				seat.State = states[i*5%len(states)]
			}
		}
		return scheduler.NewBook(book.Clinic, now, book.Zones, book.Rosters, book.People, nil)
	}
	book := s.book()
	s.own, s.person = reads.Page{}, reads.Person{}
	s.read(book.Rosters[0], book.Now)
	return s
}

// offering has the first person of a shelf wait for an answer of theirs.
func offering(s *shelf) *shelf {
	before, first := s.book, s.cohort.Enrollments[0].ID
	s.book = func() *scheduler.Book {
		book := before()
		e := book.Rosters[0].Enrollment(first)
		e.State = scheduler.Offered
		e.Offers = []scheduler.Offer{{ID: "offer", Entry: e.Entry, MadeAt: book.Now, ToldAt: book.Now,
			State: scheduler.OfferOpen}}
		entry := book.Rosters[0].Sessions[4]
		e.Offers[0].Entry, e.Entry = entry.ID, entry.ID
		return book
	}
	s.own.Items, s.own.Clinic, s.own.Offered = nil, clinicID, []scheduler.ID{first}
	return s
}

// halfPrepared asks two things of everybody on a shelf, and has one of them done for the last person.
func halfPrepared(t testing.TB, s *shelf) *shelf {
	t.Helper()
	before := s.book
	s.book = func() *scheduler.Book {
		book := before()
		r := book.Rosters[0]
		definition := *r.Definition
		definition.Entry.Prerequisites = append(slices.Clone(definition.Entry.Prerequisites),
			protocols.Prerequisite{ID: "form", Title: "Consent form"})
		r.Definition = &definition
		if err := book.Prerequisite(r.Enrollments[len(r.Enrollments)-1].ID, "form"); err != nil {
			t.Fatal(err)
		}
		return scheduler.NewBook(book.Clinic, book.Now, book.Zones, book.Rosters, book.People, nil)
	}
	return s
}
