package store_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/storetest"
)

// A message reaches everyone who agreed to email, in their language, and staff get a call for everyone else.
func TestMessageToAGroup(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		cohort := h.OpenCohort(t, 18, 3)
		silent := storetest.Contact(2)
		silent.Consents = nil
		join(t, h, cohort, storetest.Contact(0))
		inSpanish := join(t, h, cohort, storetest.Contact(1))
		h.Do(t, "UPDATE people SET language = 'es' WHERE id = '"+string(inSpanish.Person)+"'")
		call := join(t, h, cohort, silent)
		waits := join(t, h, cohort, storetest.Contact(3))
		left := join(t, h, cohort, storetest.Contact(4))
		drain(t, h)
		q := scheduler.MessageRequest{Cohort: cohort, To: scheduler.ToGroup,
			Text: "Please use the side door.\nIt is open.", Spanish: "Por favor, use la puerta lateral."}
		confirm(t, h, desk.SendMessage(q))
		if early := passGate(t, h, due(t, h)); len(early) != 0 {
			t.Errorf("%d messages left before the change had rested", len(early))
		}
		h.Set(h.Now().Add(scheduler.ChangeDelay))
		all := passGate(t, h, due(t, h))
		slices.SortFunc(all, func(a, b reads.Handover) int { return strings.Compare(a.Language, b.Language) })
		if len(all) != 2 || all[0].Message != q.Text || all[1].Message != q.Spanish ||
			all[0].Kind != scheduler.StaffMessage || all[0].Links.Page == "" {
			t.Fatalf("handed over %+v", all)
		}
		for _, one := range all {
			record(t, h, one, reads.Sent)
		}
		calls := h.Ask(t, "SELECT enrollment FROM tasks WHERE kind = 'call' AND about = 'message' AND done_at = ''")
		if len(calls) != 1 || calls[0][0] != string(call.Enrollment) {
			t.Errorf("calls for %v", calls)
		}
		if kept := h.Ask(t, "SELECT text FROM messages")[0][0]; strings.Contains(kept, "side door") {
			t.Error("the text is not sealed")
		}

		sentIs := func(want reads.MessageFates) {
			t.Helper()
			page, err := h.DB.Messages(t.Context(), h.Actor, h.Clinic, reads.MessageQuery{Cohort: cohort, Limit: 1})
			if err != nil || len(page.Rows) != 1 || page.Rows[0].Fates != want || page.Rows[0].Text != q.Text {
				t.Errorf("the list has %+v (%v), not %+v", page.Rows, err, want)
			}
		}
		sentIs(reads.MessageFates{Sent: 2, ToCall: 1})
		h.Do(t, "UPDATE tasks SET done_at = '2026-01-02T12:00:00.000Z' WHERE about = 'message'")
		sentIs(reads.MessageFates{Sent: 2, Called: 1})

		q.To, q.Spanish = scheduler.ToWaitlist, ""
		confirm(t, h, desk.SendMessage(q))
		confirm(t, h, desk.Withdraw(left.Enrollment)) // and is not written to any more
		h.Set(h.Now().Add(scheduler.ChangeDelay))
		all = passGate(t, h, due(t, h))
		if len(all) != 1 || all[0].Thread != scheduler.WelcomeID(waits.Enrollment) {
			t.Errorf("to the waitlist: %+v", all)
		}
		sentIs(reads.MessageFates{OnTheWay: 1, Dropped: 1})
		first, err := h.DB.Messages(t.Context(), h.Actor, h.Clinic, reads.MessageQuery{Limit: 1})
		if err != nil || first.Next.ID == "" {
			t.Fatalf("the first page is %+v (%v)", first, err)
		}
		rest, err := h.DB.Messages(t.Context(), h.Actor, h.Clinic, reads.MessageQuery{Limit: 1, After: first.Next})
		if err != nil || len(rest.Rows) != 1 || rest.Rows[0].To != scheduler.ToGroup || rest.Next.ID != "" {
			t.Errorf("the second page is %+v (%v)", rest, err)
		}
		stranger := access.Staff(string(h.AddStaff(t)), string(h.Clinic), access.Facilitator)
		if none, err := h.DB.Messages(t.Context(), stranger, h.Clinic, reads.MessageQuery{Limit: 9}); err != nil ||
			len(none.Rows) != 0 {
			t.Errorf("a facilitator of no group reads %+v (%v)", none, err)
		}
	})
}

// A message that is taken back leaves nothing but its withdrawn row, unless somebody was called already.
func TestMessageIsTakenBack(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		cohort := h.OpenCohort(t, 18, 4)
		silent := storetest.Contact(1)
		silent.Consents = nil
		join(t, h, cohort, storetest.Contact(0))
		join(t, h, cohort, silent)
		drain(t, h)
		send := func() {
			confirm(t, h, desk.SendMessage(scheduler.MessageRequest{Cohort: cohort, To: scheduler.ToGroup,
				Text: "Please use the side door."}))
			h.Set(h.Now().Add(scheduler.UndoWindow - time.Second))
		}
		undo := func() error {
			last, err := lastUndo(t, h)
			if err != nil {
				t.Fatal(err)
			}
			_, err = h.Desk.Undo(t.Context(), h.Request(), last.ChangeNo)
			return err
		}
		send()
		if err := undo(); err != nil {
			t.Fatal(err)
		}
		if sent := drain(t, h); len(sent) != 0 {
			t.Errorf("sent %v after an undo", say(sent))
		}
		if calls := h.Ask(t, "SELECT id FROM tasks WHERE about = 'message'"); len(calls) != 0 {
			t.Errorf("%d calls are left", len(calls))
		}
		send()
		h.Do(t, "UPDATE tasks SET done_at = '2026-01-01T12:00:00.000Z' WHERE about = 'message'")
		if err := undo(); !fault.Is(err, fault.Closed) {
			t.Errorf("undone after a call: %v", err)
		}
	})
}
