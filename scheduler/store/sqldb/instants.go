package sqldb

import (
	"database/sql"
	"encoding"
	"fmt"
	"time"
)

// instantForm is how both databases keep an instant: text of 24 characters in
// UTC, so that it sorts as time does.
const instantForm = "2006-01-02T15:04:05.000Z"

// Stamp writes an instant, to the millisecond; "" for the zero time.
func Stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(instantForm)
}

// Instant reads what Stamp wrote.
func Instant(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if len(text) != len(instantForm) {
		return time.Time{}, fmt.Errorf("an instant in the database has %d characters, not 24", len(text))
	}
	t, err := time.Parse(instantForm, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("reading an instant: %w", err)
	}
	return t, nil
}

// When scans an instant.
func When(into *time.Time) sql.Scanner { return &instantScanner{into} }

type instantScanner struct{ into *time.Time }

func (s *instantScanner) Scan(value any) error {
	text, ok := value.(string)
	if !ok {
		return fmt.Errorf("an instant in the database is a %T, not text", value)
	}
	var err error
	*s.into, err = Instant(text)
	return err
}

// Text scans a date, a wall time or another type of the protocols package. The
// empty text leaves it as it is: its zero value.
func Text(into encoding.TextUnmarshaler) sql.Scanner { return &textScanner{into} }

type textScanner struct{ into encoding.TextUnmarshaler }

func (s *textScanner) Scan(value any) error {
	text, ok := value.(string)
	if !ok {
		return fmt.Errorf("a %T in the database where text should be", value)
	}
	if text == "" {
		return nil
	}
	return s.into.UnmarshalText([]byte(text))
}
