package notify_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"almanac/notify"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// after gives a channel that takes as long for its n-th message as lasts says,
// counted from zero.
func after(lasts func(n int64) time.Duration) notify.Channel {
	var calls atomic.Int64
	return channelFunc(func(ctx context.Context, m notify.Message) notify.Delivery {
		time.Sleep(lasts(calls.Add(1) - 1))
		return sent(ctx, m)
	})
}

// In a rush outcomes go into the journal and are carried once it is calm: every
// connection would wait for that.
func TestNotesAreCarriedWhenItIsCalm(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPost(t, notify.NewLocalQueue(), after(func(int64) time.Duration { return 10 * time.Millisecond }))
		p.places, p.perDomain = 4, -1
		p.add(0, 40)
		p.dispatch()
		stop := p.start()
		p.results(40)
		if n := p.outbox.Noted(); n != 40 {
			t.Errorf("%d of 40 notes are left at the end of the rush", n)
		}
		time.Sleep(30 * time.Millisecond)
		synctest.Wait()
		if n := p.outbox.Noted(); n != 0 {
			t.Errorf("%d notes are left 30 ms later", n)
		}
		p.add(40, 41) // a single outcome needs no note
		p.dispatch()
		p.results(41)
		if n := p.outbox.Noted(); n != 0 {
			t.Errorf("%d notes of one outcome", n)
		}
		stop()
	})
}

// A worker that ends leaves no notes behind.
func TestNotesAreCarriedAtTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPost(t, notify.NewLocalQueue(), after(func(int64) time.Duration { return 10 * time.Millisecond }))
		p.places, p.perDomain = 4, -1
		p.add(0, 40)
		p.dispatch()
		stop := p.start()
		p.results(40)
		stop()
		if n := p.outbox.Noted(); n != 0 {
			t.Errorf("%d notes are left behind", n)
		}
	})
}

// What a worker that died left in the journal is carried by the next worker at
// once, and by dispatch when it has grown old.
func TestNotesOfADeadWorkerAreCarried(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPost(t, notify.NewLocalQueue(), channelFunc(sent))
		actor := access.System("worker")
		note := func(from, to int) {
			t.Helper()
			var results []reads.Result
			for n := from; n < to; n++ {
				handovers, err := p.outbox.Gate(t.Context(), actor, []scheduler.ID{noticeID(n)})
				if err != nil || len(handovers) != 1 {
					t.Fatal(handovers, err)
				}
				results = append(results, reads.Result{Handover: handovers[0], Outcome: reads.Sent, At: p.now()})
			}
			if err := p.outbox.Journal(t.Context(), actor, results); err != nil {
				t.Fatal(err)
			}
		}
		p.add(0, 20)
		note(0, 10)
		time.Sleep(5*time.Second - time.Millisecond)
		p.dispatch()
		if n := p.outbox.Noted(); n != 10 {
			t.Errorf("%d of 10 young notes are left to their worker", n)
		}
		time.Sleep(time.Millisecond)
		p.dispatch()
		if n := p.outbox.Noted(); n != 0 {
			t.Errorf("%d notes are left when they are five seconds old", n)
		}
		note(10, 20)
		stop := p.start()
		time.Sleep(100 * time.Millisecond)
		synctest.Wait()
		if n := p.outbox.Noted(); n != 0 {
			t.Errorf("%d notes are left by the next worker", n)
		}
		stop()
	})
}

// Outcomes of a rush are written down together: the first waits until half of the
// connections wait with it, but never for long.
func TestOutcomesGather(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPost(t, notify.NewLocalQueue(), after(func(n int64) time.Duration {
			if n == 20 {
				return time.Second
			}
			return 10*time.Millisecond + time.Duration(n)*50*time.Microsecond
		}))
		p.places, p.perDomain = 20, -1
		p.add(0, 21)
		p.dispatch()
		stop := p.start()
		p.results(20)
		if together := p.outbox.Records(); !slices.Equal(together, []int{10, 10}) {
			t.Errorf("20 outcomes within a millisecond were written down as %v", together)
		}
		began := time.Now()
		p.results(21)
		if d := time.Since(began); d > 1010*time.Millisecond {
			t.Errorf("an outcome by itself is written down after %s", d)
		}
		stop()
	})
}
