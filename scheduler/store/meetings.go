package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/seal"
	"almanac/scheduler/store/sqldb"
)

// meetingNames gives what names the meetings of a clinic: equal meetings have one name, which says nothing of them.
func (t *tx) meetingNames(ctx context.Context, clinic scheduler.ID) (func(scheduler.Meeting) scheduler.ID, error) {
	if t.db.shut { // it changes nothing, so it names none
		return nil, nil
	}
	key, err := t.key(ctx, clinic)
	if err != nil {
		return nil, err
	}
	return func(m scheduler.Meeting) scheduler.ID {
		return scheduler.DeriveID(clinic, "meeting", key.BlindIndex("meeting", m.Natural()))
	}, nil
}

// meetingPlace binds a meeting to its row.
func meetingPlace(clinic, id scheduler.ID) seal.Place { return place(clinic, "meetings", "data", id) }

// saveMeetings keeps the meetings that the change gives to sessions. One that is known stays as it is.
func (s *saving) saveMeetings(ctx context.Context, l *loaded) error {
	if len(l.book.Meetings) == 0 {
		return nil
	}
	key, err := s.key(ctx, s.clinic)
	if err != nil {
		return err
	}
	var rows [][]any
	for _, id := range slices.Sorted(maps.Keys(l.book.Meetings)) {
		text, err := json.Marshal(l.book.Meetings[id])
		if err != nil {
			return fmt.Errorf("writing a meeting: %w", err)
		}
		rows = append(rows, []any{id, s.clinic, key.Seal(meetingPlace(s.clinic, id), string(text))})
	}
	return s.Insert(ctx, "INSERT INTO meetings (id, clinic, data)", rows, " ON CONFLICT (id) DO NOTHING")
}

// meetingsOf reads the meetings of a cohort and its sessions, and none if the actor may not change sessions.
func (t *tx) meetingsOf(ctx context.Context, a access.Actor, clinic, cohort scheduler.ID,
	key *clinicKey) (map[scheduler.ID]scheduler.Meeting, error) {
	if !access.Can(a, access.SessionChange) {
		return nil, nil
	}
	rows, err := t.Query(ctx, `
		SELECT id, data FROM meetings
		WHERE clinic = ? AND id IN (SELECT meeting FROM cohorts WHERE id = ? UNION
		  SELECT meeting FROM sessions WHERE cohort = ?)`, clinic, cohort, cohort)
	if err != nil {
		return nil, err
	}
	all := map[scheduler.ID]scheduler.Meeting{}
	_, err = sqldb.Collect(rows, func(rows *sql.Rows) (id scheduler.ID, err error) {
		var data []byte
		if err := rows.Scan(&id, &data); err != nil {
			return id, err
		}
		all[id], err = openMeeting(key, clinic, id, data)
		return id, err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the meetings of cohort %s: %w", cohort, err)
	}
	return all, nil
}

// shownMeeting reads one meeting. It gives none for "", and none if the actor may not change sessions.
func (t *tx) shownMeeting(ctx context.Context, a access.Actor, clinic, id scheduler.ID) (scheduler.Meeting, error) {
	if id == "" || !access.Can(a, access.SessionChange) {
		return scheduler.Meeting{}, nil
	}
	return t.meeting(ctx, clinic, id)
}

// meeting reads one meeting; none for "".
func (t *tx) meeting(ctx context.Context, clinic, id scheduler.ID) (m scheduler.Meeting, err error) {
	if id == "" {
		return m, nil
	}
	key, err := t.key(ctx, clinic)
	if err != nil {
		return m, err
	}
	var data []byte
	err = t.Row(ctx, "SELECT data FROM meetings WHERE clinic = ? AND id = ?", clinic, id).Scan(&data)
	if err != nil {
		return m, fmt.Errorf("reading meeting %s: %w", id, err)
	}
	return openMeeting(key, clinic, id, data)
}

// openMeeting opens a meeting. One that does not open is none, so that one broken row never hides the others.
func openMeeting(key *clinicKey, clinic, id scheduler.ID, data []byte) (m scheduler.Meeting, err error) {
	text, err := openedForUse(key, meetingPlace(clinic, id), data)
	if err != nil || text == "" {
		return m, err
	}
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		return m, fmt.Errorf("reading meeting %s: %w", id, err)
	}
	return m, nil
}
