package store

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// A row of told_dates is one date as one text said it. It is written with the attempt, before
// anybody tries, so that a text whose outcome stays unknown counts as told. What a seat itself
// remembers (its told columns) follows calendars: see recorder.told.

const insertToldDates = `INSERT INTO told_dates (source, number, seat, clinic, at, sequence, expected, start_at,
end_at, place, off,
was_expected, was_start, was_end, was_place, meeting, was_meeting)`

// toldRows are the rows of a text, number 0 when staff said it.
func toldRows(clinic, source scheduler.ID, number int, seats []reads.HandoverSeat, at time.Time) [][]any {
	rows := make([][]any, len(seats))
	for i, s := range seats {
		rows[i] = []any{
			source, number, s.Seat, clinic, sqldb.Stamp(at), s.Sequence, yes(s.Expected), sqldb.Stamp(s.Start),
			sqldb.Stamp(s.End), s.Place, s.Off,
			yes(s.Before.Expected), sqldb.Stamp(s.Before.Start), sqldb.Stamp(s.Before.End), s.Before.Place,
			s.Meeting, s.Before.Meeting,
		}
	}
	return rows
}

// listsDates tells whether a text of this kind lists dates of several seats.
func listsDates(k scheduler.NoticeKind) bool { return k == scheduler.Welcome || k == scheduler.Changes }

// saveToldDates writes down what the texts list that this gate lets pass.
func (g *gateRun) saveToldDates(ctx context.Context, t *tx) error {
	var rows [][]any
	for _, h := range g.handovers {
		if listsDates(h.Kind) {
			rows = append(rows, toldRows(g.clinic, h.Notice, h.Attempt, h.Seats, g.now)...)
		}
	}
	return t.Insert(ctx, insertToldDates, rows, "")
}

// mayHaveArrived are the outcomes of attempts after which a text may have been read: open, sent,
// failed for now and given up on. Refused and abandoned ones were not.
const mayHaveArrived = "('', 'sent', 'retry', 'lost')"

// knownSeat is a seat of a person with what they know of it.
type knownSeat struct {
	*seatData
	scheduler.KnownSeat
}

// knownSeats reads all seats of some people, and what each of them knows: what a seat
// remembers or, where a text said something newer of it, that.
func (t *tx) knownSeats(ctx context.Context, clinic scheduler.ID,
	people []scheduler.ID) (map[scheduler.ID][]knownSeat, error) {
	if len(people) == 0 {
		return nil, nil
	}
	enrollments, err := t.enrollmentsAmong(ctx, clinic, people)
	if err != nil {
		return nil, fmt.Errorf("reading the enrollments of people: %w", err)
	}
	seats, err := t.seatTruths(ctx, clinic, "s.enrollment", slices.Sorted(maps.Keys(enrollments)))
	if err != nil {
		return nil, fmt.Errorf("reading the seats of people: %w", err)
	}
	said, err := t.toldLast(ctx, clinic, people)
	if err != nil {
		return nil, fmt.Errorf("reading what texts told: %w", err)
	}
	doubted, err := t.doubtedSeats(ctx, clinic, people)
	if err != nil {
		return nil, fmt.Errorf("reading what may have been told: %w", err)
	}
	all := map[scheduler.ID][]knownSeat{}
	for _, s := range seats {
		e := enrollments[s.Enrollment]
		k := knownSeat{s, scheduler.KnownSeat{
			Seat: &s.Seat, Session: &s.session, Enrollment: e.state, Continued: e.continued, Known: s.Told.Moment,
		}}
		if last, told := said[s.ID]; told && last.Sequence >= s.Told.Sequence {
			k.Known = last.Moment
		} else if doubted[s.ID] && s.Told == (scheduler.Told{}) {
			k.Known = scheduler.Moment{Expected: true, Start: s.session.Start, End: s.session.End,
				Place: s.session.Place, Meeting: s.session.Meeting}
		}
		all[s.Person] = append(all[s.Person], k)
	}
	return all, nil
}

// standingOf is how an enrollment stands.
type standingOf struct {
	state     scheduler.EnrollmentState
	continued bool // another one goes on from it
}

func (t *tx) enrollmentsAmong(ctx context.Context, clinic scheduler.ID,
	people []scheduler.ID) (map[scheduler.ID]standingOf, error) {
	among, args := sqldb.Among(t.Tx, "e.person", people)
	rows, err := t.Query(ctx, `
		SELECT e.id, e.state, CASE WHEN EXISTS (SELECT 1 FROM enrollments o WHERE o.person = e.person
AND o.continues = e.id
		  AND o.state <> 'withdrawn') THEN 1 ELSE 0 END
		FROM enrollments e WHERE e.`+ofClinic+` AND `+among, append([]any{clinic}, args...)...)
	if err != nil {
		return nil, err
	}
	all := map[scheduler.ID]standingOf{}
	_, err = sqldb.Collect(rows, func(rows *sql.Rows) (id scheduler.ID, err error) {
		var s standingOf
		err = rows.Scan(&id, &s.state, &s.continued)
		all[id] = s
		return id, err
	})
	return all, err
}

