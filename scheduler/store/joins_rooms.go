package store

import (
	"context"
	"crypto/hmac"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// The purposes of what names rooms and participants at a video host. They are tokens of their subject, the session and
// the seat, so that a host's reports lead back to them; they open nothing here.
const (
	roomPurpose        = "room"
	participantPurpose = "participant"
)

func (k *clinicKey) roomName(session scheduler.ID) string {
	return k.SubjectToken(roomPurpose, string(session), 0)
}

func (k *clinicKey) participantName(id scheduler.ID) string {
	return k.SubjectToken(participantPurpose, string(id), 0)
}

// participant gives whom a name at a host names; false when it is none of the clinic's.
func (k *clinicKey) participant(name string) (scheduler.ID, bool) {
	subject, ok := k.Subject(name)
	id := scheduler.ID(subject)
	return id, ok && scheduler.IsID(subject) && hmac.Equal([]byte(k.participantName(id)), []byte(name))
}

// roomFor gives a session's room as one person comes into it.
func (t *tx) roomFor(ctx context.Context, clinic, seat, person scheduler.ID,
	session *scheduler.Session) (room reads.Room, err error) {
	key, err := t.key(ctx, clinic)
	if err != nil {
		return room, err
	}
	room = reads.Room{Session: session.ID, Name: key.roomName(session.ID), Participant: key.participantName(seat)}
	ahead, err := t.joinAhead(ctx, clinic)
	if err != nil {
		return room, err
	}
	room.Opens, room.Closes = session.Hours(ahead)
	err = t.Row(ctx, "SELECT count(*) FROM seats WHERE clinic = ? AND session = ? AND id <= ?",
		clinic, session.ID, seat).Scan(&room.Number)
	if err != nil {
		return room, fmt.Errorf("numbering seat %s: %w", seat, err)
	}
	var name, own []byte
	err = t.Row(ctx, "SELECT name, data_key FROM people WHERE clinic = ? AND id = ?", clinic, person).Scan(&name, &own)
	if err != nil {
		return room, fmt.Errorf("reading the name of %s: %w", person, err)
	}
	room.Person, err = openedForUse(key.person(clinic, person, own), place(clinic, "people", "name", person), name)
	return room, err
}

// LeadRoom gives the meeting of a session, and its room as somebody of the staff comes into it. NotFound when there is
// no such session within their reach.
func (db *DB) LeadRoom(ctx context.Context, a access.Actor, clinic, session scheduler.ID) (m scheduler.Meeting,
	room reads.Room, err error) {
	if err := access.CheckIn(a, access.AttendanceTake, string(clinic)); err != nil {
		return m, room, err
	}
	err = db.view(ctx, func(t *tx) error {
		if err := t.seesSession(ctx, a, clinic, session); err != nil {
			return err
		}
		var s scheduler.Session
		err := t.Row(ctx, "SELECT meeting, start_at, end_at FROM sessions WHERE clinic = ? AND id = ?",
			clinic, session).Scan(&s.Meeting, sqldb.When(&s.Start), sqldb.When(&s.End))
		if sqldb.IsNoRows(err) {
			return notFound("There is no such session. Choose one on the page of its cohort.")
		}
		if err != nil {
			return fmt.Errorf("reading session %s: %w", session, err)
		}
		if m, err = t.meeting(ctx, clinic, s.Meeting); err != nil || !m.Kind.Hosted() {
			return err
		}
		key, err := t.key(ctx, clinic)
		if err != nil {
			return err
		}
		staff := scheduler.ID(a.ID)
		room = reads.Room{Session: session, Name: key.roomName(session), Participant: key.participantName(staff)}
		ahead, err := t.joinAhead(ctx, clinic)
		if err != nil {
			return err
		}
		room.Opens, room.Closes = s.Hours(ahead)
		room.Person, err = t.staffName(ctx, clinic, staff, key)
		return err
	})
	return m, room, err
}

// NotePresence keeps what a video host reports: that somebody came into a room, and left it unless left is zero. A
// report about a room or a participant that is none of ours, and about somebody who leads, is ignored, and one that
// was kept already is kept once.
func (db *DB) NotePresence(ctx context.Context, a access.Actor, room, participant string, came, left time.Time) error {
	if err := access.Check(a, access.TokenFind); err != nil {
		return err
	}
	return db.write(ctx, func(t *tx) error {
		key, _, session, err := t.subjectOf(ctx, room)
		if err != nil || session == "" || !hmac.Equal([]byte(key.roomName(session)), []byte(room)) {
			return err
		}
		seat, known := key.participant(participant)
		if !known {
			return nil
		}
		clinic, err := t.clinicOfSeat(ctx, seat, session)
		if sqldb.IsNoRows(err) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("looking up seat %s: %w", seat, err)
		}
		for kind, at := range map[reads.JoinKind]time.Time{reads.JoinCame: came, reads.JoinLeft: left} {
			if at.IsZero() {
				continue
			}
			if err := t.saveJoin(ctx, clinic, session, reads.JoinEvent{Seat: seat, Kind: kind, At: at}); err != nil {
				return err
			}
		}
		return nil
	})
}

