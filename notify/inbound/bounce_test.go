package inbound_test

import (
	"strings"
	"testing"

	"almanac/notify/inbound"
	"almanac/scheduler"
)

const patNotice = "0d5c2b1e8d7a8c559b"

// report builds a delivery report about Pat's notice around its middle part.
func report(status string) string {
	return "Return-Path: <>\r\n" + typed("Content-Type: multipart/report; report-type=delivery-status; boundary=b",
		"--b\r\n\r\nSorry\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"+
			"Reporting-MTA: dns; mx.example.net\r\n\r\n"+status+
			"\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <n."+patNotice+
			"@clinic.example>\r\n--b--\r\n")
}

// A report marks exactly the address that it names.
func TestBounceRecipients(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, status, address string
		givenUp, bad          bool
	}{
		{"no such mailbox", "Final-Recipient: rfc822; pat@example.net\r\nAction: failed\r\nStatus: 5.1.1\r\n",
			"pat@example.net", true, true},
		{"comments and case",
			"final-recipient: RFC822; <pat@example.net> (Pat)\r\naction: Failed (5.1.1)\r\nstatus: 5.1.1 (no)\r\n",
			"pat@example.net", true, true},
		{"only the original recipient",
			"Original-Recipient: rfc822;pat@example.net\r\nAction: failed\r\nStatus: 5.1.2\r\n",
			"pat@example.net", true, true},
		{"no mail is taken there", "Final-Recipient: rfc822; pat@example.net\r\nAction: failed\r\nStatus: 5.1.10\r\n",
			"pat@example.net", true, true},
		{"a shut mailbox", "Final-Recipient: rfc822; pat@example.net\r\nAction: failed\r\nStatus: 5.2.1\r\n",
			"pat@example.net", true, true},
		{"our own address is refused",
			"Final-Recipient: rfc822; pat@example.net\r\nAction: failed\r\nStatus: 5.1.8\r\n",
			"pat@example.net", true, false},
		{"policy", "Final-Recipient: rfc822; pat@example.net\r\nAction: failed\r\nStatus: 5.7.1\r\n",
			"pat@example.net", true, false},
		{"full in the end", "Final-Recipient: rfc822; pat@example.net\r\nAction: failed\r\nStatus: 4.2.2\r\n",
			"pat@example.net", true, false},
		{"unreachable name in the end",
			"Final-Recipient: rfc822; pat@example.net\r\nAction: failed\r\nStatus: 4.1.1\r\n",
			"pat@example.net", true, false},
		{"delayed", "Final-Recipient: rfc822; pat@example.net\r\nAction: delayed\r\nStatus: 4.1.1\r\n",
			"pat@example.net", false, false},
		{"delivered", "Final-Recipient: rfc822; pat@example.net\r\nAction: delivered\r\nStatus: 2.1.5\r\n",
			"pat@example.net", false, false},
		{"vague status, clear words",
			"Final-Recipient: rfc822; pat@example.net\r\nAction: failed\r\nStatus: 5.0.0\r\n" +
				"Diagnostic-Code: smtp; 550-5.1.1 no\r\n", "pat@example.net", true, true},
		{"unknown action", "Final-Recipient: rfc822; pat@example.net\r\nAction: burned\r\nStatus: 5.1.1\r\n",
			"pat@example.net", false, false},
		{"another kind of address", "Final-Recipient: x400; /C=US/\r\nAction: failed\r\nStatus: 5.1.1\r\n",
			"", true, true},
		{"no address at all", "Final-Recipient: rfc822; nobody\r\nAction: failed\r\nStatus: 5.x\r\n", "", true, false},
	} {
		in := read(t, report(c.status))
		if in.Kind != inbound.KindBounce || in.About != (inbound.Reference{Notice: patNotice}) ||
			len(in.Bounce.Recipients) != 1 {
			t.Errorf("%s: %s about %s, %d recipients", c.name, in.Kind, in.About, len(in.Bounce.Recipients))
			continue
		}
		if r := in.Bounce.Recipients[0]; r.Address != c.address || r.GivenUp() != c.givenUp || r.AddressBad() != c.bad {
			t.Errorf("%s: %q given up %t, bad %t", c.name, r.Address, r.GivenUp(), r.AddressBad())
		}
	}
}

