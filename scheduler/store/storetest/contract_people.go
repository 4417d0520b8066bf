package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/seal"
)

// edit runs a change of the house's cohorts that may do anything to the book.
func (h *House) edit(t *testing.T, load desk.Load, do func(*scheduler.Book)) {
	t.Helper()
	must(t, h.DB.Change(t.Context(), h.change(access.CohortChange), load, func(b *scheduler.Book) error {
		do(b)
		return nil
	}))
}

func newPersonIsKept(t *testing.T, h *House) {
	cohort := h.OpenCohort(t, 18, 12)
	contact := Contact(1)
	contact.Consents = append(contact.Consents,
		scheduler.Consent{Channel: scheduler.SMS, TextVersion: "2", GivenAt: NewYear().Add(time.Second)})
	e, err := h.Desk.Enroll(t.Context(), h.Request(), scheduler.EnrollRequest{
		Cohort: cohort, Contact: contact, Zone: "America/Chicago", Language: "es", Priority: 3,
	})
	must(t, err)
	book := h.book(t, desk.Load{People: []scheduler.ID{e.Person}})
	want := scheduler.Person{ID: e.Person, Zone: "America/Chicago", Language: "es",
		Reach: []scheduler.Channel{scheduler.Email}} // no number has confirmed
	compare(t, "person", want, *book.People[e.Person])
	key := h.key(t)
	wrapped := h.Ask(t, fmt.Sprintf("SELECT data_key FROM people WHERE id = '%s'", e.Person))[0][0]
	own, err := key.OpenPersonKey(string(h.Clinic), string(e.Person), []byte(wrapped))
	must(t, err)
	for column, text := range map[string]string{"name": contact.Name, "email": contact.Email, "phone": contact.Phone} {
		kept := h.Ask(t, fmt.Sprintf("SELECT %s FROM people WHERE id = '%s'", column, e.Person))[0][0]
		opened, err := own.Open(seal.Place{Clinic: string(h.Clinic), Table: "people", Column: column,
			Row: string(e.Person)}, []byte(kept))
		if err != nil || opened != text {
			t.Errorf("the %s opens as %q, %v", column, opened, err)
		}
	}
	index := h.Ask(t, "SELECT email_index, phone_index FROM people")[0]
	if index[0] != key.BlindIndex("email", contact.Email) || index[1] != key.BlindIndex("phone", contact.Phone) {
		t.Error("the blind indexes are not those of the address and the number")
	}
	for _, purpose := range []string{"feed", "page"} {
		hash := seal.HashToken(key.Token(purpose, string(e.Person), 0))
		found := h.Ask(t, fmt.Sprintf("SELECT subject, generation FROM tokens WHERE hash = '%s' AND purpose = '%s'",
			hash, purpose))
		if len(found) != 1 || found[0][0] != string(e.Person) || found[0][1] != "0" {
			t.Errorf("the token of the %s is not kept: %v", purpose, found)
		}
	}
}

// key opens the key of the house's clinic.
func (h *House) key(t *testing.T) *seal.Key {
	t.Helper()
	wrapped := h.Ask(t, fmt.Sprintf("SELECT data_key FROM clinics WHERE id = '%s'", h.Clinic))[0][0]
	key, err := h.Root.OpenClinicKey(string(h.Clinic), []byte(wrapped))
	must(t, err)
	return key
}

