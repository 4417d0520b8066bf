package inbound_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"almanac/notify/inbound"
	"almanac/scheduler"
	"almanac/scheduler/fault"
	"almanac/scheduler/gate"
)

// Limits for the cost of parsing a mail.
const (
	longestRead = 50 * time.Millisecond
	mostMemory  = 16 << 20 // octets allocated in all
)

// processorTime is the processor time of this process, which does not depend on the
// load of the machine.
func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// bounded parses a message and fails when that costs too much. It measures up to three
// times, because of other load on the machine.
func bounded(t *testing.T, message string) (in inbound.Mail, err error) {
	var octets uint64
	var took time.Duration
	for range 3 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		began := processorTime()
		in, err = inbound.Read(strings.NewReader(message), inbound.Options{AuthServID: ours})
		took = processorTime() - began
		runtime.ReadMemStats(&after)
		if octets = after.TotalAlloc - before.TotalAlloc; octets <= mostMemory && took <= longestRead {
			return in, err
		}
	}
	t.Errorf("reading allocates %d KiB and takes %s", octets>>10, took)
	return in, err
}

// plausible fails when a parsed mail violates the contract of Mail.
func plausible(t *testing.T, message string) {
	in, err := bounded(t, message)
	if err != nil {
		if !fault.Is(err, fault.Invalid) || in.Kind != "" || in.From != "" {
			t.Fatalf("%s with %v", in.Kind, err)
		}
		return
	}
	reply := in.Kind == inbound.KindReply || in.Kind == inbound.KindCounter || in.Kind == inbound.KindRefresh
	switch {
	case in.Parts > 20, len(in.Bounce.Recipients) > 20, len(in.Bounce.Token) > 64:
		t.Fatalf("%d parts, %d recipients, token %q", in.Parts, len(in.Bounce.Recipients), in.Bounce.Token)
	case (in.Kind == inbound.KindAutomatic || in.Kind == inbound.KindDropped) != (in.Reason != ""):
		t.Fatalf("%s because of %q", in.Kind, in.Reason)
	case (in.Kind == inbound.KindBounce) != (len(in.Bounce.Recipients) > 0):
		t.Fatalf("%s with %d recipients", in.Kind, len(in.Bounce.Recipients))
	case reply != (in.Reply != gate.Reply{}), in.Authentic && in.From == "", in.Known && in.Reason == "":
		t.Fatalf("%s with %+v", in.Kind, in.Reply)
	case in.About.Notice != "" && in.About.Thread != "":
		t.Fatalf("about %v", in.About)
	}
	if reply {
		believable(t, in)
	}
	for _, r := range in.Bounce.Recipients {
		shown(t, r.Diagnostic)
		shown(t, r.Address+r.Action+r.Status)
	}
	shown(t, in.Reply.Comment)
	shown(t, in.Reply.Proposed)
	shown(t, in.From)
}

// believable fails when a reply lacks a required field, or when its judgement does too
// much.
func believable(t *testing.T, in inbound.Mail) {
	r := in.Reply
	if r.UID == "" || r.Sequence < gate.NoSequence || r.From != in.From || r.Authentic != in.Authentic {
		t.Fatalf("%s of %q, version %d", r.Method, r.UID, r.Sequence)
	}
	s, now := standing()
	s.Reply, s.Seat.Sequence = r, max(0, r.Sequence)
	v := gate.JudgeReply(s, now)
	if v.Act == gate.ReplyApply && (!in.Authentic || !scheduler.SameAddress(in.From, s.Address)) {
		t.Fatalf("applied what %q says", in.From)
	}
	if v.Answer.Stamp.After(now) || v.Act == gate.ReplyApply && r.Unclear != "" {
		t.Fatalf("%+v", v)
	}
}

// shown fails when text is not safe to show to staff.
func shown(t *testing.T, text string) {
	if !utf8.ValidString(text) || utf8.RuneCountInString(text) > 1000 {
		t.Fatalf("%d octets: %.200q", len(text), text)
	}
	for _, r := range text {
		if r != '\n' && unicode.IsControl(r) || r >= '\u202A' && r <= '\u202E' || r >= '\u2066' && r <= '\u2069' {
			t.Fatalf("%q", text)
		}
	}
}

func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/*.eml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		message, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(message))
	}
	f.Add(answer{}.mail())
	f.Add(nested(2))
	f.Fuzz(plausible)
}

// The iCalendar part of a reply, in a mail that passes.
func FuzzReadReply(f *testing.F) {
	f.Add(answer{}.object(), "REPLY")
	f.Add(answer{method: "COUNTER", more: "\r\nDTSTART;TZID=x:20261203T000000"}.object(), "COUNTER")
	f.Add(answer{method: "REFRESH"}.object(), "")
	f.Add("BEGIN:VCALENDAR\rMETHOD:REPLY\rBEGIN:VEVENT\r\rUID\n :a\n"+
		"ATTENDEE;SENT-BY=\"mailto:b@c.d\";EMAIL=b@c.d:x\rEND:VEVENT\rEND:VCALENDAR", "REPLY")
	f.Fuzz(func(t *testing.T, object, method string) {
		plausible(t, strings.Replace(answer{}.mail(), answer{}.object(), object, 1))
		kind := "Content-Type: text/calendar"
		if method != "" {
			kind += "; method=" + method
		}
		plausible(t, "Authentication-Results: mx.clinic.example; dmarc=pass\r\n"+typed(kind, object))
	})
}

// A delivery report, and the same text without the report format.
func FuzzBounce(f *testing.F) {
	f.Add("Final-Recipient: rfc822; pat@example.net\r\nAction: failed\r\nStatus: 5.1.1\r\n" +
		"Diagnostic-Code: smtp; 550 5.1.1 no\r\n")
	f.Add("<pat@example.net>:\nSorry. (#5.1.1)\n\n--- Below this line is a copy of the message.\n\nMessage-ID: <n." +
		patNotice + "@clinic.example>\n")
	f.Add(" pat@example.net on Monday\n    550 no\n")
	f.Fuzz(func(t *testing.T, words string) {
		plausible(t, report(words))
		plausible(t, "Return-Path: <>\r\nX-Failed-Recipients: sam@example.net\r\n"+typed("X: y", words))
		plausible(t, "Return-Path: <>\r\n"+typed("X: y", words))
	})
}
