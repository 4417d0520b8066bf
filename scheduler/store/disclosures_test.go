package store_test

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/store"
	"almanac/scheduler/store/storetest"
)

// outsider is a token of the organization that signed names, and its actor.
func outsider(t *testing.T, h *storetest.House, kind scheduler.ConsentKind) access.Actor {
	t.Helper()
	_, token, err := h.DB.AddToken(t.Context(), access.Operator(string(h.Clinic)), h.Clinic, store.TokenRequest{
		Scopes: []access.Scope{access.ScopeRead}, Organization: " oak street  CANARY", Relies: kind})
	if err != nil {
		t.Fatal(err)
	}
	actor, err := h.DB.TokenActor(t.Context(), access.System("api"), token, netip.Addr{})
	if err != nil || !actor.Outside() {
		t.Fatalf("%+v, %v", actor, err)
	}
	return actor
}

// A program of another organization reads of people with a consent in force to it, of nobody else, and each read is in
// the accounting with that consent. When the consent ends, the next request finds nobody.
func TestOutsidersReadByConsent(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		ctx, cohort := t.Context(), h.OpenCohort(t, 18, 12)
		agreed := join(t, h, cohort, storetest.Contact(0)).Person
		other := join(t, h, cohort, storetest.Contact(1)).Person
		elsewhere := signed(h, other, scheduler.ConsentDisclosure)
		elsewhere.To = "Another Street"
		give(t, h, elsewhere)
		consent := give(t, h, signed(h, agreed, scheduler.ConsentDisclosure))
		a := outsider(t, h, scheduler.ConsentDisclosure)
		view := func(person scheduler.ID) error {
			seen := &reads.Viewing{}
			within := reads.WithViewing(ctx, seen)
			p, err := h.DB.PersonRecord(within, a, h.Clinic, person)
			if err != nil {
				return err
			}
			if len(p.Enrollments) == 0 || len(p.Items) == 0 {
				t.Error("the record has no dates")
			}
			return h.DB.RecordViews(within, a, h.Clinic, seen)
		}
		for range 2 {
			if err := view(agreed); err != nil {
				t.Fatal(err)
			}
		}
		if err := view(other); !fault.Is(err, fault.NotFound) {
			t.Errorf("somebody without a consent: %v", err)
		}
		found, err := h.DB.FindPeople(ctx, a, h.Clinic, reads.PeopleQuery{Limit: 10})
		if err != nil || len(found.People) != 1 || found.People[0].ID != agreed {
			t.Errorf("the list has %d people, %v", len(found.People), err)
		}
		if _, err := h.DB.Cohorts(ctx, a, h.Clinic); !fault.Is(err, fault.Forbidden) {
			t.Errorf("cohorts: %v", err)
		}
		log, err := h.DB.Disclosures(ctx, h.Actor, h.Clinic, agreed)
		if err != nil || len(log) != 1 || log[0].Times != 2 || log[0].Consent != consent || log[0].How != "api" ||
			log[0].To != "oak street  CANARY" || log[0].Basis != scheduler.BasisConsent {
			t.Errorf("the accounting says %+v, %v", log, err)
		}
		if log, err := h.DB.Disclosures(ctx, h.Actor, h.Clinic, other); err != nil || len(log) != 0 {
			t.Errorf("of the other: %+v, %v", log, err)
		}
		// A route that forgot to ask is stopped where the answer leaves.
		leak := &reads.Viewing{}
		leak.Saw(reads.FieldName, agreed, other)
		if err := h.DB.RecordViews(ctx, a, h.Clinic, leak); !fault.Is(err, fault.Forbidden) {
			t.Errorf("an answer about both leaves: %v", err)
		}
		err = h.DB.EndConsent(ctx, h.Actor, h.Clinic, desk.ConsentEnd{Person: agreed, Consent: consent, How: "phone"})
		if err != nil {
			t.Fatal(err)
		}
		if err := view(agreed); !fault.Is(err, fault.NotFound) {
			t.Errorf("after the end of the consent: %v", err)
		}
	})
}

// A consent that has run out lets nobody read, also before the duty has written its end.
func TestOutsidersStopAtTheLastDay(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		person := join(t, h, h.OpenCohort(t, 18, 12), storetest.Contact(0)).Person
		give(t, h, signed(h, person, scheduler.ConsentTPO))
		a := outsider(t, h, scheduler.ConsentTPO)
		end := written(t, h, person)[0].ExpiresAt
		for at, want := range map[time.Time]bool{end.Add(-time.Millisecond): true, end: false} {
			h.Set(at)
			_, err := h.DB.Person(t.Context(), a, h.Clinic, person)
			if (err == nil) != want {
				t.Errorf("at %v: %v", at, err)
			}
		}
	})
}

