package notify_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"almanac/notify"
	"almanac/notify/notifytest"
	"almanac/notify/queue"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/calendar"
	"almanac/scheduler/desk"
	"almanac/scheduler/store/storetest"
)

// With a real database and a real mail server, people get a welcome and invites. A
// cancelled session sends one cancellation to each, and then nothing is left to send.
func TestFromTheDeskToTheMail(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func(testing.TB) string{"sqlite": storetest.SQLite,
		"postgres": storetest.Postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, sink := storetest.NewHouse(t, url(t)), notifytest.SMTP(t)
			h.Set(time.Date(2026, 1, 2, 15, 0, 0, 0, time.UTC))
			queue := queue.NewLocal()
			monitor := notify.NewMonitor(h.Now, quiet())
			worker := notify.NewWorker(notify.WorkerOptions{
				Outbox: h.DB, Queue: queue, Mail: channelTo(t, sink), Composer: newComposer(t),
				Monitor: monitor, Log: quiet(), Now: h.Now, Steady: time.Now,
			})
			dispatcher := notify.NewDispatcher(h.DB, queue, monitor, quiet())
			ctx, cancel := context.WithCancel(t.Context())
			gone := make(chan error, 1)
			go func() { gone <- worker.Run(ctx) }()

			cohort := h.OpenCohort(t, 18, 12)
			for _, person := range h.AddPeople(t, 3) {
				if _, err := h.Enroll(t.Context(), cohort, person); err != nil {
					t.Fatal(err)
				}
			}
			box := &mailbox{t: t, h: h, sink: sink, dispatcher: dispatcher}
			box.until(9) // a welcome, and invites on 6 and 13 January, for each of three
			box.want("welcome", 3, "REQUEST 0", 6)

			first := h.Roster(t, cohort, desk.Load{Cohorts: []scheduler.ID{cohort}}).Sessions[0].ID
			if err := h.Desk.Confirm(t.Context(), h.Request(),
				desk.Cancel(scheduler.CancelRequest{Session: first, Content: scheduler.Skip})); err != nil {
				t.Fatal(err)
			}
			box.until(12)
			box.want("welcome", 3, "REQUEST 0", 6, "CANCEL 1", 3)
			cancel()
			if err := <-gone; err != nil {
				t.Error(err)
			}
			for range 10 { // minutes later nothing is left to send
				h.Set(h.Now().Add(time.Minute))
				if sent, err := worker.Drain(t.Context()); err != nil || sent != 0 {
					t.Fatalf("%d more messages (%v)", sent, err)
				}
			}
		})
	}
}

// mailbox counts the mails that arrive from a house.
type mailbox struct {
	t          *testing.T
	h          *storetest.House
	sink       *notifytest.Sink
	dispatcher *notify.Dispatcher
}

// until runs the duties until n mails have arrived. It advances the clock by half a
// minute whenever no attempt is open.
func (s *mailbox) until(n int) {
	s.t.Helper()
	for range 600 {
		for _, duty := range []func(context.Context) error{s.dispatcher.Foresee, s.dispatcher.Dispatch} {
			if err := duty(s.t.Context()); err != nil {
				s.t.Fatal(err)
			}
		}
		ctx, cancel := context.WithTimeout(s.t.Context(), 100*time.Millisecond)
		messages, err := s.sink.WaitFor(ctx, n)
		cancel()
		if err == nil {
			if len(messages) != n {
				s.t.Fatalf("%d mails, want %d", len(messages), n)
			}
			return
		}
		if backlog, err := s.h.DB.Backlog(s.t.Context(), access.System("test")); err != nil {
			s.t.Fatal(err)
		} else if backlog.Open == 0 { // a lease of an open attempt must not expire
			s.h.Set(s.h.Now().Add(30 * time.Second))
		}
	}
	s.t.Fatalf("%d mails, want %d", len(s.sink.Messages()), n)
}

// want compares the number of mails of each kind; arguments are pairs of kind and
// number.
func (s *mailbox) want(kinds ...any) {
	s.t.Helper()
	want, got := map[string]int{}, map[string]int{}
	for i := 0; i < len(kinds); i += 2 {
		want[kinds[i].(string)] = kinds[i+1].(int)
	}
	for _, m := range s.sink.Messages() {
		got[kindOf(s.t, m.Data)]++
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		s.t.Errorf("mails are %v, want %v", got, want)
	}
}

// kindOf is the kind of a mail: welcome, reminder, or method and SEQUENCE.
func kindOf(t *testing.T, data []byte) string {
	header, parts := leaves(t, data)
	switch {
	case len(parts) == 4:
		object, err := calendar.Read([]byte(parts[2].body))
		if err != nil {
			t.Fatal(err)
		}
		method, _ := object.First("METHOD")
		sequence, _ := object.Components[0].First("SEQUENCE")
		return method.Value + " " + sequence.Value
	case strings.HasPrefix(header.Get("Message-ID"), "<t."):
		return "welcome"
	}
	return "reminder"
}
