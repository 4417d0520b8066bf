package calendar

import "time"

// The discreet words: all that a calendar shows unless a clinic says otherwise.
const (
	CalendarName = "Appointments"
	FileName     = "calendar.ics"
	Summary      = "Appointment"
	Location     = "Online"
)

// FeedContentType is the media type of a feed. It names no method, because a
// feed has none (RFC 5545 §3.7.2).
const FeedContentType = "text/calendar; charset=utf-8"

// DefaultRefresh is how often calendar programs are asked to look again.
const DefaultRefresh = time.Hour
