package store_test

import (
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

// signed is a whole consent of a person, signed on the day of the house's clock.
func signed(h *storetest.House, person scheduler.ID, kind scheduler.ConsentKind) scheduler.WrittenConsent {
	today := civil.DateOf(h.Now().Add(-12 * time.Hour))
	return scheduler.WrittenConsent{Person: person, Kind: kind, How: "paper", SignedOn: today,
		ExpiresOn: today.AddDays(30), ConsentTerms: scheduler.ConsentTerms{What: "Attendance of Canary",
			To: "Oak Street Canary", Purpose: "To show that they come", SignedBy: "Canary Guardian"}}
}

func give(t *testing.T, h *storetest.House, c scheduler.WrittenConsent) scheduler.ID {
	t.Helper()
	id, err := h.DB.GiveConsent(t.Context(), h.Actor, h.Clinic, desk.ConsentRequest{Consent: c})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func written(t *testing.T, h *storetest.House, person scheduler.ID) []reads.WrittenConsent {
	t.Helper()
	all, err := h.DB.WrittenConsents(t.Context(), h.Actor, h.Clinic, person)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// A written consent is kept with every element, changed by another one, ended once, and sealed.
func TestWrittenConsents(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		ctx, person := t.Context(), h.AddPeople(t, 1)[0]
		c := signed(h, person, scheduler.ConsentDisclosure)
		dry := desk.ConsentRequest{Consent: c, DryRun: true}
		if _, err := h.DB.GiveConsent(ctx, h.Actor, h.Clinic, dry); err != nil || len(written(t, h, person)) != 0 {
			t.Fatalf("a dry run: %v", err)
		}
		first := give(t, h, c)
		found := written(t, h, person)[0]
		if found.ID != first || found.From == "" || found.To != c.To || found.What != c.What ||
			found.Purpose != c.Purpose || found.SignedBy != c.SignedBy || found.SignedOn != c.SignedOn ||
			found.ExpiresOn != c.ExpiresOn || found.TextVersion != "1" || len(found.Hash) != 64 || found.By == "" ||
			found.Language != "en" || !found.GivenAt.Equal(h.Now()) || !found.InForce(h.Now()) {
			t.Errorf("the consent comes back as %+v", found)
		}
		if kept := h.Ask(t, "SELECT CAST(terms AS TEXT), recipient_index FROM written_consents"); strings.Contains(
			kept[0][0]+kept[0][1], "Canary") {
			t.Error("the terms are not sealed")
		}
		c.Replaces, c.Purpose = first, "For the judge"
		second := give(t, h, c)
		all := written(t, h, person)
		i := slices.IndexFunc(all, func(c reads.WrittenConsent) bool { return c.ID == first })
		if len(all) != 2 || all[i].EndedHow != "changed" || all[1-i].Replaces != first || all[1-i].ID != second {
			t.Errorf("after a change: %+v", all)
		}
		if _, err := h.DB.GiveConsent(ctx, h.Actor, h.Clinic, desk.ConsentRequest{Consent: c}); !fault.Is(err,
			fault.Closed) {
			t.Errorf("a change of what has ended: %v", err)
		}
		c.Replaces, c.Kind = second, scheduler.ConsentLegal
		if _, err := h.DB.GiveConsent(ctx, h.Actor, h.Clinic, desk.ConsentRequest{Consent: c}); !fault.Is(err,
			fault.Invalid) {
			t.Errorf("a change of the kind: %v", err)
		}
		q := desk.ConsentEnd{Person: person, Consent: second, How: "phone"}
		for name, other := range map[string]struct {
			q    desk.ConsentEnd
			kind fault.Kind
		}{
			"of somebody else": {desk.ConsentEnd{Person: h.AddPeople(t, 2)[1], Consent: second, How: "phone"},
				fault.NotFound},
			"no way": {desk.ConsentEnd{Person: person, Consent: second}, fault.Invalid},
		} {
			if err := h.DB.EndConsent(ctx, h.Actor, h.Clinic, other.q); !fault.Is(err, other.kind) {
				t.Errorf("ending a consent %s: %v", name, err)
			}
		}
		if err := h.DB.EndConsent(ctx, h.Actor, h.Clinic, q); err != nil {
			t.Fatal(err)
		}
		if err := h.DB.EndConsent(ctx, h.Actor, h.Clinic, q); !fault.Is(err, fault.Closed) {
			t.Errorf("ending it twice: %v", err)
		}
		actions := h.Ask(t,
			"SELECT action || ' ' || fields FROM audit WHERE action LIKE 'consent.%' ORDER BY action")
		if len(actions) != 3 || actions[0][0] != "consent.change disclosure" ||
			actions[2][0] != "consent.give disclosure" {
			t.Errorf("the audit says %v", actions)
		}
	})
}

// A consent whose last day is over is not in force, whether or not the duty has run, and the duty writes the same end.
func TestConsentsRunOut(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		ctx, person := t.Context(), h.AddPeople(t, 1)[0]
		give(t, h, signed(h, person, scheduler.ConsentDisclosure))
		end := written(t, h, person)[0].ExpiresAt
		duty := access.System("consents")
		h.Set(end.Add(-time.Millisecond))
		n, err := h.DB.EndExpiredConsents(ctx, duty)
		if n != 0 || err != nil || !written(t, h, person)[0].InForce(h.Now()) {
			t.Errorf("before its end: %d, %v", n, err)
		}
		h.Set(end)
		before := written(t, h, person)[0]
		if before.InForce(h.Now()) || before.EndedHow != "expired" {
			t.Errorf("after its end, before the duty: %+v", before)
		}
		if n, err := h.DB.EndExpiredConsents(ctx, duty); n != 1 || err != nil {
			t.Errorf("the duty: %d, %v", n, err)
		}
		after := written(t, h, person)[0]
		if after.EndedHow != "expired" || !after.EndedAt.Equal(before.EndedAt) {
			t.Errorf("after the duty: %+v", after)
		}
		if n, err := h.DB.EndExpiredConsents(ctx, duty); n != 0 || err != nil {
			t.Errorf("the duty again: %d, %v", n, err)
		}
	})
}

