package scheduler_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"almanac/scheduler"
)

// replied is an honest answer to a seat whose session lies two days ahead of now().
func replied() scheduler.ReplyFacts {
	start := now().Add(48 * time.Hour)
	return scheduler.ReplyFacts{
		Reply: scheduler.Reply{
			Method: scheduler.MethodReply, UID: "u", Sequence: 1, Stamp: now().Add(-time.Minute), Partstat: "ACCEPTED",
			Attendee: "pat@example.net", From: "pat@example.net", Authentic: true,
		},
		Seat:    &scheduler.Seat{UID: "u", Sequence: 1, State: scheduler.SeatPlanned, CreatedAt: now().Add(-72 * time.Hour)},
		Session: &scheduler.Session{Start: start, End: start.Add(2 * time.Hour), State: scheduler.SessionPlanned},
		Address: "pat@example.net", Reach: []scheduler.Channel{scheduler.Email},
	}
}

// last is an answer that was made so much later than the reply.
func last(s *scheduler.ReplyFacts, intent scheduler.Intent, later time.Duration) scheduler.Answered {
	return scheduler.Answered{Intent: intent, Start: s.Session.Start, End: s.Session.End, Stamp: s.Reply.Stamp.Add(later)}
}

func TestJudgeReply(t *testing.T) {
	t.Parallel()
	type change = func(*scheduler.ReplyFacts)
	untrusted := func(s *scheduler.ReplyFacts) { s.Reply.Authentic = false }
	for _, c := range []struct {
		name   string
		change []change
		act    scheduler.ReplyAct
		reason string
		intent scheduler.Intent
		link   bool
	}{
		{"yes", nil, scheduler.ReplyApply, "answered by mail", scheduler.IntentYes, false},
		{"no", []change{func(s *scheduler.ReplyFacts) { s.Reply.Partstat = "DECLINED" }}, scheduler.ReplyApply, "answered by mail", scheduler.IntentNo, false},
		{"maybe", []change{func(s *scheduler.ReplyFacts) { s.Reply.Partstat = "TENTATIVE" }}, scheduler.ReplyApply, "answered by mail", scheduler.IntentMaybe, false},
		{"by Google's calendar", []change{func(s *scheduler.ReplyFacts) { s.Reply.Automatic = true }}, scheduler.ReplyApply, "answered by mail", scheduler.IntentYes, false},
		{"nothing said", []change{func(s *scheduler.ReplyFacts) { s.Reply.Partstat = "NEEDS-ACTION" }}, scheduler.ReplyTask, scheduler.ReplyNoAnswer, "", false},
		{"nothing said, by anybody", []change{untrusted, func(s *scheduler.ReplyFacts) { s.Reply.Partstat = "" }}, scheduler.ReplyDrop, scheduler.ReplyNoAnswer, "", false},
		{"not clear", []change{func(s *scheduler.ReplyFacts) { s.Reply.Unclear = "odd" }}, scheduler.ReplyTask, "odd", "", false},
		{"words beside what is over", []change{func(s *scheduler.ReplyFacts) { s.Session.End, s.Reply.Comment = now(), "Sorry" }}, scheduler.ReplyTask, scheduler.ReplyPast, "", false},
		{"words of anybody beside what is over", []change{untrusted, func(s *scheduler.ReplyFacts) { s.Session.End, s.Reply.Comment = now(), "Sorry" }}, scheduler.ReplyDrop, scheduler.ReplyPast, "", false},
		{"delegated", []change{func(s *scheduler.ReplyFacts) { s.Reply.Partstat = "DELEGATED" }}, scheduler.ReplyTask, "wants to send somebody else", "", false},
		{"unknown method", []change{func(s *scheduler.ReplyFacts) { s.Reply.Method = scheduler.MethodCancel }}, scheduler.ReplyDrop, scheduler.ReplyNoAnswer, "", false},
		{"unknown seat", []change{func(s *scheduler.ReplyFacts) { s.Seat = nil }}, scheduler.ReplyDrop, scheduler.ReplyUnknown, "", false},
		{"over", []change{func(s *scheduler.ReplyFacts) { s.Session.End = now() }}, scheduler.ReplyDrop, scheduler.ReplyPast, "", false},
		{"running", []change{func(s *scheduler.ReplyFacts) { s.Session.End = now().Add(time.Second) }}, scheduler.ReplyApply, "answered by mail", scheduler.IntentYes, false},
		{"cancelled, means to come", []change{func(s *scheduler.ReplyFacts) { s.Session.State = scheduler.SessionCancelled }}, scheduler.ReplyTask, scheduler.ReplyGone, "", false},
		{"released, means to come", []change{func(s *scheduler.ReplyFacts) { s.Seat.State = scheduler.SeatReleased }}, scheduler.ReplyTask, scheduler.ReplyGone, "", false},
		{"cancelled, does not come", []change{func(s *scheduler.ReplyFacts) {
			s.Session.State, s.Reply.Partstat = scheduler.SessionCancelled, "DECLINED"
		}}, scheduler.ReplyDrop, scheduler.ReplyGone, "", false},
		{"cancelled, says anybody", []change{untrusted, func(s *scheduler.ReplyFacts) { s.Session.State = scheduler.SessionCancelled }}, scheduler.ReplyDrop, scheduler.ReplyGone, "", false},
		{"ahead of us", []change{func(s *scheduler.ReplyFacts) { s.Reply.Sequence = 2 }}, scheduler.ReplyApply, "answered by mail", scheduler.IntentYes, false},
		{"without SEQUENCE", []change{func(s *scheduler.ReplyFacts) { s.Reply.Sequence = scheduler.NoSequence }}, scheduler.ReplyApply, "answered by mail", scheduler.IntentYes, false},
		{"without DTSTAMP", []change{func(s *scheduler.ReplyFacts) { s.Reply.Stamp = time.Time{} }}, scheduler.ReplyApply, "answered by mail", scheduler.IntentYes, false},
		{"without an attendee's address", []change{func(s *scheduler.ReplyFacts) { s.Reply.Attendee = "" }}, scheduler.ReplyApply, "answered by mail", scheduler.IntentYes, false},
		{"older than the last", []change{func(s *scheduler.ReplyFacts) { s.Last = last(s, scheduler.IntentNo, time.Second) }}, scheduler.ReplyDrop, scheduler.ReplyStale, "", false},
		{"older than that to another time", []change{func(s *scheduler.ReplyFacts) {
			s.Last = last(s, scheduler.IntentNo, time.Second)
			s.Last.Start = s.Last.Start.Add(time.Hour)
		}}, scheduler.ReplyApply, "answered by mail", scheduler.IntentYes, false},
		{"the same again", []change{func(s *scheduler.ReplyFacts) { s.Last = last(s, scheduler.IntentYes, 0) }}, scheduler.ReplyDrop, scheduler.ReplyAgain, "", false},
		{"another of the same second", []change{func(s *scheduler.ReplyFacts) { s.Last = last(s, scheduler.IntentNo, 0) }}, scheduler.ReplyApply, "answered by mail", scheduler.IntentYes, false},
		{"a second later", []change{func(s *scheduler.ReplyFacts) { s.Last = last(s, scheduler.IntentNo, -time.Second) }}, scheduler.ReplyApply, "answered by mail", scheduler.IntentYes, false},
		{"not authentic", []change{untrusted}, scheduler.ReplyUnconfirmed, scheduler.ReplyNotSure, scheduler.IntentYes, true},
		{"from another address", []change{func(s *scheduler.ReplyFacts) { s.Reply.From = "eve@example.net" }}, scheduler.ReplyUnconfirmed, scheduler.ReplyNotSure, scheduler.IntentYes, true},
		{"for another address", []change{func(s *scheduler.ReplyFacts) { s.Reply.Attendee = "sam@example.net" }}, scheduler.ReplyUnconfirmed, scheduler.ReplyNotSure, scheduler.IntentYes, true},
		{"of an address that we no longer have", []change{func(s *scheduler.ReplyFacts) { s.Address = "pat@new.example" }}, scheduler.ReplyUnconfirmed, scheduler.ReplyNotSure, scheduler.IntentYes, true},
		{"by somebody else", []change{func(s *scheduler.ReplyFacts) { s.Reply.SentBy = "eve@example.net" }}, scheduler.ReplyUnconfirmed, scheduler.ReplyNotSure, scheduler.IntentYes, true},
		{"from nobody to nobody", []change{func(s *scheduler.ReplyFacts) { s.Reply.From, s.Reply.Attendee, s.Address = "", "", "" }}, scheduler.ReplyUnconfirmed, scheduler.ReplyNotSure, scheduler.IntentYes, false},
		{"untrusted, by a machine", []change{untrusted, func(s *scheduler.ReplyFacts) { s.Reply.Automatic = true }}, scheduler.ReplyUnconfirmed, scheduler.ReplyNotSure, scheduler.IntentYes, false},
		{"untrusted, no consent to mail", []change{untrusted, func(s *scheduler.ReplyFacts) { s.Reach = []scheduler.Channel{scheduler.SMS} }}, scheduler.ReplyUnconfirmed, scheduler.ReplyNotSure, scheduler.IntentYes, false},
		{"untrusted, wrote just now", []change{untrusted, func(s *scheduler.ReplyFacts) { s.LinkedAt = now().Add(-time.Hour + time.Second) }}, scheduler.ReplyUnconfirmed, scheduler.ReplyNotSure, scheduler.IntentYes, false},
		{"untrusted, wrote an hour ago", []change{untrusted, func(s *scheduler.ReplyFacts) { s.LinkedAt = now().Add(-time.Hour) }}, scheduler.ReplyUnconfirmed, scheduler.ReplyNotSure, scheduler.IntentYes, true},
		{"counter", []change{func(s *scheduler.ReplyFacts) { s.Reply.Method = scheduler.MethodCounter }}, scheduler.ReplyTask, "asks for another time", "", false},
		{"counter, untrusted", []change{untrusted, func(s *scheduler.ReplyFacts) { s.Reply.Method = scheduler.MethodCounter }}, scheduler.ReplyTask, "asks for another time", "", false},
		{"refresh", []change{func(s *scheduler.ReplyFacts) { s.Reply.Method = scheduler.MethodRefresh }}, scheduler.ReplyResend, "asks for the appointment again", "", false},
		{"refresh, untrusted", []change{untrusted, func(s *scheduler.ReplyFacts) { s.Reply.Method = scheduler.MethodRefresh }}, scheduler.ReplyDrop, scheduler.ReplyNotSure, "", false},
		{"refresh, again", []change{func(s *scheduler.ReplyFacts) {
			s.Reply.Method, s.LinkedAt = scheduler.MethodRefresh, now().Add(-time.Minute)
		}}, scheduler.ReplyDrop, scheduler.ReplyTooSoon, "", false},
	} {
		s := replied()
		for _, change := range c.change {
			change(&s)
		}
		v := scheduler.JudgeReply(s, now())
		if v.Act != c.act || v.Reason != c.reason || v.Answer.Intent != c.intent || v.SendLink != c.link {
			t.Errorf("%s: %+v", c.name, v)
		}
		if trusted := v.Act == scheduler.ReplyApply || v.Act == scheduler.ReplyResend; trusted && !v.Trusted || v.Act == scheduler.ReplyUnconfirmed && v.Trusted {
			t.Errorf("%s: trusted %t", c.name, v.Trusted)
		}
	}
}

