package store_test

import (
	"log/slog"
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/seal"
	"almanac/scheduler/store"
	"almanac/scheduler/store/storetest"
)

// Another secret key than that of the database is refused, with a sentence.
func TestWrongSecretIsFound(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		if err := h.DB.CheckSecret(t.Context()); err != nil {
			t.Fatal(err)
		}
		secret, err := seal.ParseSecret(seal.NewSecret())
		if err != nil {
			t.Fatal(err)
		}
		root, err := seal.NewRoot(secret)
		if err != nil {
			t.Fatal(err)
		}
		other, err := store.Open(t.Context(),
			store.Options{URL: h.URL, Root: root, Zones: h.Zones, Now: h.Now, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		if err := other.CheckSecret(t.Context()); !fault.Is(err, fault.Invalid) {
			t.Errorf("another key gives %v", err)
		}
	})
}

// One row that does not open reads as "cannot be read", is counted, and hides
// nothing else.
func TestUnreadableRowHidesNothing(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		ctx, cohort := t.Context(), h.OpenCohort(t, 18, 6)
		var all []scheduler.Enrolled
		for n := range 3 {
			all = append(all, join(t, h, cohort, storetest.Contact(n)))
		}
		broken := all[1].Person
		h.Do(t, "UPDATE people SET name = (SELECT name FROM people WHERE id = '"+string(all[0].Person)+
			"'), phone = email WHERE id = '"+string(broken)+"'")
		c, err := h.DB.Cohort(ctx, h.Actor, h.Clinic, cohort)
		if err != nil || len(c.Enrollments) != 3 || c.Enrollments[0].Name != "Pat Example 0" ||
			c.Enrollments[1].Name != "cannot be read" {
			t.Fatalf("%+v %v", c.Enrollments, err)
		}
		p, err := h.DB.Person(ctx, h.Actor, h.Clinic, broken)
		if err != nil || p.Contact.Name != "cannot be read" || p.Contact.Phone != "cannot be read" {
			t.Errorf("%+v %v", p.Contact, err)
		}
		if people, err := h.DB.People(ctx, h.Actor, h.Clinic); err != nil || len(people) != 3 {
			t.Errorf("%d people, %v", len(people), err)
		}
		if _, err := h.DB.Tasks(ctx, h.Actor, h.Clinic); err != nil {
			t.Error(err)
		}
		if _, err := h.DB.Ledger(ctx, h.Actor, h.Clinic, reads.LedgerQuery{}); err != nil {
			t.Error(err)
		}
		counts, err := h.DB.Unreadable(ctx, h.Actor, h.Clinic)
		if err != nil || len(counts) != 1 || counts["people"] != 1 {
			t.Errorf("counted are %v, %v", counts, err)
		}
	})
}
