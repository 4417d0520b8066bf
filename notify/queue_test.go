package notify_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"almanac/notify"
	"almanac/notify/notifytest"
	"almanac/scheduler"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// tickets gives tickets by number, each due as many minutes after the stamp.
func tickets(numbers ...int) []reads.Ticket {
	var made []reads.Ticket
	for _, n := range numbers {
		made = append(made, reads.Ticket{ID: noticeID(n), Deadline: stamp.Add(time.Duration(n) * time.Minute)})
	}
	return made
}

func ids(numbers ...int) []scheduler.ID {
	var made []scheduler.ID
	for _, n := range numbers {
		made = append(made, noticeID(n))
	}
	return made
}

func TestQueueContract(t *testing.T) {
	t.Parallel()
	makers := map[string]func(t *testing.T) notify.Queue{
		"local": func(*testing.T) notify.Queue { return notify.NewLocalQueue() },
		"redis": func(t *testing.T) notify.Queue { return redisQueue(t, notifytest.Redis(t)) },
	}
	contract := map[string]func(t *testing.T, q notify.Queue){
		"most urgent first":    mostUrgentFirst,
		"repeated push":        repeatedPush,
		"waits for the first":  waitsForTheFirst,
		"gives up in time":     givesUpInTime,
		"ends with context":    endsWithContext,
		"each id to one alone": eachIDToOneAlone,
	}
	for kind, queue := range makers {
		for name, test := range contract {
			t.Run(kind+"/"+name, func(t *testing.T) {
				t.Parallel()
				q := queue(t)
				t.Cleanup(func() { _ = q.Close() })
				test(t, q)
			})
		}
	}
}

func redisQueue(t testing.TB, server *notifytest.RedisServer) *notify.RedisQueue {
	t.Helper()
	q, err := notify.NewRedisQueue(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func push(t testing.TB, q notify.Queue, tickets []reads.Ticket) {
	t.Helper()
	if err := q.Push(t.Context(), tickets); err != nil {
		t.Fatal(err)
	}
}

func pop(t testing.TB, q notify.Queue, limit int) []scheduler.ID {
	t.Helper()
	popped, err := q.Pop(t.Context(), limit)
	if err != nil {
		t.Fatal(err)
	}
	return popped
}

func mostUrgentFirst(t *testing.T, q notify.Queue) {
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

func repeatedPush(t *testing.T, q notify.Queue) {
	push(t, q, tickets(1, 2))
	push(t, q, tickets(2, 1, 2))
	if got := pop(t, q, 50); !slices.Equal(got, ids(1, 2)) {
		t.Errorf("after repeated pushes came %v", got)
	}
	push(t, q, tickets(2)) // popped: it may come again
	if got := pop(t, q, 50); !slices.Equal(got, ids(2)) {
		t.Errorf("a popped one pushed again gave %v", got)
	}
}

func waitsForTheFirst(t *testing.T, q notify.Queue) {
	got := make(chan []scheduler.ID)
	go func() {
		for {
			if popped, err := q.Pop(t.Context(), 50); err != nil || len(popped) > 0 {
				got <- popped
				return
			}
		}
	}()
	push(t, q, tickets(4))
	if popped := <-got; !slices.Equal(popped, ids(4)) {
		t.Errorf("it waited for %v", popped)
	}
}

func givesUpInTime(t *testing.T, q notify.Queue) {
	began := time.Now()
	if got := pop(t, q, 50); len(got) != 0 {
		t.Errorf("an empty queue gave %v", got)
	}
	if waited := time.Since(began); waited < notify.PopWait/2 || waited > 3*notify.PopWait {
		t.Errorf("it waited %s", waited)
	}
}

func endsWithContext(t *testing.T, q notify.Queue) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := q.Pop(ctx, 50)
		done <- err
	}()
	time.Sleep(notify.PopWait / 10) // it waits
	began := time.Now()
	cancel()
	if err := <-done; err != nil {
		t.Errorf("an ended context gives %s", err)
	}
	if waited := time.Since(began); waited > notify.PopWait*3/4 { // without that, nine tenths of PopWait
		t.Errorf("it ended after %s", waited)
	}
	push(t, q, []reads.Ticket{{ID: noticeID(4), Deadline: stamp}})
	got := pop(t, q, 50)
	if len(got) == 0 {
		got = pop(t, q, 50)
	}
	if !slices.Equal(got, ids(4)) {
		t.Errorf("whoever waits no more took %v away and left %v", ids(4), got)
	}
}

func eachIDToOneAlone(t *testing.T, q notify.Queue) {
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
		if times[noticeID(n)] != 1 {
			t.Fatalf("notice %d came %d times", n, times[noticeID(n)])
		}
	}
}

func TestRedisQueueDownAndUp(t *testing.T) {
	t.Parallel()
	server := notifytest.Redis(t)
	q := redisQueue(t, server)
	t.Cleanup(func() { _ = q.Close() })
	push(t, q, tickets(1))
	server.Stop()
	if err := q.Push(t.Context(), tickets(2)); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a push to nobody gives %v", err)
	}
	if err := q.Push(t.Context(), nil); !fault.Is(err, fault.Unavailable) {
		t.Errorf("asking nobody gives %v", err)
	}
	if _, err := q.Pop(t.Context(), 1); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a pop from nobody gives %v", err)
	}
	server.Start()
	push(t, q, tickets(3))
	if got := pop(t, q, 5); !slices.Equal(got, ids(3)) {
		t.Errorf("after a new start came %v", got)
	}
}

// Redis holds ids and deadlines, and nothing else at all.
func TestRedisHoldsIDsOnly(t *testing.T) {
	t.Parallel()
	server := notifytest.Redis(t)
	push(t, redisQueue(t, server), tickets(1, 2))
	options, err := redis.ParseURL(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(options)
	t.Cleanup(func() { _ = client.Close() })
	keys, err := client.Keys(t.Context(), "*").Result()
	if err != nil || !slices.Equal(keys, []string{notify.DueKey}) {
		t.Errorf("Redis has the keys %v (%v)", keys, err)
	}
	members, err := client.ZRangeWithScores(t.Context(), notify.DueKey, 0, -1).Result()
	if err != nil || len(members) != 2 || members[0].Member != string(noticeID(1)) ||
		members[0].Score != float64(stamp.Add(time.Minute).UnixMilli()) {
		t.Errorf("the set holds %v (%v)", members, err)
	}
}

func TestRedisAddresses(t *testing.T) {
	t.Parallel()
	for _, good := range []string{
		"redis://127.0.0.1:6379", "redis://user:secret@127.0.0.1:6379/2", "rediss://redis.example:6380", "unix:///run/redis.sock?db=1",
		"redis://127.0.0.1:7000?addr=127.0.0.1:7001&addr=127.0.0.1:7002", "redis://127.0.0.1:26379?master_name=main&addr=127.0.0.1:26380",
	} {
		q, err := notify.NewRedisQueue(good)
		if err != nil {
			t.Errorf("%s: %s", good, err)
			continue
		}
		_ = q.Close()
	}
	for _, bad := range []string{"", "127.0.0.1:6379", "http://127.0.0.1", "redis://u:secret@h:port", "redis://secret@h/db/1", "redis://h?secret=1", "unix://", "\x7f"} {
		_, err := notify.NewRedisQueue(bad)
		var f *fault.Error
		if !errors.As(err, &f) || f.Kind != fault.Invalid || f.Field != "redis-url" || containsAny(f.Error(), "secret") {
			t.Errorf("%q gives %v", bad, err)
		}
	}
}
