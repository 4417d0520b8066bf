package protocols_test

import (
	"path/filepath"
	"testing"
	"time"

	"almanac/protocols"
)

// BenchmarkPlan24Weeks plans the longest protocol of the library.
func BenchmarkPlan24Weeks(b *testing.B) {
	benchmarkPlan(b, protocol(b, "m-rocc"), request(b, "2026-01-06", "America/New_York"))
}

// BenchmarkPlanWithHours plans one with one-offs beside a clinic's hours.
func BenchmarkPlanWithHours(b *testing.B) {
	req := request(b, "2026-01-06", "America/New_York")
	req.Avoid, req.Buffer = dosing, 45*time.Minute
	benchmarkPlan(b, shaped(b, mbsrShape), req)
}

func benchmarkPlan(b *testing.B, d *protocols.Definition, req protocols.PlanRequest) {
	b.ReportAllocs()
	occurrences := 0
	for b.Loop() {
		c, err := d.Plan(req)
		if err != nil {
			b.Fatal(err)
		}
		occurrences += len(c.Sessions)
	}
	b.ReportMetric(float64(occurrences)/b.Elapsed().Seconds(), "occurrences/s")
}

// BenchmarkParse reads one protocol: what loading one by its id takes.
func BenchmarkParse(b *testing.B) {
	src := protocol(b, "m-rocc").Source()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := protocols.Parse("m-rocc.yaml", src); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkParseLibrary reads every file of the library.
func BenchmarkParseLibrary(b *testing.B) {
	var sources [][]byte
	for _, d := range library(b).List() {
		sources = append(sources, d.Source())
	}
	files, err := filepath.Glob("library/*.yaml")
	if err != nil || len(files) != len(sources) {
		b.Fatalf("%d files and %d protocols, %v", len(files), len(sources), err)
	}
	b.ReportAllocs()
	for b.Loop() {
		for i, src := range sources {
			if _, err := protocols.Parse(files[i], src); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(len(files)), "files")
}

// A plan of 24 weeks allocates little beside what it gives back.
func TestPlanAllocatesLittle(t *testing.T) {
	d, req := protocol(t, "m-rocc"), request(t, "2026-01-06", "America/New_York")
	allocations := testing.AllocsPerRun(100, func() {
		if _, err := d.Plan(req); err != nil {
			t.Error(err)
		}
	})
	const result = 3 // the calendar, its sessions, its windows
	if allocations > result+10 {
		t.Errorf("a plan makes %v allocations", allocations)
	}
}
