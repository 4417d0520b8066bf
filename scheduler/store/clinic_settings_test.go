package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/gate"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/storetest"
)

// setClinic changes settings of the house's clinic.
func setClinic(t *testing.T, h *storetest.House, change func(*reads.Clinic)) reads.Clinic {
	t.Helper()
	c, err := h.DB.Clinic(t.Context(), h.Actor, h.Clinic)
	if err != nil {
		t.Fatal(err)
	}
	change(&c)
	if err := h.DB.SetClinicSettings(t.Context(), h.Actor, c); err != nil {
		t.Fatal(err)
	}
	if c, err = h.DB.Clinic(t.Context(), h.Actor, h.Clinic); err != nil {
		t.Fatal(err)
	}
	return c
}

// Settings of a clinic come back as they were set, tidied; every field that is wrong is named at once, and then
// nothing changes. Only an admin may change them.
func TestClinicSettings(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		hours := gate.Hours{From: civil.Clock{Hour: 8}, Until: civil.Clock{Hour: 20, Minute: 30}}
		got := setClinic(t, h, func(c *reads.Clinic) {
			c.Zone, c.Facilitators, c.Hours = "US/Central", "all", hours
			c.Contact = scheduler.ClinicContact{Name: " Riverside ", Phone: "(202) 555-0100", Crisis: "Call 988."}
		})
		want := scheduler.ClinicContact{Name: "Riverside", Phone: "+12025550100", Crisis: "Call 988."}
		if got.Contact != want || got.Zone != "America/Chicago" || got.Facilitators != "all" || got.Hours != hours ||
			got.Contact.ShownPhone() != "+1 202-555-0100" {
			t.Errorf("the settings are %+v", got)
		}
		wrong := got
		wrong.Name, wrong.Facilitators, wrong.Hours = "", "some", gate.Hours{From: civil.Clock{Hour: 9}}
		wrong.Contact.Phone, wrong.Contact.Crisis = "12", strings.Repeat("x", scheduler.MaxText+1)
		err := h.DB.SetClinicSettings(t.Context(), h.Actor, wrong)
		fields := map[string]bool{}
		for _, f := range fault.All(err) {
			fields[f.Field] = true
		}
		for _, field := range []string{"name", "facilitators", "phone", "crisis", "hours_until"} {
			if !fields[field] {
				t.Errorf("nothing is said about %s: %v", field, err)
			}
		}
		if now := setClinic(t, h, func(*reads.Clinic) {}); now.Contact != want || now.Name != got.Name {
			t.Errorf("something was changed: %+v", now)
		}
		for _, a := range []access.Actor{access.Staff("someone", string(h.Clinic), access.Coordinator),
			h.Neighbour(t).Actor} {
			if err := h.DB.SetClinicSettings(t.Context(), a, got); err == nil {
				t.Errorf("%s may change them", a)
			}
		}
		neighbour := h.Neighbour(t)
		same := setClinic(t, neighbour, func(*reads.Clinic) {})
		same.Name = got.Name
		if err := h.DB.SetClinicSettings(t.Context(), neighbour.Actor, same); fault.KindOf(err) != fault.Conflict {
			t.Errorf("the name of another clinic: %v", err)
		}
	})
}

// Who chose no hours is written to in the clinic's; who chose some, in those. A reminder that was planned by
// what held before is planned anew.
func TestHoursOfAClinic(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		cohort := h.OpenCohort(t, 8, 4)
		people := h.AddPeople(t, 2)
		h.EnrollAll(t, cohort, people)
		if err := h.DB.SetSettings(t.Context(), h.Actor, h.Clinic, people[1], gate.Settings{}); err != nil {
			t.Fatal(err)
		}
		due := func() map[string]string {
			t.Helper()
			if _, err := h.DB.Foresee(t.Context(), access.System("agenda")); err != nil {
				t.Fatal(err)
			}
			at := map[string]string{}
			for _, row := range h.Ask(t, `SELECT person, min(due_at) FROM notices WHERE kind = 'reminder'
				AND state = 'planned' AND lead_seconds = 86400 GROUP BY person`) {
				at[row[0]] = row[1]
			}
			return at
		}
		h.Set(time.Date(2026, 1, 4, 17, 0, 0, 0, time.UTC)) // two days before 8:00 in New York
		before := due()
		setClinic(t, h, func(c *reads.Clinic) {
			c.Hours = gate.Hours{From: civil.Clock{Hour: 10}, Until: civil.Clock{Hour: 18}}
		})
		after := due()
		none, own := string(people[0]), string(people[1])
		if before[own] == "" || after[own] != before[own] {
			t.Errorf("who chose any time is reminded at %q, before at %q", after[own], before[own])
		}
		local := func(text string) string {
			at, err := time.Parse("2006-01-02T15:04:05.000Z", text)
			if err != nil {
				t.Fatal(errors.Join(err, errors.New(text)))
			}
			zone, err := h.Zones.Location("America/New_York")
			if err != nil {
				t.Fatal(err)
			}
			return at.In(zone).Format("15:04")
		}
		if was, is := local(before[none]), local(after[none]); was >= "10:00" || is < "10:00" || is >= "18:00" {
			t.Errorf("who chose nothing was reminded at %s and now at %s", was, is)
		}
	})
}

