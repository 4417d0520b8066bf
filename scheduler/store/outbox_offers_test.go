package store_test

import (
	"fmt"
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

// offering gives a full cohort of one seat of which the second person is offered it.
func offering(t *testing.T, h *storetest.House) (cohort scheduler.ID, second scheduler.Enrolled) {
	t.Helper()
	cohort = h.OpenCohort(t, 18, 6)
	first := join(t, h, cohort, storetest.Contact(0))
	for n := 1; n < 6; n++ {
		join(t, h, cohort, storetest.Contact(n))
	}
	second = join(t, h, cohort, storetest.Contact(6))
	drain(t, h)
	if err := h.Desk.Confirm(t.Context(), h.Request(), desk.Withdraw(first.Enrollment)); err != nil {
		t.Fatal(err)
	}
	h.Rest(t, cohort)
	return cohort, second
}

// offersOf hands over what is due about offers once news has rested.
func offersOf(t *testing.T, h *storetest.House) []reads.Handover {
	t.Helper()
	h.Set(h.Now().Add(scheduler.ChangeDelay))
	return slices.DeleteFunc(passGate(t, h, due(t, h)),
		func(handover reads.Handover) bool { return handover.Kind != scheduler.OfferNotice })
}

func told(t *testing.T, h *storetest.House) string {
	t.Helper()
	return fmt.Sprint(h.Ask(t, "SELECT state, told_at FROM offers"))
}

// An offer that was told at an old address is told at the new one, and the time to answer goes on.
func TestAnOfferIsToldAtANewAddress(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		_, second := offering(t, h)
		first := offersOf(t, h)[0]
		record(t, h, first, reads.Sent)
		before, tasks := told(t, h), h.Ask(t, "SELECT count(*) FROM tasks")
		h.Set(h.Now().Add(time.Hour))
		email := "new@example.net"
		q := scheduler.PersonSetting{Person: second.Person, Email: &email}
		if err := h.Desk.Confirm(t.Context(), h.Request(), h.Desk.SetPerson(q)); err != nil {
			t.Fatal(err)
		}
		again := offersOf(t, h)
		if len(again) != 1 || again[0].Address != email || !again[0].AnswerBy.Equal(first.AnswerBy) ||
			again[0].Offer != first.Offer || again[0].Links.Page == first.Links.Page {
			t.Fatalf("%d offers are told again: %+v, first until %s", len(again), again, first.AnswerBy)
		}
		record(t, h, again[0], reads.Sent)
		if after := told(t, h); after != before {
			t.Errorf("told %s, then %s", before, after)
		}
		if now := h.Ask(t, "SELECT count(*) FROM tasks"); now[0][0] != tasks[0][0] {
			t.Errorf("%s tasks became %s", tasks, now)
		}
	})
}

// The news of an offer names its entry; that it was sent lets the time run, and
// the seats still know nothing of having been told.
func TestAnOfferIsToldOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		_, second := offering(t, h)
		all := offersOf(t, h)
		if len(all) != 1 || all[0].Thread != scheduler.WelcomeID(second.Enrollment) || len(all[0].Seats) != 1 ||
			!all[0].Seats[0].Start.Equal(firstStart()) || all[0].Links.Page == "" {
			t.Fatalf("handed over %+v", all)
		}
		if got := told(t, h); got != "[[open ]]" {
			t.Fatalf("before it was sent: %s", got)
		}
		record(t, h, all[0], reads.Sent)
		if got, want := told(t, h), "[[open "+h.Now().UTC().Format("2006-01-02T15:04:05.000Z")+"]]"; got != want {
			t.Errorf("told %s, want %s", got, want)
		}
		if seats := h.Ask(t,
			"SELECT count(*) FROM seats WHERE told_expected = 1 AND enrollment = '"+string(second.Enrollment)+
				"'"); seats[0][0] != "0" {
			t.Errorf("%s seats of an offer count as told", seats[0][0])
		}
		if err := h.Desk.Confirm(t.Context(), h.Request(), desk.Accept(second.Enrollment)); err != nil {
			t.Fatal(err)
		}
		if got := told(t, h); got[:len("[[accepted")] != "[[accepted" {
			t.Errorf("after the answer: %s", got)
		}
		if err := h.Desk.Confirm(t.Context(), h.Request(),
			desk.Accept(second.Enrollment)); fault.KindOf(err) != fault.Closed {
			t.Errorf("accepted twice: %v", err)
		}
	})
}

// An offer that was answered before its news could leave is not told any more,
// and neither is one of which staff have told.
func TestAnAnsweredOfferIsNotTold(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(scheduler.ID) desk.Proposal{"answered": desk.Decline,
		"told": desk.TellOffer} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEach(t, func(t *testing.T, h *storetest.House) {
				_, second := offering(t, h)
				if err := h.Desk.Confirm(t.Context(), h.Request(), change(second.Enrollment)); err != nil {
					t.Fatal(err)
				}
				if all := offersOf(t, h); len(all) != 0 {
					t.Errorf("handed over %+v", all)
				}
			})
		})
	}
}

