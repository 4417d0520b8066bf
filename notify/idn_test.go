package notify_test

import (
	"context"
	"strings"
	"testing"
	"time"
	"unicode"

	"almanac/notify"
	"almanac/notify/notifytest"
	"almanac/notify/queue"
	"almanac/scheduler"
	"almanac/scheduler/calendar"
	"almanac/scheduler/store/storetest"
)

// Mail to an internationalized domain works with a relay that does not support
// SMTPUTF8: envelope, header and ATTENDEE have A-labels (RFC 5890 §2.3.2.1).
func TestMailToADomainOfOtherLetters(t *testing.T) {
	t.Parallel()
	h, sink := storetest.NewHouse(t, storetest.SQLite(t)), notifytest.SMTP(t)
	h.Set(time.Date(2026, 1, 2, 15, 0, 0, 0, time.UTC))
	queue, monitor := queue.NewLocal(), notify.NewMonitor(h.Now, quiet())
	worker := notify.NewWorker(notify.WorkerOptions{
		Outbox: h.DB, Queue: queue, Mail: channelTo(t, sink), Composer: newComposer(t),
		Monitor: monitor, Log: quiet(), Now: h.Now, Steady: h.Now,
	})
	dispatcher := notify.NewDispatcher(h.DB, queue, monitor, quiet())
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan error, 1)
	go func() { gone <- worker.Run(ctx) }()
	for i, typed := range []string{"pat@exämple.de", "sam@例え.jp"} {
		_, err := h.Desk.Enroll(t.Context(), h.Request(),
			scheduler.EnrollRequest{Cohort: h.OpenCohort(t, 16+2*i, 12), Contact: scheduler.Contact{
				Name: "Pat " + typed[:3], Email: typed,
				Consents: []scheduler.Consent{{Channel: scheduler.Email, TextVersion: "1", GivenAt: h.Now()}},
			}})
		if err != nil {
			t.Fatal(err)
		}
	}
	box := &mailbox{t: t, h: h, sink: sink, dispatcher: dispatcher}
	box.until(6) // a welcome, and invites on 6 and 13 January, for each
	cancel()
	if err := <-gone; err != nil {
		t.Error(err)
	}
	attendees := map[string]int{}
	for _, m := range sink.Messages() {
		header, parts := leaves(t, m.Data)
		head, _, _ := strings.Cut(string(m.Data), "\r\n\r\n")
		to := m.To[0]
		if to != "pat@xn--exmple-cua.de" && to != "sam@xn--r8jz45g.jp" || !strings.Contains(header.Get("To"), to) {
			t.Errorf("a mail goes to %q, says %q", m.To, header.Get("To"))
		}
		if strings.ContainsFunc(head, func(r rune) bool { return r > unicode.MaxASCII }) {
			t.Errorf("the header has letters beyond ASCII:\n%s", head)
		}
		if len(parts) != 4 {
			continue
		}
		object, err := calendar.Read([]byte(parts[2].body))
		if err != nil {
			t.Fatal(err)
		}
		attendee, _ := object.Components[0].First("ATTENDEE")
		if attendees[attendee.Value]++; attendee.Value != "mailto:"+to {
			t.Errorf("the invite to %s is for %s", to, attendee.Value)
		}
	}
	if len(attendees) != 2 {
		t.Errorf("invited are %v", attendees)
	}
}
