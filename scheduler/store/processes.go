package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// forgotten is how long the row of a process that died is kept.
const forgotten = 24 * time.Hour

// Heartbeat notes that a process with these roles is alive. id is drawn at its start.
func (db *DB) Heartbeat(ctx context.Context, a access.Actor, id scheduler.ID, roles string) error {
	if err := access.Check(a, access.NoticeHandle); err != nil {
		return err
	}
	err := db.write(ctx, func(t *tx) error {
		now := db.now()
		if err := t.Exec(ctx, "DELETE FROM processes WHERE seen_at < ?", sqldb.Stamp(now.Add(-forgotten))); err != nil {
			return err
		}
		return t.Exec(ctx, `INSERT INTO processes (id, roles, secret, started_at, seen_at) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at`, id, roles, db.root.CheckValue(), sqldb.Stamp(now),
			sqldb.Stamp(now))
	})
	if err != nil {
		return fmt.Errorf("noting that this process is alive: %w", err)
	}
	return nil
}

// EndHeartbeat takes out a process that stops in order.
func (db *DB) EndHeartbeat(ctx context.Context, a access.Actor, id scheduler.ID) error {
	if err := access.Check(a, access.NoticeHandle); err != nil {
		return err
	}
	err := db.write(ctx, func(t *tx) error { return t.Exec(ctx, "DELETE FROM processes WHERE id = ?", id) })
	if err != nil {
		return fmt.Errorf("noting that this process stops: %w", err)
	}
	return nil
}

// Liveness says which processes run and which messages are overdue, over all clinics.
func (db *DB) Liveness(ctx context.Context) (reads.Liveness, error) {
	l := reads.Liveness{Alive: map[string]int{}}
	err := db.view(ctx, func(t *tx) error {
		now := db.now()
		rows, err := t.Query(ctx, "SELECT roles, seen_at FROM processes")
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var roles string
			var seen time.Time
			if err := rows.Scan(&roles, sqldb.When(&seen)); err != nil {
				return err
			}
			l.Processes++
			if now.Sub(seen) > reads.DeadAfter {
				continue
			}
			for role := range strings.SplitSeq(roles, ",") {
				l.Alive[role]++
			}
		}
		if err := rows.Err(); err != nil {
			return err
		}
		l.Overdue, l.Oldest, err = t.overdue(ctx, now)
		return err
	})
	if err != nil {
		return reads.Liveness{}, fmt.Errorf("looking at the processes: %w", err)
	}
	return l, nil
}
