package store_test

import (
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/storetest"
)

func addStaff(t testing.TB, h *storetest.House, email, role string) scheduler.ID {
	t.Helper()
	id, err := h.DB.AddStaff(t.Context(), h.Actor, h.Clinic, "Sam Staff", email, role)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestStaff(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		ctx := t.Context()
		id := addStaff(t, h, "Sam@Example.net", "Facilitator")
		found, err := h.DB.FindStaff(ctx, h.Actor, h.Clinic, "sam@example.NET")
		if err != nil || found.ID != id || found.Name != "Sam Staff" || found.Email != "Sam@example.net" ||
			found.Role != "facilitator" || found.Disabled {
			t.Errorf("found %+v (%v)", found, err)
		}
		_, err = h.DB.AddStaff(ctx, h.Actor, h.Clinic, "Sam Again", "sam@example.net", "admin")
		wantFault(t, err, fault.Conflict, "email")
		for _, c := range []struct{ name, email, role, field string }{
			{"Sam", "sam", "admin", "email"}, {"Sam", "", "admin", "email"}, {"Sam", "b@example.net", "king", "role"},
			{"", "b@example.net", "admin", "name"},
		} {
			_, err := h.DB.AddStaff(ctx, h.Actor, h.Clinic, c.name, c.email, c.role)
			wantFault(t, err, fault.Invalid, c.field)
		}
		first := addStaff(t, h, "b@example.net", "admin")
		if err := h.DB.DisableStaff(ctx, h.Actor, h.Clinic, first); err != nil {
			t.Fatal(err)
		}
		all, err := h.DB.Staff(ctx, access.Staff("x", string(h.Clinic), access.Coordinator), h.Clinic)
		if err != nil || len(all) != 2 || all[0].ID != id || !all[1].Disabled {
			t.Errorf("staff are %+v (%v)", all, err)
		}
		wantFault(t, h.DB.SetStaffRole(ctx, h.Actor, h.Clinic, first, "coordinator"), fault.Closed, "")
		if err := h.DB.EnableStaff(ctx, h.Actor, h.Clinic, first); err != nil {
			t.Fatal(err)
		}
		if err := h.DB.SetStaffRole(ctx, h.Actor, h.Clinic, first, "coordinator"); err != nil {
			t.Fatal(err)
		}
		found, err = h.DB.FindStaff(ctx, h.Actor, h.Clinic, "b@example.net")
		if err != nil || found.Disabled || found.Role != "coordinator" {
			t.Errorf("enabled with another role they are %+v (%v)", found, err)
		}
		wantFault(t, h.DB.SetStaffRole(ctx, h.Actor, h.Clinic, first, "king"), fault.Invalid, "role")
		wantFault(t, h.DB.EnableStaff(ctx, h.Actor, h.Clinic, "nobody"), fault.NotFound, "")
		other := access.Staff("x", string(h.Clinic), access.Coordinator)
		wantForbidden(t, h.DB.EnableStaff(ctx, other, h.Clinic, first))
		_, err = h.DB.AddStaff(ctx, access.Staff("x", string(h.Clinic), access.Coordinator), h.Clinic, "Y",
			"y@example.net", "admin")
		wantForbidden(t, err)
		// The same address at another clinic is another person.
		addStaff(t, secondClinic(t, h), "sam@example.net", "admin")
	})
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		ctx, door := t.Context(), access.System("web")
		id := addStaff(t, h, "sam@example.net", "coordinator")
		link := newLink(t, h, id)
		browser, err := h.DB.SpendLink(ctx, door, link, "")
		if err != nil {
			t.Fatal(err)
		}
		actor, staff, err := h.DB.SignedIn(ctx, door, browser)
		if err != nil || actor.String() != "staff:"+string(id) || actor.Clinic != string(h.Clinic) ||
			actor.Role != access.Coordinator || staff.Name != "Sam Staff" {
			t.Errorf("signed in is %v, %+v (%v)", actor, staff, err)
		}
		_, spent := h.DB.SpendLink(ctx, door, link, "")
		_, unknown := h.DB.SpendLink(ctx, door, "unknown", "")
		_, cookie := h.DB.SpendLink(ctx, door, browser, "")
		old := newLink(t, h, id)
		h.Set(h.Now().Add(15 * time.Minute))
		_, late := h.DB.SpendLink(ctx, door, old, "")
		for _, err := range []error{spent, unknown, cookie, late} {
			wantMissing(t, err)
			if err == nil || err.Error() != unknown.Error() {
				t.Errorf("links fail in different words: %v", err)
			}
		}
		_, _, err = h.DB.SignedIn(ctx, door, link)
		wantMissing(t, err)
		if err := h.DB.SignOut(ctx, door, browser); err != nil {
			t.Fatal(err)
		}
		_, _, err = h.DB.SignedIn(ctx, door, browser)
		wantMissing(t, err)
		if err := h.DB.SignOut(ctx, door, browser); err != nil {
			t.Errorf("signing out twice: %v", err)
		}
		for _, kept := range h.Ask(t, "SELECT hash FROM signins") {
			if kept[0] == link || kept[0] == browser {
				t.Error("a token is kept as it is")
			}
		}
	})
}

