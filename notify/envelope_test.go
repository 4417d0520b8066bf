package notify_test

import (
	"net/mail"
	"testing"

	"almanac/notify"
	"almanac/protocols"
)

// Every message has an envelope sender of its own, unless nothing could come
// back to it or nobody wants it; what the header says stays as it is.
func TestEnvelopeSender(t *testing.T) {
	t.Parallel()
	zones, err := protocols.BuiltinZones()
	if err != nil {
		t.Fatal(err)
	}
	h := sample(t, "reminder")
	tagged := "b+" + string(h.Notice) + "@"
	for _, c := range []struct {
		from      string
		envelopes notify.Envelopes
		want      string
	}{
		{"appointments@care.example", notify.EnvelopesTagged, tagged + "care.example"},
		{"appointments@care.example", "", tagged + "care.example"},
		{"appointments@care.example", notify.EnvelopesPlain, "appointments@care.example"},
		{"appointments@localhost", notify.EnvelopesTagged, "appointments@localhost"},
	} {
		composer, err := notify.NewComposer(notify.ComposerOptions{
			From: mail.Address{Address: c.from}, Envelopes: c.envelopes, PublicURL: func() string { return "https://care.example" }, Zones: zones,
		})
		if err != nil {
			t.Fatal(err)
		}
		message, err := composer.Compose(h, stamp)
		if err != nil {
			t.Fatal(err)
		}
		if message.From != c.want {
			t.Errorf("from %s, %q: on the envelope %s, want %s", c.from, c.envelopes, message.From, c.want)
		}
		header, _ := leaves(t, message.Data)
		if from, err := mail.ParseAddress(header.Get("From")); err != nil || from.Address != c.from || header.Get("Return-Path") != "" {
			t.Errorf("the header says from %v, return path %q", from, header.Get("Return-Path"))
		}
	}
}

// Mail of ours that comes back to us as it left, by a rule of somebody's mailbox,
// asks for nothing: no loop can begin.
func TestOurOwnMailAsksForNothing(t *testing.T) {
	t.Parallel()
	for name, h := range samples(t) {
		in := read(t, string(compose(t, h).Data))
		if in.Kind != notify.InboundAutomatic && in.Kind != notify.InboundDropped {
			t.Errorf("%s counts as %s (%s)", name, in.Kind, in.Reason)
		}
	}
}

// A report that sends nothing back is about the mail to whose own address it came.
func TestBounceKnownByItsAddress(t *testing.T) {
	t.Parallel()
	const said = "<pat@example.net>:\r\n550 5.1.1 no such user"
	for _, c := range []struct{ name, field, body, about string }{
		{"to the address of one mail", "To: b+" + patNotice + "@care.example", said, patNotice},
		{"nameless, but to the address of one mail", "To: b+" + patNotice + "@care.example", "550 5.1.1 no such user", patNotice},
		{"to an address that is no notice's", "To: b+x@care.example", said, ""},
		{"another mail sent back", "To: b+" + patNotice + "@care.example",
			said + "\r\n\r\nMessage-ID: <n.1" + patNotice[1:] + "@care.example>", "1" + patNotice[1:]},
	} {
		in := read(t, "Return-Path: <>\r\n"+typed(c.field, c.body))
		if in.Kind != notify.InboundBounce || string(in.About.Notice) != c.about {
			t.Errorf("%s: %s about %q, want %q", c.name, in.Kind, in.About.Notice, c.about)
		}
	}
}
