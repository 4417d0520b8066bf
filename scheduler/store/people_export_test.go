package store_test

import (
	"testing"

	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/store/storetest"
)

// Everybody is exported with all contact data, the audit says so, and not every role may.
func TestExportPeople(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		h.AddPeople(t, 3)
		people, err := h.DB.ExportPeople(t.Context(), h.Actor, h.Clinic)
		if err != nil || len(people) != 3 {
			t.Fatalf("%d people: %v", len(people), err)
		}
		for _, p := range people {
			if p.Name == "" || p.Zone == "" || len(p.Consents) == 0 {
				t.Errorf("the export has %+v of %s", len(p.Consents), p.ID)
			}
		}
		if rows := h.Ask(t, "SELECT actor FROM audit WHERE action = 'people.export'"); len(rows) != 1 {
			t.Errorf("the audit has %d rows", len(rows))
		}
		staff := access.Staff("anybody", string(h.Clinic), access.Facilitator)
		if _, err := h.DB.ExportPeople(t.Context(), staff, h.Clinic); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a facilitator gets %v", err)
		}
	})
}
