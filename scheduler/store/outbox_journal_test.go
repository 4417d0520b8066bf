package store_test

import (
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
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

// What is journaled and carried, in parts, ends as if it had been recorded, however
// often it is noted.
func TestCarriedIsAsRecorded(t *testing.T) {
	t.Parallel()
	const people, times = 3, 50 // more than one part
	for _, d := range databases {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			recorded, carried := storetest.NewHouse(t, d.url(t)), storetest.NewHouse(t, d.url(t))
			recordResult(t, recorded, results(recorded, reads.Sent, underWay(t, recorded, people))...)
			noted := results(carried, reads.Sent, underWay(t, carried, people))
			for range times {
				journal(t, carried, noted)
			}
			wantNotes(t, carried, people*times)
			if parts := carryAll(t, carried, 0); parts < 2 {
				t.Errorf("%d notes were carried in %d parts", people*times, parts)
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

// What a seat must remember, and what did not end well, is entered at once, also
// when it comes together with what is noted.
func TestOnlyWhatTellsNothingNewIsNoted(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		reminders := underWay(t, h, 2)
		late := h.OpenCohort(t, 18, 12)
		for i := range 2 {
			if _, err := h.Desk.Enroll(t.Context(), h.Request(), scheduler.Enrolling{Cohort: late, Contact: storetest.Contact(10 + i)}); err != nil {
				t.Fatal(err)
			}
		}
		h.Do(t, "UPDATE notices SET due_at = (SELECT min(due_at) FROM notices) WHERE kind = 'welcome'") // they rest no longer
		welcomes := gate(t, h, due(t, h))
		if len(welcomes) != 2 {
			t.Fatalf("%q passed", say(welcomes))
		}
		journal(t, h, slices.Concat(results(h, reads.Sent, reminders[:1]), results(h, reads.Retry, reminders[1:]),
			results(h, reads.Sent, welcomes[:1]), results(h, reads.Retry, welcomes[1:])))
		wantNotes(t, h, 1)
		if got := states(t, h); got["welcome sent"] != 3 || got["welcome planned"] != 1 {
			t.Errorf("notices are %v", got)
		}
		wantReminders(t, h, "planned", "planned")
		carryAll(t, h, 0)
		wantReminders(t, h, "planned", "sent")
	})
}

// Young notes are their worker's; what is old was left behind.
func TestOldNotesAreCarriedForOthers(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		handovers := underWay(t, h, 2)
		journal(t, h, results(h, reads.Sent, handovers[:1]))
		h.Set(h.Now().Add(time.Second))
		journal(t, h, results(h, reads.Sent, handovers[1:]))
		h.Set(h.Now().Add(time.Second - time.Millisecond))
		if carryAll(t, h, 2*time.Second) != 0 {
			t.Error("a note was carried before it was two seconds old")
		}
		h.Set(h.Now().Add(2 * time.Millisecond))
		if carryAll(t, h, 2*time.Second) != 1 {
			t.Error("a note of two seconds was not carried")
		}
		wantNotes(t, h, 1)
	})
}

// Carrying waits for nobody: not for the change of one clinic, which would keep
// the notes of all others back, nor for somebody who has stopped in the middle of
// carrying. On SQLite one transaction writes at a time anyway.
func TestCarryingWaitsForNobody(t *testing.T) {
	t.Parallel()
	h := storetest.NewHouse(t, storetest.Postgres(t))
	other := secondClinic(t, h)
	handovers := underWay(t, h, 4)
	journal(t, h, results(h, reads.Sent, slices.Concat(handovers[:2], handovers[3:])))
	h.Do(t, "UPDATE journal SET clinic = '"+string(other.Clinic)+"' WHERE notice = '"+string(handovers[3].Notice)+"'")
	hold := func(rows string) *sql.Tx {
		t.Helper()
		held, err := h.Raw(t).BeginTx(t.Context(), nil)
		if err == nil {
			_, err = held.ExecContext(t.Context(), rows+" FOR NO KEY UPDATE")
		}
		if err != nil {
			t.Fatal(err)
		}
		return held
	}
	change := hold("SELECT id FROM clinics WHERE id = '" + string(h.Clinic) + "'")
	carryAll(t, h, 0)
	wantNotes(t, h, 2) // those of the clinic that is being changed
	_ = change.Rollback()

	stopped := hold("SELECT id FROM journal WHERE notice = '" + string(handovers[0].Notice) + "'")
	h.Set(h.Now().Add(46 * time.Second))
	again := gate(t, h, []scheduler.ID{handovers[0].Notice, handovers[1].Notice, handovers[2].Notice})
	if len(again) != 1 || again[0].Notice != handovers[2].Notice {
		t.Errorf("%q is handed over beside somebody who carries", say(again))
	}
	carryAll(t, h, 0)
	wantNotes(t, h, 1)
	_ = stopped.Rollback()
	carryAll(t, h, 0)
	wantNotes(t, h, 0)
}

