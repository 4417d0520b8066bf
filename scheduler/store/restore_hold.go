package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/gate"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// A backup is older than what was sent after it. So a restore drops what was due until then, with a reason of its own,
// and counts it as tried without an answer: an invite among it may stand in a calendar. Staff say what becomes of it.
//
//	planned ─► EndRestore ─► dropped (restored) ─┬─► Release ─► planned
//	                                             └─► LetGo ───► dropped (let go)
//
// Reminders that are due later go on as ever.

// EndRestore holds back every message of the clinics that came that was due before now, and news that would leave
// within the minutes in which changes rest; then the database may be used. It gives how many messages wait for an
// answer. Called again it changes nothing.
func (db *DB) EndRestore(ctx context.Context, a access.Actor) (waiting int, err error) {
	if err := access.Check(a, access.BackupRun); err != nil {
		return 0, err
	}
	err = db.sql.WriteOnce(ctx, func(s *sqldb.Tx) error {
		t, now := &tx{s, db}, db.now()
		clinics, err := t.restoredClinics(ctx)
		if err != nil {
			return err
		}
		waiting = 0
		for _, c := range clinics {
			held, err := t.holdBack(ctx, c, now)
			if err != nil {
				return fmt.Errorf("holding messages back: %w", err)
			}
			waiting += held
		}
		return t.Exec(ctx, "UPDATE restores SET ended_at = ? WHERE ended_at = ''", sqldb.Stamp(now))
	})
	return waiting, err
}

// restoredClinics gives the clinics that restores brought which have not ended.
func (t *tx) restoredClinics(ctx context.Context) ([]scheduler.ID, error) {
	rows, err := t.Query(ctx, `SELECT DISTINCT c.id FROM clinics c JOIN restores r ON r.only_clinic IN ('', c.id)
WHERE r.ended_at = '' ORDER BY c.id`)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, scanID)
}

// holdBack drops what a restore must not send without being asked.
func (t *tx) holdBack(ctx context.Context, clinic scheduler.ID, now time.Time) (int, error) {
	const due = "clinic = ? AND state = 'planned' AND (due_at <= ? OR kind <> 'reminder' AND due_at <= ?)"
	at := sqldb.Stamp(now)
	which := []any{clinic, at, sqldb.Stamp(now.Add(scheduler.ChangeDelay))}
	err := t.Exec(ctx, `UPDATE attempts SET outcome = ?, finished_at = ? WHERE outcome = '' AND notice IN (
  SELECT id FROM notices WHERE `+due+`)`, append([]any{reads.Lost, at}, which...)...)
	if err != nil {
		return 0, err
	}
	err = t.Exec(ctx, `INSERT INTO attempts (notice, number, started_at, finished_at, outcome)
SELECT id, attempts + 1, ?, ?, ? FROM notices WHERE `+due, append([]any{at, at, reads.Lost}, which...)...)
	if err != nil {
		return 0, err
	}
	held, err := t.Count(ctx, `UPDATE notices SET state = 'dropped', reason = ?, done_at = ?, attempts = attempts + 1,
  lease_until = '', queued_until = '' WHERE `+due, append([]any{gate.ReasonRestored, at}, which...)...)
	return int(held), err
}

// CheckRestored is Conflict when a restore into this database was begun and did not end.
func (db *DB) CheckRestored(ctx context.Context) error {
	var begun int
	err := db.view(ctx, func(t *tx) error {
		return t.Row(ctx, "SELECT count(*) FROM restores WHERE ended_at = ''").Scan(&begun)
	})
	if err == nil && begun > 0 {
		return fault.New(fault.Conflict,
			"A restore into this database did not finish, so it is not used. Run `almanac restore finish`.")
	}
	return err
}

// Waiting gives the messages of a clinic that a restore held back and nobody has decided about; nil when there are
// none.
func (db *DB) Waiting(ctx context.Context, a access.Actor, clinic scheduler.ID) (*reads.Restored, error) {
	if err := access.CheckIn(a, access.TaskView, string(clinic)); err != nil {
		return nil, err
	}
	var found reads.Restored
	err := db.view(ctx, func(t *tx) error {
		err := t.Row(ctx, "SELECT at, backup_at FROM restores WHERE only_clinic IN ('', ?) ORDER BY at DESC LIMIT 1",
			clinic).Scan(sqldb.When(&found.At), sqldb.When(&found.BackupAt))
		if err != nil {
			return err
		}
		return t.Row(ctx, "SELECT count(*) FROM notices WHERE clinic = ? AND state = 'dropped' AND reason = ?", clinic,
			gate.ReasonRestored).Scan(&found.Waiting)
	})
	if sqldb.IsNoRows(err) || err == nil && found.Waiting == 0 {
		return nil, nil
	}
	return &found, err
}

// Release plans what a restore held back at a clinic again and gives how many messages those are; the gate then
// decides about each as about any other. With OnlyCheck it only counts them.
func (db *DB) Release(ctx context.Context, a access.Actor, clinic scheduler.ID, m reads.Mode) (int, error) {
	return db.decide(ctx, a, clinic, m, "restore.release", `UPDATE notices SET state = 'planned', reason = '',
  done_at = '' WHERE clinic = ? AND state = 'dropped' AND reason = ?`)
}

// LetGo never sends what a restore held back at a clinic, and gives how many messages those are. With OnlyCheck it
// only counts them.
func (db *DB) LetGo(ctx context.Context, a access.Actor, clinic scheduler.ID, m reads.Mode) (int, error) {
	return db.decide(ctx, a, clinic, m, "restore.let-go",
		"UPDATE notices SET reason = '"+gate.ReasonLetGo+"' WHERE clinic = ? AND state = 'dropped' AND reason = ?")
}

func (db *DB) decide(ctx context.Context, a access.Actor, clinic scheduler.ID, m reads.Mode, action,
	statement string) (int, error) {
	if err := access.CheckIn(a, access.TaskDone, string(clinic)); err != nil {
		return 0, err
	}
	var decided int64
	err := db.write(ctx, func(t *tx) error {
		if _, err := t.lock(ctx, clinic); err != nil {
			return err
		}
		var err error
		if decided, err = t.Count(ctx, statement, clinic, gate.ReasonRestored); err != nil || decided == 0 {
			return err
		}
		if m == reads.OnlyCheck {
			return errDryRun
		}
		return t.audit(ctx, clinic, a, db.now(),
			scheduler.AuditEntry{Action: action, Subjects: []scheduler.ID{clinic}})
	})
	if errors.Is(err, errDryRun) {
		err = nil
	}
	return int(decided), err
}
