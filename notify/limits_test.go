package notify_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"almanac/notify/queue"
	"almanac/notify/smtp"
	"almanac/scheduler"
	"almanac/scheduler/reads"
)

// slowMail is a channel that is slow for one domain and counts concurrent sends to
// each domain.
type slowMail struct {
	slow time.Duration // to slow.example

	mu   sync.Mutex
	now  map[string]int
	most map[string]int
	sent map[string][]time.Time
}

func (c *slowMail) send(_ context.Context, m smtp.Message) smtp.Delivery {
	_, domain, _ := strings.Cut(m.To, "@")
	domain = strings.ToLower(domain)
	c.mu.Lock()
	c.now[domain]++
	c.most[domain] = max(c.most[domain], c.now[domain])
	c.mu.Unlock()
	if domain == "slow.example" {
		time.Sleep(c.slow) // in a bubble: no real time
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now[domain]--
	c.sent[domain] = append(c.sent[domain], time.Now())
	return smtp.Delivery{Outcome: reads.Sent}
}

// addTo adds notices to one domain; lower numbers are more urgent.
func (p *pipeline) addTo(domain string, from, to int) {
	p.t.Helper()
	for n := from; n < to; n++ {
		h := sample(p.t, scheduler.Calendar)
		h.Notice, h.Address = noticeID(n), "pat@"+domain
		p.outbox.Add(h, stamp.Add(time.Duration(n)*time.Second))
	}
}

func TestDomainsDoNotCrowdEachOtherOut(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ limit, most int }{
		"five by default": {0, 5},
		"two":             {2, 2},
		"no limit":        {-1, 10},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				mail := &slowMail{slow: time.Second, now: map[string]int{}, most: map[string]int{},
					sent: map[string][]time.Time{}}
				p := newPipeline(t, queue.NewLocal(), channelFunc(mail.send))
				p.connections, p.perDomain = 10, c.limit
				p.addTo("slow.example", 0, 6)
				p.addTo("SLOW.example", 6, 12)
				p.addTo("quick.example", 20, 24)
				p.dispatch()
				began := time.Now()
				stop := p.start()
				p.waitForSent(16)
				stop()
				if mail.most["slow.example"] != c.most {
					t.Errorf("%d messages to one domain at once, want %d", mail.most["slow.example"], c.most)
				}
				for _, at := range mail.sent["quick.example"] {
					if c.limit >= 0 && at.Sub(began) >= mail.slow {
						t.Errorf("a message to another domain left after %s", at.Sub(began))
					}
				}
			})
		})
	}
}

// waitForSent dispatches every second until n messages are sent.
func (p *pipeline) waitForSent(n int) {
	p.t.Helper()
	for range 120 {
		sent := 0
		for _, r := range p.outbox.Results() {
			if r.Outcome == reads.Sent {
				sent++
			}
		}
		if sent == n {
			return
		}
		time.Sleep(time.Second) // in a bubble: no real time
		p.dispatch()
	}
	p.t.Fatal("not all messages were sent")
}

// A message that gets no place in its domain within FreshFor is abandoned and sent
// later.
func TestCrowdedDomainsWaitNoLongerThanTheGate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		mail := &slowMail{slow: 4 * time.Second, now: map[string]int{}, most: map[string]int{},
			sent: map[string][]time.Time{}}
		p := newPipeline(t, queue.NewLocal(), channelFunc(mail.send))
		p.connections, p.perDomain = 10, 1
		p.addTo("slow.example", 0, 6)
		p.dispatch()
		stop := p.start()
		p.waitForSent(6)
		stop()
		abandoned := 0
		for _, r := range p.outbox.Results() {
			if r.Outcome == reads.Abandoned {
				abandoned++
			}
		}
		if abandoned == 0 || len(mail.sent["slow.example"]) != 6 || mail.most["slow.example"] != 1 {
			t.Errorf("%d abandoned, %d sent, %d at once", abandoned, len(mail.sent["slow.example"]),
				mail.most["slow.example"])
		}
	})
}
