package notify

import (
	"context"
	"errors"
	"net/url"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"

	"almanac/scheduler"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// DueKey is the sorted set in Redis: member = notice id, score = deadline in
// milliseconds since 1970.
const DueKey = "almanac:due"

// redisTimeout bounds every exchange with Redis beside the waiting in Pop.
const redisTimeout = 2 * time.Second

// RedisQueue is a queue between processes, a sorted set in Redis. Use
// NewRedisQueue. It is safe for concurrent use.
type RedisQueue struct{ client redis.UniversalClient }

// NewRedisQueue makes a queue on the Redis that address names, in the forms of
// go-redis: redis://, rediss:// or unix:// for one server; with addr=HOST:PORT in
// its query a cluster; with master_name=NAME, sentinels. It does not connect yet.
// Invalid (field "redis-url") when the address cannot be understood; the
// sentence does not repeat it, because it may hold a password.
//
// The library's own log is switched off for the whole process: what it has to
// say comes back as errors.
func NewRedisQueue(address string) (*RedisQueue, error) {
	logging.Disable()
	client, err := redisClient(address)
	if err != nil {
		return nil, fault.In("redis-url", "The address of Redis cannot be understood. Write it like redis://HOST:PORT, rediss://HOST:PORT or unix:///SOCKET.")
	}
	return &RedisQueue{client: client}, nil
}

func redisClient(address string) (redis.UniversalClient, error) {
	parsed, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("not a URL")
	}
	switch query := parsed.Query(); {
	case query.Has("master_name"):
		o, err := redis.ParseFailoverURL(address)
		if err != nil {
			return nil, err
		}
		o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.PoolTimeout = redisTimeout, redisTimeout, redisTimeout, redisTimeout
		o.ContextTimeoutEnabled, o.MaxRetries, o.DialerRetries = true, 1, 1
		return redis.NewFailoverClient(o), nil
	case query.Has("addr"):
		o, err := redis.ParseClusterURL(address)
		if err != nil {
			return nil, err
		}
		o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.PoolTimeout = redisTimeout, redisTimeout, redisTimeout, redisTimeout
		o.ContextTimeoutEnabled, o.MaxRetries, o.DialerRetries = true, 1, 1
		return redis.NewClusterClient(o), nil
	}
	o, err := redis.ParseURL(address)
	if err != nil {
		return nil, err
	}
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.PoolTimeout = redisTimeout, redisTimeout, redisTimeout, redisTimeout
	o.ContextTimeoutEnabled, o.MaxRetries, o.DialerRetries = true, 1, 1
	return redis.NewClient(o), nil
}

// Push adds tickets that are not there yet (ZADD NX); see Queue.
func (q *RedisQueue) Push(ctx context.Context, tickets []reads.Ticket) error {
	ctx, cancel := context.WithTimeout(ctx, redisTimeout)
	defer cancel()
	if len(tickets) == 0 {
		return queueFault(q.client.Ping(ctx).Err())
	}
	members := make([]redis.Z, len(tickets))
	for i, t := range tickets {
		members[i] = redis.Z{Score: float64(t.Deadline.UnixMilli()), Member: string(t.ID)}
	}
	return queueFault(q.client.ZAddNX(ctx, DueKey, members...).Err())
}

// Pop takes the first id with BZPOPMIN, which waits, and more with ZPOPMIN,
// which does not; see Queue. Ids that were taken are given even when the second
// step fails.
func (q *RedisQueue) Pop(ctx context.Context, limit int) ([]scheduler.ID, error) {
	if ctx.Err() != nil {
		return nil, nil
	}
	var first redis.Z
	answer := q.first(ctx)
	select {
	case a := <-answer:
		switch {
		case errors.Is(a.err, redis.Nil), a.err != nil && ctx.Err() != nil:
			return nil, nil
		case a.err != nil:
			return nil, queueFault(a.err)
		}
		first = a.z
	case <-ctx.Done():
		go q.giveBack(context.WithoutCancel(ctx), answer)
		return nil, nil
	}
	ids := []scheduler.ID{memberID(first)}
	if limit <= 1 {
		return ids, nil
	}
	more, cancelMore := context.WithTimeout(ctx, redisTimeout)
	defer cancelMore()
	rest, err := q.client.ZPopMin(more, DueKey, int64(limit-1)).Result()
	if err != nil {
		return ids, nil // the next call will say what is wrong
	}
	for _, z := range rest {
		ids = append(ids, memberID(z))
	}
	return ids, nil
}

// firstOut is what waiting for the first id gave.
type firstOut struct {
	z   redis.Z
	err error
}

// first waits for the most urgent id. The client cannot be stopped while it waits.
func (q *RedisQueue) first(ctx context.Context) <-chan firstOut {
	answer := make(chan firstOut, 1)
	go func() {
		waiting, cancel := context.WithTimeout(context.WithoutCancel(ctx), PopWait+redisTimeout)
		defer cancel()
		first, err := q.client.BZPopMin(waiting, PopWait, DueKey).Result()
		if err != nil {
			answer <- firstOut{err: err}
			return
		}
		answer <- firstOut{z: first.Z}
	}()
	return answer
}

// giveBack puts back what comes for somebody who waits no more. Should that fail,
// the outbox gives the id again some seconds later.
func (q *RedisQueue) giveBack(ctx context.Context, answer <-chan firstOut) {
	if a := <-answer; a.err == nil {
		ctx, cancel := context.WithTimeout(ctx, redisTimeout)
		defer cancel()
		_ = q.client.ZAddNX(ctx, DueKey, a.z).Err()
	}
}

// Close ends the connections.
func (q *RedisQueue) Close() error { return queueFault(q.client.Close()) }

func memberID(z redis.Z) scheduler.ID {
	member, _ := z.Member.(string)
	return scheduler.ID(member)
}

// queueFault makes any trouble with Redis one that passes.
func queueFault(err error) error {
	if err == nil {
		return nil
	}
	return fault.Wrap(fault.Unavailable, err, "The queue cannot be reached; messages go out a little later.")
}
