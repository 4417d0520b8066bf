package store_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/store"
	"almanac/scheduler/store/storetest"
)

func wall(t testing.TB, text string) civil.WallTime {
	t.Helper()
	w, err := civil.ParseWallTime(text)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func firstSession(t testing.TB, h *storetest.House, cohort scheduler.ID) scheduler.ID {
	t.Helper()
	return h.Roster(t, cohort, desk.Load{}).Sessions[0].ID
}

func wantMissing(t testing.TB, err error) {
	t.Helper()
	if err == nil || fault.KindOf(err) != fault.NotFound {
		t.Errorf("the error is %v, want NotFound", err)
	}
}

func wantForbidden(t testing.TB, err error) {
	t.Helper()
	if err == nil || fault.KindOf(err) != fault.Forbidden {
		t.Errorf("the error is %v, want Forbidden", err)
	}
}

// welcomed gives a house with one person whose welcome has an open attempt.
func welcomed(t *testing.T, h *storetest.House) reads.Handover {
	t.Helper()
	join(t, h, h.OpenCohort(t, 18, 12), storetest.Contact(0))
	return passGate(t, h, due(t, h))[0]
}

func TestStaleResultsAreFencedOff(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		first := welcomed(t, h)
		h.Set(h.Now().Add(44 * time.Second))
		if early := passGate(t, h, due(t, h)); len(early) != 0 {
			t.Fatalf("%q left within the lease", say(early))
		}
		h.Set(h.Now().Add(time.Second)) // a second worker takes over
		second := passGate(t, h, []scheduler.ID{first.Notice})
		if len(second) != 1 || second[0].Attempt != 2 {
			t.Fatalf("after the lease came %+v", second)
		}
		record(t, h, first, reads.Sent) // the first comes back
		wantStates(t, h, map[string]int{"welcome planned": 1, "calendar planned": 2})
		if again := passGate(t, h, []scheduler.ID{first.Notice}); len(again) != 0 {
			t.Errorf("a stale result released the lease: %q", say(again))
		}
		record(t, h, second[0], reads.Sent)
		record(t, h, second[0], reads.Refused) // a result counts once
		wantStates(t, h, map[string]int{"welcome sent": 1, "calendar planned": 2})
		wantTasks(t, h)
		attempts := h.Ask(t, "SELECT number, outcome FROM attempts ORDER BY number")
		if fmt.Sprint(attempts) != "[[1 sent] [2 sent]]" {
			t.Errorf("attempts are %v", attempts)
		}
	})
}

func TestPoisonIsGivenUp(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		poison := welcomed(t, h)
		for attempt := 2; attempt <= 3; attempt++ {
			h.Set(h.Now().Add(45 * time.Second))
			if again := passGate(t, h, []scheduler.ID{poison.Notice}); len(again) != 1 || again[0].Attempt != attempt {
				t.Fatalf("attempt %d is %+v", attempt, again)
			}
		}
		h.Set(h.Now().Add(45 * time.Second))
		if again := passGate(t, h, []scheduler.ID{poison.Notice}); len(again) != 0 {
			t.Fatalf("after three strikes: %+v", again)
		}
		wantStates(t, h, map[string]int{"welcome failed three attempts and no answer": 1, "calendar planned": 2})
		wantTasks(t, h, "notice unsent")
		if rest := drain(t, h); len(rest) != 2 {
			t.Errorf("behind it came %q", say(rest))
		}
	})
}

func TestRetriesGrowAndKeepTheDeadline(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		handover := welcomed(t, h)
		for _, pause := range []time.Duration{time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute,
			10 * time.Minute} {
			record(t, h, handover, reads.Retry)
			h.Set(h.Now().Add(pause - time.Second))
			if early := due(t, h); slices.Contains(early, handover.Notice) {
				t.Fatalf("tried again within %s", pause)
			}
			h.Set(h.Now().Add(pause/5 + time.Second))
			if now := due(t, h); !slices.Contains(now, handover.Notice) {
				t.Fatalf("not tried again after %s and a fifth", pause)
			}
			handover = passGate(t, h, []scheduler.ID{handover.Notice})[0]
		}
		record(t, h, handover, reads.Abandoned)
		if now := due(t, h); !slices.Contains(now, handover.Notice) {
			t.Error("what was abandoned is not due at once")
		}
	})
}

func TestDeadlineIsKept(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		join(t, h, h.OpenCohort(t, 18, 12), storetest.Contact(0))
		drain(t, h)
		h.Set(firstStart().Add(-24 * time.Hour))
		foresee(t, h)
		deadline := firstStart().Add(-scheduler.ReminderMargin)
		h.Set(deadline.Add(-time.Minute))
		reminder := passGate(t, h, due(t, h))
		if !slices.Equal(say(reminder), []string{"reminder 1"}) {
			t.Fatalf("a minute before the deadline left %q", say(reminder))
		}
		record(t, h, reminder[0], reads.Retry)
		h.Set(deadline.Add(-time.Second))
		if now := due(t, h); !slices.Contains(now, reminder[0].Notice) {
			t.Error("the last try does not come before the deadline")
		}
		h.Set(deadline)
		if late := passGate(t, h, []scheduler.ID{reminder[0].Notice}); len(late) != 0 {
			t.Errorf("%q was handed over at its deadline", say(late))
		}
		if got := states(t, h)["reminder expired too late"]; got != 1 {
			t.Errorf("notices are %v", states(t, h))
		}
		wantTasks(t, h, "notice unsent")
	})
}

