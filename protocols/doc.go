// Package protocols says what a programme is and how it lies on a calendar.
//
// A [Definition] is a protocol as versioned data: content, phases, cadence, session template, what stands beside the
// series, seats, entry, dose, assessments and reminders. It is read from YAML by [Parse], which reports every problem
// of a file at once with its line and column; [Library.Parse] also holds it against the other protocols. An override
// says only what differs from its parent and is stored as the whole that the two make. The protocols that come with
// the program are a [Library].
//
// [Definition.Plan] lays a definition on dates:
//
//	start date ─► cadence of each phase ─► closed days and holidays ─► positions of the content
//	           ─► one-offs and appointments, clear of hours to avoid ─► wall times ─► instants ─► windows
//
// Cadence works on dates and each date is resolved by itself, so that "every Tuesday at 18:00" stays at 18:00 across a
// change of the clocks. Dates, wall times, periods, zones and the resolver are package civil.
//
// The package is pure: it has no clock, writes nothing, logs nothing and reads nothing but its embedded files. Equal
// arguments give equal results, byte for byte.
package protocols