func contactDataChanges(t *testing.T, h *House) {
	person := h.AddPeople(t, 1)[0]
	load := desk.Load{People: []scheduler.ID{person}}
	h.Do(t, "UPDATE people SET email_bad_at = '2026-01-01T00:00:00.000Z'")
	if reach := h.book(t, load).People[person].Reach; len(reach) != 0 {
		t.Errorf("a refused address still reaches: %v", reach)
	}
	h.edit(t, load, func(b *scheduler.Book) {
		b.People[person].Language = "es"
		c := Contact(2)
		c.Phone = ""
		c.Consents[0].TextVersion, c.Consents[0].GivenAt = "3", NewYear().Add(time.Hour)
		b.Contacts[person] = c
	})
	p := h.book(t, load).People[person]
	if p.Language != "es" || len(p.Reach) != 1 || p.Reach[0] != scheduler.Email {
		t.Errorf("after the change: %+v", *p)
	}
	row := h.Ask(t, "SELECT email_index, phone_index, phone IS NULL, rev FROM people")[0]
	if row[0] != h.key(t).BlindIndex("email", Contact(2).Email) || row[1] != "" || row[2] != "1" && row[2] != "true" ||
		row[3] != "1" {
		t.Errorf("the row after the change: %q", row)
	}
	h.edit(t, load, func(b *scheduler.Book) {
		c := Contact(2)
		c.Consents = nil
		b.Contacts[person] = c
	})
	if reach := h.book(t, load).People[person].Reach; len(reach) != 0 {
		t.Errorf("consents that were left out still reach: %v", reach)
	}
	if live := h.Ask(t, "SELECT channel FROM consents WHERE revoked_at = ''"); len(live) != 0 {
		t.Errorf("live consents: %v", live)
	}
}

func onlyLiveConsentsReach(t *testing.T, h *House) {
	person := h.AddPeople(t, 1)[0]
	load := desk.Load{People: []scheduler.ID{person}}
	h.Do(t, fmt.Sprintf(`INSERT INTO consents (person, channel, text_version, given_at, revoked_at) VALUES
('%[1]s', 'sms', '1', '2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z'), ('%[1]s', 'voice', '1',
'2026-01-03T00:00:00.000Z', '')`, person))
	if reach := h.book(t, load).People[person].Reach; fmt.Sprint(reach) != "[email voice]" {
		t.Errorf("reach is %v", reach)
	}
	h.Do(t, "UPDATE people SET phone = NULL")
	if reach := h.book(t, load).People[person].Reach; fmt.Sprint(reach) != "[email]" {
		t.Errorf("without a number reach is %v", reach)
	}
}

// canaries are personal texts that stand nowhere in the program.
func canaries() scheduler.Contact {
	c := Contact(1)
	c.Name, c.Email, c.Phone = "Quintessa Canarybird", "quintessa.canary@birdcage.example", "+12025550177"
	c.ExternalIDs = []scheduler.ExternalID{{System: "ehr", Value: "wren-8812"}, {System: "study", Value: "wren-arm"}}
	return c
}

func personalColumnsAreSealed(t *testing.T, h *House) {
	cohort := h.OpenCohort(t, 18, 12)
	c := canaries()
	enrolled, err := h.Desk.Enroll(t.Context(), h.Request(), scheduler.EnrollRequest{Cohort: cohort, Contact: c})
	must(t, err)
	kept, err := h.DB.Person(t.Context(), h.Actor, h.Clinic, enrolled.Person)
	must(t, err)
	if !slices.Equal(kept.Contact.ExternalIDs, c.ExternalIDs) || kept.Contact.Name != c.Name {
		t.Error("contact data do not come back as they were given")
	}
	dump := h.dump(t)
	for _, secret := range []string{c.Name, c.Email, c.Phone, "Canarybird", "birdcage", "2025550177",
		"wren-8812", "wren-arm"} {
		if bytes.Contains(dump, []byte(secret)) {
			t.Errorf("%q stands in the database for everybody to read", secret)
		}
	}
	if !bytes.Contains(dump, []byte(cohort)) {
		t.Error("the dump does not hold what is not sealed, so it proves nothing")
	}
}

// dump gives every value of every table and, of SQLite, the bytes of its files.
func (h *House) dump(t *testing.T) []byte {
	t.Helper()
	var all bytes.Buffer
	for _, table := range h.Tables(t) {
		for _, row := range h.Ask(t, "SELECT * FROM "+table) {
			all.WriteString(table + "\x00" + strings.Join(row, "\x00") + "\n")
		}
	}
	if path, found := strings.CutPrefix(h.URL, "sqlite:"); found {
		for _, suffix := range []string{"", "-wal", "-journal"} {
			content, err := os.ReadFile(path + suffix)
			if err != nil && !errors.Is(err, os.ErrNotExist) {
				t.Fatal(err)
			}
			all.Write(content)
		}
	}
	return all.Bytes()
}