// Staff are asked only where the person never can be: a link that went out
// within the hour asks for all answers of that hour.
func TestWhoIsAskedAboutAnAnswer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change      func(*scheduler.ReplyFacts)
		link, staff bool
	}{
		"the person":                      {func(*scheduler.ReplyFacts) {}, true, false},
		"nobody again within the hour":    {func(s *scheduler.ReplyFacts) { s.LinkedAt = now() }, false, false},
		"staff, of a machine's answer":    {func(s *scheduler.ReplyFacts) { s.Reply.Automatic = true }, false, true},
		"staff, without consent":          {func(s *scheduler.ReplyFacts) { s.Reach = nil }, false, true},
		"staff, without an address":       {func(s *scheduler.ReplyFacts) { s.Address = "" }, false, true},
		"staff, once it is under way":     {func(s *scheduler.ReplyFacts) { s.Session.Start = now() }, false, true},
		"nobody about what surely stands": {func(s *scheduler.ReplyFacts) { s.Reply.Authentic = true }, false, false},
	} {
		s := replied()
		s.Reply.Authentic = false
		c.change(&s)
		if v := scheduler.JudgeReply(s, now()); v.SendLink != c.link || v.AskStaff != c.staff {
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
		if v := scheduler.JudgeReply(s, now()); !v.Answer.Stamp.Equal(c.want) {
			t.Errorf("%s counts as %s", c.stamp, v.Answer.Stamp)
		}
	}
}

