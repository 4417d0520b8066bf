package store

import (
	"maps"
	"slices"
)

// Asked gives the texts of what an open SQLite database was asked while writing.
func (db *DB) Asked() []string {
	db.writing.mu.Lock()
	defer db.writing.mu.Unlock()
	return slices.Compact(slices.Sorted(slices.Values(slices.AppendSeq(slices.Collect(maps.Keys(db.writing.kept)), maps.Keys(db.writing.asked)))))
}
