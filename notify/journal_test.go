package notify_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"almanac/notify"
	"almanac/notify/notifytest"
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

// rush has forty messages leave over four connections, one batch right behind
// the other, and gives the moment in which all are written down.
func rush(t *testing.T) (p *post, stop func()) {
	t.Helper()
	p = newPost(t, notify.NewLocalQueue(), after(func(int64) time.Duration { return 10 * time.Millisecond }))
	p.places, p.perDomain = 4, -1
	p.add(0, 40)
	p.dispatch()
	stop = p.start()
	p.results(40)
	return p, stop
}

// noted counts the outcomes that were not written down by themselves.
func noted(p *post) (together int) {
	for _, n := range p.outbox.Records() {
		if n > 1 {
			together += n
		}
	}
	return together
}

// In a rush outcomes go into the journal and are carried once it is calm: every
// connection would wait for that. What comes meanwhile comes first.
func TestNotesAreCarriedWhenItIsCalm(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, stop := rush(t)
		if n := p.outbox.Noted(); n != noted(p) || n < 20 {
			t.Errorf("%d of %d notes are left at the end of the rush", n, noted(p))
		}
		time.Sleep(30 * time.Millisecond)
		synctest.Wait()
		if n := p.outbox.Noted(); n != 0 {
			t.Errorf("%d notes are left 30 ms later", n)
		}
		before := noted(p)
		p.add(40, 41) // a single outcome needs no note
		p.dispatch()
		p.results(41)
		if n := noted(p) - before; n != 0 {
			t.Errorf("%d notes of one outcome", n)
		}
		stop()
	})
}

// slowCarry is an outbox that takes a second for each part of the journal.
type slowCarry struct {
	*notifytest.Outbox
	parts atomic.Int32
}

func (s *slowCarry) Carry(ctx context.Context, a access.Actor, age time.Duration) (bool, error) {
	s.parts.Add(1)
	time.Sleep(time.Second)
	return s.Outbox.Carry(ctx, a, age)
}

// An outcome waits for one part of the journal at the most.
func TestOutcomesComeBeforeNotes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPost(t, notify.NewLocalQueue(), channelFunc(sent))
		outbox := &slowCarry{Outbox: p.outbox}
		p.through, p.perDomain = outbox, -1
		stop := p.start()
		p.add(0, 40)
		p.dispatch()
		p.results(40)
		time.Sleep(500 * time.Millisecond) // it carries the first note
		p.add(40, 41)
		p.dispatch()
		p.results(41)
		if n := outbox.parts.Load(); n != 1 {
			t.Errorf("an outcome waited for %d parts of the journal", n)
		}
		stop()
	})
}

// A worker that ends leaves no notes behind.
func TestNotesAreCarriedAtTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, stop := rush(t)
		stop()
		if n := p.outbox.Noted(); n != 0 {
			t.Errorf("%d notes are left behind", n)
		}
	})
}

// What a worker that died left in the journal is carried by the dispatcher when it
// has grown old.
func TestNotesOfADeadWorkerAreCarried(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPost(t, notify.NewLocalQueue(), channelFunc(sent))
		worker := access.System("worker")
		p.add(0, 10)
		var results []reads.Result
		for n := range 10 {
			handovers, err := p.outbox.Gate(t.Context(), worker, []scheduler.ID{noticeID(n)})
			if err != nil || len(handovers) != 1 {
				t.Fatal(handovers, err)
			}
			results = append(results, reads.Result{Handover: handovers[0], Outcome: reads.Sent, At: p.now()})
		}
		if err := p.outbox.Journal(t.Context(), worker, results); err != nil {
			t.Fatal(err)
		}
		for _, age := range []struct {
			of   time.Duration
			left int
		}{{2*time.Second - time.Millisecond, 10}, {time.Millisecond, 0}} {
			time.Sleep(age.of)
			if err := p.dispatcher.Carry(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n := p.outbox.Noted(); n != age.left {
				t.Errorf("%d notes are left, want %d", n, age.left)
			}
		}
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
