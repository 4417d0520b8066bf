package store_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/reads"
	"almanac/scheduler/store"
	"almanac/scheduler/store/storetest"
)

// results gives the outcome of hand-overs, each with an answer of its own.
func results(h *storetest.House, outcome reads.Outcome, handovers []reads.Handover) []reads.Result {
	all := make([]reads.Result, len(handovers))
	for i, handover := range handovers {
		all[i] = reads.Result{Handover: handover, Outcome: outcome, Reply: "250 queued as " + strconv.Itoa(i), At: h.Now()}
	}
	return all
}

func journal(t testing.TB, h *storetest.House, results []reads.Result) {
	t.Helper()
	if err := h.DB.Journal(t.Context(), worker, results); err != nil {
		t.Fatal(err)
	}
}

// wantNotes checks how much the journal has.
func wantNotes(t testing.TB, h *storetest.House, want int) {
	t.Helper()
	if n := h.Ask(t, "SELECT count(*) FROM journal")[0][0]; n != strconv.Itoa(want) {
		t.Errorf("the journal has %s notes, want %d", n, want)
	}
}

// carryAll carries what is at least so old and gives how often there was some.
func carryAll(t testing.TB, h *storetest.House, age time.Duration) (parts int) {
	t.Helper()
	for {
		more, err := h.DB.Carry(t.Context(), worker, age)
		if err != nil {
			t.Fatal(err)
		}
		if !more {
			return parts
		}
		parts++
	}
}

// underWay gives a house in which reminders to so many are being handed over.
func underWay(t *testing.T, h *storetest.House, people int) []reads.Handover {
	t.Helper()
	at, ids := remindedSoon(t, h, people)
	h.Set(at)
	var handovers []reads.Handover
	for part := range slices.Chunk(ids, store.MostGated) {
		handovers = append(handovers, gate(t, h, part)...)
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
	for _, row := range h.Ask(t, "SELECT state FROM notices WHERE kind = 'reminder' AND lead_seconds = 86400 ORDER BY state") {
		states = append(states, row[0])
	}
	if !slices.Equal(states, want) {
		t.Errorf("the reminders are %v, want %v", states, want)
	}
}

// outcomes gives what is kept of the reminders that were under way, their attempts
// and seats. Replies are sealed, so only how long they are.
func outcomes(t testing.TB, h *storetest.House) []string {
	t.Helper()
	var all []string
	const under = "n.kind = 'reminder' AND n.lead_seconds = 86400"
	for _, query := range []string{
		"SELECT n.due_at, n.state, n.reason, n.attempts, n.lease_until, n.done_at FROM notices n WHERE " + under,
		"SELECT a.number, a.started_at, a.finished_at, a.outcome, coalesce(length(a.reply), 0) FROM attempts a JOIN notices n ON n.id = a.notice WHERE " + under + " ORDER BY length(a.reply)",
		"SELECT s.told_sequence, s.told_start, s.invited, s.intent FROM seats s JOIN notices n ON n.seat = s.id WHERE " + under,
	} {
		for _, row := range h.Ask(t, query) {
			all = append(all, strings.Join(row, " "))
		}
	}
	return all
}

// What is journaled and carried ends as if it had been recorded, in the rooms of
// both databases and in parts.
func TestCarriedIsAsRecorded(t *testing.T) {
	t.Parallel()
	const people = 130 // more than one part
	for _, d := range databases {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			recorded, carried := storetest.NewHouse(t, d.url(t)), storetest.NewHouse(t, d.url(t))
			recordResult(t, recorded, results(recorded, reads.Sent, underWay(t, recorded, people))...)
			journal(t, carried, results(carried, reads.Sent, underWay(t, carried, people)))
			wantNotes(t, carried, people)
			if parts := carryAll(t, carried, 0); parts < 2 {
				t.Errorf("%d notes were carried in %d parts", people, parts)
			}
			wantNotes(t, carried, 0)
			want, got := outcomes(t, recorded), outcomes(t, carried)
			if len(got) != len(want) {
				t.Fatalf("%d rows, want %d", len(got), len(want))
			}
			for i := range want {
				if got[i] != want[i] {
					t.Fatalf("row %d is %q if carried, %q if recorded", i, got[i], want[i])
				}
			}
		})
	}
}

