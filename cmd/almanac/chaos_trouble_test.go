//go:build crashpoints

package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"

	"almanac/notify/notifytest"
	"almanac/notify/queue"
)

// longest is how long a trouble waits at most for somebody to run into it. Where little happens nobody may.
const longest = 5 * time.Second

// makeTrouble has the troubles of the plan happen in turn, one at a time. Between two of them mail is delivered
// again, so that each meets a system that works.
func (r *rehearsal) makeTrouble() {
	for i := 0; !r.over() && len(r.plan.troubles) > 0; i++ {
		r.delivered(3)
		name := r.plan.troubles[i%len(r.plan.troubles)]
		if !r.over() && r.trouble(name) {
			r.mu.Lock()
			r.happened[name]++
			r.mu.Unlock()
		}
	}
}

// atMost gives a context for waiting.
func (r *rehearsal) atMost(d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(r.running, d)
}

// delivered waits until n more messages have arrived.
func (r *rehearsal) delivered(n int) {
	ctx, cancel := r.atMost(longest)
	defer cancel()
	_, _ = r.sink.WaitFor(ctx, len(r.sink.Messages())+n)
}

// calm ends whatever is still going on.
func (r *rehearsal) calm() {
	r.sink.Behave()
	r.sink.Up()
	r.toMail.pass()
	if r.toRedis != nil {
		r.toRedis.pass()
	}
}

// trouble makes one trouble happen and end, and tells whether it did.
func (r *rehearsal) trouble(name string) bool {
	subject, what, _ := strings.Cut(name, " ")
	switch subject {
	case "mail":
		r.mailTrouble(what)
	case "redis":
		r.redisTrouble(what)
	case "pause":
		return r.pause()
	case "postgres":
		r.during("database gone", func() { r.server.Stop(); r.server.Start() })
	case "disk":
		r.during("database gone", r.fillDisk)
	}
	return true
}

// during notes that something else is at fault while do runs, and for a lease after it.
func (r *rehearsal) during(kind string, do func()) {
	began := r.clock.now()
	r.mu.Lock()
	at := len(r.troubles)
	r.troubles = append(r.troubles, trouble{kind, began, began.Add(24 * time.Hour)})
	r.mu.Unlock()
	do()
	r.mu.Lock()
	r.troubles[at].over = r.clock.now().Add(leaseTime)
	r.mu.Unlock()
}

// troubled tells whether something else is at fault now.
func (r *rehearsal) troubled() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.clock.now()
	for _, t := range r.troubles {
		if t.kind == "database gone" && now.After(t.began) && now.Before(t.over.Add(leaseTime)) {
			return true
		}
	}
	return false
}

// mailTrouble has the mail server or the way to it misbehave until n conversations met that, most often three.
func (r *rehearsal) mailTrouble(what string) {
	switch what {
	case "dropped":
		r.during("answers lost", func() { r.misbehave(3, notifytest.Trouble{At: notifytest.AtData, Drop: true}) })
	case "answer lost":
		r.during("answers lost",
			func() { r.misbehave(3, notifytest.Trouble{At: notifytest.AtReply, Drop: true, Times: 3}) })
	case "hangs after the dot":
		r.during("answers lost", func() {
			r.sink.Behave(notifytest.Trouble{At: notifytest.AtReply, Hang: true})
			r.simulated(40 * time.Second) // longer than an attempt may take
			r.sink.Behave()
		})
	case "450":
		r.misbehave(3, notifytest.Trouble{At: notifytest.AtRcpt, Code: 450})
	case "550":
		r.misbehave(1, notifytest.Trouble{At: notifytest.AtRcpt, Code: 550, Times: 1})
	case "down":
		r.during("answers lost", func() {
			r.toMail.forget()
			r.sink.Down()
			r.meets(r.toMail, 3)
			r.sink.Up()
		})
	case "slow":
		r.toMail.slow(20 * time.Millisecond)
		r.meets(r.toMail, 20)
		r.toMail.pass()
	case "half-open":
		r.during("answers lost", func() {
			r.toMail.hush()
			r.meets(r.toMail, 3)
			r.toMail.pass()
			r.toMail.cut()
		})
	}
}

