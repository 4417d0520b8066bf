package gate

import (
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
)

// Texted is one text that went to a person.
type Texted struct {
	Kind scheduler.NoticeKind
	At   time.Time // UTC instant
}

// Limits of texts to one person, by their own local days; a week is seven of them. Reminders keep to what
// 47 CFR 64.1200(a)(9)(iv) allows without consent, although there is one. What must be told may go beyond that.
const (
	RemindersPerDay  = 1
	RemindersPerWeek = 3
	TextsPerDay      = 5
	TextsPerWeek     = 12
)

// enough tells whether one more text would pass the limits. A reminder that does is left out; anything else goes
// by the next channel, or staff call.
func (s Facts) enough(now time.Time) bool {
	if s.Notice.Channel != scheduler.SMS {
		return false
	}
	today := civil.DateOf(now.In(s.zone()))
	var day, week, remindersToday, reminders int
	for _, t := range s.Texted {
		date := civil.DateOf(t.At.In(s.zone()))
		if date.Before(today.AddDays(-6)) {
			continue
		}
		week++
		if date == today {
			day++
		}
		if t.Kind != scheduler.Reminder {
			continue
		}
		reminders++
		if date == today {
			remindersToday++
		}
	}
	if s.Notice.Kind == scheduler.Reminder && (remindersToday >= RemindersPerDay || reminders >= RemindersPerWeek) {
		return true
	}
	return day >= TextsPerDay || week >= TextsPerWeek
}
