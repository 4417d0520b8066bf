package store

import (
	"context"
	"database/sql"
	"fmt"

	"almanac/scheduler"
	"almanac/scheduler/store/sqldb"
)

// saveMessage writes what staff wrote to people of a cohort, and withdraws it when its change is taken back.
func (s *saving) saveMessage(ctx context.Context, l *loaded) error {
	if u := l.book.Undoing; u != nil && u.Image.Message != "" {
		s.saved = true
		return s.Exec(ctx, "UPDATE messages SET withdrawn_at = ? WHERE clinic = ? AND id = ?", sqldb.Stamp(s.now),
			s.clinic, u.Image.Message)
	}
	m := l.book.Message
	if m == nil {
		return nil
	}
	s.saved = true
	key, err := s.key(ctx, s.clinic)
	if err != nil {
		return err
	}
	return s.Exec(ctx, `INSERT INTO messages (id, clinic, cohort, audience, text, spanish, sent_at, by_actor)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, m.ID, s.clinic, m.Cohort, m.To,
		sealed(key, place(s.clinic, "messages", "text", m.ID), m.Text),
		sealed(key, place(s.clinic, "messages", "spanish", m.ID), m.Spanish), sqldb.Stamp(s.now), s.actor.String())
}

// readMessages reads what notices carry that staff wrote, in the language of each person.
func (t *tx) readMessages(ctx context.Context, clinic scheduler.ID, all []*noticeData) error {
	carries := func(n *noticeData) bool { return n.Kind == scheduler.StaffMessage }
	ids := of(all, carries, func(n *noticeData) scheduler.ID { return scheduler.MessageOf(n.Key) })
	if len(ids) == 0 {
		return nil
	}
	key, err := t.key(ctx, clinic)
	if err != nil {
		return err
	}
	among, list := sqldb.Among(t.Tx, "id", ids)
	rows, err := t.Query(ctx, "SELECT id, text, spanish, withdrawn_at FROM messages WHERE "+ofClinic+" AND "+among,
		append([]any{clinic}, list...)...)
	if err != nil {
		return err
	}
	withdrawn := map[scheduler.ID]bool{}
	found, err := sqldb.Collect(rows, func(rows *sql.Rows) (m scheduler.Message, err error) {
		var text, spanish []byte
		var at string
		if err := rows.Scan(&m.ID, &text, &spanish, &at); err != nil {
			return m, err
		}
		withdrawn[m.ID] = at != ""
		if m.Text, err = openedExactly(key, place(clinic, "messages", "text", m.ID), text); err != nil {
			return m, err
		}
		m.Spanish, err = openedExactly(key, place(clinic, "messages", "spanish", m.ID), spanish)
		return m, err
	})
	if err != nil {
		return fmt.Errorf("reading messages: %w", err)
	}
	for _, n := range all {
		for _, m := range found {
			if carries(n) && scheduler.MessageOf(n.Key) == m.ID {
				n.message, n.withdrawn = m.For(n.language), withdrawn[m.ID]
			}
		}
	}
	return nil
}
