package scheduler_test

import (
	"slices"
	"testing"
	"time"

	"almanac/scheduler"
)

// toPeople leaves out the notices that go to staff.
func toPeople(all []scheduler.Notice) []scheduler.Notice {
	return slices.DeleteFunc(slices.Clone(all), func(n scheduler.Notice) bool { return n.Kind.ToStaff() })
}

// toStaff gives the kinds of the notices that go to staff, to one each.
func toStaff(all []scheduler.Notice) map[scheduler.ID][]string {
	told := map[scheduler.ID][]string{}
	for _, n := range all {
		if n.Kind.ToStaff() {
			told[n.Staff] = append(told[n.Staff], string(n.Kind))
		}
	}
	return told
}

// TestStaffAreOwedNews checks which notices a change plans for facilitators. One changed session gives a
// calendar mail. Several give a text and a calendar mail each.
func TestStaffAreOwedNews(t *testing.T) {
	t.Parallel()
	c, cohort := group(t)
	s := c.on(cohort, "2026-01-20")
	if err := c.cancel(scheduler.CancelRequest{Session: s.ID, Content: scheduler.Skip}); err != nil {
		t.Fatal(err)
	}
	same(t, "cancelled", toStaff(c.last.Notices), map[scheduler.ID][]string{"lead": {"assignment"}})
	same(t, "for the preview", []any{len(c.last.StaffAnnouncements), c.last.StaffAnnouncements[0].Sessions}, "[1 1]")

	c, cohort = group(t)
	s = c.on(cohort, "2026-01-20")
	if err := c.cancel(scheduler.CancelRequest{Session: s.ID, Content: scheduler.Append}); err != nil {
		t.Fatal(err)
	}
	same(t, "cancelled, with another date", toStaff(c.last.Notices),
		map[scheduler.ID][]string{"lead": {"assignments", "assignment", "assignment"}})
}

// TestAssignmentNews compares what a member of staff was told with what is true.
func TestAssignmentNews(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)
	session := &scheduler.Session{
		ID: "s", State: scheduler.SessionPlanned, Leader: "lead", Start: now.Add(24 * time.Hour),
		End: now.Add(26 * time.Hour), Place: "Room 2",
	}
	elsewhere := session.LedBy("lead")
	elsewhere.Place = "Room 1"
	for _, tt := range []struct {
		name  string
		known scheduler.Assignment
		want  []scheduler.Off
	}{
		{"told nothing", scheduler.Assignment{Staff: "lead"}, []scheduler.Off{scheduler.OffNot}},
		{"told as it is", scheduler.Assignment{Staff: "lead", Told: session.LedBy("lead")}, nil},
		{"told another place", scheduler.Assignment{Staff: "lead", Told: elsewhere}, []scheduler.Off{scheduler.OffNot}},
		{"nobody knows whether they were told",
			scheduler.Assignment{Staff: "lead", Told: session.LedBy("lead"), InDoubt: true},
			[]scheduler.Off{scheduler.OffNot}},
		{"told that they lead, and another does", scheduler.Assignment{Staff: "other", Told: elsewhere},
			[]scheduler.Off{scheduler.OffReleased}},
		{"never told, and another leads", scheduler.Assignment{Staff: "other"}, nil},
		{"perhaps told, and another leads", scheduler.Assignment{Staff: "other", InDoubt: true, Tried: elsewhere},
			[]scheduler.Off{scheduler.OffReleased}},
	} {
		var got []scheduler.Off
		known := []scheduler.KnownAssignment{{Assignment: tt.known, Current: session}}
		for _, n := range scheduler.AssignmentNews(known, now) {
			got = append(got, n.Off)
		}
		same(t, tt.name, got, tt.want)
		if over := scheduler.AssignmentNews([]scheduler.KnownAssignment{{Assignment: tt.known, Current: session}},
			session.End); over != nil {
			t.Errorf("%s: %d news of a session that is over", tt.name, len(over))
		}
	}
}
