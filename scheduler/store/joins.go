package store

import (
	"context"
	"database/sql"
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

// joinPurpose is that of the addresses by which people come into sessions. The subject is the seat, and the generation
// that of their page: with new private addresses the old ways in end, too.
const joinPurpose = "join"

// joinToken derives the token of a seat's way in.
func (k *clinicKey) joinToken(seat scheduler.ID, page int) string {
	return k.SubjectToken(joinPurpose, string(seat), page)
}

// Join gives the way in behind a token as it is now. NotFound, with the same words always, when the token is nobody's.
func (db *DB) Join(ctx context.Context, a access.Actor, token string) (j reads.Join, err error) {
	if err := access.Check(a, access.TokenFind); err != nil {
		return j, err
	}
	err = db.view(ctx, func(t *tx) error {
		j, err = t.join(ctx, token)
		return err
	})
	return j, err
}

// NoteJoin looks again, and keeps what the person does if the way in is open in that moment. Otherwise it keeps
// nothing and says how it stands. NotFound as for Join.
func (db *DB) NoteJoin(ctx context.Context, a access.Actor, token string,
	kind reads.JoinKind) (j reads.Join, err error) {
	if err := access.Check(a, access.TokenFind); err != nil {
		return j, err
	}
	err = db.write(ctx, func(t *tx) error {
		if j, err = t.join(ctx, token); err != nil || j.State != scheduler.JoinOpen {
			return err
		}
		return t.saveJoin(ctx, j.Clinic, j.Session, reads.JoinEvent{Seat: j.Seat, Kind: kind, At: db.now()})
	})
	return j, err
}

// joinTokens gives the dates of a page that are not over the tokens of their ways in.
func (t *tx) joinTokens(ctx context.Context, page *reads.Page) error {
	key, err := t.key(ctx, page.Clinic)
	if err != nil {
		return err
	}
	var generation int
	err = t.Row(ctx, `
		SELECT generation FROM tokens
		WHERE clinic = ? AND subject = ? AND purpose = 'page' AND revoked_at = ''`, page.Clinic, page.Person).
		Scan(&generation)
	if err != nil {
		return fmt.Errorf("numbering the ways in of %s: %w", page.Person, err)
	}
	ahead, err := t.joinAhead(ctx, page.Clinic)
	if err != nil {
		return err
	}
	over := t.db.now().Add(-scheduler.JoinGrace)
	for i := range page.Items {
		item := &page.Items[i]
		theirs := item.Enrolled == scheduler.Active && item.State.Occupies() && item.State != scheduler.SeatExcused
		if item.Meeting != "" && theirs && item.End.After(over) {
			item.Opens = item.Start.Add(-ahead)
			item.Join = key.joinToken(item.Seat, generation)
		}
	}
	return nil
}

func (t *tx) saveJoin(ctx context.Context, clinic, session scheduler.ID, e reads.JoinEvent) error {
	id := randomID()
	if e.Kind == reads.JoinCame || e.Kind == reads.JoinLeft { // hosts report twice
		id = scheduler.DeriveID(e.Seat, string(e.Kind), sqldb.Stamp(e.At))
	}
	row := [][]any{{session, sqldb.Stamp(e.At), id, clinic, e.Kind, e.Seat}}
	return t.Insert(ctx, "INSERT INTO join_events (session, at, id, clinic, kind, seat)", row,
		" ON CONFLICT DO NOTHING")
}

// join reads the way in behind a token.
func (t *tx) join(ctx context.Context, token string) (j reads.Join, err error) {
	key, clinic, subject, err := t.subjectOf(ctx, token)
	if err != nil {
		return j, err
	}
	if subject == "" {
		return j, errNoAddress()
	}
	j.Seat = subject
	var page guardedToken
	j.Clinic, j.Person, page, err = t.seatOwner(ctx, j.Seat)
	switch {
	case sqldb.IsNoRows(err):
		return j, errNoAddress()
	case err != nil:
		return j, fmt.Errorf("looking up a way in: %w", err)
	case j.Clinic != clinic || !isMAC(token, key.joinToken(j.Seat, page.generation)),
		!isMAC(page.mac, key.tokenMAC(pagePurpose, page.subject, page.generation)):
		return j, errNoAddress()
	}
	seats, err := t.seatTruths(ctx, j.Clinic, "s.id", []scheduler.ID{j.Seat})
	if err != nil || len(seats) != 1 {
		return j, errors.Join(err, fmt.Errorf("reading seat %s: %d found", j.Seat, len(seats)))
	}
	seat := seats[0]
	door := scheduler.Doorway{Seat: &seat.Seat, Session: &seat.session}
	j.Session, j.Start, j.End = seat.session.ID, seat.session.Start, seat.session.End
	err = t.Row(ctx, `
		SELECT p.zone, p.language, e.state FROM enrollments e JOIN people p ON p.id = e.person
		WHERE e.clinic = ? AND e.id = ?`, j.Clinic, seat.Enrollment).Scan(&j.Zone, &j.Language, &door.Enrollment)
	if err != nil {
		return j, fmt.Errorf("reading whose seat %s is: %w", j.Seat, err)
	}
	if door.Ahead, err = t.joinAhead(ctx, j.Clinic); err != nil {
		return j, err
	}
	if door.Ended, err = t.sessionEnded(ctx, j.Clinic, j.Session); err != nil {
		return j, err
	}
	j.State, j.Opens = door.At(t.db.now())
	if j.Contact, err = t.contactOf(ctx, j.Clinic); err != nil {
		return j, err
	}
	if j.State != scheduler.JoinOpen {
		return j, nil
	}
	if j.Meeting, err = t.meeting(ctx, j.Clinic, seat.session.Meeting); err != nil || !j.Meeting.Kind.Hosted() {
		return j, err
	}
	j.Room, err = t.roomFor(ctx, j.Clinic, j.Seat, j.Person, &seat.session)
	return j, err
}

// joinAhead is how long before their start the sessions of a clinic can be joined.
func (t *tx) joinAhead(ctx context.Context, clinic scheduler.ID) (time.Duration, error) {
	var minutes int
	if err := t.Row(ctx, "SELECT join_minutes FROM clinics WHERE id = ?", clinic).Scan(&minutes); err != nil {
		return 0, fmt.Errorf("reading when sessions open: %w", err)
	}
	return time.Duration(minutes) * time.Minute, nil
}

// sessionEnded reads when who leads a session ended it last; zero: they have not.
func (t *tx) sessionEnded(ctx context.Context, clinic, session scheduler.ID) (at time.Time, err error) {
	err = t.Row(ctx, "SELECT coalesce(max(at), '') FROM join_events WHERE clinic = ? AND session = ? AND kind = ?",
		clinic, session, reads.JoinEnded).Scan(sqldb.When(&at))
	if err != nil {
		return at, fmt.Errorf("reading whether session %s was ended: %w", session, err)
	}
	return at, nil
}

// Joins gives what happens at the way into a session.
func (db *DB) Joins(ctx context.Context, a access.Actor, clinic, session scheduler.ID) (j reads.Joins, err error) {
	if err := access.CheckIn(a, access.AttendanceTake, string(clinic)); err != nil {
		return j, err
	}
	err = db.view(ctx, func(t *tx) error {
		if err := t.seesSession(ctx, a, clinic, session); err != nil {
			return err
		}
		rows, err := t.Query(ctx,
			"SELECT seat, kind, at FROM join_events WHERE clinic = ? AND session = ? ORDER BY at, id", clinic, session)
		if err != nil {
			return err
		}
		j.Events, err = sqldb.Collect(rows, func(rows *sql.Rows) (e reads.JoinEvent, err error) {
			return e, rows.Scan(&e.Seat, &e.Kind, sqldb.When(&e.At))
		})
		if err != nil {
			return fmt.Errorf("reading who has joined session %s: %w", session, err)
		}
		if j.Ahead, err = t.joinAhead(ctx, clinic); err != nil {
			return err
		}
		j.No, err = t.seatsSayingNo(ctx, clinic, session)
		return err
	})
	return j, err
}

// seatsSayingNo finds the seats of a session whose people said that they will not come to it at its present time.
func (t *tx) seatsSayingNo(ctx context.Context, clinic, session scheduler.ID) (map[scheduler.ID]bool, error) {
	rows, err := t.Query(ctx, `
		SELECT s.id FROM seats s JOIN sessions x ON x.id = s.session
		WHERE s.clinic = ? AND s.session = ? AND s.intent = ? AND s.answered_start = x.start_at
		  AND s.answered_end = x.end_at`, clinic, session, gate.IntentNo)
	if err != nil {
		return nil, err
	}
	no := map[scheduler.ID]bool{}
	_, err = sqldb.Collect(rows, func(rows *sql.Rows) (id scheduler.ID, err error) {
		err = rows.Scan(&id)
		no[id] = true
		return id, err
	})
	return no, err
}

// EndSession closes the way into a session for everybody. Closed before it opens, and when it is over anyway.
func (db *DB) EndSession(ctx context.Context, a access.Actor, clinic, session scheduler.ID) error {
	if err := access.CheckIn(a, access.AttendanceTake, string(clinic)); err != nil {
		return err
	}
	return db.write(ctx, func(t *tx) error {
		if err := t.seesSession(ctx, a, clinic, session); err != nil {
			return err
		}
		var start, end time.Time
		err := t.Row(ctx, "SELECT start_at, end_at FROM sessions WHERE clinic = ? AND id = ?", clinic, session).
			Scan(sqldb.When(&start), sqldb.When(&end))
		if sqldb.IsNoRows(err) {
			return notFound("There is no such session. Choose one on the page of its cohort.")
		}
		if err != nil {
			return fmt.Errorf("reading session %s: %w", session, err)
		}
		now := db.now()
		if now.Before(start) || !now.Before(end.Add(scheduler.JoinGrace)) {
			return fault.New(fault.Closed,
				"A session can be ended once it has begun, until half an hour after its end.")
		}
		if err := t.saveJoin(ctx, clinic, session, reads.JoinEvent{Kind: reads.JoinEnded, At: now}); err != nil {
			return err
		}
		return t.audit(ctx, clinic, a, now,
			scheduler.AuditEntry{Action: "session.over", Subjects: []scheduler.ID{session}})
	})
}

// ForgetJoins deletes join events that are older than reads.JoinsKept, of all clinics, and tells how many.
func (db *DB) ForgetJoins(ctx context.Context, a access.Actor) (n int64, err error) {
	if err := access.Check(a, access.DutyRun); err != nil {
		return 0, err
	}
	err = db.write(ctx, func(t *tx) (err error) {
		n, err = t.forgetJoins(ctx, db.now().Add(-reads.JoinsKept))
		return err
	})
	return n, err
}
