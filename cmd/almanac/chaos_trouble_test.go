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

	"almanac/notify"
	"almanac/notify/notifytest"
)

// makeTrouble has the troubles of the plan happen in turn, one at a time.
func (r *rehearsal) makeTrouble() {
	for i := 0; !r.over.Load() && len(r.plan.troubles) > 0; i++ {
		time.Sleep(1500 * time.Millisecond)
		name := r.plan.troubles[i%len(r.plan.troubles)]
		if !r.over.Load() && r.trouble(name) {
			r.mu.Lock()
			r.happened[name]++
			r.mu.Unlock()
		}
	}
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

func (r *rehearsal) mailTrouble(what string) {
	const moment = 400 * time.Millisecond
	behave := func(t notifytest.Trouble) {
		r.sink.Behave(t)
		time.Sleep(moment)
		r.sink.Behave()
	}
	switch what {
	case "dropped":
		r.during("answers lost", func() { behave(notifytest.Trouble{At: notifytest.AtData, Drop: true}) })
	case "answer lost":
		r.during("answers lost", func() { behave(notifytest.Trouble{At: notifytest.AtReply, Drop: true, Times: 3}) })
	case "hangs after the dot":
		r.during("answers lost", func() {
			r.sink.Behave(notifytest.Trouble{At: notifytest.AtReply, Hang: true})
			time.Sleep(40 * time.Second / time.Duration(r.plan.scale))
			r.sink.Behave()
		})
	case "450":
		behave(notifytest.Trouble{At: notifytest.AtRcpt, Code: 450})
	case "550":
		behave(notifytest.Trouble{At: notifytest.AtRcpt, Code: 550, Times: 1})
	case "down":
		r.during("answers lost", func() { r.sink.Down(); time.Sleep(moment); r.sink.Up() })
	case "slow":
		r.toMail.slow(20 * time.Millisecond)
		time.Sleep(moment)
		r.toMail.pass()
	case "half-open":
		r.during("answers lost", func() {
			r.toMail.hush()
			time.Sleep(3 * moment)
			r.toMail.pass()
			r.toMail.cut()
		})
	}
}

func (r *rehearsal) redisTrouble(what string) {
	const moment = 500 * time.Millisecond
	switch what {
	case "flushed":
		r.redis.FlushAll()
	case "killed":
		r.redis.Stop()
		time.Sleep(moment)
		r.redis.Start()
	case "an old dump":
		r.oldDump()
	case "slow":
		r.toRedis.slow(100 * time.Millisecond)
		time.Sleep(moment)
		r.toRedis.pass()
	case "half-open":
		r.toRedis.hush()
		time.Sleep(4 * moment)
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
	if err := client.Del(ctx, notify.DueKey).Err(); err != nil {
		r.t.Error(err)
	}
	if err := client.ZAdd(ctx, notify.DueKey, old...).Err(); err != nil {
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
		time.Sleep(60 * time.Second / time.Duration(r.plan.scale))
		_ = one.cmd.Process.Signal(syscall.SIGCONT)
	})
	return true
}

// fillDisk leaves no room where the data lies, for a moment.
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
	time.Sleep(time.Second)
	if err := os.Remove(path); err != nil {
		r.t.Error(err)
	}
}