func TestRefusedAddressIsNotUsedAgain(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		handover := welcomed(t, h)
		recordResult(t, h, reads.Result{Handover: handover, Outcome: reads.Refused, AddressBad: true,
			Reply: "550 5.1.1 pat0@example.net", At: h.Now()})
		if more := drain(t, h); len(more) != 0 {
			t.Errorf("%q went to a bad address", say(more))
		}
		wantStates(t, h, map[string]int{"welcome failed refused": 1, "calendar dropped no consent": 2})
		// The welcome's dates and the two sessions that would have been put into the calendar.
		wantTasks(t, h, "call added", "call added", "notice unsent")
		reply := h.Ask(t, "SELECT reply FROM attempts WHERE outcome = 'refused'")[0][0]
		if reply == "" || strings.Contains(reply, "pat0") {
			t.Errorf("the provider's reply is kept as %q", reply)
		}
	})
}

func TestBrokenRowFailsAlone(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		cohort := h.OpenCohort(t, 18, 12)
		broken := join(t, h, cohort, storetest.Contact(0))
		join(t, h, cohort, storetest.Contact(1))
		good := h.Ask(t, "SELECT id FROM people WHERE id <> '"+string(broken.Person)+"'")[0][0]
		h.Do(t, "UPDATE people SET name = (SELECT p.name FROM people p WHERE p.id = '"+good+"') WHERE id = '"+
			string(broken.Person)+"'")
		told := drain(t, h)
		if len(told) != 3 ||
			slices.ContainsFunc(told, func(o reads.Handover) bool { return o.Person == broken.Person }) {
			t.Errorf("told %q", say(told))
		}
		if got := states(t, h)["welcome failed sealed data does not open"]; got != 1 {
			t.Errorf("notices are %v", states(t, h))
		}
	})
}

func TestToldNeverGoesBack(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		cohort := h.OpenCohort(t, 18, 12)
		join(t, h, cohort, storetest.Contact(0))
		drain(t, h)
		h.Do(t, "UPDATE seats SET told_sequence = 7, told_place = 'kept' WHERE session = '"+
			string(firstSession(t, h, cohort))+"'")
		moveFirst(t, h, cohort, "2026-01-06T19:00")
		if told := drain(t, h); len(told) != 1 {
			t.Fatalf("told %q", say(told))
		}
		row := h.Ask(t, "SELECT told_sequence, told_place FROM seats WHERE session = '"+
			string(firstSession(t, h, cohort))+"'")[0]
		if !slices.Equal(row, []string{"7", "kept"}) {
			t.Errorf("a lower sequence was recorded over a higher: %v", row)
		}
	})
}

func TestRecordingTwoClinicsAtOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		first := h.OpenCohort(t, 18, 12)
		join(t, h, first, storetest.Contact(0))
		other := secondClinic(t, h)
		join(t, other, other.OpenCohort(t, 18, 12), storetest.Contact(1))
		handovers := passGate(t, h, due(t, h))
		if len(handovers) != 2 || handovers[0].Clinic == handovers[1].Clinic {
			t.Fatalf("handed over %+v", handovers)
		}
		recordResult(t, h,
			reads.Result{Handover: handovers[1], Outcome: reads.Sent, At: h.Now()},
			reads.Result{Handover: handovers[0], Outcome: reads.Sent, At: h.Now()})
		if got := states(t, h)["welcome sent"]; got != 2 {
			t.Errorf("notices are %v", states(t, h))
		}
	})
}

// results gives the outcome of hand-overs, each with an answer of its own.
func results(h *storetest.House, outcome reads.Outcome, handovers []reads.Handover) []reads.Result {
	all := make([]reads.Result, len(handovers))
	for i, handover := range handovers {
		all[i] = reads.Result{Handover: handover, Outcome: outcome,
			Reply: "250 queued as " + strconv.Itoa(i), At: h.Now()}
	}
	return all
}

// underWay gives a house in which reminders to so many are being handed over.
func underWay(t *testing.T, h *storetest.House, people int) []reads.Handover {
	t.Helper()
	at, ids := remindedSoon(t, h, people)
	h.Set(at)
	var handovers []reads.Handover
	for part := range slices.Chunk(ids, store.MostGated) {
		handovers = append(handovers, passGate(t, h, part)...)
	}
	if len(handovers) != people {
		t.Fatalf("%d of %d passed", len(handovers), people)
	}
	return handovers
}

// wantReminders checks what became of the reminders that were under way.
func wantReminders(t testing.TB, h *storetest.House, want ...string) {
	t.Helper()
	var states []string
	for _, row := range h.Ask(t,
		"SELECT state FROM notices WHERE kind = 'reminder' AND lead_seconds = 86400 ORDER BY state") {
		states = append(states, row[0])
	}
	if !slices.Equal(states, want) {
		t.Errorf("the reminders are %v, want %v", states, want)
	}
}

// A change that comes before the outcome of a hand-over does not undo that it was
// sent.
func TestSentStaysSentAfterAChange(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		handovers := underWay(t, h, 2)
		h.Do(t, "UPDATE notices SET state = 'dropped', reason = 'cancelled' WHERE kind = 'reminder' AND "+
			"lead_seconds = 86400")
		recordResult(t, h, results(h, reads.Sent, handovers)...)
		wantReminders(t, h, "sent", "sent")
	})
}
