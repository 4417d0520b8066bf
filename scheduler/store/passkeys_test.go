package store_test

import (
	"testing"
	"time"

	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/passkey"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/storetest"
)

// Passkeys are kept with their counter, which only goes up; a ceremony is given back once and for a short time.
func TestPasskeys(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		ctx, door := t.Context(), access.System("web")
		id, other := addStaff(t, h, "sam@example.net", "admin"), addStaff(t, h, "kim@example.net", "admin")
		own := access.Staff(string(id), string(h.Clinic), access.Admin)
		browser, err := h.DB.SpendLink(ctx, door, newLink(t, h, id), "")
		if err != nil {
			t.Fatal(err)
		}
		key := passkey.Key{ID: "first", Data: []byte("{}"), Counter: 4_000_000_000}
		if err := h.DB.AddPasskey(ctx, own, browser, "My phone", key); err != nil {
			t.Fatal(err)
		}
		wantFault(t, h.DB.AddPasskey(ctx, own, browser, "Again", key), fault.Conflict, "name")
		wantFault(t, h.DB.AddPasskey(ctx, own, browser, " ", passkey.Key{ID: "x"}), fault.Invalid, "name")
		_, in, err := h.DB.SignedIn(ctx, door, browser)
		if err != nil || !in.SignIn.Proved.Equal(h.Now()) {
			t.Errorf("adding one proves at %s (%v)", in.SignIn.Proved, err)
		}
		holder, err := h.DB.HolderOf(ctx, door, []byte(id))
		if err != nil || len(holder.Keys) != 1 || holder.Keys[0].Counter != key.Counter {
			t.Fatalf("%+v (%v)", holder, err)
		}
		_, err = h.DB.UsePasskey(ctx, door, []byte(id), key, reads.PasskeyUse{}) // the same counter
		wantFault(t, err, fault.NotFound, "")
		key.Counter++
		_, err = h.DB.UsePasskey(ctx, door, []byte(id), key, reads.PasskeyUse{Token: browser, Staff: other})
		wantFault(t, err, fault.Conflict, "")
		token, err := h.DB.UsePasskey(ctx, door, []byte(id), key, reads.PasskeyUse{Device: "Firefox"})
		if err != nil {
			t.Fatal(err)
		}
		if _, in, err := h.DB.SignedIn(ctx, door, token); err != nil || in.SignIn.Method != reads.ByPasskey ||
			!in.SignIn.Strong(h.Now()) || in.SignIn.Strong(h.Now().Add(reads.ProofLife)) {
			t.Errorf("signed in is %+v (%v)", in, err)
		}
		list, err := h.DB.Passkeys(ctx, own, h.Clinic, id)
		if err != nil || len(list) != 1 || list[0].Name != "My phone" || list[0].Used.IsZero() {
			t.Fatalf("%+v (%v)", list, err)
		}
		_, err = h.DB.ChangePasskey(ctx, h.Actor, h.Clinic, other, reads.PasskeyChange{ID: list[0].ID, Remove: true})
		wantFault(t, err, fault.NotFound, "")

		name, err := h.DB.BeginCeremony(ctx, door, []byte("state"))
		if err != nil {
			t.Fatal(err)
		}
		if state, err := h.DB.TakeCeremony(ctx, door, name); err != nil || string(state) != "state" {
			t.Errorf("%q (%v)", state, err)
		}
		_, err = h.DB.TakeCeremony(ctx, door, name)
		wantFault(t, err, fault.Invalid, "")
		if name, err = h.DB.BeginCeremony(ctx, door, []byte("state")); err != nil {
			t.Fatal(err)
		}
		h.Set(h.Now().Add(5 * time.Minute))
		_, err = h.DB.TakeCeremony(ctx, door, name)
		wantFault(t, err, fault.Invalid, "")
		if err := h.DB.DisableStaff(ctx, h.Actor, h.Clinic, id); err != nil {
			t.Fatal(err)
		}
		if left := h.Ask(t, "SELECT id FROM passkeys"); len(left) != 0 {
			t.Errorf("%v are left", left)
		}
	})
}
