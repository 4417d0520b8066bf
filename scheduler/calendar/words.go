package calendar

import "time"

// The discreet defaults in English, which reveal nothing.
const (
	CalendarName = "Appointments"
	FileName     = "calendar.ics"
	Summary      = "Appointment"
	Location     = "Online"
)

// Words are the default texts of a calendar in one language.
type Words struct {
	Language  string
	Product   string // names the program and the language of its texts (RFC 5545 §3.7.3)
	Calendar  string
	File      string
	Summary   string
	Cancelled string // before the summary of a cancelled session
	Location  string
}

var words = map[string]Words{
	"en": {"en", "-//Appointments//Calendar//EN", CalendarName, FileName, Summary, "Cancelled: ", Location},
	"es": {"es", "-//Citas//Calendario//ES", "Citas", "calendario.ics", "Cita", "Cancelada: ", "En línea"},
}

// WordsFor returns the words of a language, or English.
func WordsFor(language string) Words {
	if w, ok := words[language]; ok {
		return w
	}
	return words["en"]
}

// FeedContentType is the media type of a feed, without a method (RFC 5545 §3.7.2).
const FeedContentType = "text/calendar; charset=utf-8"

// DefaultRefresh is how often calendar programs should fetch a feed.
const DefaultRefresh = time.Hour

// ownNames are translations of places and cities.
var ownNames = map[string]map[string]string{
	"es": {
		"Online": "En línea", "New York": "Nueva York", "Los Angeles": "Los Ángeles", "Mexico City": "Ciudad de México",
		"Bogota": "Bogotá", "Panama": "Panamá", "Merida": "Mérida", "Cancun": "Cancún", "Havana": "La Habana",
		"London": "Londres",
	},
}

// PlaceName translates a place or a city; without a translation it is unchanged.
func PlaceName(language, name string) string {
	if own, ok := ownNames[language][name]; ok {
		return own
	}
	return name
}
