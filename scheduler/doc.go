// Package scheduler holds what Almanac knows about cohorts and the people in
// them: the rules, and they are pure.
//
// # How a change happens
//
// Package desk turns a request into one call of its Store. The store locks the
// clinic, loads the named rosters and every other commitment of the people in
// them into a Book, runs the change on it, and saves the difference together
// with the notices and tasks the book owes, all in one transaction. The change
// itself sees no clock, no database and no mail; it may run twice and touches
// nothing but its book.
//
// # What a person owns
//
// A Cohort runs a protocol. Its Sessions stand in a Roster beside the
// Enrollments. An enrollment that is seated owns a Seat in each session of its
// itinerary. The seat remembers what its person was last told. What a person
// must hear is always the difference between that and the current data, never
// a list of past events.
//
// # States of an enrollment
//
//	          ┌──────────────────┐
//	          │                  ▼
//	(asked) ──┼──► pending ──► waiting ◄──► offered
//	          │       │         │   ▲          │
//	          │       ▼         ▼   │          │
//	          └────► active ◄───────┼──────────┘
//	                  │  ▲          │
//	                  ▼  │          │ the seat is gone
//	                 on_hold ───────┘
//
//	active, on_hold ──► completed        every living state ──► withdrawn
//
// Row by row:
//
//	(asked)   ─► pending waiting active
//	pending   ─► waiting active withdrawn
//	waiting   ─► offered active withdrawn
//	offered   ─► waiting active withdrawn
//	active    ─► on_hold completed withdrawn
//	on_hold   ─► waiting active completed withdrawn
//	completed ─►
//	withdrawn ─►
//
// The table in enrollment.go is these rows; a test reads them here and walks
// every pair. Pending, waiting and offered people own no date that they are told
// of, though seats may be kept for them. The clock moves people too: an offer
// lapses, a leave ends, the last session that was owed is over. One way back is
// no arrow, because nobody asks for it: anyone who completed is active again when a
// late correction of attendance shows that something is still owed.
//
// # One set of rules
//
// A Replay plays dated facts on the same Book, without a store and with a clock
// that is set from fact to fact. It assumes that everybody seated came; the
// program counts only what was recorded.
package scheduler