// After forwarding, the report has two addresses: the final one, and ours.
func TestBounceBehindAForwarder(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ status, address, original string }{
		"both": {"Original-Recipient: rfc822;pat@example.net\r\nFinal-Recipient: rfc822;pat@elsewhere.example\r\n",
			"pat@elsewhere.example", "pat@example.net"},
		"the same": {"Original-Recipient: rfc822;Pat@example.net\r\nFinal-Recipient: rfc822;pat@EXAMPLE.net\r\n",
			"pat@EXAMPLE.net", ""},
		"one":  {"Final-Recipient: rfc822;pat@elsewhere.example\r\n", "pat@elsewhere.example", ""},
		"none": {"Original-Recipient: rfc822;nobody\r\n", "", ""},
	} {
		in := read(t, report(c.status+"Action: failed\r\nStatus: 5.1.1\r\n"))
		if r := in.Bounce.Recipients; len(r) != 1 || r[0].Address != c.address || r[0].Original != c.original {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// complaint is an abuse report (RFC 5965) with these fields about Pat's notice.
func complaint(fields, returned string) string {
	return typed("Content-Type: multipart/report; report-type=feedback-report; boundary=b",
		"--b\r\n\r\nThis is an email abuse report.\r\n--b\r\nContent-Type: message/feedback-report\r\n\r\n"+fields+
			"User-Agent: Mailer/1.0\r\nVersion: 1\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"+returned+
			"\r\n--b--\r\n")
}

func TestComplaint(t *testing.T) {
	t.Parallel()
	ours := "From: appointments@clinic.example\r\nMessage-ID: <n." + patNotice + "@clinic.example>\r\n\r\nHello"
	for name, c := range map[string]struct {
		message string
		want    inbound.Kind
	}{
		"abuse": {complaint("Feedback-Type: abuse\r\n", ours), inbound.KindComplaint},
		"fraud": {complaint("Feedback-Type: Fraud\r\nOriginal-Rcpt-To: redacted@example.net\r\n",
			ours), inbound.KindComplaint},
		"by our envelope": {complaint("Feedback-Type: abuse\r\nOriginal-Mail-From: <b+"+patNotice+
			"@clinic.example>\r\n", "From: x@y.example\r\n\r\n"), inbound.KindComplaint},
		"through a list": {"List-Id: <x>\r\n" + complaint("Feedback-Type: abuse\r\n", ours),
			inbound.KindComplaint},
		"it is wanted": {complaint("Feedback-Type: not-spam\r\n", ours), inbound.KindAutomatic},
		"about a mail of strangers": {complaint("Feedback-Type: abuse\r\n", "Message-ID: <x@y.example>\r\n\r\n"),
			inbound.KindAutomatic},
	} {
		in := read(t, c.message)
		if in.Kind != c.want || in.Kind == inbound.KindComplaint && in.About.Notice != patNotice {
			t.Errorf("%s: %s (%s) about %v", name, in.Kind, in.Reason, in.About)
		}
	}
}

// Only a complete Message-ID identifies a mail of ours.
func TestInboundReference(t *testing.T) {
	t.Parallel()
	for field, want := range map[string]inbound.Reference{
		"In-Reply-To: <n." + patNotice + "@clinic.example>":                               {Notice: patNotice},
		"References: <x@y> <t." + patNotice + "@clinic.example>":                          {Thread: patNotice},
		"References:\r\n <a@b>\r\n <n." + patNotice + "@elsewhere>":                       {Notice: patNotice},
		"In-Reply-To: <x." + patNotice + "@clinic.example>":                               {},
		"In-Reply-To: n." + patNotice + "@clinic.example":                                 {},
		"In-Reply-To: <n." + patNotice + "0@clinic.example>":                              {},
		"In-Reply-To: <n." + patNotice[:17] + "@clinic.example>":                          {},
		"In-Reply-To: <n." + strings.ToUpper(patNotice) + "@clinic.example>":              {},
		"In-Reply-To: <<n." + patNotice + "@clinic.example>":                              {Notice: patNotice},
		"In-Reply-To: <n." + strings.Replace(patNotice, "d", "u", 1) + "@clinic.example>": {},
		"Subject: <n." + patNotice + "@clinic.example>":                                   {},
	} {
		if in := read(t, typed(field, "Hello")); in.About != want || in.Kind != inbound.KindOther {
			t.Errorf("%s: %s %v", field, in.Kind, in.About)
		}
	}
}

// The token of the envelope sender comes from the address that got the bounce.
func TestBounceToken(t *testing.T) {
	t.Parallel()
	failed := "Final-Recipient: rfc822; pat@example.net\r\nAction: failed\r\nStatus: 5.1.1\r\n"
	for field, want := range map[string]string{
		"Delivered-To: b+abc123@clinic.example":                            "abc123",
		"X-Original-To: <B+n.0d5c@clinic.example>":                         "n.0d5c",
		"Envelope-To: b+x@clinic.example":                                  "x",
		"To: b+x@clinic.example":                                           "x",
		"Delivered-To: bob+x@clinic.example":                               "",
		"Delivered-To: b+" + strings.Repeat("x", 65) + "@clinic.example":   "",
		"Delivered-To: b+" + "x y" + "@clinic.example":                     "",
		"Delivered-To: appointments@clinic.example\r\nTo: b+t@clinic.test": "t",
	} {
		if in := read(t, field+"\r\n"+report(failed)); in.Bounce.Token != want {
			t.Errorf("%s: %q", field, in.Bounce.Token)
		}
	}
}

// A report that a person attaches or answers is not a bounce.
func TestNoBounce(t *testing.T) {
	t.Parallel()
	attached := strings.Replace(report("Final-Recipient: rfc822; pat@example.net\r\nAction: failed\r\n"+
		"Status: 5.1.1\r\n"), "multipart/report; report-type=delivery-status", "multipart/mixed", 1)
	for name, c := range map[string]struct {
		message string
		want    inbound.Kind
	}{
		"attached by a person":     {strings.TrimPrefix(attached, "Return-Path: <>\r\n"), inbound.KindOther},
		"in a mail from nobody":    {attached, inbound.KindBounce},
		"a person writes of a 550": {typed("X: y", "<pat@example.net>:\r\n550 5.1.1 no"), inbound.KindOther},
		"nobody writes without code": {"Return-Path: <>\r\n" + typed("X: y", "<pat@example.net>:\r\nno"),
			inbound.KindAutomatic},
		"nobody writes of no address": {"Return-Path: <>\r\n" + typed("X: y", "550 5.1.1 no"), inbound.KindAutomatic},
		"nobody writes of our mail": {"Return-Path: <>\r\n" +
			typed("X: y", "550 5.1.1 no\r\n\r\nmessage-id: <n."+patNotice+"@clinic.example>"), inbound.KindBounce},
		// of no mail of ours
		"a complaint": {typed("Content-Type: multipart/report; report-type=feedback-report; boundary=b",
			"--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\n--b--"),
			inbound.KindAutomatic},
	} {
		in := read(t, c.message)
		if in.Kind != c.want {
			t.Errorf("%s: %s (%s)", name, in.Kind, in.Reason)
		}
		if in.Kind == inbound.KindBounce && in.About.Notice != scheduler.ID(patNotice) {
			t.Errorf("%s: about %v", name, in.About)
		}
	}
}

// A report without a copy is about the mail whose envelope sender received it.
func TestBounceKnownByItsAddress(t *testing.T) {
	t.Parallel()
	const said = "<pat@example.net>:\r\n550 5.1.1 no such user"
	for _, c := range []struct{ name, field, body, about string }{
		{"to the address of one mail", "To: b+" + patNotice + "@care.example", said, patNotice},
		{"nameless, but to the address of one mail", "To: b+" + patNotice + "@care.example",
			"550 5.1.1 no such user", patNotice},
		{"to an address that is no notice's", "To: b+x@care.example", said, ""},
		{"another mail sent back", "To: b+" + patNotice + "@care.example",
			said + "\r\n\r\nMessage-ID: <n.1" + patNotice[1:] + "@care.example>", "1" + patNotice[1:]},
	} {
		in := read(t, "Return-Path: <>\r\n"+typed(c.field, c.body))
		if in.Kind != inbound.KindBounce || string(in.About.Notice) != c.about {
			t.Errorf("%s: %s about %q, want %q", c.name, in.Kind, in.About.Notice, c.about)
		}
	}
}
