package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/gate"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// noticeData is what the gate needs to know of one notice, read while its clinic is locked for sharing.
type noticeData struct {
	claimed
	person         // still sealed
	state          scheduler.EnrollmentState
	cohort         scheduler.ID
	reach          []scheduler.Channel // in no order
	links          reads.Links         // that to the feed only of a welcome
	welcomePending bool
	welcomedAt     time.Time
	unrecorded     int  // attempts without a recorded outcome
	doubted        bool // something may stand in a calendar that nobody recorded
	busy           bool // another attempt to the enrollment is open
	// a newer notice of the same seat, kind and channel is due: one message tells all there is to tell
	superseded bool
	staff      *staffData  // nil for a notice to a person
	seat       *seatData   // nil for a welcome and an offer
	seats      []*seatData // of one who is welcomed or told of changes, in order of start
	question   string      // the token of a confirm's link, while nobody has used it
	offers     []offerData
	answerBy   time.Time            // of an offer: when it lapses if its person is told now
	settings   gate.Settings        // of the person
	said       bool                 // there are settings
	reminded   int                  // reminders of the last seven days to a person who wants no more than some
	news       []scheduler.News     // of a text about changes
	textDue    time.Time            // of a calendar notice: when a text that goes first may leave; zero: none waits
	text       []reads.HandoverSeat // of a calendar notice: what the text before it said
	message    string               // that staff wrote
	// of a notice about another address
	readdressed readdressed
	withdrawn   bool // it was taken back
	// of a text: the number has not confirmed that it takes texts
	unconfirmed bool
	texted      []gate.Texted // to the person, in the last seven days
}

// person is whom a notice goes to.
type person struct {
	zone, language     string
	own, name, address []byte // their key; the address is of the notice's channel
}

// seatTruth is a seat with what matters of its session and cohort.
type seatData struct {
	scheduler.Seat
	session scheduler.Session
	zone    string // of the cohort
	intent  gate.Intent
}

type welcome struct {
	pending bool
	sentAt  time.Time
}

// truthColumns are read of a notice n, its enrollment e and its person p: ids
// lead to one row each, and whatever else could be many is folded into a value.
const truthColumns = noticeColumns + `, e.state, e.cohort, p.zone, p.language, p.data_key, p.name,
	CASE WHEN n.channel = 'email' THEN p.email ELSE p.phone END,
	coalesce((SELECT string_agg(c.channel, ',') FROM consents c WHERE c.person = p.id AND c.revoked_at = ''
	  AND ` + consentCounts + `), ''),
	coalesce((SELECT max(k.generation) FROM tokens k WHERE k.purpose = 'page' AND k.subject = p.id
AND k.revoked_at = ''), -1),
	CASE WHEN n.kind <> 'welcome' THEN -1
	  ELSE coalesce((SELECT max(k.generation) FROM tokens k WHERE k.purpose = 'feed' AND k.subject = p.id
AND k.revoked_at = ''), -1) END,
	coalesce((SELECT string_agg(w.state || w.done_at, ',') FROM notices w
	  WHERE w.enrollment = n.enrollment AND w.kind = 'welcome' AND w.state IN ('planned', 'sent', 'delivered')), ''),
	CASE WHEN n.attempts = 0 THEN 0 ELSE (SELECT count(*) FROM attempts a WHERE a.notice = n.id AND a.outcome = '') END,
	CASE WHEN n.kind <> 'calendar' OR n.seat = '' THEN 0 WHEN EXISTS (SELECT 1 FROM notices o JOIN attempts a
ON a.notice = o.id
	  WHERE o.enrollment = n.enrollment AND o.seat = n.seat AND o.kind = 'calendar' AND a.outcome IN ('', 'retry',
'lost') AND NOT EXISTS (
	    SELECT 1 FROM notices z JOIN attempts b ON b.notice = z.id
	    WHERE z.enrollment = n.enrollment AND z.seat = n.seat AND z.kind = 'calendar' AND b.outcome = 'sent'
AND b.started_at > a.started_at)) THEN 1 ELSE 0 END,
	CASE WHEN EXISTS (SELECT 1 FROM notices o WHERE o.enrollment = n.enrollment AND o.lease_until > ?) THEN 1
ELSE 0 END,
	CASE WHEN n.seat <> '' AND EXISTS (SELECT 1 FROM notices o
	  WHERE o.enrollment = n.enrollment AND o.seat = n.seat AND o.kind = n.kind AND o.id <> n.id
AND o.channel = n.channel AND o.state = 'planned'
	  AND o.due_at <= ? AND (o.due_at > n.due_at OR o.due_at = n.due_at AND o.created_at > n.created_at)) THEN 1
	WHEN n.kind = 'reminder' AND EXISTS (SELECT 1 FROM notices o
	  WHERE o.enrollment = n.enrollment AND o.seat = n.seat AND o.kind = n.kind AND o.channel <> n.channel
AND o.start_at = n.start_at AND o.lead_seconds = n.lead_seconds AND o.state IN ('sent', 'delivered')) THEN 1
ELSE 0 END`

