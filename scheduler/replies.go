package scheduler

import (
	"log/slog"
	"slices"
	"time"
)

// Intent is what a person says about coming to a session. It is a word for
// staff: no seat is ever given up by it.
type Intent string

// The intents; the empty one means that nothing was said.
const (
	IntentYes   Intent = "yes"
	IntentNo    Intent = "no"
	IntentMaybe Intent = "maybe"
)

// The methods of what calendar programs send us (RFC 5546 §1.4).
const (
	MethodReply   Method = "REPLY"
	MethodCounter Method = "COUNTER"
	MethodRefresh Method = "REFRESH"
)

// Policy for replies; durations are elapsed time.
const (
	// ReplyAhead is how far in our future a reply may say that it was made; a
	// later moment counts as this one, so that it cannot outrank all that follow.
	ReplyAhead = 5 * time.Minute
	// LinkPause is how long after one mail to a person about their own reply the
	// next may leave.
	LinkPause = time.Hour
)

// Reply is what a calendar program said about one session. Nothing in it is
// to be believed before JudgeReply has looked at it.
type Reply struct {
	Method   Method
	UID      string
	Sequence int
	Stamp    time.Time // UTC instant: DTSTAMP
	Partstat string    // upper case (RFC 5545 §3.2.12); empty in a REFRESH
	Attendee string    // bare address for which it answers
	SentBy   string    // bare address of who answered instead; empty: nobody
	From     string    // bare address of the mail's one author; empty: none, or several
	// Authentic: our own mail server says that DMARC passed for From.
	Authentic bool
	// Automatic: the mail says that a machine made it (RFC 3834 §5); Google's
	// replies do. It is never answered.
	Automatic bool
	Comment   string // plain text, a few lines, at most 500 characters
	Proposed  string // of a COUNTER: the time asked for, as text for staff
}

// LogValue keeps addresses and words out of logs.
func (Reply) LogValue() slog.Value { return slog.StringValue("reply (withheld)") }

// String keeps them out of formatted text.
func (Reply) String() string { return "reply (withheld)" }

// ReplyMark orders the replies to one seat (RFC 5546 §2.1.5).
type ReplyMark struct {
	Sequence int
	Stamp    time.Time // UTC instant
}

// after tells whether m outranks other.
func (m ReplyMark) after(other ReplyMark) bool {
	if m.Sequence != other.Sequence {
		return m.Sequence > other.Sequence
	}
	return m.Stamp.After(other.Stamp)
}

// ReplyStanding is the truth about a reply at the moment it is judged.
type ReplyStanding struct {
	Reply    Reply
	Seat     *Seat     // the one seat that has the reply's UID; nil: none has
	Session  *Session  // of that seat
	Address  string    // the registered e-mail of the seat's person; empty: none
	Reach    []Channel // of that person, now
	Last     ReplyMark // of the last reply applied to the seat; zero: none yet
	LinkedAt time.Time // when a reply to this seat last made us write; zero: never
}

// ReplyAct is what is done with a reply.
type ReplyAct string

// The acts. None of them changes a seat's state.
const (
	ReplyDrop        ReplyAct = "drop"        // counted under its reason, and no more
	ReplyApply       ReplyAct = "apply"       // store intent, comment and mark with the seat
	ReplyUnconfirmed ReplyAct = "unconfirmed" // show staff what was said, and ask the person; the seat's mark stays
	ReplyTask        ReplyAct = "task"        // staff must look at it
	ReplyResend      ReplyAct = "resend"      // hand the seat's current REQUEST over again
)

// ReplyVerdict says what is done with a reply, with the reason in a few words
// for staff and counters.
type ReplyVerdict struct {
	Act    ReplyAct
	Reason string
	Intent Intent    // of ReplyApply and ReplyUnconfirmed
	Mark   ReplyMark // of every act but ReplyDrop; its Sequence is the version that was answered
	// SendLink: mail a confirm link, to the registered address and nowhere else.
	SendLink bool
	// AskStaff: no link may ever be mailed about this reply, so staff ask. When
	// neither is set, a link went out within LinkPause.
	AskStaff bool
	// Trusted: the reply surely comes from the registered address.
	Trusted bool
}

// Reasons for which a reply is dropped.
const (
	ReplyUnknown   = "unknown appointment"
	ReplyPast      = "past appointment"
	ReplyGone      = "appointment no longer planned"
	ReplyNeverSent = "version never sent"
	ReplyStale     = "older than the last answer"
	ReplyNoAnswer  = "no answer in it"
	ReplyTooSoon   = "asked again too soon"
	ReplyNotSure   = "sender not confirmed"
)

