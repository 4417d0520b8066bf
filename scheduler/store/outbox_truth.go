package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/reads"
	"almanac/scheduler/seal"
)

// truth is what stands about some notices of one clinic while it is shared.
type truth struct {
	location    func(zone string) *time.Location
	clinic      scheduler.ID
	key         *seal.Key
	now         time.Time
	enrollments map[scheduler.ID]*attendee
	seats       map[scheduler.ID]*seatTruth
	bySeating   map[scheduler.ID][]*seatTruth // of welcomed enrollments, in order of start
	reach       map[scheduler.ID][]scheduler.Channel
	links       map[scheduler.ID]reads.Links
	offers      map[scheduler.ID][]scheduler.Offer  // by enrollment that is told of one
	questions   map[scheduler.ID]string             // by seat: the token of its confirm link, while nobody has used it
	settings    map[scheduler.ID]scheduler.Settings // of people who have some
	reminded    map[scheduler.ID]int                // by person: reminders of the last seven days, of those who want no more than some
	welcomes    map[scheduler.ID]welcome
	struck      map[scheduler.ID]int         // attempts of a notice that nobody recorded
	doubted     map[scheduler.ID]bool        // seats of which something may stand in a calendar that nobody recorded
	busy        map[scheduler.ID]bool        // enrollments with an open attempt
	due         map[scheduler.ID][]dueBeside // by seat: its planned notices that are due
}

// attendee is an enrollment with its person, still sealed.
type attendee struct {
	scheduler.Enrollment
	cohort             scheduler.ID
	zone               string // of the person
	language           string
	name, email, phone []byte
}

// seatTruth is a seat with what matters of its session and cohort.
type seatTruth struct {
	scheduler.Seat
	session scheduler.Session
	zone    string // of the cohort
	intent  scheduler.Intent
}

type welcome struct {
	pending bool
	sentAt  time.Time
}

// dueBeside is a notice that is due beside others of its seat.
type dueBeside struct {
	id      scheduler.ID
	kind    scheduler.NoticeKind
	channel scheduler.Channel
	due     time.Time
	created time.Time
}

// truth reads everything that the gate looks at, in one query a table.
func (t *tx) truth(ctx context.Context, clinic scheduler.ID, notices []claimed, now time.Time) (*truth, error) {
	all := &truth{clinic: clinic, now: now, location: t.location}
	var err error
	if all.key, err = t.key(ctx, clinic); err != nil {
		return nil, err
	}
	enrollments := unique(notices, func(n claimed) scheduler.ID { return n.Enrollment })
	seats := unique(notices, func(n claimed) scheduler.ID { return n.Seat })
	ids := unique(notices, func(n claimed) scheduler.ID { return n.ID })
	people := unique(notices, func(n claimed) scheduler.ID { return n.Person })
	welcomed := unique(notices, func(n claimed) scheduler.ID {
		if n.Kind == scheduler.Welcome || n.Kind == scheduler.OfferNotice {
			return n.Enrollment
		}
		return ""
	})
	confirmed := unique(notices, func(n claimed) scheduler.ID {
		if n.Kind == scheduler.Confirm {
			return n.Seat
		}
		return ""
	})
	for _, read := range []func() error{
		func() error { return all.readEnrollments(ctx, t, enrollments) },
		func() error { return all.readSeats(ctx, t, seats, welcomed) },
		func() (err error) { all.reach, err = t.reach(ctx, clinic, people); return err },
		func() (err error) { all.links, err = t.links(ctx, clinic, people); return err },
		func() (err error) { all.settings, err = t.settingsOf(ctx, clinic, people); return err },
		func() (err error) { all.reminded, err = t.reminded(ctx, clinic, all.limited(notices), now); return err },
		func() (err error) { all.questions, err = t.confirmTokens(ctx, clinic, confirmed); return err },
		func() (err error) { all.welcomes, err = t.welcomesOf(ctx, clinic, enrollments); return err },
		func() error { return all.readStruck(ctx, t, ids) },
		func() error { return all.readDoubted(ctx, t, notices) },
		func() error { return all.readOffers(ctx, t, notices) },
		func() error { return all.readBusy(ctx, t, enrollments) },
		func() error { return all.readDue(ctx, t, seats) },
	} {
		if err := read(); err != nil {
			return nil, fmt.Errorf("reading what is true: %w", err)
		}
	}
	return all, nil
}

