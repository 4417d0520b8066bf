// Package fault is the kind of error that Almanac shows to people.
//
// A fault has a kind (full, closed, stale ...), the input field that it is about, and a
// sentence that says what to do next. Any other error counts as Internal. Pages, API,
// commands and queue decide by the kind, never by the text.
package fault

import (
	"errors"
	"fmt"
)

// Kind is the kind of a fault; the zero value is Internal.
type Kind int

// The kinds, in the order of the table that maps them to responses.
const (
	// Internal is an error that the user cannot correct: a bug, a broken row.
	Internal Kind = iota
	// Invalid is input that must be corrected; Field names it.
	Invalid
	// NotFound is something that does not exist, or that the actor may not know of.
	NotFound
	// Forbidden is an action that the actor's role never allows.
	Forbidden
	// Stale is a change of something that has changed meanwhile.
	Stale
	// Full is a group without a free seat.
	Full
	// Closed is a cohort, window or session that no longer allows this change.
	Closed
	// Conflict is a conflict with existing data: an overlap, a second enrollment.
	Conflict
	// Unavailable is a temporary error: a locked database, a full disk. Try again.
	Unavailable
)

var kindNames = [...]string{"internal", "invalid", "not-found", "forbidden", "stale", "full", "closed",
	"conflict", "unavailable"}

// String returns the name of the kind for logs and problem documents.
func (k Kind) String() string {
	if k < 0 || int(k) >= len(kindNames) {
		return "internal"
	}
	return kindNames[k]
}

// Error is a fault. Message is a complete sentence for the user; it never holds a name,
// an address or a token.
type Error struct {
	Kind    Kind
	Field   string // the input field, in snake_case; empty without one
	Message string
	Cause   error // for the log; never shown
}

// Error returns the sentence and, if there is one, the cause.
func (e *Error) Error() string {
	if e.Cause == nil {
		return e.Message
	}
	return e.Message + ": " + e.Cause.Error()
}

// Unwrap returns the cause, for errors.Is.
func (e *Error) Unwrap() error { return e.Cause }

// New makes a fault; the sentence is formatted as by fmt.Sprintf.
func New(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// In makes an Invalid fault about one field of the input.
func In(field, format string, args ...any) *Error {
	return &Error{Kind: Invalid, Field: field, Message: fmt.Sprintf(format, args...)}
}

// Wrap makes a fault with a cause.
func Wrap(kind Kind, cause error, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...), Cause: cause}
}

// In returns a copy of the fault about one field of the input.
func (e *Error) In(field string) *Error {
	about := *e
	about.Field = field
	return &about
}

// KindOf returns the kind of the outermost fault in err's chain, or Internal. err must
// not be nil.
func KindOf(err error) Kind {
	var f *Error
	if errors.As(err, &f) {
		return f.Kind
	}
	return Internal
}

// Is tells whether err's chain has a fault of this kind.
func Is(err error, kind Kind) bool {
	var f *Error
	return errors.As(err, &f) && f.Kind == kind
}

// All returns every fault joined in err (errors.Join), in order, so that a form can
// show each sentence at its field.
func All(err error) []*Error {
	var f *Error
	if f, ok := err.(*Error); ok { // not errors.As: this walks the tree of joined errors
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
