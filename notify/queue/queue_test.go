package queue_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"

	"almanac/notify/notifytest"
	"almanac/notify/queue"
	"almanac/scheduler"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

var stamp = time.Date(2026, 11, 22, 15, 4, 5, 0, time.UTC)

func id(n int) scheduler.ID { return scheduler.DeriveID("clinic", "notice", fmt.Sprint(n)) }

// tickets makes tickets by number; number n is due n minutes after the stamp.
func tickets(numbers ...int) []reads.Ticket {
	var made []reads.Ticket
	for _, n := range numbers {
		made = append(made, reads.Ticket{ID: id(n), Deadline: stamp.Add(time.Duration(n) * time.Minute)})
	}
	return made
}

func ids(numbers ...int) []scheduler.ID {
	var made []scheduler.ID
	for _, n := range numbers {
		made = append(made, id(n))
	}
	return made
}

// opened is a queue under test. blocked waits until n calls of Pop wait for ids.
type opened struct {
	queue.Queue
	blocked func(n int)
}

var contract = map[string]func(t *testing.T, q opened){
	"most urgent first":    mostUrgentFirst,
	"repeated push":        repeatedPush,
	"waits for the first":  waitsForTheFirst,
	"gives up in time":     givesUpInTime,
	"ends with context":    endsWithContext,
	"each id to one alone": eachIDToOneAlone,
	"depth":                depth,
}

func TestLocal(t *testing.T) {
	t.Parallel()
	for name, test := range contract {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				q := queue.NewLocal()
				defer func() { _ = q.Close() }()
				test(t, opened{q, func(int) { synctest.Wait() }})
			})
		})
	}
}

func TestRedis(t *testing.T) {
	t.Parallel()
	for name, test := range contract {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := notifytest.Redis(t)
			test(t, opened{open(t, server), func(n int) { waitForBlocked(t, server, n) }})
		})
	}
}

func open(t testing.TB, server *notifytest.RedisServer) *queue.Redis {
	t.Helper()
	q, err := queue.NewRedis(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = q.Close() })
	return q
}

