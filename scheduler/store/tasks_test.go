package store_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/reads"
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
		if letter.Kind != scheduler.LetterTask || letter.Session.ID != "" || !letter.Session.Start.IsZero() ||
			letter.CohortName != "Evening 18" {
			t.Errorf("the letter is %+v", letter)
		}
		if call.About != scheduler.AboutMoved || call.Name != "Only Phone" || call.Phone != "+12025550100" ||
			call.Person != e.Person ||
			call.Session.Wall.String() != "2026-01-06T19:00" || call.Session.Zone != "America/New_York" ||
			!call.Session.Start.Equal(firstStart().Add(time.Hour)) {
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
		if len(done) != 1 || done[0][0] != "2026-01-01T12:03:00.000Z" || done[0][1] != "command:operator" ||
			len(audited) != 1 || audited[0][0] != string(call.ID) {
			t.Errorf("done are %v, audited %v", done, audited)
		}
		wantTasks(t, h, "letter welcome")
		wantMissing(t, h.DB.FinishTask(ctx, h.Actor, h.Clinic, "nothing"))
	})
}

// The words of others in any task of a change are sealed for its own row, come
// back to staff as they were, and never take the place of earlier ones.
func TestNotesOfTasksAreSealed(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		const words = "I will bring a chair"
		owe := func(natural, note string) {
			t.Helper()
			change := desk.Change{Clinic: h.Clinic, Actor: h.Actor, Action: access.TaskView}
			err := h.DB.Change(t.Context(), change, desk.Load{}, func(b *scheduler.Book) error {
				b.Tasks = append(b.Tasks, scheduler.NewTask(h.Clinic, scheduler.Task{
					Kind: scheduler.MailTask, About: scheduler.AboutComment, Due: h.Now(), Note: note,
				}, natural, h.Now()))
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		owe("a", words)
		owe("a", "other words")
		owe("b", "")
		tasks, err := h.DB.Tasks(t.Context(), h.Actor, h.Clinic)
		if err != nil || len(tasks) != 2 || tasks[0].Note+tasks[1].Note != words {
			t.Errorf("staff read %+v (%v)", tasks, err)
		}
		if kept := h.Ask(t, "SELECT note FROM tasks WHERE note IS NOT NULL"); len(kept) != 1 ||
			strings.Contains(kept[0][0], words) {
			t.Errorf("kept are %q", kept)
		}
		h.Do(t, "UPDATE tasks SET note = (SELECT note FROM tasks WHERE key = 'mail:a') WHERE key = 'mail:b'")
		tasks, err = h.DB.Tasks(t.Context(), h.Actor, h.Clinic)
		if err != nil || len(tasks) != 2 ||
			!slices.ContainsFunc(tasks, func(k reads.Task) bool { return k.Note == "cannot be read" }) {
			t.Errorf("a note in another row than its own reads as %+v (%v)", tasks, err)
		}
	})
}

// A task whose cause is gone is done by nobody: it stays, the audit names who took
// the cause away, and it is open again when the cause is back. What staff did stays
// theirs.
func TestClosedTasks(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		ctx := t.Context()
		change := func(do func(b *scheduler.Book, task scheduler.Task)) {
			t.Helper()
			asked := desk.Change{Clinic: h.Clinic, Actor: h.Actor, Action: access.TaskView}
			err := h.DB.Change(ctx, asked, desk.Load{}, func(b *scheduler.Book) error {
				do(b, scheduler.NewTask(h.Clinic,
					scheduler.Task{Kind: scheduler.LookTask, About: scheduler.AboutAbsence, Due: h.Now()},
					"absence:x", h.Now()))
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		ask := func() {
			t.Helper()
			change(func(b *scheduler.Book, task scheduler.Task) { b.Tasks = append(b.Tasks, task, task) })
		}
		closeIt := func() {
			t.Helper()
			change(func(b *scheduler.Book, task scheduler.Task) {
				b.ClosedTasks = append(b.ClosedTasks,
					scheduler.ClosedTask{Task: task.ID, By: scheduler.ClosedByCorrection},
					scheduler.ClosedTask{Task: "nothing", By: scheduler.ClosedByCorrection})
			})
		}
		row := func(want string) {
			t.Helper()
			if got := h.Ask(t, "SELECT due_at, created_at, done_at, done_by FROM tasks"); len(got) != 1 ||
				strings.Join(got[0], " ") != want {
				t.Fatalf("kept is %v, not %s", got, want)
			}
		}
		const first, later = "2026-01-01T12:00:00.000Z", "2026-01-01T13:00:00.000Z"
		ask()
		h.Set(h.Now().Add(time.Hour))
		closeIt()
		closeIt()
		row(first + " " + first + " " + later + " rule:attendance-corrected")
		wantTasks(t, h)
		if audited := h.Ask(t, "SELECT actor FROM audit WHERE action = 'task.close'"); len(audited) != 1 ||
			audited[0][0] != h.Actor.String() {
			t.Errorf("audited is %v", audited)
		}
		ask()
		row(later + " " + first + "  ")
		wantTasks(t, h, "look absence")
		tasks, err := h.DB.Tasks(ctx, h.Actor, h.Clinic)
		if err == nil {
			err = h.DB.FinishTask(ctx, h.Actor, h.Clinic, tasks[0].ID)
		}
		if err != nil {
			t.Fatal(err)
		}
		closeIt()
		ask()
		row(later + " " + first + " " + later + " " + h.Actor.String())
	})
}
