package web_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/web"
)

// Today says what waits after a restore to who may decide, and to admins when the last backup was made; a backup that
// is too old is an alarm on every page.
func TestTodayTellsOfBackups(t *testing.T) {
	t.Parallel()
	part := reads.Part{State: reads.OK, Message: "The last good backup was made an hour ago."}
	waiting := &reads.Restored{Waiting: 3, BackupAt: time.Date(2026, 1, 6, 23, 0, 0, 0, time.UTC)}
	h := newHouse(t, func(o *web.Options) {
		o.Backup = func(context.Context) (reads.Part, error) { return part, nil }
		o.Waiting = func(context.Context, access.Actor, scheduler.ID) (*reads.Restored, error) { return waiting, nil }
	})
	admin, coordinator, auditor := h.signIn(access.Admin), h.signIn(access.Coordinator), h.signIn(access.Auditor)
	if body := h.get("/", admin).body; !strings.Contains(body, part.Message) ||
		!strings.Contains(body, "3 messages were due between the backup of 2026-01-06 23:00 UTC") {
		t.Errorf("an admin is not told:\n%s", body)
	}
	body := h.get("/", coordinator).body
	if strings.Contains(body, part.Message) || !strings.Contains(body, "3 messages were due") {
		t.Errorf("a coordinator is told\n%s", body)
	}
	if body := h.get("/tasks", auditor).body; strings.Contains(body, "3 messages were due") {
		t.Error("who may not decide is told of what waits")
	}
	part.State = reads.Degraded
	if body := h.get("/tasks", coordinator).body; !strings.Contains(body, part.Message) {
		t.Error("a backup that is too old is no alarm")
	}
}
