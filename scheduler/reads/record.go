package reads

import (
	"time"

	"almanac/scheduler"
)

// RecordFile is all that is known of one person, for them to have. It holds names, addresses and texts.
type RecordFile struct {
	Person   scheduler.ID
	At       time.Time // UTC instant of the export
	Sections []RecordSection
}

// RecordSection is a table of a RecordFile. Instants in it are UTC, as RFC 3339 writes them; empty: none.
type RecordSection struct {
	Name   string   // as "attendance"
	Title  string   // for people
	Fields []string // names of the columns
	Rows   [][]string
}
