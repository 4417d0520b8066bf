package scheduler

import (
	"fmt"
	"slices"
	"time"
)

// NoticeFacts is the truth about a planned notice at the moment it might be
// handed over.
type NoticeFacts struct {
	Notice         Notice
	Enrollment     Enrollment     // with its offers when the notice is about one
	Reach          []Channel      // of the person, now
	Seat           *Seat          // nil for a welcome
	Session        *Session       // nil for a welcome
	Upcoming       int            // for a welcome: seats to come
	WelcomePending bool           // a welcome to this enrollment has not left yet
	InDoubt        bool           // an invite or update of the seat was tried, and nobody knows whether it arrived
	WelcomedAt     time.Time      // when it was handed over; zero: never
	Linked         bool           // of a confirm: its link has not been used
	Settings       Settings       // of the person
	Zone           *time.Location // of the person; nil: UTC
	Reminded       int            // reminders that left to the person in the last seven days
	News           []News         // of a text about changes: what the person does not know
	CohortZone     *time.Location // of a text about changes: for staff; nil: UTC
	Assignment     Assignment     // of a calendar mail to staff
	TextDue        time.Time      // of a calendar notice: a text about changes goes first, and may leave then; zero: none waits
}

// Act is what the gate decides about a notice.
type Act string

// The decisions of the gate.
const (
	HandOver Act = "hand-over"
	Drop     Act = "drop"   // no longer true or wanted; nobody is told
	Expire   Act = "expire" // too late; staff get a task
	Defer    Act = "defer"  // not yet
)

// Method is how a calendar notice is put (RFC 5546 §1.4).
type Method string

// The methods of calendar notices.
const (
	MethodRequest Method = "REQUEST"
	MethodCancel  Method = "CANCEL"
)

// Verdict is the gate's decision, with its reason in a few words for staff.
type Verdict struct {
	Act    Act
	Reason string
	Method Method    // of a calendar notice that is handed over
	Until  time.Time // of a deferred one
	// CallBy: staff must have called by then, because the deferred one comes too
	// late to tell it; zero: no call.
	CallBy time.Time
}

// Reasons that the program itself looks at.
const (
	ReasonNoConsent  = "no consent"
	ReasonNothingNew = "nothing new"
	ReasonLate       = "too late"
	ReasonSuperseded = "superseded"
	ReasonAnswered   = "answered"
)

// Judge decides about one notice. It is the only place that does: never at or
// after its deadline, never a reminder or a first invite at or after the start,
// never over a channel without consent, never what the person was told already,
// only what is true now, and when and as the person wants it.
func Judge(s NoticeFacts, now time.Time) Verdict {
	if !slices.Contains(s.Reach, s.Notice.Channel) {
		return Verdict{Act: Drop, Reason: ReasonNoConsent}
	}
	v := judgeTruth(s, now)
	switch {
	case v.Act != HandOver:
		return v
	case !now.Before(s.Notice.NotAfter):
		return Verdict{Act: Expire, Reason: ReasonLate}
	}
	v = judgeSettings(s, v, now)
	if v.Act == HandOver && s.WelcomePending && s.Notice.Kind != Welcome {
		return Verdict{Act: Defer, Reason: "the welcome goes first", Until: now.Add(time.Minute)}
	}
	if calendar := s.Notice.Kind == Calendar || s.Notice.Kind == AssignedOne; v.Act == HandOver && calendar && !s.TextDue.IsZero() {
		return Verdict{Act: Defer, Reason: "the text goes first", Until: later(s.TextDue, now.Add(textRest))}
	}
	return v
}

// textRest is how long a calendar notice waits for the text that goes before it.
const textRest = 2 * time.Second