// What is only noted is not given to anybody else, not even when its worker has
// been dead for longer than the lease: it was sent.
func TestNotedIsNotHandedOverAgain(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		handovers := underWay(t, h, 3)
		journal(t, h, results(h, reads.Sent, handovers[:2]))
		h.Set(h.Now().Add(46 * time.Second))
		ids := due(t, h)
		if len(ids) != 3 {
			t.Fatalf("%d are due after the lease", len(ids))
		}
		again := gate(t, h, ids)
		if len(again) != 1 || again[0].Notice != handovers[2].Notice {
			t.Errorf("%q is handed over again", say(again))
		}
		wantNotes(t, h, 0)
		wantReminders(t, h, "planned", "sent", "sent")
		if carryAll(t, h, 0) != 0 {
			t.Error("there was something left to carry")
		}
	})
}

// A note counts once, and only for the attempt it is about.
func TestNotesAreFencedOff(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		first := underWay(t, h, 2)
		h.Set(h.Now().Add(46 * time.Second))
		second := gate(t, h, due(t, h))
		if len(second) != 2 || second[0].Attempt != 2 {
			t.Fatalf("after the lease came %+v", second)
		}
		journal(t, h, results(h, reads.Sent, first)) // the first worker comes back
		carryAll(t, h, 0)
		wantReminders(t, h, "planned", "planned")
		if again := gate(t, h, []scheduler.ID{first[0].Notice}); len(again) != 0 {
			t.Errorf("a stale note released the lease: %q", say(again))
		}
		recordResult(t, h, results(h, reads.Refused, second)...)
		journal(t, h, results(h, reads.Sent, second)) // an outcome counts once
		journal(t, h, results(h, reads.Sent, second))
		wantNotes(t, h, 4)
		carryAll(t, h, 0)
		wantNotes(t, h, 0)
		wantReminders(t, h, "failed", "failed")
		attempts := h.Ask(t, "SELECT a.number, a.outcome FROM attempts a JOIN notices n ON n.id = a.notice WHERE n.kind = 'reminder' AND n.lead_seconds = 86400 ORDER BY a.number")
		if fmt.Sprint(attempts) != "[[1 sent] [1 sent] [2 refused] [2 refused]]" {
			t.Errorf("attempts are %v", attempts)
		}
	})
}

// A cancellation comes while a reminder is noted and not carried: the reminder was
// sent all the same.
func TestNotedStaysSentAfterAChange(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		handovers := underWay(t, h, 2)
		journal(t, h, results(h, reads.Sent, handovers))
		h.Do(t, "UPDATE notices SET state = 'dropped', reason = 'cancelled' WHERE kind = 'reminder' AND lead_seconds = 86400")
		carryAll(t, h, 0)
		wantReminders(t, h, "sent", "sent")
	})
}

// What a seat must remember, and what did not end well, is entered at once.
func TestOnlyWhatTellsNothingNewIsNoted(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		cohort := h.OpenCohort(t, 18, 12)
		for i := range 3 {
			join(t, h, cohort, storetest.Contact(i))
		}
		welcomes := gate(t, h, due(t, h))
		journal(t, h, results(h, reads.Sent, welcomes[:2]))
		journal(t, h, results(h, reads.Retry, welcomes[2:]))
		wantNotes(t, h, 0)
		if got := states(t, h); got["welcome sent"] != 2 || got["welcome planned"] != 1 {
			t.Errorf("notices are %v", got)
		}
	})
}

// Young notes are their worker's; what is old was left behind. And notes of all
// clinics are carried.
func TestOldNotesAreCarriedForOthers(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		journal(t, h, results(h, reads.Sent, underWay(t, h, 2)))
		h.Do(t, "UPDATE journal SET clinic = 'elsewhere' WHERE id = (SELECT min(id) FROM journal)")
		h.Set(h.Now().Add(4 * time.Second))
		if carryAll(t, h, 5*time.Second) != 0 {
			t.Error("notes of four seconds were carried as if they were of five")
		}
		h.Do(t, "UPDATE journal SET clinic = (SELECT id FROM clinics) WHERE clinic = 'elsewhere'")
		h.Set(h.Now().Add(time.Second))
		if carryAll(t, h, 5*time.Second) != 1 {
			t.Error("notes of five seconds were not carried")
		}
		wantNotes(t, h, 0)
	})
}