// An answer is to the time that it names, else to that of its SEQUENCE, else to all
// that were mailed; it counts where that is the time that was told last.
func TestReplyToAnEarlierVersion(t *testing.T) {
	t.Parallel()
	tue, wed := replied().Session.Start, replied().Session.Start.Add(24*time.Hour)
	version := func(sequence int, start time.Time) scheduler.Version {
		return scheduler.Version{Sequence: sequence, Start: start, End: start.Add(2 * time.Hour)}
	}
	moved := []scheduler.Version{version(0, tue), version(1, wed)}
	back := append(moved, version(3, tue))
	longer := append(moved, scheduler.Version{Sequence: 2, Start: wed, End: wed.Add(3 * time.Hour)})
	none := time.Time{}
	for _, c := range []struct {
		name     string
		versions []scheduler.Version
		sequence int
		start    time.Time
		applied  bool
	}{
		{"never moved, nothing said", moved[:1], scheduler.NoSequence, none, true},
		{"never moved, SEQUENCE one too high", moved[:1], 1, none, true},
		{"moved, SEQUENCE of before", moved, 0, none, false},
		{"moved, none", moved, scheduler.NoSequence, none, false},
		{"moved, none, the time of before", moved, scheduler.NoSequence, tue, false},
		{"moved, none, the new time", moved, scheduler.NoSequence, wed, true},
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
		{"moved and back, the time", back, scheduler.NoSequence, tue, true},
		{"moved and back, none", back, scheduler.NoSequence, none, false},
		{"made longer, SEQUENCE of before", longer, 1, wed, false},
		{"made longer, none, the start", longer, scheduler.NoSequence, wed, false},
		{"made longer, SEQUENCE of now", longer, 2, wed, true},
	} {
		s := replied()
		last := c.versions[len(c.versions)-1]
		s.Versions, s.Session.Start, s.Session.End = c.versions, last.Start, last.End
		s.Seat.Sequence = last.Sequence
		s.Seat.Told = scheduler.Told{
			Moment: scheduler.Moment{Expected: true, Start: last.Start, End: last.End}, Sequence: last.Sequence, Invited: true,
		}
		s.Reply.Sequence, s.Reply.Start, s.Reply.Automatic = c.sequence, c.start, true
		v := scheduler.JudgeReply(s, now())
		if c.applied != (v.Act == scheduler.ReplyApply) || !c.applied && (v.Reason != scheduler.ReplyOtherTime || !v.SendLink || v.Answer.Intent != "") {
			t.Errorf("%s: %+v", c.name, v)
		}
		s.Session.Start, s.Session.End = last.Start.Add(time.Hour), last.End.Add(time.Hour) // moved again, and not told yet
		if again := scheduler.JudgeReply(s, now()); again.Act != v.Act || again.Answer != v.Answer {
			t.Errorf("%s, moved again: %+v", c.name, again)
		}
	}
}

