package notifytest_test

import (
	"testing"

	"github.com/redis/go-redis/v9"

	"almanac/notify/notifytest"
)

func TestRedisStopsStartsAndForgets(t *testing.T) {
	t.Parallel()
	server := notifytest.Redis(t)
	options, err := redis.ParseURL(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(options)
	t.Cleanup(func() { _ = client.Close() })
	count := func() int64 {
		t.Helper()
		n, err := client.DBSize(t.Context()).Result()
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	fill := func() {
		t.Helper()
		if err := client.Set(t.Context(), "key", "value", 0).Err(); err != nil {
			t.Fatal(err)
		}
	}

	fill()
	if n := count(); n != 1 {
		t.Errorf("%d keys after one was set", n)
	}
	server.FlushAll()
	if n := count(); n != 0 {
		t.Errorf("%d keys after FlushAll", n)
	}
	fill()
	server.Stop()
	server.Stop() // a second time changes nothing
	if err := client.Ping(t.Context()).Err(); err == nil {
		t.Error("a stopped server answers")
	}
	server.Start()
	if n := count(); n != 0 {
		t.Errorf("%d keys after a stop", n)
	}
}

func TestRedisServersAreApart(t *testing.T) {
	t.Parallel()
	if one, other := notifytest.Redis(t), notifytest.Redis(t); one.URL() == other.URL() {
		t.Errorf("two servers share %s", one.URL())
	}
}
