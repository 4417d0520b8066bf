package store_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"almanac/protocols"
	"almanac/scheduler"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/storetest"
)

// readsAll finds, in a plan of SQLite, a table that is read from end to end, or all
// that a clinic has of it.
var readsAll = regexp.MustCompile(`^(SCAN|SEARCH) (\w+)` +
	`( USING (?:(?:COVERING )?INDEX \w+|PRIMARY KEY)( \(clinic=\?\))?)?$`)

// What a change, the gate and the recording of outcomes ask of the database must not grow with
// what the clinic has: SQLite takes an index that begins with the clinic for a
// good one, and reads all of it.
func TestChangesReadNoWholeClinic(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long")
	}
	t.Parallel()
	h := storetest.NewHouse(t, storetest.SQLite(t))
	definition, err := protocols.Parse("small-group.yaml", []byte(strings.TrimSpace(smallGroup)+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	migrating := h.DB.Asked() // a migration may read everything, once
	sent := underWay(t, h, 2)
	recordResult(t, h, results(h, reads.Sent, sent)...)
	h.Set(h.Now().Add(46 * time.Second))
	if again := passGate(t, h, []scheduler.ID{sent[0].Notice}); len(again) != 0 {
		t.Errorf("%q was handed over again", say(again))
	}
	done := map[string]int{}
	for seed := range 5 {
		playHistory(t, h, definition, seed, done)
	}
	asked, read := h.DB.Asked(), 0
	for _, query := range asked {
		if slices.Contains(migrating, query) {
			continue
		}
		for _, row := range h.Ask(t, "EXPLAIN QUERY PLAN "+strings.ReplaceAll(query, "?", "''")) {
			step := row[len(row)-1]
			if strings.HasPrefix(step, "SEARCH ") {
				read++
			}
			found := readsAll.FindStringSubmatch(step)
			switch {
			case found == nil,
				found[1] == "SEARCH" && found[4] == "",
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
