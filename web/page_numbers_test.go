package web_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/storetest"
)

var (
	nextLink    = regexp.MustCompile(`rel="next" href="([^"]+)"`)
	earlierLink = regexp.MustCompile(`rel="prev" href="([^"]+)"`)
	// Intake has two lists; these lead through that of people.
	nextPeople    = regexp.MustCompile(`rel="next" href="(/intake\?people=[^"]+)"`)
	earlierPeople = regexp.MustCompile(`</form><nav[^>]*>[^\n]*?rel="prev" href="([^"]+)"`)
)

// follow reads a list from one page on and gives what it finds on each page it comes to.
func (h *house) follow(link *regexp.Regexp, item, path, cookie string) (pages [][]string, last string) {
	h.t.Helper()
	for range 100 {
		answer := h.get(path, cookie)
		if answer.StatusCode != 200 {
			h.t.Fatalf("%s: %d", path, answer.StatusCode)
		}
		var found []string
		for _, one := range regexp.MustCompile(item).FindAllStringSubmatch(answer.body, -1) {
			found = append(found, one[1])
		}
		pages, last = append(pages, found), path
		next := link.FindStringSubmatch(answer.body)
		if next == nil {
			return pages, last
		}
		path = strings.ReplaceAll(next[1], "&amp;", "&")
	}
	h.t.Fatalf("%s has no end", path)
	return nil, ""
}

// crowded is a house with more cohorts, waiting people and tasks than one page shows.
func crowded(t *testing.T, url string) (h *house, cohorts, waiting int) {
	t.Helper()
	h = newHouseAt(t, url, nil)
	q := desk.Request{Actor: h.operator(), Clinic: h.clinic}
	open := func(name, protocol string, hour int) scheduler.ID {
		id, err := h.desk.OpenCohort(t.Context(), q, scheduler.OpenRequest{
			Definition: storetest.Definition(t, protocol), Name: name, Start: civil.Date{Year: 2026, Month: 1, Day: 6},
			At: civil.Clock{Hour: hour}, Zone: "America/New_York", Capacity: 6, HasCapacity: true,
		})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	var first scheduler.ID
	for n := range 46 {
		protocol := "more-telehealth"
		if n%3 == 2 {
			protocol = "more-rolling"
		}
		id := open(fmt.Sprintf("Group %02d", n), protocol, 8+n%12)
		if n == 0 {
			first = id
		}
	}
	for n := range 60 {
		contact := storetest.Contact(n)
		contact.Email, contact.Phone, contact.Consents = fmt.Sprintf("p%d@canary.example", n), "", nil
		e, err := h.desk.Enroll(t.Context(), q, scheduler.EnrollRequest{Cohort: first, Contact: contact})
		if err != nil {
			t.Fatal(err)
		}
		if e.State == scheduler.Waiting {
			waiting++
		}
	}
	return h, 46, waiting
}

// Every list that is too long for one page shows all of it on several, nothing twice, and leads back.
func TestListsInPages(t *testing.T) {
	t.Parallel()
	for _, d := range databases {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			h, cohorts, waiting := crowded(t, d.url(t))
			coordinator := h.signIn(access.Coordinator)
			tasks, err := h.db.CountTasks(t.Context(), h.operator(), h.clinic)
			if err != nil || tasks.Open < 45 {
				t.Fatal(tasks, err)
			}
			for _, list := range []struct {
				name, path, item string
				want             int
				next, earlier    *regexp.Regexp
			}{
				{"cohorts", "/cohorts", `<h2><a href="/cohorts/([0-9a-z]{13,64})"`, cohorts, nextLink, earlierLink},
				{"tasks", "/tasks", taskPattern, tasks.Open, nextLink, earlierLink},
				{"people of the intake", "/intake", `href="/enrollments/([0-9a-z]{13,64})"`, waiting, nextPeople,
					earlierPeople},
			} {
				there, last := h.follow(list.next, list.item, list.path, coordinator)
				all := slices.Concat(there...)
				unique := slices.Compact(slices.Sorted(slices.Values(all)))
				if len(there) < 2 || len(all) != list.want || len(unique) != list.want {
					t.Errorf("%s: %d pages show %d, %d of them different, want %d", list.name, len(there), len(all),
						len(unique), list.want)
				}
				back, _ := h.follow(list.earlier, list.item, last, coordinator)
				slices.Reverse(back)
				if fmt.Sprint(back) != fmt.Sprint(there) {
					t.Errorf("%s: the way back is another one: %v, not %v", list.name, back, there)
				}
			}
		})
	}
}

