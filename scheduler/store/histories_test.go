package store_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"almanac/protocols"
	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/store/storetest"
)

// smallGroup is a rolling group in which every seat is fought for.
const smallGroup = `
protocol: small-group
version: "1"
title: A small rolling group
content: {order: cyclic, modules: [{id: m1, title: One, sessions: 1}, {id: m2, title: Two, sessions: 1}, ` +
	`{id: m3, title: Three, sessions: 1}, {id: m4, title: Four, sessions: 1}]}
cadence: {every: P1W}
session: {kind: group, duration: PT2H}
capacity: {max: 1, max_new_per_session: 1}
waitlist: {seat_horizon: P9D}
entry: {type: any, lead: P0D}
completion: {type: content}
on_cancel: append
on_holiday: append
reminders: {leads: [PT24H]}
`

// deed is something that happens in a history: a change of a book, the same in
// every store.
type deed struct {
	name string
	at   time.Time
	do   func(b *scheduler.Book) error

	enrollments, sessions []scheduler.ID // that it is about
}

// keeper is a store that plays histories.
type keeper interface {
	// change plays a deed on a book of both cohorts and everybody in them.
	change(ctx context.Context, d deed) error
	// book gives what is kept, everybody ever enrolled included.
	book(ctx context.Context) (*scheduler.Book, error)
}

// memory keeps rosters without a database: what the rules alone make of a history.
type memory struct {
	clinic  scheduler.Clinic
	zones   *civil.Zones
	rosters []*scheduler.Roster
	people  map[scheduler.ID]*scheduler.Person
	now     time.Time
}

func (m *memory) book(context.Context) (*scheduler.Book, error) {
	rosters := make([]*scheduler.Roster, len(m.rosters))
	for i, r := range m.rosters {
		rosters[i] = &scheduler.Roster{Cohort: r.Cohort, Definition: r.Definition, Sessions: copied(r.Sessions),
			Enrollments: copied(r.Enrollments), Seats: copied(r.Seats)}
	}
	people := map[scheduler.ID]*scheduler.Person{}
	for id, p := range m.people {
		one := *p
		people[id] = &one
	}
	return scheduler.NewBook(m.clinic, m.now, m.zones, rosters, people, nil), nil
}

func copied[T any](all []*T) []*T {
	copies := make([]*T, len(all))
	for i, one := range all {
		value := *one
		copies[i] = &value
	}
	return copies
}

func (m *memory) change(ctx context.Context, d deed) error {
	m.now = d.at
	b, err := m.book(ctx)
	if err != nil {
		return err
	}
	if err := d.do(b); err != nil {
		return err
	}
	b.PlanNotices()
	m.rosters, m.people = b.Rosters, b.People
	return nil
}

// database keeps them in a real one.
type database struct {
	*storetest.House
	load desk.Load
}

func (k *database) change(ctx context.Context, d deed) error {
	k.Set(d.at)
	c := desk.Change{Clinic: k.Clinic, Actor: k.Actor, Action: access.EnrollmentChange}
	return k.DB.Change(ctx, c, k.load, func(b *scheduler.Book) error {
		if err := d.do(b); err != nil {
			return err
		}
		b.PlanNotices()
		k.load.Enrollments = named(b)
		return nil
	})
}

func (k *database) book(ctx context.Context) (*scheduler.Book, error) {
	return k.DB.Look(ctx, desk.Change{Clinic: k.Clinic, Actor: k.Actor, Action: access.CohortView}, k.load)
}

// named lists everybody ever enrolled.
func named(b *scheduler.Book) []scheduler.ID {
	var all []scheduler.ID
	for _, r := range b.Rosters {
		for _, e := range r.Enrollments {
			all = append(all, e.ID)
		}
	}
	return all
}

// lines is a book as text: every session, enrollment and seat.
func lines(b *scheduler.Book) []string {
	var all []string
	for _, r := range b.Rosters {
		for _, s := range r.Sessions {
			all = append(all, fmt.Sprintf("session %s %d %s %s %s %s %t", s.ID, s.Number, s.Wall, s.Position, s.State,
				s.For, s.ContentLost))
		}
		for _, e := range r.Enrollments {
			offers := ""
			for _, o := range e.Offers {
				offers += fmt.Sprintf(" %s:%s:%s", o.ID, o.Entry, o.State)
			}
			var facts []string
			for _, f := range e.Facts {
				facts = append(facts, fmt.Sprint(f.Kind, f.What))
			}
			all = append(all, fmt.Sprintf("enrollment %s %s %s %s %s %t %d %v%s", e.ID, e.Person, e.State, e.Entry,
				e.Continues, e.Front, e.PausedDays, facts, offers))
		}
		for _, s := range r.Seats {
			all = append(all, fmt.Sprintf("seat %s %s %s %s %d %d %t", s.ID, s.Session, s.Person, s.State, s.Sequence,
				s.Minutes, s.Elsewhere))
		}
	}
	slices.Sort(all)
	return all
}

