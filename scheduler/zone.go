package scheduler

import (
	"fmt"
	"time"
)

// firstError is the first error that the rules met. Copies of a book share it.
type firstError struct{ err error }

// Err is the first error that the rules met in places that give no error themselves, as an unknown
// zone; nil: none. What they said meanwhile is not to be used. Changes and reads that return an
// error return this one.
func (b *Book) Err() error { return b.failed.err }

// zone finds a zone for a rule that gives no error itself, and keeps the error for Err.
func (b *Book) zone(name string) *time.Location {
	loc, err := b.Zones.Location(name)
	if err != nil {
		if b.failed.err == nil {
			b.failed.err = fmt.Errorf("finding a zone: %w", err)
		}
		return time.UTC
	}
	return loc
}
