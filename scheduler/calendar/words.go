package calendar

import "time"

// The discreet words in English: all that a calendar shows unless a clinic says otherwise.
const (
	CalendarName = "Appointments"
	FileName     = "calendar.ics"
	Summary      = "Appointment"
	Location     = "Online"
)

// Words are what a calendar says in one language unless a clinic says otherwise.
type Words struct {
	Language  string
	Product   string // names the program and the language of its texts (RFC 5545 §3.7.3)
	Calendar  string
	File      string
	Summary   string
	Cancelled string // before the summary of what does not take place
	Location  string
}

var words = map[string]Words{
	"en": {"en", "-//Appointments//Calendar//EN", CalendarName, FileName, Summary, "Cancelled: ", Location},
	"es": {"es", "-//Citas//Calendario//ES", "Citas", "calendario.ics", "Cita", "Cancelada: ", "En línea"},
}

// WordsFor returns the words of a language, English for one that we do not have.
func WordsFor(language string) Words {
	if w, ok := words[language]; ok {
		return w
	}
	return words["en"]
}

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

// PlaceName returns a place or a city as a language calls it; one that has no name
// of its own there stays as it is.
func PlaceName(language, name string) string {
	if own, ok := ownNames[language][name]; ok {
		return own
	}
	return name
}
