package gate_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/gate"
)

// replied is an honest answer to a seat whose session lies two days ahead of now().
func replied() gate.ReplyFacts {
	start := now().Add(48 * time.Hour)
	return gate.ReplyFacts{
		Reply: gate.Reply{
			Method: gate.MethodReply, UID: "u", Sequence: 1, Stamp: now().Add(-time.Minute), Partstat: "ACCEPTED",
			Attendee: "pat@example.net", From: "pat@example.net", Authentic: true,
		},
		Seat: &scheduler.Seat{UID: "u", Sequence: 1, State: scheduler.SeatPlanned,
			CreatedAt: now().Add(-72 * time.Hour)},
		Session: &scheduler.Session{Start: start, End: start.Add(2 * time.Hour), State: scheduler.SessionPlanned},
		Address: "pat@example.net", Reach: []scheduler.Channel{scheduler.Email},
	}
}

// last is an answer that was made so much later than the reply.
func last(s *gate.ReplyFacts, intent gate.Intent, later time.Duration) gate.Answered {
	return gate.Answered{Intent: intent, Start: s.Session.Start, End: s.Session.End, Stamp: s.Reply.Stamp.Add(later)}
}

func TestJudgeReply(t *testing.T) {
	t.Parallel()
	type change = func(*gate.ReplyFacts)
	untrusted := func(s *gate.ReplyFacts) { s.Reply.Authentic = false }
	for _, c := range []struct {
		name   string
		change []change
		act    gate.ReplyAct
		reason string
		intent gate.Intent
		link   bool
	}{
		{"yes", nil, gate.ReplyApply, "answered by mail", gate.IntentYes, false},
		{"no", []change{func(s *gate.ReplyFacts) { s.Reply.Partstat = "DECLINED" }}, gate.ReplyApply,
			"answered by mail", gate.IntentNo, false},
		{"maybe", []change{func(s *gate.ReplyFacts) { s.Reply.Partstat = "TENTATIVE" }}, gate.ReplyApply,
			"answered by mail", gate.IntentMaybe, false},
		{"by Google's calendar", []change{func(s *gate.ReplyFacts) { s.Reply.Automatic = true }}, gate.ReplyApply,
			"answered by mail", gate.IntentYes, false},
		{"nothing said", []change{func(s *gate.ReplyFacts) { s.Reply.Partstat = "NEEDS-ACTION" }}, gate.ReplyTask,
			gate.ReplyNoAnswer, "", false},
		{"nothing said, by anybody", []change{untrusted, func(s *gate.ReplyFacts) { s.Reply.Partstat = "" }},
			gate.ReplyDrop, gate.ReplyNoAnswer, "", false},
		{"not clear", []change{func(s *gate.ReplyFacts) { s.Reply.Unclear = "odd" }}, gate.ReplyTask, "odd", "", false},
		{"words beside what is over",
			[]change{func(s *gate.ReplyFacts) { s.Session.End, s.Reply.Comment = now(), "Sorry" }}, gate.ReplyTask,
			gate.ReplyPast, "", false},
		{"words of anybody beside what is over",
			[]change{untrusted, func(s *gate.ReplyFacts) { s.Session.End, s.Reply.Comment = now(), "Sorry" }},
			gate.ReplyDrop, gate.ReplyPast, "", false},
		{"delegated", []change{func(s *gate.ReplyFacts) { s.Reply.Partstat = "DELEGATED" }}, gate.ReplyTask,
			"wants to send somebody else", "", false},
		{"unknown method", []change{func(s *gate.ReplyFacts) { s.Reply.Method = gate.MethodCancel }}, gate.ReplyDrop,
			gate.ReplyNoAnswer, "", false},
		{"unknown seat", []change{func(s *gate.ReplyFacts) { s.Seat = nil }}, gate.ReplyDrop,
			gate.ReplyUnknown, "", false},
		{"over", []change{func(s *gate.ReplyFacts) { s.Session.End = now() }}, gate.ReplyDrop,
			gate.ReplyPast, "", false},
		{"running", []change{func(s *gate.ReplyFacts) { s.Session.End = now().Add(time.Second) }}, gate.ReplyApply,
			"answered by mail", gate.IntentYes, false},
		{"cancelled, means to come",
			[]change{func(s *gate.ReplyFacts) { s.Session.State = scheduler.SessionCancelled }}, gate.ReplyTask,
			gate.ReplyGone, "", false},
		{"released, means to come", []change{func(s *gate.ReplyFacts) { s.Seat.State = scheduler.SeatReleased }},
			gate.ReplyTask, gate.ReplyGone, "", false},
		{"cancelled, does not come", []change{func(s *gate.ReplyFacts) {
			s.Session.State, s.Reply.Partstat = scheduler.SessionCancelled, "DECLINED"
		}}, gate.ReplyDrop, gate.ReplyGone, "", false},
		{"cancelled, says anybody",
			[]change{untrusted, func(s *gate.ReplyFacts) { s.Session.State = scheduler.SessionCancelled }},
			gate.ReplyDrop, gate.ReplyGone, "", false},
		{"ahead of us", []change{func(s *gate.ReplyFacts) { s.Reply.Sequence = 2 }}, gate.ReplyApply,
			"answered by mail", gate.IntentYes, false},
		{"without SEQUENCE", []change{func(s *gate.ReplyFacts) { s.Reply.Sequence = gate.NoSequence }}, gate.ReplyApply,
			"answered by mail", gate.IntentYes, false},
		{"without DTSTAMP", []change{func(s *gate.ReplyFacts) { s.Reply.Stamp = time.Time{} }}, gate.ReplyApply,
			"answered by mail", gate.IntentYes, false},
		{"without an attendee's address", []change{func(s *gate.ReplyFacts) { s.Reply.Attendee = "" }}, gate.ReplyApply,
			"answered by mail", gate.IntentYes, false},
		{"older than the last", []change{func(s *gate.ReplyFacts) { s.Last = last(s, gate.IntentNo, time.Second) }},
			gate.ReplyDrop, gate.ReplyStale, "", false},
		{"older than that to another time", []change{func(s *gate.ReplyFacts) {
			s.Last = last(s, gate.IntentNo, time.Second)
			s.Last.Start = s.Last.Start.Add(time.Hour)
		}}, gate.ReplyApply, "answered by mail", gate.IntentYes, false},
		{"the same again", []change{func(s *gate.ReplyFacts) { s.Last = last(s, gate.IntentYes, 0) }}, gate.ReplyDrop,
			gate.ReplyAgain, "", false},
		{"another of the same second", []change{func(s *gate.ReplyFacts) { s.Last = last(s, gate.IntentNo, 0) }},
			gate.ReplyApply, "answered by mail", gate.IntentYes, false},
		{"a second later", []change{func(s *gate.ReplyFacts) { s.Last = last(s, gate.IntentNo, -time.Second) }},
			gate.ReplyApply, "answered by mail", gate.IntentYes, false},
		{"not authentic", []change{untrusted}, gate.ReplyUnconfirmed, gate.ReplyNotSure, gate.IntentYes, true},
		{"from another address", []change{func(s *gate.ReplyFacts) { s.Reply.From = "eve@example.net" }},
			gate.ReplyUnconfirmed, gate.ReplyNotSure, gate.IntentYes, true},
		{"for another address", []change{func(s *gate.ReplyFacts) { s.Reply.Attendee = "sam@example.net" }},
			gate.ReplyUnconfirmed, gate.ReplyNotSure, gate.IntentYes, true},
		{"of an address that we no longer have", []change{func(s *gate.ReplyFacts) { s.Address = "pat@new.example" }},
			gate.ReplyUnconfirmed, gate.ReplyNotSure, gate.IntentYes, true},
		{"by somebody else", []change{func(s *gate.ReplyFacts) { s.Reply.SentBy = "eve@example.net" }},
			gate.ReplyUnconfirmed, gate.ReplyNotSure, gate.IntentYes, true},
		{"from nobody to nobody",
			[]change{func(s *gate.ReplyFacts) { s.Reply.From, s.Reply.Attendee, s.Address = "", "", "" }},
			gate.ReplyUnconfirmed, gate.ReplyNotSure, gate.IntentYes, false},
		{"untrusted, by a machine", []change{untrusted, func(s *gate.ReplyFacts) { s.Reply.Automatic = true }},
			gate.ReplyUnconfirmed, gate.ReplyNotSure, gate.IntentYes, false},
		{"untrusted, no consent to mail",
			[]change{untrusted, func(s *gate.ReplyFacts) { s.Reach = []scheduler.Channel{scheduler.SMS} }},
			gate.ReplyUnconfirmed, gate.ReplyNotSure, gate.IntentYes, false},
		{"untrusted, wrote just now",
			[]change{untrusted, func(s *gate.ReplyFacts) { s.LinkedAt = now().Add(-time.Hour + time.Second) }},
			gate.ReplyUnconfirmed, gate.ReplyNotSure, gate.IntentYes, false},
		{"untrusted, wrote an hour ago",
			[]change{untrusted, func(s *gate.ReplyFacts) { s.LinkedAt = now().Add(-time.Hour) }}, gate.ReplyUnconfirmed,
			gate.ReplyNotSure, gate.IntentYes, true},
		{"counter", []change{func(s *gate.ReplyFacts) { s.Reply.Method = gate.MethodCounter }}, gate.ReplyTask,
			"asks for another time", "", false},
		{"counter, untrusted", []change{untrusted, func(s *gate.ReplyFacts) { s.Reply.Method = gate.MethodCounter }},
			gate.ReplyTask, "asks for another time", "", false},
		{"refresh", []change{func(s *gate.ReplyFacts) { s.Reply.Method = gate.MethodRefresh }}, gate.ReplyResend,
			"asks for the appointment again", "", false},
		{"refresh, untrusted", []change{untrusted, func(s *gate.ReplyFacts) { s.Reply.Method = gate.MethodRefresh }},
			gate.ReplyDrop, gate.ReplyNotSure, "", false},
		{"refresh, again", []change{func(s *gate.ReplyFacts) {
			s.Reply.Method, s.LinkedAt = gate.MethodRefresh, now().Add(-time.Minute)
		}}, gate.ReplyDrop, gate.ReplyTooSoon, "", false},
	} {
		s := replied()
		for _, change := range c.change {
			change(&s)
		}
		v := gate.JudgeReply(s, now())
		if v.Act != c.act || v.Reason != c.reason || v.Answer.Intent != c.intent || v.SendLink != c.link {
			t.Errorf("%s: %+v", c.name, v)
		}
		if trusted := v.Act == gate.ReplyApply || v.Act == gate.ReplyResend; trusted && !v.Trusted ||
			v.Act == gate.ReplyUnconfirmed && v.Trusted {
			t.Errorf("%s: trusted %t", c.name, v.Trusted)
		}
	}
}

