package protocols_test

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"almanac/protocols"
	"almanac/protocols/civil"
)

const protocolsPage = "../docs/protocols.md"

// example is a protocol of the page and the calendar printed after it.
var example = regexp.MustCompile("(?s)```yaml\n(.*?)```\n\n```text\n(.*?)```\n")

// code is a word of the page that stands as code.
var code = regexp.MustCompile("`([^`]+)`")

// Each example of the page is a whole protocol without a mistake or a warning, and its calendar is the printed one.
// With -update the calendars are printed anew.
func TestExamplesOfThePage(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(protocolsPage)
	if err != nil {
		t.Fatal(err)
	}
	examples := example.FindAllSubmatchIndex(text, -1)
	if blocks := bytes.Count(text, []byte("```yaml")); len(examples) != 5 || blocks != 5 {
		t.Fatalf("the page has %d protocols and %d of them with a calendar, want 5", blocks, len(examples))
	}
	var printed bytes.Buffer
	rest := 0
	for _, at := range examples {
		source, want := text[at[2]:at[3]], string(text[at[4]:at[5]])
		d, err := library(t).Parse("example.yaml", source)
		if err != nil {
			t.Errorf("%s\n%v", source, err)
			continue
		}
		if warnings := d.Warnings(); len(warnings) > 0 {
			t.Errorf("%s: %v", d.Ref(), warnings)
		}
		got := plainCalendar(t, d)
		if got != want && !*update {
			t.Errorf("%s is printed as\n%s\nand its calendar is\n%s", d.Ref(), want, got)
		}
		printed.Write(text[rest:at[4]])
		printed.WriteString(got)
		rest = at[5]
	}
	printed.Write(text[rest:])
	if *update && !t.Failed() {
		if err := os.WriteFile(protocolsPage, printed.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// The page names every protocol of the library and no other.
func TestThePageNamesTheLibrary(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(protocolsPage)
	if err != nil {
		t.Fatal(err)
	}
	_, tables, _ := strings.Cut(string(text), "## The library")
	named := map[string]bool{}
	for line := range strings.Lines(tables) {
		cells := strings.Split(line, "|")
		if len(cells) < 3 {
			continue
		}
		for _, id := range code.FindAllStringSubmatch(cells[1], -1) {
			d, err := library(t).Find(id[1])
			if err != nil {
				t.Errorf("the page names %s: %v", id[1], err)
				continue
			}
			named[d.Ref()] = true
		}
	}
	for _, d := range library(t).List() {
		if !named[d.Ref()] {
			t.Errorf("the page does not name %s", d.Ref())
		}
	}
}

// The sentences of the page about its examples: a group at noon meets the dosing hours, content that turns comes round,
// and content of fixed order admits nobody in the middle.
func TestThePageTellsTheTruth(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(protocolsPage)
	if err != nil {
		t.Fatal(err)
	}
	examples := example.FindAllSubmatch(text, -1)
	atNoon := request(t, "2026-01-06", "America/New_York")
	atNoon.At = civil.Clock{Hour: 12, Minute: 30}
	if _, err := parsed(t, examples[4][1]).Plan(atNoon); err == nil ||
		!strings.Contains(err.Error(), "clashes with clinic-dosing") {
		t.Errorf("a start at noon gave %v", err)
	}
	turning := request(t, "2026-01-06", "America/New_York")
	turning.Sessions = 6
	if s := plan(t, parsed(t, examples[3][1]), turning).Sessions[5]; s.Position != "noticing-1" {
		t.Errorf("the sixth session is %s", s.Position)
	}
	fixed := bytes.Replace(examples[3][1], []byte("order: cyclic"), []byte("order: fixed"), 1)
	if _, err := protocols.Parse("fixed.yaml", fixed); err == nil ||
		!strings.Contains(err.Error(), "content of fixed order") {
		t.Errorf("an entry into fixed content gave %v", err)
	}
	holiday := request(t, "2026-01-06", "America/New_York")
	holiday.Closed = closed(t, "2026-01-20")
	if c := plan(t, parsed(t, examples[0][1]), holiday); len(c.Sessions) != 4 ||
		c.Sessions[3].LocalStart.Date.String() != "2026-02-03" {
		t.Errorf("with a closed day: %s", dates(c))
	}
}

func parsed(t *testing.T, source []byte) *protocols.Definition {
	t.Helper()
	d, err := library(t).Parse("example.yaml", source)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// plainCalendar prints the calendar of an example for people who do not program.
func plainCalendar(t *testing.T, d *protocols.Definition) string {
	t.Helper()
	req := request(t, "2026-01-06", "America/New_York")
	c := plan(t, d, req)
	var b strings.Builder
	fmt.Fprintf(&b, "From %s %s, %s\n", req.Start.Weekday().String()[:3], req.Start, req.At)
	for _, s := range c.Sessions {
		length := fmt.Sprintf("%d min", s.Minutes)
		if s.MinutesMin > 0 {
			length = fmt.Sprintf("%d to %d min", s.MinutesMin, s.Minutes)
		}
		at := s.LocalStart
		content := ""
		if d.Rolling() {
			content = "  " + s.Position
		}
		fmt.Fprintf(&b, "%d  %s %s %s  %s  %s%s\n", s.Number, at.Date.Weekday().String()[:3], at.Date, at.Clock, length,
			s.Kind, content)
	}
	for _, w := range c.Windows {
		fmt.Fprintf(&b, "%s: from %s to %s\n", w.ID, w.Opens, w.Closes)
	}
	fmt.Fprintf(&b, "%d contact minutes", c.ContactMinutes)
	if c.ContactMinutesMin < c.ContactMinutes {
		fmt.Fprintf(&b, ", at least %d", c.ContactMinutesMin)
	}
	if c.CountableMinutes < c.ContactMinutes {
		fmt.Fprintf(&b, ", %d without breaks", c.CountableMinutes)
	}
	b.WriteByte('\n')
	return b.String()
}