// Rolling cohorts of the intake come in pages of their own, and a page number that is none is the first.
func TestIntakeSeriesInPages(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	coordinator := h.signIn(access.Coordinator)
	q := desk.Request{Actor: h.operator(), Clinic: h.clinic}
	for n := range 17 {
		_, err := h.desk.OpenCohort(t.Context(), q, scheduler.OpenRequest{
			Definition: storetest.Definition(t, "more-rolling"), Name: fmt.Sprintf("Series %02d", n),
			Start: civil.Date{Year: 2026, Month: 1, Day: 6},
			At:    civil.Clock{Hour: 9}, Zone: "America/New_York", Capacity: 6, HasCapacity: true,
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	first := h.get("/intake", coordinator)
	shows(t, first, 200, "Series 00", "Series 14", ">Enroll<span")
	hides(t, first, "Series 15")
	second := h.get(h.find(nextLink, first.body), coordinator)
	shows(t, second, 200, "Series 15", "Series 16", ">Enroll<span")
	hides(t, second, "Series 14")
	days := h.get("/intake?day=mon&day=tue&day=wed&day=thu&day=fri&day=sat&day=sun", coordinator)
	h.find(regexp.MustCompile(`rel="next" href="(/intake\?cohorts=2&amp;day=mon&amp;day=tue&amp;[^"]+)"`), days.body)
	for _, path := range []string{"/intake?cohorts=0", "/intake?cohorts=-1", "/intake?cohorts=x",
		"/intake?cohorts=99999999999999999999"} {
		shows(t, h.get(path, coordinator), 200, "Series 00")
	}
	shows(t, h.get("/tasks?after=yesterday,x", coordinator), 422, "does not exist")
}

// taskPattern finds the first task of each call, and the tasks that are no calls.
const taskPattern = `(?:<h3 id="c-|<td class="end"><form method="post" action="/tasks/)([0-9a-z]{13,64})`

// A task that is done meanwhile takes nothing off the pages behind it, and an early page is always full.
func TestTasksTickedOffBetweenPages(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long")
	}
	t.Parallel()
	h, _, _ := crowded(t, storetest.SQLite(t))
	coordinator := h.signIn(access.Coordinator)
	const item = taskPattern
	before, _ := h.follow(nextLink, item, "/tasks", coordinator)
	next := strings.ReplaceAll(h.find(nextLink, h.get("/tasks", coordinator).body), "&amp;", "&")
	for _, id := range before[0][:5] {
		h.goesTo(h.post("/tasks/"+id+"/done", nil, coordinator), "/tasks")
	}
	after, _ := h.follow(nextLink, item, next, coordinator)
	if fmt.Sprint(after[0]) != fmt.Sprint(before[1]) {
		t.Errorf("the second page was %v and is %v", before[1], after[0])
	}
	earlier := strings.ReplaceAll(h.find(earlierLink, h.get(next, coordinator).body), "&amp;", "&")
	if got, _ := h.follow(regexp.MustCompile(`never (this)`), item, earlier,
		coordinator); len(got[0]) != len(before[0]) {
		t.Errorf("the first page has %d of %d", len(got[0]), len(before[0]))
	}
}

// A rolling cohort shows the last eight weeks and what is ahead; the sessions before come in pages, nothing twice.
func TestCohortInPages(t *testing.T) {
	t.Parallel()
	for _, d := range databases {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			h := newHouseAt(t, d.url(t), nil)
			coordinator := h.signIn(access.Coordinator)
			q := desk.Request{Actor: h.operator(), Clinic: h.clinic}
			id, err := h.desk.OpenCohort(t.Context(), q, scheduler.OpenRequest{
				Definition: storetest.Definition(t, "more-rolling"), Name: "Old",
				Start: civil.Date{Year: 2024, Month: 1, Day: 2}, Past: true,
				At: civil.Clock{Hour: 9}, Zone: "America/New_York", Capacity: 6, HasCapacity: true,
			})
			if err != nil {
				t.Fatal(err)
			}
			whole, err := h.db.Cohort(t.Context(), h.operator(), h.clinic, id)
			if err != nil || len(whole.Sessions) < 120 {
				t.Fatal(len(whole.Sessions), err)
			}
			const item = `id="s-([0-9a-z]{13,64})"`
			there, last := h.follow(earlierLink, item, "/cohorts/"+string(id), coordinator)
			first := there[0]
			want := make(map[string]bool)
			for _, s := range whole.Sessions {
				want[string(s.ID)] = true
				if s.Start.Before(moved.AddDate(0, 0, -56)) == slices.Contains(first, string(s.ID)) {
					t.Errorf("the session of %s should be on the first page if it is of the last eight weeks or ahead",
						s.Wall)
				}
			}
			ahead := map[string]bool{} // these stay on every page
			for _, s := range whole.Sessions {
				if !s.Past(moved) {
					ahead[string(s.ID)] = true
				}
			}
			seen := map[string]int{}
			for n, page := range there {
				for _, id := range page {
					if n == 0 || !ahead[id] {
						seen[id]++
					}
				}
			}
			for id := range want {
				if seen[id] != 1 {
					t.Errorf("the session %s is shown %d times", id, seen[id])
				}
			}
			if back, end := h.follow(nextLink, item, last, coordinator); len(back) != len(there) ||
				end != "/cohorts/"+string(id) {
				t.Errorf("the way back has %d pages, not %d, and ends at %s", len(back), len(there), end)
			}
		})
	}
}