// Staff are asked only where the person never can be: a link that went out
// within the hour asks for all answers of that hour.
func TestWhoIsAskedAboutAnAnswer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change      func(*gate.ReplyFacts)
		link, staff bool
	}{
		"the person":                      {func(*gate.ReplyFacts) {}, true, false},
		"nobody again within the hour":    {func(s *gate.ReplyFacts) { s.LinkedAt = now() }, false, false},
		"staff, of a machine's answer":    {func(s *gate.ReplyFacts) { s.Reply.Automatic = true }, false, true},
		"staff, without consent":          {func(s *gate.ReplyFacts) { s.Reach = nil }, false, true},
		"staff, without an address":       {func(s *gate.ReplyFacts) { s.Address = "" }, false, true},
		"staff, once it is under way":     {func(s *gate.ReplyFacts) { s.Session.Start = now() }, false, true},
		"nobody about what surely stands": {func(s *gate.ReplyFacts) { s.Reply.Authentic = true }, false, false},
	} {
		s := replied()
		s.Reply.Authentic = false
		c.change(&s)
		if v := gate.JudgeReply(s, now()); v.SendLink != c.link || v.AskStaff != c.staff {
			t.Errorf("%s: link %t, staff %t", name, v.SendLink, v.AskStaff)
		}
	}
}