// histories is how many histories are played on each database: a hundred (fewer
// under the race detector), or as many as ALMANAC_HISTORIES says.
func histories() int {
	if n, err := strconv.Atoi(os.Getenv("ALMANAC_HISTORIES")); err == nil && n > 0 {
		return n
	}
	return fewHistories
}

// The same history gives the same rosters in both databases as in memory, where
// nothing is saved or loaded: what the rules remember is kept, all of it.
func TestHistoriesAreKept(t *testing.T) {
	t.Parallel()
	definition, err := protocols.Parse("small-group.yaml", []byte(strings.TrimSpace(smallGroup)+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	onEach(t, func(t *testing.T, h *storetest.House) {
		done := map[string]int{}
		for n := range histories() {
			playHistory(t, h, definition, n, done)
			if t.Failed() {
				return
			}
		}
		for _, name := range deeds() {
			if done[name] == 0 && histories() >= 200 {
				t.Errorf("%q never happened in %d histories", name, histories())
			}
		}
	})
}

// playHistory plays one history in a database and in memory.
func playHistory(t *testing.T, h *storetest.House, d *protocols.Definition, seed int, done map[string]int) {
	t.Helper()
	drawn := rand.New(rand.NewPCG(uint64(seed), 7))
	cohorts := []scheduler.ID{scheduler.ID(fmt.Sprintf("tue-%d-%s", seed, h.Clinic)),
		scheduler.ID(fmt.Sprintf("thu-%d-%s", seed, h.Clinic))}
	people := make([]scheduler.ID, 6)
	for i := range people {
		people[i] = scheduler.ID(fmt.Sprintf("person-%d-%d-%s", seed, i, h.Clinic))
	}
	reference := &memory{clinic: scheduler.Clinic{ID: h.Clinic, Zone: "UTC"}, zones: h.Zones,
		people: map[scheduler.ID]*scheduler.Person{}}
	kept := &database{House: h}
	at := storetest.NewYear()
	play := func(x deed) error {
		want, got := reference.change(t.Context(), x), kept.change(t.Context(), x)
		if kindOf(want) != kindOf(got) {
			t.Fatalf("history %d: %s is %v and in the database %v", seed, x.name, want, got)
		}
		return want
	}
	for i, cohort := range cohorts {
		if err := play(opened(cohort, d, i, people, at)); err != nil {
			t.Fatal(err)
		}
	}
	kept.load.Cohorts, kept.load.People = cohorts, people
	for range 8 + drawn.IntN(12) {
		at = at.Add(time.Duration(drawn.IntN(5*24)) * time.Hour)
		b, err := reference.book(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		x := drawDeed(drawn, b, cohorts, people)
		x.at = at
		if play(x) == nil {
			done[x.name]++
		}
	}
	want, err := reference.book(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got, err := kept.book(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if one, other := lines(want), lines(got); !slices.Equal(one, other) {
		t.Fatalf("history %d is kept as\n%s\nand not as\n%s", seed, strings.Join(lacking(other, one), "\n"),
			strings.Join(lacking(one, other), "\n"))
	}
}

// lacking lists what stands in one list and not in another.
func lacking(in, not []string) []string {
	return slices.DeleteFunc(slices.Clone(in), func(line string) bool { return slices.Contains(not, line) })
}

// kindOf is how something failed, in a word; empty: it did not.
func kindOf(err error) string {
	var f *fault.Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &f):
		return fmt.Sprint(f.Kind)
	}
	return err.Error()
}

// opened opens a cohort, and enters the people with the first one.
func opened(cohort scheduler.ID, d *protocols.Definition, n int, people []scheduler.ID, at time.Time) deed {
	return deed{name: "open", at: at, do: func(b *scheduler.Book) error {
		for i, id := range people {
			if n == 0 {
				b.People[id] = &scheduler.Person{ID: id, Zone: "America/New_York", Language: "en",
					Reach: []scheduler.Channel{scheduler.Email}}
				b.Contacts[id] = storetest.Contact(i)
			}
		}
		_, err := b.Open(cohort, scheduler.OpenRequest{
			Definition: d, Start: civil.Date{Year: 2026, Month: 1, Day: 6 + 2*n}, At: civil.Clock{Hour: 18},
			Zone: "America/New_York",
		})
		return err
	}}
}
