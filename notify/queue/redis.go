package queue

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

// Key is the sorted set in Redis: member = notice id, score = deadline in
// milliseconds since 1970.
const Key = "almanac:due"

// timeout bounds every exchange with Redis, without the waiting in Pop.
const timeout = 2 * time.Second

// Redis is a queue between processes: one sorted set in Redis. Use NewRedis.
type Redis struct{ client redis.UniversalClient }

var _ Queue = (*Redis)(nil)

// NewRedis makes a queue on the Redis at address, in the forms of go-redis:
// redis://, rediss:// or unix:// for one server; with addr=HOST:PORT in its query a
// cluster; with master_name=NAME, sentinels. It does not connect yet. It fails with
// Invalid (field "redis-url") when the address cannot be parsed; the message does
// not repeat the address, because it may hold a password.
//
// It disables the library's own log for the whole process: everything that the log
// says is also returned as an error.
func NewRedis(address string) (*Redis, error) {
	logging.Disable()
	client, err := newClient(address)
	if err != nil {
		return nil, fault.In("redis-url",
			"The address of Redis cannot be understood. Write it like "+
				"redis://HOST:PORT, rediss://HOST:PORT or unix:///SOCKET.")
	}
	return &Redis{client: client}, nil
}

func newClient(address string) (redis.UniversalClient, error) {
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
		o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.PoolTimeout = timeout, timeout, timeout, timeout
		o.ContextTimeoutEnabled, o.MaxRetries, o.DialerRetries = true, 1, 1
		return redis.NewFailoverClient(o), nil
	case query.Has("addr"):
		o, err := redis.ParseClusterURL(address)
		if err != nil {
			return nil, err
		}
		o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.PoolTimeout = timeout, timeout, timeout, timeout
		o.ContextTimeoutEnabled, o.MaxRetries, o.DialerRetries = true, 1, 1
		return redis.NewClusterClient(o), nil
	}
	o, err := redis.ParseURL(address)
	if err != nil {
		return nil, err
	}
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.PoolTimeout = timeout, timeout, timeout, timeout
	o.ContextTimeoutEnabled, o.MaxRetries, o.DialerRetries = true, 1, 1
	return redis.NewClient(o), nil
}

// Push adds tickets that are not there yet (ZADD NX); see Queue.
func (q *Redis) Push(ctx context.Context, tickets []reads.Ticket) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if len(tickets) == 0 {
		return unavailable(q.client.Ping(ctx).Err())
	}
	members := make([]redis.Z, len(tickets))
	for i, t := range tickets {
		members[i] = redis.Z{Score: float64(t.Deadline.UnixMilli()), Member: string(t.ID)}
	}
	return unavailable(q.client.ZAddNX(ctx, Key, members...).Err())
}

// Pop fetches the first id with BZPOPMIN, which waits, and more with ZPOPMIN,
// which does not; see Queue. It returns the first id even when the second command
// fails.
func (q *Redis) Pop(ctx context.Context, limit int) ([]scheduler.ID, error) {
	if ctx.Err() != nil {
		return nil, nil
	}
	var first redis.Z
	reply := q.popFirst(ctx)
	select {
	case r := <-reply:
		switch {
		case errors.Is(r.err, redis.Nil), r.err != nil && ctx.Err() != nil:
			return nil, nil
		case r.err != nil:
			return nil, unavailable(r.err)
		}
		first = r.z
	case <-ctx.Done():
		go q.pushBack(context.WithoutCancel(ctx), reply)
		return nil, nil
	}
	ids := []scheduler.ID{memberID(first)}
	if limit <= 1 {
		return ids, nil
	}
	more, cancelMore := context.WithTimeout(ctx, timeout)
	defer cancelMore()
	rest, err := q.client.ZPopMin(more, Key, int64(limit-1)).Result()
	if err != nil {
		return ids, nil // the next Pop returns the error
	}
	for _, z := range rest {
		ids = append(ids, memberID(z))
	}
	return ids, nil
}

// firstReply is the reply to BZPOPMIN.
type firstReply struct {
	z   redis.Z
	err error
}

// popFirst waits for the most urgent id in a goroutine, because the client cannot
// be interrupted while it waits.
func (q *Redis) popFirst(ctx context.Context) <-chan firstReply {
	reply := make(chan firstReply, 1)
	go func() {
		waiting, cancel := context.WithTimeout(context.WithoutCancel(ctx), PopWait+timeout)
		defer cancel()
		first, err := q.client.BZPopMin(waiting, PopWait, Key).Result()
		if err != nil {
			reply <- firstReply{err: err}
			return
		}
		reply <- firstReply{z: first.Z}
	}()
	return reply
}

// pushBack returns an id that arrives after its Pop has ended. If that fails, the
// outbox gives the id again some seconds later.
func (q *Redis) pushBack(ctx context.Context, reply <-chan firstReply) {
	if r := <-reply; r.err == nil {
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		_ = q.client.ZAddNX(ctx, Key, r.z).Err()
	}
}

// Depth is how many ids are in the queue; see Queue.
func (q *Redis) Depth(ctx context.Context) (int, error) {
	n, err := q.client.ZCard(ctx, Key).Result()
	if err != nil {
		return 0, unavailable(err)
	}
	return int(n), nil
}

// Close closes the connections.
func (q *Redis) Close() error { return unavailable(q.client.Close()) }

func memberID(z redis.Z) scheduler.ID {
	member, _ := z.Member.(string)
	return scheduler.ID(member)
}

// unavailable turns any error of Redis into an Unavailable one.
func unavailable(err error) error {
	if err == nil {
		return nil
	}
	return fault.Wrap(fault.Unavailable, err, "The queue cannot be reached; messages go out a little later.")
}
