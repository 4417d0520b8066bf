package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/backup"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/gate"
	"almanac/scheduler/reads"
	"almanac/scheduler/store"
	"almanac/scheduler/store/storetest"
)

// canary is somebody with something in every place that an erasure must reach.
type canary struct {
	person, other, enrollment, referral, cohort scheduler.ID
	needles                                     []string // that must be nowhere
}

// plantCanary enrolls somebody, has them written to, and ends their enrollment.
func plantCanary(t *testing.T, h *storetest.House) canary {
	t.Helper()
	ctx := t.Context()
	who := storetest.Contact(0)
	who.Name, who.Email, who.Phone = "Canary Quillfeather", "canary@quill.example", "+12025550188"
	who.ExternalIDs = []scheduler.ExternalID{{System: "ehr", Value: "CANARY-8812"}}
	c := canary{referral: refer(t, h, scheduler.Referral{Contact: who, Source: "Dr. Canary"})[0]}
	c.cohort = h.OpenCohort(t, 18, 12)
	enrolled := join(t, h, c.cohort, who)
	c.person, c.enrollment = enrolled.Person, enrolled.Enrollment
	c.other = join(t, h, c.cohort, storetest.Contact(7)).Person
	for _, handover := range passGate(t, h, due(t, h)) {
		record(t, h, handover, reads.Sent)
	}
	for _, change := range []desk.Proposal{
		desk.KeepApart(c.person, c.other), desk.OverridePrerequisite(c.enrollment, "orientation", "Canary was ill"),
	} {
		if err := h.Desk.Confirm(ctx, h.Request(), change); err != nil && !fault.Is(err, fault.Invalid) {
			t.Fatal(err)
		}
	}
	seat := h.Ask(t, "SELECT id FROM seats WHERE person = '"+string(c.person)+"' ORDER BY id LIMIT 1")[0][0]
	session := h.Ask(t, "SELECT session FROM seats WHERE id = '"+seat+"'")[0][0]
	h.Set(h.Now().Add(8 * 24 * time.Hour))
	mark := scheduler.Mark{Person: c.person, State: scheduler.SeatPresent}
	if err := h.Desk.Confirm(ctx, h.Request(), desk.TakeAttendance(scheduler.ID(session), mark)); err != nil {
		t.Fatal(err)
	}
	h.Do(t, "UPDATE attempts SET reply = data_key FROM clinics") // as if a provider had answered
	if err := h.DB.SetSettings(ctx, h.Actor, h.Clinic, c.person, gate.Settings{MaxPerWeek: 2}); err != nil {
		t.Fatal(err)
	}
	viewed(t, h, "r1", func(ctx context.Context) error {
		_, err := h.DB.PersonRecord(ctx, h.Actor, h.Clinic, c.person)
		return err
	})
	who2 := h.Ask(t, "SELECT alias, secret FROM audit_aliases WHERE person = '"+string(c.person)+"'")
	c.needles = append(c.needles, "Quillfeather", "canary@quill", "2025550188", "CANARY-8812", who2[0][1])
	for _, query := range []string{
		"SELECT data_key, name, email, email_index, phone, phone_index FROM people WHERE id = '%s'",
		"SELECT value, value_index, any_index FROM external_ids WHERE person = '%s'",
	} {
		for _, row := range h.Ask(t, fmt.Sprintf(query, c.person)) {
			c.needles = append(c.needles, row...)
		}
	}
	for _, row := range h.Ask(t, "SELECT data FROM referrals WHERE id = '"+string(c.referral)+"'") {
		c.needles = append(c.needles, row...)
	}
	c.needles = slices.DeleteFunc(c.needles, func(n string) bool { return n == "" })
	if len(c.needles) < 14 {
		t.Fatalf("only %d needles", len(c.needles))
	}
	return c
}

// end ends the canary's enrollment and lets that rest.
func (c canary) end(t *testing.T, h *storetest.House) {
	t.Helper()
	if err := h.Desk.Confirm(t.Context(), h.Request(), desk.Withdraw(c.enrollment)); err != nil {
		t.Fatal(err)
	}
	h.Set(h.Now().Add(scheduler.UndoWindow + time.Minute))
}

