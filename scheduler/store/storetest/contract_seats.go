package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/desk"
)

// places are the seats of a full cohort.
const places = 6

// full opens a cohort with two people more than it has seats, who wait.
func (h *House) full(t *testing.T) (cohort scheduler.ID, enrolled []scheduler.Enrolled) {
	t.Helper()
	cohort = h.OpenCohort(t, 18, places)
	for _, person := range h.AddPeople(t, places+2) {
		e, err := h.Enroll(t.Context(), cohort, person)
		must(t, err)
		enrolled = append(enrolled, e)
	}
	return cohort, enrolled
}

func toldStays(t *testing.T, h *House) {
	cohort, enrolled := h.full(t)
	h.Do(t, "UPDATE seats SET invited = 1, told_sequence = 4, told_expected = 1")
	must(t, h.Desk.Confirm(t.Context(), h.Request(), desk.Withdraw(enrolled[0].Enrollment)))
	session := h.Roster(t, cohort, desk.Load{}).Sessions[3].ID
	must(t, h.Desk.Confirm(t.Context(), h.Request(),
		desk.Cancel(scheduler.CancelRequest{Session: session, Content: scheduler.Skip})))
	told := h.Ask(t, "SELECT count(*) FROM seats WHERE invited = 1 AND told_sequence = 4 AND told_expected = 1")
	if told[0][0] != "48" {
		t.Errorf("%s of 48 seats remember what was told", told[0][0])
	}
	if risen := h.Ask(t, "SELECT count(*) FROM seats WHERE sequence = 1"); risen[0][0] != "13" {
		t.Errorf("%s seats rose in SEQUENCE, not 8 of the withdrawn and 5 of the cancelled session", risen[0][0])
	}
}

func uidsStay(t *testing.T, h *House) {
	cohort, enrolled := h.full(t)
	before := h.Ask(t, "SELECT id, uid FROM seats ORDER BY id")
	uids := map[string]bool{}
	for _, row := range before {
		if uids[row[1]] || len(row[1]) != 36 || row[1][14] != '4' {
			t.Errorf("%s is no UUIDv4 of its own", row[1])
		}
		uids[row[1]] = true
	}
	must(t, h.Desk.Confirm(t.Context(), h.Request(), desk.Withdraw(enrolled[0].Enrollment)))
	session := h.Roster(t, cohort, desk.Load{}).Sessions[3]
	to := session.Wall
	to.Clock.Hour++
	must(t, h.Desk.Confirm(t.Context(), h.Request(), desk.Move(scheduler.MoveRequest{Session: session.ID, To: to})))
	after := map[string]string{}
	for _, row := range h.Ask(t, "SELECT id, uid FROM seats") {
		after[row[0]] = row[1]
	}
	for _, row := range before {
		if after[row[0]] != row[1] {
			t.Errorf("the UID of seat %s changed from %s to %q", row[0], row[1], after[row[0]])
		}
	}
}

func revisionsRise(t *testing.T, h *House) {
	cohort, enrolled := h.full(t)
	revs := func() map[string]string {
		all := map[string]string{}
		for _, row := range h.Ask(t, "SELECT id, rev FROM people") {
			all[row[0]] = row[1]
		}
		return all
	}
	session := h.Roster(t, cohort, desk.Load{}).Sessions[3].ID
	for name, step := range map[string]struct {
		do      func() error
		concern []int
	}{
		"a cancelled session": {func() error {
			return h.Desk.Confirm(t.Context(), h.Request(),
				desk.Cancel(scheduler.CancelRequest{Session: session, Content: scheduler.Skip}))
		}, []int{0, 1, 2, 3, 4, 5}},
		"a withdrawal": {func() error {
			return h.Desk.Confirm(t.Context(), h.Request(), desk.Withdraw(enrolled[places].Enrollment))
		}, []int{places}},
	} {
		before := revs()
		must(t, step.do())
		after := revs()
		for i, e := range enrolled {
			rose := before[string(e.Person)] != after[string(e.Person)]
			if rose != slices.Contains(step.concern, i) {
				t.Errorf("%s: the revision of person %d rose: %t", name, i+1, rose)
			}
		}
	}
}

// nobodyIsEvicted lowers the seats of a full session.
func nobodyIsEvicted(t *testing.T, h *House) {
	cohort, _ := h.full(t)
	limit := func(n int) func(*scheduler.Book) {
		return func(b *scheduler.Book) {
			for _, s := range b.Roster(cohort).Sessions {
				s.SeatLimit = n
			}
		}
	}
	load := desk.Load{Cohorts: []scheduler.ID{cohort}}
	h.edit(t, load, limit(1))
	for _, row := range h.Ask(t, "SELECT seat_limit, seated FROM sessions") {
		if row[0] != "6" || row[1] != "6" {
			t.Fatalf("limit %s, seated %s", row[0], row[1])
		}
	}
	h.edit(t, load, limit(1)) // what this process remembers must be what is kept
	h.edit(t, load, limit(9))
	if row := h.Ask(t, "SELECT min(seat_limit), max(seat_limit) FROM sessions")[0]; row[0] != "9" || row[1] != "9" {
		t.Errorf("limits are %v", row)
	}
}

