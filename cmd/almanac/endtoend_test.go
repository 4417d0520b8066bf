package main

import (
	"strings"
	"testing"
	"time"

	"almanac/notify/notifytest"
	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/store/storetest"
)

// servicesWorld stands on PostgreSQL, Redis and a mail server.
func servicesWorld(t *testing.T, database string, redis *notifytest.RedisServer) *world {
	t.Helper()
	clock := &handClock{at: newStory().asked.Add(-time.Hour)}
	sink := notifytest.NewSMTP(t, notifytest.SinkOptions{Now: clock.now})
	return newWorld(t, clock, sink, "pgx", database,
		"--data-dir", t.TempDir(), "--database-url", database, "--redis-url", redis.URL(), "--smtp-url", sink.URL())
}

// A cohort lives through its eight weeks, and everybody hears what is true,
// once and in time.
func TestEightWeeks(t *testing.T) {
	t.Parallel()
	for name, house := range map[string]func(t *testing.T) *world{
		"PostgreSQL, Redis and SMTP": func(t *testing.T) *world {
			return servicesWorld(t, storetest.EmptyPostgres(t),
				notifytest.Redis(t))
		},
		"one file and kept mail": sqliteWorld,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := house(t)
			cohort := w.open()
			w.until(w.story.cancelledAt)
			w.cancel(cohort)
			w.until(w.story.movedAt)
			w.move(cohort)
			w.until(w.story.end)
			owed, arrived := w.story.owed(prompt), w.arrived()
			w.report(owed, arrived)
			w.inspectTasks()
			w.inspectLog()
			if !t.Failed() {
				w.story.control(t, owed, arrived)
			}
		})
	}
}

func (w *world) cancel(cohort scheduler.ID) {
	w.t.Helper()
	err := w.desk.Confirm(w.t.Context(), request(w.clinic),
		desk.Cancel(scheduler.CancelRequest{Session: w.session(cohort, w.story.cancelled)}))
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) move(cohort scheduler.ID) {
	w.t.Helper()
	to, err := civil.ParseWallTime("2026-03-04T19:00")
	if err != nil {
		w.t.Fatal(err)
	}
	err = w.desk.Confirm(w.t.Context(), request(w.clinic),
		desk.Move(scheduler.MoveRequest{Session: w.session(cohort, w.story.moved), To: to}))
	if err != nil {
		w.t.Fatal(err)
	}
}

// report tells what differs between what was owed and what arrived.
func (w *world) report(owed []promise, arrived []letter) {
	w.t.Helper()
	problems := w.story.judge(owed, arrived)
	for i, problem := range problems {
		if i == 20 {
			w.t.Errorf("… and %d more", len(problems)-i)
			break
		}
		w.t.Error(problem)
	}
	rows, err := w.sql.QueryContext(w.t.Context(),
		"SELECT kind, state, reason, due_at FROM notices WHERE state IN ('failed', 'expired')")
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var kind, state, reason, due string
		if err := rows.Scan(&kind, &state, &reason, &due); err != nil {
			w.t.Fatal(err)
		}
		w.t.Errorf("a %s due %s %s: %s", kind, due, state, reason)
	}
}

// inspectTasks: who cannot be written to stands as tasks for everything that
// others were told, and who waits stands for nothing. Nobody in the story notes
// who came, so every session that met asks for that, once.
func (w *world) inspectTasks() {
	w.t.Helper()
	tasks, err := w.store.Tasks(w.t.Context(), request(w.clinic).Actor, w.clinic.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	count := map[string]map[string]int{}
	for _, task := range tasks {
		if count[task.Name] == nil {
			count[task.Name] = map[string]int{}
		}
		count[task.Name][task.About]++
	}
	want := map[string]int{
		scheduler.AboutWelcome: 1, scheduler.AboutChanges: 1, scheduler.AboutMoved: 1,
		scheduler.AboutReminder: len(w.story.first), // one cancelled, one added
	}
	for _, g := range w.story.guests {
		got := count[g.name]
		for about, n := range want {
			if g.waits || g.reached() {
				n = 0
			}
			if got[about] != n {
				w.t.Errorf("%s has %d tasks about %s, want %d (all: %v)", g.name, got[about], about, n, got)
			}
		}
		delete(count, g.name)
	}
	// Nobody notes who came; nobody fills the
	// protocol's second role; and some waited when the cohort began.
	noted := count[""]
	if len(noted) != 3 || noted[scheduler.AboutAttendance] != len(w.story.first) || noted[scheduler.AboutRole] != 1 ||
		noted[scheduler.AboutWaitlist] != 1 {
		w.t.Errorf("tasks about no person: %v, want %d about attendance, one about a role, one about the waitlist",
			noted, len(w.story.first))
	}
	delete(count, "")
	if len(count) > 0 {
		w.t.Errorf("tasks for nobody in the story: %v", count)
	}
}

// inspectLog searches the log for whatever is private.
func (w *world) inspectLog() {
	w.t.Helper()
	log := w.log.String()
	if !strings.Contains(log, "hand-over ended") {
		w.t.Error("the log says nothing of what was handed over")
	}
	for _, secret := range w.story.secrets(w.printed...) {
		if strings.Contains(log, secret) {
			w.t.Errorf("the log holds %q", secret)
		}
	}
}
