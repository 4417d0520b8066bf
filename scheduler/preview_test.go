package scheduler_test

import (
	"context"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"almanac/scheduler"
	"almanac/scheduler/fault"
)

// TestAPreviewTellsWhatTheChangeTells previews random changes and makes them:
// 500 in all, the refused ones not counted.
func TestAPreviewTellsWhatTheChangeTells(t *testing.T) {
	t.Parallel()
	const wanted = 500
	k, compared, telling := defineKinds(t), 0, 0
	for compared < wanted && !t.Failed() {
		rapid.Check(t, func(t *rapid.T) {
			if compared >= wanted {
				return
			}
			c := world(t, k)
			for i := range 6 {
				s := drawStep(t, c)
				for s.name[:4] != "enro" && i < 4 {
					s = drawStep(t, c)
				}
				_ = s.do(c)
			}
			for range 15 {
				told, done := previewAndChange(t, c)
				if done {
					compared++
					telling += told
				}
			}
		})
	}
	if telling < wanted/4 {
		t.Errorf("%d changes told %d things: too few to show anything", compared, telling)
	}
}

// previewAndChange previews a random change, makes it with the number that the
// preview carries, and compares.
func previewAndChange(t *rapid.T, c *clinic) (told int, done bool) {
	ctx, desk, q := context.Background(), c.desk(), c.request()
	var preview scheduler.Preview
	var err error
	var change func() error
	stored := written(c)
	switch rapid.IntRange(0, 2).Draw(t, "change") {
	case 0:
		x := drawCancel(t, c)
		preview, err = desk.PreviewCancel(ctx, q, x)
		change = func() error { return desk.Cancel(ctx, q, x) }
	case 1:
		m := drawMove(t, c)
		preview, err = desk.PreviewMove(ctx, q, m)
		change = func() error { return desk.Move(ctx, q, m) }
	default:
		var id scheduler.ID = "none"
		if r := rapid.SampledFrom(c.rosters).Draw(t, "cohort"); len(r.Enrollments) > 0 {
			id = rapid.SampledFrom(r.Enrollments).Draw(t, "enrollment").ID
		}
		preview, err = desk.PreviewWithdraw(ctx, q, id)
		change = func() error { return desk.Withdraw(ctx, q, id) }
	}
	if written(c) != stored {
		t.Fatal("a preview changed something")
	}
	q.Expect = preview.ChangeNo
	changed := change()
	if fmt.Sprint(err) != fmt.Sprint(changed) {
		t.Fatalf("the preview says %v, the change %v", err, changed)
	}
	if err != nil {
		return 0, false
	}
	if got, want := fmt.Sprintf("%+v", preview.Told), fmt.Sprintf("%+v", c.last.Tellings); got != want {
		t.Fatalf("the preview told\n%s\nand the change\n%s", got, want)
	}
	if len(c.last.Tellings) != len(c.last.Notices)+callTasks(c) {
		t.Fatalf("%d tellings, %d notices and %d calls", len(c.last.Tellings), len(c.last.Notices), callTasks(c))
	}
	return len(preview.Told), true
}

func callTasks(c *clinic) int {
	n := 0
	for _, task := range c.last.Tasks {
		if task.Kind == scheduler.CallTask {
			n++
		}
	}
	return n
}

func TestAPreviewChangesNothing(t *testing.T) {
	t.Parallel()
	c, cohort := group(t)
	before, number := written(c), c.self.ChangeNo
	preview, err := c.desk().PreviewCancel(t.Context(), c.request(), scheduler.Cancelling{Session: c.on(cohort, "2026-01-20").ID})
	if err != nil || preview.ChangeNo != number || len(preview.Told) != 4 {
		t.Errorf("preview %+v: %v", preview, err)
	}
	if written(c) != before || c.self.ChangeNo != number {
		t.Error("a preview changed something")
	}
}

func TestAnOldPreviewIsStale(t *testing.T) {
	t.Parallel()
	c, cohort := group(t)
	x := scheduler.Cancelling{Session: c.on(cohort, "2026-01-20").ID}
	preview, err := c.desk().PreviewCancel(t.Context(), c.request(), x)
	if err != nil {
		t.Fatal(err)
	}
	c.enroll(cohort, "meanwhile")
	q := c.request()
	q.Expect = preview.ChangeNo
	if err := c.desk().Cancel(t.Context(), q, x); !fault.Is(err, fault.Stale) {
		t.Errorf("got %v, want stale", err)
	}
}
