package store_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/store/storetest"
)

func TestPerson(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		ctx := t.Context()
		cohort := h.OpenCohort(t, 18, 12)
		contact := storetest.Contact(7)
		contact.Consents = append(contact.Consents,
			scheduler.Consent{Channel: scheduler.SMS, TextVersion: "3", GivenAt: storetest.NewYear().Add(-time.Hour)})
		e := join(t, h, cohort, contact)
		moveFirst(t, h, cohort, "2026-01-06T19:00")
		p, err := h.DB.Person(ctx, h.Actor, h.Clinic, e.Person)
		if err != nil {
			t.Fatal(err)
		}
		c := p.Contact
		if c.Name != contact.Name || c.Email != contact.Email || c.Phone != contact.Phone ||
			p.Zone != "America/New_York" || p.Language != "en" {
			t.Errorf("the person is %+v, %q", p.Person, c.Name)
		}
		// No text reaches a number that has not confirmed.
		if !slices.Equal(p.Reach, []scheduler.Channel{scheduler.Email}) || len(c.Consents) != 2 ||
			!c.Consents[1].GivenAt.Equal(storetest.NewYear()) {
			t.Errorf("reached over %v with %+v", p.Reach, c.Consents)
		}
		if len(p.Enrollments) != 1 || p.Enrollments[0].CohortName != "Evening 18" ||
			p.Enrollments[0].Cohort != cohort || p.Enrollments[0].State != scheduler.Active {
			t.Errorf("enrollments are %+v", p.Enrollments)
		}
		if len(p.Items) != 8 {
			t.Fatalf("the itinerary has %d items", len(p.Items))
		}
		i := p.Items[0]
		if !i.Start.Equal(firstStart().Add(time.Hour)) || i.Sequence != 1 ||
			i.MovedFrom.String() != "2026-01-06T18:00" || len(i.UID) != 36 ||
			i.Cohort != cohort || i.Enrollment != e.Enrollment || i.Zone != "America/New_York" || i.Place != "Online" ||
			i.Title == "" {
			t.Errorf("the first item is %+v", i)
		}
		one, err := h.DB.Enrollment(ctx, h.Actor, h.Clinic, e.Enrollment)
		if err != nil || !reflect.DeepEqual(one, p.Enrollments[0]) || one.Person != e.Person {
			t.Errorf("the enrollment is %+v (%v)", one, err)
		}
		if err := h.Desk.Confirm(ctx, h.Request(), desk.Withdraw(e.Enrollment)); err != nil {
			t.Fatal(err)
		}
		if p, err = h.DB.Person(ctx, h.Actor, h.Clinic, e.Person); err != nil || len(p.Items) != 0 ||
			p.Enrollments[0].EndedAt.IsZero() {
			t.Errorf("after the withdrawal there are %d items (%v)", len(p.Items), err)
		}
	})
}

func TestFindingPeople(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		ctx := t.Context()
		cohort := h.OpenCohort(t, 18, 12)
		var ids []scheduler.ID
		for n, name := range []string{"zoe Last", "Émile", "Adam"} {
			ids = append(ids, join(t, h, cohort,
				scheduler.Contact{Name: name, Email: storetest.Contact(n).Email}).Person)
		}
		people, err := h.DB.People(ctx, h.Actor, h.Clinic)
		if err != nil || len(people) != 3 || people[0].Name != "Adam" || people[1].Name != "zoe Last" {
			t.Errorf("people are %+v (%v)", people, err)
		}
		names, err := h.DB.Names(ctx, h.Actor, h.Clinic, append(ids, "nobody"))
		if err != nil || len(names) != 3 || names[ids[0]] != "zoe Last" || names[ids[2]] != "Adam" {
			t.Errorf("names are %v (%v)", names, err)
		}
		if none, err := h.DB.Names(ctx, h.Actor, h.Clinic, nil); err != nil || len(none) != 0 {
			t.Errorf("no ids have the names %v (%v)", none, err)
		}
		id, err := h.DB.FindByEmail(ctx, h.Actor, h.Clinic, " pat0@EXAMPLE.net ")
		if err != nil || id != ids[0] {
			t.Errorf("found %s (%v)", id, err)
		}
		_, err = h.DB.FindByEmail(ctx, h.Actor, h.Clinic, "not an address")
		wantFault(t, err, fault.Invalid, "email")
		_, err = h.DB.FindByEmail(ctx, h.Actor, h.Clinic, "")
		wantFault(t, err, fault.Invalid, "email")
	})
}

func TestSetConsentsRefuses(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		e := join(t, h, h.OpenCohort(t, 18, 12), scheduler.Contact{Name: "Only Name"})
		for channel, field := range map[scheduler.Channel]string{scheduler.Email: "email", scheduler.SMS: "phone",
			scheduler.Voice: "phone", "pigeon": "consents"} {
			err := h.DB.SetConsents(t.Context(), h.Actor, h.Clinic, e.Person,
				[]scheduler.Consent{{Channel: channel, TextVersion: "1"}})
			wantFault(t, err, fault.Invalid, field)
		}
		if kept := h.Ask(t, "SELECT person FROM consents"); len(kept) != 0 {
			t.Errorf("%d consents were kept", len(kept))
		}
	})
}

func TestConsentHistoryIsKept(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		e := join(t, h, h.OpenCohort(t, 18, 12), storetest.Contact(0))
		set := func(consents []scheduler.Consent) {
			t.Helper()
			h.Set(h.Now().Add(time.Hour))
			if err := h.DB.SetConsents(t.Context(), h.Actor, h.Clinic, e.Person, consents); err != nil {
				t.Fatal(err)
			}
		}
		before := h.Ask(t, "SELECT change_no FROM clinics")[0][0]
		set(storetest.Contact(0).Consents) // as they are
		if after := h.Ask(t, "SELECT change_no FROM clinics")[0][0]; after != before {
			t.Error("setting what stands already counts as a change")
		}
		set(nil)
		set(storetest.Contact(0).Consents) // dated before it was revoked
		rows := h.Ask(t, "SELECT given_at, revoked_at FROM consents ORDER BY given_at")
		if len(rows) != 2 || rows[0][1] == "" || rows[1][0] != "2026-01-01T15:03:00.000Z" || rows[1][1] != "" {
			t.Errorf("consents are %v", rows)
		}
		audited := h.Ask(t, "SELECT a.actor, n.person FROM audit a JOIN audit_aliases n ON n.alias = a.subject "+
			"WHERE a.action = 'person.consents'")
		if len(audited) != 2 || audited[0][0] != "command:operator" || audited[0][1] != string(e.Person) {
			t.Errorf("the audit has %v", audited)
		}
	})
}

func TestNotices(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		handover := welcomed(t, h)
		record(t, h, handover, "sent")
		rows, err := h.DB.Notices(t.Context(), h.Actor, h.Clinic, handover.Person)
		if err != nil || len(rows) != 3 {
			t.Fatalf("the ledger has %+v (%v)", rows, err)
		}
		for _, n := range rows {
			sent := n.Kind == scheduler.Welcome
			if sent != (n.State == scheduler.NoticeSent) || sent != (n.Attempts == 1) || sent == n.Done.IsZero() ||
				sent != (n.Session == "") || n.Due.IsZero() {
				t.Errorf("the ledger has %+v", n)
			}
		}
	})
}
