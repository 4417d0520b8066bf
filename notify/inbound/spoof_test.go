package inbound_test

import (
	"cmp"
	"fmt"
	"strings"
	"testing"
	"time"

	"almanac/notify/inbound"
	"almanac/scheduler"
	"almanac/scheduler/gate"
)

// answer is a reply by mail; the zero value is a valid one that passes DMARC.
type answer struct {
	trace    string // fields above From; empty: our server says that DMARC passed
	from     string
	typed    string // method of the media type
	method   string
	uid      string
	sequence string
	stamp    string
	attendee string // the whole content line, or several
	more     string // further content lines
}

const patUID = "6f1c2b0e-8d7a-4c55-9b1e-2f40c1d3a9e7"

// object is the calendar object of the answer.
func (a answer) object() string {
	return strings.Join([]string{
		"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example//EN", "METHOD:" + cmp.Or(a.method, "REPLY"),
		"BEGIN:VEVENT", "UID:" + cmp.Or(a.uid, patUID), "DTSTAMP:" + cmp.Or(a.stamp, "20261130T100000Z"),
		"SEQUENCE:" + cmp.Or(a.sequence, "2"),
		cmp.Or(a.attendee, "ATTENDEE;PARTSTAT=ACCEPTED:mailto:pat@example.net") + cmp.Or(a.more, ""),
		"END:VEVENT", "END:VCALENDAR", "",
	}, "\r\n")
}

// mail is the whole message.
func (a answer) mail() string {
	trace := cmp.Or(a.trace, "Authentication-Results: mx.clinic.example; dmarc=pass header.from=example.net\r\n"+
		"Received: from out.example.net by mx.clinic.example; Mon, 30 Nov 2026 10:00:02 +0000\r\n")
	return trace + "From: " + cmp.Or(a.from, "Pat <pat@example.net>") +
		"\r\nTo: appointments@clinic.example\r\nMIME-Version: 1.0\r\n" +
		"Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nAccepted\r\n" +
		"--b\r\nContent-Type: text/calendar; charset=utf-8; method=" + cmp.Or(a.typed, "REPLY") + "\r\n\r\n" +
		a.object() + "\r\n--b--\r\n"
}

// standing is the seat of Pat, with two invites, for a session on 3 December.
func standing() (gate.ReplyFacts, time.Time) {
	start := time.Date(2026, 12, 3, 0, 0, 0, 0, time.UTC)
	return gate.ReplyFacts{
		Seat: &scheduler.Seat{UID: patUID, Sequence: 2, State: scheduler.SeatPlanned,
			CreatedAt: start.AddDate(0, 0, -14)},
		Session: &scheduler.Session{Start: start, End: start.Add(2 * time.Hour), State: scheduler.SessionPlanned},
		Address: "pat@example.net", Reach: []scheduler.Channel{scheduler.Email},
	}, time.Date(2026, 11, 30, 10, 1, 0, 0, time.UTC)
}

// judged parses a mail and judges it against Pat's seat.
func judged(t *testing.T, message string, change func(*gate.ReplyFacts)) (inbound.Mail, gate.ReplyVerdict) {
	t.Helper()
	in := read(t, message)
	if in.Kind != inbound.KindReply && in.Kind != inbound.KindCounter && in.Kind != inbound.KindRefresh {
		return in, gate.ReplyVerdict{}
	}
	s, now := standing()
	if s.Reply = in.Reply; in.Reply.UID != s.Seat.UID {
		s.Seat, s.Session = nil, nil
	}
	if change != nil {
		change(&s)
	}
	return in, gate.JudgeReply(s, now)
}

