package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// deliveredBy stands in a task for who did it: the message that the call went beside was handed over in time.
const deliveredBy = "rule:message-handed-over"

// settleCalls ends the urgent calls beside messages that were handed over before their session began.
func (r *recorder) settleCalls(ctx context.Context, handovers []reads.Handover) error {
	news := func(h reads.Handover) bool { return h.Kind != scheduler.Reminder && h.Kind != scheduler.Confirm }
	ids := of(handovers, news, func(h reads.Handover) scheduler.ID { return h.Notice })
	if len(ids) == 0 {
		return nil
	}
	among, args := sqldb.Among(r.tx.Tx, "n.id", ids)
	return r.tx.Exec(ctx, `
		UPDATE tasks SET done_at = ?, done_by = ? WHERE clinic = ? AND done_at = '' AND key IN (
		  SELECT 'call:urgent:' || n.key FROM notices n WHERE n.`+ofClinic+` AND `+among+` AND (n.start_at = ''
OR n.start_at > ?))`,
		slices.Concat([]any{sqldb.Stamp(r.now), deliveredBy, r.clinic, r.clinic}, args, []any{sqldb.Stamp(r.now)})...)
}

// tellsDates are what a call, a letter or an unsent message may be about, so that who ticks it off
// says that the person was told.
var tellsDates = []string{
	scheduler.AboutWelcome, scheduler.AboutAdded, scheduler.AboutMoved, scheduler.AboutCancelled, scheduler.AboutLeft,
	scheduler.AboutOff,
	scheduler.AboutChanges, scheduler.AboutReminder, scheduler.AboutUnsent,
}

// toldByStaff remembers what a person was told by the one who ticks a task off: the dates of the task
// as they stand now.
func (t *tx) toldByStaff(ctx context.Context, clinic scheduler.ID, task scheduler.Task, now time.Time) error {
	if !tellsOfDates(task) {
		return nil
	}
	people, err := t.knownSeats(ctx, clinic, []scheduler.ID{task.Person})
	if err != nil {
		return err
	}
	seats := saidSeats(task, people[task.Person], now)
	for _, s := range seats {
		// A calendar was told nothing, so an invited seat remembers what stands there.
		err := t.Exec(ctx, `UPDATE seats SET told_expected = ?, told_start = ?, told_end = ?, told_place = ?,
told_meeting = ?, told_sequence = ?
			WHERE clinic = ? AND id = ? AND invited = 0 AND told_sequence <= ?`,
			yes(s.Expected), sqldb.Stamp(s.Start), sqldb.Stamp(s.End), s.Place, s.Meeting, s.Sequence, clinic, s.Seat,
			s.Sequence)
		if err != nil {
			return fmt.Errorf("remembering what staff told: %w", err)
		}
	}
	return t.Insert(ctx, insertToldDates, toldRows(clinic, task.ID, 0, seats, now),
		" ON CONFLICT (source, number, seat) DO NOTHING")
}

// tellsOfDates tells whether a task says dates to its person.
func tellsOfDates(task scheduler.Task) bool {
	telling := task.Kind == scheduler.CallTask || task.Kind == scheduler.LetterTask || task.Kind == scheduler.NoticeTask
	return telling && slices.Contains(tellsDates, task.About) && task.Person != ""
}

// saidSeats are the seats of a person that a task says something of, as they stand now.
func saidSeats(task scheduler.Task, known []knownSeat, now time.Time) (seats []reads.HandoverSeat) {
	news := newsBySeat(known, now)
	for _, k := range known {
		n, isNews := news[k.ID]
		told := k.handover()
		if isNews {
			told.Moment, told.Before, told.Off = n.After, n.Before, n.Off
		}
		if tellsSeatOf(task, k, isNews, now) {
			seats = append(seats, told)
		}
	}
	return seats
}

// newsBySeat is what a person does not know, by seat; dates that are new count as announced.
func newsBySeat(seats []knownSeat, now time.Time) map[scheduler.ID]scheduler.News {
	known := make([]scheduler.KnownSeat, len(seats))
	for i, k := range seats {
		known[i] = k.KnownSeat
		known[i].Announced = true
	}
	all := map[scheduler.ID]scheduler.News{}
	for _, n := range scheduler.NewsOf(known, now) {
		all[n.Seat.ID] = n
	}
	return all
}

// tellsSeatOf tells whether a task says something of a seat: it names the session; or it is about
// all dates of an enrollment; or about all that has changed.
func tellsSeatOf(task scheduler.Task, k knownSeat, isNews bool, now time.Time) bool {
	current := scheduler.MomentOf(&k.seatData.Seat, &k.session)
	switch {
	case task.Session != "":
		return k.session.ID == task.Session && k.seatData.Enrollment == task.Enrollment
	case task.About == scheduler.AboutWelcome || strings.HasPrefix(task.Key, string(scheduler.NoticeTask)+":welcome:"):
		return k.seatData.Enrollment == task.Enrollment && current.Expected && current.Start.After(now)
	default:
		return isNews
	}
}