// RunningRooms gives the rooms of the sessions whose way in is open or opens within a time ahead, with the kind of
// their meetings, of all clinics.
func (db *DB) RunningRooms(ctx context.Context, a access.Actor, ahead time.Duration) ([]reads.RunningRoom, error) {
	if err := access.Check(a, access.DutyRun); err != nil {
		return nil, err
	}
	var rooms []reads.RunningRoom
	err := db.view(ctx, func(t *tx) error {
		now := db.now()
		rows, err := t.meetingSessions(ctx, now.Add(-scheduler.JoinGrace), now.Add(scheduler.MostJoinAhead+ahead))
		if err != nil {
			return err
		}
		rooms = nil
		kinds := map[scheduler.ID]scheduler.MeetingKind{}
		opens := map[scheduler.ID]time.Duration{}
		for _, r := range rows {
			if _, is := opens[r.Clinic]; !is {
				if opens[r.Clinic], err = t.joinAhead(ctx, r.Clinic); err != nil {
					return err
				}
			}
			if !r.Start.Before(now.Add(opens[r.Clinic] + ahead)) {
				continue
			}
			if _, is := kinds[r.meeting]; !is {
				m, err := t.meeting(ctx, r.Clinic, r.meeting)
				if err != nil {
					return err
				}
				kinds[r.meeting] = m.Kind
			}
			if r.Kind = kinds[r.meeting]; r.Kind.Hosted() {
				key, err := t.key(ctx, r.Clinic)
				if err != nil {
					return err
				}
				r.Name = key.roomName(r.Session)
				rooms = append(rooms, r.RunningRoom)
			}
		}
		return nil
	})
	return rooms, err
}

// meetingSession is a session of a clinic with a meeting.
type meetingSession struct {
	reads.RunningRoom
	meeting scheduler.ID
}

// NotePresent keeps who is in a room now, as a video host says when it is asked: who was not there has come, and who
// was there and is no longer has left.
func (db *DB) NotePresent(ctx context.Context, a access.Actor, room reads.RunningRoom, present []string) error {
	if err := access.Check(a, access.DutyRun); err != nil {
		return err
	}
	key, err := db.openKey(ctx, room.Clinic)
	if err != nil {
		return err
	}
	var seats []scheduler.ID
	for _, name := range present {
		if seat, known := key.participant(name); known {
			seats = append(seats, seat)
		}
	}
	return db.write(ctx, func(t *tx) error {
		inside, err := t.seatsInside(ctx, room.Clinic, room.Session)
		if err != nil {
			return err
		}
		event := reads.JoinEvent{At: db.now(), Kind: reads.JoinCame}
		for _, event.Seat = range seats {
			if slices.Contains(inside, event.Seat) {
				continue
			}
			if _, err := t.clinicOfSeat(ctx, event.Seat, room.Session); sqldb.IsNoRows(err) {
				continue // somebody who leads, or a seat of another session
			}
			if err := t.saveJoin(ctx, room.Clinic, room.Session, event); err != nil {
				return err
			}
		}
		event.Kind = reads.JoinLeft
		for _, event.Seat = range inside {
			if slices.Contains(seats, event.Seat) {
				continue
			}
			if err := t.saveJoin(ctx, room.Clinic, room.Session, event); err != nil {
				return err
			}
		}
		return nil
	})
}

// NoteVideoHostDown makes a task, once for a session, because the video host of its room does not answer.
func (db *DB) NoteVideoHostDown(ctx context.Context, a access.Actor, room reads.RunningRoom) error {
	if err := access.Check(a, access.DutyRun); err != nil {
		return err
	}
	return db.write(ctx, func(t *tx) error {
		if _, err := t.lock(ctx, room.Clinic); err != nil {
			return err
		}
		var cohort scheduler.ID
		err := t.Row(ctx, "SELECT cohort FROM sessions WHERE clinic = ? AND id = ?", room.Clinic, room.Session).
			Scan(&cohort)
		if err != nil {
			return fmt.Errorf("reading session %s: %w", room.Session, err)
		}
		return t.saveTasks(ctx, room.Clinic, []scheduler.Task{scheduler.NewTask(room.Clinic, scheduler.Task{
			Kind: scheduler.LookTask, About: scheduler.AboutVideoHost, Cohort: cohort, Session: room.Session,
			Due: room.Start,
		}, scheduler.AboutVideoHost+":"+string(room.Session), db.now())})
	})
}

// seatsInside gives the seats that came into a room and have not left it.
func (t *tx) seatsInside(ctx context.Context, clinic, session scheduler.ID) ([]scheduler.ID, error) {
	rows, err := t.Query(ctx, `
		SELECT seat, kind FROM join_events WHERE clinic = ? AND session = ? AND kind IN (?, ?) ORDER BY at, id`,
		clinic, session, reads.JoinCame, reads.JoinLeft)
	if err != nil {
		return nil, err
	}
	var inside []scheduler.ID
	_, err = sqldb.Collect(rows, func(rows *sql.Rows) (none struct{}, err error) {
		var seat scheduler.ID
		var kind reads.JoinKind
		if err := rows.Scan(&seat, &kind); err != nil {
			return none, err
		}
		inside = slices.DeleteFunc(inside, func(id scheduler.ID) bool { return id == seat })
		if kind == reads.JoinCame {
			inside = append(inside, seat)
		}
		return none, nil
	})
	return inside, err
}
