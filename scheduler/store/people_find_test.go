package store_test

import (
	"slices"
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/storetest"
)

func TestFindPeople(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		cohort := h.OpenCohort(t, 18, 12)
		ana := join(t, h, cohort, scheduler.Contact{Name: "Ana López", Email: "a.lopez@mail.example",
			Phone: "+12025550100", ExternalIDs: []scheduler.ExternalID{{System: "ehr", Value: "K8812"}}})
		for _, name := range []string{"Ben Carter", "ben carter", "Émile"} {
			join(t, h, cohort, scheduler.Contact{Name: name})
		}
		find := func(q reads.PeopleQuery) ([]string, reads.PeoplePage) {
			page, err := h.DB.FindPeople(t.Context(), h.Actor, h.Clinic, q)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, p := range page.People {
				names = append(names, p.Name)
			}
			return names, page
		}
		for text, want := range map[string][]string{
			"": {"Ana López", "Ben Carter", "ben carter", "Émile"}, "lopez ana": {"Ana López"}, "emil": {"Émile"},
			"carter": {"Ben Carter", "ben carter"}, "k8812": {"Ana López"}, "K8812": {"Ana López"},
			"202-555-0100": {"Ana López"}, "a.lopez@": {"Ana López"}, "nobody": nil, "zz9": nil,
		} {
			got, page := find(reads.PeopleQuery{Text: text})
			slices.Sort(got)
			if slices.Sort(want); !slices.Equal(got, want) || page.Total != len(want) || page.Next != "" {
				t.Errorf("%q finds %q of %d", text, got, page.Total)
			}
		}
		_, page := find(reads.PeopleQuery{Text: "ana"})
		p := page.People[0]
		if p.ID != ana.Person || p.Email != "a.lopez@mail.example" || p.ExternalIDs[0].System != "ehr" ||
			len(p.Groups) != 1 || p.Groups[0].Cohort != cohort || p.Groups[0].Entry.String() != "2026-01-06T18:00" ||
			p.Groups[0].Enrollment != ana.Enrollment || p.Groups[0].CohortName != "Evening 18" {
			t.Errorf("found %+v", p)
		}
		var paged []string
		for q := (reads.PeopleQuery{Limit: 3}); ; q.After = page.Next {
			var names []string
			names, page = find(q)
			if paged = append(paged, names...); page.Next == "" {
				break
			}
		}
		if len(paged) != 4 || paged[0] != "Ana López" || paged[3] != "Émile" {
			t.Errorf("page by page there are %q", paged)
		}
		_, err := h.DB.FindPeople(t.Context(), h.Actor, h.Clinic, reads.PeopleQuery{After: "0000000000000"})
		wantFault(t, err, fault.Invalid, "after")
		other := h.Neighbour(t)
		if page, err := other.DB.FindPeople(t.Context(), other.Actor, other.Clinic,
			reads.PeopleQuery{Text: "k8812"}); err != nil || page.Total != 0 {
			t.Errorf("another clinic finds %d (%v)", page.Total, err)
		}
		_, err = h.DB.FindPeople(t.Context(), access.Token("t", string(h.Clinic), access.ScopeAttendance), h.Clinic,
			reads.PeopleQuery{})
		wantFault(t, err, fault.Forbidden, "")
	})
}
