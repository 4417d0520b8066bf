package store_test

import (
	"slices"
	"testing"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/storetest"
)

// takenBackSentence is what somebody is told whose offer was taken back.
const takenBackSentence = "This offer is no longer available. The place on the waitlist is kept, and another " +
	"offer comes when there is a seat."

// refusedOffer checks that an offer cannot be accepted, and with which sentence.
func refusedOffer(t *testing.T, h *storetest.House, enrollment scheduler.ID, sentence string) {
	t.Helper()
	err := h.Desk.Confirm(t.Context(), h.Request(), desk.Accept(enrollment))
	if all := fault.All(err); len(all) != 1 || all[0].Kind != fault.Closed || all[0].Message != sentence {
		t.Errorf("accepting: %v", err)
	}
}

func confirm(t *testing.T, h *storetest.House, p desk.Proposal) {
	t.Helper()
	if err := h.Desk.Confirm(t.Context(), h.Request(), p); err != nil {
		t.Fatal(err)
	}
}

// clashing gives a cohort with a free seat, and somebody who waits for it, has
// something else at its time, and is offered it once the cohort meets on Fridays.
func clashing(t *testing.T, h *storetest.House) (offer func(), second scheduler.Enrolled) {
	t.Helper()
	cohort, other := h.OpenCohort(t, 18, 6), h.OpenCohort(t, 18, 6)
	first := join(t, h, cohort, storetest.Contact(0))
	for n := 1; n < 6; n++ {
		join(t, h, cohort, storetest.Contact(n))
	}
	second = join(t, h, cohort, storetest.Contact(6))
	if _, err := h.Enroll(t.Context(), other, second.Person); err != nil {
		t.Fatal(err)
	}
	if err := h.Desk.Confirm(t.Context(), h.Request(), desk.Withdraw(first.Enrollment)); err != nil {
		t.Fatal(err)
	}
	drain(t, h)
	return func() {
		t.Helper()
		err := h.Desk.Confirm(t.Context(), h.Request(), desk.Reschedule(scheduler.RescheduleRequest{
			Cohort: cohort, From: civil.Date{Year: 2026, Month: 1, Day: 6}, Weekdays: []time.Weekday{time.Friday},
		}))
		if err != nil {
			t.Fatal(err)
		}
		if planned := h.Ask(t,
			"SELECT count(*) FROM notices WHERE kind = 'offer' AND state = 'planned'")[0][0]; planned != "1" {
			t.Fatalf("%s offers are to be told", planned)
		}
	}, second
}

// An offer that came of a change for many goes with its undo: nobody is told of it,
// and an answer finds that it is gone.
func TestAnOfferGoesWithTheUndoOfItsChange(t *testing.T) {
	t.Parallel()
	for name, undone := range map[string]bool{"undone": true, "not undone": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEach(t, func(t *testing.T, h *storetest.House) {
				offer, second := clashing(t, h)
				offer()
				h.Set(h.Now().Add(scheduler.UndoWindow - time.Second))
				if undone {
					undo(t, h)
				}
				var told int
				for _, handover := range drain(t, h) {
					if handover.Kind == scheduler.OfferNotice {
						told++
					}
				}
				if told > 0 == undone {
					t.Errorf("%d were told of an offer", told)
				}
				if undone {
					refusedOffer(t, h, second.Enrollment, takenBackSentence)
					return
				}
				confirm(t, h, desk.Accept(second.Enrollment))
			})
		})
	}
}

// Whom staff have told of their offer keeps it: the change that brought it is not undone any more.
func TestAnOfferThatWasToldIsNotUndone(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		offer, second := clashing(t, h)
		offer()
		last, err := lastUndo(t, h)
		if err != nil {
			t.Fatal(err)
		}
		confirm(t, h, desk.TellOffer(second.Enrollment))
		if _, err := h.Desk.Undo(t.Context(), h.Request(), last.ChangeNo); !fault.Is(err, fault.Stale) {
			t.Errorf("undone: %v", err)
		}
		if all := offersOf(t, h); len(all) != 0 {
			t.Errorf("told again: %+v", all)
		}
		confirm(t, h, desk.Accept(second.Enrollment))
	})
}

// Fewer seats evict nobody, and an offer keeps its seats: it is told, and can be accepted.
func TestAnOfferOutlastsFewerSeats(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		cohort, second := offering(t, h)
		confirm(t, h, desk.SetCapacity(scheduler.ResizeRequest{Cohort: cohort, Seats: 3, Reason: "a test"}))
		all := offersOf(t, h)
		if len(all) != 1 || all[0].Thread != scheduler.WelcomeID(second.Enrollment) {
			t.Fatalf("handed over %+v", all)
		}
		record(t, h, all[0], reads.Sent)
		confirm(t, h, desk.Accept(second.Enrollment))
		if over := h.Ask(t, "SELECT count(*) FROM sessions WHERE seated > seat_limit")[0][0]; over != "0" {
			t.Errorf("%s sessions are over their limit", over)
		}
	})
}

// What one is offered nobody else gets before it lapses; then the next is offered it
// and told, and the first is told neither again nor let in.
func TestAnOfferIsNobodyElses(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		cohort, second := offering(t, h)
		third := join(t, h, cohort, storetest.Contact(7))
		if err := h.Desk.Confirm(t.Context(), h.Request(), desk.Admit(third.Enrollment)); !fault.Is(err, fault.Full) {
			t.Errorf("somebody else was let in: %v", err)
		}
		record(t, h, offersOf(t, h)[0], reads.Sent)
		h.Set(h.Now().Add(50 * time.Hour)) // the night is over, too
		refusedOffer(t, h, second.Enrollment,
			"This offer has lapsed. The place on the waitlist is kept, and another offer comes when there is a seat.")
		system := desk.Request{Actor: access.System("agenda").In(string(h.Clinic)), Clinic: h.Clinic}
		if err := h.Desk.Confirm(t.Context(), system, desk.Upkeep(cohort)); err != nil {
			t.Fatal(err)
		}
		all := offersOf(t, h)
		if len(all) != 1 || all[0].Thread != scheduler.WelcomeID(third.Enrollment) {
			t.Fatalf("handed over %+v", all)
		}
		confirm(t, h, desk.Accept(third.Enrollment))
		refusedOffer(t, h, second.Enrollment,
			"This offer has lapsed. The place on the waitlist is kept, and another offer comes when there is a seat.")
	})
}

// When the entry is cancelled before its offer is told, only the offer that stands is told.
func TestOnlyTheOfferThatStandsIsTold(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		cohort, second := offering(t, h)
		session := h.Roster(t, cohort, desk.Load{}).Sessions[0]
		if err := h.Desk.Confirm(t.Context(), h.Request(),
			desk.Cancel(scheduler.CancelRequest{Session: session.ID, Content: scheduler.Append})); err != nil {
			t.Fatal(err)
		}
		all := offersOf(t, h)
		if len(all) != 1 || all[0].Thread != scheduler.WelcomeID(second.Enrollment) ||
			!all[0].Seats[0].Start.Equal(firstStart().AddDate(0, 0, 7)) {
			t.Fatalf("handed over %+v", all)
		}
		if got := h.Ask(t, "SELECT state FROM offers ORDER BY number"); !slices.EqualFunc(got,
			[]string{"withdrawn", "open"}, func(row []string, want string) bool { return row[0] == want }) {
			t.Errorf("the offers are %v", got)
		}
	})
}
