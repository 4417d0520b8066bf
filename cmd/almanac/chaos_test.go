//go:build crashpoints

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"almanac/notify/notifytest"
	"almanac/scheduler/access"
	"almanac/scheduler/store/storetest"
)

// The places at which a node and a desk can be killed.
var (
	nodePoints = []string{"before-gate", "after-gate-commit", "before-connect", "after-mail", "after-data", "after-250",
		"in-record", "in-foresee"}
	deskPoints = []string{string(access.Enroll), string(access.SessionChange), string(access.Withdraw)}
)

// rehearsalPlan says what a rehearsal is made of.
type rehearsalPlan struct {
	database func(t testing.TB) (url string, server *storetest.Server)
	redis    bool
	folder   func(t testing.TB) string // of the data; nil: a temporary one
	nodes    int
	kills    int // over named points
	patience time.Duration
	scale    int64 // how much faster time passes
	sabotage string
	troubles []string // names of things that happen beside the kills
}

// rehearsal is a play with several processes that are killed all the time.
type rehearsal struct {
	*play
	plan    rehearsalPlan
	folder  string
	server  *storetest.Server       // nil on SQLite
	redis   *notifytest.RedisServer // nil without one
	toMail  *proxy
	toRedis *proxy // nil without Redis
	clock   fastClock
	running context.Context // ends when there were kills enough or time is up
	end     context.CancelFunc

	mu       sync.Mutex
	kills    map[string]int // by point; "random" for the others
	armed    map[string]int
	missed   map[string]int // how often nobody passed there
	serving  map[*child]bool
	troubles []trouble
	happened map[string]int
	strange  []string
}

// rehearse plays a clinic under fire and gives what the oracle says.
func rehearse(t *testing.T, plan rehearsalPlan) (*rehearsal, verdict) {
	t.Helper()
	r := &rehearsal{plan: plan, kills: map[string]int{}, armed: map[string]int{}, missed: map[string]int{},
		serving: map[*child]bool{}, happened: map[string]int{}}
	r.running, r.end = context.WithCancel(t.Context())
	r.folder = t.TempDir()
	if plan.folder != nil {
		r.folder = plan.folder(t)
	}
	options := []string{"--data-dir", r.folder, "--roles", "agenda,worker"}
	var address string
	address, r.server = plan.database(t)
	if address == "" {
		address = "sqlite:" + filepath.Join(r.folder, "almanac.db")
	}
	if plan.redis {
		r.redis = notifytest.Redis(t)
		r.toRedis = newProxy(t, "unix", strings.TrimPrefix(r.redis.URL(), "unix://"))
		options = append(options, "--redis-url", "redis://"+r.toRedis.address())
	}
	begins := time.Date(2026, 3, 6, 12, 0, 0, 0, time.UTC) // the clocks change two days later
	r.play = newPlay(t, address, begins.Add(-27*time.Hour), func(sink *notifytest.Sink) string {
		u, err := url.Parse(sink.URL())
		if err != nil {
			t.Fatal(err)
		}
		r.toMail = newProxy(t, "tcp", u.Host)
		u.Host = r.toMail.address()
		return u.String()
	}, options...)
	r.watch()
	r.populate(begins)
	r.clock = r.run(plan.scale)
	r.fire()
	r.settle()
	found := r.evidence(t.Context())
	found.troubles = r.troubles
	return r, found.judge()
}

// populate opens cohorts whose reminders become due one after another from an
// instant on, and tells everybody what there is to tell before it.
func (r *rehearsal) populate(begins time.Time) {
	r.t.Helper()
	window := r.plan.patience * time.Duration(r.plan.scale)
	cohorts, people := 12, 10
	if r.plan.kills > 100 {
		cohorts, people = 144, 10
	}
	for i := range cohorts {
		lead := 24 * time.Hour
		if i%2 == 0 {
			lead = 72 * time.Hour
		}
		r.open(begins.Add(lead+time.Duration(i)*window/time.Duration(cohorts)).Truncate(time.Minute), 60)
		r.enroll(r.cohorts[i], people)
	}
	r.pass(6, time.Minute)
	r.stand(begins.Add(-time.Minute))
	r.pass(2, 30*time.Second)
}

// fire runs nodes, a desk and troubles until there were kills enough or time is up.
func (r *rehearsal) fire() {
	var all sync.WaitGroup
	for slot := range r.plan.nodes {
		all.Go(func() { r.keepNode(slot) })
	}
	all.Go(r.keepDesk)
	all.Go(r.makeTrouble)
	limit := time.After(r.plan.patience)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for enough := false; !enough; {
		select {
		case <-limit:
			enough = true
		case <-tick.C:
			enough = r.killed() >= r.plan.kills
		}
	}
	r.end()
	all.Wait()
}

// over reports whether nothing new is to happen.
func (r *rehearsal) over() bool { return r.running.Err() != nil }

// rest waits for so long, or until all is over.
func (r *rehearsal) rest(d time.Duration) {
	select {
	case <-time.After(d):
	case <-r.running.Done():
	}
}

// killed counts the kills at named points.
func (r *rehearsal) killed() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for point, times := range r.kills {
		if point != "random" {
			n += times
		}
	}
	return n
}

