package notify_test

import (
	"context"
	"testing"
	"time"

	"almanac/notify"
	"almanac/notify/notifytest"
	"almanac/scheduler/reads"
)

func TestDepth(t *testing.T) {
	t.Parallel()
	type measured interface {
		notify.Queue
		Depth(ctx context.Context) (int, error)
	}
	overRedis, err := notify.NewRedisQueue(notifytest.Redis(t).URL())
	if err != nil {
		t.Fatal(err)
	}
	for name, q := range map[string]measured{"local": notify.NewLocalQueue(), "redis": overRedis} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			t.Cleanup(func() { _ = q.Close() })
			want := func(want int) {
				t.Helper()
				if n, err := q.Depth(t.Context()); n != want || err != nil {
					t.Errorf("%d, %v, want %d", n, err, want)
				}
			}
			want(0)
			soon := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
			if err := q.Push(t.Context(), []reads.Ticket{{ID: "a", Deadline: soon}, {ID: "b", Deadline: soon}, {ID: "a", Deadline: soon}}); err != nil {
				t.Fatal(err)
			}
			want(2)
			if _, err := q.Pop(t.Context(), 1); err != nil {
				t.Fatal(err)
			}
			want(1)
		})
	}
}
