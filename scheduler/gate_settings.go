package scheduler

import (
	"slices"
	"time"
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
func (s NoticeFacts) hours() Hours { return s.Notice.Channel.Hours(s.Settings.EmailHours) }

// zone is the person's; UTC when it is not known.
func (s NoticeFacts) zone() *time.Location {
	if s.Zone == nil {
		return time.UTC
	}
	return s.Zone
}

// judgeSettings decides whether what is true and in time suits the person: a
// reminder as they chose, a change when it can wait or may disturb, and
// everything else inside the hours.
func judgeSettings(s NoticeFacts, v Verdict, now time.Time) Verdict {
	switch s.Notice.Kind {
	case Reminder:
		return judgeWanted(s, v, now)
	case Changes:
		return judgeNews(s, v, s.News[0].Start(), now)
	case Calendar:
		if truth := Truth(s.Seat, s.Session); !truth.Equal(s.Seat.Told.Moment) {
			start, told := truth.Start, s.Seat.Told
			if told.Expected && (!truth.Expected || told.Start.Before(start)) {
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
func judgeNews(s NoticeFacts, v Verdict, start, now time.Time) Verdict {
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
func judgeWanted(s NoticeFacts, v Verdict, now time.Time) Verdict {
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
			if hours.Open(n.Due, zone) && opens.Before(n.NotAfter) { // it was to leave in time, and something held it up
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

// reminders gives those that become due within the horizon, each until the next
// one is due, and the last until an hour before the start. None comes within
// two hours of the news of the seat or of another reminder. One that cannot
// leave in the person's hours is given as dropped, so that staff see why.
func (f SeatForecast) reminders(base Notice, now time.Time) []Notice {
	leads, own := slices.Clone(f.Leads), len(f.Settings.Leads) > 0
	if own {
		leads = slices.Clone(f.Settings.Leads)
	}
	slices.Sort(leads)
	var notices []Notice
	base.Kind, base.Start = Reminder, f.Session.Start
	next := f.Session.Start.Add(-ReminderMargin) // when the next one is due
	var nearer time.Time                         // when the next one leaves; zero: there is none
	for _, lead := range leads {
		if base.Lead > 0 && lead-base.Lead < WelcomeQuiet {
			continue
		}
		if lead <= ReminderMargin {
			next = f.Session.Start
		}
		due := f.Session.Start.Add(-lead)
		at, leaves := f.hours(base.Channel).Remind(due, now, f.zone())
		if !leaves {
			at = due
		} else if !nearer.IsZero() && nearer.Sub(at) < WelcomeQuiet { // moved to the same evening as the next one
			continue
		}
		base.Lead, base.Due, base.NotAfter = lead, at, next
		if leaves {
			next, nearer = at, at
		}
		if at.After(now.Add(ForesightHorizon)) || !now.Before(base.NotAfter) || at.Before(f.Seat.ChangedAt.Add(WelcomeQuiet)) ||
			own && due.Before(f.Settings.ChangedAt) { // choosing other reminders sends none
			continue
		}
		n := NewNotice(f.Clinic, base, &f.Seat, now)
		if !leaves {
			n.State, n.Reason = NoticeDropped, ReasonHours
		}
		notices = append(notices, n)
	}
	return notices
}

// hours gives when messages on a channel may leave to the person.
func (f SeatForecast) hours(c Channel) Hours { return c.Hours(f.Settings.EmailHours) }

func (f SeatForecast) zone() *time.Location {
	if f.Zone == nil {
		return time.UTC
	}
	return f.Zone
}