// judgeTruth decides by what is true alone: what is true no more is dropped and
// not late, however long it took.
func judgeTruth(s NoticeFacts, now time.Time) Verdict {
	switch s.Notice.Kind {
	case Welcome:
		return judgeWelcome(s)
	case Calendar:
		return judgeCalendar(s, now)
	case Confirm:
		return judgeConfirm(s, now)
	case OfferNotice:
		return judgeOffer(s)
	case OnWaitlist:
		if s.Enrollment.State != Waiting {
			return Verdict{Act: Drop, Reason: "not waiting any more"}
		}
		return Verdict{Act: HandOver}
	case AssignedOne:
		return judgeAssignment(s, now)
	case Changes, AssignedDates:
		if len(s.News) == 0 {
			return Verdict{Act: Drop, Reason: ReasonNothingNew}
		}
		return Verdict{Act: HandOver}
	default:
		return judgeReminder(s, now)
	}
}

func judgeWelcome(s NoticeFacts) Verdict {
	if s.Enrollment.State != Active {
		return Verdict{Act: Drop, Reason: "not enrolled"}
	}
	if s.Upcoming == 0 {
		return Verdict{Act: Drop, Reason: ReasonNothingNew}
	}
	return Verdict{Act: HandOver}
}

// judgeOffer hands an offer over while it stands and nobody told it.
func judgeOffer(s NoticeFacts) Verdict {
	offer := s.Enrollment.Offer()
	switch {
	case s.Enrollment.State != Offered && s.Enrollment.State != Active || offer == nil || offer.ID != OfferOf(s.Notice.Key):
		return Verdict{Act: Drop, Reason: "not offered any more"}
	case !offer.ToldAt.IsZero():
		return Verdict{Act: Drop, Reason: ReasonNothingNew}
	}
	return Verdict{Act: HandOver}
}

// judgeCalendar compares told and true. A session that is still far off and as
// it was told needs no invite yet; one in the window does, once.
func judgeCalendar(s NoticeFacts, now time.Time) Verdict {
	truth, told := Truth(s.Seat, s.Session), s.Seat.Told
	if truth.Expected {
		if s.Enrollment.State != Active && (s.Enrollment.State != OnHold || !told.Expected) {
			return Verdict{Act: Drop, Reason: "not enrolled"}
		}
		begun := !now.Before(truth.Start)
		switch {
		case truth.Equal(told.Moment) && !s.Notice.Asked && (told.Invited || begun || truth.Start.Sub(now) > InviteWindow):
			return Verdict{Act: Drop, Reason: ReasonNothingNew}
		case begun && !told.Expected:
			return Verdict{Act: Expire, Reason: ReasonLate}
		}
		return Verdict{Act: HandOver, Method: MethodRequest}
	}
	if !told.Expected && !told.Invited && !s.InDoubt && s.Seat.Sequence > 0 && told.Sequence >= s.Seat.Sequence {
		return Verdict{Act: Drop, Reason: ReasonNothingNew} // it was taken back
	}
	// Who left is not told of what they were not invited to, if that is certain.
	if !told.Invited && !s.InDoubt && (!told.Expected || !s.Enrollment.State.Live()) {
		return Verdict{Act: Drop, Reason: ReasonNothingNew}
	}
	return Verdict{Act: HandOver, Method: MethodCancel}
}

// judgeConfirm asks only while the session is to come and nobody has answered.
func judgeConfirm(s NoticeFacts, now time.Time) Verdict {
	truth := Truth(s.Seat, s.Session)
	switch {
	case s.Enrollment.State != Active:
		return Verdict{Act: Drop, Reason: "not enrolled"}
	case !truth.Expected:
		return Verdict{Act: Drop, Reason: "cancelled"}
	case !s.Linked:
		return Verdict{Act: Drop, Reason: ReasonAnswered}
	case !now.Before(truth.Start):
		return Verdict{Act: Expire, Reason: ReasonLate}
	}
	return Verdict{Act: HandOver}
}

