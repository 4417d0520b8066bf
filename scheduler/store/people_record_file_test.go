package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/storetest"
)

// The file of one person has what is known of them in every table, says who looked, and is in the audit.
func TestRecordFile(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		c := plantCanary(t, h)
		h.Do(t, "UPDATE attempts SET reply = NULL")
		file, err := h.DB.ExportRecord(t.Context(), h.Actor, h.Clinic, c.person)
		if err != nil {
			t.Fatal(err)
		}
		rows := map[string][][]string{}
		for _, section := range file.Sections {
			rows[section.Name] = section.Rows
			for _, row := range section.Rows {
				if len(row) != len(section.Fields) || slices.Contains(row, "cannot be read") {
					t.Errorf("%s: %v for %v", section.Name, row, section.Fields)
				}
			}
		}
		for section, text := range map[string]string{
			"person": "canary@quill.example", "external_ids": "CANARY-8812", "consents": "email", "settings": "2",
			"enrollments": "more-telehealth", "dates": "present", "attendance": "Somebody at the command line",
			"messages": "welcome", "links": "feed", "referrals": "Dr. Canary", "audit": "people.view",
		} {
			if !strings.Contains(fmt.Sprint(rows[section]), text) {
				t.Errorf("%s has no %s: %v", section, text, rows[section])
			}
		}
		all := fmt.Sprint(file)
		if strings.Contains(all, "pat7@example.net") || strings.Contains(all, string(c.other)) {
			t.Error("somebody else is in the file")
		}
		log, err := h.DB.Audit(t.Context(), h.Actor, h.Clinic, reads.AuditQuery{Kind: reads.AuditExports, Limit: 5})
		if err != nil || len(log.Rows) != 1 || log.Rows[0].Action != "person.export" {
			t.Errorf("the audit says %+v (%v)", log.Rows, err)
		}
		facilitator := access.Staff("s", string(h.Clinic), access.Facilitator)
		if _, err := h.DB.ExportRecord(t.Context(), facilitator, h.Clinic, c.person); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a facilitator: %v", err)
		}
		c.end(t, h)
		if err := h.Desk.Confirm(t.Context(), h.Request(),
			desk.Erase(scheduler.EraseRequest{Person: c.person})); err != nil {
			t.Fatal(err)
		}
		if _, err := h.DB.ExportRecord(t.Context(), h.Actor, h.Clinic, c.person); !fault.Is(err, fault.Closed) {
			t.Errorf("after the erasure: %v", err)
		}
	})
}
