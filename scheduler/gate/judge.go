package gate

import (
	"slices"
	"time"

	"almanac/scheduler"
)

// Facts is what is known of a planned notice at the moment it might be
// handed over.
type Facts struct {
	Notice         scheduler.Notice
	Enrollment     scheduler.Enrollment // with its offers when the notice is about one
	Reach          []scheduler.Channel  // of the person, now
	Seat           *scheduler.Seat      // nil for a welcome
	Session        *scheduler.Session   // nil for a welcome
	Upcoming       int                  // for a welcome: seats to come
	WelcomePending bool                 // a welcome to this enrollment has not left yet
	// an invite or update of the seat was tried, and nobody knows whether it arrived
	InDoubt    bool
	WelcomedAt time.Time            // when it was handed over; zero: never
	Linked     bool                 // of a confirm: its link has not been used
	Settings   Settings             // of the person
	Zone       *time.Location       // of the person; nil: UTC
	Reminded   int                  // reminders that left to the person in the last seven days
	News       []scheduler.News     // of a text about changes: what the person does not know
	CohortZone *time.Location       // of a text about changes: for staff; nil: UTC
	Assignment scheduler.Assignment // of a calendar mail to staff
	Message    string               // that staff wrote, in the person's language
	Withdrawn  bool                 // it was taken back
	// of a calendar notice: a text about changes goes first, and may leave then; zero: none waits
	TextDue time.Time
	// Unconfirmed: the person consented to texts, and the number has not confirmed them.
	Unconfirmed bool
	Texted      []Texted // what went to the person by text in the last seven days
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
	ReasonRestored   = "due before a restore" // staff decide
	ReasonLetGo      = "let go"               // what they decided
	ReasonTexts      = "enough texts"         // the limits of texts a day and a week
	ReasonErased     = "the person was erased"
)

// Judge decides about one notice. It is the only place that does: never at or
// after its deadline, never a reminder or a first invite at or after the start,
// never over a channel without consent, never what the person was told already,
// only what is true now, and when and as the person wants it.
func Judge(s Facts, now time.Time) Verdict {
	if s.Notice.Kind == scheduler.OptIn && !s.Unconfirmed {
		return Verdict{Act: Drop, Reason: ReasonNothingNew}
	}
	free := s.Notice.Kind == scheduler.OptIn || s.Notice.Kind.AboutAddress()
	if !free && !slices.Contains(s.Reach, s.Notice.Channel) {
		return Verdict{Act: Drop, Reason: ReasonNoConsent}
	}
	v := judgeTruth(s, now)
	switch {
	case v.Act != HandOver:
		return v
	case s.Notice.Kind == scheduler.AddressCode: // its person waits for it, at whatever hour
		if !now.Before(s.Notice.NotAfter) {
			return Verdict{Act: Drop, Reason: ReasonLate}
		}
		return v
	case !now.Before(s.Notice.NotAfter):
		return Verdict{Act: Expire, Reason: ReasonLate}
	case s.Notice.Kind == scheduler.AddressChanged && s.Notice.Channel == scheduler.Email:
		return v
	}
	v = judgeSettings(s, v, now)
	if v.Act == HandOver && !s.Notice.Kind.AboutAddress() && s.enough(now) {
		return Verdict{Act: Drop, Reason: ReasonTexts}
	}
	if v.Act == HandOver && s.WelcomePending && s.Notice.Kind != scheduler.Welcome && !free {
		return Verdict{Act: Defer, Reason: "the welcome goes first", Until: now.Add(time.Minute)}
	}
	if calendar := s.Notice.Kind == scheduler.Calendar ||
		s.Notice.Kind == scheduler.AssignedOne; v.Act == HandOver && calendar && !s.TextDue.IsZero() {
		until := now.Add(textRest)
		if s.TextDue.After(until) {
			until = s.TextDue
		}
		return Verdict{Act: Defer, Reason: "the text goes first", Until: until}
	}
	return v
}

// textRest is how long a calendar notice waits for the text that goes before it.
const textRest = 2 * time.Second

// judgeTruth decides by what is true alone: what is true no more is dropped and
// not late, however long it took.
func judgeTruth(s Facts, now time.Time) Verdict {
	switch s.Notice.Kind {
	case scheduler.Welcome:
		return judgeWelcome(s)
	case scheduler.Calendar:
		return judgeCalendar(s, now)
	case scheduler.Confirm:
		return judgeConfirm(s, now)
	case scheduler.OfferNotice:
		return judgeOffer(s, now)
	case scheduler.OnWaitlist:
		if s.Enrollment.State != scheduler.Waiting {
			return Verdict{Act: Drop, Reason: "not waiting any more"}
		}
		return Verdict{Act: HandOver}
	case scheduler.StaffMessage:
		return judgeMessage(s)
	case scheduler.OptIn:
		if !s.Enrollment.State.Live() {
			return Verdict{Act: Drop, Reason: "not enrolled"}
		}
		return Verdict{Act: HandOver}
	case scheduler.AddressCode, scheduler.AddressChanged:
		return Verdict{Act: HandOver}
	case scheduler.AssignedOne:
		return judgeAssignment(s, now)
	case scheduler.Changes, scheduler.AssignedDates:
		if len(s.News) == 0 {
			return Verdict{Act: Drop, Reason: ReasonNothingNew}
		}
		return Verdict{Act: HandOver}
	default:
		return judgeReminder(s, now)
	}
}