// The calendar address ends with the consent to it, and opens again with the next one.
func TestCalendarAddressFollowsItsConsent(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		ctx := t.Context()
		person := join(t, h, h.OpenCohort(t, 18, 12), storetest.Contact(0)).Person
		feed := func() string {
			links, err := h.DB.Links(ctx, h.Actor, h.Clinic, person)
			if err != nil {
				t.Fatal(err)
			}
			return links.Feed
		}
		first := feed()
		c := signed(h, person, scheduler.ConsentFeed)
		id := give(t, h, c)
		if feed() != first {
			t.Error("a consent changes an address that is open")
		}
		err := h.DB.EndConsent(ctx, h.Actor, h.Clinic, desk.ConsentEnd{Person: person, Consent: id, How: "spoken"})
		if err != nil || feed() != "" {
			t.Errorf("the address outlives the consent: %v", err)
		}
		key, err := h.DB.FeedKey(ctx, access.System("feeds"), first)
		if err != nil || !key.Ended {
			t.Errorf("the old address answers %+v, %v", key, err)
		}
		give(t, h, c)
		if again := feed(); again == "" || again == first {
			t.Errorf("a new consent opens %q", again)
		}
		h.Set(written(t, h, person)[0].ExpiresAt)
		if _, err := h.DB.EndExpiredConsents(ctx, access.System("consents")); err != nil || feed() != "" {
			t.Errorf("the address outlives the last day: %v", err)
		}
	})
}

// People give, see and end consents on their own page, with their name as signature, and nobody else signs there.
func TestOwnConsents(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		ctx, system := t.Context(), access.System("web")
		person := join(t, h, h.OpenCohort(t, 18, 12), storetest.Contact(0)).Person
		links, err := h.DB.Links(ctx, h.Actor, h.Clinic, person)
		if err != nil {
			t.Fatal(err)
		}
		for _, wrong := range []struct {
			kind scheduler.ConsentKind
			name string
		}{{scheduler.ConsentTPO, ""}, {scheduler.ConsentLegal, "Pat"}, {"owl", "Pat"}} {
			err := h.DB.GiveOwnConsent(ctx, system, links.Page, wrong.kind, wrong.name)
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("%v: %v", wrong, err)
			}
		}
		for range 2 { // the second time changes nothing
			if err := h.DB.GiveOwnConsent(ctx, system, links.Page, scheduler.ConsentTPO, "Pat Example"); err != nil {
				t.Fatal(err)
			}
		}
		own, err := h.DB.OwnConsents(ctx, system, links.Page)
		if err != nil || len(own.Consents) != 1 || own.Consents[0].How != "page" ||
			own.Consents[0].SignedBy != "Pat Example" {
			t.Fatalf("%+v, %v", own, err)
		}
		if err := h.DB.EndOwnConsent(ctx, system, links.Page, own.Consents[0].ID); err != nil {
			t.Error(err)
		}
		if own, err = h.DB.OwnConsents(ctx, system, links.Page); err != nil || len(own.Consents) != 0 {
			t.Errorf("%+v, %v", own, err)
		}
		if _, err := h.DB.OwnConsents(ctx, system, links.Feed); !fault.Is(err, fault.NotFound) {
			t.Errorf("by the address of the calendar: %v", err)
		}
		c := signed(h, person, scheduler.ConsentTPO)
		c.How = "page"
		if _, err := h.DB.GiveConsent(ctx, h.Actor, h.Clinic, desk.ConsentRequest{Consent: c}); !fault.Is(err,
			fault.Invalid) {
			t.Errorf("staff sign on a person's page: %v", err)
		}
	})
}

// Consents of a merged record are those of the one that stays.
func TestMergedConsents(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		stay, gone := twins(t, h)
		id := give(t, h, signed(h, gone, scheduler.ConsentDisclosure))
		err := h.Desk.Confirm(t.Context(), h.Request(),
			desk.Merge(scheduler.MergeRequest{Stay: stay, Gone: gone, Email: stay}))
		if err != nil {
			t.Fatal(err)
		}
		if all := written(t, h, stay); len(all) != 1 || all[0].ID != id || all[0].To != "Oak Street Canary" {
			t.Errorf("the merged person has %+v", all)
		}
	})
}