// Who waits for a cohort comes in pages with the numbers of the whole list, and so do those who have left.
func TestPeopleOfACohortInPages(t *testing.T) {
	t.Parallel()
	for _, d := range databases {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			h, _, waiting := crowded(t, d.url(t))
			coordinator := h.signIn(access.Coordinator)
			found, err := h.db.CohortPage(t.Context(), h.operator(), h.clinic, reads.CohortQuery{Limit: 100})
			if err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(found.Rows, func(r reads.CohortRow) bool { return r.Name == "Group 00" })
			path := "/cohorts/" + string(found.Rows[i].ID)
			const number = `<li><span class="badge number">(\d+)</span>`
			there, last := h.follow(nextLink, number, path, coordinator)
			var want []string
			for n := range waiting {
				want = append(want, fmt.Sprint(n+1))
			}
			if got := slices.Concat(there...); !slices.Equal(got, want) || len(there) < 2 {
				t.Errorf("%d pages have the numbers %v", len(there), got)
			}
			if back, end := h.follow(earlierLink, number, last, coordinator); len(back) != len(there) || end != path {
				t.Errorf("the way back has %d pages and ends at %s", len(back), end)
			}
			const name = `<tr><td><a href="/people/[^"]+"><bdi>([^<]+)</bdi>`
			printed, _ := h.follow(nextLink, name, path+"/roster", coordinator)
			if all := slices.Concat(printed...); len(printed) != 2 || len(all) != 60 ||
				len(slices.Compact(slices.Sorted(slices.Values(all)))) != 60 {
				t.Errorf("%d pages of the roster have %d people", len(printed), len(all))
			}
			whole, err := h.db.Cohort(t.Context(), h.operator(), h.clinic, found.Rows[i].ID)
			if err != nil {
				t.Fatal(err)
			}
			q := desk.Request{Actor: h.operator(), Clinic: h.clinic}
			for _, e := range whole.Enrollments[6:46] {
				if err := h.desk.Confirm(t.Context(), q, desk.Withdraw(e.ID)); err != nil {
					t.Fatal(err)
				}
			}
			left, _ := h.follow(nextLink, `href="/enrollments/([0-9a-z]{13,64})"`, path+"?left=1", coordinator)
			gone := map[string]int{}
			for _, page := range left {
				for _, id := range page {
					gone[id]++
				}
			}
			shows(t, h.get(path, coordinator), 200, "40 no longer enrolled")
			for _, e := range whole.Enrollments[6:46] {
				if gone[string(e.ID)] != 1 {
					t.Errorf("who has left is shown %d times", gone[string(e.ID)])
				}
			}
		})
	}
}