// RFC 5546 §2.1.5: in whatever order replies arrive, the same one stands at the end.
func TestRepliesInAnyOrder(t *testing.T) {
	t.Parallel()
	var replies []scheduler.Reply
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
		s.Versions = []scheduler.Version{{Sequence: 0, Start: earlier, End: earlier}, {Sequence: 1, Start: s.Session.Start, End: s.Session.End}}
		for _, r := range replies {
			s.Reply = r
			if v := scheduler.JudgeReply(s, now()); v.Act == scheduler.ReplyApply {
				s.Last = v.Answer
			}
		}
		if s.Last.Intent != scheduler.IntentNo {
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
		v := scheduler.JudgeReply(s, at)
		if v.Act != scheduler.ReplyUnconfirmed {
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
	for _, method := range []scheduler.Method{scheduler.MethodReply, scheduler.MethodCounter, scheduler.MethodRefresh} {
		for _, partstat := range []string{"ACCEPTED", "DECLINED", "TENTATIVE", "DELEGATED", ""} {
			s := replied()
			s.Reply.Method, s.Reply.Partstat = method, partstat
			seat, session := *s.Seat, *s.Session
			scheduler.JudgeReply(s, now())
			if *s.Seat != seat || *s.Session != session {
				t.Errorf("%s %s: changed", method, partstat)
			}
		}
	}
}