// People are reminded by the clinic's leads where the protocol only assumes some, unless they chose others. What was
// due before the choice is not sent later, and the effect counts what would leave.
func TestLeadsOfAClinic(t *testing.T) {
	t.Parallel()
	h := storetest.NewHouse(t, storetest.SQLite(t))
	cohort := h.OpenCohort(t, 8, 4)
	people := h.AddPeople(t, 3)
	h.EnrollAll(t, cohort, people)
	for i, s := range []gate.Settings{{MaxPerWeek: 5}, {Leads: []time.Duration{24 * time.Hour}}} {
		if err := h.DB.SetSettings(t.Context(), h.Actor, h.Clinic, people[i+1], s); err != nil {
			t.Fatal(err)
		}
	}
	planned := func() string {
		t.Helper()
		if _, err := h.DB.Foresee(t.Context(), access.System("agenda")); err != nil {
			t.Fatal(err)
		}
		var all []string
		for i, person := range people {
			for _, row := range h.Ask(t, `SELECT lead_seconds / 3600 FROM notices WHERE kind = 'reminder'
				AND state = 'planned' AND person = '`+string(person)+`' ORDER BY 1`) {
				all = append(all, fmt.Sprintf("%d:%s", i, row[0]))
			}
		}
		return strings.Join(all, " ")
	}
	h.Set(time.Date(2026, 1, 4, 22, 30, 0, 0, time.UTC)) // 48½ hours before the first date
	if got := planned(); got != "0:24 0:72 1:24 1:72 2:24" {
		t.Fatalf("by the protocol these are planned: %s", got)
	}
	leads := []time.Duration{2 * time.Hour, 49 * time.Hour, 25 * time.Hour}
	c, err := h.DB.Clinic(t.Context(), h.Actor, h.Clinic)
	if err != nil {
		t.Fatal(err)
	}
	c.Leads = leads
	e, err := h.DB.ClinicEffect(t.Context(), h.Actor, c)
	if err != nil || e.RemindersNow == 0 || e.RemindersThen <= e.RemindersNow || e.OwnLeads != 0 {
		t.Errorf("the effect is %+v, %v", e, err)
	}
	if got := planned(); got != "0:24 0:72 1:24 1:72 2:24" {
		t.Errorf("after the effect was counted these are planned: %s", got)
	}
	got := setClinic(t, h, func(c *reads.Clinic) { c.Leads = leads })
	if !slices.Equal(got.Leads, []time.Duration{49 * time.Hour, 25 * time.Hour, 2 * time.Hour}) {
		t.Errorf("the leads are %v", got.Leads)
	}
	if got := planned(); got != "0:25 0:72 1:25 1:72 2:24" { // 49 hours were over when they were chosen
		t.Errorf("by the clinic these are planned: %s", got)
	}
	setClinic(t, h, func(c *reads.Clinic) { c.Leads = nil })
	if got := planned(); got != "0:24 0:72 1:24 1:72 2:24" {
		t.Errorf("by the protocol again these are planned: %s", got)
	}
	c.Leads = []time.Duration{time.Minute}
	wantFault(t, h.DB.SetClinicSettings(t.Context(), h.Actor, c), fault.Invalid, "leads")
}

// Texts of messages go once the clinic has kept them for its years, never sooner than six, and their rows stay. The
// effect counts them first.
func TestTextsAreErased(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		cohort := h.OpenCohort(t, 8, 4)
		h.EnrollAll(t, cohort, h.AddPeople(t, 1))
		confirm(t, h, desk.SendMessage(scheduler.MessageRequest{Cohort: cohort, To: scheduler.ToGroup,
			Text: "Use the side door."}))
		texts := func() string { return h.Ask(t, "SELECT count(*) FROM messages WHERE length(text) > 0")[0][0] }
		erase := func(want int64) {
			t.Helper()
			if n, err := h.DB.EraseTexts(t.Context(), access.System("forget")); err != nil || n != want {
				t.Errorf("%d texts were erased, not %d: %v", n, want, err)
			}
		}
		c := setClinic(t, h, func(c *reads.Clinic) { c.TextYears = 6 })
		for _, years := range []int{-1, 5, 51} {
			c.TextYears = years
			wantFault(t, h.DB.SetClinicSettings(t.Context(), h.Actor, c), fault.Invalid, "text_years")
		}
		h.Set(h.Now().AddDate(6, 0, -1))
		if erase(0); texts() != "1" {
			t.Error("a text went before its six years")
		}
		h.Set(h.Now().AddDate(0, 0, 2))
		setClinic(t, h, func(c *reads.Clinic) { c.TextYears = 0 })
		erase(0)
		c.TextYears = 6
		if e, err := h.DB.ClinicEffect(t.Context(), h.Actor, c); err != nil || e.Texts != 1 {
			t.Errorf("the effect is %+v, %v", e, err)
		}
		setClinic(t, h, func(c *reads.Clinic) { c.TextYears = 6 })
		erase(1)
		erase(0)
		page, err := h.DB.Messages(t.Context(), h.Actor, h.Clinic, reads.MessageQuery{Limit: 5})
		if err != nil || len(page.Rows) != 1 || page.Rows[0].Text != "" {
			t.Errorf("the message is %+v, %v", page.Rows, err)
		}
		if n := h.Ask(t, "SELECT count(*) FROM audit WHERE action = 'clinic.erase-texts'")[0][0]; n != "1" {
			t.Errorf("the audit has %s rows of it", n)
		}
	})
}
