package store_test

import (
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/store/storetest"
)

// A link by mail goes to everybody with the address who may sign in, ends the links before it, and comes no more often
// than once a minute and five times an hour.
func TestSignInLinks(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		web := access.System("web")
		neighbour := secondClinic(t, h)
		here, there := addStaff(t, h, "sam@example.net", "admin"),
			addStaff(t, neighbour, "Sam@example.net", "facilitator")
		gone := addStaff(t, h, "gone@example.net", "admin")
		if err := h.DB.DisableStaff(t.Context(), h.Actor, h.Clinic, gone); err != nil {
			t.Fatal(err)
		}
		ask := func(email string) map[scheduler.ID]string {
			t.Helper()
			links, err := h.DB.SignInLinks(t.Context(), web, email, 30*time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			tokens := map[scheduler.ID]string{}
			for _, l := range links {
				tokens[l.Staff] = l.Token
			}
			return tokens
		}
		first := ask("SAM@example.net")
		if len(first) != 2 || first[here] == "" || first[there] == "" {
			t.Fatalf("links are %v", first)
		}
		if now := len(ask("sam@example.net")); now != 0 {
			t.Errorf("%d links come within a minute of the last", now)
		}
		for _, email := range []string{"gone@example.net", "nobody@example.net"} {
			if links := ask(email); len(links) != 0 {
				t.Errorf("%s gets %d links", email, len(links))
			}
		}
		h.Set(h.Now().Add(time.Minute))
		second := ask("sam@example.net")
		_, err := h.DB.SpendLink(t.Context(), web, first[here], "")
		wantFault(t, err, fault.NotFound, "")
		if _, err := h.DB.SpendLink(t.Context(), web, second[here], ""); err != nil {
			t.Errorf("the newer link does not open: %s", err)
		}
		for range 3 {
			h.Set(h.Now().Add(time.Minute))
			ask("sam@example.net")
		}
		h.Set(h.Now().Add(time.Minute))
		if links := ask("sam@example.net"); len(links) != 0 {
			t.Errorf("a sixth link comes within an hour: %v", links)
		}
		h.Set(h.Now().Add(time.Hour))
		if links := ask("sam@example.net"); len(links) != 2 {
			t.Errorf("an hour later %d links come", len(links))
		}
		_, err = h.DB.SignInLinks(t.Context(), web, "sam", time.Hour)
		wantFault(t, err, fault.Invalid, "email")
		_, err = h.DB.SignInLinks(t.Context(), h.Actor, "sam@example.net", time.Hour)
		wantForbidden(t, err)
	})
}
