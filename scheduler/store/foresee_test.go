package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/store/storetest"
)

func foresee(t testing.TB, h *storetest.House) int {
	t.Helper()
	n, err := h.DB.Foresee(t.Context(), worker)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// reminders gives the due times of reminders by state.
func reminders(t testing.TB, h *storetest.House) []string {
	t.Helper()
	var all []string
	for _, row := range h.Ask(t,
		"SELECT lead_seconds / 3600, state, reason FROM notices WHERE kind = 'reminder' ORDER BY due_at") {
		all = append(all, fmt.Sprint(row))
	}
	return all
}

func TestForeseeOnceAndNoMore(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		join(t, h, h.OpenCohort(t, 18, 12), storetest.Contact(0))
		if n := foresee(t, h); n != 0 {
			t.Errorf("%d things were foreseen that the welcome tells", n)
		}
		drain(t, h)
		h.Set(firstStart().Add(-72*time.Hour - 23*time.Hour))
		if n := foresee(t, h); n != 1 {
			t.Errorf("%d things were foreseen, want the first reminder", n)
		}
		if n := foresee(t, h); n != 0 {
			t.Errorf("%d things were foreseen twice", n)
		}
		if now := due(t, h); len(now) != 0 {
			t.Error("a reminder is due an hour early")
		}
		h.Set(firstStart().Add(-72 * time.Hour))
		first := drain(t, h)
		if !slices.Equal(say(first), []string{"reminder 1"}) || first[0].Lead != 72*time.Hour || first[0].Method != "" {
			t.Errorf("72 h before left %q", say(first))
		}
		if n := foresee(t, h); n != 0 {
			t.Errorf("%d things were foreseen after they were sent", n)
		}
		h.Set(firstStart().Add(-24 * time.Hour))
		if n := foresee(t, h); n != 1 {
			t.Errorf("%d things were foreseen, want the second reminder", n)
		}
		if second := drain(t, h); !slices.Equal(say(second), []string{"reminder 1"}) || second[0].Lead != 24*time.Hour {
			t.Errorf("24 h before left %q", say(second))
		}
		h.Set(firstStart()) // the third session is 14 days off
		if n := foresee(t, h); n != 1 {
			t.Errorf("%d things were foreseen, want an invite", n)
		}
		if invite := drain(t, h); !slices.Equal(say(invite), []string{"calendar REQUEST 1"}) {
			t.Errorf("14 days before left %q", say(invite))
		}
	})
}

func TestReminderComesBackWithItsSession(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		cohort := h.OpenCohort(t, 18, 12)
		join(t, h, cohort, storetest.Contact(0))
		drain(t, h)
		h.Set(firstStart().Add(-40 * time.Hour))
		foresee(t, h)
		moveFirst(t, h, cohort, "2026-01-08T18:00")
		drain(t, h)
		h.Set(firstStart().Add(-30 * time.Hour))
		moveFirst(t, h, cohort, "2026-01-06T18:00")
		drain(t, h)
		h.Set(firstStart().Add(-24 * time.Hour))
		foresee(t, h)
		if told := drain(t, h); !slices.Equal(say(told), []string{"reminder 1"}) {
			t.Errorf("told %q", say(told))
		}
		if got := reminders(t, h); !slices.Contains(got, "[24 sent ]") {
			t.Errorf("reminders are %v", got)
		}
	})
}

// TestReminderComesBackWithConsent drops a reminder before its time; what was
// dropped is planned again, what was sent is not.
func TestReminderComesBackWithConsent(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		ctx := t.Context()
		e := join(t, h, h.OpenCohort(t, 18, 12), storetest.Contact(0))
		drain(t, h)
		h.Set(firstStart().Add(-72 * time.Hour))
		foresee(t, h)
		drain(t, h)
		h.Set(firstStart().Add(-30 * time.Hour))
		foresee(t, h)
		if err := h.DB.SetConsents(ctx, h.Actor, h.Clinic, e.Person, nil); err != nil {
			t.Fatal(err)
		}
		if got := reminders(t, h); fmt.Sprint(got) != "[[72 sent ] [24 dropped no consent]]" {
			t.Fatalf("reminders are %v", got)
		}
		wantTasks(t, h, "call reminder")
		if err := h.DB.SetConsents(ctx, h.Actor, h.Clinic, e.Person, storetest.Contact(0).Consents); err != nil {
			t.Fatal(err)
		}
		if n := foresee(t, h); n != 1 {
			t.Errorf("%d things were foreseen, want the reminder", n)
		}
		h.Set(firstStart().Add(-24 * time.Hour))
		if told := drain(t, h); !slices.Equal(say(told), []string{"reminder 1"}) {
			t.Errorf("told %q", say(told))
		}
	})
}