// toldLast gives what a text said last of each seat of some people.
func (t *tx) toldLast(ctx context.Context, clinic scheduler.ID,
	people []scheduler.ID) (map[scheduler.ID]scheduler.Told, error) {
	among, args := sqldb.Among(t.Tx, "e.person", people)
	rows, err := t.Query(ctx, `
		SELECT d.seat, d.sequence, d.expected, d.start_at, d.end_at, d.place, d.meeting
		FROM enrollments e JOIN seats s ON s.enrollment = e.id JOIN told_dates d ON d.seat = s.id
		LEFT JOIN attempts a ON a.notice = d.source AND a.number = d.number
		WHERE e.`+ofClinic+` AND `+among+` AND (d.number = 0 OR a.outcome IN `+mayHaveArrived+`)
		ORDER BY d.sequence, d.at`, append([]any{clinic}, args...)...)
	if err != nil {
		return nil, err
	}
	last := map[scheduler.ID]scheduler.Told{}
	_, err = sqldb.Collect(rows, func(rows *sql.Rows) (seat scheduler.ID, err error) {
		var told scheduler.Told
		err = rows.Scan(&seat, &told.Sequence, &told.Expected, sqldb.When(&told.Start),
			sqldb.When(&told.End), &told.Place, &told.Meeting)
		last[seat] = told
		return seat, err
	})
	return last, err
}

// doubtedSeats gives the seats of some people of which an invite or a reminder was tried, and nobody
// knows whether it arrived.
func (t *tx) doubtedSeats(ctx context.Context, clinic scheduler.ID,
	people []scheduler.ID) (map[scheduler.ID]bool, error) {
	among, args := sqldb.Among(t.Tx, "e.person", people)
	rows, err := t.Query(ctx, `
		SELECT DISTINCT s.id FROM enrollments e JOIN seats s ON s.enrollment = e.id
		JOIN notices n ON n.enrollment = e.id AND n.seat = s.id JOIN attempts a ON a.notice = n.id
		WHERE e.`+ofClinic+` AND `+among+` AND n.kind IN ('calendar', 'reminder') AND a.outcome IN ('', 'retry',
'lost')`,
		append([]any{clinic}, args...)...)
	if err != nil {
		return nil, err
	}
	doubted := map[scheduler.ID]bool{}
	_, err = sqldb.Collect(rows, func(rows *sql.Rows) (seat scheduler.ID, err error) {
		err = rows.Scan(&seat)
		doubted[seat] = true
		return seat, err
	})
	return doubted, err
}

// pending is what is planned for a person beside the notice at hand.
type pending struct {
	announced map[scheduler.ID]bool // seats of which a calendar notice waits
	welcomes  map[scheduler.ID]bool // enrollments whose welcome waits
	busy      bool                  // an attempt to another enrollment is open
	textDue   time.Time             // when a text about changes may leave; zero: none waits
}

// plannedFor reads what is planned for some people.
func (t *tx) plannedFor(ctx context.Context, clinic scheduler.ID, people []scheduler.ID,
	now time.Time) (map[scheduler.ID]*pending, error) {
	all := map[scheduler.ID]*pending{}
	for _, person := range people {
		all[person] = &pending{announced: map[scheduler.ID]bool{}, welcomes: map[scheduler.ID]bool{}}
	}
	if len(people) == 0 {
		return all, nil
	}
	among, args := sqldb.Among(t.Tx, "e.person", people)
	rows, err := t.Query(ctx, `
		SELECT n.person, n.enrollment, n.kind, n.seat, n.due_at, n.queued_until, n.lease_until
		FROM enrollments e JOIN notices n ON n.enrollment = e.id
		WHERE e.`+ofClinic+` AND `+among+` AND n.kind IN ('calendar', 'welcome', 'changes') AND n.state = 'planned'`,
		append([]any{clinic}, args...)...)
	if err != nil {
		return nil, err
	}
	_, err = sqldb.Collect(rows, func(rows *sql.Rows) (person scheduler.ID, err error) {
		var enrollment, seat scheduler.ID
		var kind scheduler.NoticeKind
		var due, queued, leased time.Time
		if err := rows.Scan(&person, &enrollment, &kind, &seat, sqldb.When(&due), sqldb.When(&queued),
			sqldb.When(&leased)); err != nil {
			return person, err
		}
		p := all[person]
		p.busy = p.busy || leased.After(now)
		switch {
		case kind == scheduler.Welcome:
			p.welcomes[enrollment] = true
		case kind == scheduler.Calendar:
			p.announced[seat] = true
		case queued.After(now.Add(pushRest)): // it was put off, not only pushed
			p.textDue = queued
		default:
			p.textDue = due
		}
		return person, err
	})
	return all, err
}

