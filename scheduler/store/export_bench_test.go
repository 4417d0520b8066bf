package store_test

import (
	"testing"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/storetest"
)

// BenchmarkExports takes the rosters and a year of attendance out of a clinic with 5,000 people.
func BenchmarkExports(b *testing.B) {
	for _, d := range databases {
		h := storetest.NewHouse(b, d.url(b))
		h.BuildLarge(b, storetest.Large{Cohorts: 200, Rolling: 50, People: 5000, Years: 1})
		var cohorts []scheduler.ID
		for _, row := range h.Ask(b, "SELECT id FROM cohorts") {
			cohorts = append(cohorts, scheduler.ID(row[0]))
		}
		rows := 0
		b.Run(d.name+"/rosters", func(b *testing.B) {
			change(b, func(int) error {
				return h.DB.ExportRosters(b.Context(), h.Actor, h.Clinic, cohorts,
					func(reads.RosterRow) error { rows++; return nil })
			})
		})
		today := civil.WallOf(h.Now(), h.Now().Location()).Date
		b.Run(d.name+"/attendance", func(b *testing.B) {
			change(b, func(int) error {
				return h.DB.ExportAttendance(b.Context(), h.Actor, h.Clinic,
					reads.AttendanceQuery{From: today.AddDays(-365), Until: today},
					func(reads.AttendanceRow) error { rows++; return nil })
			})
		})
		if rows == 0 {
			b.Error("nothing was exported")
		}
	}
}
