package store_test

import (
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/store/storetest"
)

func TestTasks(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		ctx := t.Context()
		cohort := h.OpenCohort(t, 18, 12)
		e := join(t, h, cohort, scheduler.Contact{Name: "Only Phone", Phone: "+12025550100"})
		moveFirst(t, h, cohort, "2026-01-06T19:00")
		tasks, err := h.DB.Tasks(ctx, h.Actor, h.Clinic)
		if err != nil || len(tasks) != 2 {
			t.Fatalf("tasks are %+v (%v)", tasks, err)
		}
		letter, call := tasks[0], tasks[1]
		if letter.Kind == scheduler.CallTask {
			letter, call = call, letter
		}
		if letter.Kind != scheduler.LetterTask || letter.Session.ID != "" || !letter.Session.Start.IsZero() || letter.CohortName != "Evening 18" {
			t.Errorf("the letter is %+v", letter)
		}
		if call.About != scheduler.AboutMoved || call.Name != "Only Phone" || call.Phone != "+12025550100" || call.Person != e.Person ||
			call.Session.Wall.String() != "2026-01-06T19:00" || call.Session.Zone != "America/New_York" || !call.Session.Start.Equal(firstStart().Add(time.Hour)) {
			t.Errorf("the call is %+v", call)
		}
		for range 2 {
			if err := h.DB.FinishTask(ctx, h.Actor, h.Clinic, call.ID); err != nil {
				t.Fatal(err)
			}
			h.Set(h.Now().Add(time.Minute))
		}
		done := h.Ask(t, "SELECT done_at, done_by FROM tasks WHERE done_at <> ''")
		audited := h.Ask(t, "SELECT subject FROM audit WHERE action = 'task.done'")
		if len(done) != 1 || done[0][0] != "2026-01-01T12:00:00.000Z" || done[0][1] != "command:operator" || len(audited) != 1 || audited[0][0] != string(call.ID) {
			t.Errorf("done are %v, audited %v", done, audited)
		}
		wantTasks(t, h, "letter welcome")
		wantMissing(t, h.DB.FinishTask(ctx, h.Actor, h.Clinic, "nothing"))
	})
}
