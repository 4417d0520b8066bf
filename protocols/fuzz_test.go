package protocols_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/metrics"
	"strings"
	"testing"

	"almanac/protocols"
	"almanac/protocols/civil"
)

// maxParseBytes is what reading one file may take, whatever is in it.
const maxParseBytes = 64 << 20

// allocated is the number of bytes that were ever allocated.
func allocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// Files whose numbers multiply are refused before anything is made of them. Not parallel: it counts what is allocated.
func TestParseNeedsLittleMemory(t *testing.T) {
	const head = "protocol: a\nversion: 1\ntitle: a\nsession: {duration: PT1H}\ncontact: {minutes: 60}\n"
	for name, src := range map[string]string{
		"sessions": head + "content:\n  modules:\n" + numbered(520, "    - {id: m%d, sessions: 520}\n"),
		"phases":   head + "phases:\n" + numbered(520, "  - {id: p%d, sessions: 520}\n"),
		"windows": head + "content: {unit: session, count: 8}\nassessments:\n" +
			numbered(500, "  - {id: a%d, anchor: entry, every: P1D, from_week: 1, to_week: 520}\n"),
		"each": head + "content: {unit: session, count: 520}\nassessments:\n" +
			numbered(500, "  - {id: a%d, anchor: each-session}\n"),
		"vary": head + "content: {unit: session, count: 520}\nvariations:\n" +
			numbered(500, "  - {from: 1, duration: PT%dM}\n"),
		"values": strings.Repeat("a: b\n", 3000),
	} {
		before := allocated()
		_, err := protocols.Parse(name+".yaml", []byte(src))
		if err == nil {
			t.Errorf("%s: no problem was told", name)
		}
		if took := allocated() - before; took > maxParseBytes {
			t.Errorf("%s: %d bytes took %d MiB", name, len(src), took>>20)
		}
	}
}

func numbered(count int, line string) string {
	var b strings.Builder
	for i := range count {
		fmt.Fprintf(&b, line, i)
	}
	return b.String()
}

func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"library/*.yaml", "testdata/broken/*.yaml", "testdata/lint/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			f.Fatalf("no files for %s: %v", pattern, err)
		}
		for _, file := range files {
			src, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(src)
		}
	}
	for _, keys := range []string{mbsrShape, mbrpTrainingShape, selfGuidedShape, miTrainingShape,
		levelledShape, ourRoom} {
		f.Add([]byte("protocol: shape\nversion: 1\ntitle: Shape\n" + keys))
	}
	f.Add([]byte(ourRoom))
	loc := location(f, "America/New_York")
	f.Fuzz(func(t *testing.T, src []byte) {
		before := allocated()
		d, err := protocols.Parse("fuzz.yaml", src)
		if took := allocated() - before; took > maxParseBytes {
			t.Fatalf("reading %d bytes took %d", len(src), took)
		}
		if err != nil {
			var problems protocols.Problems
			if !errors.As(err, &problems) || len(problems) == 0 {
				t.Fatalf("an error without problems: %v", err)
			}
			return
		}
		again, err := protocols.Parse("again.yaml", d.Source())
		if err != nil || again.Hash() != d.Hash() {
			t.Fatalf("the canonical source reads differently: %v", err)
		}
		checkFuzzedPlan(t, d,
			protocols.PlanRequest{Start: date(t, "2026-01-06"), At: civil.Clock{Hour: 18}, Location: loc})
	})
}

// checkFuzzedPlan holds that whatever was read can be planned, but for events that no day fits.
func checkFuzzedPlan(t *testing.T, d *protocols.Definition, req protocols.PlanRequest) {
	calendar, err := d.Plan(req)
	if err != nil {
		for _, known := range []string{"has no free day", "clashes with"} {
			if strings.Contains(err.Error(), known) {
				return
			}
		}
		t.Fatalf("a definition that cannot be planned: %v", err)
	}
	main := 0
	for _, s := range calendar.Sessions {
		if s.Number > 0 {
			main++
		}
	}
	if len(d.Positions()) > 0 && main > len(d.Positions()) {
		t.Fatalf("%d sessions for %d positions", main, len(d.Positions()))
	}
}
