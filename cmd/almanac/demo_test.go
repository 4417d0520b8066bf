package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"almanac/notify"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/reads"
)

// demoAt tells the story of the demo as it would be told at an instant, with a clock
// that stands still there.
func demoAt(t testing.TB, at time.Time) *house {
	t.Helper()
	config, _, err := parseConfig(nil, noEnvironment, os.ReadFile)
	if err != nil {
		t.Fatal(err)
	}
	clock := &movingClock{real: func() time.Time { return at }}
	h, err := openHouse(t.Context(), config.forDemo(t.TempDir()), slog.New(slog.DiscardHandler), clock.now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(h.listener.Close(), h.close()); err != nil {
			t.Error(err)
		}
	})
	if err := h.tellDemo(t.Context(), clock); err != nil {
		t.Fatalf("the demo at %s: %s", at.Format(time.RFC3339), err)
	}
	return h
}

// How long the story of the demo takes to tell, and how much of a processor.
func BenchmarkDemo(b *testing.B) {
	began := processorTime(b)
	for b.Loop() {
		demoAt(b, instant("2026-11-29 20:00"))
	}
	b.ReportMetric(float64((processorTime(b)-began).Milliseconds())/float64(b.N), "cpu-ms/op")
}

// processorTime is what this process has used of the processors.
func processorTime(t testing.TB) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// The story of the demo holds on every day and at every hour: nothing in it is late,
// lost or of tomorrow, and there is something of everything to see.
func TestDemoAtAnyTime(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long")
	}
	t.Parallel()
	for _, at := range anyTime(t) {
		t.Run(at.Format("Mon "+time.RFC3339), func(t *testing.T) {
			t.Parallel()
			h := demoAt(t, at)
			holdsNothingLate(t, h, at)
			keepsMailOf(t, h, at)
			showsEverything(t, h)
		})
	}
}

// holdsNothingLate: every notice of the whole story left when it was due, and what
// is planned is still to come.
func holdsNothingLate(t *testing.T, h *house, at time.Time) {
	t.Helper()
	clinic, sent := h.sample.clinic.ID, 0
	var query reads.LedgerQuery
	for query.Limit = 500; ; {
		ledger, err := h.store.Ledger(t.Context(), access.Operator(string(clinic)), clinic, query)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range ledger.Rows {
			if n.State == scheduler.NoticeSent {
				sent++
			}
			if wrong := wrongInLedger(n, at); wrong != "" {
				t.Errorf("a %s of %s due %s (%s): %s", n.Kind, n.CohortName, stampOf(n.Due), n.State, wrong)
			}
		}
		if query.After = ledger.Next; query.After.ID == "" {
			break
		}
	}
	if sent < 300 {
		t.Errorf("only %d messages were sent in twelve weeks", sent)
	}
}

// wrongInLedger says what is wrong with a notice at a moment; empty: nothing.
func wrongInLedger(n reads.LedgerRow, at time.Time) string {
	switch {
	case n.State == scheduler.NoticeSent && n.Done.After(at):
		return "it left in the future"
	case n.State == scheduler.NoticeSent && n.Late() > reads.LateAfter:
		return fmt.Sprintf("it left %s after it was due", n.Late())
	case n.State == scheduler.NoticePlanned && n.Due.Before(at.Add(-reads.LateAfter)):
		return "it waits still"
	case n.State == scheduler.NoticeExpired || n.State == scheduler.NoticeFailed:
		return "it went wrong: " + n.Reason
	}
	return ""
}

// keepsMailOf: the mail of the last week can be read, and leads to this program.
func keepsMailOf(t *testing.T, h *house, at time.Time) {
	t.Helper()
	kept, err := notify.NewKept(filepath.Join(h.config.DataDir, "mail"), func() time.Time { return at })
	if err != nil {
		t.Fatal(err)
	}
	clinic := h.sample.clinic.ID
	operator := access.Operator(string(clinic))
	letters, err := kept.List(operator, clinic, "", 1000)
	if err != nil || len(letters.Mails) < 20 {
		t.Fatalf("%d letters are kept (%v)", len(letters.Mails), err)
	}
	for _, l := range letters.Mails {
		if l.At.After(at) || l.At.Before(at.Add(-notify.KeepMailFor-time.Hour)) {
			t.Errorf("a letter is dated %s", stampOf(l.At))
		}
		full, err := kept.Open(operator, clinic, l.ID)
		if err != nil {
			t.Fatal(err)
		}
		leads := h.publicURL() + "/p/"
		if strings.Contains(full.Text, "Your desk") {
			leads = h.publicURL() + "/"
		}
		if !strings.Contains(full.Text, leads) {
			t.Errorf("a letter does not lead to %s:\n%s", h.publicURL(), full.Text)
		}
	}
}

// showsEverything: each page of the demo has something to tell.
func showsEverything(t *testing.T, h *house) {
	t.Helper()
	clinic := h.sample.clinic.ID
	operator := access.Operator(string(clinic))
	cohorts, err := h.store.OpenCohorts(t.Context(), access.System("demo"))
	if err != nil || len(cohorts) != 4 {
		t.Fatalf("%d cohorts are open (%v)", len(cohorts), err)
	}
	states := map[scheduler.EnrollmentState]int{}
	for _, c := range cohorts {
		page, err := h.store.Cohort(t.Context(), operator, clinic, c.Cohort)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Enrollments {
			states[e.State]++
		}
		holdsAttendance(t, h, c.Cohort)
		if c.Cohort == h.sample.shown {
			holdsChanges(t, h, page)
		}
	}
	for state, least := range map[scheduler.EnrollmentState]int{scheduler.Active: 20, scheduler.Waiting: 2,
		scheduler.Pending: 1} {
		if states[state] < least {
			t.Errorf("%d people are %s, want %d at least; all: %v", states[state], state, least, states)
		}
	}
	if tasks, err := h.store.Tasks(t.Context(), operator, clinic); err != nil || len(tasks) == 0 || len(tasks) > 60 {
		t.Errorf("%d tasks stand (%v)", len(tasks), err)
	}
	if _, err := h.sample.patient(t.Context()); err != nil {
		t.Errorf("nobody is to be shown: %s", err)
	}
}

// holdsAttendance: staff have said who came to every session but those of the last days.
func holdsAttendance(t *testing.T, h *house, cohort scheduler.ID) {
	t.Helper()
	clinic := h.sample.clinic.ID
	look := desk.Change{Clinic: clinic, Actor: access.Operator(string(clinic)), Action: access.CohortView}
	book, err := h.store.Look(t.Context(), look, desk.Load{Cohorts: []scheduler.ID{cohort}})
	if err != nil {
		t.Fatal(err)
	}
	for _, session := range book.Unconfirmed(cohort) {
		if h.now().Sub(session.End) > 2*day {
			t.Errorf("nobody has said who came on %s", session.Wall)
		}
	}
}

// holdsChanges: of the cohort that is shown a session moved and another is cancelled,
// both still to come.
func holdsChanges(t *testing.T, h *house, page reads.Cohort) {
	t.Helper()
	ahead := func(which func(reads.Session) bool) bool {
		return slices.ContainsFunc(page.Sessions,
			func(s reads.Session) bool { return s.Start.After(h.now()) && which(s) })
	}
	if !ahead(func(s reads.Session) bool { return s.State == scheduler.SessionCancelled }) {
		t.Error("no session ahead is cancelled")
	}
	if !ahead(func(s reads.Session) bool { return !s.MovedFrom.IsZero() }) {
		t.Error("no session ahead was moved")
	}
}
