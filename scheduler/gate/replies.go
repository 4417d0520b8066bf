package gate

import (
	"log/slog"
	"slices"
	"time"

	"almanac/scheduler"
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

// LinkPause is how long after one mail to a person about their own reply the next
// may leave.
const LinkPause = time.Hour

// NoSequence is the sequence of a reply that does not say clearly which version it
// answers.
const NoSequence = -1

// Reply is what a calendar program said about one session. Nothing in it is
// to be believed before JudgeReply has looked at it.
type Reply struct {
	Method     Method
	UID        string
	Sequence   int       // the version that it answers, or NoSequence
	Start, End time.Time // UTC instants: the time that it answers; zero: it says none clearly
	Stamp      time.Time // UTC instant: DTSTAMP; zero: it says none clearly
	Partstat   string    // upper case (RFC 5545 §3.2.12); empty in a REFRESH
	Attendee   string    // bare address for which it answers; empty: it names none clearly
	SentBy     string    // who answered instead, a bare address or no address at all; empty: nobody
	From       string    // bare address of the mail's one author; empty: none, or several
	// Unclear says in a few words of ours why nobody can tell what is answered; empty:
	// it can be told.
	Unclear string
	// Authentic: our own mail server says that DMARC passed for From.
	Authentic bool
	// Automatic: the mail says that a machine made it (RFC 3834 §5); Google's
	// replies do. Nothing is mailed about it unless the sender is certain.
	Automatic bool
	Comment   string // plain text, a few lines, at most 500 characters
	Proposed  string // of a COUNTER: the time asked for, as text for staff
}

// LogValue keeps addresses and words out of logs.
func (Reply) LogValue() slog.Value { return slog.StringValue("reply (withheld)") }

// String keeps them out of formatted text.
func (Reply) String() string { return "reply (withheld)" }

// Version is one state of an appointment as it was mailed in an invite.
type Version struct {
	Sequence   int
	Start, End time.Time // UTC instants
}

func (v Version) sameTime(other Version) bool {
	return v.Start.Equal(other.Start) && v.End.Equal(other.End)
}

// Answered is the last answer that was applied to a seat; its zero value is none.
type Answered struct {
	Intent     Intent
	Start, End time.Time // UTC instants: the time that was answered
	Stamp      time.Time // UTC instant: when the answer was made
}

// ReplyFacts is what is known of a reply at the moment it is judged.
type ReplyFacts struct {
	Reply    Reply
	Seat     *scheduler.Seat     // the one seat that has the reply's UID; nil: none has
	Session  *scheduler.Session  // of that seat
	Versions []Version           // that were mailed, by sequence
	Address  string              // the registered e-mail of the seat's person; empty: none
	Reach    []scheduler.Channel // of that person, now
	Last     Answered            // the last answer that was applied to the seat
	LinkedAt time.Time           // when a reply to this seat last made us write; zero: never
}

// ReplyAct is what is done with a reply.
type ReplyAct string

// The acts. None of them changes a seat's state.
const (
	ReplyDrop        ReplyAct = "drop"        // counted under its reason, and no more
	ReplyApply       ReplyAct = "apply"       // store the answer with the seat
	ReplyUnconfirmed ReplyAct = "unconfirmed" // show staff what was said, and ask; the seat's answer stays
	ReplyTask        ReplyAct = "task"        // staff must look at it
	ReplyResend      ReplyAct = "resend"      // hand the seat's current REQUEST over again
)

// ReplyVerdict says what is done with a reply, with the reason in a few words
// for staff and counters.
type ReplyVerdict struct {
	Act    ReplyAct
	Reason string
	About  string   // of ReplyTask: what the task is about
	Answer Answered // of ReplyApply; of ReplyUnconfirmed only its Intent, empty when it is about another time
	// SendLink: mail a confirm link, to the registered address and nowhere else.
	SendLink bool
	// AskStaff: no link may ever be mailed about this reply, so staff ask. When
	// neither is set, a link went out within LinkPause.
	AskStaff bool
	// Trusted: the reply surely comes from the registered address.
	Trusted bool
}

// Reasons for which a reply is dropped, and for which somebody is asked.
const (
	ReplyUnknown   = "unknown appointment"
	ReplyPast      = "past appointment"
	ReplyGone      = "appointment no longer planned"
	ReplyStale     = "older than the last answer"
	ReplyAgain     = "the same as the last answer"
	ReplyNoAnswer  = "no answer in it"
	ReplyTooSoon   = "asked again too soon"
	ReplyNotSure   = "sender not confirmed"
	ReplyOtherTime = "answers an earlier time"
)

// JudgeReply decides about one reply. It is the only place that does, and it is
// slow to believe: a UID is a weak secret (anyone who was sent a copy of the
// invite knows it), so only a reply that surely comes from the registered
// address is applied; any other becomes an unconfirmed answer and, at most once
// an hour, a confirm link to the registered address. An answer to another time
// than the person was last told is asked again in the same way. What a person
// surely wrote and nobody can read clearly becomes a task: silence is for
// strangers. A reply never frees a seat, never adds a person, and touches only the
// seat that its UID names.
func JudgeReply(s ReplyFacts, now time.Time) ReplyVerdict {
	v := s.judge(now)
	// Words of the person reach staff, whatever becomes of the answer.
	if v.Act == ReplyDrop && s.Reply.Comment != "" && s.Seat != nil && s.trusted() {
		v.Act, v.About = ReplyTask, scheduler.AboutComment
	}
	v.Trusted = s.Seat != nil && s.trusted()
	return v
}

func (s ReplyFacts) judge(now time.Time) ReplyVerdict {
	switch {
	case s.Seat == nil || s.Session == nil:
		return ReplyVerdict{Act: ReplyDrop, Reason: ReplyUnknown}
	case s.Session.Past(now):
		return ReplyVerdict{Act: ReplyDrop, Reason: ReplyPast}
	case !scheduler.MomentOf(s.Seat, s.Session).Expected:
		return s.judgeGone()
	case s.Reply.Unclear != "":
		return ReplyVerdict{Act: ReplyTask, Reason: s.Reply.Unclear, About: scheduler.AboutUnclear}
	}
	switch s.Reply.Method {
	case MethodReply:
		return s.judgeAnswer(now)
	case MethodCounter:
		return ReplyVerdict{Act: ReplyTask, Reason: "asks for another time", About: scheduler.AboutOtherTime}
	case MethodRefresh:
		return s.judgeRefresh(now)
	default:
		return ReplyVerdict{Act: ReplyDrop, Reason: ReplyNoAnswer}
	}
}

// judgeGone looks at an answer about a date that does not take place any more.
// Who surely means to come must be told.
func (s ReplyFacts) judgeGone() ReplyVerdict {
	comes := intents[s.Reply.Partstat] == IntentYes || intents[s.Reply.Partstat] == IntentMaybe
	if s.Reply.Method == MethodReply && comes && s.trusted() {
		return ReplyVerdict{Act: ReplyTask, Reason: ReplyGone, About: scheduler.AboutGone}
	}
	return ReplyVerdict{Act: ReplyDrop, Reason: ReplyGone}
}

// intents are the answers that are one (RFC 5545 §3.2.12).
var intents = map[string]Intent{"ACCEPTED": IntentYes, "DECLINED": IntentNo, "TENTATIVE": IntentMaybe}

func (s ReplyFacts) judgeAnswer(now time.Time) ReplyVerdict {
	intent := intents[s.Reply.Partstat]
	switch {
	case s.Reply.Partstat == "DELEGATED": // RFC 5546 §4.2.5: a person never enrolls another one
		return ReplyVerdict{Act: ReplyTask, Reason: "wants to send somebody else", About: scheduler.AboutOtherPerson}
	case intent == "" && s.trusted():
		return ReplyVerdict{Act: ReplyTask, Reason: ReplyNoAnswer, About: scheduler.AboutUnclear}
	case intent == "":
		return ReplyVerdict{Act: ReplyDrop, Reason: ReplyNoAnswer}
	}
	asked, stamp := s.asked(), s.stamp(now)
	if last := s.Last; asked.sameTime(Version{Start: last.Start, End: last.End}) { // RFC 5546 §2.1.5
		switch {
		case stamp.Before(last.Stamp):
			return ReplyVerdict{Act: ReplyDrop, Reason: ReplyStale}
		case stamp.Equal(last.Stamp) && intent == last.Intent:
			return ReplyVerdict{Act: ReplyDrop, Reason: ReplyAgain}
		}
	}
	v := ReplyVerdict{Act: ReplyUnconfirmed}
	switch {
	case !s.trusted():
		v.Reason, v.Answer.Intent = ReplyNotSure, intent
		v.AskStaff = s.Reply.Automatic || !s.reached() || !s.Session.Start.After(now)
	case !s.current(asked):
		v.Reason = ReplyOtherTime
		v.AskStaff = !s.reached() || !s.Session.Start.After(now)
	default:
		v.Act, v.Reason = ReplyApply, "answered by mail"
		v.Answer = Answered{Intent: intent, Start: asked.Start, End: asked.End, Stamp: stamp}
		return v
	}
	v.SendLink = !v.AskStaff && s.rested(now)
	return v
}

func (s ReplyFacts) judgeRefresh(now time.Time) ReplyVerdict {
	switch {
	case !s.trusted():
		return ReplyVerdict{Act: ReplyDrop, Reason: ReplyNotSure}
	case !s.reached() || !s.rested(now):
		return ReplyVerdict{Act: ReplyDrop, Reason: ReplyTooSoon}
	}
	return ReplyVerdict{Act: ReplyResend, Reason: "asks for the appointment again"}
}

// asked is what the person was last asked about: the time of the invite, else the
// time that stands.
func (s ReplyFacts) asked() Version {
	if told := s.Seat.Told; told.Invited && told.Expected {
		return Version{told.Sequence, told.Start, told.End}
	}
	return Version{s.Seat.Sequence, s.Session.Start, s.Session.End}
}

// current tells whether a reply is about the time that was asked about, whichever
// of the versions that it may mean it does mean.
func (s ReplyFacts) current(asked Version) bool {
	return !slices.ContainsFunc(s.meant(), func(v Version) bool { return !v.sameTime(asked) })
}

// meant lists the versions that a reply may be about: those with the time that it
// names, and of these that of its SEQUENCE. Programs err in both, so what fits no
// version says nothing.
func (s ReplyFacts) meant() []Version {
	all := s.Versions
	for _, fits := range []func(Version) bool{
		func(v Version) bool { return v.Start.Equal(s.Reply.Start) },
		func(v Version) bool { return v.End.Equal(s.Reply.End) },
		func(v Version) bool { return v.Sequence == s.numbered() },
	} {
		if some := filtered(all, fits); len(some) > 0 {
			all = some
		}
	}
	return all
}

// numbered is the sequence of the version that a reply's SEQUENCE means: the last
// that was mailed up to it, else the first of all.
func (s ReplyFacts) numbered() int {
	if s.Reply.Sequence == NoSequence || len(s.Versions) == 0 {
		return NoSequence
	}
	found := s.Versions[0].Sequence
	for _, v := range s.Versions {
		if v.Sequence <= s.Reply.Sequence {
			found = v.Sequence
		}
	}
	return found
}

// filtered lists the versions that a test holds for.
func filtered(all []Version, test func(Version) bool) (some []Version) {
	for _, v := range all {
		if test(v) {
			some = append(some, v)
		}
	}
	return some
}

// stamp is when a reply was made, as far as that can be so: not before its seat was
// and not after now, lest a clock that is ahead outrank the answers that follow.
func (s ReplyFacts) stamp(now time.Time) time.Time {
	stamp := s.Reply.Stamp
	switch {
	case stamp.IsZero() || stamp.After(now):
		stamp = now
	case stamp.Before(s.Seat.CreatedAt):
		stamp = s.Seat.CreatedAt
	}
	return stamp.UTC()
}

// trusted tells whether the registered address itself answered for itself.
func (s ReplyFacts) trusted() bool {
	r := s.Reply
	return r.Authentic && scheduler.SameAddress(r.From, s.Address) &&
		(r.Attendee == "" || scheduler.SameAddress(r.From, r.Attendee)) &&
		(r.SentBy == "" || scheduler.SameAddress(r.SentBy, r.From))
}

// reached tells whether the person may be written to.
func (s ReplyFacts) reached() bool {
	return s.Address != "" && slices.Contains(s.Reach, scheduler.Email)
}

// rested tells whether it is long enough since a reply to this seat last made us write.
func (s ReplyFacts) rested(now time.Time) bool { return !now.Before(s.LinkedAt.Add(LinkPause)) }
