package store_test

import (
	"sync"
	"testing"
	"time"

	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/storetest"
)

const issuer = "https://login.example.org"

// An organization's account is linked to one member of staff, signs them in, proves their sign-in, and is unlinked.
func TestIdentities(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		ctx, door := t.Context(), access.System("web")
		id, other := addStaff(t, h, "sam@example.net", "admin"), addStaff(t, h, "kim@example.net", "admin")
		own := access.Staff(string(id), string(h.Clinic), access.Admin)
		browser, err := h.DB.SpendLink(ctx, door, newLink(t, h, id), "")
		if err != nil {
			t.Fatal(err)
		}
		use := reads.IdentityUse{Issuer: issuer, Subject: "one", Email: "sam@example.net"}
		_, err = h.DB.UseIdentity(ctx, door, use)
		wantFault(t, err, fault.Forbidden, "") // the address is in use
		if err := h.DB.LinkIdentity(ctx, own, browser, use); err != nil {
			t.Fatal(err)
		}
		if err := h.DB.LinkIdentity(ctx, own, browser, use); err != nil {
			t.Errorf("linking it again: %v", err)
		}
		wantFault(t, h.DB.LinkIdentity(ctx, own, browser, reads.IdentityUse{Issuer: issuer, Subject: "two"}),
			fault.Conflict, "")
		theirs := access.Staff(string(other), string(h.Clinic), access.Admin)
		wantFault(t, h.DB.LinkIdentity(ctx, theirs, browser, use), fault.Conflict, "")
		token, err := h.DB.UseIdentity(ctx, door, use)
		if err != nil {
			t.Fatal(err)
		}
		if _, in, err := h.DB.SignedIn(ctx, door, token); err != nil || in.ID != id ||
			in.SignIn.Method != reads.ByProvider || !in.SignIn.Strong(h.Now()) ||
			in.SignIn.Strong(h.Now().Add(reads.ProofLife)) {
			t.Errorf("signed in is %+v (%v)", in, err)
		}
		elsewhere := use
		elsewhere.Issuer = "https://evil.example"
		_, err = h.DB.UseIdentity(ctx, door, elsewhere)
		wantFault(t, err, fault.Forbidden, "")
		prove := use
		prove.Token, prove.Staff = browser, other
		_, err = h.DB.UseIdentity(ctx, door, prove)
		wantFault(t, err, fault.Conflict, "")
		if seen, err := h.DB.Identity(ctx, own, h.Clinic, id); err != nil || !seen.Known() || seen.Used.IsZero() {
			t.Errorf("%+v (%v)", seen, err)
		}
		all, err := h.DB.Staff(ctx, h.Actor, h.Clinic)
		if err != nil || len(all) != 2 || all[0].Provider == all[1].Provider || all[0].Passkey {
			t.Errorf("%+v (%v)", all, err)
		}
		if err := h.DB.UnlinkIdentity(ctx, own, h.Clinic, id, reads.OnlyCheck); err != nil {
			t.Fatal(err)
		}
		if err := h.DB.UnlinkIdentity(ctx, own, h.Clinic, id, reads.Do); err != nil {
			t.Fatal(err)
		}
		wantFault(t, h.DB.UnlinkIdentity(ctx, own, h.Clinic, id, reads.Do), fault.NotFound, "")
		_, err = h.DB.UseIdentity(ctx, door, use)
		wantFault(t, err, fault.Forbidden, "")
	})
}

// Two browsers that accept one invitation, or are added by one group, at once make one member of staff.
func TestIdentitiesAreMadeOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		ctx, door := t.Context(), access.System("web")
		id := addStaff(t, h, "sam@example.net", "coordinator")
		newLink(t, h, id)
		invited := reads.IdentityUse{Issuer: issuer, Subject: "sam", Email: "Sam@example.net"}
		grouped := reads.IdentityUse{Issuer: issuer, Subject: "kim", Email: "kim@example.net", Name: "Kim",
			Mapped: true, Role: "facilitator"}
		for _, use := range []reads.IdentityUse{invited, grouped} {
			var both sync.WaitGroup
			failed := make([]error, 2)
			for i := range failed {
				both.Go(func() { _, failed[i] = h.DB.UseIdentity(ctx, door, use) })
			}
			both.Wait()
			if failed[0] != nil && failed[1] != nil {
				t.Errorf("both failed: %v", failed)
			}
		}
		all, err := h.DB.Staff(ctx, h.Actor, h.Clinic)
		if err != nil || len(all) != 2 || !all[0].Provider || !all[1].Provider {
			t.Errorf("%+v (%v)", all, err)
		}
	})
}