// A bounce comes before the note of its mail is carried: the notice says so
// nevertheless.
func TestBounceOfWhatIsNoted(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		handovers := underWay(t, h, 2)
		journal(t, h, results(h, reads.Sent, handovers))
		taken, err := h.DB.TakeBounce(t.Context(), inbound, reads.Inbound{
			Digest: "feed", Notice: handovers[0].Notice, Refusals: []reads.Refusal{{Address: handovers[0].Address, Bad: true}},
		})
		if err != nil {
			t.Fatal(taken, err)
		}
		wantNotes(t, h, 1)
		carryAll(t, h, 0)
		if got := states(t, h)["reminder sent sent back"]; got != 1 {
			t.Errorf("notices are %v", states(t, h))
		}
	})
}

// A consent ends before the note of a reminder is carried: nobody is asked to call
// somebody who was reminded.
func TestConsentEndsAfterANote(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		handovers := underWay(t, h, 2)
		before := len(h.Ask(t, "SELECT id FROM tasks"))
		journal(t, h, results(h, reads.Sent, handovers))
		if err := h.DB.SetConsents(t.Context(), h.Actor, h.Clinic, handovers[0].Person, nil); err != nil {
			t.Fatal(err)
		}
		carryAll(t, h, 0)
		wantReminders(t, h, "sent", "sent")
		if tasks := h.Ask(t, "SELECT kind, about FROM tasks ORDER BY kind, about"); len(tasks) != before {
			t.Errorf("tasks are %v", tasks)
		}
	})
}

// Several nodes gate, note and carry at once, and everybody is reminded once.
func TestNotesRace(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		const people, nodes = 60, 4
		at, ids := remindedSoon(t, h, people)
		h.Set(at)
		var mu sync.Mutex
		told := map[scheduler.ID]int{}
		var all sync.WaitGroup
		for range nodes {
			all.Go(func() {
				for part := range slices.Chunk(ids, 10) {
					handovers, err := h.DB.Gate(t.Context(), worker, part)
					if err != nil {
						t.Error(err)
					}
					mu.Lock()
					for _, handover := range handovers {
						told[handover.Notice]++
					}
					mu.Unlock()
					if err := h.DB.Journal(t.Context(), worker, results(h, reads.Sent, handovers)); err != nil {
						t.Error(err)
					}
					if _, err := h.DB.Carry(t.Context(), worker, 0); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		carryAll(t, h, 0)
		wantNotes(t, h, 0)
		for round := 0; len(told) < people && round < people; round++ { // that another gate had locked
			h.Set(h.Now().Add(2 * time.Second))
			for part := range slices.Chunk(ids, store.MostGated) {
				handovers := gate(t, h, part)
				for _, handover := range handovers {
					told[handover.Notice]++
				}
				journal(t, h, results(h, reads.Sent, handovers))
			}
		}
		carryAll(t, h, 0)
		wantReminders(t, h, slices.Repeat([]string{"sent"}, people)...)
		for id, times := range told {
			if times != 1 {
				t.Errorf("notice %s was handed over %d times", id, times)
			}
		}
	})
}
