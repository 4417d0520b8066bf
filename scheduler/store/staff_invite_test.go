package store_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/storetest"
)

// An invite is done once, however often its form is sent; a dry run stores nothing.
func TestInviteStaff(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		ctx := t.Context()
		q := desk.InviteRequest{Name: "Lee", Email: "lee@example.net", Role: "facilitator", Life: time.Hour,
			Once: desk.Once{Key: "k", Hash: "h"}}
		dry := q
		dry.DryRun = true
		if link, err := h.DB.InviteStaff(ctx, h.Actor, h.Clinic, dry); err != nil || link.Token != "" {
			t.Errorf("a dry run gives %v (%v)", link, err)
		}
		first, err := h.DB.InviteStaff(ctx, h.Actor, h.Clinic, q)
		if err != nil || first.Token == "" || first.Name != "Lee" || first.Email != "lee@example.net" ||
			first.ClinicName == "" || !first.Invited {
			t.Fatalf("invited: %+v (%v)", first, err)
		}
		again, err := h.DB.InviteStaff(ctx, h.Actor, h.Clinic, q)
		if err != nil || again.Staff != first.Staff || again.Token != "" {
			t.Errorf("sent again: %+v (%v)", again, err)
		}
		q.Once.Hash = "other"
		_, err = h.DB.InviteStaff(ctx, h.Actor, h.Clinic, q)
		wantFault(t, err, fault.Invalid, desk.OnceField)
		q.Once = desk.Once{}
		_, err = h.DB.InviteStaff(ctx, h.Actor, h.Clinic, q)
		wantFault(t, err, fault.Conflict, "email")
		_, err = h.DB.InviteStaff(ctx, h.Actor, h.Clinic, desk.InviteRequest{Life: time.Hour})
		wantFault(t, err, fault.Invalid, "name")
		_, err = h.DB.InviteStaff(ctx, access.Staff("x", string(h.Clinic), access.Coordinator), h.Clinic, q)
		wantForbidden(t, err)
		all, err := h.DB.Staff(ctx, access.Token("t", string(h.Clinic), access.ScopeStaff), h.Clinic)
		if err != nil || len(all) != 1 {
			t.Errorf("%d on the staff (%v)", len(all), err)
		}
		next, err := h.DB.StaffLink(ctx, h.Actor, h.Clinic, first.Staff, time.Hour)
		if err != nil || next.Token == first.Token {
			t.Fatal(next, err)
		}
		_, err = h.DB.SpendLink(ctx, access.System("web"), first.Token, "")
		wantFault(t, err, fault.NotFound, "")
		_, err = h.DB.StaffLink(ctx, h.Actor, h.Clinic, "nobody", time.Hour)
		wantFault(t, err, fault.NotFound, "")
	})
}

// Two admins who disable each other at once do not leave a clinic without one.
func TestSomebodyStaysAdmin(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		one, two := addStaff(t, h, "a@example.net", "admin"), addStaff(t, h, "b@example.net", "admin")
		var wait sync.WaitGroup
		for _, pair := range [][2]string{{string(one), string(two)}, {string(two), string(one)}} {
			wait.Go(func() {
				err := h.DB.DisableStaff(t.Context(), access.Staff(pair[0], string(h.Clinic), access.Admin), h.Clinic,
					scheduler.ID(pair[1]))
				if err != nil && !fault.Is(err, fault.Conflict) {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		all, err := h.DB.Staff(t.Context(), h.Actor, h.Clinic)
		if err != nil || len(all) != 2 || all[0].Disabled || !all[1].Disabled {
			t.Fatalf("the admins are %+v (%v)", all, err)
		}
		last := access.Staff(string(all[0].ID), string(h.Clinic), access.Admin)
		program := access.Token("t", string(h.Clinic), access.ScopeStaff)
		wantFault(t, h.DB.SetStaffRole(t.Context(), last, h.Clinic, all[0].ID, "facilitator"), fault.Conflict, "role")
		wantFault(t, h.DB.DisableStaff(t.Context(), program, h.Clinic, all[0].ID), fault.Conflict, "role")
		role, disabled := "coordinator", false
		back := desk.StaffChange{Role: &role, Disabled: &disabled, DryRun: true}
		if err := h.DB.ChangeStaff(t.Context(), last, h.Clinic, all[1].ID, back); err != nil {
			t.Fatal(err)
		}
		if now, err := h.DB.Staff(t.Context(), h.Actor, h.Clinic); err != nil || !now[1].Disabled {
			t.Errorf("a dry run enabled them (%v)", err)
		}
	})
}

// The audit comes page by page, the newest first, each row once, and only to those who may read it.
func TestAuditPages(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		for i := range 12 {
			addStaff(t, h, string(rune('a'+i))+"@example.net", "facilitator")
			h.Set(h.Now().Add(time.Duration(i%3) * time.Second)) // some at the same moment
		}
		reader := access.Staff("x", string(h.Clinic), access.PrivacyOfficer)
		var seen []scheduler.ID
		var after reads.Cursor
		for {
			page, err := h.DB.Audit(t.Context(), reader, h.Clinic, reads.AuditQuery{After: after, Limit: 5})
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range page.Rows {
				if slices.Contains(seen, r.ID) {
					t.Errorf("%s comes twice", r.ID)
				}
				if seen = append(seen, r.ID); r.Action == "staff.add" &&
					(r.Subject.Kind != "staff" || r.Subject.Name != "Sam Staff") {
					t.Errorf("a row is about %+v", r.Subject)
				}
			}
			if after = page.Next; after.At.IsZero() {
				break
			}
		}
		if all := h.Ask(t, "SELECT id FROM audit"); len(all) != len(seen) {
			t.Errorf("%d of %d rows are listed", len(seen), len(all))
		}
		_, err := h.DB.Audit(t.Context(), access.Staff("x", string(h.Clinic), access.Coordinator), h.Clinic,
			reads.AuditQuery{Limit: 5})
		wantForbidden(t, err)
	})
}