// When the entry moves after its offer was told, the new time is told, too, and the
// time to answer runs from there. A move that is undone in time tells nothing: the
// offer that was told stands again.
func TestAnOfferWhoseEntryMovesIsToldAgain(t *testing.T) {
	t.Parallel()
	for name, undone := range map[string]bool{"moved": false, "undone": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEach(t, func(t *testing.T, h *storetest.House) {
				cohort, second := offering(t, h)
				record(t, h, offersOf(t, h)[0], reads.Sent)
				first := told(t, h)
				h.Set(h.Now().Add(time.Hour))
				moveFirst(t, h, cohort, "2026-01-06T19:00")
				if undone {
					undo(t, h)
				}
				all := offersOf(t, h)
				if undone {
					if len(all) != 0 {
						t.Errorf("told again: %+v", all)
					}
					got := fmt.Sprint(h.Ask(t, "SELECT state, told_at FROM offers WHERE state = 'open'"))
					if got != first {
						t.Errorf("what stands is %v, not %s", got, first)
					}
				} else {
					if len(all) != 1 || all[0].Thread != scheduler.WelcomeID(second.Enrollment) ||
						!all[0].Seats[0].Start.Equal(firstStart().Add(time.Hour)) {
						t.Fatalf("handed over %+v", all)
					}
					record(t, h, all[0], reads.Sent)
					got := h.Ask(t, "SELECT told_at FROM offers WHERE state = 'open'")
					if got[0][0] != h.Now().UTC().Format("2006-01-02T15:04:05.000Z") {
						t.Errorf("told %v", got)
					}
					if again := offersOf(t, h); len(again) != 0 {
						t.Errorf("told a third time: %+v", again)
					}
				}
				if err := h.Desk.Confirm(t.Context(), h.Request(), desk.Accept(second.Enrollment)); err != nil {
					t.Fatal(err)
				}
			})
		})
	}
}

// offeredEarlier gives somebody who missed the first session and has its position on
// 3 March, and is offered it on 3 February now.
func offeredEarlier(t *testing.T, h *storetest.House, contact scheduler.Contact) scheduler.Enrolled {
	t.Helper()
	cohort := h.OpenGroup(t, smallGroups(t), 6, 1)
	first := join(t, h, cohort, contact)
	ahead, err := h.Desk.Enroll(t.Context(), h.Request(), scheduler.EnrollRequest{
		Cohort: cohort, Contact: storetest.Contact(1), Earliest: civil.Date{Year: 2026, Month: 2, Day: 3},
	})
	if err != nil {
		t.Fatal(err)
	}
	h.Set(time.Date(2026, 1, 7, 12, 0, 0, 0, time.UTC))
	drain(t, h)
	roster := h.Roster(t, cohort, desk.Load{})
	person := roster.Enrollment(first.Enrollment).Person
	confirm(t, h, desk.TakeAttendance(roster.Sessions[0].ID,
		scheduler.Mark{Person: person, State: scheduler.SeatMissed}))
	confirm(t, h, desk.Withdraw(ahead.Enrollment))
	h.Rest(t, cohort)
	return first
}

// Who is offered an earlier date is told of it and of what it replaces, with the time to
// answer by, and can answer on their page.
func TestAnEarlierDateIsOfferedInWriting(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		first := offeredEarlier(t, h, storetest.Contact(0))
		all := offersOf(t, h)
		if len(all) != 1 || all[0].Thread != scheduler.WelcomeID(first.Enrollment) || len(all[0].Seats) != 1 {
			t.Fatalf("handed over %+v", all)
		}
		said := all[0].Seats[0]
		got := fmt.Sprintf("%s in place of %s, until %s", said.Start.Format("01-02"), said.Before.Start.Format("01-02"),
			all[0].AnswerBy.Format("01-02 15:04"))
		if want := "02-03 in place of 03-03, until 01-09 13:00"; got != want { // 48 h later it is night in New York
			t.Errorf("the message says %s; want %s", got, want)
		}
		page, err := h.DB.Page(t.Context(), webDoor, all[0].Links.Page)
		if err != nil || !slices.Equal(page.Offered, []scheduler.ID{first.Enrollment}) {
			t.Errorf("the page offers %v: %v", page.Offered, err)
		}
		record(t, h, all[0], reads.Sent)
		if got, want := told(t, h), "[[open "+h.Now().UTC().Format("2006-01-02T15:04:05.000Z")+"]]"; got != want {
			t.Errorf("told %s, want %s", got, want)
		}
		confirm(t, h, desk.Accept(first.Enrollment))
		page, err = h.DB.Page(t.Context(), webDoor, all[0].Links.Page)
		if err != nil || len(page.Offered) != 0 {
			t.Errorf("after the answer the page offers %v: %v", page.Offered, err)
		}
	})
}