// found lists in which tables, files and backups a needle is.
func (c canary) found(t *testing.T, h *storetest.House) (places []string) {
	t.Helper()
	look := func(where, text string) {
		for i, needle := range c.needles {
			if strings.Contains(text, needle) {
				places = append(places, fmt.Sprintf("%s has needle %d", where, i))
			}
		}
	}
	v := newVault(t)
	file := v.save(t, h.DB, store.BackupOptions{})
	_, err := v.open(t, file).Each(func(table backup.Table, row []any) error {
		for _, cell := range row {
			switch cell := cell.(type) {
			case string:
				look("backup of "+table.Name, cell)
			case []byte:
				look("backup of "+table.Name, string(cell))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	path, sqlite := strings.CutPrefix(h.URL, "sqlite:")
	if !sqlite {
		for _, table := range v.open(t, file).About().Tables {
			for _, row := range h.Ask(t, "SELECT * FROM "+table.Name) {
				look("table "+table.Name, strings.Join(row, "\x00"))
			}
		}
		return places
	}
	for _, end := range []string{"", "-wal", "-views"} {
		text, err := os.ReadFile(path + end)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		look("file "+end, string(text))
	}
	return places
}

// After an erasure nothing in the database, its files or a new backup names or reaches the person, and what happened
// stays.
func TestErasureLeavesNoTrace(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		var kept []scheduler.Erasure
		h.KeepErasure = func(e scheduler.Erasure) error {
			kept = append(kept, e)
			return nil
		}
		c := plantCanary(t, h)
		if len(c.found(t, h)) == 0 {
			t.Fatal("the search finds nobody")
		}
		c.end(t, h)
		attended := h.Ask(t, "SELECT count(*) FROM attendance WHERE seat IN (SELECT id FROM seats WHERE person = '"+
			string(c.person)+"')")[0][0]
		audited := h.Ask(t, "SELECT count(*) FROM audit")[0][0]
		if err := h.Desk.Confirm(t.Context(), h.Request(),
			desk.Erase(scheduler.EraseRequest{Person: c.person})); err != nil {
			t.Fatal(err)
		}
		for _, place := range c.found(t, h) {
			t.Error(place)
		}
		if len(kept) != 1 || !slices.Contains(kept[0].People, c.person) ||
			!slices.Contains(kept[0].People, c.referral) || len(kept[0].Notices) == 0 {
			t.Errorf("the list got %+v", kept)
		}
		p, err := h.DB.PersonRecord(t.Context(), h.Actor, h.Clinic, c.person)
		if err != nil || p.Contact.Name != scheduler.ErasedName || p.Contact.Email+p.Contact.Phone != "" ||
			p.ErasedAt.IsZero() || len(p.Enrollments) != 1 || len(p.Tasks)+len(p.KeptApart)+len(p.History) != 0 {
			t.Errorf("what is left: %+v (%v)", p, err)
		}
		left := h.Ask(t, "SELECT count(*) FROM attendance WHERE seat IN (SELECT id FROM seats WHERE person = '"+
			string(c.person)+"')")[0][0]
		if attended != "1" || left != attended {
			t.Errorf("%s of %s records of attendance are left", left, attended)
		}
		if now := h.Ask(t, "SELECT count(*) FROM audit")[0][0]; now <= audited {
			t.Errorf("%s rows of the audit are left of %s", now, audited)
		}
		if open := h.Ask(t, "SELECT count(*) FROM notices WHERE state = 'planned' AND person = '"+string(c.person)+
			"'")[0][0]; open != "0" {
			t.Errorf("%s notices are open", open)
		}
		if broken, err := h.DB.Unreadable(t.Context(), h.Actor, h.Clinic); err != nil || len(broken) != 0 {
			t.Errorf("unreadable: %v (%v)", broken, err)
		}
		if _, err := h.DB.FindPeople(t.Context(), h.Actor, h.Clinic, reads.PeopleQuery{Text: "erased"}); err != nil {
			t.Error(err)
		}
		erasedIsLeftAlone(t, h, c)
	})
}

// erasedIsLeftAlone tries to do something with somebody who was erased.
func erasedIsLeftAlone(t *testing.T, h *storetest.House, c canary) {
	t.Helper()
	ctx := t.Context()
	name := "Somebody Else"
	edit := scheduler.PersonSetting{Person: c.person, Name: &name}
	again := scheduler.EnrollRequest{Cohort: c.cohort, Person: c.person}
	_, enroll := h.Desk.Enroll(ctx, h.Request(), again)
	for what, err := range map[string]error{
		"erase":  h.Desk.Confirm(ctx, h.Request(), desk.Erase(scheduler.EraseRequest{Person: c.person})),
		"edit":   h.Desk.Confirm(ctx, h.Request(), h.Desk.SetPerson(edit)),
		"apart":  h.Desk.Confirm(ctx, h.Request(), desk.KeepApart(c.person, c.other)),
		"enroll": enroll,
		"links":  h.DB.RenewLinks(ctx, h.Actor, h.Clinic, c.person, 0),
		"hold":   h.DB.SetHold(ctx, h.Actor, h.Clinic, c.person, "too late", reads.Do),
	} {
		if !fault.Is(err, fault.Closed) || !strings.Contains(err.Error(), "was erased") {
			t.Errorf("%s: %v", what, err)
		}
	}
	found, err := h.DB.FindPeople(ctx, h.Actor, h.Clinic, reads.PeopleQuery{})
	if err != nil || slices.ContainsFunc(found.People, func(p reads.PersonRow) bool { return p.ID == c.person }) {
		t.Errorf("they are in the list of people (%v)", err)
	}
}

// What keeps somebody from being erased is said, and nothing is done.
func TestErasureIsRefused(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		ctx := t.Context()
		c := plantCanary(t, h)
		refused := func(word string) {
			t.Helper()
			err := h.Desk.Confirm(ctx, h.Request(), desk.Erase(scheduler.EraseRequest{Person: c.person}))
			if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), word) {
				t.Errorf("%v does not say %q", err, word)
			}
			if p, err := h.DB.Person(ctx, h.Actor, h.Clinic, c.person); err != nil ||
				p.Contact.Email != "canary@quill.example" {
				t.Errorf("half erased: %v", err)
			}
		}
		refused("still enrolled in Evening 18")
		if err := h.Desk.Confirm(ctx, h.Request(), desk.Withdraw(c.enrollment)); err != nil {
			t.Fatal(err)
		}
		refused("three minutes")
		h.Set(h.Now().Add(scheduler.UndoWindow + time.Minute))
		if err := h.DB.SetHold(ctx, h.Actor, h.Clinic, c.person, "  ", reads.Do); !fault.Is(err, fault.Invalid) {
			t.Errorf("a hold without a reason: %v", err)
		}
		if err := h.DB.SetHold(ctx, h.Actor, h.Clinic, c.person, "Case 17 asks for it", reads.Do); err != nil {
			t.Fatal(err)
		}
		refused("legal hold")
		p, err := h.DB.PersonRecord(ctx, access.Staff("s", string(h.Clinic), access.Coordinator), h.Clinic, c.person)
		if err != nil || p.Hold == nil || p.Hold.Reason != "" {
			t.Errorf("a coordinator sees %+v (%v)", p.Hold, err)
		}
		if p, err = h.DB.PersonRecord(ctx, h.Actor, h.Clinic, c.person); err != nil ||
			p.Hold.Reason != "Case 17 asks for it" {
			t.Errorf("the operator sees %+v (%v)", p.Hold, err)
		}
		if err := h.DB.LiftHold(ctx, h.Actor, h.Clinic, c.person, reads.Do); err != nil {
			t.Fatal(err)
		}
		h.KeepErasure = func(scheduler.Erasure) error { return fault.New(fault.Conflict, "The list is full.") }
		refused("The list is full")
		h.KeepErasure = nil
		err = h.Desk.Confirm(ctx, h.Request(), desk.Erase(scheduler.EraseRequest{Person: c.person}))
		if err != nil {
			t.Error(err)
		}
		for who, a := range map[string]access.Actor{
			"coordinator": access.Staff("s", string(h.Clinic), access.Coordinator),
			"program":     access.Token("k", string(h.Clinic), access.ScopeEnroll, access.ScopeExport),
		} {
			q := desk.Request{Actor: a, Clinic: h.Clinic}
			err := h.Desk.Confirm(ctx, q, desk.Erase(scheduler.EraseRequest{Person: c.other}))
			if !fault.Is(err, fault.Forbidden) {
				t.Errorf("a %s: %v", who, err)
			}
		}
	})
}

