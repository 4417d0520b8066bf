package web_test

import (
	"context"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/web"
)

// People of the same name are told apart wherever they are listed together.
func TestNamesakesAreToldApart(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk := h.signIn(access.Coordinator)
	cohort := h.opened()
	emails := []string{"one@canary.example", "two@canary.example", "three@canary.example"}
	var last string
	for _, email := range emails {
		last = h.enrolled(cohort, "Ben Canary", email)
	}
	for _, path := range []string{cohort, cohort + "/board", cohort + "/roster", "/people"} {
		page := h.get(path, desk)
		shows(t, page, http.StatusOK)
		for _, email := range emails {
			if !strings.Contains(page.body, email) {
				t.Errorf("%s does not tell %s apart", path, email)
			}
		}
	}
	if sheet := h.get(h.sessions(cohort)[0]+"/sheet", desk); strings.Contains(sheet.body, "@") {
		t.Error("the sheet that goes round the room has an address")
	}
	shows(t, h.get(last+"/steps/apart", desk), http.StatusOK, emails[0], emails[1])
}

// A father and a son of one name, with one phone number, are told apart by their records.
func TestNamesakesWhoShareEverything(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	p := h.program(access.Scopes()...)
	cohort := "/cohorts/" + p.cohort()
	for range 2 {
		p.must(201, "POST", cohort+"/enrollments",
			`{"participant": {"name": "Ben Canary", "phone": "+12025550100", "new": true}}`)
	}
	page := h.get(cohort, h.signIn(access.Coordinator))
	found := regexp.MustCompile(`<bdi>(Ben Canary[^<]*)</bdi>`).FindAllStringSubmatch(page.body, -1)
	seen := map[string]bool{}
	for _, one := range found {
		seen[one[1]] = true
	}
	if len(seen) != 2 {
		t.Errorf("%d of two people: %v", len(seen), found)
	}
}

// Tasks, messages, intake and Today tell them apart, too, and a name leads to the page of its person.
func TestNamesakesInWorkLists(t *testing.T) {
	t.Parallel()
	counting := &countingRecords{}
	h := newHouse(t, func(o *web.Options) {
		counting.Records = o.Records
		o.Records = counting
	})
	desk := h.signIn(access.Coordinator)
	cohort := h.opened()
	emails := []string{"one@canary.example", "two@canary.example", "three@canary.example"}
	for _, email := range emails {
		h.enrolled(cohort, "Ben Canary", email)
	}
	rolling := h.rolling("Canary rolling", "2026-01-08")
	for i := range 2 {
		h.enrolled(rolling, "Zoe Canary", "zoe"+strconv.Itoa(i)+"@canary.example")
	}
	h.enrolled(rolling, "Ada Canary", "ada@canary.example")
	kim, id := h.signInAs("kim", access.Facilitator)
	led := h.openedLedBy(id, "Led evening", "09:00")
	for i := range 2 {
		h.enrolled(led, "Lee Canary", "lee"+strconv.Itoa(i)+"@canary.example")
	}
	for path, want := range map[string][]string{
		"/notices": emails, "/intake": {"zoe0@canary.example", "zoe1@canary.example"},
		cohort: emails, cohort + "/board": emails, cohort + "/roster": emails,
	} {
		counting.rows.Store(0)
		page := h.get(path, desk)
		shows(t, page, http.StatusOK, append(want, `href="/people/`)...)
		if n := counting.rows.Load(); n != 1 {
			t.Errorf("%s reads people %d times", path, n)
		}
	}
	shows(t, h.get("/", kim), http.StatusOK, "lee0@canary.example", "lee1@canary.example", `href="/people/`)
	hides(t, h.get("/intake", desk), "ada@canary.example")
	if counting.searches.Load() > 0 {
		t.Error("a list searches through all names")
	}
}

// countingRecords counts how often people are read and searched for.
type countingRecords struct {
	web.Records
	rows, searches atomic.Int64
}

func (r *countingRecords) PersonRows(ctx context.Context, a access.Actor, clinic scheduler.ID,
	ids []scheduler.ID) ([]reads.PersonRow, error) {
	r.rows.Add(1)
	return r.Records.PersonRows(ctx, a, clinic, ids)
}

func (r *countingRecords) FindPeople(ctx context.Context, a access.Actor, clinic scheduler.ID,
	q reads.PeopleQuery) (reads.PeoplePage, error) {
	r.searches.Add(1)
	return r.Records.FindPeople(ctx, a, clinic, q)
}
