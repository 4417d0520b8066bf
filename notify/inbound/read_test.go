package inbound_test

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"almanac/notify/inbound"
	"almanac/scheduler/fault"
)

// ours is the name of our own mail server in Authentication-Results.
const ours = "mx.clinic.example"

var update = flag.Bool("update", false, "write the goldens anew")

// described formats an inbound mail, field by field, for a golden file.
func described(in inbound.Mail) string {
	var b strings.Builder
	line := func(name string, value any) {
		if text := fmt.Sprint(value); text != "" {
			fmt.Fprintf(&b, "%s: %s\n", name, strings.ReplaceAll(text, "\n", "\n\t"))
		}
	}
	line("kind", in.Kind)
	line("reason", in.Reason)
	line("from", in.From)
	line("authentic", in.Authentic)
	line("about notice", in.About.Notice)
	line("about thread", in.About.Thread)
	line("parts", in.Parts)
	if r := in.Reply; r.UID != "" {
		line("method", r.Method)
		line("uid", r.UID)
		line("sequence", r.Sequence)
		line("stamp", r.Stamp.Format(time.RFC3339))
		line("partstat", r.Partstat)
		line("attendee", r.Attendee)
		line("sent by", r.SentBy)
		line("reply from", r.From)
		line("reply authentic", r.Authentic)
		line("automatic", r.Automatic)
		line("comment", r.Comment)
		line("proposed", r.Proposed)
	}
	line("token", in.Bounce.Token)
	for _, r := range in.Bounce.Recipients {
		line("recipient", fmt.Sprintf("%s %s %s given-up=%t bad=%t", r.Address, r.Action, r.Status, r.GivenUp(),
			r.AddressBad()))
		line("diagnostic", r.Diagnostic)
	}
	return b.String()
}

// Real mails of many programs and mail systems are parsed correctly: one mail per file,
// with its golden file.
func TestInboundGoldens(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.eml")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d samples, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			message, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			in, err := inbound.Read(strings.NewReader(string(message)), inbound.Options{AuthServID: ours})
			if err != nil {
				t.Fatal(err)
			}
			got, golden := described(in), strings.TrimSuffix(file, ".eml")+".txt"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			for _, ends := range []string{"\n", "\r\n"} { // some delivery agents give LF, and an envelope line
				again := "From pat@example.net Mon Nov 30 10:00:00 2026" + ends +
					strings.ReplaceAll(string(message), "\r\n", ends)
				in, err := inbound.Read(strings.NewReader(again), inbound.Options{AuthServID: ours})
				if err != nil || described(in) != string(want) {
					t.Errorf("with %q at line ends: %v\n%s", ends, err, described(in))
				}
			}
		})
	}
}

// Without the name of our server, no mail is authentic.
func TestInboundBelievesNobodyByDefault(t *testing.T) {
	t.Parallel()
	in := read(t, answer{}.mail())
	if !in.Authentic {
		t.Fatal("the control is not authentic")
	}
	in, err := inbound.Read(strings.NewReader(answer{}.mail()), inbound.Options{})
	if err != nil || in.Authentic || in.Reply.Authentic {
		t.Errorf("authentic %t, %v", in.Authentic, err)
	}
}

// Only DMARC results of our own server count.
func TestInboundAuthenticationResults(t *testing.T) {
	t.Parallel()
	received := "Received: from out.example.net by mx.clinic.example; Mon, 30 Nov 2026 10:00:02 +0000\r\n"
	pass := "Authentication-Results: mx.clinic.example; dmarc=pass header.from=example.net\r\n"
	for _, c := range []struct {
		name, trace string
		want        bool
	}{
		{"ours", pass + received, true},
		{"ours below our Received", received + pass, true},
		{"with version, case and spaces",
			"authentication-results: MX.clinic.EXAMPLE 1;\r\n\tdkim=pass; DMARC = Pass (p=none) header.from = " +
				"Example.Net\r\n" + received, true},
		{"quoted name", "Authentication-Results: \"mx.clinic.example\"; dmarc=pass\r\n" + received, true},
		{"method version", "Authentication-Results: mx.clinic.example; dmarc/1=pass\r\n" + received, true},
		{"one field a check", "Authentication-Results: mx.clinic.example; dkim=pass\r\n" + pass + received, true},
		{"none", received, false},
		{"no result", "Authentication-Results: mx.clinic.example; none\r\n" + received, false},
		{"failed", "Authentication-Results: mx.clinic.example; dmarc=fail header.from=example.net\r\n" +
			received, false},
		{"only SPF and DKIM", "Authentication-Results: mx.clinic.example; spf=pass; dkim=pass\r\n" + received, false},
		{"of another author",
			"Authentication-Results: mx.clinic.example; dmarc=pass header.from=evil.example\r\n" + received, false},
		{"foreign", "Authentication-Results: mx.evil.example; dmarc=pass header.from=example.net\r\n" +
			received, false},
		{"of a name that only begins so",
			"Authentication-Results: mx.clinic.example.evil.example; dmarc=pass\r\n" + received, false},
		{"injected below ours that failed",
			"Authentication-Results: mx.clinic.example; dmarc=fail\r\n" + received + pass, false},
		{"injected below ours that is silent",
			"Authentication-Results: mx.clinic.example; spf=fail\r\n" + received + pass, false},
		{"injected beside ours that failed",
			pass + "Authentication-Results: mx.clinic.example; dmarc=fail\r\n" + received, false},
		{"in a comment", "Authentication-Results: mx.clinic.example; spf=fail (; dmarc=pass \\) ; dmarc=pass)\r\n" +
			received, false},
		{"in quotes", "Authentication-Results: mx.clinic.example; spf=fail smtp.mailfrom=\"a;dmarc=pass;\\\"\"\r\n" +
			received, false},
		{"both words", "Authentication-Results: mx.clinic.example; spf=fail smtp.mailfrom=a;dmarc=pass; " +
			"dmarc=fail\r\n" + received, false},
		{"our name in a comment",
			"Authentication-Results: (mx.clinic.example; ) mx.evil.example; dmarc=pass\r\n" + received, false},
		{"relayed by another", "ARC-Authentication-Results: i=1; mx.clinic.example; dmarc=pass\r\n" + received, false},
		{"too long",
			"Authentication-Results: mx.clinic.example; dmarc=pass" + strings.Repeat(" ;x=y", 2000) + "\r\n" +
				received, false},
	} {
		if in := read(t, answer{trace: c.trace}.mail()); in.Authentic != c.want || in.Kind != inbound.KindReply {
			t.Errorf("%s: authentic %t as %s", c.name, in.Authentic, in.Kind)
		}
	}
}