// Only an answer that certainly comes from the registered address is applied, and no
// answer changes the state of the seat.
func TestSpoofedReplies(t *testing.T) {
	t.Parallel()
	past := func(s *gate.ReplyFacts) { s.Session.End = time.Date(2026, 11, 30, 10, 0, 0, 0, time.UTC) }
	forged := "Authentication-Results: mx.clinic.example; dmarc=fail header.from=example.net\r\n" +
		"Received: from evil.example by mx.clinic.example; Mon, 30 Nov 2026 10:00:02 +0000\r\n" +
		"Authentication-Results: mx.clinic.example; dmarc=pass header.from=example.net\r\n"
	evil := "Authentication-Results: mx.clinic.example; dmarc=pass header.from=evil.example\r\n"
	for _, c := range []struct {
		name   string
		mail   answer
		change func(*gate.ReplyFacts)
		want   string
	}{
		{"honest", answer{}, nil, "apply yes"},
		{"honest, declined", answer{attendee: "ATTENDEE;PARTSTAT=declined:MAILTO:pat@EXAMPLE.net"}, nil, "apply no"},
		{"From of another domain", answer{from: "pat@evil.example", trace: evil}, nil, "unconfirmed yes link"},
		{"From of another domain for itself",
			answer{from: "pat@evil.example", trace: evil,
				attendee: "ATTENDEE;PARTSTAT=DECLINED:mailto:pat@evil.example"}, nil, "unconfirmed no link"},
		{"DMARC fails", answer{trace: "Authentication-Results: mx.clinic.example; dmarc=fail " +
			"header.from=example.net\r\n"}, nil, "unconfirmed yes link"},
		{"DMARC unknown", answer{trace: "Received: from out.example.net by mx.clinic.example; Mon, 30 Nov 2026 " +
			"10:00:02 +0000\r\n"}, nil, "unconfirmed yes link"},
		{"Authentication-Results injected", answer{trace: forged}, nil, "unconfirmed yes link"},
		{"Authentication-Results of the sender",
			answer{trace: "Authentication-Results: mx.evil.example; dmarc=pass header.from=example.net\r\n"}, nil,
			"unconfirmed yes link"},
		{"two authors", answer{from: "pat@example.net, eve@evil.example"}, nil, "unconfirmed yes link"},
		{"two attendees, one the author",
			answer{attendee: "ATTENDEE;PARTSTAT=DECLINED:mailto:eve@evil.example\r\n" +
				"ATTENDEE;PARTSTAT=ACCEPTED:mailto:pat@example.net"}, nil, "apply yes"},
		{"two attendees, none the author",
			answer{attendee: "ATTENDEE;PARTSTAT=DECLINED:mailto:a@evil.example\r\n" +
				"ATTENDEE;PARTSTAT=ACCEPTED:mailto:b@evil.example"}, nil, "task"},
		{"two attendees, both the author",
			answer{attendee: "ATTENDEE;PARTSTAT=DECLINED:mailto:pat@example.net\r\n" +
				"ATTENDEE;PARTSTAT=ACCEPTED:mailto:pat@example.net"}, nil, "task"},
		{"the attendee twice",
			answer{attendee: "ATTENDEE;PARTSTAT=DECLINED:mailto:pat@example.net\r\n" +
				"ATTENDEE;PARTSTAT=DECLINED:mailto:Pat@example.net"}, nil, "apply no"},
		{"the attendee twice, once without an answer",
			answer{attendee: "ATTENDEE:mailto:pat@example.net\r\nATTENDEE;PARTSTAT=DECLINED:mailto:pat@example.net"},
			nil, "apply no"},
		{"an attendee without an address", answer{attendee: "ATTENDEE;PARTSTAT=DECLINED:invalid:nomail"},
			nil, "apply no"},
		{"an attendee without an address, from anybody",
			answer{trace: forged, attendee: "ATTENDEE;PARTSTAT=DECLINED:invalid:nomail"}, nil, "unconfirmed no link"},
		{"no attendee", answer{attendee: "X-ATTENDEE:mailto:pat@example.net"}, nil, "task"},
		{"attendee of another patient with the attacker's own UID",
			answer{attendee: "ATTENDEE;PARTSTAT=DECLINED:mailto:sam@example.net"}, nil, "unconfirmed no link"},
		{"another patient's UID, unknown here", answer{uid: "6f1c2b0e-8d7a-4c55-9b1e-000000000000"}, nil,
			"drop unknown appointment"},
		{"UID of a past session", answer{}, past, "drop past appointment"},
		{"UID of a released seat", answer{},
			func(s *gate.ReplyFacts) { s.Seat.State = scheduler.SeatReleased }, "task"},
		{"UID with a host in it", answer{uid: strings.ToUpper(patUID) + "@clinic.example"}, nil, "apply yes"},
		{"UID of somebody else", answer{uid: "6f1c2b0e@clinic.example"}, nil, "dropped: no proper UID"},
		{"two UIDs", answer{more: "\r\nUID:other"}, nil, "task"},
		{"the UID twice", answer{more: "\r\nUID:" + patUID}, nil, "apply yes"},
		{"DTSTAMP 2099", answer{stamp: "20990101T000000Z"}, nil, "apply yes"},
		{"DTSTAMP without zone", answer{stamp: "20261130T100000"}, nil, "apply yes"},
		{"DTSTAMP that is none", answer{stamp: "yesterday"}, nil, "apply yes"},
		{"DTSTAMP twice", answer{more: "\r\nDTSTAMP:20261130T110000Z"}, nil, "apply yes"},
		{"SEQUENCE ahead of ours", answer{sequence: "3"}, nil, "apply yes"},
		{"SEQUENCE beyond numbers", answer{sequence: "99999999999999999999"}, nil, "apply yes"},
		{"SEQUENCE below zero", answer{sequence: "-1"}, nil, "apply yes"},
		{"SEQUENCE twice", answer{more: "\r\nSEQUENCE:1"}, nil, "apply yes"},
		{"a line that is none", answer{more: "\r\nthis is no line\r\n\"nor this\";"}, nil, "apply yes"},
		{"a quotation mark inside Google's words",
			answer{attendee: `ATTENDEE;PARTSTAT=DECLINED;X-RESPONSE-COMMENT="I "may" be: late":mailto:pat@example.net`},
			nil, "apply no"},
		{"Google's words without quotation marks",
			answer{attendee: `ATTENDEE;X-RESPONSE-COMMENT=late: sorry; really;` +
				`PARTSTAT=DECLINED:mailto:pat@example.net`},
			nil, "apply no"},
		{"words of 3,000 characters",
			answer{attendee: "ATTENDEE;X-RESPONSE-COMMENT=" + strings.Repeat("x", 3000) +
				";PARTSTAT=DECLINED:mailto:pat@example.net"}, nil, "apply no"},
		{"not closed", answer{more: "\r\nBEGIN:VALARM"}, nil, "apply yes"},
		{"SENT-BY of another",
			answer{attendee: `ATTENDEE;SENT-BY="mailto:eve@evil.example";PARTSTAT=DECLINED:mailto:pat@example.net`},
			nil, "unconfirmed no link"},
		{"SENT-BY that is no address",
			answer{attendee: `ATTENDEE;SENT-BY="eve";PARTSTAT=DECLINED:mailto:pat@example.net`}, nil,
			"unconfirmed no link"},
		{"SENT-BY of itself",
			answer{attendee: `ATTENDEE;SENT-BY="mailto:pat@example.net";PARTSTAT=DECLINED:mailto:pat@example.net`},
			nil, "apply no"},
		{"DELEGATED",
			answer{attendee: `ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO="mailto:eve@evil.example":` +
				`mailto:pat@example.net`}, nil, "task"},
		{"party crasher", answer{from: "eve@evil.example", trace: evil,
			attendee: "ATTENDEE;PARTSTAT=ACCEPTED:mailto:eve@evil.example"}, nil, "unconfirmed yes link"},
		{"no answer", answer{attendee: "ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:pat@example.net"}, nil, "task"},
		{"an answer that is none", answer{attendee: "ATTENDEE;PARTSTAT=PERHAPS:mailto:pat@example.net"}, nil, "task"},
		{"two answers in one line",
			answer{attendee: "ATTENDEE;PARTSTAT=ACCEPTED;PARTSTAT=DECLINED:mailto:pat@example.net"}, nil, "task"},
		{"METHOD:REQUEST inside", answer{method: "REQUEST"}, nil, "task"},
		{"METHOD twice", answer{method: "REPLY\r\nMETHOD:REQUEST"}, nil, "task"},
		{"METHOD twice, the same", answer{method: "REPLY\r\nMETHOD:reply"}, nil, "apply yes"},
		{"no METHOD inside", answer{method: "REPLY\r\nX-A:b", more: ""}, nil, "apply yes"},
		{"METHOD:REPLY in a REQUEST", answer{typed: "REQUEST"}, nil, "task"},
		{"REQUEST", answer{typed: "REQUEST", method: "REQUEST"}, nil,
			"dropped: calendar object of a kind that is not taken"},
		{"CANCEL", answer{typed: "CANCEL", method: "CANCEL"}, nil,
			"dropped: calendar object of a kind that is not taken"},
		{"PUBLISH", answer{typed: "PUBLISH", method: "PUBLISH"}, nil,
			"dropped: calendar object of a kind that is not taken"},
		{"ADD", answer{typed: "ADD", method: "ADD"}, nil, "dropped: calendar object of a kind that is not taken"},
		{"COUNTER", answer{typed: "COUNTER", method: "COUNTER"}, nil, "task"},
		{"COUNTER from anybody", answer{typed: "COUNTER", method: "COUNTER", trace: forged}, nil, "task"},
		{"REFRESH", answer{typed: "REFRESH", method: "REFRESH"}, nil, "resend"},
		{"REFRESH from anybody", answer{typed: "REFRESH", method: "REFRESH", trace: forged}, nil,
			"drop sender not confirmed"},
		{"one of a series", answer{more: "\r\nRECURRENCE-ID:20261203T000000Z"}, nil, "task"},
		{"one of a series of one", answer{more: "\r\nDTSTART:20261203T000000Z\r\nRECURRENCE-ID:20261203T000000Z"},
			nil, "apply yes"},
		{"two events", answer{more: "\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:other"}, nil, "task"},
		{"the event twice", answer{more: "\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:" + patUID}, nil, "apply yes"},
		{"sent again", answer{}, func(s *gate.ReplyFacts) {
			s.Last = gate.Answered{
				Intent: gate.IntentYes, Start: s.Session.Start, End: s.Session.End,
				Stamp: time.Date(2026, 11, 30, 10, 0, 0, 0, time.UTC),
			}
		}, "drop the same as the last answer"},
	} {
		in, v := judged(t, c.mail.mail(), c.change)
		got := fmt.Sprintf("%s: %s", in.Kind, in.Reason)
		if v.Act != "" {
			got = string(v.Act)
			switch v.Act {
			case gate.ReplyDrop:
				got += " " + v.Reason
			case gate.ReplyApply, gate.ReplyUnconfirmed:
				got += " " + string(v.Answer.Intent)
			}
			if v.SendLink {
				got += " link"
			}
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// A forged DTSTAMP in 2099 counts as now, so that it does not block later answers.
func TestReplyFromTheFutureDoesNotBlock(t *testing.T) {
	t.Parallel()
	_, v := judged(t, answer{stamp: "20990101T000000Z"}.mail(), nil)
	_, now := standing()
	if !v.Answer.Stamp.Equal(now) {
		t.Errorf("counts as made at %s", v.Answer.Stamp)
	}
}

// Foreign text reaches staff as short plain text.
func TestReplyComment(t *testing.T) {
	t.Parallel()
	in := read(t, answer{more: "\r\nCOMMENT:<b>Sorry</b>\\, \\nlate\u202E\u2066\u200B\x07\u2028now\r\nCOMMENT:" +
		strings.Repeat("é", 600)}.mail())
	if want := "<b>Sorry</b>, \nlate now\n"; !strings.HasPrefix(in.Reply.Comment, want) ||
		!strings.HasSuffix(in.Reply.Comment, "é…") {
		t.Errorf("%q", in.Reply.Comment)
	}
	if n := len([]rune(in.Reply.Comment)); n != 500 {
		t.Errorf("%d characters", n)
	}
	for _, text := range []string{fmt.Sprint(in, in.Reply), fmt.Sprintf("%+v %s", in, in.Reply), in.LogValue().String(),
		in.Reply.LogValue().String()} {
		if strings.Contains(text, "Sorry") || strings.Contains(text, "pat@") {
			t.Errorf("formatted or logged: %q", text)
		}
	}
}
