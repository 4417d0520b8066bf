package store_test

import (
	"slices"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/store"
	"almanac/scheduler/store/storetest"
)

// What was stored by an older program is brought to today's form, however often.
func TestPeopleOfAnOlderProgramAreBroughtUpToDate(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		ctx := t.Context()
		id := h.AddPeople(t, 1)[0]
		old := scheduler.Contact{
			Name: "Pat", Email: "Pat@exämple.de", Phone: "+12025550100", ExternalIDs: []scheduler.ExternalID{{System: "ehr", Value: "8812"}},
			Consents: []scheduler.Consent{
				{Channel: scheduler.Email, TextVersion: "1", GivenAt: storetest.NewYear().Add(-time.Hour)},
				{Channel: scheduler.SMS, TextVersion: "", GivenAt: storetest.NewYear().Add(-time.Hour)},
				{Channel: scheduler.Voice, TextVersion: "1", GivenAt: storetest.NewYear().AddDate(64, 0, 0)},
			},
		}
		change := scheduler.Change{Clinic: h.Clinic, Actor: h.Actor, Action: access.Enroll}
		err := h.DB.Change(ctx, change, scheduler.Load{People: []scheduler.ID{id}}, func(b *scheduler.Book) error {
			b.Contacts[id] = old
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		index := h.Ask(t, "SELECT value_index FROM external_ids")[0][0]
		h.Do(t, "UPDATE people SET email_index = 'of an older program'")
		h.Do(t, "UPDATE external_ids SET value_index = ''")
		for range 2 {
			if err := store.Recognise(ctx, h.DB); err != nil {
				t.Fatal(err)
			}
		}
		for _, typed := range []string{"pat@exämple.de", "PAT@xn--exmple-cua.de"} {
			if found, err := h.DB.FindByEmail(ctx, h.Actor, h.Clinic, typed); err != nil || found != id {
				t.Errorf("%s finds %s, %v", typed, found, err)
			}
		}
		p, err := h.DB.Person(ctx, h.Actor, h.Clinic, id)
		if err != nil || p.Contact.Email != "Pat@xn--exmple-cua.de" || !slices.Equal(p.Reach, []scheduler.Channel{scheduler.Email}) {
			t.Errorf("the person is %+v, %v", p.Contact.Consents, err)
		}
		if got := h.Ask(t, "SELECT value_index FROM external_ids")[0][0]; index == "" || got != index {
			t.Errorf("the external id has the index %q, want %q", got, index)
		}
	})
}