// misbehave has the mail server do so until n conversations met it.
func (r *rehearsal) misbehave(n int, t notifytest.Trouble) {
	ctx, cancel := r.atMost(longest)
	defer cancel()
	r.sink.Behave(t)
	_ = r.sink.WaitForTroubles(ctx, n)
	r.sink.Behave()
}

// meets waits until n packets or connections were in trouble on their way through a proxy.
func (r *rehearsal) meets(p *proxy, n int) {
	ctx, cancel := r.atMost(longest)
	defer cancel()
	p.waitFor(ctx, n)
}

// simulated waits until so much time has passed on the clock of the rehearsal.
func (r *rehearsal) simulated(d time.Duration) { r.rest(d / time.Duration(r.plan.scale)) }

func (r *rehearsal) redisTrouble(what string) {
	switch what {
	case "flushed":
		r.redis.FlushAll()
	case "killed":
		r.toRedis.forget()
		r.redis.Stop()
		r.meets(r.toRedis, 3)
		r.redis.Start()
	case "an old dump":
		r.oldDump()
	case "slow":
		r.toRedis.slow(100 * time.Millisecond)
		r.meets(r.toRedis, 10)
		r.toRedis.pass()
	case "half-open":
		r.toRedis.hush()
		r.meets(r.toRedis, 5)
		r.simulated(20 * time.Second) // longer than a worker waits for the queue
		r.toRedis.pass()
		r.toRedis.cut()
	}
}

// oldDump brings the queue back to what it was a while ago, as a replica that
// lagged or a restored file does.
func (r *rehearsal) oldDump() {
	ctx, cancel := context.WithTimeout(r.t.Context(), 10*time.Second)
	defer cancel()
	client := redis.NewClient(&redis.Options{Network: "unix", Addr: strings.TrimPrefix(r.redis.URL(), "unix://")})
	defer func() { _ = client.Close() }()
	rows, err := r.sql.QueryContext(ctx, "SELECT id FROM notices ORDER BY random() LIMIT 200")
	if err != nil {
		return
	}
	defer func() { _ = rows.Close() }()
	old := []redis.Z{{Score: 1, Member: "no such notice"}}
	for rows.Next() { // what was queued once, most of it done long ago
		var id string
		if rows.Scan(&id) == nil {
			old = append(old, redis.Z{Score: 2, Member: id})
		}
	}
	if err := client.Del(ctx, queue.Key).Err(); err != nil {
		r.t.Error(err)
	}
	if err := client.ZAdd(ctx, queue.Key, old...).Err(); err != nil {
		r.t.Error(err)
	}
}

// pause stops a node for longer than a lease, and lets it go on.
func (r *rehearsal) pause() bool {
	r.mu.Lock()
	var one *child
	for c := range r.serving {
		one = c
	}
	delete(r.serving, one)
	r.mu.Unlock()
	if one == nil {
		return false
	}
	r.during("paused", func() {
		_ = one.cmd.Process.Signal(syscall.SIGSTOP)
		r.simulated(60 * time.Second)
		_ = one.cmd.Process.Signal(syscall.SIGCONT)
	})
	return true
}

// fillDisk leaves no room where the data lies until the database has refused a write for it.
func (r *rehearsal) fillDisk() {
	path := filepath.Join(r.folder, "ballast")
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		r.t.Error(err)
		return
	}
	for size := 1 << 20; size >= 512; {
		if _, err := file.Write(make([]byte, size)); err != nil {
			size /= 2
		}
	}
	_ = file.Close()
	ctx, cancel := r.atMost(longest)
	defer cancel()
	for ctx.Err() == nil {
		if err := noteClock(ctx, r.sql, ""); err != nil && strings.Contains(err.Error(), "full") {
			break
		}
	}
	if err := os.Remove(path); err != nil {
		r.t.Error(err)
	}
}
