package protocols_test

import (
	"fmt"
	"strings"
	"testing"

	"almanac/protocols"
)

const ourRoom = `protocol: more-our-room
version: "1"
parent: more-telehealth@1
override:
  reason: our clinic's room and hours
  approved_by: Dr. Example
  reasons: {capacity.max: "the room has ten chairs"}
sources: {avoid: [clinic-hours]}
references: {clinic-hours: "the hours on our door"}
capacity: {max: 10}
session: {modality: {primary: in-person}}
on_holiday: skip
avoid: {buffer: PT45M, hours: [{what: clinic-dosing, days: [mon, tue], from: "05:30", to: "13:30"}]}
`

func TestOverrideIsTheParentWithItsChanges(t *testing.T) {
	t.Parallel()
	d, err := protocols.Parse("our-room.yaml", []byte(ourRoom))
	if err != nil {
		t.Fatal(err)
	}
	parent := protocol(t, "more-telehealth")
	if d.Ref() != "more-our-room@1" || d.Title != parent.Title || d.Capacity.Max != 10 || d.Capacity.MinToStart != 6 ||
		d.Session.Modality != (protocols.Modality{Primary: "in-person", Fallback: "audio-dial-in"}) ||
		len(d.Session.Segments) != 4 {
		t.Errorf("read as %+v, %+v", d.Capacity, d.Session)
	}
	var changes []string
	for _, c := range d.Override.Changes {
		changes = append(changes, fmt.Sprintf("%s: %s -> %s (%s)", c.Path, c.From, c.To, c.Reason))
	}
	const want = `capacity.max: 12 -> 10 (the room has ten chairs)
session.modality.primary: video -> in-person (our clinic's room and hours)
on_holiday: append -> skip (our clinic's room and hours)
avoid.buffer:  -> PT45M (our clinic's room and hours)
avoid.hours:  -> [{what: clinic-dosing, days: [mon, tue], from: 05:30, to: 13:30}] (our clinic's room and hours)`
	if got := strings.Join(changes, "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	marks := map[string]string{}
	for _, s := range d.Sources {
		marks[s.Path] = strings.Join(s.Marks, ", ")
	}
	for path, want := range map[string]string{
		"capacity.max": "override", "session.modality.primary": "override", "on_holiday": "override",
		"avoid":        "clinic-hours",
		"avoid.buffer": "", "capacity.min_to_hold": "assumption",
	} {
		if marks[path] != want {
			t.Errorf("%s has the marks %q, want %q", path, marks[path], want)
		}
	}
}

// What is stored of an override is whole: it reads the same without its parent.
func TestOverrideIsStoredWhole(t *testing.T) {
	t.Parallel()
	d, err := protocols.Parse("our-room.yaml", []byte(ourRoom))
	if err != nil {
		t.Fatal(err)
	}
	again, err := protocols.Parse("stored.yaml", d.Source())
	if err != nil {
		t.Fatal(err)
	}
	if again.Hash() != d.Hash() || string(again.Source()) != string(d.Source()) || len(again.Override.Changes) != 5 {
		t.Errorf("the stored text reads differently:\n%s", d.Source())
	}
	gone := strings.ReplaceAll(string(d.Source()), "more-telehealth@1", "no-longer-there@1")
	if _, err := protocols.Parse("stored.yaml", []byte(gone)); err != nil {
		t.Errorf("without its parent: %v", err)
	}
}

func TestOverrideOfAnOverride(t *testing.T) {
	t.Parallel()
	first, err := protocols.Parse("our-room.yaml", []byte(ourRoom))
	if err != nil {
		t.Fatal(err)
	}
	larger, err := library(t).With(first)
	if err != nil {
		t.Fatal(err)
	}
	d, err := larger.Parse("evening.yaml",
		[]byte("protocol: more-evening\nversion: 1\nparent: more-our-room\noverride: {reason: no chairs}\n"+
			"capacity: {max: 8}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if d.Capacity.Max != 8 || d.OnHoliday != protocols.ClosureSkip || len(d.Override.Changes) != 1 ||
		d.Override.Changes[0].From != "10" {
		t.Errorf("%+v, %+v", d.Capacity, d.Override)
	}
}

// Values of one run are laid over a protocol in the language's own words.
func TestWith(t *testing.T) {
	t.Parallel()
	doc, err := protocols.ReadYAML("run.yaml", []byte(
		`content: {order: cyclic, modules: [m1, m2, m3, m4, m5, m6, m7, m8]}
entry: {positions: [1, 3, 5, 7], lead: P0D, prerequisites: []}
completion: {type: content}
dose: {at_least: 4, distinct: true}
`))
	if err != nil {
		t.Fatal(err)
	}
	for _, ref := range []string{"more-rolling", "more-telehealth"} {
		d, err := protocol(t, ref).With(doc, doc.Root)
		if err != nil {
			t.Fatalf("%s: %v", ref, err)
		}
		if len(d.Positions()) != 8 || d.Positions()[2].ID != "m3" || d.Entry.Type != protocols.EntryPositions ||
			len(d.Entry.Prerequisites) != 0 {
			t.Errorf("%s: %+v, %+v", ref, d.Positions(), d.Entry)
		}
	}
	doc, err = protocols.ReadYAML("run.yaml", []byte("capacity: {max: 5}\nentry: {typ: any}\n"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = protocol(t, "more-telehealth").With(doc, doc.Root)
	for _, want := range []string{
		`run.yaml:2:9: "typ" is not a key of an entry rule; did you mean "type"?`,
		"run.yaml:1:1: The group needs 6 people to start and has 5 seats; lower min_to_start or raise max. The " +
			"value is the parent's.",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