func TestOlderReminderIsSuperseded(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		join(t, h, h.OpenCohort(t, 18, 12), storetest.Contact(0))
		drain(t, h)
		h.Set(firstStart().Add(-80 * time.Hour))
		foresee(t, h)
		h.Set(firstStart().Add(-30 * time.Hour)) // the first was not handed over all the while
		foresee(t, h)
		h.Set(firstStart().Add(-24 * time.Hour))
		told := passGate(t, h, due(t, h))
		if !slices.Equal(say(told), []string{"reminder 1"}) || told[0].Lead != 24*time.Hour {
			t.Errorf("told %q", say(told))
		}
		foresee(t, h)
		if got := reminders(t, h); fmt.Sprint(got) != "[[72 dropped superseded] [24 planned ]]" {
			t.Errorf("reminders are %v", got)
		}
		wantTasks(t, h)
	})
}

func TestUnreachablePeopleAreCalled(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		contact := storetest.Contact(0)
		contact.Consents = nil
		join(t, h, h.OpenCohort(t, 18, 12), contact)
		wantTasks(t, h, "letter welcome")
		h.Set(firstStart().Add(-24 * time.Hour))
		if n := foresee(t, h); n != 1 {
			t.Errorf("%d things were foreseen, want a call", n)
		}
		if n := foresee(t, h); n != 0 {
			t.Errorf("%d things were foreseen twice", n)
		}
		wantTasks(t, h, "call reminder", "letter welcome")
		if got := states(t, h); len(got) != 0 {
			t.Errorf("notices are %v", got)
		}
	})
}

func TestRevokedConsentTellsStaff(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		ctx := t.Context()
		cohort := h.OpenCohort(t, 18, 12)
		e := join(t, h, cohort, storetest.Contact(0))
		if err := h.DB.SetConsents(ctx, h.Actor, h.Clinic, e.Person, nil); err != nil {
			t.Fatal(err)
		}
		wantStates(t, h, map[string]int{"welcome dropped no consent": 1, "calendar dropped no consent": 2})
		wantTasks(t, h, "call added", "call added", "letter welcome")
		if told := drain(t, h); len(told) != 0 {
			t.Errorf("%q was told without consent", say(told))
		}
		consent := []scheduler.Consent{{Channel: scheduler.Email, TextVersion: "2"}}
		if err := h.DB.SetConsents(ctx, h.Actor, h.Clinic, e.Person, consent); err != nil {
			t.Fatal(err)
		}
		if n := foresee(t, h); n != 2 {
			t.Errorf("%d things were foreseen, want two invites", n)
		}
		if told := drain(t, h); !slices.Equal(say(told), []string{"calendar REQUEST 1", "calendar REQUEST 1"}) {
			t.Errorf("told %q", say(told))
		}
		p, err := h.DB.Person(ctx, h.Actor, h.Clinic, e.Person)
		if err != nil || len(p.Contact.Consents) != 1 || p.Contact.Consents[0].TextVersion != "2" ||
			!slices.Equal(p.Reach, []scheduler.Channel{scheduler.Email}) {
			t.Errorf("the person is %+v (%v)", p.Person, err)
		}
		if kept := h.Ask(t, "SELECT text_version FROM consents WHERE revoked_at <> ''"); len(kept) != 1 ||
			kept[0][0] != "1" {
			t.Errorf("the revoked consent is %v", kept)
		}
	})
}
