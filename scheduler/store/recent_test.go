package store_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"almanac/protocols"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/store/storetest"
)

// recently keeps a history in a database whose changes load what they are about.
type recently struct {
	*storetest.House
	load    desk.Load
	ever    []scheduler.ID // enrollments
	shorter int            // changes for which older sessions stayed out
}

func (k *recently) change(t *testing.T, d deed) error {
	k.Set(d.at)
	load := k.load
	load.Sessions, load.Enrollments = d.sessions, d.enrollments
	c := desk.Change{Clinic: k.Clinic, Actor: k.Actor, Action: access.EnrollmentChange}
	return k.DB.Change(t.Context(), c, load, func(b *scheduler.Book) error {
		if d.name != "open" && b.Rosters[0].Sessions[0].Counter > 1 {
			k.shorter++
		}
		if err := d.do(b); err != nil {
			return err
		}
		b.PlanNotices()
		k.ever = append(k.ever, named(b)...)
		return nil
	})
}

func (k *recently) book(t *testing.T) *scheduler.Book {
	t.Helper()
	slices.Sort(k.ever)
	k.ever = slices.Compact(k.ever)
	load := desk.Load{Cohorts: k.load.Cohorts, People: k.load.People, Enrollments: k.ever}
	b, err := k.DB.Look(t.Context(), desk.Change{Clinic: k.Clinic, Actor: k.Actor, Action: access.CohortView}, load)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A change that loads the recent sessions of a rolling cohort makes of it what one that
// loads all of them does, whatever happened before.
func TestRecentSessionsAreEnough(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long")
	}
	t.Parallel()
	definition, err := protocols.Parse("small-group.yaml", []byte(strings.TrimSpace(smallGroup)+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	shorter := 0
	for seed := 1; seed <= recentHistories; seed++ {
		all, recent := &recently{House: storetest.NewHouse(t, storetest.SQLite(t))},
			&recently{House: storetest.NewHouse(t, storetest.SQLite(t))}
		recent.load.Recent = 20 * 24 * time.Hour
		playBoth(t, all, recent, definition, seed)
		shorter += recent.shorter
		if one, other := lines(all.book(t)), lines(recent.book(t)); !slices.Equal(one, other) {
			t.Fatalf("history %d is\n%s\nand not\n%s", seed, strings.Join(lacking(other, one), "\n"),
				strings.Join(lacking(one, other), "\n"))
		}
		if all.shorter > 0 {
			t.Fatalf("in history %d sessions stayed out of %d loads of all", seed, all.shorter)
		}
	}
	if t.Logf("older sessions stayed out of %d changes", shorter); shorter < 30 {
		t.Errorf("older sessions stayed out of %d changes only", shorter)
	}
}

// playBoth plays one long history in two databases.
func playBoth(t *testing.T, all, recent *recently, d *protocols.Definition, seed int) {
	t.Helper()
	drawn := rand.New(rand.NewPCG(uint64(seed), 11))
	cohorts, people := []scheduler.ID{"tue", "thu"}, []scheduler.ID{"a", "b", "c", "d", "e", "f"}
	at := storetest.NewYear()
	for i, cohort := range cohorts {
		for _, k := range []*recently{all, recent} {
			open := opened(cohort, d, i, people, at)
			if err := k.change(t, open); err != nil {
				t.Fatal(err)
			}
		}
	}
	all.load.Cohorts, all.load.People = cohorts, people
	recent.load.Cohorts, recent.load.People = cohorts, people
	play := func(x deed) {
		want, got := all.change(t, x), recent.change(t, x)
		if kindOf(want) != kindOf(got) {
			t.Fatalf("history %d: %s is %v and with the recent sessions %v", seed, x.name, want, got)
		}
	}
	for range 60 {
		at = at.Add(time.Duration(drawn.IntN(10*24)) * time.Hour)
		for _, cohort := range cohorts {
			play(deed{name: "extend", at: at, do: func(b *scheduler.Book) error { return b.Extend(cohort) }})
		}
		x := drawDeed(drawn, all.book(t), cohorts, people)
		x.at = at
		play(x)
	}
}
