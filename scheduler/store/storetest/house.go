package storetest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"almanac/protocols"
	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/seal"
	"almanac/scheduler/store"
)

// House is a fresh, migrated database with one clinic and a desk before it, on
// a clock that stands still until it is set.
type House struct {
	URL    string
	DB     *store.DB
	Store  desk.Store // that Desk and Enroll use; DB unless a test sets another one
	Clinic scheduler.ID
	Actor  access.Actor // the operator: may do everything at the clinic
	Desk   *desk.Desk
	Root   *seal.Root
	Zones  *civil.Zones
	// KeepErasure keeps that somebody was erased; nil: it is kept nowhere.
	KeepErasure func(scheduler.Erasure) error
	clock       *atomic.Pointer[time.Time]
}

// NewYear is the instant at which the clock of a new house stands.
func NewYear() time.Time { return time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC) }

// NewHouse makes a house at a URL, which SQLite or Postgres give. An empty
// database is migrated.
func NewHouse(t testing.TB, url string) *House {
	t.Helper()
	h := &House{URL: url, clock: &atomic.Pointer[time.Time]{}}
	var err error
	h.Root, err = Root()
	must(t, err)
	h.Zones, err = civil.BuiltinZones()
	must(t, err)
	h.Set(NewYear())
	h.DB = h.Another(t)
	_, err = h.DB.Migrate(t.Context())
	must(t, err)
	clinics, err := h.DB.Clinics(t.Context(), access.Operator(""))
	must(t, err)
	h.Clinic = clinics[0].ID
	h.Actor = access.Operator(string(h.Clinic))
	h.Use(h.DB)
	return h
}

// Use makes Desk and Enroll change this store.
func (h *House) Use(s desk.Store) { h.Store, h.Desk = s, desk.New(s, h.Zones, h.Now, RandomID) }

// Another opens the same database once more, as a second process would.
func (h *House) Another(t testing.TB) *store.DB {
	t.Helper()
	db := h.open(t)
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("closing: %s", err)
		}
	})
	return db
}

func (h *House) open(t testing.TB) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), store.Options{URL: h.URL, Root: h.Root, Zones: h.Zones, Now: h.Now,
		Erased: func(_ context.Context, e scheduler.Erasure) error {
			if h.KeepErasure == nil {
				return nil
			}
			return h.KeepErasure(e)
		}})
	must(t, err)
	return db
}

// Now is the clock of the house.
func (h *House) Now() time.Time { return *h.clock.Load() }

// Set sets the clock.
func (h *House) Set(now time.Time) { h.clock.Store(&now) }

// Request is a request of the house's actor at its clinic.
func (h *House) Request() desk.Request {
	return desk.Request{Actor: h.Actor, Clinic: h.Clinic}
}

// Definition gives a protocol of the library.
func Definition(t testing.TB, ref string) *protocols.Definition {
	t.Helper()
	library, err := protocols.BuiltinLibrary()
	must(t, err)
	d, err := library.Find(ref)
	must(t, err)
	return d
}

// OpenCohort opens a cohort of eight weekly sessions of two hours from
// 2026-01-06 on, at an hour in New York.
func (h *House) OpenCohort(t testing.TB, hour, capacity int) scheduler.ID {
	t.Helper()
	id := h.OpenLed(t, hour, capacity, "")
	h.Do(t, "DELETE FROM tasks WHERE about = '"+scheduler.AboutRole+"'") // nobody facilitates in these tests
	return id
}

// OpenLed opens a cohort as OpenCohort does, which somebody on the staff leads.
func (h *House) OpenLed(t testing.TB, hour, capacity int, lead scheduler.ID) scheduler.ID {
	t.Helper()
	id, err := h.Desk.OpenCohort(t.Context(), h.Request(), scheduler.OpenRequest{
		Definition: Definition(t, "more-telehealth"), Name: fmt.Sprintf("Evening %d", hour),
		Start: civil.Date{Year: 2026, Month: 1, Day: 6}, At: civil.Clock{Hour: hour}, Zone: "America/New_York",
		Capacity: capacity, HasCapacity: true, Lead: lead, Reason: "a test needs as many",
	})
	must(t, err)
	return id
}

// AddPeople makes people who can be written to, without any enrollment.
func (h *House) AddPeople(t testing.TB, n int) []scheduler.ID {
	t.Helper()
	ids := make([]scheduler.ID, n)
	err := h.DB.Change(t.Context(), h.change(access.Enroll), desk.Load{}, func(b *scheduler.Book) error {
		for i := range ids {
			ids[i] = RandomID()
			b.People[ids[i]] = &scheduler.Person{ID: ids[i], Zone: "America/New_York", Language: "en"}
			b.Contacts[ids[i]] = Contact(i)
		}
		return nil
	})
	must(t, err)
	return ids
}

