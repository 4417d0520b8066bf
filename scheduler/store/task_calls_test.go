package store_test

import (
	"strings"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/storetest"
)

// Everything to say to one person is one call. It stays open until they are reached, and then counts as told.
func TestCalls(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		ctx := t.Context()
		cohort := h.OpenCohort(t, 18, 12)
		e := join(t, h, cohort, scheduler.Contact{Name: "Only Phone", Phone: "+12025550100"})
		moveFirst(t, h, cohort, "2026-01-06T19:00")
		call := func() reads.Call {
			t.Helper()
			page, err := h.DB.TaskPage(ctx, h.Actor, h.Clinic, reads.TaskQuery{Limit: 5})
			if err != nil || len(page.Calls) != 1 {
				t.Fatalf("calls are %+v (%v)", page.Calls, err)
			}
			return page.Calls[0]
		}
		settle := func(q desk.CallChange) (desk.CallRecorded, error) {
			t.Helper()
			return h.Desk.RecordCall(ctx, h.Request(), h.DB, call().Tasks[0].ID, q)
		}
		shown := call()
		if shown.Person != e.Person || len(shown.Tasks) != 2 || shown.Language != "en" || shown.Zone == "" {
			t.Fatalf("the call is %+v", shown)
		}
		for _, task := range shown.Tasks {
			want := map[string]int{scheduler.AboutWelcome: 8, scheduler.AboutMoved: 1}[task.About]
			if len(task.Says) != want {
				t.Errorf("%s says %+v", task.About, task.Says)
			}
		}
		for outcome, want := range map[scheduler.CallOutcome]fault.Kind{"asleep": fault.Invalid, "": fault.Invalid} {
			if _, err := settle(desk.CallChange{Outcome: outcome}); !fault.Is(err, want) {
				t.Errorf("%q gives %v", outcome, err)
			}
		}
		start := firstStart().Add(time.Hour)
		for _, at := range []time.Time{h.Now(), start, start.AddDate(1, 0, 0)} {
			_, err := settle(desk.CallChange{Outcome: scheduler.CallNoAnswer, Again: at})
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("a next try at %s gives %v", at, err)
			}
		}
		dry, err := settle(desk.CallChange{Outcome: scheduler.CallNoAnswer, DryRun: true})
		if err != nil || len(dry.Tasks) != 2 || call().Tasks[0].Tries != 0 {
			t.Errorf("a dry run gives %+v (%v)", dry, err)
		}
		tried, err := settle(desk.CallChange{Outcome: scheduler.CallLeftWord, Version: shown.Version})
		nine := time.Date(2026, 1, 2, 14, 0, 0, 0, time.UTC) // a day later it is too early for them
		if err != nil || !tried.Again.Equal(nine) || tried.Dates != 0 {
			t.Errorf("left word gives %+v (%v)", tried, err)
		}
		for _, task := range call().Tasks {
			if task.Tries != 1 || task.Tried != scheduler.CallLeftWord || !task.Due.Equal(tried.Again) ||
				!task.TriedAt.Equal(h.Now()) {
				t.Errorf("after a try the task is %+v", task)
			}
		}
		if _, err := settle(desk.CallChange{Outcome: scheduler.CallReached, Version: shown.Version}); !fault.Is(err,
			fault.Stale) {
			t.Errorf("what was shown before gives %v", err)
		}
		reached, err := settle(desk.CallChange{Outcome: scheduler.CallReached, Version: call().Version})
		if err != nil || len(reached.Tasks) != 2 || reached.Dates != 9 {
			t.Errorf("reached gives %+v (%v)", reached, err)
		}
		if _, err := h.Desk.RecordCall(ctx, h.Request(), h.DB, shown.Tasks[0].ID,
			desk.CallChange{Outcome: scheduler.CallReached}); err != nil {
			t.Errorf("reached twice gives %v", err)
		}
		if _, err := h.Desk.RecordCall(ctx, h.Request(), h.DB, shown.Tasks[0].ID,
			desk.CallChange{Outcome: scheduler.CallNoAnswer}); !fault.Is(err, fault.Closed) {
			t.Errorf("no answer afterwards gives %v", err)
		}
		_, err = h.Desk.RecordCall(ctx, h.Request(), h.DB, "nothing", desk.CallChange{Outcome: scheduler.CallReached})
		wantMissing(t, err)
		told := h.Ask(t, "SELECT count(*) FROM seats WHERE told_expected = 1")
		audited := h.Ask(t, "SELECT DISTINCT action FROM audit WHERE action LIKE 'call.%' ORDER BY action")
		if told[0][0] != "8" || len(audited) != 2 || strings.Join(audited[0], "")+strings.Join(audited[1], "") !=
			"call.left-wordcall.reached" {
			t.Errorf("told are %v, audited %v", told, audited)
		}
		wantTasks(t, h)
	})
}
