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

// ownNames are places and cities that a language calls by a name of its own.
var ownNames = map[string]map[string]string{
	"es": {
		"Online": "En línea", "New York": "Nueva York", "Los Angeles": "Los Ángeles", "Mexico City": "Ciudad de México",
		"Bogota": "Bogotá", "Panama": "Panamá", "Merida": "Mérida", "Cancun": "Cancún", "Havana": "La Habana", "London": "Londres",
	},
}

// PlaceName gives a place or a city as a language calls it; one that has no name
// of its own there stays as it is.
func PlaceName(language, name string) string {
	if own, ok := ownNames[language][name]; ok {
		return own
	}
	return name
}
