package notify

import "context"

// Depth is how many ids wait in the queue. It never fails.
func (q *LocalQueue) Depth(context.Context) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.tickets), nil
}

// Depth is how many ids wait in the queue. Unavailable when it cannot be reached.
func (q *RedisQueue) Depth(ctx context.Context) (int, error) {
	n, err := q.client.ZCard(ctx, DueKey).Result()
	if err != nil {
		return 0, queueFault(err)
	}
	return int(n), nil
}
