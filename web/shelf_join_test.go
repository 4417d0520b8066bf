package web_test

import (
	"context"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// The tokens of ways in on the shelf, by how they stand; of phoneKey it is open by phone only, of
// roomKey it is a room on a video host.
const (
	openKey, earlyKey, shutKey = "open234567open234567", "early234567early2345", "shut234567shut234567"
	phoneKey, roomKey          = "phone234567phone2345", "room234567room234567"
)

// Join is a way in at the same evening as the question of the shelf.
func (s *shelf) Join(_ context.Context, _ access.Actor, token string) (reads.Join, error) {
	j := reads.Join{Zone: s.question.Zone, Language: s.question.Language, Start: s.question.Start, End: s.question.End,
		Opens: s.question.Start.Add(-15 * time.Minute), Contact: s.own.Contact}
	number := scheduler.Meeting{Kind: scheduler.PhoneMeeting, Phone: "+12025550123", PIN: "4711"}
	switch token {
	case openKey:
		j.State, j.Meeting = scheduler.JoinOpen, number
		j.Meeting.Kind, j.Meeting.Link = scheduler.LinkMeeting, "https://meet.example.org/a7k2"
	case phoneKey:
		j.State, j.Meeting = scheduler.JoinOpen, number
	case roomKey:
		j.State, j.Meeting = scheduler.JoinOpen, number
		j.Meeting.Kind = scheduler.JitsiMeeting
		j.Room = reads.Room{Name: "room", Person: "Pat Example", Number: 3}
	case earlyKey:
		j.State = scheduler.JoinEarly
	case shutKey:
		j.State = scheduler.JoinShut
	default:
		return j, nothing()
	}
	return j, s.trouble
}

func (s *shelf) NoteJoin(ctx context.Context, a access.Actor, token string, _ reads.JoinKind) (reads.Join, error) {
	return s.Join(ctx, a, token)
}

// Joins has one person of each sort, as far as the session has people.
func (s *shelf) Joins(_ context.Context, _ access.Actor, _, session scheduler.ID) (j reads.Joins, err error) {
	if s.book == nil {
		return j, nothing()
	}
	j.No = map[scheduler.ID]bool{}
	for _, r := range s.book().Rosters {
		seats := 0
		for _, seat := range r.Seats {
			if seat.Session != session || !seat.State.Occupies() {
				continue
			}
			start := r.Session(session).Start
			event := func(kind reads.JoinKind, after time.Duration) {
				j.Events = append(j.Events, reads.JoinEvent{Seat: seat.ID, Kind: kind, At: start.Add(after)})
			}
			switch seats++; seats % 5 {
			case 1:
				event(reads.JoinOpened, -2*time.Minute)
				event(reads.JoinOpened, time.Minute)
			case 2:
				event(reads.JoinOpened, 9*time.Minute)
			case 3:
				event(reads.JoinTrouble, time.Minute)
			case 4:
				j.No[seat.ID] = true
			}
		}
	}
	return j, s.trouble
}

// LeadRoom has no meeting.
func (s *shelf) LeadRoom(context.Context, access.Actor, scheduler.ID, scheduler.ID) (m scheduler.Meeting,
	room reads.Room, err error) {
	return m, room, s.trouble
}

func (s *shelf) NotePresence(context.Context, access.Actor, string, string, time.Time, time.Time) error {
	return s.trouble
}

func (s *shelf) EndSession(context.Context, access.Actor, scheduler.ID, scheduler.ID) error {
	return s.trouble
}
