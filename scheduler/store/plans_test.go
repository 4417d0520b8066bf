package store_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"almanac/protocols"
	"almanac/scheduler/store/storetest"
)

// readsAll finds, in a plan of SQLite, a table that is read from end to end, or all
// that a clinic has of it.
var readsAll = regexp.MustCompile(`^(SCAN|SEARCH) (\w+)( USING (COVERING )?INDEX \w+( \(clinic=\?\))?)?$`)

// What a change, the gate and the record ask of the database must not grow with
// what the clinic has: SQLite takes an index that begins with the clinic for a
// good one, and reads all of it.
func TestChangesReadNoWholeClinic(t *testing.T) {
	t.Parallel()
	h := storetest.NewHouse(t, storetest.SQLite(t))
	definition, err := protocols.Parse("small-group.yaml", []byte(strings.TrimSpace(smallGroup)+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	join(t, h, h.OpenCohort(t, 18, 12), storetest.Contact(0))
	drain(t, h)
	h.Set(firstStart().Add(-25 * time.Hour))
	foresee(t, h)
	drain(t, h)
	done := map[string]int{}
	for seed := range 5 {
		playHistory(t, h, definition, seed, done)
	}
	asked, read := h.DB.Asked(), 0
	for _, query := range asked {
		for _, row := range h.Ask(t, "EXPLAIN QUERY PLAN "+strings.ReplaceAll(query, "?", "''")) {
			step := row[len(row)-1]
			if strings.HasPrefix(step, "SEARCH ") {
				read++
			}
			found := readsAll.FindStringSubmatch(step)
			switch {
			case found == nil,
				found[1] == "SEARCH" && found[5] == "",
				found[2] == "keep_apart",        // only whether there is one
				found[2] == "schema_migrations": // at the start
				continue
			}
			t.Errorf("%s\nin %s", step, query)
		}
	}
	if read < 100 {
		t.Errorf("only %d searches in %d statements were looked at", read, len(asked))
	}
}
