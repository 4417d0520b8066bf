package store_test

import (
	"strings"
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/gate"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/storetest"
)

// A row of a change says which fields it changed, and never what they hold.
func TestAuditNamesChangedFields(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		ctx := t.Context()
		cohort := h.OpenCohort(t, 8, 12)
		h.FillCohort(t, cohort, 0, 1)
		view, err := h.DB.Cohort(ctx, h.Actor, h.Clinic, cohort)
		if err != nil {
			t.Fatal(err)
		}
		person := view.Enrollments[0].Person
		says := func(action, fields string) {
			t.Helper()
			page, err := h.DB.Audit(ctx, h.Actor, h.Clinic, reads.AuditQuery{Action: action, Limit: 1})
			if err != nil || len(page.Rows) != 1 || page.Rows[0].Fields != fields {
				t.Errorf("%s says %+v, not %q (%v)", action, page.Rows, fields, err)
			}
		}
		setClinic(t, h, func(c *reads.Clinic) {
			c.Contact.Name, c.LockMinutes, c.HeadEmail = "Canaryside", 20, "canary@elsewhere.example"
		})
		says("clinic.set", "head_email,lock_minutes,shown_name")
		name, zone := "Canary Other", "America/Denver"
		change := h.Desk.SetPerson(scheduler.PersonSetting{Person: person, Name: &name, Zone: &zone})
		if err := h.Desk.Confirm(ctx, h.Request(), change); err != nil {
			t.Fatal(err)
		}
		says("person.change", "name,zone")
		place := "Canary Street 5"
		set := desk.SetCohort(scheduler.CohortSetting{Cohort: cohort, Place: &place})
		if err := h.Desk.Confirm(ctx, h.Request(), set); err != nil {
			t.Fatal(err)
		}
		says("cohort.set", "place")
		muted := gate.Settings{Muted: []scheduler.Channel{scheduler.Email}, MaxPerWeek: 7}
		if err := h.DB.SetSettings(ctx, h.Actor, h.Clinic, person, muted); err != nil {
			t.Fatal(err)
		}
		says("person.settings", "max_per_week,muted")
		asks := []scheduler.Consent{{Channel: scheduler.Email, TextVersion: "1"}}
		if err := h.DB.SetConsents(ctx, h.Actor, h.Clinic, person, asks); err != nil {
			t.Fatal(err)
		}
		says("person.consents", "email")
		for _, row := range h.Ask(t, "SELECT fields || action || subject || people FROM audit") {
			if strings.Contains(strings.ToLower(row[0]), "canary") {
				t.Errorf("a value stands in the audit: %s", row[0])
			}
		}
	})
}

// The newest head is taken for a mail once on each local day, and again only when it certainly did not leave.
func TestHeadMailOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		system := access.System("audit-log")
		take := func(want bool) reads.HeadMail {
			t.Helper()
			mail, due, err := h.DB.TakeHeadMail(t.Context(), system, h.Clinic)
			if err != nil || due != want {
				t.Fatalf("a mail is due: %v, not %v (%v)", due, want, err)
			}
			return mail
		}
		take(false) // no address, no head
		setClinic(t, h, func(c *reads.Clinic) { c.HeadEmail = "proof@elsewhere.example" })
		take(false) // no head
		signed := logAudit(t, h)
		mail := take(true)
		if mail.Head.Signed != signed || mail.Email != "proof@elsewhere.example" {
			t.Errorf("the mail is %+v", mail.Head)
		}
		take(false)
		if err := h.DB.ReturnHeadMail(t.Context(), system, mail); err != nil {
			t.Fatal(err)
		}
		take(true)
		h.Set(h.Now().AddDate(0, 0, 1))
		take(true)
		take(false)
	})
}
