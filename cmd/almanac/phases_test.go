package main

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/replay"
	"almanac/web"
)

// running is a programme in three running series, one a phase, of which the
// replay of m-rocc-running.yaml tells what must come of it.
type running struct {
	*world
	cohorts map[string]scheduler.ID // by phase
	marked  map[scheduler.ID]bool   // sessions whose attendance was taken
	people  map[string]runner
}

// runner is somebody who goes through the phases.
type runner struct {
	enrollment scheduler.ID // the first
	person     scheduler.ID
	printed    string // when they were enrolled
}

// series are the phases: the hour at which they meet, how many weeks are served in
// each, and how many seats they have.
var series = []struct{ phase, hour, weeks, seats, modules string }{
	{"orientation", "10:00", "4", "12", "o1, o2, o3, o4"},
	{"low-dose", "13:00", "4", "12", "l1, l2, l3, l4"},
	{"intensive", "16:00", "16", "2", "i1, i2, i3, i4, i5, i6, i7, i8"},
}

// newRunning opens the three cohorts and ties them together, by commands.
func newRunning(t *testing.T) *running {
	t.Helper()
	folder := t.TempDir()
	for _, s := range series {
		text := strings.NewReplacer("PROTOCOL", "phase-"+s.phase, "{order: fixed, unit: session, count: 4}",
			"{order: cyclic, modules: ["+s.modules+"]}", "PT1H", "PT1H30M",
			"{max: 8}", "{max: 12}", "{type: closed, last_session_for_new: 1}", "{type: any, lead: P0D}",
			"{type: content}", "{type: weeks, n: "+s.weeks+"}\nweeks: "+s.weeks+
				"\nabsence: {hold_max: P28D}").Replace(minimal)
		file := filepath.Join(folder, ownProtocols, s.phase+".yaml")
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w := newWorld(t, &handClock{at: newYork(t, "2026-01-02T08:00")}, nil, "sqlite",
		"file:"+filepath.Join(folder, "almanac.db")+"?_pragma=busy_timeout(5000)", "--data-dir", folder)
	w.stopWorker() // nobody reads the mails of this test
	p := &running{world: w, cohorts: map[string]scheduler.ID{}, marked: map[scheduler.ID]bool{},
		people: map[string]runner{}}
	for i, s := range series {
		id, _, _ := strings.Cut(p.command("", "cohort", "open", "--protocol", "phase-"+s.phase, "--start", "2026-01-06",
			"--time", s.hour, "--zone", storyZone, "--capacity", s.seats), "\n")
		args := []string{"cohort", "phase", id, "--phase", s.phase, "--number", fmt.Sprint(i + 1)}
		if i > 0 {
			args = append(args, "--beside", string(p.cohorts[series[i-1].phase]))
		}
		p.command("", args...)
		p.cohorts[s.phase] = scheduler.ID(id)
	}
	return p
}

// newYork reads a moment in the time of the cohorts.
func newYork(t *testing.T, text string) time.Time {
	t.Helper()
	wall, err := civil.ParseWallTime(text)
	if err != nil {
		t.Fatal(err)
	}
	zones, err := civil.BuiltinZones()
	if err != nil {
		t.Fatal(err)
	}
	zone, err := zones.Location(storyZone)
	if err != nil {
		t.Fatal(err)
	}
	return civil.Resolve(wall, zone).Instant.UTC()
}

// pass lets time pass in steps of half a day; attendance of everybody is taken
// at each, and every duty runs.
func (p *running) pass(text string) {
	p.t.Helper()
	for to := newYork(p.t, text); p.clock.now().Before(to); {
		next := p.clock.now().Truncate(24 * time.Hour).Add(24 * time.Hour)
		if next.After(to) {
			next = to
		}
		p.clock.set(next)
		p.markAll()
		p.runDuties()
	}
}

// markAll notes as present everyone who sat in a session that is over.
func (p *running) markAll() {
	p.t.Helper()
	for _, id := range p.cohorts {
		page, err := p.store.Cohort(p.t.Context(), request(p.clinic).Actor, p.clinic.ID, id)
		if err != nil {
			p.t.Fatal(err)
		}
		for _, s := range page.Sessions {
			if p.marked[s.ID] || !s.Live() || !s.Past(p.clock.now()) {
				continue
			}
			p.marked[s.ID] = true
			var marks []scheduler.Mark
			for _, person := range p.sitting(s.ID) {
				marks = append(marks, scheduler.Mark{Person: person, State: scheduler.SeatPresent})
			}
			if len(marks) > 0 {
				p.do(desk.TakeAttendance(s.ID, marks...))
			}
		}
	}
}

// sitting gives the people who have a seat in a session.
func (p *running) sitting(session scheduler.ID) []scheduler.ID {
	p.t.Helper()
	rows, err := p.sql.QueryContext(p.t.Context(),
		"SELECT person FROM seats WHERE session = ? AND state = 'planned' ORDER BY person", string(session))
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var all []scheduler.ID
	for rows.Next() {
		var id scheduler.ID
		if err := rows.Scan(&id); err != nil {
			p.t.Fatal(err)
		}
		all = append(all, id)
	}
	return all
}

func (p *running) do(x desk.Proposal) {
	p.t.Helper()
	if err := p.desk.Confirm(p.t.Context(), request(p.clinic), x); err != nil {
		p.t.Fatalf("at %s: %s", stampOf(p.clock.now()), err)
	}
}

func (p *running) enroll(name string, g guest) {
	p.t.Helper()
	printed := p.command(requestFor(string(p.cohorts["orientation"]), g), "enroll", "-")
	r := runner{printed: printed, enrollment: scheduler.ID(lineOf(printed, "enrollment"))}
	page, err := p.store.Cohort(p.t.Context(), request(p.clinic).Actor, p.clinic.ID, p.cohorts["orientation"])
	if err != nil {
		p.t.Fatal(err)
	}
	for _, e := range page.Enrollments {
		if e.ID == r.enrollment {
			r.person = e.Person
		}
	}
	p.people[name] = r
}

// latest is the enrollment in which somebody is now.
func (p *running) latest(name string) scheduler.ID {
	p.t.Helper()
	who, err := p.store.Person(p.t.Context(), request(p.clinic).Actor, p.clinic.ID, p.people[name].person)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, e := range who.Enrollments {
		if e.State.Live() {
			return e.ID
		}
	}
	p.t.Fatalf("%s has no enrollment that lives", name)
	return ""
}

// seats lists somebody's itinerary as a replay does: all phases, in order.
func (p *running) seats(name string) []replay.Seat {
	p.t.Helper()
	who, err := p.store.Person(p.t.Context(), request(p.clinic).Actor, p.clinic.ID, p.people[name].person)
	if err != nil {
		p.t.Fatal(err)
	}
	zone, err := p.zones.Location(storyZone)
	if err != nil {
		p.t.Fatal(err)
	}
	phases := map[scheduler.ID]string{}
	for phase, id := range p.cohorts {
		phases[id] = phase
	}
	var all []replay.Seat
	for _, item := range who.Items {
		all = append(all, replay.Seat{
			Date: civil.WallOf(item.Start, zone).Date.String(), Position: item.Position, State: string(item.State),
			Cohort: phases[item.Cohort],
		})
	}
	return all
}

// expected reads what the replay says of everybody.
func expected(t *testing.T) map[string]replay.Person {
	t.Helper()
	var told struct {
		Participants map[string]replay.Person `json:"participants"`
	}
	if err := json.Unmarshal([]byte(read(t, "testdata/replay/m-rocc-running.json")), &told); err != nil {
		t.Fatal(err)
	}
	return told.Participants
}

// feedDates gives the dates that somebody's calendar shows from now on.
func (p *running) feedDates(name string) []string {
	p.t.Helper()
	server, err := web.New(p.webOptions())
	if err != nil {
		p.t.Fatal(err)
	}
	answer := httptest.NewRecorder()
	server.Handler().ServeHTTP(answer,
		httptest.NewRequest("GET",
			strings.TrimPrefix(lineOf(p.people[name].printed, "feed"), "https://dates.example"), nil))
	if answer.Code != 200 {
		p.t.Fatalf("the feed answers %d", answer.Code)
	}
	var dates []string
	for _, m := range regexp.MustCompile(`(?m)^DTSTART:(\d{8}T\d{6}Z)\r$`).FindAllStringSubmatch(answer.Body.String(),
		-1) {
		start, err := time.Parse("20060102T150405Z", m[1])
		if err != nil {
			p.t.Fatal(err)
		}
		if start.After(p.clock.now()) {
			dates = append(dates, start.Format(time.DateOnly)) // all phases meet on the same day in UTC
		}
	}
	slices.Sort(dates)
	return dates
}

// Four people go through three running series, each at their own pace: one is
// held, one advances early, two stay a week longer because the last phase is
// full. Everybody has one itinerary and one calendar, and both are what the
// replay of the same facts says.
func TestPhasesRunBesideEachOther(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long")
	}
	t.Parallel()
	p := newRunning(t)
	for i, at := range []string{"2026-01-02T09:00", "2026-01-08T09:00", "2026-01-15T09:00", "2026-01-22T09:00"} {
		p.pass(at)
		p.enroll(fmt.Sprintf("P%d", i+1), p.story.guests[i])
	}
	p.pass("2026-01-28T09:00")
	until, err := civil.ParseDate("2026-02-11")
	if err != nil {
		t.Fatal(err)
	}
	p.do(desk.Hold(scheduler.HoldRequest{Enrollment: p.latest("P2"), Until: until}))
	p.pass("2026-02-26T09:00")
	p.do(desk.Advance(p.latest("P3"), "intensive", "stable dose for a month"))
	p.pass("2026-03-20T12:00")
	for name, want := range expected(t) {
		var seats []replay.Seat
		var dates []string
		for _, s := range want.Seats {
			if s.Cohort == "" {
				s.Cohort = want.Cohort
			}
			if seats = append(seats, s); s.State == "planned" {
				dates = append(dates, s.Date)
			}
		}
		if got := p.seats(name); !slices.Equal(got, seats) {
			t.Errorf("%s has the itinerary\n%v, want\n%v", name, got, seats)
		}
		if got := p.feedDates(name); !slices.Equal(got, dates) {
			t.Errorf("the calendar of %s shows %v, want %v", name, got, dates)
		}
	}
	tasks := strings.Join(p.about(), " ")
	if strings.Count(tasks, scheduler.AboutPhaseFull) != 2 || strings.Count(tasks, scheduler.AboutHoldEnded) != 1 {
		t.Errorf("the tasks are about %s", tasks)
	}
}

// about says what the tasks are about.
func (p *running) about() []string {
	p.t.Helper()
	tasks, err := p.store.Tasks(p.t.Context(), request(p.clinic).Actor, p.clinic.ID)
	if err != nil {
		p.t.Fatal(err)
	}
	var all []string
	for _, task := range tasks {
		all = append(all, task.About)
	}
	return all
}
