package store_test

import (
	"strings"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/storetest"
)

// A facilitator sees one person of another cohort for an hour, with a reason, and nobody else. It ends by itself,
// cannot be extended, and stands in the audit and in the list.
func TestBreakGlass(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		ctx, cohort := t.Context(), h.OpenCohort(t, 18, 12)
		person := join(t, h, cohort, storetest.Contact(0)).Person
		other := join(t, h, cohort, storetest.Contact(1)).Person
		name := storetest.Contact(0).Name
		facilitator := access.Staff(string(h.AddStaff(t)), string(h.Clinic), access.Facilitator)
		sees := func(person scheduler.ID) bool {
			p, err := h.DB.PersonRecord(ctx, facilitator, h.Clinic, person)
			if err != nil && !fault.Is(err, fault.NotFound) {
				t.Fatal(err)
			}
			return err == nil && len(p.Items) > 0
		}
		if sees(person) {
			t.Fatal("a facilitator sees somebody of another cohort")
		}
		for field, wrong := range map[string][2]string{"reason": {name, " "}, "who": {"Nobody At All", "help"}} {
			_, err := h.DB.BreakGlass(ctx, facilitator, h.Clinic, wrong[0], wrong[1])
			if all := fault.All(err); len(all) != 1 || all[0].Field != field || sees(person) {
				t.Errorf("%q: %v", wrong, err)
			}
		}
		g, err := h.DB.BreakGlass(ctx, facilitator, h.Clinic, name, "Fell, canary reason")
		if err != nil || g.Person != person || !sees(person) || sees(other) {
			t.Fatalf("%+v, %v", g, err)
		}
		kept := h.Ask(t, "SELECT CAST(reason AS TEXT) FROM break_glass")
		if len(kept) != 1 || strings.Contains(kept[0][0], "canary") {
			t.Error("the reason is not sealed")
		}
		h.Set(h.Now().Add(59 * time.Minute))
		again, err := h.DB.BreakGlass(ctx, facilitator, h.Clinic, name, "More time")
		if err != nil || !again.AlreadyOpen || !again.Until.Equal(g.Until) || !sees(person) {
			t.Errorf("asked again: %+v, %v", again, err)
		}
		h.Set(g.Until)
		if sees(person) {
			t.Error("it lasts longer than an hour")
		}
		for _, role := range []access.Role{access.FrontDesk, access.PrivacyOfficer, access.Coordinator} {
			a := access.Staff("x", string(h.Clinic), role)
			if _, err := h.DB.BreakGlass(ctx, a, h.Clinic, name, "x"); !fault.Is(err, fault.Forbidden) {
				t.Errorf("%s: %v", role, err)
			}
		}
		officer := access.Staff("officer", string(h.Clinic), access.PrivacyOfficer)
		list := func() []reads.Glass {
			all, err := h.DB.Glasses(ctx, officer, h.Clinic)
			if err != nil || len(all) != 1 {
				t.Fatalf("%+v, %v", all, err)
			}
			return all
		}
		if one := list()[0]; one.Reason != "Fell, canary reason" || one.PersonName != name || !one.Reviewed.IsZero() {
			t.Errorf("the list says %+v", one)
		}
		if err := h.DB.ReviewGlass(ctx, facilitator, h.Clinic, g.ID); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a review of one's own: %v", err)
		}
		if err := h.DB.ReviewGlass(ctx, officer, h.Clinic, g.ID); err != nil || list()[0].Reviewed.IsZero() {
			t.Errorf("a review: %v", err)
		}
		rows := h.Ask(t, "SELECT count(*) FROM audit WHERE action LIKE 'glass.%'")
		if rows[0][0] != "3" {
			t.Errorf("the audit has %s rows", rows[0][0])
		}
	})
}
