package store_test

import (
	"testing"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/storetest"
)

// metOnline opens a cohort whose sessions have a meeting, with one person in it, and gives their page.
func metOnline(t *testing.T, h *storetest.House) reads.Page {
	t.Helper()
	id, err := h.Desk.OpenCohort(t.Context(), h.Request(), scheduler.OpenRequest{
		Definition: storetest.Definition(t, "more-telehealth"), Name: "Evening", Zone: "America/New_York",
		Start: civil.Date{Year: 2026, Month: 1, Day: 6}, At: civil.Clock{Hour: 18},
		Meeting: scheduler.Meeting{Kind: scheduler.LinkMeeting, Link: "https://meet.example.org/abc"},
	})
	if err != nil {
		t.Fatal(err)
	}
	e := join(t, h, id, storetest.Contact(1))
	links, err := h.DB.Links(t.Context(), h.Actor, h.Clinic, e.Person)
	if err != nil {
		t.Fatal(err)
	}
	page, err := h.DB.Page(t.Context(), webDoor, links.Page)
	if err != nil || len(page.Items) == 0 || page.Items[0].Join == "" {
		t.Fatalf("the page has no way in: %+v, %v", page.Items, err)
	}
	return page
}

// A way into a session names no clinic. A process that knows no key yet finds the right one of several clinics, and a
// seat that somebody moved to another clinic in the database is nobody's.
func TestWaysInOfSeveralClinics(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		next := h.Neighbour(t)
		next.Use(next.DB)
		for _, at := range []*storetest.House{next, h} {
			page := metOnline(t, at)
			token := page.Items[0].Join
			j, err := h.Another(t).Join(t.Context(), webDoor, token)
			if err != nil || j.Clinic != at.Clinic || j.Person != page.Person || j.Seat != page.Items[0].Seat {
				t.Errorf("the way in leads to %+v, %v", j, err)
			}
			if at != h {
				continue
			}
			h.Do(t, "UPDATE seats SET clinic = '"+string(next.Clinic)+"' WHERE id = '"+string(j.Seat)+"'")
			_, err = h.Another(t).Join(t.Context(), webDoor, token)
			wantFault(t, err, fault.NotFound, "")
		}
		_, err := h.DB.Join(t.Context(), webDoor, "nobodysnobodysnobodysnobodysnobodys")
		wantFault(t, err, fault.NotFound, "")
	})
}

// One account of an organization is linked at one clinic, though each clinic keeps a digest of its own.
func TestAccountsOfSeveralClinics(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		ctx, door, next := t.Context(), access.System("web"), h.Neighbour(t)
		use := reads.IdentityUse{Issuer: issuer, Subject: "one", Email: "sam@example.net"}
		for _, at := range []*storetest.House{next, h} {
			id := addStaff(t, at, "sam@example.net", "admin")
			browser, err := h.DB.SpendLink(ctx, door, newLink(t, at, id), "")
			if err != nil {
				t.Fatal(err)
			}
			err = h.DB.LinkIdentity(ctx, access.Staff(string(id), string(at.Clinic), access.Admin), browser, use)
			if at == h {
				wantFault(t, err, fault.Conflict, "")
			} else if err != nil {
				t.Fatal(err)
			}
		}
		token, err := h.DB.UseIdentity(ctx, door, use)
		if err != nil {
			t.Fatal(err)
		}
		if a, _, err := h.DB.SignedIn(ctx, door, token); err != nil || a.Clinic != string(next.Clinic) {
			t.Errorf("signed in is %+v, %v", a, err)
		}
	})
}