// readChanges finds what the texts about changes have to say.
func (t *tx) readChanges(ctx context.Context, clinic scheduler.ID, all []*noticeData, now time.Time) error {
	changes := func(n *noticeData) bool { return n.Kind == scheduler.Changes }
	people := of(all, changes, func(n *noticeData) scheduler.ID { return n.Person })
	seats, err := t.knownSeats(ctx, clinic, people)
	if err != nil || len(people) == 0 {
		return err
	}
	planned, err := t.plannedFor(ctx, clinic, people, now)
	if err != nil {
		return fmt.Errorf("reading what is planned for people: %w", err)
	}
	for _, n := range all {
		if !changes(n) {
			continue
		}
		p := planned[n.Person]
		n.busy = n.busy || p.busy
		var known []scheduler.KnownSeat
		for _, k := range seats[n.Person] {
			k.Announced = p.announced[k.KnownSeat.Seat.ID] && !p.welcomes[k.seatData.Enrollment]
			known = append(known, k.KnownSeat)
			n.seats = append(n.seats, k.seatData)
		}
		n.news = scheduler.NewsOf(known, now)
	}
	return nil
}

// newsSeats gives what a text says of each date.
func (n *noticeData) newsSeats() []reads.HandoverSeat {
	seats := make([]reads.HandoverSeat, len(n.news))
	for i, one := range n.news {
		for _, s := range n.seats {
			if s.ID == one.Seat.ID {
				seats[i] = s.handover()
			}
		}
		seats[i].Moment, seats[i].Before, seats[i].Off = one.After, one.Before, one.Off
	}
	return seats
}

// readTexts finds, for calendar notices, the text that goes first, or has gone: their mails say the same.
func (t *tx) readTexts(ctx context.Context, clinic scheduler.ID, all []*noticeData, now time.Time) error {
	calendars := func(n *noticeData) bool { return n.Kind == scheduler.Calendar }
	people := of(all, calendars, func(n *noticeData) scheduler.ID { return n.Person })
	planned, err := t.plannedFor(ctx, clinic, people, now)
	if err != nil || len(people) == 0 {
		return err
	}
	texts, err := t.textsAbout(ctx, clinic, of(all, calendars, func(n *noticeData) scheduler.ID { return n.Seat }))
	if err != nil {
		return fmt.Errorf("reading the texts of calendar notices: %w", err)
	}
	for _, n := range all {
		if calendars(n) {
			n.textDue = planned[n.Person].textDue
			// A mail that fell due after the text, such as an invite two weeks ahead, stands for itself.
			if text := texts[n.Seat]; text != nil && text.sequence == n.seat.Sequence && !n.Due.After(text.at) {
				n.text = text.dates
			}
		}
	}
	return nil
}

// toldText is a text about changes, as it was sent.
type toldText struct {
	sequence int       // of the seat that was asked about
	at       time.Time // when it passed the gate
	dates    []reads.HandoverSeat
}

// textsAbout gives the last text that was sent about each of some seats.
func (t *tx) textsAbout(ctx context.Context, clinic scheduler.ID,
	seats []scheduler.ID) (map[scheduler.ID]*toldText, error) {
	among, args := sqldb.Among(t.Tx, "x.seat", seats)
	rows, err := t.Query(ctx, `
		SELECT x.seat, x.sequence, x.source, x.at, d.seat, d.sequence, d.expected, d.start_at, d.end_at, d.place, d.off,
		  d.was_expected, d.was_start, d.was_end, d.was_place, d.meeting, d.was_meeting
		FROM told_dates x JOIN notices n ON n.id = x.source AND n.kind = 'changes' AND n.state IN ('sent', 'delivered')
AND n.attempts = x.number
		JOIN told_dates d ON d.source = x.source AND d.number = x.number
		WHERE x.`+ofClinic+` AND `+among+` ORDER BY x.sequence, x.at, x.source, d.was_start, d.start_at,
d.seat`, append([]any{clinic}, args...)...)
	if err != nil {
		return nil, err
	}
	texts, sources := map[scheduler.ID]*toldText{}, map[scheduler.ID]scheduler.ID{}
	_, err = sqldb.Collect(rows, func(rows *sql.Rows) (about scheduler.ID, err error) {
		var sequence int
		var source scheduler.ID
		var at time.Time
		var s reads.HandoverSeat
		err = rows.Scan(&about, &sequence, &source, sqldb.When(&at), &s.Seat, &s.Sequence, &s.Expected,
			sqldb.When(&s.Start), sqldb.When(&s.End), &s.Place, &s.Off,
			&s.Before.Expected, sqldb.When(&s.Before.Start), sqldb.When(&s.Before.End), &s.Before.Place,
			&s.Meeting, &s.Before.Meeting)
		if sources[about] != source {
			sources[about], texts[about] = source, &toldText{}
		}
		texts[about].sequence, texts[about].at = sequence, at
		texts[about].dates = append(texts[about].dates, s)
		return about, err
	})
	return texts, err
}
