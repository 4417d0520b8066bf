package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/reads"
	"almanac/scheduler/store"
	"almanac/scheduler/store/storetest"
)

var worker = access.System("worker")

// firstStart is when the first session of a cohort at 18:00 begins.
func firstStart() time.Time { return time.Date(2026, 1, 6, 23, 0, 0, 0, time.UTC) }

// join enrolls a new person, the n-th.
func join(t testing.TB, h *storetest.House, cohort scheduler.ID, contact scheduler.Contact) scheduler.Enrolled {
	t.Helper()
	e, err := h.Desk.Enroll(t.Context(), h.Request(), scheduler.EnrollRequest{Cohort: cohort, Contact: contact})
	if err != nil {
		t.Fatal(err)
	}
	h.Set(h.Now().Add(scheduler.ChangeDelay)) // it has rested, and the welcome is due
	return e
}

// due gives the ids that are due, the most urgent first.
func due(t testing.TB, h *storetest.House) []scheduler.ID {
	t.Helper()
	tickets, err := h.DB.Due(t.Context(), worker, 1000)
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]scheduler.ID, len(tickets))
	for i, ticket := range tickets {
		ids[i] = ticket.ID
	}
	return ids
}

func passGate(t testing.TB, h *storetest.House, ids []scheduler.ID) []reads.Handover {
	t.Helper()
	handovers, err := h.DB.Gate(t.Context(), worker, ids)
	if err != nil {
		t.Fatal(err)
	}
	return handovers
}

func record(t testing.TB, h *storetest.House, handover reads.Handover, outcome reads.Outcome) {
	t.Helper()
	recordResult(t, h, reads.Result{Handover: handover, Outcome: outcome,
		Reply: "250 pat0@example.net is welcome", At: h.Now()})
}

func recordResult(t testing.TB, h *storetest.House, results ...reads.Result) {
	t.Helper()
	if err := h.DB.Record(t.Context(), worker, results); err != nil {
		t.Fatal(err)
	}
}

// drain hands over everything that becomes due, until nothing does for longer
// than a change rests.
func drain(t testing.TB, h *storetest.House) []reads.Handover {
	t.Helper()
	const step = 5 * time.Second
	var all []reads.Handover
	for quiet := time.Duration(0); quiet < scheduler.ChangeDelay+time.Minute; h.Set(h.Now().Add(step)) {
		quiet += step
		for part := range slices.Chunk(due(t, h), store.MostGated) {
			for _, handover := range passGate(t, h, part) {
				quiet = 0
				all = append(all, handover)
				record(t, h, handover, reads.Sent)
			}
		}
	}
	return all
}

// say describes hand-overs in a few words each.
func say(handovers []reads.Handover) []string {
	var words []string
	for _, o := range handovers {
		words = append(words,
			strings.Join(strings.Fields(fmt.Sprintf("%s %s %d", o.Kind, o.Method, len(o.Seats))), " "))
	}
	return words
}

// states counts notices by kind, state and reason.
func states(t testing.TB, h *storetest.House) map[string]int {
	t.Helper()
	count := map[string]int{}
	for _, row := range h.Ask(t, "SELECT kind, state, reason FROM notices") {
		count[strings.TrimSpace(strings.Join(row, " "))]++
	}
	return count
}

func wantStates(t *testing.T, h *storetest.House, want map[string]int) {
	t.Helper()
	if got := states(t, h); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("notices are %v, want %v", got, want)
	}
}

func wantTasks(t *testing.T, h *storetest.House, want ...string) {
	t.Helper()
	tasks, err := h.DB.Tasks(t.Context(), h.Actor, h.Clinic)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, k := range tasks {
		got = append(got, string(k.Kind)+" "+k.About)
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("tasks are %q, want %q", got, want)
	}
}

func TestWelcomeGoesFirstAndAlone(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		e := join(t, h, h.OpenCohort(t, 18, 12), storetest.Contact(0))
		ids := due(t, h)
		if len(ids) != 3 { // the welcome, and invites for the two sessions of the next 14 days
			t.Fatalf("%d notices are due, want 3", len(ids))
		}
		if again := due(t, h); len(again) != 0 {
			t.Errorf("%d notices were given twice", len(again))
		}
		first := passGate(t, h, ids)
		if !slices.Equal(say(first), []string{"welcome 8"}) {
			t.Fatalf("handed over %q", say(first))
		}
		o := first[0]
		if o.Name != "Pat Example 0" || o.Address != "pat0@example.net" || o.Zone != "America/New_York" ||
			o.Language != "en" ||
			o.Person != e.Person || o.Thread != scheduler.WelcomeID(e.Enrollment) || o.Attempt != 1 ||
			o.Clinic != h.Clinic {
			t.Errorf("the hand-over is %+v", o)
		}
		links, err := h.DB.Links(t.Context(), h.Actor, h.Clinic, e.Person)
		if err != nil || o.Links != links || len(links.Feed) != 26 || len(links.Page) != 26 ||
			links.Feed == links.Page {
			t.Errorf("links %v and %v (%v)", o.Links, links, err)
		}
		if again := passGate(t, h, ids); len(again) != 0 {
			t.Errorf("%q were handed over while the welcome is under way", say(again))
		}
		record(t, h, o, reads.Sent)
		rest := drain(t, h)
		if !slices.Equal(say(rest), []string{"calendar REQUEST 1", "calendar REQUEST 1"}) {
			t.Errorf("then came %q", say(rest))
		}
		for _, o := range rest {
			if s := o.Seats[0]; !s.Before.Equal(s.Moment) { // the welcome told them
				t.Errorf("before the invite the person knew %+v of %+v", s.Before, s.Moment)
			}
		}
		wantStates(t, h, map[string]int{"welcome sent": 1, "calendar sent": 2})
		told := h.Ask(t, "SELECT sum(told_expected), sum(invited), count(CASE WHEN told_start = x.start_at THEN 1 "+
			"END) FROM seats s JOIN sessions x ON x.id = s.session")
		if !slices.Equal(told[0], []string{"8", "2", "8"}) {
			t.Errorf("seats remember %v", told)
		}
		wantTasks(t, h)
	})
}

