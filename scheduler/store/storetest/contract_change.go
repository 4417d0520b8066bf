package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
)

// AddStaff makes a facilitator of the house's clinic.
func (h *House) AddStaff(t testing.TB) scheduler.ID {
	t.Helper()
	id, err := h.DB.AddStaff(t.Context(), h.Actor, h.Clinic, "Fay Leader",
		fmt.Sprintf("fay-%s@example.net", RandomID()[:8]), "facilitator")
	must(t, err)
	return id
}

// Neighbour is the same house for another clinic in the same database.
func (h *House) Neighbour(t testing.TB) *House {
	t.Helper()
	id, err := h.DB.AddClinic(t.Context(), access.Operator(""), "Neighbour "+string(RandomID()[:8]), "America/Chicago")
	must(t, err)
	next := *h
	next.Clinic, next.Actor = id, access.Operator(string(id))
	return &next
}

func anotherClinicSeesNothing(t *testing.T, h *House) {
	cohort, person, staff := h.OpenCohort(t, 18, 12), h.AddPeople(t, 1)[0], h.AddStaff(t)
	e, err := h.Enroll(t.Context(), cohort, person)
	must(t, err)
	session := h.Roster(t, cohort, desk.Load{}).Sessions[0].ID
	other := h.Neighbour(t)
	otherCohort := other.OpenCohort(t, 18, 12)
	for name, load := range map[string]desk.Load{
		"cohort": {Cohorts: []scheduler.ID{cohort}}, "session": {Sessions: []scheduler.ID{session}},
		"enrollment": {Enrollments: []scheduler.ID{e.Enrollment}}, "person": {People: []scheduler.ID{person}},
		"staff": {Staff: []scheduler.ID{staff}},
	} {
		other.mustNotFind(t, name, other.change(access.CohortChange), load)
	}
	stranger := other.change(access.CohortChange)
	stranger.Actor = h.Actor
	other.mustNotFind(t, "clinic", stranger, desk.Load{Cohorts: []scheduler.ID{otherCohort}})
	if busy := other.book(t, desk.Load{Cohorts: []scheduler.ID{otherCohort}}).Busy; len(busy) != 0 {
		t.Errorf("another clinic's commitments are in the book: %v", busy)
	}
}

// mustNotFind asks for a load by both ways.
func (h *House) mustNotFind(t *testing.T, name string, c desk.Change, load desk.Load) {
	t.Helper()
	_, err := h.DB.Look(t.Context(), c, load)
	mustBe(t, name+" by looking", err, fault.NotFound)
	err = h.DB.Change(t.Context(), c, load, func(*scheduler.Book) error {
		t.Errorf("%s: the change ran", name)
		return nil
	})
	mustBe(t, name, err, fault.NotFound)
}

// mustBe wants a fault of a kind, with a sentence.
func mustBe(t testing.TB, what string, err error, kind fault.Kind) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != kind {
		t.Errorf("%s: %v, not %s", what, err, kind)
		return
	}
	if !strings.HasSuffix(f.Message, ".") || len(f.Message) < 20 {
		t.Errorf("%s: %q does not say what to do", what, f.Message)
	}
}

func unknownIsNotFound(t *testing.T, h *House) {
	nobody := []scheduler.ID{RandomID()}
	for name, load := range map[string]desk.Load{
		"cohort": {Cohorts: nobody}, "session": {Sessions: nobody}, "enrollment": {Enrollments: nobody},
		"person": {People: nobody}, "staff": {Staff: nobody}, "empty id": {Cohorts: []scheduler.ID{""}},
		"empty person": {People: []scheduler.ID{""}},
	} {
		h.mustNotFind(t, name, h.change(access.CohortChange), load)
	}
	lost := h.change(access.CohortChange)
	lost.Clinic = nobody[0]
	lost.Actor = access.Operator(string(nobody[0]))
	h.mustNotFind(t, "clinic", lost, desk.Load{})
}

func policyIsAsked(t *testing.T, h *House) {
	c := h.change(access.CohortOpen)
	c.Actor = access.Staff(string(RandomID()), string(h.Clinic), access.Facilitator)
	err := h.DB.Change(t.Context(), c, desk.Load{}, func(*scheduler.Book) error {
		t.Error("the change ran")
		return nil
	})
	mustBe(t, "opening", err, fault.Forbidden)
	_, err = h.DB.Look(t.Context(), c, desk.Load{})
	mustBe(t, "looking", err, fault.Forbidden)
}

