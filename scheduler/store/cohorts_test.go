package store_test

import (
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/store/storetest"
)

func TestCohorts(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		ctx := t.Context()
		late, early := h.OpenCohort(t, 20, 6), h.OpenCohort(t, 18, 6)
		for n := range 8 {
			join(t, h, early, storetest.Contact(n))
		}
		if err := h.Desk.Confirm(ctx, h.Request(),
			desk.Cancel(scheduler.CancelRequest{Session: firstSession(t, h, early)})); err != nil {
			t.Fatal(err)
		}
		h.Set(firstStart().Add(10 * 24 * time.Hour)) // the cancelled one and the second are over
		rows, err := h.DB.Cohorts(ctx, h.Actor, h.Clinic)
		if err != nil || len(rows) != 2 || rows[0].ID != early || rows[1].ID != late {
			t.Fatalf("cohorts are %+v (%v)", rows, err)
		}
		r := rows[0]
		if r.Seated != 6 || r.Waiting != 2 || r.Sessions != 8 || r.Past != 1 || r.Capacity != 6 ||
			r.State != scheduler.CohortOpen || r.Rolling {
			t.Errorf("the cohort counts %+v", r)
		}
		if !r.Next.Equal(firstStart().Add(14*24*time.Hour)) || r.NextWall.String() != "2026-01-20T18:00" ||
			r.ProtocolTitle == "" || r.Zone != "America/New_York" {
			t.Errorf("its next session is %s, %s", r.Next, r.NextWall)
		}
		h.Set(h.Now().Add(365 * 24 * time.Hour))
		if rows, err = h.DB.Cohorts(ctx, h.Actor, h.Clinic); err != nil || !rows[0].Next.IsZero() || rows[0].Past != 8 {
			t.Errorf("a year later cohorts are %+v (%v)", rows, err)
		}
	})
}

func TestCohort(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		ctx := t.Context()
		cohort := h.OpenCohort(t, 18, 6)
		var people []scheduler.Enrolled
		for n := range 8 {
			contact := storetest.Contact(n)
			if n == 1 {
				contact.Consents = nil
			}
			people = append(people, join(t, h, cohort, contact))
		}
		if err := h.Desk.Confirm(ctx, h.Request(), desk.Withdraw(people[0].Enrollment)); err != nil {
			t.Fatal(err)
		}
		h.Rest(t, cohort)
		c, err := h.DB.Cohort(ctx, access.Staff("x", string(h.Clinic), access.Coordinator), h.Clinic, cohort)
		if err != nil {
			t.Fatal(err)
		}
		if len(c.Sessions) != 8 || c.Sessions[0].Seated != 6 || c.Sessions[0].SeatLimit != 6 ||
			!c.Sessions[0].Start.Equal(firstStart()) ||
			c.Definition.Protocol != "more-telehealth" || c.ChangeNo != 11 || c.LeadName != "" {
			t.Errorf("the cohort is %+v with %d sessions, the first %+v", c.Cohort, len(c.Sessions), c.Sessions[0])
		}
		if len(c.Enrollments) != 8 || c.Enrollments[7].ID != people[0].Enrollment ||
			c.Enrollments[0].Name != "Pat Example 1" {
			t.Fatalf("enrollments are %+v", c.Enrollments)
		}
		for i, e := range c.Enrollments {
			seats, rank, entry := 8, 0, "2026-01-06T18:00"
			switch {
			case i == 6:
				seats, rank, entry = 0, 1, "" // the first who waited is offered the seat of the one who left
			case i == 7:
				seats = 0
			}
			if e.Seats != seats || e.WaitlistPosition != rank || e.Unreachable != (i == 0) ||
				e.EntryWall.IsZero() != (entry == "") {
				t.Errorf("enrollment %d is %+v", i, e)
			}
		}
	})
}

