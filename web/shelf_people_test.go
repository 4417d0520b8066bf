package web_test

import (
	"context"
	"slices"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/reads"
)

// FindPeople finds those of the shelf whom the text means.
func (s *shelf) FindPeople(_ context.Context, _ access.Actor, _ scheduler.ID, q reads.PeopleQuery) (reads.PeoplePage,
	error) {
	var page reads.PeoplePage
	search := scheduler.NewPersonSearch(q.Text)
	for _, p := range s.people {
		if search.Matches(scheduler.Contact{Name: p.Name, Email: p.Email, Phone: p.Phone, ExternalIDs: p.ExternalIDs}) {
			page.People = append(page.People, p)
		}
	}
	if page.Total = len(page.People); page.Total > 8 {
		page.Next = page.People[page.Total-1].ID
	}
	return page, s.trouble
}

// PersonRows gives those of the shelf with these ids.
func (s *shelf) PersonRows(_ context.Context, _ access.Actor, _ scheduler.ID,
	ids []scheduler.ID) (rows []reads.PersonRow, err error) {
	for _, p := range s.people {
		if slices.Contains(ids, p.ID) {
			rows = append(rows, p)
		}
	}
	return rows, s.trouble
}

// manyPeople puts people into the shelf's lists: some of the same name, one with next to nothing, one with very much.
func manyPeople(s *shelf) *shelf {
	group := func(id, name string, state scheduler.EnrollmentState, day int) reads.PersonGroup {
		return reads.PersonGroup{Enrollment: scheduler.ID(id), CohortName: name, State: state,
			RequestedAt: beforeSpring, Entry: civil.WallTime{Date: civil.Date{Year: 2026, Month: 3, Day: day}}}
	}
	s.people = []reads.PersonRow{
		{ID: "p1", Name: "Ben Carter", Email: "ben@example.net", Phone: "+12025550100", Twice: true,
			Groups: []reads.PersonGroup{group("e1", "Tuesday evening", scheduler.Active, 3)}},
		{ID: "p2", Name: "Ben Carter", Phone: "+12025550177",
			ExternalIDs: []scheduler.ExternalID{{System: "ehr", Value: "8812"}},
			Groups: []reads.PersonGroup{group("e2", "Thursday morning", scheduler.OnHold, 5),
				group("e3", "Autumn group", scheduler.Withdrawn, 1)}},
		{ID: "p3", Name: "José Ñandú <b>", Email: "jose@xn--bcher-kva.example"},
		{ID: "p4", Name: "محمد العربي", Phone: "+33612345678", Groups: []reads.PersonGroup{{Enrollment: "e4",
			CohortName: "Rolling group", State: scheduler.Waiting, RequestedAt: beforeSpring}}},
		{ID: "p5", Name: "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh of the Northern Territories " +
			"and Everywhere", Email: "a.very.long.address.indeed.that.does.not.end@subdomain.of.a.long.domain.example",
			ExternalIDs: []scheduler.ExternalID{{System: "county registry of persons", Value: "AB-1234567890-XYZ"}},
			Groups: []reads.PersonGroup{group("e5", "One", scheduler.Active, 2),
				group("e6", "Two", scheduler.Completed, 2), group("e7", "Three", scheduler.Completed, 2),
				group("e8", "Four", scheduler.Withdrawn, 2)}},
	}
	for i := range 5 {
		s.people = append(s.people, reads.PersonRow{ID: scheduler.ID("q" + string(rune('1'+i))), Name: "Zoe Last",
			Phone: "+1202555020" + string(rune('1'+i))})
	}
	return s
}

// PersonRecord gives the person of the shelf with what stands around them.
func (s *shelf) PersonRecord(_ context.Context, _ access.Actor, _, _ scheduler.ID) (reads.PersonRecord, error) {
	if s.record.ID == "" {
		return reads.PersonRecord{Person: s.person}, s.trouble
	}
	return s.record, s.trouble
}

