package gate

import (
	"slices"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/fault"
)

// Settings is how one person wants to be reminded and when they may be written
// to. The zero value is the standard: as the protocol reminds, at any time by
// e-mail, no limit.
type Settings struct {
	Muted      []scheduler.Channel // no reminders on these; everything else still comes
	Leads      []time.Duration     // own, elapsed time before the start; empty: the clinic's or the protocol's
	EmailHours Hours               // wall time of the person; zero: at any time
	Disturb    Disturbing          // whether what cannot wait may come outside the hours
	MaxPerWeek int                 // reminders in any seven days; 0: no limit
	// ShortNotice: dates that others give back shortly before may be offered to them.
	ShortNotice bool
	Contact     SafeContact
	ChangedAt   time.Time // UTC instant, set by the store; zero: never
}

// Bounds of settings.
const (
	MaxLead       = 14 * 24 * time.Hour
	MostLeads     = 6
	ShortestHours = time.Hour
	MostPerWeek   = 50
)

// LeadChoices gives the leads that forms offer, the longest first.
func LeadChoices() []time.Duration {
	const day = 24 * time.Hour
	return []time.Duration{7 * day, 3 * day, 2 * day, day, 4 * time.Hour, 2 * time.Hour}
}

// Check is nil when settings can be kept, else Invalid with the field to correct.
func (s Settings) Check() error {
	for _, c := range s.Muted {
		if c != scheduler.Email && c != scheduler.SMS && c != scheduler.Voice {
			return fault.In("muted", "There is no such channel; choose email, sms or voice.")
		}
	}
	if len(s.Leads) > MostLeads {
		return fault.In("leads", "At most %d reminders fit before one date; choose fewer.", MostLeads)
	}
	for i, lead := range s.Leads {
		if lead < scheduler.ReminderMargin || lead > MaxLead || lead%time.Minute != 0 ||
			slices.Contains(s.Leads[:i], lead) {
			return fault.In("leads",
				"A reminder comes between one hour and fourteen days before, each only once; choose from the list.")
		}
	}
	if s.EmailHours != (Hours{}) && s.EmailHours.length() < ShortestHours {
		return fault.In("until", "The end must be at least an hour after the start, such as 08:00 and 21:00.")
	}
	if s.Disturb != DisturbNever && s.Disturb != DisturbUrgent {
		return fault.In("disturb", "Choose whether urgent changes may come at any time.")
	}
	if s.MaxPerWeek < 0 || s.MaxPerWeek > MostPerWeek {
		return fault.In("max_per_week",
			"The most reminders in a week lie between 1 and %d; leave it empty for no limit.", MostPerWeek)
	}
	return s.Contact.Check()
}

// remindsOn tells whether reminders on a channel are wanted.
func (s Settings) remindsOn(c scheduler.Channel) bool { return !slices.Contains(s.Muted, c) }
