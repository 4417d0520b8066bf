package store_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/storetest"
)

func refer(t *testing.T, h *storetest.House, all ...scheduler.Referral) []scheduler.ID {
	t.Helper()
	ids, err := h.DB.AddReferrals(t.Context(), h.Actor, h.Clinic, desk.ReferralRequest{Referrals: all})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

// Referrals come back as they were stored, sealed, all or none, page by page, and only to intake.
func TestReferralsAreStored(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		times, _ := scheduler.ParsePreferredTimes("tue 17:00-20:00")
		one := scheduler.Referral{Contact: storetest.Contact(1), Zone: "America/Chicago", Language: "es",
			Protocol: "more-rolling", Times: times, Earliest: civil.Date{Year: 2026, Month: 5, Day: 1},
			Source: "Dr. Canary", Waiting: "Calls after six."}
		id := refer(t, h, one)[0]
		got, err := h.DB.Referral(t.Context(), h.Actor, h.Clinic, id)
		want := one
		want.ID, want.ReceivedAt = id, h.Now()
		for i := range got.Contact.Consents { // the same instant, in UTC
			want.Contact.Consents[i].GivenAt = got.Contact.Consents[i].GivenAt
		}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%v: %#v, not %#v", err, got, want)
		}
		for search, want := range map[string]int{"example 1": 1, "nobody": 0} {
			found, err := h.DB.Referrals(t.Context(), h.Actor, h.Clinic, reads.ReferralQuery{Name: search, Limit: 5})
			if err != nil || len(found.Rows) != want || found.Open != 1 {
				t.Errorf("%q finds %d of %d (%v)", search, len(found.Rows), found.Open, err)
			}
		}
		if kept := h.Ask(t, "SELECT data FROM referrals")[0][0]; strings.Contains(kept, "anary") {
			t.Error("a referral is not sealed")
		}
		_, err = h.DB.AddReferrals(t.Context(), h.Actor, h.Clinic,
			desk.ReferralRequest{Referrals: []scheduler.Referral{{Contact: storetest.Contact(2)}, {}}})
		if f := fault.All(err); len(f) == 0 || !strings.HasPrefix(f[0].Field, "referrals[1].") {
			t.Errorf("the second is wrong: %v", err)
		}
		if _, err := h.DB.AddReferrals(t.Context(), h.Actor, h.Clinic,
			desk.ReferralRequest{Referrals: []scheduler.Referral{{Contact: storetest.Contact(2)}},
				DryRun: true}); err != nil {
			t.Error(err)
		}
		if n := len(h.Ask(t, "SELECT id FROM referrals")); n != 1 {
			t.Fatalf("%d referrals", n)
		}
		for i := range 4 {
			h.Set(h.Now().Add(time.Duration(i%2) * time.Second)) // some at the same moment
			refer(t, h, scheduler.Referral{Contact: storetest.Contact(3 + i)})
		}
		twice := desk.ReferralRequest{Once: desk.Once{Key: "k", Hash: "h"},
			Referrals: []scheduler.Referral{{Contact: storetest.Contact(8)}, {Contact: storetest.Contact(9)}}}
		before, err := h.DB.AddReferrals(t.Context(), h.Actor, h.Clinic, twice)
		if err != nil {
			t.Fatal(err)
		}
		again, err := h.DB.AddReferrals(t.Context(), h.Actor, h.Clinic, twice)
		if err != nil || !slices.Equal(before, again) {
			t.Errorf("asked again: %v, %v, %v", before, again, err)
		}
		seen := map[scheduler.ID]bool{}
		for q := (reads.ReferralQuery{Limit: 2}); ; {
			page, err := h.DB.Referrals(t.Context(), h.Actor, h.Clinic, q)
			if err != nil || page.Open != 7 {
				t.Fatal(err, page.Open)
			}
			for _, r := range page.Rows {
				seen[r.ID] = true
			}
			if q.After = page.Next; q.After.ID == "" {
				break
			}
		}
		if len(seen) != 7 {
			t.Errorf("%d are listed", len(seen))
		}
		_, err = h.DB.Referrals(t.Context(), access.Staff("x", string(h.Clinic), access.Facilitator), h.Clinic,
			reads.ReferralQuery{Limit: 5})
		wantForbidden(t, err)
	})
}

// An enrollment ends its referral in the same step, once; undone, the referral is open again.
func TestReferralIsEnrolled(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		cohort, other := h.OpenCohort(t, 18, 3), h.OpenCohort(t, 10, 3)
		id := refer(t, h, scheduler.Referral{Contact: storetest.Contact(1)})[0]
		open := func() bool {
			t.Helper()
			r, err := h.DB.Referral(t.Context(), h.Actor, h.Clinic, id)
			if err != nil {
				t.Fatal(err)
			}
			return r.State() == scheduler.ReferralOpen
		}
		q := desk.Request{Actor: h.Actor, Clinic: h.Clinic}
		ask := scheduler.EnrollRequest{Cohort: cohort, Contact: storetest.Contact(1), Referral: id}
		if _, _, err := h.Desk.PreviewEnroll(t.Context(), q, ask); err != nil || !open() {
			t.Fatalf("a preview: %v", err)
		}
		done, err := h.Desk.Enroll(t.Context(), q, ask)
		if err != nil || open() {
			t.Fatalf("enrolled: %v", err)
		}
		again := ask
		again.Cohort, again.Person, again.Contact = other, done.Person, scheduler.Contact{}
		if _, err := h.Desk.Enroll(t.Context(), q, again); fault.KindOf(err) != fault.Closed {
			t.Errorf("a second time: %v", err)
		}
		if n := len(h.Ask(t, "SELECT id FROM enrollments")); n != 1 {
			t.Errorf("%d enrollments", n)
		}
		if done.ChangeNo != 0 {
			if err := h.Desk.Confirm(t.Context(), q, desk.TakeBack(done.ChangeNo)); err != nil {
				t.Fatal(err)
			}
			if !open() {
				t.Error("undone, it is not open")
			}
		}
		r, _ := h.DB.Referral(t.Context(), h.Actor, h.Clinic, id)
		if r.State() == scheduler.ReferralOpen {
			r.ClosedAt, r.ClosedWhy = h.Now(), "moved away"
			if err := h.DB.SetReferral(t.Context(), h.Actor, h.Clinic, r, reads.OnlyCheck); err != nil || !open() {
				t.Errorf("a check: %v", err)
			}
			if err := h.DB.SetReferral(t.Context(), h.Actor, h.Clinic, r, reads.Do); err != nil || open() {
				t.Errorf("closed: %v", err)
			}
		}
		if err := h.DB.SetReferral(t.Context(), h.Actor, h.Clinic, r, reads.Do); fault.KindOf(err) != fault.Closed {
			t.Errorf("what has ended changes: %v", err)
		}
		ask.Cohort, ask.Contact = other, storetest.Contact(5)
		if _, err := h.Desk.Enroll(t.Context(), q, ask); fault.KindOf(err) != fault.Closed {
			t.Errorf("of a closed one: %v", err)
		}
		ask.Referral = "nothing"
		_, err = h.Desk.Enroll(t.Context(), q, ask)
		wantMissing(t, err)
		ended, err := h.DB.Referrals(t.Context(), h.Actor, h.Clinic, reads.ReferralQuery{Ended: true, Limit: 5})
		if err != nil || len(ended.Rows) != 1 || ended.Open != 0 {
			t.Errorf("%v: %d ended, %d open", err, len(ended.Rows), ended.Open)
		}
	})
}