func judgeWelcome(s Facts) Verdict {
	if s.Enrollment.State != scheduler.Active {
		return Verdict{Act: Drop, Reason: "not enrolled"}
	}
	if s.Upcoming == 0 {
		return Verdict{Act: Drop, Reason: ReasonNothingNew}
	}
	return Verdict{Act: HandOver}
}

// judgeMessage hands a message of staff over unless it was taken back, or its person has left since.
func judgeMessage(s Facts) Verdict {
	switch {
	case s.Withdrawn:
		return Verdict{Act: Drop, Reason: ReasonNothingNew}
	case !s.Enrollment.State.Live():
		return Verdict{Act: Drop, Reason: "not enrolled"}
	}
	return Verdict{Act: HandOver}
}

// judgeOffer hands an offer over while it stands and nobody told it; at short notice not in the night of
// its person.
func judgeOffer(s Facts, now time.Time) Verdict {
	offer := s.Enrollment.Offer()
	switch {
	case s.Enrollment.State != scheduler.Offered && s.Enrollment.State != scheduler.Active || offer == nil ||
		offer.ID != scheduler.OfferOf(s.Notice.Key):
		return Verdict{Act: Drop, Reason: "not offered any more"}
	case !offer.ToldAt.IsZero() && !scheduler.OfferedAgain(s.Notice.Key):
		return Verdict{Act: Drop, Reason: ReasonNothingNew}
	}
	zone := s.Zone
	if zone == nil {
		zone = time.UTC
	}
	if offer.Short && scheduler.AtNight(now, zone) {
		return Verdict{Act: Defer, Reason: "not in the night", Until: scheduler.MorningAfter(now, zone)}
	}
	return Verdict{Act: HandOver}
}

// judgeCalendar compares told and true. A session that is still far off and as
// it was told needs no invite yet; one in the window does, once.
func judgeCalendar(s Facts, now time.Time) Verdict {
	current, told := scheduler.MomentOf(s.Seat, s.Session), s.Seat.Told
	if current.Expected {
		if s.Enrollment.State != scheduler.Active && (s.Enrollment.State != scheduler.OnHold || !told.Expected) {
			return Verdict{Act: Drop, Reason: "not enrolled"}
		}
		begun := !now.Before(current.Start)
		switch {
		case current.Equal(told.Moment) && !s.Notice.Asked &&
			(told.Invited || begun || current.Start.Sub(now) > scheduler.InviteWindow):
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
func judgeConfirm(s Facts, now time.Time) Verdict {
	current := scheduler.MomentOf(s.Seat, s.Session)
	switch {
	case s.Enrollment.State != scheduler.Active:
		return Verdict{Act: Drop, Reason: "not enrolled"}
	case !current.Expected:
		return Verdict{Act: Drop, Reason: "cancelled"}
	case !s.Linked:
		return Verdict{Act: Drop, Reason: ReasonAnswered}
	case !now.Before(current.Start):
		return Verdict{Act: Expire, Reason: ReasonLate}
	}
	return Verdict{Act: HandOver}
}

func judgeReminder(s Facts, now time.Time) Verdict {
	current := scheduler.MomentOf(s.Seat, s.Session)
	switch {
	case s.Enrollment.State != scheduler.Active:
		return Verdict{Act: Drop, Reason: "not enrolled"}
	case s.Seat.State == scheduler.SeatExcused:
		return Verdict{Act: Drop, Reason: "excused"}
	case !current.Expected:
		return Verdict{Act: Drop, Reason: "cancelled"}
	case !current.Start.Equal(s.Notice.Start):
		return Verdict{Act: Drop, Reason: "moved"}
	case !now.Before(current.Start):
		return Verdict{Act: Expire, Reason: ReasonLate}
	case now.Before(s.WelcomedAt.Add(scheduler.WelcomeQuiet)):
		return Verdict{Act: Drop, Reason: "just welcomed"}
	}
	return Verdict{Act: HandOver}
}

// judgeAssignment compares what a member of staff was told of a session with what is true.
func judgeAssignment(s Facts, now time.Time) Verdict {
	told, current := s.Assignment, s.Session.LedBy(s.Notice.Staff)
	switch {
	case current.Expected:
		known := current.Equal(told.Told) && !told.InDoubt
		begun := !now.Before(current.Start)
		if known && (told.Invited || begun || current.Start.Sub(now) > scheduler.InviteWindow) {
			return Verdict{Act: Drop, Reason: ReasonNothingNew}
		}
		if begun && !told.Told.Expected {
			return Verdict{Act: Expire, Reason: ReasonLate}
		}
		return Verdict{Act: HandOver, Method: MethodRequest}
	case !told.Told.Expected && !told.InDoubt:
		return Verdict{Act: Drop, Reason: ReasonNothingNew}
	}
	return Verdict{Act: HandOver, Method: MethodCancel}
}