// DTSTAMP is clamped between the making of the seat and now; none counts as now.
func TestReplyStampIsClamped(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ stamp, want time.Time }{
		{now(), now()},
		{now().AddDate(73, 0, 0), now()},
		{now().Add(5 * time.Minute), now()},
		{now().Add(-time.Hour), now().Add(-time.Hour)},
		{now().AddDate(-1, 0, 0), now().Add(-72 * time.Hour)},
		{time.Time{}, now()},
	} {
		s := replied()
		s.Reply.Stamp = c.stamp
		if v := gate.JudgeReply(s, now()); !v.Answer.Stamp.Equal(c.want) {
			t.Errorf("%s counts as %s", c.stamp, v.Answer.Stamp)
		}
	}
}

// An answer is to the time that it names, else to that of its SEQUENCE, else to all
// that were mailed; it counts where that is the time that was told last.
func TestReplyToAnEarlierVersion(t *testing.T) {
	t.Parallel()
	tue, wed := replied().Session.Start, replied().Session.Start.Add(24*time.Hour)
	version := func(sequence int, start time.Time) gate.Version {
		return gate.Version{Sequence: sequence, Start: start, End: start.Add(2 * time.Hour)}
	}
	moved := []gate.Version{version(0, tue), version(1, wed)}
	back := append(moved, version(3, tue))
	longer := append(moved, gate.Version{Sequence: 2, Start: wed, End: wed.Add(3 * time.Hour)})
	none := time.Time{}
	for _, c := range []struct {
		name     string
		versions []gate.Version
		sequence int
		start    time.Time
		applied  bool
	}{
		{"never moved, nothing said", moved[:1], gate.NoSequence, none, true},
		{"never moved, SEQUENCE one too high", moved[:1], 1, none, true},
		{"moved, SEQUENCE of before", moved, 0, none, false},
		{"moved, none", moved, gate.NoSequence, none, false},
		{"moved, none, the time of before", moved, gate.NoSequence, tue, false},
		{"moved, none, the new time", moved, gate.NoSequence, wed, true},
		{"moved, SEQUENCE of now", moved, 1, none, true},
		{"moved, SEQUENCE one too high", moved, 2, none, true},
		{"moved, SEQUENCE of before, the new time", moved, 0, wed, true},
		{"moved, SEQUENCE of now, the time of before", moved, 1, tue, false},
		{"moved, SEQUENCE of now, a time that never was", moved, 1, tue.Add(time.Hour), true},
		{"moved, SEQUENCE of before, a time that never was", moved, 0, tue.Add(time.Hour), false},
		{"moved and back, SEQUENCE of before", back, 0, none, true},
		{"moved and back, SEQUENCE of between", back, 1, none, false},
		{"moved and back, SEQUENCE that was never mailed", back, 2, none, false},
		{"moved and back, SEQUENCE of now", back, 3, none, true},
		{"moved and back, the time", back, gate.NoSequence, tue, true},
		{"moved and back, none", back, gate.NoSequence, none, false},
		{"made longer, SEQUENCE of before", longer, 1, wed, false},
		{"made longer, none, the start", longer, gate.NoSequence, wed, false},
		{"made longer, SEQUENCE of now", longer, 2, wed, true},
	} {
		s := replied()
		last := c.versions[len(c.versions)-1]
		s.Versions, s.Session.Start, s.Session.End = c.versions, last.Start, last.End
		s.Seat.Sequence = last.Sequence
		s.Seat.Told = scheduler.Told{
			Moment:   scheduler.Moment{Expected: true, Start: last.Start, End: last.End},
			Sequence: last.Sequence, Invited: true,
		}
		s.Reply.Sequence, s.Reply.Start, s.Reply.Automatic = c.sequence, c.start, true
		v := gate.JudgeReply(s, now())
		if c.applied != (v.Act == gate.ReplyApply) ||
			!c.applied && (v.Reason != gate.ReplyOtherTime || !v.SendLink || v.Answer.Intent != "") {
			t.Errorf("%s: %+v", c.name, v)
		}
		// moved again, and not told yet
		s.Session.Start, s.Session.End = last.Start.Add(time.Hour), last.End.Add(time.Hour)
		if again := gate.JudgeReply(s, now()); again.Act != v.Act || again.Answer != v.Answer {
			t.Errorf("%s, moved again: %+v", c.name, again)
		}
	}
}