func judgeReminder(s NoticeFacts, now time.Time) Verdict {
	truth := Truth(s.Seat, s.Session)
	switch {
	case s.Enrollment.State != Active:
		return Verdict{Act: Drop, Reason: "not enrolled"}
	case s.Seat.State == SeatExcused:
		return Verdict{Act: Drop, Reason: "excused"}
	case !truth.Expected:
		return Verdict{Act: Drop, Reason: "cancelled"}
	case !truth.Start.Equal(s.Notice.Start):
		return Verdict{Act: Drop, Reason: "moved"}
	case !now.Before(truth.Start):
		return Verdict{Act: Expire, Reason: ReasonLate}
	case now.Before(s.WelcomedAt.Add(WelcomeQuiet)):
		return Verdict{Act: Drop, Reason: "just welcomed"}
	}
	return Verdict{Act: HandOver}
}

// SeatForecast is one seat with what decides which notices it needs soon.
type SeatForecast struct {
	Clinic     ID
	Cohort     ID
	Enrollment Enrollment
	Person     Person
	Seat       Seat
	Session    Session
	Leads      []time.Duration // of the protocol's reminders
	Channels   []Channel       // on which the protocol reminds; empty: as the person chose
	Settings   Settings        // of the person
	Zone       *time.Location  // of the person; nil: UTC
	// Uncalled: the protocol wants no call for whom nobody may write to.
	Uncalled bool
}

// ForesightHorizon is how long before they are due reminders are written down.
const ForesightHorizon = 24 * time.Hour

// Foresee gives the notices and tasks that become due by the clock alone: the
// invite of a session in the window, reminders, and a call for whom nobody
// may write to. Asked twice it gives the same rows again, with the same keys.
func Foresee(f SeatForecast, now time.Time) (notices []Notice, tasks []Task) {
	if f.Enrollment.State != Active || !Truth(&f.Seat, &f.Session).Expected || !f.Session.Start.After(now) {
		return nil, nil
	}
	base := Notice{Person: f.Person.ID, Enrollment: f.Enrollment.ID, Session: f.Session.ID, Seat: f.Seat.ID}
	reminded := f.Person.Reachable() && slices.ContainsFunc(f.Person.Reach, func(c Channel) bool { return c.handedOver() && f.remindsOn(c) })
	if !reminded && !f.Uncalled {
		tasks = f.calls(now)
	}
	if !f.Person.Reachable() {
		return nil, tasks
	}
	for _, channel := range f.Person.Reach {
		if !channel.handedOver() {
			continue
		}
		base.Channel = channel
		if !f.Seat.Told.Invited && f.Session.Start.Sub(now) <= InviteWindow {
			invite := base
			invite.Kind, invite.Due, invite.NotAfter = Calendar, now, f.Session.End
			notices = append(notices, NewNotice(f.Clinic, invite, &f.Seat, now))
		}
		if f.remindsOn(channel) && f.Settings.remindsOn(channel) {
			notices = append(notices, f.reminders(base, now)...)
		}
	}
	slices.SortStableFunc(notices, func(a, b Notice) int { return a.Due.Compare(b.Due) })
	return notices, tasks
}

// remindsOn tells whether the protocol reminds on a channel.
func (f SeatForecast) remindsOn(c Channel) bool {
	return len(f.Channels) == 0 || slices.Contains(f.Channels, c)
}

// calls asks staff to call before the session, a day ahead.
func (f SeatForecast) calls(now time.Time) []Task {
	due := f.Session.Start.Add(-24 * time.Hour)
	if due.After(now) || due.Before(f.Seat.ChangedAt) {
		return nil
	}
	return []Task{NewTask(f.Clinic, Task{
		Kind: CallTask, About: AboutReminder, Cohort: f.Cohort, Person: f.Person.ID,
		Enrollment: f.Enrollment.ID, Session: f.Session.ID, Due: f.Session.Start,
	}, fmt.Sprintf("reminder:%s:%d", f.Seat.ID, f.Session.Start.Unix()), now)}
}