// Erasing one of two merged people erases both records, whichever is named.
func TestErasureOfMergedPeople(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		ctx := t.Context()
		stay, gone := twins(t, h)
		if err := h.Desk.Confirm(ctx, h.Request(),
			desk.Merge(scheduler.MergeRequest{Stay: stay, Gone: gone})); err != nil {
			t.Fatal(err)
		}
		for _, row := range h.Ask(t, "SELECT id FROM enrollments") {
			if err := h.Desk.Confirm(ctx, h.Request(), desk.Withdraw(scheduler.ID(row[0]))); err != nil {
				t.Fatal(err)
			}
		}
		h.Set(h.Now().Add(scheduler.UndoWindow + time.Minute))
		if err := h.Desk.Confirm(ctx, h.Request(), desk.Erase(scheduler.EraseRequest{Person: gone})); err != nil {
			t.Fatal(err)
		}
		rows := h.Ask(t, "SELECT id FROM people WHERE data_key IS NULL AND length(name) = 0 AND erased_at <> ''")
		if len(rows) != 2 {
			t.Errorf("%d records were erased", len(rows))
		}
		all, err := h.DB.Erasures(ctx, access.Operator(""))
		if err != nil || len(all) != 2 || !bytes.Contains([]byte(all[0].People[0]+all[1].People[0]), []byte(stay)) {
			t.Errorf("listed: %+v (%v)", all, err)
		}
	})
}
