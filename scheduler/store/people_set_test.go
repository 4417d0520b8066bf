package store_test

import (
	"strings"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/fault"
	"almanac/scheduler/store/storetest"
)

// A new address gets all dates again, and the links that the old one knows end; another name tells nobody.
func TestNewAddressIsTold(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		ctx := t.Context()
		handover := welcomed(t, h)
		record(t, h, handover, "sent")
		h.Set(h.Now().Add(time.Hour))
		person := handover.Person
		h.Do(t, "UPDATE people SET email_bad_at = '2026-01-01T00:00:00.000Z'")
		old, err := h.DB.Links(ctx, h.Actor, h.Clinic, person)
		if err != nil {
			t.Fatal(err)
		}
		planned := func() string {
			var kinds []string
			for _, row := range h.Ask(t, "SELECT kind FROM notices WHERE state = 'planned' ORDER BY kind") {
				kinds = append(kinds, row[0])
			}
			return strings.Join(kinds, " ")
		}
		before := planned()
		name, email, wrong := "Ana Canary", "ana@new.example", "no address"
		q := scheduler.PersonSetting{Person: person, Name: &name}
		if err := h.Desk.Confirm(ctx, h.Request(), h.Desk.SetPerson(q)); err != nil || planned() != before {
			t.Errorf("another name tells something: %q, then %q (%v)", before, planned(), err)
		}
		wantFault(t, h.Desk.Confirm(ctx, h.Request(), h.Desk.SetPerson(q)), fault.Invalid, "")
		wantFault(t, h.Desk.Confirm(ctx, h.Request(),
			h.Desk.SetPerson(scheduler.PersonSetting{Person: person, Email: &wrong, Zone: &wrong})),
			fault.Invalid, "zone")
		if err := h.Desk.Confirm(ctx, h.Request(),
			h.Desk.SetPerson(scheduler.PersonSetting{Person: person, Email: &email})); err != nil {
			t.Fatal(err)
		}
		p, err := h.DB.PersonRecord(ctx, h.Actor, h.Clinic, person)
		if err != nil || p.Contact.Email != email || p.Contact.Name != name || !p.EmailBad.IsZero() || !p.Reachable() ||
			p.Generation != 1 || p.Links.Page == old.Page || p.Links.Feed == old.Feed {
			t.Errorf("after the change: generation %d, bad since %v (%v)", p.Generation, p.EmailBad, err)
		}
		if after := planned(); strings.Count(after, "welcome") != 1 || !strings.Contains(after, "calendar") {
			t.Errorf("planned is %q", after)
		}
		if p.History[0].Action != "person.change" {
			t.Errorf("the history begins with %+v", p.History[0])
		}
	})
}