func (all *truth) readEnrollments(ctx context.Context, t *tx, ids []scheduler.ID) error {
	in, args := list(ids)
	rows, err := t.query(ctx, `
		SELECT e.id, e.person, e.state, e.cohort, p.zone, p.language, p.name, p.email, p.phone
		FROM enrollments e JOIN people p ON p.id = e.person
		WHERE e.clinic = ? AND e.id IN (`+in+`)`, append([]any{all.clinic}, args...)...)
	if err != nil {
		return err
	}
	found, err := collect(rows, func(rows *sql.Rows) (*attendee, error) {
		var a attendee
		return &a, rows.Scan(&a.ID, &a.Person, &a.State, &a.cohort, &a.zone, &a.language, &a.name, &a.email, &a.phone)
	})
	all.enrollments = make(map[scheduler.ID]*attendee, len(found))
	for _, a := range found {
		all.enrollments[a.ID] = a
	}
	return err
}

// readSeats reads seats by themselves, and all seats of those who are welcomed or
// told of an offer.
func (all *truth) readSeats(ctx context.Context, t *tx, ids, welcomed []scheduler.ID) error {
	all.seats, all.bySeating = map[scheduler.ID]*seatTruth{}, map[scheduler.ID][]*seatTruth{}
	seats, err := t.seatTruths(ctx, all.clinic, "s.id", ids)
	if err != nil {
		return err
	}
	for _, s := range seats {
		all.seats[s.ID] = s
	}
	if seats, err = t.seatTruths(ctx, all.clinic, "s.enrollment", welcomed); err != nil {
		return err
	}
	for _, s := range seats {
		all.bySeating[s.Enrollment] = append(all.bySeating[s.Enrollment], s)
	}
	return nil
}

// seatTruths reads the seats whose column is among ids, in order of start.
func (t *tx) seatTruths(ctx context.Context, clinic scheduler.ID, column string, ids []scheduler.ID) ([]*seatTruth, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	in, args := list(ids)
	rows, err := t.query(ctx, "SELECT "+seatColumns+", "+truthColumns+`
		FROM seats s JOIN sessions x ON x.id = s.session JOIN cohorts c ON c.id = x.cohort
		WHERE s.clinic = ? AND `+column+" IN ("+in+") ORDER BY x.start_at, s.id", append([]any{clinic}, args...)...)
	if err != nil {
		return nil, err
	}
	return collect(rows, func(rows *sql.Rows) (*seatTruth, error) {
		var s seatTruth
		err := rows.Scan(s.into()...)
		s.session.ID = s.Session
		return &s, err
	})
}

// truthColumns stand behind seatColumns: of a session x and its cohort c.
const truthColumns = "x.start_at, x.end_at, x.place, x.state, c.zone, s.intent"

// into gives where seatColumns and truthColumns go.
func (s *seatTruth) into() []any {
	return append(intoSeat(&s.Seat), when(&s.session.Start), when(&s.session.End), &s.session.Place, &s.session.State, &s.zone, &s.intent)
}

