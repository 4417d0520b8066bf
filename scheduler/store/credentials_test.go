package store_test

import (
	"fmt"
	"slices"
	"testing"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/storetest"
)

func TestCredentials(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		ctx := t.Context()
		kim, sam := addStaff(t, h, "kim@example.net", "facilitator"), addStaff(t, h, "sam@example.net", "facilitator")
		record := func(c scheduler.Credential) {
			t.Helper()
			if err := h.DB.RecordCredential(ctx, h.Actor, h.Clinic, kim, c); err != nil {
				t.Fatal(err)
			}
		}
		march := civil.Date{Year: 2027, Month: 3, Day: 31}
		record(scheduler.Credential{Name: "mi-trainer"})
		record(scheduler.Credential{Name: "mbsr-teacher"})
		record(scheduler.Credential{Name: "mbsr-teacher", Expires: march}) // renewed until then
		wantCredentials(t, h, kim, scheduler.Credential{Name: "mbsr-teacher", Expires: march},
			scheduler.Credential{Name: "mi-trainer"})
		wantCredentials(t, h, sam)
		record(scheduler.Credential{Name: "mbsr-teacher"}) // and for ever
		if err := h.DB.WithdrawCredential(ctx, h.Actor, h.Clinic, kim, "mi-trainer"); err != nil {
			t.Fatal(err)
		}
		wantCredentials(t, h, kim, scheduler.Credential{Name: "mbsr-teacher"})
		audited := h.Ask(t, "SELECT action, subject FROM audit WHERE action LIKE 'credential.%' AND subject <> '"+
			string(kim)+"' ORDER BY action, subject")
		const want = "[[credential.record credential:mbsr-teacher] [credential.record credential:mbsr-teacher] " +
			"[credential.record credential:mbsr-teacher] " +
			"[credential.record credential:mi-trainer] [credential.withdraw credential:mi-trainer]]"
		if got := fmt.Sprint(audited); got != want {
			t.Errorf("the audit says %s", got)
		}
		wantMissing(t, h.DB.WithdrawCredential(ctx, h.Actor, h.Clinic, kim, "mi-trainer"))
		wantMissing(t, h.DB.RecordCredential(ctx, h.Actor, h.Clinic, "nobody",
			scheduler.Credential{Name: "mi-trainer"}))
		wantFault(t, h.DB.RecordCredential(ctx, h.Actor, h.Clinic, kim, scheduler.Credential{Name: "MI Trainer"}),
			fault.Invalid, "name")
		desk := access.Staff("x", string(h.Clinic), access.Coordinator)
		wantForbidden(t, h.DB.RecordCredential(ctx, desk, h.Clinic, kim, scheduler.Credential{Name: "mi-trainer"}))
		other := secondClinic(t, h)
		wantMissing(t, other.DB.RecordCredential(ctx, other.Actor, other.Clinic, kim,
			scheduler.Credential{Name: "mi-trainer"}))
		wantMissing(t, other.DB.WithdrawCredential(ctx, other.Actor, other.Clinic, kim, "mbsr-teacher"))
		wantCredentials(t, h, kim, scheduler.Credential{Name: "mbsr-teacher"})
	})
}

func wantCredentials(t *testing.T, h *storetest.House, id scheduler.ID, want ...scheduler.Credential) {
	t.Helper()
	all, err := h.DB.Staff(t.Context(), h.Actor, h.Clinic)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(s reads.Staff) bool { return s.ID == id })
	if i < 0 || !slices.Equal(all[i].Credentials, want) {
		t.Errorf("on record are %v, want %v", all, want)
	}
}