// A mail with several authors has no author.
func TestInboundAuthor(t *testing.T) {
	t.Parallel()
	for from, want := range map[string]string{
		"pat@example.net":                                   "pat@example.net",
		"\"x@evil.example\" <pat@example.net>":              "pat@example.net",
		"=?utf-8?q?evil=40evil.example?= <pat@example.net>": "pat@example.net",
		"pat@example.net, sam@example.net":                  "",
		"pat@example.net\r\nFrom: sam@example.net":          "",
		"Friends: pat@example.net, sam@example.net;":        "",
		"":                                 "",
		"pat":                              "",
		"<pat@example.net":                 "",
		"\"pat@example.net\"@evil.example": "",
		"pat@example.net" + strings.Repeat(" (comment)", 1000): "",
		strings.Repeat("a", 400) + "@example.net":              "",
		"pat@example.net (=?utf-8?q?sam?=)":                    "pat@example.net",
		"Pat <pat@[" + strings.Repeat("1", 3000) + "]>":        "",
		"=?unknown-charset?q?Pat?= <pat@example.net>":          "pat@example.net",
		"Pat \x00 <pat@example.net>":                           "",
		"\r\n Pat\r\n\t<pat@example.net>":                      "pat@example.net",
		"undisclosed-recipients:;":                             "",
		"<@relay.example:pat@example.net>":                     "",
		"pat@EXAMPLE.net":                                      "pat@EXAMPLE.net",
	} {
		if in := read(t, "From: "+from+"\r\nTo: us@clinic.example\r\n\r\nHello\r\n"); in.From != want {
			t.Errorf("%q: %q", from, in.From)
		}
	}
}

// Mails of machines are never answered.
func TestInboundAutomatic(t *testing.T) {
	t.Parallel()
	for field, want := range map[string]inbound.Kind{
		"Auto-Submitted: no":                       inbound.KindReply,
		"Auto-Submitted: No ; x=y":                 inbound.KindReply,
		"Auto-Submitted: auto-generated":           inbound.KindReply, // as Google's calendar answers
		"Auto-Submitted: auto-replied":             inbound.KindReply,
		"Auto-Submitted: Auto-Replied; x=y":        inbound.KindReply,
		"Auto-Submitted: auto-notified":            inbound.KindReply,
		"Auto-Submitted:":                          inbound.KindReply,
		"Return-Path: <>":                          inbound.KindReply,
		"Return-Path: < >":                         inbound.KindReply,
		"Precedence: bulk":                         inbound.KindReply,
		"Precedence: List":                         inbound.KindReply,
		"Precedence: first-class":                  inbound.KindReply,
		"Precedence: auto_reply":                   inbound.KindReply,
		"X-Autoreply: yes":                         inbound.KindReply,
		"List-Id: <list.example.net>":              inbound.KindReply,
		"X-Auto-Response-Suppress: DR, OOF":        inbound.KindReply,
		"X-Failed-Recipients: somebody@else.where": inbound.KindReply, // anybody can write that
	} {
		in := read(t, field+"\r\n"+answer{}.mail())
		if in.Kind != want {
			t.Errorf("%s: %s (%s)", field, in.Kind, in.Reason)
		}
		words := read(t, field+"\r\nFrom: pat@example.net\r\n\r\nHello")
		if automatic := words.Kind == inbound.KindAutomatic; in.Reply.Automatic != automatic {
			t.Errorf("%s: words are %s, an answer is automatic: %t", field, words.Kind, in.Reply.Automatic)
		} else if list := strings.Contains(field, "List") ||
			strings.Contains(field, "bulk"); automatic && words.Known != list {
			t.Errorf("%s: a mail of a known person becomes a task: %t", field, words.Known)
		}
	}
	in := read(t, "From: cron@example.net\r\nAuto-Submitted: auto-generated\r\n\r\nDone.\r\n")
	if in.Kind != inbound.KindAutomatic {
		t.Errorf("a report of a machine is %s", in.Kind)
	}
}

// An error of the reader is returned.
func TestInboundReadError(t *testing.T) {
	t.Parallel()
	_, err := inbound.Read(io.MultiReader(strings.NewReader(answer{}.mail()), broken{}), inbound.Options{})
	if err == nil || fault.KindOf(err) != fault.Internal {
		t.Errorf("%v", err)
	}
	if _, err := inbound.Read(strings.NewReader(""), inbound.Options{}); !fault.Is(err, fault.Invalid) {
		t.Errorf("an empty message: %v", err)
	}
}

type broken struct{}

// Read fails.
func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// read reads a mail that must be read.
func read(t testing.TB, message string) inbound.Mail {
	t.Helper()
	in, err := inbound.Read(strings.NewReader(message), inbound.Options{AuthServID: ours})
	if err != nil {
		t.Fatalf("%s\n%.2000s", err, message)
	}
	return in
}