// schemaRefusesSeats writes seats past the store: the schema is the last guard.
func schemaRefusesSeats(t *testing.T, h *House) {
	cohort, enrolled := h.full(t)
	session := h.Roster(t, cohort, desk.Load{}).Sessions[0].ID
	seat := `INSERT INTO seats (id, clinic, enrollment, session, person, state, uid, sequence, created_at, changed_at)
VALUES ('%s', '%s', '%s', '%s', '%s', '%s', '%[1]s', 0, '', '')`
	late := enrolled[places]
	raw := h.Raw(t)
	_, err := raw.ExecContext(t.Context(),
		fmt.Sprintf(seat, RandomID(), h.Clinic, late.Enrollment, session, late.Person, "planned"))
	if err == nil {
		t.Error("the schema took a seventh seat of six")
	}
	must(t, second(raw.ExecContext(t.Context(),
		fmt.Sprintf(seat, RandomID(), h.Clinic, late.Enrollment, session, late.Person, "released"))))
	if _, err := raw.ExecContext(t.Context(),
		fmt.Sprintf("UPDATE seats SET state = 'planned' WHERE enrollment = '%s'", late.Enrollment)); err == nil {
		t.Error("the schema let a released seat be taken again though all are")
	}
	h.Do(t, fmt.Sprintf("UPDATE seats SET state = 'released' WHERE enrollment = '%s' AND session = '%s'",
		enrolled[0].Enrollment, session))
	h.Do(t, fmt.Sprintf("UPDATE seats SET state = 'planned' WHERE enrollment = '%s'", late.Enrollment))
	if got := h.Ask(t, fmt.Sprintf("SELECT seated FROM sessions WHERE id = '%s'", session))[0][0]; got != "6" {
		t.Errorf("%s seated", got)
	}
}

func second[T any](_ T, err error) error { return err }

func endedStayOut(t *testing.T, h *House) {
	cohort, enrolled := h.full(t)
	gone := enrolled[0]
	for _, e := range []scheduler.Enrolled{enrolled[places], enrolled[places+1], gone} { // nobody waits for the seat
		must(t, h.Desk.Confirm(t.Context(), h.Request(), desk.Withdraw(e.Enrollment)))
	}
	for name, c := range map[string]struct {
		load desk.Load
		now  time.Time
		in   bool
	}{
		"unasked": {now: NewYear()},
		"named": {load: desk.Load{Enrollments: []scheduler.ID{gone.Enrollment}},
			now: NewYear(), in: true},
		"withdrawn in a session": {now: time.Date(2026, 1, 6, 23, 30, 0, 0, time.UTC), in: true},
		"after that session":     {now: time.Date(2026, 1, 7, 1, 0, 0, 0, time.UTC)},
	} {
		if c.in && c.load.Enrollments == nil { // they left while it went on, so the seat in it stays taken
			h.Do(t, fmt.Sprintf(`UPDATE seats SET state = 'planned' WHERE enrollment = '%s' AND session =
(SELECT id FROM sessions WHERE cohort = '%s' AND number = 1)`, gone.Enrollment, cohort))
		}
		h.Set(c.now)
		r := h.Roster(t, cohort, c.load)
		if in := r.Enrollment(gone.Enrollment) != nil; in != c.in {
			t.Errorf("%s: in the roster: %t", name, in)
		}
		if want := map[bool]int{true: 8}[c.in]; len(r.SeatsOf(gone.Enrollment)) != want {
			t.Errorf("%s: %d of their seats are in the roster, not %d", name, len(r.SeatsOf(gone.Enrollment)), want)
		}
	}
}

func commitmentsCount(t *testing.T, h *House) {
	lead, person := h.AddStaff(t), h.AddPeople(t, 1)[0]
	here, there := h.OpenCohort(t, 18, 12), h.OpenCohort(t, 12, 12)
	for _, cohort := range []scheduler.ID{here, there} {
		_, err := h.Enroll(t.Context(), cohort, person)
		must(t, err)
		h.edit(t, desk.Load{Cohorts: []scheduler.ID{cohort}}, func(b *scheduler.Book) {
			b.Roster(cohort).Cohort.Lead = lead
			for _, s := range b.Roster(cohort).Sessions {
				s.Leader = lead
			}
		})
	}
	h.Set(time.Date(2026, 1, 14, 12, 0, 0, 0, time.UTC)) // two sessions are over
	count := func(load desk.Load) map[scheduler.ID]int {
		who := map[scheduler.ID]int{}
		for _, c := range h.book(t, load).Busy {
			if c.Start.IsZero() || !c.End.After(c.Start) {
				t.Errorf("a commitment without times: %+v", c)
			}
			who[c.Who]++
		}
		return who
	}
	for name, c := range map[string]struct {
		load desk.Load
		want map[scheduler.ID]int
	}{
		"the other cohort's":  {desk.Load{Cohorts: []scheduler.ID{here}}, map[scheduler.ID]int{person: 6, lead: 6}},
		"none, both are here": {desk.Load{Cohorts: []scheduler.ID{here, there}}, map[scheduler.ID]int{}},
		"by name":             {desk.Load{People: []scheduler.ID{person}}, map[scheduler.ID]int{person: 12}},
		"staff by name":       {desk.Load{Staff: []scheduler.ID{lead}}, map[scheduler.ID]int{lead: 12}},
	} {
		if got := count(c.load); fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s: %v, not %v", name, got, c.want)
		}
	}
}
