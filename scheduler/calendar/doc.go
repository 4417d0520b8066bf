// Package calendar writes itineraries as iCalendar and parses iCalendar.
//
// It writes two kinds of object (RFC 5545): the feed, a snapshot of one person's
// itinerary that a calendar program fetches again and again, and the invitation, a
// REQUEST or CANCEL (RFC 5546) for one session in a mail to one person.
//
// Writing cannot fail. With any text the result is a valid object: lines are folded at
// 75 octets without splitting a character, TEXT is escaped (RFC 5545 §3.3.11),
// parameters are quoted and encoded (RFC 6868), line breaks of every kind become "\n",
// other control characters are removed, and invalid UTF-8 becomes U+FFFD. The same
// input gives the same bytes.
//
// Every session is a separate event with start and end in UTC, without recurrence and
// time zone. A feed has neither organizer nor attendee, because attendance is a secret;
// Denied finds words that would reveal it.
//
// Read uses go-ical, but checks size, depth and syntax first, because go-ical panics or
// exhausts memory on hostile input.
package calendar