// Letters has one letter in English and one in Spanish with many dates.
func (s *shelf) Letters(_ context.Context, _ access.Actor, _ scheduler.ID,
	people []scheduler.ID) ([]reads.Letter, error) {
	if s.book == nil {
		return nil, s.trouble
	}
	start := beforeSpring.Add(31 * time.Hour)
	letter := func(name, language string, dates int) reads.Letter {
		l := reads.Letter{Person: people[0], Name: name, Language: language, Zone: "America/Chicago", Page: pageKey,
			Contact: scheduler.ClinicContact{Name: "Elm Street 4", Phone: "+12025550123",
				Crisis: "In a crisis call 988."}}
		for week := range dates {
			at := start.AddDate(0, 0, 7*week)
			l.Items = append(l.Items, reads.Item{State: scheduler.SeatPlanned, Start: at, End: at.Add(2 * time.Hour),
				Place: scheduler.DefaultPlace})
		}
		return l
	}
	return []reads.Letter{letter("Amina Canary", "en", 8), letter("Bo Li", "es", 24)}, s.trouble
}

// twinID is the other record of the person of a shelf.
const twinID = scheduler.ID("0000000000002")

// twinned gives the person of a shelf another record.
func twinned(s *shelf) *shelf {
	twin := reads.Person{Person: scheduler.Person{ID: twinID, Zone: "America/Chicago", Language: "es"},
		Contact: scheduler.Contact{Name: "Canary, Amina", Email: "amina.canary@example.org", Phone: "+12025550177",
			ExternalIDs: []scheduler.ExternalID{{System: "ehr", Value: "99-417"}}}}
	s.known = map[scheduler.ID]reads.Person{twinID: twin}
	s.people = append([]reads.PersonRow{{ID: twinID, Name: twin.Contact.Name, Email: twin.Contact.Email,
		Phone: twin.Contact.Phone, ExternalIDs: twin.Contact.ExternalIDs}}, s.people...)
	s.record.Alike = []reads.PersonAlike{{PersonRow: s.people[0], By: []string{"phone"}}}
	return s
}

// mergeable adds to a book what a merge must know.
func (s *shelf) mergeable(b *scheduler.Book) {
	twin := s.known[twinID]
	b.People[s.record.ID], b.People[twinID] = &scheduler.Person{ID: s.record.ID}, &scheduler.Person{ID: twinID}
	stay, gone := s.record.Contact, twin.Contact
	stay.Consents = []scheduler.Consent{{Channel: scheduler.Email, TextVersion: "2",
		GivenAt: beforeSpring.AddDate(0, -3, 0)}}
	gone.Consents = []scheduler.Consent{{Channel: scheduler.SMS, TextVersion: "2",
		GivenAt: beforeSpring.AddDate(0, -1, 0)}}
	b.Merging = &scheduler.Merging{
		Stay: scheduler.MergeRecord{Contact: stay, Created: beforeSpring.AddDate(0, -3, 0)},
		Gone: scheduler.MergeRecord{Contact: gone, Created: beforeSpring.AddDate(0, -1, 0)},
	}
}

// erasable adds to a book what an erasure must know.
func (s *shelf) erasable(b *scheduler.Book) {
	b.People[s.person.ID] = &scheduler.Person{ID: s.person.ID}
	b.Erasing = &scheduler.Erasing{People: []scheduler.ID{s.person.ID}, Held: s.record.Hold != nil,
		Counts: scheduler.ErasureCounts{Records: 2, ExternalIDs: 1, Consents: 2, Referrals: 1, Notices: 3, Tasks: 1,
			Texts: 2, Enrollments: 2, Attendance: 14}}
}

// held gives the person of a shelf a legal hold.
func held(s *shelf) *shelf {
	s.record.Hold = &reads.Hold{At: beforeSpring, By: "Robin Ferro", Reason: "Case 17 <asks> for the record"}
	return s
}

// erased leaves of the person of a shelf what an erasure leaves.
func erased(s *shelf) *shelf {
	s.record = reads.PersonRecord{Person: s.person}
	s.record.ErasedAt, s.record.Contact = beforeSpring, scheduler.Contact{Name: scheduler.ErasedName}
	return s
}

// SetHold and LiftHold change nothing.
func (s *shelf) SetHold(context.Context, access.Actor, scheduler.ID, scheduler.ID, string, reads.Mode) error {
	return s.trouble
}

