package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// Messages lists what staff wrote to groups and waitlists, the newest first, with what became of it. A facilitator sees
// those of their own cohorts.
func (db *DB) Messages(ctx context.Context, a access.Actor, clinic scheduler.ID,
	q reads.MessageQuery) (page reads.MessagePage, err error) {
	if err := access.CheckIn(a, access.MessageView, string(clinic)); err != nil {
		return page, err
	}
	err = db.view(ctx, func(t *tx) error {
		page = reads.MessagePage{}
		reach, err := t.reachFor(ctx, a, clinic)
		if err != nil || !reach.all && len(reach.own) == 0 {
			return err
		}
		if page.Rows, err = t.messageRows(ctx, clinic, reach, q); err != nil {
			return err
		}
		if len(page.Rows) > q.Limit {
			page.Rows = page.Rows[:q.Limit]
			last := page.Rows[q.Limit-1]
			page.Next = reads.Cursor{At: last.At, ID: last.ID}
		}
		if err := t.countFates(ctx, clinic, page.Rows); err != nil {
			return err
		}
		key, err := t.key(ctx, clinic)
		if err != nil {
			return err
		}
		names, err := t.staffNames(ctx, clinic, key)
		for i, row := range page.Rows {
			staff, _ := strings.CutPrefix(row.Actor, string(access.KindStaff)+":")
			page.Rows[i].By = names[scheduler.ID(staff)]
		}
		return err
	})
	if err != nil {
		return reads.MessagePage{}, fmt.Errorf("reading messages: %w", err)
	}
	return page, nil
}

// messageRows reads one message more than asked for, to see whether there are more.
func (t *tx) messageRows(ctx context.Context, clinic scheduler.ID, reach reachOf,
	q reads.MessageQuery) ([]reads.MessageRow, error) {
	key, err := t.key(ctx, clinic)
	if err != nil {
		return nil, err
	}
	query, args := `
		SELECT m.id, m.cohort, c.name, m.audience, m.text, m.spanish, m.sent_at, m.by_actor, m.withdrawn_at
		FROM messages m JOIN cohorts c ON c.id = m.cohort WHERE m.clinic = ?`, []any{clinic}
	if q.Cohort != "" {
		query, args = query+" AND m.cohort = ?", append(args, q.Cohort)
	}
	if !reach.all {
		in, own := sqldb.List(reach.own)
		query, args = query+" AND m.cohort IN ("+in+")", append(args, own...)
	}
	if q.After.ID != "" {
		query += " AND (m.sent_at, m.id) < (?, ?)"
		args = append(args, sqldb.Stamp(q.After.At), q.After.ID)
	}
	rows, err := t.Query(ctx, query+" ORDER BY m.sent_at DESC, m.id DESC LIMIT ?", append(args, q.Limit+1)...)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, func(rows *sql.Rows) (reads.MessageRow, error) { return scanMessage(rows, clinic, key) })
}

func scanMessage(rows *sql.Rows, clinic scheduler.ID, key *clinicKey) (m reads.MessageRow, err error) {
	var text, spanish []byte
	var withdrawn string
	err = rows.Scan(&m.ID, &m.Cohort, &m.CohortName, &m.To, &text, &spanish, sqldb.When(&m.At), &m.Actor, &withdrawn)
	if err != nil {
		return m, err
	}
	m.TakenBack = withdrawn != ""
	if m.Text, err = opened(key, place(clinic, "messages", "text", m.ID), text); err != nil {
		return m, err
	}
	m.Spanish, err = opened(key, place(clinic, "messages", "spanish", m.ID), spanish)
	return m, err
}

// countFates counts what became of messages: of their notices, and of the calls that stand in for them.
func (t *tx) countFates(ctx context.Context, clinic scheduler.ID, page []reads.MessageRow) error {
	if len(page) == 0 {
		return nil
	}
	at := map[scheduler.ID]*reads.MessageFates{}
	for i := range page {
		at[page[i].ID] = &page[i].Fates
	}
	in, args := sqldb.List(unique(page, func(m reads.MessageRow) scheduler.ID { return m.Cohort }))
	args = slices.Concat([]any{clinic}, args, []any{scheduler.StaffMessage})
	rows, err := t.Query(ctx, `
		SELECT n.key, n.state FROM enrollments e JOIN notices n ON n.enrollment = e.id
		WHERE e.clinic = ? AND e.cohort IN (`+in+`) AND n.kind = ?`, args...)
	if err != nil {
		return err
	}
	_, err = sqldb.Collect(rows, func(rows *sql.Rows) (key string, err error) {
		var state scheduler.NoticeState
		if err := rows.Scan(&key, &state); err != nil {
			return key, err
		}
		fates := at[scheduler.MessageOf(key)]
		if fates == nil {
			return key, nil
		}
		switch state {
		case scheduler.NoticePlanned:
			fates.OnTheWay++
		case scheduler.NoticeSent, scheduler.NoticeDelivered:
			fates.Sent++
		case scheduler.NoticeDropped:
			fates.Dropped++
		default:
			fates.Failed++
		}
		return key, nil
	})
	if err != nil {
		return err
	}
	// The keys of these calls end with the message, so that the index by key finds them.
	prefix := string(scheduler.CallTask) + ":" + scheduler.AboutMessage
	rows, err = t.Query(ctx, "SELECT key, done_at FROM tasks WHERE clinic = ? AND key > ? AND key < ?", clinic,
		prefix+":", prefix+";")
	if err != nil {
		return err
	}
	_, err = sqldb.Collect(rows, func(rows *sql.Rows) (key string, err error) {
		var done string
		if err := rows.Scan(&key, &done); err != nil {
			return key, err
		}
		if fates := at[scheduler.ID(key[strings.LastIndex(key, ":")+1:])]; fates != nil {
			fates.ToCall += yes(done == "")
			fates.Called += yes(done != "")
		}
		return key, nil
	})
	return err
}
