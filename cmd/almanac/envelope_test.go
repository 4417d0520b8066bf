package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"almanac/notify/inbound"
	"almanac/notify/notifytest"
)

// What comes back to the envelope sender of one message marks that message and
// no other, although the report names no message at all.
func TestWhatComesBackIsKnownByItsAddress(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	clock := &handClock{at: newStory().asked.Add(-time.Hour)}
	sink := notifytest.NewSMTP(t, notifytest.SinkOptions{Now: clock.now})
	w := newWorld(t, clock, sink, "sqlite", "file:"+filepath.Join(folder, "almanac.db")+"?_pragma=busy_timeout(5000)",
		"--data-dir", folder, "--smtp-url", sink.URL())
	w.open()
	messages := sink.Messages()
	if len(messages) < 3 {
		t.Fatalf("only %d messages left", len(messages))
	}
	seen := map[string]bool{}
	for _, m := range messages {
		if seen[m.From] || !strings.HasPrefix(m.From, "b+") {
			t.Errorf("a message left from %q", m.From)
		}
		seen[m.From] = true
	}
	back := messages[len(messages)-1]
	report := "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example.net\r\nTo: <" + back.From +
		">\r\nSubject: failure notice\r\n\r\n<" +
		back.To[0] + ">:\r\n550 5.1.1 no such user\r\n"
	in, err := inbound.Read(strings.NewReader(report), inbound.Options{})
	if err != nil {
		t.Fatal(err)
	}
	taken, err := w.takeInbound(t.Context(), "", in)
	notice, _, _ := strings.Cut(strings.TrimPrefix(back.From, "b+"), "@")
	if err != nil || string(taken.Notice) != notice || taken.Act != "mark" {
		t.Errorf("taken as %+v (%v), want about %s", taken, err, notice)
	}
	var marked string
	err = w.sql.QueryRowContext(t.Context(),
		"SELECT group_concat(id, ' ') FROM notices WHERE reason = 'sent back'").Scan(&marked)
	if err != nil || marked != notice {
		t.Errorf("marked are %q (%v), want %q", marked, err, notice)
	}
}
