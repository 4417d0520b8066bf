// Package calendar turns itineraries into iCalendar and reads iCalendar back.
//
// It writes two kinds of object (RFC 5545): the feed, a snapshot of one
// person's itinerary that a calendar program fetches again and again, and the
// invitation, an RFC 5546 REQUEST or CANCEL for one session that travels by
// mail to one person.
//
// Writing cannot fail. Whatever a name or a note holds, the result is a legal
// object: lines fold at 75 octets without splitting a character, TEXT is
// escaped (RFC 5545 §3.3.11), parameters are quoted and encoded (RFC 6868),
// line breaks of every kind become "\n", other control characters go, and
// invalid UTF-8 becomes U+FFFD. The same input gives the same bytes.
//
// Every session is an event of its own with start and end in UTC: no
// recurrence, no time zone. A feed carries neither organizer nor attendee,
// because that somebody attends is itself a secret; Denied finds words that
// would give it away.
//
// Reading goes through go-ical, but only after Read has checked size, depth
// and syntax, because go-ical panics or exhausts memory on hostile input.
package calendar