// welcomesOf tells of each enrollment whether its welcome is still to come, or
// when it was sent.
func (t *tx) welcomesOf(ctx context.Context, clinic scheduler.ID, enrollments []scheduler.ID) (map[scheduler.ID]welcome, error) {
	in, args := list(enrollments)
	rows, err := t.query(ctx, `
		SELECT enrollment, state, done_at FROM notices
		WHERE `+ofClinic+` AND kind = 'welcome' AND state IN ('planned', 'sent') AND enrollment IN (`+in+`)`,
		append([]any{clinic}, args...)...)
	if err != nil {
		return nil, err
	}
	welcomes := map[scheduler.ID]welcome{}
	_, err = collect(rows, func(rows *sql.Rows) (enrollment scheduler.ID, err error) {
		var state scheduler.NoticeState
		var done time.Time
		err = rows.Scan(&enrollment, &state, when(&done))
		w := welcomes[enrollment]
		if state == scheduler.NoticePlanned {
			w.pending = true
		} else {
			w.sentAt = done
		}
		welcomes[enrollment] = w
		return enrollment, err
	})
	return welcomes, err
}

func (all *truth) readStruck(ctx context.Context, t *tx, ids []scheduler.ID) error {
	in, args := list(ids)
	rows, err := t.query(ctx, "SELECT notice, count(*) FROM attempts WHERE outcome = '' AND notice IN ("+in+") GROUP BY notice", args...)
	if err != nil {
		return err
	}
	all.struck = map[scheduler.ID]int{}
	_, err = collect(rows, func(rows *sql.Rows) (id scheduler.ID, err error) {
		var n int
		err = rows.Scan(&id, &n)
		all.struck[id] = n
		return id, err
	})
	return err
}

// readDoubted finds the seats of calendar notices of which an attempt was cut off
// or lost its answer: what it brought may have arrived.
func (all *truth) readDoubted(ctx context.Context, t *tx, notices []claimed) error {
	all.doubted = map[scheduler.ID]bool{}
	seats := unique(notices, func(n claimed) scheduler.ID {
		if n.Kind != scheduler.Calendar {
			return ""
		}
		return n.Seat
	})
	if len(seats) == 0 {
		return nil
	}
	in, args := list(seats)
	rows, err := t.query(ctx, `
		SELECT DISTINCT n.seat FROM notices n JOIN attempts a ON a.notice = n.id
		WHERE `+ofClinic+` AND n.kind = 'calendar' AND a.outcome IN ('', 'retry') AND n.seat <> '' AND n.seat IN (`+in+`)`,
		append([]any{all.clinic}, args...)...)
	if err != nil {
		return err
	}
	doubted, err := collect(rows, scanID)
	for _, id := range doubted {
		all.doubted[id] = true
	}
	return err
}

// readBusy finds enrollments to which something is being handed over.
func (all *truth) readBusy(ctx context.Context, t *tx, ids []scheduler.ID) error {
	in, args := list(ids)
	rows, err := t.query(ctx, "SELECT DISTINCT enrollment FROM notices WHERE "+ofClinic+" AND lease_until > ? AND enrollment IN ("+in+")",
		append([]any{all.clinic, stamp(all.now)}, args...)...)
	if err != nil {
		return err
	}
	busy, err := collect(rows, scanID)
	all.busy = make(map[scheduler.ID]bool, len(busy))
	for _, id := range busy {
		all.busy[id] = true
	}
	return err
}

func (all *truth) readDue(ctx context.Context, t *tx, seats []scheduler.ID) error {
	all.due = map[scheduler.ID][]dueBeside{}
	if len(seats) == 0 {
		return nil
	}
	in, args := list(seats)
	rows, err := t.query(ctx, `
		SELECT seat, id, kind, channel, due_at, created_at FROM notices
		WHERE `+ofClinic+` AND state = 'planned' AND due_at <= ? AND seat <> '' AND seat IN (`+in+`)`,
		append([]any{all.clinic, stamp(all.now)}, args...)...)
	if err != nil {
		return err
	}
	_, err = collect(rows, func(rows *sql.Rows) (d dueBeside, err error) {
		var seat scheduler.ID
		err = rows.Scan(&seat, &d.id, &d.kind, &d.channel, when(&d.due), when(&d.created))
		all.due[seat] = append(all.due[seat], d)
		return d, err
	})
	return err
}