// An invitation that has ended is none.
func TestOldInvitationsAreNotAccepted(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		ctx, door := t.Context(), access.System("web")
		id := addStaff(t, h, "sam@example.net", "coordinator")
		newLink(t, h, id)
		h.Set(h.Now().Add(73 * time.Hour))
		use := reads.IdentityUse{Issuer: issuer, Subject: "sam", Email: "sam@example.net"}
		_, err := h.DB.UseIdentity(ctx, door, use)
		wantFault(t, err, fault.Forbidden, "")
		if _, err := h.DB.AddClinic(ctx, access.Operator(""), "Second", "America/New_York"); err != nil {
			t.Fatal(err)
		}
		use.Email, use.Mapped, use.Role = "kim@example.net", true, "coordinator"
		_, err = h.DB.UseIdentity(ctx, door, use)
		wantFault(t, err, fault.Unavailable, "") // which clinic?
		use.Clinic = "Second"
		if _, err := h.DB.UseIdentity(ctx, door, use); err != nil {
			t.Fatal(err)
		}
		if found, err := h.DB.FindStaff(ctx, h.Actor, h.Clinic, "kim@example.net"); !fault.Is(err, fault.NotFound) {
			t.Errorf("at the first clinic is %v (%v)", found, err)
		}
	})
}

// A clinic asks for more than a link by mail only when its admin can come in, and then says so of each sign-in.
func TestTheRuleOfSignIns(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		ctx, door := t.Context(), access.System("web")
		id := addStaff(t, h, "sam@example.net", "admin")
		addStaff(t, h, "kim@example.net", "facilitator")
		own := access.Staff(string(id), string(h.Clinic), access.Admin)
		c, err := h.DB.Clinic(ctx, own, h.Clinic)
		if err != nil || c.SignIn != reads.SignInByMail {
			t.Fatal(c.SignIn, err)
		}
		c.SignIn = "weak"
		wantFault(t, h.DB.SetClinicSettings(ctx, own, c), fault.Invalid, "sign_in")
		c.SignIn = reads.SignInStrong
		wantFault(t, h.DB.SetClinicSettings(ctx, own, c), fault.Invalid, "sign_in")
		wantFault(t, h.DB.SetClinicSettings(ctx, h.Actor, c), fault.Invalid, "sign_in")
		links, err := h.DB.SignInLinks(ctx, door, "sam@example.net", time.Hour)
		if err != nil || len(links) != 1 {
			t.Fatal(links, err)
		}
		browser, err := h.DB.SpendLink(ctx, door, links[0].Token, "")
		if err != nil {
			t.Fatal(err)
		}
		needs := func() bool {
			_, in, err := h.DB.SignedIn(ctx, door, browser)
			if err != nil {
				t.Fatal(err)
			}
			return in.NeedsKey
		}
		if needs() {
			t.Error("more is asked for before it is the rule")
		}
		use := reads.IdentityUse{Issuer: issuer, Subject: "sam"}
		if err := h.DB.LinkIdentity(ctx, own, links[0].Token, use); !fault.Is(err, fault.NotFound) {
			t.Errorf("with another token: %v", err)
		}
		second, err := h.DB.SpendLink(ctx, door, newLink(t, h, id), "")
		if err != nil {
			t.Fatal(err)
		}
		if err := h.DB.LinkIdentity(ctx, own, second, use); err != nil {
			t.Fatal(err)
		}
		if n, err := h.DB.SignInRule(ctx, own, c); err != nil || n != (reads.StaffKeys{All: 2, Without: 1}) {
			t.Errorf("%+v (%v)", n, err)
		}
		if err := h.DB.SetClinicSettings(ctx, own, c); err != nil {
			t.Fatal(err)
		}
		if !needs() {
			t.Error("a link by mail is enough")
		}
		use.Token, use.Staff = browser, id
		if _, err := h.DB.UseIdentity(ctx, door, use); err != nil || needs() {
			t.Errorf("proved, and more is asked for (%v)", err)
		}
	})
}