// client connects to Redis beside the queue.
func client(t testing.TB, server *notifytest.RedisServer) *redis.Client {
	t.Helper()
	options, err := redis.ParseURL(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	c := redis.NewClient(options)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// waitForBlocked asks Redis until n of its clients wait in a blocking command.
func waitForBlocked(t testing.TB, server *notifytest.RedisServer, n int) {
	t.Helper()
	for c := client(t, server); ; {
		info, err := c.Info(t.Context(), "clients").Result()
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(info, fmt.Sprintf("blocked_clients:%d\r\n", n)) {
			return
		}
	}
}

func push(t testing.TB, q queue.Queue, tickets []reads.Ticket) {
	t.Helper()
	if err := q.Push(t.Context(), tickets); err != nil {
		t.Fatal(err)
	}
}

func pop(t testing.TB, q queue.Queue, limit int) []scheduler.ID {
	t.Helper()
	popped, err := q.Pop(t.Context(), limit)
	if err != nil {
		t.Fatal(err)
	}
	return popped
}

func mostUrgentFirst(t *testing.T, q opened) {
	push(t, q, nil)
	push(t, q, tickets(5, 3, 9))
	push(t, q, tickets(1, 7))
	if got := pop(t, q, 1); !slices.Equal(got, ids(1)) {
		t.Errorf("first came %v", got)
	}
	if got := pop(t, q, 3); !slices.Equal(got, ids(3, 5, 7)) {
		t.Errorf("then came %v", got)
	}
	if got := pop(t, q, 50); !slices.Equal(got, ids(9)) {
		t.Errorf("last came %v", got)
	}
}

func repeatedPush(t *testing.T, q opened) {
	push(t, q, tickets(1, 2))
	push(t, q, tickets(2, 1, 2))
	if got := pop(t, q, 50); !slices.Equal(got, ids(1, 2)) {
		t.Errorf("after repeated pushes came %v", got)
	}
	push(t, q, tickets(2)) // popped: it may come again
	if got := pop(t, q, 50); !slices.Equal(got, ids(2)) {
		t.Errorf("a popped id pushed again gave %v", got)
	}
}

func waitsForTheFirst(t *testing.T, q opened) {
	got := make(chan []scheduler.ID)
	go func() {
		for {
			if popped, err := q.Pop(t.Context(), 50); err != nil || len(popped) > 0 {
				got <- popped
				return
			}
		}
	}()
	q.blocked(1)
	push(t, q, tickets(4))
	if popped := <-got; !slices.Equal(popped, ids(4)) {
		t.Errorf("it waited for %v", popped)
	}
}

func givesUpInTime(t *testing.T, q opened) {
	start := time.Now()
	if got := pop(t, q, 50); len(got) != 0 {
		t.Errorf("an empty queue gave %v", got)
	}
	if waited := time.Since(start); waited < queue.PopWait/2 || waited > 3*queue.PopWait {
		t.Errorf("it waited %s", waited)
	}
}

func endsWithContext(t *testing.T, q opened) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	start := time.Now()
	go func() {
		_, err := q.Pop(ctx, 50)
		done <- err
	}()
	q.blocked(1)
	cancel()
	if err := <-done; err != nil {
		t.Errorf("an ended context gives %s", err)
	}
	if waited := time.Since(start); waited > queue.PopWait*3/4 { // without the context, PopWait
		t.Errorf("it ended after %s", waited)
	}
	push(t, q, tickets(4))
	got := pop(t, q, 50)
	if len(got) == 0 {
		got = pop(t, q, 50)
	}
	if !slices.Equal(got, ids(4)) {
		t.Errorf("the ended Pop took %v and left %v", ids(4), got)
	}
}

func eachIDToOneAlone(t *testing.T, q opened) {
	const all, workers = 500, 8
	numbers := make([]int, all)
	for i := range numbers {
		numbers[i] = i
	}
	push(t, q, tickets(numbers...))
	got := make(chan []scheduler.ID)
	for range workers {
		go func() {
			var mine []scheduler.ID
			for {
				popped, err := q.Pop(t.Context(), 7)
				if err != nil || len(popped) == 0 {
					got <- mine
					return
				}
				mine = append(mine, popped...)
			}
		}()
	}
	times := map[scheduler.ID]int{}
	for range workers {
		for _, id := range <-got {
			times[id]++
		}
	}
	for _, n := range numbers {
		if times[id(n)] != 1 {
			t.Fatalf("notice %d came %d times", n, times[id(n)])
		}
	}
}

func depth(t *testing.T, q opened) {
	want := func(want int) {
		t.Helper()
		if n, err := q.Depth(t.Context()); n != want || err != nil {
			t.Errorf("%d, %v, want %d", n, err, want)
		}
	}
	want(0)
	push(t, q, tickets(1, 2, 1))
	want(2)
	pop(t, q, 1)
	want(1)
}

func TestRedisDownAndUp(t *testing.T) {
	t.Parallel()
	server := notifytest.Redis(t)
	q := open(t, server)
	push(t, q, tickets(1))
	server.Stop()
	_, popErr := q.Pop(t.Context(), 1)
	_, depthErr := q.Depth(t.Context())
	for name, err := range map[string]error{
		"push": q.Push(t.Context(), tickets(2)), "empty push": q.Push(t.Context(), nil), "pop": popErr,
		"depth": depthErr,
	} {
		if !fault.Is(err, fault.Unavailable) {
			t.Errorf("while Redis is down, %s gives %v", name, err)
		}
	}
	server.Start()
	push(t, q, tickets(3))
	if got := pop(t, q, 5); !slices.Equal(got, ids(3)) {
		t.Errorf("after a new start came %v", got)
	}
}

// Redis holds ids and deadlines, and nothing else.
func TestRedisHoldsIDsOnly(t *testing.T) {
	t.Parallel()
	server := notifytest.Redis(t)
	push(t, open(t, server), tickets(1, 2))
	c := client(t, server)
	keys, err := c.Keys(t.Context(), "*").Result()
	if err != nil || !slices.Equal(keys, []string{queue.Key}) {
		t.Errorf("Redis has the keys %v (%v)", keys, err)
	}
	members, err := c.ZRangeWithScores(t.Context(), queue.Key, 0, -1).Result()
	if err != nil || len(members) != 2 || members[0].Member != string(id(1)) ||
		members[0].Score != float64(stamp.Add(time.Minute).UnixMilli()) {
		t.Errorf("the set holds %v (%v)", members, err)
	}
}

func TestRedisAddresses(t *testing.T) {
	t.Parallel()
	for _, good := range []string{
		"redis://127.0.0.1:6379", "redis://user:secret@127.0.0.1:6379/2", "rediss://redis.example:6380",
		"unix:///run/redis.sock?db=1", "redis://127.0.0.1:7000?addr=127.0.0.1:7001&addr=127.0.0.1:7002",
		"redis://127.0.0.1:26379?master_name=main&addr=127.0.0.1:26380",
	} {
		q, err := queue.NewRedis(good)
		if err != nil {
			t.Errorf("%s: %s", good, err)
			continue
		}
		_ = q.Close()
	}
	for _, bad := range []string{
		"", "127.0.0.1:6379", "http://127.0.0.1", "redis://u:secret@h:port", "redis://secret@h/db/1",
		"redis://h?secret=1", "unix://", "\x7f",
	} {
		_, err := queue.NewRedis(bad)
		var f *fault.Error
		if !errors.As(err, &f) || f.Kind != fault.Invalid || f.Field != "redis-url" ||
			strings.Contains(f.Error(), "secret") {
			t.Errorf("%q gives %v", bad, err)
		}
	}
}