// superseded tells whether a newer notice of the same seat, kind and channel is
// due as well: one message tells all there is to tell.
func (all *truth) superseded(n claimed) bool {
	for _, other := range all.due[n.Seat] {
		if n.Seat == "" || other.id == n.ID || other.kind != n.Kind || other.channel != n.Channel {
			continue
		}
		if other.due.After(n.Due) || other.due.Equal(n.Due) && other.created.After(n.CreatedAt) {
			return true
		}
	}
	return false
}

// cohort is whose notice it is; empty when its enrollment is gone.
func (all *truth) cohort(n claimed) scheduler.ID {
	if a := all.enrollments[n.Enrollment]; a != nil {
		return a.cohort
	}
	return ""
}

// standing puts together what the rules ask about one notice.
func (all *truth) standing(n claimed) (s scheduler.Standing, known bool) {
	a := all.enrollments[n.Enrollment]
	if a == nil {
		return s, false
	}
	s = scheduler.Standing{Notice: n.Notice, Enrollment: a.Enrollment, Reach: all.reach[a.Person]}
	all.suit(&s, a)
	if n.Kind == scheduler.Welcome {
		s.Upcoming = len(all.upcoming(n.Enrollment))
		return s, true
	}
	if n.Kind == scheduler.OfferNotice {
		s.Enrollment.Offers = all.offers[n.Enrollment]
		return s, true
	}
	seat := all.seats[n.Seat]
	if seat == nil {
		return s, false
	}
	w := all.welcomes[n.Enrollment]
	s.Seat, s.Session, s.WelcomePending, s.WelcomedAt = &seat.Seat, &seat.session, w.pending, w.sentAt
	s.InDoubt, s.Linked = all.doubted[n.Seat], all.questions[n.Seat] != ""
	return s, true
}

// upcoming lists the seats that a welcome tells of.
func (all *truth) upcoming(enrollment scheduler.ID) []*seatTruth {
	var seats []*seatTruth
	for _, s := range all.bySeating[enrollment] {
		if scheduler.Truth(&s.Seat, &s.session).Expected && s.session.Start.After(all.now) {
			seats = append(seats, s)
		}
	}
	return seats
}

// handover opens what a message needs.
func (all *truth) handover(n claimed) (h reads.Handover, err error) {
	a := all.enrollments[n.Enrollment]
	h = reads.Handover{
		Notice: n.ID, Clinic: all.clinic, Attempt: n.attempts + 1, GatedAt: all.now, Kind: n.Kind, Channel: n.Channel, Lead: n.Lead,
		Person: a.Person, Thread: a.ID, Zone: a.zone, Language: a.language, Links: all.links[a.Person],
	}
	if n.Kind == scheduler.Confirm {
		h.Confirm = all.questions[n.Seat]
	}
	if h.Name, err = opened(all.key, place(all.clinic, "people", "name", a.Person), a.name); err != nil {
		return h, err
	}
	column, kept := "email", a.email
	if n.Channel != scheduler.Email {
		column, kept = "phone", a.phone
	}
	if h.Address, err = opened(all.key, place(all.clinic, "people", column, a.Person), kept); err != nil {
		return h, err
	}
	var seats []*seatTruth
	switch n.Kind {
	case scheduler.Welcome:
		seats = all.upcoming(n.Enrollment)
	case scheduler.OfferNotice:
		h.Offer, seats = scheduler.OfferOf(n.Key), all.entrySeat(n)
	default:
		seats = []*seatTruth{all.seats[n.Seat]}
	}
	for _, s := range seats {
		h.Seats = append(h.Seats, reads.HandoverSeat{
			Seat: s.ID, UID: s.UID, Sequence: s.Sequence, Moment: scheduler.Truth(&s.Seat, &s.session), Before: s.Told.Moment,
			Zone: s.zone, CreatedAt: s.CreatedAt, ChangedAt: s.ChangedAt, Intent: s.intent,
		})
	}
	return h, nil
}
