// Package fault is the one kind of error that Almanac shows to people.
//
// A fault says what went wrong in the words of the field (a full group, a
// closed cohort, a stale form), which field of the input it is about, and in a
// whole sentence what to do next. Everything else is an ordinary Go error and
// counts as Internal. Who answers (a page, the API, a command, the queue) looks
// at the kind, never at the text.
package fault

import (
	"errors"
	"fmt"
)

// Kind says what sort of trouble a fault is; its zero value is Internal.
type Kind int

// The kinds, in the order of the table that maps them to answers.
const (
	// Internal is trouble that the asker cannot mend: a bug, a broken row.
	Internal Kind = iota
	// Invalid is input that must be corrected; Field names what.
	Invalid
	// NotFound is something that does not exist, or that this actor may not know of.
	NotFound
	// Forbidden is an action that the actor's role lacks altogether.
	Forbidden
	// Stale is a change based on something that has changed meanwhile.
	Stale
	// Full is a group without a free seat.
	Full
	// Closed is a cohort, window or session that takes no more changes of this sort.
	Closed
	// Conflict is a clash with something that stands: an overlap, a second enrollment.
	Conflict
	// Unavailable is trouble that passes: a locked database, a full disk. Try again.
	Unavailable
)

var kindNames = [...]string{"internal", "invalid", "not-found", "forbidden", "stale", "full", "closed", "conflict", "unavailable"}

// String names the kind as logs and problem documents print it.
func (k Kind) String() string {
	if k < 0 || int(k) >= len(kindNames) {
		return "internal"
	}
	return kindNames[k]
}

// Error is a fault. Message is a complete sentence for the person who asked:
// it never holds a name, an address or a token.
type Error struct {
	Kind    Kind
	Field   string // the input field at fault, in snake_case; empty when it is none
	Message string
	Cause   error // for the log; never shown
}

// Error gives the sentence, and behind it the cause where there is one.
func (e *Error) Error() string {
	if e.Cause == nil {
		return e.Message
	}
	return e.Message + ": " + e.Cause.Error()
}

// Unwrap gives the cause, so that errors.Is sees through a fault.
func (e *Error) Unwrap() error { return e.Cause }

// New makes a fault of a kind with a sentence, formatted as by fmt.Sprintf.
func New(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// In makes an Invalid fault about one field of the input.
func In(field, format string, args ...any) *Error {
	return &Error{Kind: Invalid, Field: field, Message: fmt.Sprintf(format, args...)}
}

// Wrap makes a fault of a kind around a cause, with a sentence for the asker.
func Wrap(kind Kind, cause error, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...), Cause: cause}
}

// In gives the same fault about one field of the input.
func (e *Error) In(field string) *Error {
	about := *e
	about.Field = field
	return &about
}

// KindOf gives the kind of the outermost fault in err's chain, Internal when
// there is none. It must not be asked about a nil error.
func KindOf(err error) Kind {
	var f *Error
	if errors.As(err, &f) {
		return f.Kind
	}
	return Internal
}

// Is tells whether err carries a fault of this kind.
func Is(err error, kind Kind) bool {
	var f *Error
	return errors.As(err, &f) && f.Kind == kind
}

// All gives every fault joined in err (errors.Join), in order, so that a form
// can show each sentence at its field.
func All(err error) []*Error {
	var f *Error
	if f, ok := err.(*Error); ok { // the joined tree is walked by hand
		return []*Error{f}
	}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		var all []*Error
		for _, e := range many.Unwrap() {
			all = append(all, All(e)...)
		}
		return all
	}
	if errors.As(err, &f) {
		return []*Error{f}
	}
	return nil
}
