package reads

import (
	"strings"
	"time"

	"almanac/scheduler"
)

// Cursor is a position in a list that is ordered by instant and id: that of a row. The zero value is the beginning.
type Cursor struct {
	At time.Time
	ID scheduler.ID
}

// String writes a cursor as ParseCursor reads it; the zero value is empty.
func (c Cursor) String() string {
	if c == (Cursor{}) {
		return ""
	}
	return c.At.UTC().Format(time.RFC3339Nano) + "," + string(c.ID)
}

// ParseCursor reads a cursor, and tells whether the text is one. The empty text is the zero value.
func ParseCursor(text string) (c Cursor, ok bool) {
	if text == "" {
		return c, true
	}
	stamp, id, _ := strings.Cut(text, ",")
	at, err := time.Parse(time.RFC3339Nano, stamp)
	if err != nil || id == "" {
		return c, false
	}
	return Cursor{at, scheduler.ID(id)}, true
}