// RFC 5546 §2.1.5: in whatever order replies arrive, the same one stands at the end.
func TestRepliesInAnyOrder(t *testing.T) {
	t.Parallel()
	var replies []gate.Reply
	earlier := replied().Session.Start.Add(-24 * time.Hour)
	for i, partstat := range []string{"ACCEPTED", "TENTATIVE", "DECLINED", "ACCEPTED", "TENTATIVE", "DECLINED"} {
		r := replied().Reply
		r.Partstat, r.Sequence, r.Stamp = partstat, i/3, now().Add(time.Duration(i%3)*time.Second-time.Hour)
		replies = append(replies, r)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		random.Shuffle(len(replies), func(i, j int) { replies[i], replies[j] = replies[j], replies[i] })
		s := replied()
		s.Versions = []gate.Version{{Sequence: 0, Start: earlier, End: earlier},
			{Sequence: 1, Start: s.Session.Start, End: s.Session.End}}
		for _, r := range replies {
			s.Reply = r
			if v := gate.JudgeReply(s, now()); v.Act == gate.ReplyApply {
				s.Last = v.Answer
			}
		}
		if s.Last.Intent != gate.IntentNo {
			t.Fatalf("%q stands at the end", s.Last.Intent)
		}
	}
}

// 300 forged replies a minute make one mail an hour, to the registered address.
func TestForgedRepliesMakeOneMailAnHour(t *testing.T) {
	t.Parallel()
	s, mails := replied(), 0
	s.Reply.Authentic = false
	for i := range 300 * 120 {
		at := now().Add(time.Duration(i) * time.Minute / 300)
		s.Reply.Stamp = at
		v := gate.JudgeReply(s, at)
		if v.Act != gate.ReplyUnconfirmed {
			t.Fatalf("%+v", v)
		}
		if v.SendLink {
			s.LinkedAt = at
			mails++
		}
	}
	if mails != 2 {
		t.Errorf("%d mails in two hours", mails)
	}
}

// Whatever is judged, the seat and its session stay as they are.
func TestJudgingChangesNothing(t *testing.T) {
	t.Parallel()
	for _, method := range []gate.Method{gate.MethodReply, gate.MethodCounter, gate.MethodRefresh} {
		for _, partstat := range []string{"ACCEPTED", "DECLINED", "TENTATIVE", "DELEGATED", ""} {
			s := replied()
			s.Reply.Method, s.Reply.Partstat = method, partstat
			seat, session := *s.Seat, *s.Session
			gate.JudgeReply(s, now())
			if *s.Seat != seat || *s.Session != session {
				t.Errorf("%s %s: changed", method, partstat)
			}
		}
	}
}