func (s *shelf) LiftHold(context.Context, access.Actor, scheduler.ID, scheduler.ID, reads.Mode) error {
	return s.trouble
}

// ExportRecord gives a file with all sorts of rows.
func (s *shelf) ExportRecord(context.Context, access.Actor, scheduler.ID, scheduler.ID) (reads.RecordFile, error) {
	p := s.person
	return reads.RecordFile{Person: p.ID, At: beforeSpring, Sections: []reads.RecordSection{
		{Name: "person", Title: "Who they are", Fields: []string{"id", "name", "email", "phone", "zone", "language"},
			Rows: [][]string{{string(p.ID), p.Contact.Name, p.Contact.Email, "", p.Zone, p.Language}}},
		{Name: "dates", Title: "Dates and attendance", Fields: []string{"start", "zone", "title", "state"},
			Rows: [][]string{{"2026-01-06T18:00", "America/New_York", "Session <1>", "present"},
				{"2026-01-13T18:00", "America/New_York", "جلسة", "missed"}}},
		{Name: "tasks", Title: "Tasks of staff about them", Fields: []string{"task", "note"}},
	}}, s.trouble
}

// RenewLinks renews nothing.
func (s *shelf) RenewLinks(context.Context, access.Actor, scheduler.ID, scheduler.ID, int) error {
	return s.trouble
}

// ExportPeople exports nobody.
func (s *shelf) ExportPeople(context.Context, access.Actor, scheduler.ID) ([]reads.ExportedPerson, error) {
	return nil, s.trouble
}

// ExportRosters exports nobody.
func (s *shelf) ExportRosters(context.Context, access.Actor, scheduler.ID, []scheduler.ID,
	func(reads.RosterRow) error) error {
	return s.trouble
}

// ExportAttendance exports nothing.
func (s *shelf) ExportAttendance(context.Context, access.Actor, scheduler.ID, reads.AttendanceQuery,
	func(reads.AttendanceRow) error) error {
	return s.trouble
}

// ExportNotices exports nothing.
func (s *shelf) ExportNotices(context.Context, access.Actor, scheduler.ID, reads.LedgerQuery,
	func(reads.LedgerRow) error) error {
	return s.trouble
}

// ExportTasks exports nothing.
func (s *shelf) ExportTasks(context.Context, access.Actor, scheduler.ID, func(reads.Task) error) error {
	return s.trouble
}

// ChangeConsents changes none.
func (s *shelf) ChangeConsents(context.Context, access.Actor, scheduler.ID, scheduler.ID, desk.ConsentChange) error {
	return s.trouble
}

// recorded gives the person of a shelf a long record.
func recorded(s *shelf) *shelf {
	manyPeople(s)
	s.record = reads.PersonRecord{Person: s.person, Generation: 1, Links: reads.Links{Feed: feedKey, Page: pageKey},
		KeptApart: s.people[:1], Tasks: s.tasks}
	s.record.Contact.ExternalIDs = []scheduler.ExternalID{{System: "ehr", Value: "8812"}}
	s.record.Enrollments = append(s.record.Enrollments, reads.PersonEnrollment{CohortName: "Autumn group",
		Enrollment: scheduler.Enrollment{ID: "e9", State: scheduler.Withdrawn,
			RequestedAt: beforeSpring.AddDate(-1, 0, 0)}})
	given := beforeSpring.AddDate(0, -3, 0)
	s.record.Consents = []reads.ConsentRecord{
		{Consent: scheduler.Consent{Channel: scheduler.Email, TextVersion: "2", GivenAt: given,
			How: "paper"}, By: "Kim Ode"},
		{Consent: scheduler.Consent{Channel: scheduler.SMS, TextVersion: "1", GivenAt: given,
			How: "spoken"}, By: "Kim Ode",
			Ended: beforeSpring, EndedHow: "phone", EndedBy: "Robin Ferro"},
	}
	s.record.Alike = []reads.PersonAlike{{PersonRow: s.people[1], By: []string{"email", "phone"}}}
	s.record.History = []reads.AuditLine{{At: beforeSpring, By: "Kim Ode", Action: "person.consents"},
		{At: given, By: "Almanac itself", Action: "enroll"}}
	s.record.Messages = s.ledger.Rows
	return s
}
