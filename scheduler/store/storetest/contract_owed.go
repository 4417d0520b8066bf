package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/reads"
)

// newerNoticesSupersede moves a session twice.
func newerNoticesSupersede(t *testing.T, h *House) {
	cohort, _ := h.full(t)
	session := h.Roster(t, cohort, desk.Load{}).Sessions[0]
	states := func(reason string) string {
		return h.Ask(t, fmt.Sprintf("SELECT count(*) FROM notices WHERE kind = 'calendar' AND session = '%s' AND %s",
			session.ID, reason))[0][0]
	}
	h.Do(t, "UPDATE notices SET state = 'sent' WHERE kind = 'calendar'") // the first invites
	h.Do(t, "UPDATE seats SET invited = 1, told_expected = 1")
	for _, step := range []struct {
		minute        int
		lease         string
		open, dropped string
	}{{15, "", "6", "0"}, {30, "", "6", "6"}, {45, "2026-01-01T12:00:30.000Z", "12", "6"}} {
		h.Do(t, fmt.Sprintf("UPDATE notices SET lease_until = '%s' WHERE state = 'planned'", step.lease))
		to := session.Wall
		to.Clock.Minute = step.minute
		must(t, h.Desk.Confirm(t.Context(), h.Request(), desk.Move(scheduler.MoveRequest{Session: session.ID, To: to})))
		open, dropped := states("state = 'planned'"),
			states("state = 'dropped' AND reason = 'superseded' AND done_at <> ''")
		if open != step.open || dropped != step.dropped {
			t.Errorf("after the move to :%d %s are planned and %s superseded, not %s and %s", step.minute, open,
				dropped, step.open, step.dropped)
		}
	}
	if sent := states("state = 'sent'"); sent != "6" {
		t.Errorf("%s were sent", sent)
	}
}

// noticeIsOneRow promises the same thing again and again.
func noticeIsOneRow(t *testing.T, h *House) {
	cohort, enrolled := h.full(t)
	seat := h.Roster(t, cohort, desk.Load{}).SeatsOf(enrolled[0].Enrollment)[5]
	promise := func(due time.Time) {
		h.edit(t, desk.Load{Cohorts: []scheduler.ID{cohort}}, func(b *scheduler.Book) {
			n := scheduler.NewNotice(scheduler.Notice{
				Kind: scheduler.Reminder, Channel: scheduler.Email, Person: enrolled[0].Person,
				Enrollment: seat.Enrollment, Session: seat.Session,
				Seat: seat.ID, Start: NewYear().Add(48 * time.Hour), Lead: 24 * time.Hour, Due: due,
				NotAfter: due.Add(time.Hour),
			}, seat, b.Now)
			b.Notices = append(b.Notices, n, n)
		})
	}
	row := func() string {
		return fmt.Sprint(h.Ask(t,
			"SELECT state, reason, due_at, not_after, queued_until, lead_seconds, start_at, done_at FROM notices "+
				"WHERE kind = 'reminder'"))
	}
	const first, later = "2026-01-01T13:00:00.000Z 2026-01-01T14:00:00.000Z",
		"2026-01-01T15:00:00.000Z 2026-01-01T16:00:00.000Z"
	due := NewYear().Add(time.Hour)
	promise(due)
	if got := row(); got != "[[planned  "+first+"  86400 2026-01-03T12:00:00.000Z ]]" {
		t.Errorf("promised: %s", got)
	}
	h.Do(t, "UPDATE notices SET state = 'dropped', reason = 'moved', queued_until = 'x', done_at = 'y' WHERE kind = "+
		"'reminder'")
	promise(due.Add(2 * time.Hour))
	if got := row(); got != "[[planned  "+later+"  86400 2026-01-03T12:00:00.000Z ]]" {
		t.Errorf("promised again after it was dropped: %s", got)
	}
	for _, state := range []string{"sent", "expired", "failed"} {
		h.Do(t, fmt.Sprintf("UPDATE notices SET state = '%s' WHERE kind = 'reminder'", state))
		promise(due)
		if got := row(); got != "[["+state+"  "+later+"  86400 2026-01-03T12:00:00.000Z ]]" {
			t.Errorf("promised again after it was %s: %s", state, got)
		}
	}
}

func taskIsOneRow(t *testing.T, h *House) {
	cohort, _ := h.full(t)
	promise := func(due time.Time) {
		h.edit(t, desk.Load{}, func(b *scheduler.Book) {
			task := scheduler.NewTask(h.Clinic,
				scheduler.Task{Kind: scheduler.LookTask, About: scheduler.AboutDeclines, Cohort: cohort, Due: due}, "x",
				b.Now)
			b.Tasks = append(b.Tasks, task, task)
		})
	}
	promise(NewYear())
	h.Do(t, "UPDATE tasks SET done_at = 'done', done_by = 'me'")
	promise(NewYear().Add(time.Hour))
	got := h.Ask(t, "SELECT key, kind, about, cohort, due_at, created_at, done_at, done_by FROM tasks")
	want := fmt.Sprintf("[[look:x look declines %s 2026-01-01T12:00:00.000Z 2026-01-01T12:00:00.000Z done me]]", cohort)
	if fmt.Sprint(got) != want {
		t.Errorf("%v, not %s", got, want)
	}
}

func auditSaysWhoAndWhat(t *testing.T, h *House) {
	cohort, enrolled := h.full(t)
	must(t, h.Desk.Confirm(t.Context(), h.Request(), desk.Withdraw(enrolled[0].Enrollment)))
	page, err := h.DB.Audit(t.Context(), access.Operator(string(h.Clinic)), h.Clinic, reads.AuditQuery{Limit: 100})
	must(t, err)
	var got []string
	for _, row := range page.Rows {
		if row.Actor != "command:operator" || !row.At.Equal(NewYear()) {
			t.Errorf("%v", row)
		}
		got = append(got, row.Action+" "+string(row.Subject.ID))
	}
	for _, row := range h.Ask(t, "SELECT subject, people FROM audit") {
		for _, e := range enrolled {
			if text := row[0] + row[1]; strings.Contains(text, string(e.Person)) ||
				strings.Contains(text, string(e.Enrollment)) {
				t.Errorf("the audit names %v, and not by an alias", e)
			}
		}
	}
	want := []string{"cohort.open " + string(cohort)}
	for _, e := range enrolled {
		want = append(want, "enroll "+string(e.Enrollment), "enroll "+string(e.Person))
	}
	want = append(want, "enrollment.withdraw "+string(enrolled[0].Enrollment),
		"enrollment.withdraw "+string(enrolled[0].Person))
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("the audit says\n%v, not\n%v", got, want)
	}
}