func newLink(t testing.TB, h *storetest.House, staff scheduler.ID) string {
	t.Helper()
	link, err := h.DB.NewLink(t.Context(), h.Actor, h.Clinic, staff, 15*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return link
}

func TestSignInEnds(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		ctx, door := t.Context(), access.System("web")
		id := addStaff(t, h, "sam@example.net", "admin")
		signIn := func() string {
			browser, err := h.DB.SpendLink(ctx, door, newLink(t, h, id), "")
			if err != nil {
				t.Fatal(err)
			}
			return browser
		}
		idle, busy, begun := signIn(), signIn(), h.Now()
		for range 71 { // every ten minutes, up to 11:50
			h.Set(h.Now().Add(10 * time.Minute))
			if _, in, err := h.DB.SignedIn(ctx, door, busy); err != nil || in.Locked {
				t.Fatalf("after %s in use: %v", h.Now().Sub(begun), err)
			}
		}
		if _, in, err := h.DB.SignedIn(ctx, door, idle); err != nil || !in.Locked {
			t.Errorf("an idle one is %+v (%v)", in, err)
		}
		h.Set(begun.Add(12 * time.Hour))
		for _, browser := range []string{busy, idle} {
			_, _, err := h.DB.SignedIn(ctx, door, browser)
			wantMissing(t, err)
		}
		fresh, link := signIn(), newLink(t, h, id)
		if err := h.DB.DisableStaff(ctx, h.Actor, h.Clinic, id); err != nil {
			t.Fatal(err)
		}
		_, _, err := h.DB.SignedIn(ctx, door, fresh)
		wantMissing(t, err)
		_, err = h.DB.SpendLink(ctx, door, link, "")
		wantMissing(t, err)
		_, err = h.DB.NewLink(ctx, h.Actor, h.Clinic, id, time.Minute)
		wantFault(t, err, fault.Closed, "")
	})
}

// TestOpenSignIns lists what is open to its holder and to an admin, and ends it.
func TestOpenSignIns(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		ctx, door := t.Context(), access.System("web")
		id, other := addStaff(t, h, "sam@example.net", "auditor"), addStaff(t, h, "kim@example.net", "admin")
		own := access.Staff(string(id), string(h.Clinic), access.Auditor)
		for _, device := range []string{"Firefox on Windows", "Safari on a Mac"} {
			if _, err := h.DB.SpendLink(ctx, door, newLink(t, h, id), device); err != nil {
				t.Fatal(err)
			}
			h.Set(h.Now().Add(10 * time.Minute))
		}
		newLink(t, h, id) // a link is no sign-in
		open, err := h.DB.OpenSignIns(ctx, own, h.Clinic, id)
		if err != nil || len(open) != 2 || open[0].Device != "Safari on a Mac" ||
			open[0].Method != reads.ByCommand || open[0].Expires.Sub(open[0].At) != 12*time.Hour {
			t.Fatalf("%+v (%v)", open, err)
		}
		_, err = h.DB.OpenSignIns(ctx, own, h.Clinic, other)
		wantForbidden(t, err)
		_, err = h.DB.EndSignIns(ctx, own, h.Clinic, other, reads.EndSignIns{})
		wantForbidden(t, err)
		_, err = h.DB.EndSignIns(ctx, h.Actor, h.Clinic, "nobody", reads.EndSignIns{})
		wantFault(t, err, fault.NotFound, "")
		end := func(want int, q reads.EndSignIns) {
			t.Helper()
			if ended, err := h.DB.EndSignIns(ctx, own, h.Clinic, id, q); err != nil || ended != want {
				t.Errorf("%+v ended %d, want %d (%v)", q, ended, want, err)
			}
		}
		end(2, reads.EndSignIns{DryRun: true})
		end(1, reads.EndSignIns{Except: open[0].ID})
		end(0, reads.EndSignIns{Except: open[0].ID})
		end(1, reads.EndSignIns{Only: open[0].ID})
	})
}

// TestLinkIsSpentOnce lets many browsers open one link at once.
func TestLinkIsSpentOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		link := newLink(t, h, addStaff(t, h, "sam@example.net", "admin"))
		results := make(chan error)
		for range 16 {
			go func() {
				_, err := h.DB.SpendLink(t.Context(), access.System("web"), link, "")
				results <- err
			}()
		}
		won := 0
		for range 16 {
			if err := <-results; err == nil {
				won++
			} else {
				wantMissing(t, err)
			}
		}
		if won != 1 {
			t.Errorf("one link made %d sign-ins", won)
		}
	})
}
