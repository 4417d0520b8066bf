package gate

import (
	"slices"
	"time"

	"almanac/scheduler"
)

// Reasons that a person's own settings give.
const (
	ReasonMuted    = "reminders off"     // on this channel
	ReasonLead     = "not this reminder" // others were chosen
	ReasonHours    = "outside the hours"
	ReasonWeek     = "enough this week"
	ReasonSettings = "settings changed" // planned again when it is still wanted
	reasonQuiet    = "quiet hours"
)

// hours gives when messages on the notice's channel may leave.
func (s Facts) hours() Hours { return HoursOn(s.Notice.Channel, s.Settings.EmailHours) }

// zone is the person's; UTC when it is not known.
func (s Facts) zone() *time.Location {
	if s.Zone == nil {
		return time.UTC
	}
	return s.Zone
}

// judgeSettings decides whether what is true and in time suits the person: a
// reminder as they chose, a change when it can wait or may disturb, and
// everything else inside the hours.
func judgeSettings(s Facts, v Verdict, now time.Time) Verdict {
	switch s.Notice.Kind {
	case scheduler.Reminder:
		return judgeWanted(s, v, now)
	case scheduler.Changes:
		return judgeNews(s, v, s.News[0].Start(), now)
	case scheduler.Calendar:
		if current := scheduler.MomentOf(s.Seat, s.Session); !current.Equal(s.Seat.Told.Moment) {
			start, told := current.Start, s.Seat.Told
			if told.Expected && (!current.Expected || told.Start.Before(start)) {
				start = told.Start
			}
			return judgeNews(s, v, start, now)
		}
	}
	opens := s.hours().Next(now, s.zone())
	switch {
	case opens.Equal(now):
		return v
	case !opens.Before(s.Notice.NotAfter):
		return Verdict{Act: Expire, Reason: ReasonLate}
	}
	return Verdict{Act: Defer, Reason: reasonQuiet, Until: opens}
}

// judgeNews lets a change wait for the hours when its session, which starts at the earlier of
// its old and new times, is later than that. Where it is not and may not disturb, staff call,
// and the person's calendar is put right in the morning.
func judgeNews(s Facts, v Verdict, start, now time.Time) Verdict {
	how, at := s.hours().Change(start, now, s.zone(), s.Settings.Disturb)
	switch how {
	case TellWhen:
		return Verdict{Act: Defer, Reason: reasonQuiet, Until: at}
	case TellCall:
		return Verdict{Act: Defer, Reason: reasonQuiet, Until: s.hours().Next(now, s.zone()), CallBy: at}
	default:
		return v
	}
}

// judgeWanted decides about a reminder that is true and in time.
func judgeWanted(s Facts, v Verdict, now time.Time) Verdict {
	n := s.Notice
	switch {
	case !s.Settings.remindsOn(n.Channel):
		return Verdict{Act: Drop, Reason: ReasonMuted}
	case len(s.Settings.Leads) > 0 && !slices.Contains(s.Settings.Leads, n.Lead):
		return Verdict{Act: Drop, Reason: ReasonLead}
	}
	if hours, zone := s.hours(), s.zone(); hours != (Hours{}) {
		if at, leaves := hours.Remind(n.Start.Add(-n.Lead), now, zone); leaves && at.After(now) {
			return Verdict{Act: Defer, Reason: reasonQuiet, Until: at}
		}
		if opens := hours.Next(now, zone); opens.After(now) {
			// it was to leave in time, and something held it up
			if hours.Open(n.Due, zone) && opens.Before(n.NotAfter) {
				return Verdict{Act: Defer, Reason: reasonQuiet, Until: opens}
			}
			return Verdict{Act: Drop, Reason: ReasonHours}
		}
	}
	if s.Settings.MaxPerWeek > 0 && s.Reminded >= s.Settings.MaxPerWeek {
		return Verdict{Act: Drop, Reason: ReasonWeek}
	}
	return v
}