func TestLeadHasAName(t *testing.T) {
	t.Parallel()
	h := storetest.NewHouse(t, storetest.SQLite(t))
	lead := addStaff(t, h, "lead@example.net", "facilitator")
	cohort, err := h.Desk.OpenCohort(t.Context(), h.Request(), scheduler.OpenRequest{
		Definition: storetest.Definition(t, "more-telehealth"), Start: wall(t, "2026-01-06T18:00").Date,
		At:   wall(t, "2026-01-06T18:00").Clock,
		Zone: "America/New_York", Lead: lead, Reason: "Learns by leading.",
	})
	if err != nil {
		t.Fatal(err)
	}
	c, err := h.DB.Cohort(t.Context(), h.Actor, h.Clinic, cohort)
	if err != nil || c.LeadName != "Sam Staff" {
		t.Errorf("the lead is %q (%v)", c.LeadName, err)
	}
}

func TestRollingCohorts(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		h.OpenCohort(t, 18, 6)
		rolling, err := h.Desk.OpenCohort(t.Context(), h.Request(), scheduler.OpenRequest{
			Definition: storetest.Definition(t, "more-rolling"), Start: wall(t, "2026-01-06T18:00").Date,
			At:   wall(t, "2026-01-06T18:00").Clock,
			Zone: "America/New_York",
		})
		if err != nil {
			t.Fatal(err)
		}
		all, err := h.DB.RollingCohorts(t.Context(), access.System("agenda"))
		if err != nil || len(all) != 1 || all[0].Cohort != rolling || all[0].Clinic != h.Clinic {
			t.Errorf("rolling cohorts are %v (%v)", all, err)
		}
		_, err = h.DB.RollingCohorts(t.Context(), h.Actor)
		wantForbidden(t, err)
	})
}

// Who gave a seat up for a leave waits ahead of everybody.
func TestWhoLostASeatIsFirst(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		cohort := h.OpenCohort(t, 18, 6)
		var all []scheduler.Enrolled
		for n := range 9 {
			all = append(all, join(t, h, cohort, storetest.Contact(n)))
		}
		h.Do(t, "UPDATE enrollments SET priority = 3 WHERE queue_no = 8")
		h.Do(t, "UPDATE enrollments SET front = 1 WHERE queue_no = 9")
		page, err := h.DB.Cohort(t.Context(), h.Actor, h.Clinic, cohort)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range map[int]int{6: 3, 7: 2, 8: 1, 0: 0} {
			standing, err := h.DB.Standing(t.Context(), h.Actor, h.Clinic, all[i].Enrollment)
			if err != nil || standing.WaitlistPosition != want || page.Enrollments[i].WaitlistPosition != want {
				t.Errorf("number %d is at position %d, and on the page at %d (%v), not %d",
					i+1, standing.WaitlistPosition, page.Enrollments[i].WaitlistPosition, err, want)
			}
		}
	})
}

// A cohort knows the open cohorts of its programme, in the order of their phases.
func TestCohortPhases(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		third, first, alone := openRolling(t, h, 18, 6), openRolling(t, h, 9, 6), openRolling(t, h, 12, 6)
		for _, q := range []scheduler.PhaseRequest{{Cohort: third, Phase: "intensive", Number: 3},
			{Cohort: first, Beside: third, Phase: "low-dose", Number: 1}} {
			if err := h.Desk.Confirm(t.Context(), h.Request(), desk.RunPhase(q)); err != nil {
				t.Fatal(err)
			}
		}
		for cohort, want := range map[scheduler.ID]struct {
			phases int
			next   scheduler.ID
		}{first: {2, third}, third: {2, ""}, alone: {0, ""}} {
			c, err := h.DB.Cohort(t.Context(), h.Actor, h.Clinic, cohort)
			if err != nil {
				t.Fatal(err)
			}
			next, follows := c.Next()
			if len(c.Phases) != want.phases || next.Cohort != want.next || follows != (want.next != "") {
				t.Errorf("%s has the phases %+v and goes on in %+v", cohort, c.Phases, next)
			}
		}
	})
}