// Anyone who cannot be written to is called; an answer, and the end of an offer, settle the call.
func TestACallAboutAnOfferEndsWithIt(t *testing.T) {
	t.Parallel()
	for name, ends := range map[string]func(*testing.T, *storetest.House, scheduler.ID){
		"accepted": func(t *testing.T, h *storetest.House, e scheduler.ID) { confirm(t, h, desk.Accept(e)) },
		"declined": func(t *testing.T, h *storetest.House, e scheduler.ID) { confirm(t, h, desk.Decline(e)) },
		"lapsed": func(t *testing.T, h *storetest.House, e scheduler.ID) {
			h.Set(time.Date(2026, 2, 3, 23, 30, 0, 0, time.UTC)) // the protocol has no lead
			system := desk.Request{Actor: access.System("agenda").In(string(h.Clinic)), Clinic: h.Clinic}
			if err := h.Desk.Confirm(t.Context(), system, desk.Upkeep(cohortOf(t, h, e))); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEach(t, func(t *testing.T, h *storetest.House) {
				first := offeredEarlier(t, h, scheduler.Contact{Name: "Pat Example", Phone: "+12025550100"})
				open := func() [][]string {
					return h.Ask(t, "SELECT about FROM tasks WHERE kind = 'call' AND about = 'offer' AND done_at = ''")
				}
				if got := open(); len(got) != 1 {
					t.Fatalf("calls about the offer: %v", got)
				}
				ends(t, h, first.Enrollment)
				if got := open(); len(got) != 0 {
					t.Errorf("calls about an offer that does not stand any more: %v", got)
				}
				by := h.Ask(t, "SELECT done_by FROM tasks WHERE kind = 'call' AND about = 'offer'")
				if len(by) != 1 || by[0][0] != "rule:offer-ended" {
					t.Errorf("the call was closed by %v", by)
				}
			})
		})
	}
}

func cohortOf(t *testing.T, h *storetest.House, enrollment scheduler.ID) scheduler.ID {
	t.Helper()
	return scheduler.ID(h.Ask(t, "SELECT cohort FROM enrollments WHERE id = '"+string(enrollment)+"'")[0][0])
}

// Who gets on a waitlist is told so, with the address of their page, where they can
// leave it: their own place alone. Who has a seat by then is not told any more.
func TestAPlaceOnTheWaitlistIsTold(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		cohort := h.OpenCohort(t, 18, 6)
		for n := range 6 {
			join(t, h, cohort, storetest.Contact(n))
		}
		drain(t, h)
		waits, other := join(t, h, cohort, storetest.Contact(6)), join(t, h, cohort, storetest.Contact(7))
		confirm(t, h, desk.Withdraw(other.Enrollment))
		h.Set(h.Now().Add(scheduler.ChangeDelay))
		all := passGate(t, h, due(t, h))
		if len(all) != 1 || all[0].Kind != scheduler.OnWaitlist ||
			all[0].Thread != scheduler.WelcomeID(waits.Enrollment) || all[0].Links.Page == "" ||
			len(all[0].Seats) != 0 {
			t.Fatalf("handed over %+v", all)
		}
		record(t, h, all[0], reads.Sent)
		page, err := h.DB.Page(t.Context(), webDoor, all[0].Links.Page)
		if err != nil || !slices.Equal(page.Waits, []scheduler.ID{waits.Enrollment}) {
			t.Fatalf("the page waits for %v (%v)", page.Waits, err)
		}
		stranger := desk.Request{Actor: access.Person(string(other.Person), string(h.Clinic)), Clinic: h.Clinic}
		if err := h.Desk.Confirm(t.Context(), stranger, desk.LeaveWaitlist(waits.Enrollment)); !fault.Is(err,
			fault.NotFound) {
			t.Errorf("somebody else leaves: %v", err)
		}
		own := desk.Request{Actor: access.Person(string(waits.Person), string(h.Clinic)), Clinic: h.Clinic}
		if err := h.Desk.Confirm(t.Context(), own, desk.LeaveWaitlist(waits.Enrollment)); err != nil {
			t.Fatal(err)
		}
		if err := h.Desk.Confirm(t.Context(), own, desk.LeaveWaitlist(waits.Enrollment)); !fault.Is(err, fault.Closed) {
			t.Errorf("twice: %v", err)
		}
	})
}

// Whose consent to mail ended before an offer, or a place on the waitlist, could be told
// is called about it.
func TestAnOfferWithoutConsentIsACall(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		_, second := offering(t, h)
		h.Do(t, "UPDATE consents SET revoked_at = '2026-01-01T12:00:00.000Z' WHERE person = '"+
			string(second.Person)+"'")
		if all := offersOf(t, h); len(all) != 0 {
			t.Errorf("handed over %+v", all)
		}
		calls := h.Ask(t, "SELECT about FROM tasks WHERE kind = 'call' AND done_at = '' AND enrollment = '"+
			string(second.Enrollment)+"'")
		if fmt.Sprint(calls) != "[[offer]]" {
			t.Errorf("calls: %v", calls)
		}
	})
}
