package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"almanac/notify/notifytest"
	"almanac/notify/queue"
	"almanac/scheduler"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/storetest"
)

// The same eight weeks with everything failing once: nothing is lost, nothing
// comes twice.
func TestEightWeeksOfTrouble(t *testing.T) {
	t.Parallel()
	server, redis := storetest.NewPostgres(t), notifytest.Redis(t)
	w := servicesWorld(t, server.Database(), redis)
	cohort := w.open()
	first := w.story.first
	w.losesQueue(redis, first[1].Add(-72*time.Hour))
	w.losesRedis(redis, first[1].Add(-24*time.Hour), first[2].Add(-72*time.Hour))
	silent := first[3].Add(-24 * time.Hour)
	w.losesMail(silent)
	w.losesDatabase(server, first[3].Add(7*24*time.Hour-72*time.Hour))
	w.until(w.story.cancelledAt)
	w.cancel(cohort)
	w.until(w.story.movedAt)
	w.move(cohort)
	w.until(w.story.end)
	w.report(w.story.owed(func(due time.Time) time.Duration {
		if due.Equal(silent) {
			return 75 * time.Minute // an hour without a mail server, and the longest pause between tries
		}
		return prompt(due)
	}), w.arrived())
	w.inspectTasks()
	w.inspectLog()
}

// losesQueue empties Redis at a moment when every notice that is due lies in it.
func (w *world) losesQueue(redis *notifytest.RedisServer, due time.Time) {
	w.t.Helper()
	w.until(due.Add(-time.Minute))
	w.stopWorker()
	w.awaitNoPop(redis)
	w.clock.set(due)
	w.runDuties()
	if n := queued(w.t, redis); n == 0 {
		w.t.Fatal("nothing lies in Redis, so that nothing can be lost")
	}
	redis.FlushAll()
	if n := queued(w.t, redis); n != 0 {
		w.t.Fatalf("%d notices lie in Redis although it was emptied", n)
	}
	w.startWorker()
	before := len(w.sink.Messages())
	w.clock.set(due.Add(21 * time.Second))
	w.tick()
	if after := len(w.sink.Messages()); after == before {
		w.t.Error("what lay in the emptied queue did not come back")
	}
}

// awaitNoPop waits until no fetch of a stopped worker is left in Redis. Such a
// fetch returns what it gets, and could do so after the queue was emptied.
func (w *world) awaitNoPop(server *notifytest.RedisServer) {
	w.t.Helper()
	client := redisClient(w.t, server)
	if !await(w.patient, func() bool {
		clients, err := client.Info(w.t.Context(), "clients").Result()
		return err == nil && strings.Contains(clients, "blocked_clients:0\r\n")
	}) {
		w.t.Fatal("a stopped worker still waits for the queue")
	}
}

func redisClient(t *testing.T, server *notifytest.RedisServer) *redis.Client {
	t.Helper()
	options, err := redis.ParseURL(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(options)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// queued counts what lies in Redis, and holds that it is ids and nothing else.
func queued(t *testing.T, server *notifytest.RedisServer) int {
	t.Helper()
	client := redisClient(t, server)
	members, err := client.ZRange(t.Context(), queue.Key, 0, -1).Result()
	if err != nil {
		t.Fatal(err)
	}
	keys, err := client.Keys(t.Context(), "*").Result()
	if err != nil || slices.ContainsFunc(keys, func(k string) bool { return k != queue.Key }) {
		t.Errorf("Redis holds %q (%v)", keys, err)
	}
	for _, member := range members {
		if !scheduler.IsDerivedID(member) {
			t.Errorf("Redis holds %q, which is no id", member)
		}
	}
	return len(members)
}

// losesRedis stops Redis before one moment at which notices are due and starts
// it before another.
func (w *world) losesRedis(redis *notifytest.RedisServer, without, again time.Time) {
	w.t.Helper()
	w.until(without.Add(-time.Minute))
	redis.Stop()
	patient := w.patient
	w.patient = 7 * time.Second // a worker without a queue asks the database every five
	before := len(w.sink.Messages())
	w.until(without.Add(2 * time.Minute))
	if after := len(w.sink.Messages()); after == before {
		w.t.Error("without Redis nothing was handed over")
	}
	w.isDegraded("queue")
	redis.Start()
	w.patient = patient
	w.until(again.Add(time.Minute))
	if !await(w.patient, func() bool { return w.stateOf("queue") == reads.OK }) {
		w.t.Error("the queue is not well again")
	}
}

// losesMail takes the mail server away for an hour in which messages are due.
func (w *world) losesMail(due time.Time) {
	w.t.Helper()
	w.until(due.Add(-time.Minute))
	w.sink.Down()
	before := len(w.sink.Messages())
	w.until(due.Add(time.Hour))
	w.isDegraded("mail")
	if after := len(w.sink.Messages()); after != before {
		w.t.Fatalf("%d messages arrived at a server that is down", after-before)
	}
	w.sink.Up()
	w.until(due.Add(75 * time.Minute))
	if after := len(w.sink.Messages()); after == before {
		w.t.Error("after an hour without a mail server nothing came")
	}
}

// losesDatabase ends the database, as a crash would, while messages are being
// handed over: the mail server has them and has not answered yet.
func (w *world) losesDatabase(server *storetest.Server, due time.Time) {
	w.t.Helper()
	w.until(due.Add(-time.Minute))
	before := len(w.sink.Messages())
	w.sink.Behave(notifytest.Trouble{At: notifytest.AtReply, Hang: true})
	w.clock.set(due)
	w.runDuties()
	ctx, cancel := context.WithTimeout(w.t.Context(), w.patient)
	defer cancel()
	if _, err := w.sink.WaitFor(ctx, before+5); err != nil { // as many as go to one domain at once
		w.t.Fatal(err)
	}
	server.Stop()
	w.sink.Behave()
	for _, duty := range w.duties() {
		if err := duty.Run(w.t.Context()); !fault.Is(err, fault.Unavailable) {
			w.t.Errorf("without a database the duty %s gives %v", duty.Name, err)
		}
	}
	if err := w.store.Ping(w.t.Context()); !fault.Is(err, fault.Unavailable) ||
		errors.Is(err, context.DeadlineExceeded) {
		w.t.Errorf("a database that is gone gives %v", err)
	}
	if part := w.databasePart(w.t.Context()); part.State != reads.Down {
		w.t.Errorf("the database is %s", part.State)
	}
	server.Start()
	// What was taken out of the queue and not handed over comes back when the
	// clock goes on; an attempt that was made is written down without that.
	if !await(time.Minute, func() bool {
		return !slices.ContainsFunc(w.planned(), func(n plannedNotice) bool { return n.leased.After(w.clock.now()) })
	}) {
		w.t.Errorf("what was handed over while the database was away is not written down at %s: %v",
			stampOf(w.clock.now()), w.planned())
	}
}

func (w *world) stateOf(name string) string {
	for _, part := range w.post.monitor.Status() {
		if part.Name == name {
			return part.State
		}
	}
	return ""
}

// isDegraded holds that a part in trouble shows, with a sentence, and that the
// log says so.
func (w *world) isDegraded(name string) {
	w.t.Helper()
	if state := w.stateOf(name); state != reads.Degraded {
		w.t.Errorf("the %s is %q while it is down", name, state)
	}
	saysSoon(w.t, w.log, `msg="part degraded" part=`+name)
}
