package notify_test

import (
	"bytes"
	"net/mail"
	"testing"

	"almanac/notify"
	"almanac/notify/inbound"
	"almanac/protocols/civil"
)

// Every message has its own envelope sender, except on localhost or when configured
// otherwise. The header is the same in all cases.
func TestEnvelopeSender(t *testing.T) {
	t.Parallel()
	zones, err := civil.BuiltinZones()
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
			From: mail.Address{Address: c.from}, Envelopes: c.envelopes,
			PublicURL: func() string { return "https://care.example" }, Zones: zones,
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
		if from, err := mail.ParseAddress(header.Get("From")); err != nil || from.Address != c.from ||
			header.Get("Return-Path") != "" {
			t.Errorf("the header says from %v, return path %q", from, header.Get("Return-Path"))
		}
	}
}

// A mail of ours that a mailbox rule forwards back to us asks for nothing, so that no
// loop begins.
func TestOurOwnMailAsksForNothing(t *testing.T) {
	t.Parallel()
	for name, h := range samples(t) {
		in, err := inbound.Read(bytes.NewReader(compose(t, h).Data), inbound.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if in.Kind != inbound.KindAutomatic && in.Kind != inbound.KindDropped {
			t.Errorf("%s counts as %s (%s)", name, in.Kind, in.Reason)
		}
	}
}