// noticesAt reads everything that the gate looks at about planned notices, in one
// query for those of a seat, and in some more for those of other kinds. One
// whose seat is gone is not found.
func (t *tx) noticesAt(ctx context.Context, clinic scheduler.ID, origins []origin,
	now time.Time) ([]*noticeData, error) {
	key, err := t.key(ctx, clinic)
	if err != nil {
		return nil, err
	}
	at := sqldb.Stamp(now)
	among, list := sqldb.Among(t.Tx, "n.id", unique(origins, func(o origin) scheduler.ID { return o.notice }))
	rows, err := t.Query(ctx, "SELECT "+truthColumns+", "+seatColumns+", "+sessionTruth+`
		FROM notices n JOIN enrollments e ON e.id = n.enrollment JOIN people p ON p.id = e.person
		JOIN seats s ON s.id = n.seat JOIN sessions x ON x.id = s.session JOIN cohorts c ON c.id = x.cohort
		WHERE n.`+ofClinic+` AND `+among+` AND n.kind NOT IN ('welcome', 'offer', 'changes',
'waitlist', 'message', 'opt-in', 'address-code', 'address-changed')`, slices.Concat([]any{at, at, clinic}, list)...)
	if err != nil {
		return nil, fmt.Errorf("reading what is true: %w", err)
	}
	all, err := sqldb.Collect(rows, key.scanNotice)
	if err != nil {
		return nil, err
	}
	seatless := func(o origin) bool {
		return listsDates(o.kind) || o.kind == scheduler.OfferNotice || o.kind == scheduler.OnWaitlist ||
			o.kind == scheduler.StaffMessage || o.kind == scheduler.OptIn || o.kind.AboutAddress()
	}
	if slices.ContainsFunc(origins, seatless) {
		rows, err = t.Query(ctx, "SELECT "+truthColumns+`
			FROM notices n JOIN enrollments e ON e.id = n.enrollment JOIN people p ON p.id = e.person
			WHERE n.`+ofClinic+` AND `+among+` AND n.kind IN ('welcome', 'offer', 'changes',
'waitlist', 'message', 'opt-in', 'address-code', 'address-changed')`, slices.Concat([]any{at, at, clinic}, list)...)
		if err != nil {
			return nil, fmt.Errorf("reading what is true of enrollments: %w", err)
		}
		some, err := sqldb.Collect(rows, key.scanSeatless)
		if err != nil {
			return nil, err
		}
		if err := t.readSeatsOf(ctx, clinic, some); err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	for _, read := range []func(context.Context, scheduler.ID, []*noticeData) error{
		t.readQuestions, t.readSettings, t.readMessages, t.readReaddressed,
	} {
		if err := read(ctx, clinic, all); err != nil {
			return nil, fmt.Errorf("reading what is true: %w", err)
		}
	}
	for _, read := range []func(context.Context, scheduler.ID, []*noticeData, time.Time) error{
		t.readOffers, t.readChanges, t.readTexts, t.readReminded, t.readTexted,
	} {
		if err := read(ctx, clinic, all, now); err != nil {
			return nil, fmt.Errorf("reading what is true: %w", err)
		}
	}
	staff, err := t.staffNotices(ctx, clinic, origins, now)
	return append(all, staff...), err
}

// recipient is to whom one message at a time is handed over: an enrollment or a member of staff.
func (n *noticeData) recipient() scheduler.ID {
	if n.staff != nil {
		return n.Staff
	}
	return n.Enrollment
}

func (k *clinicKey) scanNotice(rows *sql.Rows) (*noticeData, error) {
	n := &noticeData{seat: &seatData{}}
	return n, k.scanNoticeInto(rows, n, n.seat.into()...)
}

func (k *clinicKey) scanSeatless(rows *sql.Rows) (*noticeData, error) {
	n := &noticeData{}
	return n, k.scanNoticeInto(rows, n)
}

// scanTruthInto reads truthColumns and what stands behind them.
func (k *clinicKey) scanNoticeInto(rows *sql.Rows, n *noticeData, behind ...any) error {
	var reach, welcomes string
	var page, feed int // generations of tokens; negative: there is none
	into := append(n.into(), &n.state, &n.cohort, &n.zone, &n.language, &n.own, &n.name, &n.address, &reach, &page,
		&feed, &welcomes, &n.unrecorded, &n.doubted, &n.busy, &n.superseded)
	if err := rows.Scan(append(into, behind...)...); err != nil {
		return err
	}
	n.derive()
	if n.seat != nil {
		n.seat.session.ID = n.seat.Session
	}
	for channel := range strings.SplitSeq(reach, ",") {
		if c := scheduler.Channel(channel); c != "" && !slices.Contains(n.reach, c) {
			n.reach = append(n.reach, c)
		}
	}
	if page >= 0 {
		n.links.Page = k.Token(pagePurpose, string(n.Person), page)
	}
	if feed >= 0 {
		n.links.Feed = k.Token(feedPurpose, string(n.Person), feed)
	}
	for welcome := range strings.SplitSeq(welcomes, ",") {
		if welcome == string(scheduler.NoticePlanned) {
			n.welcomePending = true
		} else if at, sent := handedOverAt(welcome); sent {
			var err error
			if n.welcomedAt, err = sqldb.Instant(at); err != nil {
				return err
			}
		}
	}
	return nil
}

// of lists what some of these have, each once.
func of[T any](all []T, some func(T) bool, pick func(T) scheduler.ID) []scheduler.ID {
	return unique(all, func(n T) scheduler.ID {
		if !some(n) {
			return ""
		}
		return pick(n)
	})
}

// readSeatsOf reads all seats of enrollments.
func (t *tx) readSeatsOf(ctx context.Context, clinic scheduler.ID, all []*noticeData) error {
	whole := func(n *noticeData) bool { return n.Kind == scheduler.Welcome }
	seats, err := t.seatTruths(ctx, clinic, "s.enrollment",
		of(all, whole, func(n *noticeData) scheduler.ID { return n.Enrollment }))
	if err != nil {
		return fmt.Errorf("reading the seats of enrollments: %w", err)
	}
	for _, n := range all {
		for _, s := range seats {
			if whole(n) && s.Enrollment == n.Enrollment {
				n.seats = append(n.seats, s)
			}
		}
	}
	return nil
}

// seatTruths reads the seats whose column is among ids, in order of start.
func (t *tx) seatTruths(ctx context.Context, clinic scheduler.ID, column string,
	ids []scheduler.ID) (all []*seatData, err error) {
	for part := range slices.Chunk(ids, mostListed) {
		some, err := t.someSeatTruths(ctx, clinic, column, part)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	if len(ids) > mostListed {
		slices.SortFunc(all, func(a, b *seatData) int {
			return cmp.Or(a.session.Start.Compare(b.session.Start), cmp.Compare(a.ID, b.ID))
		})
	}
	return all, nil
}

// someSeatTruths reads the seats whose column is among at most mostListed ids.
func (t *tx) someSeatTruths(ctx context.Context, clinic scheduler.ID, column string,
	ids []scheduler.ID) ([]*seatData, error) {
	in, args := sqldb.List(ids)
	rows, err := t.Query(ctx, "SELECT "+seatColumns+", "+sessionTruth+`
		FROM seats s JOIN sessions x ON x.id = s.session JOIN cohorts c ON c.id = x.cohort
		WHERE s.`+ofClinic+` AND `+column+" IN ("+in+") ORDER BY x.start_at, s.id", append([]any{clinic}, args...)...)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, func(rows *sql.Rows) (*seatData, error) {
		var s seatData
		err := rows.Scan(s.into()...)
		s.session.ID = s.Session
		return &s, err
	})
}

// sessionTruth stand behind seatColumns: of a session x and its cohort c. An answer
// to another time than the session's is none until it has that time again.
const sessionTruth = `x.start_at, x.end_at, x.place, x.meeting, x.state, c.zone,
	CASE WHEN s.answered_start = x.start_at AND s.answered_end = x.end_at THEN s.intent ELSE '' END`

// into gives where seatColumns and sessionTruth go.
func (s *seatData) into() []any {
	return append(intoSeat(&s.Seat), sqldb.When(&s.session.Start), sqldb.When(&s.session.End), &s.session.Place,
		&s.session.Meeting, &s.session.State, &s.zone, &s.intent)
}

// welcomesOf tells of each enrollment whether its welcome is still to come, or
// when it was sent.
func (t *tx) welcomesOf(ctx context.Context, clinic scheduler.ID,
	enrollments []scheduler.ID) (map[scheduler.ID]welcome, error) {
	in, args := sqldb.List(enrollments)
	rows, err := t.Query(ctx, `
		SELECT enrollment, state, done_at FROM notices
		WHERE `+ofClinic+` AND kind = 'welcome' AND state IN ('planned', 'sent', 'delivered') AND enrollment IN
(`+in+`)`,
		append([]any{clinic}, args...)...)
	if err != nil {
		return nil, err
	}
	welcomes := map[scheduler.ID]welcome{}
	_, err = sqldb.Collect(rows, func(rows *sql.Rows) (enrollment scheduler.ID, err error) {
		var state scheduler.NoticeState
		var done time.Time
		err = rows.Scan(&enrollment, &state, sqldb.When(&done))
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

// standing puts together what the rules ask about one notice.
func (n *noticeData) facts(location func(zone string) *time.Location, now time.Time) gate.Facts {
	if n.staff != nil {
		return n.staff.facts(n)
	}
	s := gate.Facts{
		Notice: n.Notice, Enrollment: scheduler.Enrollment{ID: n.Enrollment, Person: n.Person, State: n.state},
		Reach: n.reach,
	}
	s.Unconfirmed, s.Texted = n.unconfirmed, n.texted
	if n.Channel == scheduler.SMS {
		s.Zone = location(n.zone)
	}
	if n.said {
		s.Settings, s.Reminded, s.Zone = n.settings, n.reminded, location(n.zone)
	}
	switch n.Kind {
	case scheduler.Welcome:
		s.Upcoming = len(n.upcoming(now))
		return s
	case scheduler.OnWaitlist, scheduler.OptIn, scheduler.AddressCode, scheduler.AddressChanged:
		return s
	case scheduler.StaffMessage:
		s.Message, s.Withdrawn = n.message, n.withdrawn
		return s
	case scheduler.OfferNotice:
		for _, o := range n.offers {
			s.Enrollment.Offers = append(s.Enrollment.Offers, o.Offer)
		}
		return s
	case scheduler.Changes:
		s.News, s.WelcomePending = n.news, n.welcomePending
		if len(n.seats) > 0 {
			s.CohortZone = location(n.seats[0].zone)
		}
		return s
	}
	s.TextDue = n.textDue
	s.Seat, s.Session, s.WelcomePending, s.WelcomedAt = &n.seat.Seat, &n.seat.session, n.welcomePending, n.welcomedAt
	s.InDoubt, s.Linked = n.doubted, n.question != ""
	return s
}

// upcoming lists the seats that a welcome tells of.
func (n *noticeData) upcoming(now time.Time) []*seatData {
	var seats []*seatData
	for _, s := range n.seats {
		if scheduler.MomentOf(&s.Seat, &s.session).Expected && s.session.Start.After(now) {
			seats = append(seats, s)
		}
	}
	return seats
}

// handover opens what a message needs.
func (n *noticeData) handover(clinic scheduler.ID, key *clinicKey, now time.Time) (h reads.Handover, err error) {
	if n.staff != nil {
		return n.staff.handover(n, clinic, key, now)
	}
	h = reads.Handover{
		Notice: n.ID, Clinic: clinic, Attempt: n.attempts + 1, GatedAt: now, Kind: n.Kind,
		Channel: n.Channel, Lead: n.Lead,
		Person: n.Person, Thread: scheduler.WelcomeID(n.Enrollment), Zone: n.zone, Language: n.language, Links: n.links,
		Confirm: n.question,
	}
	theirs := key.person(clinic, n.Person, n.own)
	if n.Kind.AboutAddress() {
		return n.readdressed.handover(h, theirs)
	}
	if h.Name, err = openedExactly(theirs, place(clinic, "people", "name", n.Person), n.name); err != nil {
		return h, err
	}
	column := "email"
	if n.Channel != scheduler.Email {
		column = "phone"
	}
	if h.Address, err = openedExactly(theirs, place(clinic, "people", column, n.Person), n.address); err != nil {
		return h, err
	}
	seats := []*seatData{n.seat}
	switch n.Kind {
	case scheduler.OnWaitlist, scheduler.OptIn:
		return h, nil
	case scheduler.StaffMessage:
		h.Message = n.message
		return h, nil
	case scheduler.Changes:
		h.Seats = n.newsSeats()
		return h, nil
	case scheduler.Welcome:
		seats = n.upcoming(now)
	case scheduler.OfferNotice:
		h.Offer, h.AnswerBy, h.Seats = scheduler.OfferOf(n.Key), n.answerBy, n.offerSeats()
		return h, nil
	}
	h.Text = n.text
	h.Seats = make([]reads.HandoverSeat, len(seats))
	for i, s := range seats {
		h.Seats[i] = s.handover()
		if n.Kind == scheduler.Calendar && !h.Seats[i].Expected {
			h.Seats[i].Off = scheduler.KnownSeat{Seat: &s.Seat, Session: &s.session, Enrollment: n.state}.Off()
		}
	}
	return h, nil
}

// handover is a seat as it is true, and as its person was told of it.
func (s *seatData) handover() reads.HandoverSeat {
	return reads.HandoverSeat{
		Seat: s.ID, UID: s.UID, Sequence: s.Sequence, Moment: scheduler.MomentOf(&s.Seat, &s.session),
		Before: s.Told.Moment,
		Zone:   s.zone, CreatedAt: s.CreatedAt, ChangedAt: s.ChangedAt, Intent: s.intent, Invited: s.Told.Invited,
	}
}