func TestGateSkipsWhatIsNotDue(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		cohort := h.OpenCohort(t, 18, 12)
		join(t, h, cohort, storetest.Contact(0))
		drain(t, h)
		moveFirst(t, h, cohort, "2026-01-06T19:00")
		planned := h.Ask(t, "SELECT id FROM notices WHERE state = 'planned'")
		ids := []scheduler.ID{"", "nothing", scheduler.ID(planned[0][0]), scheduler.ID(planned[0][0])}
		if ahead := due(t, h); len(ahead) != 0 {
			t.Errorf("before their time %v are due", ahead)
		}
		if early := passGate(t, h, ids); len(early) != 0 {
			t.Errorf("%q left before its time", say(early))
		}
		if none := passGate(t, h, nil); len(none) != 0 {
			t.Errorf("no ids gave %q", say(none))
		}
		h.Set(h.Now().Add(scheduler.ChangeDelay))
		if again := due(t, h); !slices.Equal(again, ids[2:3]) {
			t.Errorf("at its time %v are due", again)
		}
		if now := passGate(t, h, ids); !slices.Equal(say(now), []string{"calendar REQUEST 1"}) {
			t.Errorf("at its time left %q", say(now))
		}
	})
}

func TestOutboxIsOnlyForTheSystem(t *testing.T) {
	t.Parallel()
	h := storetest.NewHouse(t, storetest.SQLite(t))
	join(t, h, h.OpenCohort(t, 18, 12), storetest.Contact(0))
	ctx := t.Context()
	for _, a := range []access.Actor{{}, h.Actor, access.Staff("s", string(h.Clinic), access.Admin),
		access.Person("p", string(h.Clinic))} {
		_, dueErr := h.DB.Due(ctx, a, 10)
		_, gateErr := h.DB.Gate(ctx, a, []scheduler.ID{"x"})
		_, foreseeErr := h.DB.Foresee(ctx, a)
		for _, err := range []error{dueErr, gateErr, foreseeErr, h.DB.Record(ctx, a, nil),
			h.DB.Record(ctx, a, make([]reads.Result, 1))} {
			wantForbidden(t, err)
		}
	}
	elsewhere := worker.In("another clinic")
	if tickets, err := h.DB.Due(ctx, elsewhere, 10); err != nil || len(tickets) != 0 {
		t.Errorf("a worker of another clinic was given %v (%v)", tickets, err)
	}
	ids := due(t, h)
	if handovers, err := h.DB.Gate(ctx, elsewhere, ids); err != nil || len(handovers) != 0 {
		t.Errorf("a worker of another clinic handed over %v (%v)", handovers, err)
	}
	wantMissing(t, h.DB.Record(ctx, elsewhere, []reads.Result{{Handover: passGate(t, h, ids)[0], Outcome: reads.Sent}}))
}

func TestMovedAwayAndBackTellsNothing(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		cohort := h.OpenCohort(t, 18, 12)
		join(t, h, cohort, storetest.Contact(0))
		drain(t, h)
		moveFirst(t, h, cohort, "2026-01-06T19:00")
		moveFirst(t, h, cohort, "2026-01-06T18:00")
		if told := drain(t, h); len(told) != 0 {
			t.Errorf("%q was told of a change that was undone", say(told))
		}
		moveFirst(t, h, cohort, "2026-01-06T20:00")
		told := drain(t, h)
		if !slices.Equal(say(told), []string{"calendar REQUEST 1"}) {
			t.Fatalf("of the move was told %q", say(told))
		}
		s := told[0].Seats[0]
		if !s.Before.Start.Equal(firstStart()) || !s.Start.Equal(firstStart().Add(2*time.Hour)) || s.Sequence != 3 {
			t.Errorf("told %+v", s)
		}
	})
}

func TestWithdrawnPeopleAreCancelledOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		e := join(t, h, h.OpenCohort(t, 18, 12), storetest.Contact(0))
		drain(t, h)
		if err := h.Desk.Confirm(t.Context(), h.Request(), desk.Withdraw(e.Enrollment)); err != nil {
			t.Fatal(err)
		}
		told := drain(t, h)
		if !slices.Equal(say(told), []string{"changes 8", "calendar CANCEL 1", "calendar CANCEL 1"}) {
			t.Errorf("told %q", say(told))
		}
		if left := h.Ask(t, "SELECT count(*) FROM seats WHERE invited = 1"); left[0][0] != "0" {
			t.Errorf("%s seats still count as invited", left[0][0])
		}
		if h.Set(firstStart().Add(-2 * time.Hour)); len(drain(t, h)) != 0 {
			t.Error("something was handed over after the withdrawal")
		}
	})
}

// moveFirst moves the earliest session of a cohort.
func moveFirst(t testing.TB, h *storetest.House, cohort scheduler.ID, to string) {
	t.Helper()
	err := h.Desk.Confirm(t.Context(), h.Request(),
		desk.Move(scheduler.MoveRequest{Session: firstSession(t, h, cohort), To: wall(t, to)}))
	if err != nil {
		t.Fatal(err)
	}
}
