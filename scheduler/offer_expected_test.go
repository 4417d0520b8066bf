package scheduler_test

import (
	"testing"

	"almanac/protocols/civil"
	"almanac/scheduler"
)

// The expected entries of a whole waitlist are those that each itinerary names.
func TestExpectedEntriesAgree(t *testing.T) {
	t.Parallel()
	l := playYears(t, zones(t), define(t, rolling), 1)
	r, err := l.Roster("tuesday")
	if err != nil {
		t.Fatal(err)
	}
	all := map[scheduler.ID]civil.Date{}
	ok := l.Change(func(b *scheduler.Book) error { all = b.ExpectedEntries("tuesday", ""); return nil })
	if ok != nil {
		t.Fatal(ok)
	}
	waiting := 0
	for _, e := range r.Enrollments {
		if e.State != scheduler.Waiting {
			continue
		}
		waiting++
		it, err := l.Itinerary(e.Person)
		if err != nil || it.ExpectedEntry != all[e.ID] {
			t.Errorf("%s expects %s, and %s with all others (%v)", e.Person, it.ExpectedEntry, all[e.ID], err)
		}
	}
	if waiting < 5 {
		t.Errorf("only %d wait", waiting)
	}
}
