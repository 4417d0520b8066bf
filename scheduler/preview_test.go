package scheduler_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
)

// TestAPreviewTellsWhatTheChangeTells previews random changes and makes them:
// 1000 in all, the refused ones not counted, of every kind that has a preview.
func TestAPreviewTellsWhatTheChangeTells(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long")
	}
	t.Parallel()
	const wanted = 1000
	k, compared, telling := defineKinds(t), 0, 0
	kinds := map[string]int{}
	for compared < wanted && !t.Failed() {
		rapid.Check(t, func(t *rapid.T) {
			if compared >= wanted {
				return
			}
			c := world(t, k)
			c.patient = true
			for i := range 6 {
				s := drawStep(t, c)
				for s.name[:4] != "enro" && i < 4 {
					s = drawStep(t, c)
				}
				_ = s.do(c)
			}
			for range 15 {
				kind, told, done := previewAndChange(t, c)
				if done {
					compared++
					telling += told
					kinds[kind]++
				}
			}
		})
	}
	if telling < wanted/4 {
		t.Errorf("%d changes told %d things: too few to show anything", compared, telling)
	}
	for _, kind := range changeKinds() {
		if kinds[kind] < wanted/50 {
			t.Errorf("%d of %d changes were of the kind %q: too few to show anything", kinds[kind], compared, kind)
		}
	}
}

func changeKinds() []string {
	return []string{"cancel", "move", "withdraw", "close", "reschedule", "add"}
}

// drawProposal draws a change of a kind.
func drawProposal(t *rapid.T, c *clinic, kind string) desk.Proposal {
	switch kind {
	case "cancel":
		return desk.Cancel(drawCancel(t, c))
	case "move":
		return desk.Move(drawMove(t, c))
	case "close":
		x := drawClosing(t, c)
		p, _ := c.desk().Preview(context.Background(), c.request(), desk.Close(x))
		x.Without = append(x.Without, p.Troubled()...)
		return desk.Close(x)
	case "reschedule":
		return desk.Reschedule(drawRescheduling(t, c))
	case "add":
		return desk.AddSession(drawAdding(t, c))
	}
	var id scheduler.ID = "none"
	if r := rapid.SampledFrom(c.rosters).Draw(t, "cohort"); len(r.Enrollments) > 0 {
		id = rapid.SampledFrom(r.Enrollments).Draw(t, "enrollment").ID
	}
	return desk.Withdraw(id)
}

// previewAndChange previews a random change, makes it with the number that the
// preview carries, and compares what was foretold with the promises that are
// there afterwards and were not before.
func previewAndChange(t *rapid.T, c *clinic) (kind string, told int, done bool) {
	q, stored := c.request(), written(c)
	kind = rapid.SampledFrom(changeKinds()).Draw(t, "change")
	x := drawProposal(t, c, kind)
	preview, err := c.desk().Preview(context.Background(), q, x)
	if written(c) != stored {
		t.Fatal("a preview changed something")
	}
	notices, tasks := maps.Clone(c.notices), maps.Clone(c.tasks)
	q.Expect = preview.ChangeNo
	changed := c.desk().Confirm(context.Background(), q, x)
	if fmt.Sprint(err) != fmt.Sprint(changed) {
		t.Fatalf("%s: the preview says %v, the change %v", kind, err, changed)
	}
	if err != nil {
		return kind, 0, false
	}
	got, want := foretold(preview), promised(c, notices, tasks)
	if !slices.Equal(got, want) {
		t.Fatalf("%s: the preview told\n%s\nand the change\n%s", kind, strings.Join(got, "\n"),
			strings.Join(want, "\n"))
	}
	return kind, len(got), true
}

// foretold prints whom a preview tells, and how, in order: all news of a person is one message.
func foretold(p scheduler.Preview) []string {
	lines := make([]string, len(p.Told))
	for i, t := range p.Told {
		lines[i] = fmt.Sprintf("%s by %q", t.Person, t.Channel)
	}
	for _, t := range p.Staff {
		lines = append(lines, fmt.Sprintf("%s by %q", t.Staff, scheduler.Email))
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}

// promised prints who is told something by the notices and tasks that a change added. Who left
// before their welcome is promised a text that the gate drops, unless the welcome is on its way.
func promised(c *clinic, notices map[string]scheduler.Notice, tasks map[string]scheduler.Task) []string {
	var lines []string
	for key, n := range c.notices {
		if _, known := notices[key]; !known && !neverTold(c, n.Enrollment) {
			lines = append(lines, fmt.Sprintf("%s by %q", n.Person+n.Staff, n.Channel))
		}
	}
	for key, k := range c.tasks {
		if _, known := tasks[key]; !known && k.Staff == "" &&
			(k.Kind == scheduler.CallTask || k.Kind == scheduler.LetterTask) {
			lines = append(lines, fmt.Sprintf("%s by %q", k.Person, ""))
		}
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}

// neverTold tells whether somebody has left and was told of none of their dates.
func neverTold(c *clinic, enrollment scheduler.ID) bool {
	for _, r := range c.rosters {
		if e := r.Enrollment(enrollment); e != nil {
			told := slices.ContainsFunc(r.SeatsOf(enrollment),
				func(s *scheduler.Seat) bool { return s.Told != scheduler.Told{} })
			return !e.State.Live() && !told
		}
	}
	return false
}

func TestAPreviewChangesNothing(t *testing.T) {
	t.Parallel()
	c, cohort := group(t)
	before, number := written(c), c.self.ChangeNo
	preview, err := c.desk().Preview(t.Context(), c.request(),
		desk.Cancel(scheduler.CancelRequest{Session: c.on(cohort, "2026-01-20").ID}))
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
	x := scheduler.CancelRequest{Session: c.on(cohort, "2026-01-20").ID}
	preview, err := c.desk().Preview(t.Context(), c.request(), desk.Cancel(x))
	if err != nil {
		t.Fatal(err)
	}
	c.enroll(cohort, "meanwhile")
	q := c.request()
	q.Expect = preview.ChangeNo
	if err := c.desk().Confirm(t.Context(), q, desk.Cancel(x)); !fault.Is(err, fault.Stale) {
		t.Errorf("got %v, want stale", err)
	}
}
