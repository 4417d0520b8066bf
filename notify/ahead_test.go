package notify_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"almanac/notify"
	"almanac/scheduler"
	"almanac/scheduler/reads"
)

// remind puts reminders in that are due at an instant.
func (p *post) remind(from, to int, due time.Time) {
	p.t.Helper()
	for n := from; n < to; n++ {
		h := sample(p.t, scheduler.Reminder)
		h.Notice = noticeID(n)
		p.outbox.AddFor(h, due, due.Add(time.Hour))
	}
}

// A crowd's reminders have passed the gate and are written before their time; they
// leave at it and are dated so.
func TestRemindersLieReady(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const crowd = 15
		dates := make(chan string, crowd)
		p := newPost(t, notify.NewLocalQueue(), channelFunc(func(_ context.Context, m notify.Message) notify.Delivery {
			header, _ := leaves(t, m.Data)
			dates <- header.Get("Date")
			return notify.Delivery{Outcome: reads.Sent}
		}))
		due := p.now().Add(2 * time.Second)
		p.remind(0, crowd, due)
		stop := p.start()
		p.dispatch()
		time.Sleep(2*time.Second - time.Nanosecond)
		if n := len(dates); n != 0 {
			t.Errorf("%d left before their time", n)
		}
		for _, r := range p.results(crowd) {
			if r.Outcome != reads.Sent || !r.At.Equal(due) || !r.Handover.GatedAt.Before(due) {
				t.Errorf("due at %s, gated at %s, %s at %s", due, r.Handover.GatedAt, r.Outcome, r.At)
			}
		}
		for range crowd {
			if got, want := <-dates, due.Format(time.RFC1123Z); got != want {
				t.Errorf("dated %s, want %s", got, want)
			}
		}
		stop()
	})
}

// Where the clock is put back while a reminder lies ready, the gate's word grows
// old: it is given back and leaves at its time.
func TestRemindersDoNotLieReadyForEver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPost(t, notify.NewLocalQueue(), channelFunc(sent))
		due := p.now().Add(2 * time.Second)
		p.remind(0, 1, due)
		stop := p.start()
		p.dispatch()
		synctest.Wait()
		p.putAhead(-time.Minute)
		began := time.Now()
		if r := p.results(1)[0]; r.Outcome != reads.Abandoned || time.Since(began) > notify.FreshFor+time.Second {
			t.Errorf("%s after %s", r.Outcome, time.Since(began))
		}
		p.putAhead(2 * time.Minute)
		p.dispatch()
		if r := p.results(2)[1]; r.Outcome != reads.Sent || r.At.Before(due) {
			t.Errorf("in the end %s at %s", r.Outcome, r.At)
		}
		stop()
	})
}

// What lies ready does not count as slow: the window stays as wide as the
// connections bring.
func TestLyingReadyIsNotSlow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const crowd = 1000 // more than a second's work
		p := newPost(t, notify.NewLocalQueue(), channelFunc(func(context.Context, notify.Message) notify.Delivery {
			time.Sleep(5 * time.Millisecond)
			return notify.Delivery{Outcome: reads.Sent}
		}))
		p.places, p.perDomain = 4, -1
		stop := p.start()
		p.add(0, 40)
		p.dispatch()
		p.results(40) // now the worker knows the mail server
		for minute := range 3 {
			due := p.now().Add(2 * time.Second)
			p.remind(40+minute*crowd, 40+(minute+1)*crowd, due)
			p.dispatch()
			results := p.results(40 + (minute+1)*crowd)
			for _, r := range results[40+minute*crowd:] {
				if !r.Handover.GatedAt.Before(due) {
					t.Fatalf("in minute %d one passed the gate %s after its time", minute, r.Handover.GatedAt.Sub(due))
				}
			}
		}
		stop()
	})
}