// arm chooses the point that was tried least; with that many nodes at once, those
// that are hard to meet must not keep the others from their turn.
func (r *rehearsal) arm(points []string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	tried := func(point string) int { return r.kills[point] + r.missed[point] + 3*r.armed[point] }
	best := slices.MinFunc(points, func(a, b string) int { return tried(a) - tried(b) })
	r.armed[best]++
	return best
}

func (r *rehearsal) disarm(point string, killed bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.armed[point]--
	if killed {
		r.kills[point]++
	}
}

func (r *rehearsal) environment() []string { return []string{"ALMANAC_SABOTAGE=" + r.plan.sabotage} }

// keepNode has one node run at all times: the next comes when one was killed.
func (r *rehearsal) keepNode(slot int) {
	log := filepath.Join(r.t.TempDir(), fmt.Sprintf("node%d.log", slot))
	for life := 0; !r.over(); life++ {
		point := r.arm(nodePoints)
		passages, seconds := 1+(life*7+slot)%5, 6
		if point == "in-foresee" { // one node a minute gets there
			passages, seconds = 1, 20
		}
		c, err := startChild("serve", fmt.Sprintf("%s:%d", point, passages), r.clock, log,
			r.environment(), r.options...)
		if err != nil {
			r.t.Error(err)
			return
		}
		r.serve(c, true)
		ended := ""
		for range 10 * seconds { // then at random
			if ended = c.wait(100 * time.Millisecond); ended != "" || r.over() {
				break
			}
		}
		r.serve(c, false)
		switch {
		case ended == "" && r.over():
			_ = c.cmd.Process.Signal(syscall.SIGTERM)
			if ended = c.wait(45 * time.Second); ended == "" {
				r.wonder("a node did not stop", log)
				_ = c.cmd.Process.Kill()
				c.wait(time.Minute)
			}
			r.disarm(point, ended == "killed")
		case ended == "":
			_ = c.cmd.Process.Kill()
			c.wait(time.Minute)
			r.disarm(point, false)
			r.miss(point)
			r.count("random")
		case ended == "killed":
			r.disarm(point, true)
		default:
			r.disarm(point, false)
			if c.cmd.ProcessState.ExitCode() != exitFailed || !r.troubled() {
				r.wonder(fmt.Sprintf("a node ended with %d", c.cmd.ProcessState.ExitCode()), log)
			}
			r.rest(200 * time.Millisecond) // before the next one is started
		}
	}
}

func (r *rehearsal) serve(c *child, now bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now {
		r.serving[c] = true
	} else {
		delete(r.serving, c)
	}
}

func (r *rehearsal) count(point string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.kills[point]++
}

func (r *rehearsal) miss(point string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.missed[point]++
}

// wonder notes what should not happen, with the end of a log.
func (r *rehearsal) wonder(what, log string) {
	said, _ := os.ReadFile(log)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.strange = append(r.strange, what+": "+string(said[max(0, len(said)-2000):]))
}

// keepDesk asks a desk for random changes all the time.
func (r *rehearsal) keepDesk() {
	log := filepath.Join(r.t.TempDir(), "desk.log")
	for life := 0; !r.over(); life++ {
		point := r.arm(deskPoints)
		c, err := startChild("desk", fmt.Sprintf("%s:%d", point, 1+life%3), r.clock, log, r.environment(), r.options...)
		if err != nil {
			r.t.Error(err)
			return
		}
		r.askDesk(c)
		_ = c.in.Close()
		ended := c.wait(20 * time.Second)
		if ended == "" {
			r.wonder("a desk did not stop", log)
			_ = c.cmd.Process.Kill()
			c.wait(time.Minute)
		}
		r.disarm(point, ended == "killed")
	}
}

// askDesk asks for changes until the desk is gone or all is over.
func (r *rehearsal) askDesk(c *child) {
	if !c.out.Scan() {
		return
	}
	pace := time.NewTicker(time.Second / 8)
	defer pace.Stop()
	for !r.over() {
		<-pace.C
		draw := r.wish
		if r.plan.sabotage != "" {
			draw = r.takeBack // what a gate is there for
		}
		w, ok := draw()
		if !ok {
			continue
		}
		line, err := json.Marshal(w)
		if err != nil {
			r.t.Error(err)
			return
		}
		if _, err := c.in.Write(append(bytes.TrimSpace(line), '\n')); err != nil || !c.out.Scan() {
			return
		}
		r.mu.Lock()
		r.happened[w.Do+" "+strings.SplitN(c.out.Text(), ":", 2)[0]]++
		r.mu.Unlock()
	}
}

// settle lets the survivors finish in peace: nothing is killed any more and the
// clock is held by the test.
func (r *rehearsal) settle() {
	r.t.Helper()
	r.calm()
	r.stand(r.clock.now())
	r.pass(60, 30*time.Second)
}

// judged reports a rehearsal that must be clean.
func (r *rehearsal) judged(v verdict) {
	r.t.Helper()
	r.t.Logf("kills: %v", r.kills)
	r.t.Logf("beside them: %v", r.happened)
	for _, strange := range r.strange {
		r.t.Error(strange)
	}
	r.report(v)
}