func stalePreviewIsRefused(t *testing.T, h *House) {
	cohort, people := h.OpenCohort(t, 18, 12), h.AddPeople(t, 2)
	number := h.book(t, desk.Load{}).Clinic.ChangeNo
	if number == 0 {
		t.Fatal("the change number does not rise")
	}
	ask := h.Request()
	ask.Expect = number
	_, err := h.Desk.Enroll(t.Context(), ask, scheduler.EnrollRequest{Cohort: cohort, Person: people[0]})
	must(t, err)
	_, err = h.Desk.Enroll(t.Context(), ask, scheduler.EnrollRequest{Cohort: cohort, Person: people[1]})
	mustBe(t, "an old number", err, fault.Stale)
	if n := len(h.Roster(t, cohort, desk.Load{}).Enrollments); n != 1 {
		t.Errorf("%d people are enrolled", n)
	}
}

func refusedChangeLeavesNothing(t *testing.T, h *House) {
	cohort, person := h.OpenCohort(t, 18, 12), h.AddPeople(t, 1)[0]
	before := h.dumpTables(t)
	refusal := errors.New("no")
	err := h.DB.Change(t.Context(), h.change(access.Enroll),
		desk.Load{Cohorts: []scheduler.ID{cohort}, People: []scheduler.ID{person}},
		func(b *scheduler.Book) error {
			if _, err := b.Enroll(scheduler.PlaceRequest{Cohort: cohort, Person: person}); err != nil {
				return err
			}
			b.PlanNotices()
			return refusal
		})
	if err != refusal { // it must be the very same
		t.Errorf("%v came back", err)
	}
	if after := h.dumpTables(t); after != before {
		t.Error("a refused change left something")
	}
	gone, cancel := context.WithCancel(t.Context())
	err = h.DB.Change(gone, h.change(access.Enroll),
		desk.Load{Cohorts: []scheduler.ID{cohort}, People: []scheduler.ID{person}},
		func(b *scheduler.Book) error {
			_, err := b.Enroll(scheduler.PlaceRequest{Cohort: cohort, Person: person})
			cancel()
			return err
		})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled change gives %v", err)
	}
	if after := h.dumpTables(t); after != before {
		t.Error("a cancelled change left something")
	}
}

// dumpTables gives all rows of all tables as text.
func (h *House) dumpTables(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, table := range h.Tables(t) {
		for _, row := range h.Ask(t, "SELECT * FROM "+table+" ORDER BY 1, 2") {
			fmt.Fprintln(&all, table, row)
		}
	}
	return all.String()
}

// Tables lists the tables of the house, by name.
func (h *House) Tables(t testing.TB) []string {
	t.Helper()
	query := "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1"
	if strings.HasPrefix(h.URL, "sqlite:") {
		query = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY 1"
	}
	var tables []string
	for _, row := range h.Ask(t, query) {
		tables = append(tables, row[0])
	}
	return tables
}

func changeOfNothingIsNone(t *testing.T, h *House) {
	cohort := h.OpenCohort(t, 18, 12)
	before := h.dumpTables(t)
	h.edit(t, desk.Load{Cohorts: []scheduler.ID{cohort}}, func(*scheduler.Book) {})
	if after := h.dumpTables(t); after != before {
		t.Error("a change that changes nothing left something, so it spoils every preview")
	}
}

// twoProcessesSeeEachOther makes changes by turns through two stores, each of
// which remembers what it saw last.
func twoProcessesSeeEachOther(t *testing.T, h *House) {
	cohort, people := h.OpenCohort(t, 18, places), h.AddPeople(t, places+6)
	second := *h
	second.DB = h.Another(t)
	second.Desk = desk.New(second.DB, h.Zones, h.Now, RandomID)
	for i, person := range people {
		house := h
		if i%2 == 1 {
			house = &second
		}
		e, err := house.Enroll(t.Context(), cohort, person)
		must(t, err)
		if want := max(0, i+1-places); e.WaitlistPosition != want {
			t.Errorf("number %d is at position %d of the waitlist, not %d", i+1, e.WaitlistPosition, want)
		}
	}
}