// A token of another organization only reads, and says on which consent.
func TestOutsidersTokensAreChecked(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		read := []access.Scope{access.ScopeRead}
		for field, r := range map[string]store.TokenRequest{
			"scope": {Scopes: []access.Scope{access.ScopeRead, access.ScopeWrite}, Organization: "Oak",
				Relies: scheduler.ConsentTPO},
			"relies_on":    {Scopes: read, Organization: "Oak", Relies: scheduler.ConsentFeed},
			"organization": {Scopes: read, Relies: scheduler.ConsentTPO},
		} {
			_, _, err := h.DB.AddToken(t.Context(), access.Operator(string(h.Clinic)), h.Clinic, r)
			if all := fault.All(err); len(all) != 1 || all[0].Field != field {
				t.Errorf("%s: %v", field, err)
			}
		}
	})
}

// A file that leaves has only people with a consent to its recipient, and stands in the accounting of each. One whose
// consent ended in between stops it.
func TestFilesThatLeave(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		ctx, people := t.Context(), h.AddPeople(t, 3)
		consent := give(t, h, signed(h, people[0], scheduler.ConsentDisclosure))
		o := scheduler.Outside{To: "OAK STREET canary", Purpose: "The county asks", Relies: scheduler.ConsentDisclosure}
		by := access.Operator(string(h.Clinic))
		out, err := h.DB.Outgoing(ctx, by, h.Clinic, o)
		if err != nil || len(out.Consents) != 1 || !out.Allows(people[0]) || out.Allows(people[1]) {
			t.Fatalf("%+v, %v", out, err)
		}
		if err := h.DB.RecordDisclosures(ctx, by, h.Clinic, o, "Attendance", people[:1]); err != nil {
			t.Fatal(err)
		}
		log, err := h.DB.Disclosures(ctx, h.Actor, h.Clinic, people[0])
		if err != nil || len(log) != 1 || log[0].Consent != consent || log[0].Purpose != o.Purpose ||
			log[0].How != "file" {
			t.Errorf("the accounting says %+v, %v", log, err)
		}
		end := desk.ConsentEnd{Person: people[0], Consent: consent, How: "paper"}
		err = h.DB.EndConsent(ctx, h.Actor, h.Clinic, end)
		if err != nil {
			t.Fatal(err)
		}
		err = h.DB.RecordDisclosures(ctx, by, h.Clinic, o, "Attendance", people[:1])
		if !fault.Is(err, fault.Forbidden) {
			t.Errorf("a file after the end: %v", err)
		}
		for field, wrong := range map[string]scheduler.Outside{
			"to":        {Purpose: "x", Relies: scheduler.ConsentTPO},
			"purpose":   {To: "x", Relies: scheduler.ConsentTPO},
			"relies_on": {To: "x", Purpose: "x"},
		} {
			_, err := h.DB.Outgoing(ctx, by, h.Clinic, wrong)
			if all := fault.All(err); len(all) != 1 || all[0].Field != field {
				t.Errorf("%s: %v", field, err)
			}
		}
	})
}

// Staff log what left by letter or in an emergency. By consent it needs one in force that lets records go.
func TestDisclosuresByStaff(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		ctx, person := t.Context(), h.AddPeople(t, 1)[0]
		research := signed(h, person, scheduler.ConsentResearch)
		d := scheduler.Disclosure{Person: person, Basis: scheduler.BasisEmergency, How: "phone",
			DisclosureTerms: scheduler.DisclosureTerms{To: "Dr. Canary", Purpose: "Unconscious", What: "Medication"}}
		log := func(d scheduler.Disclosure, once string) error {
			return h.DB.LogDisclosure(ctx, h.Actor, h.Clinic, d, desk.Once{Key: once, Hash: once}, reads.Do)
		}
		for range 2 { // a form that is sent twice
			if err := log(d, "key"); err != nil {
				t.Fatal(err)
			}
		}
		for _, consent := range []scheduler.ID{"", "0000000000000", give(t, h, research)} {
			byConsent := d
			byConsent.Basis, byConsent.Consent = scheduler.BasisConsent, consent
			if all := fault.All(log(byConsent, "")); len(all) != 1 || all[0].Field != "consent" {
				t.Errorf("by consent %q: %v", consent, all)
			}
		}
		d.Basis, d.How = scheduler.BasisConsent, "letter"
		d.Consent = give(t, h, signed(h, person, scheduler.ConsentLegal))
		if err := log(d, ""); err != nil {
			t.Fatal(err)
		}
		for field, spoil := range map[string]func(*scheduler.Disclosure){
			"to":      func(d *scheduler.Disclosure) { d.To = "" },
			"purpose": func(d *scheduler.Disclosure) { d.Purpose = " " },
			"what":    func(d *scheduler.Disclosure) { d.What = "" },
			"basis":   func(d *scheduler.Disclosure) { d.Basis = "" },
			"how":     func(d *scheduler.Disclosure) { d.How = "api" },
		} {
			wrong := d
			spoil(&wrong)
			if all := fault.All(log(wrong, "")); len(all) != 1 || all[0].Field != field {
				t.Errorf("%s: %v", field, all)
			}
		}
		all, err := h.DB.Disclosures(ctx, h.Actor, h.Clinic, person)
		if err != nil || len(all) != 2 || !slices.ContainsFunc(all, func(d reads.Disclosed) bool {
			return d.Basis == scheduler.BasisEmergency && d.To == "Dr. Canary" && d.By != ""
		}) {
			t.Errorf("the accounting says %+v, %v", all, err)
		}
	})
}
