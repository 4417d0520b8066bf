package storetest

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/seal"
)

// reasonsToLeadAreKept names somebody without the credential at an opening, for
// one session, and for the same session again.
func reasonsToLeadAreKept(t *testing.T, h *House) {
	const first, second, third = "Quintessa qualifies in May", "Wren is ill", "Wren is still ill"
	lead, other, clerk := h.AddStaff(t), h.AddStaff(t), h.AddStaff(t)
	opening := scheduler.OpenRequest{
		Definition: Definition(t, "more-telehealth"), Start: civil.Date{Year: 2026, Month: 1, Day: 6},
		At:   civil.Clock{Hour: 18},
		Zone: "America/New_York", Lead: lead,
	}
	if _, err := h.Desk.OpenCohort(t.Context(), h.Request(), opening); !fault.Is(err, fault.Conflict) {
		t.Errorf("without the credential and a reason: %v", err)
	}
	if rows := h.Ask(t, "SELECT id FROM cohorts"); len(rows) != 0 {
		t.Errorf("a refused opening left %v", rows)
	}
	opening.Reason = first
	cohort, err := h.Desk.OpenCohort(t.Context(), h.Request(), opening)
	must(t, err)
	session := h.Roster(t, cohort, desk.Load{}).Sessions[2].ID
	asked := desk.Request{Actor: access.Staff(string(clerk), string(h.Clinic), access.Coordinator), Clinic: h.Clinic}
	for i, reason := range []string{second, third} {
		h.Set(NewYear().Add(time.Duration(i+1) * time.Hour))
		before := h.Ask(t, "SELECT change_no FROM clinics ORDER BY change_no DESC")[0][0]
		must(t, h.Desk.Confirm(t.Context(), asked,
			desk.Substitute(scheduler.SubstituteRequest{Session: session, By: other, Reason: reason})))
		if after := h.Ask(t, "SELECT change_no FROM clinics ORDER BY change_no DESC")[0][0]; after == before {
			t.Error("a reason was kept, and the change has no number")
		}
	}
	_, err = h.Desk.Preview(t.Context(), asked,
		desk.Substitute(scheduler.SubstituteRequest{Session: session, By: lead, Reason: "only looking"}))
	must(t, err)
	h.wantOverrides(t, h.Actor, cohort, fmt.Sprint([]string{
		fmt.Sprintf("%s in %q: more-trained, %s, at 12:00 by %q", lead, "", first, ""),
		fmt.Sprintf("%s in %q: more-trained, %s, at 13:00 by %q", other, session, second, "Fay Leader"),
		fmt.Sprintf("%s in %q: more-trained, %s, at 14:00 by %q", other, session, third, "Fay Leader"),
	}))
	h.wantOverrides(t, h.Actor, h.OpenCohort(t, 9, 12), "[]")
	fay := access.Staff("fay", string(h.Clinic), access.Facilitator)
	fay.Everywhere = true // the clinic lets facilitators see all cohorts
	for _, who := range []access.Actor{fay, access.Token("reader", string(h.Clinic), access.ScopeRead)} {
		h.wantOverrides(t, who, cohort, fmt.Sprint([]string{
			fmt.Sprintf("%s in %q: more-trained, , at 12:00 by %q", lead, "", ""),
			fmt.Sprintf("%s in %q: more-trained, , at 13:00 by %q", other, session, ""),
			fmt.Sprintf("%s in %q: more-trained, , at 14:00 by %q", other, session, ""),
		}))
	}
	h.wantSealedOverrides(t, clerk, first, second, third)
}

// wantOverrides compares who may lead a cohort without a credential, as an actor
// reads it.
func (h *House) wantOverrides(t *testing.T, who access.Actor, cohort scheduler.ID, want string) {
	t.Helper()
	page, err := h.DB.Cohort(t.Context(), who, h.Clinic, cohort)
	must(t, err)
	var got []string
	for _, o := range page.Overrides {
		if o.Cohort != cohort || o.Name != "Fay Leader" {
			t.Errorf("of %s, called %q, is kept that they lead %s", o.Staff, o.Name, o.Cohort)
		}
		got = append(got, fmt.Sprintf("%s in %q: %s, %s, at %s by %q", o.Staff, o.Session, o.Credential, o.Reason,
			o.At.Format("15:04"), o.By))
	}
	if fmt.Sprint(got) != want {
		t.Errorf("kept are\n%v\nwant\n%v", got, want)
	}
}

// wantSealedOverrides looks for the reasons beside the store.
func (h *House) wantSealedOverrides(t *testing.T, clerk scheduler.ID, reasons ...string) {
	t.Helper()
	key, dump := h.key(t), h.dump(t)
	rows := h.Ask(t, "SELECT id, reason, by_actor FROM credential_overrides ORDER BY at")
	if len(rows) != len(reasons) {
		t.Fatalf("%d reasons are kept, want %d", len(rows), len(reasons))
	}
	by := []string{"command:operator", "staff:" + string(clerk), "staff:" + string(clerk)}
	for i, reason := range reasons {
		place := seal.Place{Clinic: string(h.Clinic), Table: "credential_overrides", Column: "reason", Row: rows[i][0]}
		if opened, err := key.Open(place, []byte(rows[i][1])); err != nil || opened != reason || rows[i][2] != by[i] {
			t.Errorf("a reason opens as %q (%v), by %s", opened, err, rows[i][2])
		}
		if bytes.Contains(dump, []byte(reason)) {
			t.Errorf("%q stands in the database for everybody to read", reason)
		}
	}
}