// Contact gives the contact data of the n-th person: reachable by e-mail.
func Contact(n int) scheduler.Contact {
	return scheduler.Contact{
		Name: fmt.Sprintf("Pat Example %d", n), Email: fmt.Sprintf("pat%d@example.net", n),
		Phone:    fmt.Sprintf("+1202555%04d", n%10000),
		Consents: []scheduler.Consent{{Channel: scheduler.Email, TextVersion: "1", GivenAt: NewYear()}},
	}
}

// Enroll enrolls a known person.
func (h *House) Enroll(ctx context.Context, cohort, person scheduler.ID) (scheduler.Enrolled, error) {
	return h.Desk.Enroll(ctx, h.Request(), scheduler.EnrollRequest{Cohort: cohort, Person: person})
}

// EnrollAll enrolls people in their order, in one change.
func (h *House) EnrollAll(t testing.TB, cohort scheduler.ID, people []scheduler.ID) {
	t.Helper()
	load := desk.Load{Cohorts: []scheduler.ID{cohort}, People: people}
	err := h.DB.Change(t.Context(), h.change(access.Enroll), load, func(b *scheduler.Book) error {
		for _, person := range people {
			if _, err := b.Enroll(scheduler.PlaceRequest{Cohort: cohort, Person: person}); err != nil {
				return err
			}
		}
		b.PlanNotices()
		return nil
	})
	must(t, err)
}

// Roster reads a cohort as the database has it, through a store of its own that
// remembers nothing.
func (h *House) Roster(t testing.TB, cohort scheduler.ID, load desk.Load) *scheduler.Roster {
	t.Helper()
	load.Cohorts = append(load.Cohorts, cohort)
	return h.book(t, load).Roster(cohort)
}

// book reads a book as a second process would, and closes what it opened.
func (h *House) book(t testing.TB, load desk.Load) *scheduler.Book {
	t.Helper()
	db := h.open(t)
	defer func() { must(t, db.Close()) }()
	book, err := db.Look(t.Context(), h.change(access.CohortView), load)
	must(t, err)
	return book
}

func (h *House) change(action access.Action) desk.Change {
	return desk.Change{Clinic: h.Clinic, Actor: h.Actor, Action: action}
}

// Raw opens the database without the store, to look at what it keeps and to
// change what the store would not.
func (h *House) Raw(t testing.TB) *sql.DB {
	t.Helper()
	driver, address := "pgx", h.URL
	if path, found := strings.CutPrefix(h.URL, "sqlite:"); found {
		driver, address = "sqlite",
			"file:"+(&url.URL{Path: path}).EscapedPath()+"?_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)"
	}
	raw, err := sql.Open(driver, address)
	must(t, err)
	t.Cleanup(func() { _ = raw.Close() })
	return raw
}

// Ask runs a query without arguments and gives every value as text, in rows.
func (h *House) Ask(t testing.TB, query string) [][]string {
	t.Helper()
	rows, err := h.Raw(t).QueryContext(t.Context(), query)
	must(t, err)
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	must(t, err)
	var all [][]string
	for rows.Next() {
		values, into := make([]sql.RawBytes, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		must(t, rows.Scan(into...))
		row := make([]string, len(columns))
		for i, value := range values {
			row[i] = string(value)
		}
		all = append(all, row)
	}
	must(t, rows.Err())
	return all
}

// Do runs a statement without the store.
func (h *House) Do(t testing.TB, statement string) {
	t.Helper()
	_, err := h.Raw(t).ExecContext(t.Context(), statement)
	must(t, err)
}

// RandomID draws an id.
func RandomID() scheduler.ID {
	var octets [9]byte
	_, _ = rand.Read(octets[:]) // never fails
	return scheduler.RandomID(octets)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Rest lets the last change rest, and looks after a cohort: what the change frees
// is offered then.
func (h *House) Rest(t testing.TB, cohort scheduler.ID) {
	t.Helper()
	h.Set(h.Now().Add(scheduler.UndoWindow))
	system := desk.Request{Actor: access.System("agenda").In(string(h.Clinic)), Clinic: h.Clinic}
	must(t, h.Desk.Confirm(t.Context(), system, desk.Upkeep(cohort)))
}