// JudgeReply decides about one reply. It is the only place that does, and it is
// slow to believe: a UID is a weak secret (whoever was sent a copy of the
// invite knows it), so only a reply that surely comes from the registered
// address is applied; any other becomes an unconfirmed answer and, at most once
// an hour, a confirm link to the registered address. A reply never frees a
// seat, never adds a person, and touches only the seat that its UID names.
func JudgeReply(s ReplyStanding, now time.Time) ReplyVerdict {
	if s.Seat == nil || s.Session == nil {
		return ReplyVerdict{Act: ReplyDrop, Reason: ReplyUnknown}
	}
	switch {
	case s.Session.Past(now):
		return ReplyVerdict{Act: ReplyDrop, Reason: ReplyPast}
	case !Truth(s.Seat, s.Session).Expected:
		return ReplyVerdict{Act: ReplyDrop, Reason: ReplyGone}
	case s.Reply.Sequence > s.Seat.Sequence:
		return ReplyVerdict{Act: ReplyDrop, Reason: ReplyNeverSent}
	}
	v := ReplyVerdict{Mark: s.mark(now), Trusted: s.trusted()}
	if s.Reply.Method == MethodRefresh {
		return s.judgeRefresh(v, now)
	}
	if !v.Mark.after(s.Last) {
		return ReplyVerdict{Act: ReplyDrop, Reason: ReplyStale}
	}
	switch s.Reply.Method {
	case MethodReply:
		return s.judgeAnswer(v, now)
	case MethodCounter:
		v.Act, v.Reason = ReplyTask, "asks for another time"
		return v
	default:
		return ReplyVerdict{Act: ReplyDrop, Reason: ReplyNoAnswer}
	}
}

func (s ReplyStanding) judgeAnswer(v ReplyVerdict, now time.Time) ReplyVerdict {
	switch s.Reply.Partstat {
	case "ACCEPTED":
		v.Intent = IntentYes
	case "DECLINED":
		v.Intent = IntentNo
	case "TENTATIVE":
		v.Intent = IntentMaybe
	case "DELEGATED": // RFC 5546 §4.2.5: a person never enrolls another one
		v.Act, v.Reason = ReplyTask, "wants to send somebody else"
		return v
	default:
		return ReplyVerdict{Act: ReplyDrop, Reason: ReplyNoAnswer}
	}
	if v.Trusted {
		v.Act, v.Reason = ReplyApply, "answered by mail"
		return v
	}
	v.Act, v.Reason = ReplyUnconfirmed, ReplyNotSure
	v.AskStaff = s.Reply.Automatic || !s.reached() || !s.Session.Start.After(now)
	v.SendLink = !v.AskStaff && s.rested(now)
	return v
}

func (s ReplyStanding) judgeRefresh(v ReplyVerdict, now time.Time) ReplyVerdict {
	switch {
	case !v.Trusted:
		return ReplyVerdict{Act: ReplyDrop, Reason: ReplyNotSure}
	case !s.reached() || !s.rested(now):
		return ReplyVerdict{Act: ReplyDrop, Reason: ReplyTooSoon}
	}
	v.Act, v.Reason = ReplyResend, "asks for the appointment again"
	return v
}

// mark is the reply's place in the order, its moment clamped between the making
// of the seat and a little after now: a forged one in 2099 must not block all
// later replies.
func (s ReplyStanding) mark(now time.Time) ReplyMark {
	stamp := s.Reply.Stamp
	if stamp.Before(s.Seat.CreatedAt) {
		stamp = s.Seat.CreatedAt
	}
	if latest := now.Add(ReplyAhead); stamp.After(latest) {
		stamp = latest
	}
	return ReplyMark{Sequence: s.Reply.Sequence, Stamp: stamp.UTC()}
}

// trusted tells whether the registered address itself answered for itself.
func (s ReplyStanding) trusted() bool {
	r := s.Reply
	return r.Authentic && SameAddress(r.From, r.Attendee) && SameAddress(r.From, s.Address) &&
		(r.SentBy == "" || SameAddress(r.SentBy, r.From))
}

// reached tells whether the person may be written to.
func (s ReplyStanding) reached() bool { return s.Address != "" && slices.Contains(s.Reach, Email) }

// rested tells whether it is long enough since a reply to this seat last made us write.
func (s ReplyStanding) rested(now time.Time) bool { return !now.Before(s.LinkedAt.Add(LinkPause)) }
