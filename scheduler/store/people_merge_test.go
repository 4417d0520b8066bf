package store_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/storetest"
)

// twins are two records of one person, in two cohorts, with a welcome for each.
func twins(t *testing.T, h *storetest.House) (stay, gone scheduler.ID) {
	t.Helper()
	first := storetest.Contact(0)
	second := first
	second.Email, second.Phone = "other@example.net", ""
	second.ExternalIDs = []scheduler.ExternalID{{System: "ehr", Value: "8812"}}
	stay = join(t, h, h.OpenCohort(t, 18, 12), first).Person
	gone = join(t, h, h.OpenCohort(t, 10, 12), second).Person
	if stay == gone {
		t.Fatal("they are one already")
	}
	return stay, gone
}

// Everything of a merged record is that of the one that stays, both calendars go on, and who knows their dates is not
// told again.
func TestMergedPeople(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		ctx := t.Context()
		stay, gone := twins(t, h)
		for _, handover := range passGate(t, h, due(t, h)) {
			record(t, h, handover, reads.Sent)
		}
		third := h.AddPeople(t, 3)[2]
		if err := h.Desk.Confirm(ctx, h.Request(), desk.KeepApart(gone, third)); err != nil {
			t.Fatal(err)
		}
		h.Set(h.Now().Add(time.Hour))
		old, err := h.DB.Links(ctx, h.Actor, h.Clinic, gone)
		if err != nil {
			t.Fatal(err)
		}
		q := scheduler.MergeRequest{Stay: stay, Gone: gone, Email: stay}
		p, err := h.Desk.Preview(ctx, h.Request(), desk.Merge(q))
		if err != nil || p.Rests || !strings.Contains(p.Leaves(), "cannot be undone") {
			t.Errorf("the preview says %q (%v)", p.Leaves(), err)
		}
		if err := h.Desk.Confirm(ctx, h.Request(), desk.Merge(q)); err != nil {
			t.Fatal(err)
		}
		for _, table := range []string{"enrollments", "seats", "notices", "tasks"} {
			rows := h.Ask(t, "SELECT count(*) FROM "+table+" WHERE person = '"+string(gone)+"'")
			if rows[0][0] != "0" {
				t.Errorf("%s rows of %s are left", rows[0][0], table)
			}
		}
		for _, row := range h.Ask(t, "SELECT e.person, n.kind, c.local_time FROM notices n JOIN enrollments e "+
			"ON e.id = n.enrollment JOIN cohorts c ON c.id = e.cohort "+
			"WHERE n.state = 'planned' AND n.kind = 'welcome'") {
			if row[2] != "10:00" {
				t.Errorf("told again is %v", row)
			}
		}
		record, err := h.DB.PersonRecord(ctx, h.Actor, h.Clinic, stay)
		if err != nil || len(record.Enrollments) != 2 || len(record.KeptApart) != 1 ||
			!slices.Equal(record.Contact.ExternalIDs, []scheduler.ExternalID{{System: "ehr", Value: "8812"}}) {
			t.Errorf("%d enrollments, %d kept apart, ids %v (%v)", len(record.Enrollments),
				len(record.KeptApart), record.Contact.ExternalIDs, err)
		}
		if len(record.History) < 4 || record.History[0].Action != "person.merge" {
			t.Errorf("the history has %d lines, first %+v", len(record.History), record.History[0])
		}
		if left, err := h.DB.PersonRecord(ctx, h.Actor, h.Clinic, gone); err != nil || left.MergedInto != stay {
			t.Errorf("the other leads to %q (%v)", left.MergedInto, err)
		}
		wantMergedLinks(t, h, stay, old)
	})
}

func wantMergedLinks(t *testing.T, h *storetest.House, stay scheduler.ID, old reads.Links) {
	t.Helper()
	ctx, anybody := t.Context(), door
	key, err := h.DB.FeedKey(ctx, anybody, old.Feed)
	if err != nil || key.Person != stay || key.Ended {
		t.Errorf("the other calendar is %+v (%v)", key, err)
	}
	if _, err := h.DB.Page(ctx, anybody, old.Page); !fault.Is(err, fault.NotFound) {
		t.Errorf("the page of the address that went opens: %v", err)
	}
	if err := h.DB.RenewLinks(ctx, h.Actor, h.Clinic, stay, 0); err != nil {
		t.Fatal(err)
	}
	if key, err := h.DB.FeedKey(ctx, anybody, old.Feed); err != nil || !key.Ended {
		t.Errorf("a renewed calendar lives on by its other address: %+v (%v)", key, err)
	}
}

// A merged record is found by nobody and takes no change.
func TestMergedPeopleAreNotFound(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		ctx := t.Context()
		stay, gone := twins(t, h)
		q := scheduler.MergeRequest{Stay: stay, Gone: gone}
		if err := h.Desk.Confirm(ctx, h.Request(), desk.Merge(q)); err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{"", "8812", "other@example.net"} {
			page, err := h.DB.FindPeople(ctx, h.Actor, h.Clinic, reads.PeopleQuery{Text: text})
			if err != nil || page.Total != 1 || page.People[0].ID != stay {
				t.Errorf("%q finds %d (%v)", text, page.Total, err)
			}
		}
		exported, err := h.DB.ExportPeople(ctx, h.Actor, h.Clinic)
		if err != nil || len(exported) != 1 {
			t.Errorf("%d are exported (%v)", len(exported), err)
		}
		if id, err := h.DB.FindByEmail(ctx, h.Actor, h.Clinic, "other@example.net"); err != nil || id != stay {
			t.Errorf("by the address that stays: %s (%v)", id, err)
		}
		cohort := h.OpenCohort(t, 12, 12)
		_, err = h.Enroll(ctx, cohort, gone)
		wantFault(t, err, fault.Closed, "")
		wantFault(t, h.DB.SetConsents(ctx, h.Actor, h.Clinic, gone, nil), fault.Closed, "")
		wantFault(t, h.DB.RenewLinks(ctx, h.Actor, h.Clinic, gone, 0), fault.Closed, "")
		wantFault(t, h.Desk.Confirm(ctx, h.Request(), desk.Merge(scheduler.MergeRequest{Stay: stay, Gone: gone})),
			fault.Closed, "with")
		again := storetest.Contact(0)
		again.Email, again.Phone = "other@example.net", ""
		_, _, err = h.Desk.PreviewEnroll(ctx, h.Request(), scheduler.EnrollRequest{Cohort: cohort, Contact: again})
		wantFault(t, err, fault.Conflict, "")
	})
}

// Two seats in one session are two people, also when one enrollment has ended.
func TestMergeOfPeopleInOneSession(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		cohort := h.OpenCohort(t, 18, 12)
		people := h.AddPeople(t, 2)
		h.EnrollAll(t, cohort, people)
		q := scheduler.MergeRequest{Stay: people[0], Gone: people[1]}
		wantFault(t, h.Desk.Confirm(t.Context(), h.Request(), desk.Merge(q)), fault.Conflict, "with")
		h.Do(t, "UPDATE enrollments SET state = 'completed' WHERE person = '"+string(people[1])+"'")
		err := h.Desk.Confirm(t.Context(), h.Request(), desk.Merge(q))
		wantFault(t, err, fault.Conflict, "with")
		if !strings.Contains(err.Error(), "session of 2026-01-06") {
			t.Errorf("it says %v", err)
		}
	})
}
