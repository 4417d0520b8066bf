package store_test

import (
	"fmt"
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/storetest"
)

// BenchmarkFindPeople looks for somebody among 5,000 people: in a process that has just started, and later.
func BenchmarkFindPeople(b *testing.B) {
	const people = 5000
	for _, d := range databases {
		h := storetest.NewHouse(b, d.url(b))
		cohort := h.OpenCohort(b, 18, seats)
		h.EnrollAll(b, cohort, addNamed(b, h, people))
		for _, text := range []string{"lopez ana", "0100", "pat123@example.net", "k77", ""} {
			b.Run(fmt.Sprintf("%s/cold/%q", d.name, text), func(b *testing.B) {
				for b.Loop() {
					b.StopTimer()
					db := h.Another(b)
					b.StartTimer()
					q := reads.PeopleQuery{Text: text}
					if _, err := db.FindPeople(b.Context(), h.Actor, h.Clinic, q); err != nil {
						b.Fatal(err)
					}
				}
			})
			b.Run(fmt.Sprintf("%s/warm/%q", d.name, text), func(b *testing.B) {
				change(b, func(int) error {
					_, err := h.DB.FindPeople(b.Context(), h.Actor, h.Clinic, reads.PeopleQuery{Text: text})
					return err
				})
			})
		}
	}
}

// addNamed adds people of common names, some with accents, and with ids of another system.
func addNamed(tb testing.TB, h *storetest.House, n int) []scheduler.ID {
	tb.Helper()
	first := []string{"Ana", "José", "Maria", "Dennis", "Grace", "Umar", "Bianca", "Zoë", "Ben", "Chloé"}
	last := []string{"López", "O'Rourke", "Kim", "Carter", "Müller", "Nguyen", "García", "Smith", "Jones",
		"Ruiz-Vega"}
	ids := make([]scheduler.ID, n)
	err := h.DB.Change(tb.Context(), desk.Change{Clinic: h.Clinic, Actor: h.Actor, Action: access.Enroll}, desk.Load{},
		func(b *scheduler.Book) error {
			for i := range ids {
				c := storetest.Contact(i)
				c.Name = first[i%10] + " " + last[i/10%10]
				c.ExternalIDs = []scheduler.ExternalID{{System: "ehr", Value: fmt.Sprintf("K%d", i)}}
				ids[i] = storetest.RandomID()
				b.People[ids[i]] = &scheduler.Person{ID: ids[i], Zone: "America/New_York", Language: "en"}
				b.Contacts[ids[i]] = c
			}
			return nil
		})
	if err != nil {
		tb.Fatal(err)
	}
	return ids
}
