package store

import (
	"cmp"
	"context"
	"database/sql"
	"strings"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// offerTruth is an offer with the session at which its person would begin, or which
// they would have earlier.
type offerData struct {
	scheduler.Offer
	entry      scheduler.Session
	instead    scheduler.Moment // the later date that the earlier one replaces; its zero value: none
	zone       string           // of the cohort
	definition string           // of the cohort, by hash
}

// readOffers reads the offers of the enrollments that are told of one, and how long
// that one would stand if its person were told now.
func (t *tx) readOffers(ctx context.Context, clinic scheduler.ID, all []*noticeData, now time.Time) error {
	tells := func(n *noticeData) bool { return n.Kind == scheduler.OfferNotice }
	offered := of(all, tells, func(n *noticeData) scheduler.ID { return n.Enrollment })
	if len(offered) == 0 {
		return nil
	}
	in, args := sqldb.List(offered)
	rows, err := t.Query(ctx, `
		SELECT o.enrollment, o.id, o.entry, o.made_at, o.told_at, o.state, o.short, x.start_at, x.end_at, x.place,
x.meeting, x.state, c.zone, c.definition,
		  coalesce((SELECT min(y.start_at || ' ' || y.end_at) FROM seats s JOIN sessions y ON y.id = s.session
		    WHERE s.enrollment = o.enrollment AND s.state = 'planned' AND y.state = 'planned' AND y.main = 1
		    AND y.position = x.position AND y.start_at > x.start_at), '')
		FROM offers o JOIN sessions x ON x.id = o.entry JOIN cohorts c ON c.id = x.cohort
		WHERE o.clinic = ? AND o.enrollment IN (`+in+`) ORDER BY o.enrollment,
o.number`, append([]any{clinic}, args...)...)
	if err != nil {
		return err
	}
	type row struct {
		enrollment scheduler.ID
		offerData
	}
	found, err := sqldb.Collect(rows, func(rows *sql.Rows) (r row, err error) {
		var instead string
		if err = rows.Scan(&r.enrollment, &r.ID, &r.Entry, sqldb.When(&r.MadeAt), sqldb.When(&r.ToldAt), &r.State,
			&r.Short, sqldb.When(&r.entry.Start), sqldb.When(&r.entry.End), &r.entry.Place, &r.entry.Meeting,
			&r.entry.State, &r.zone, &r.definition, &instead); err != nil {
			return r, err
		}
		r.instead, err = spanOf(instead)
		return r, err
	})
	if err != nil {
		return err
	}
	for _, n := range all {
		for _, r := range found {
			if tells(n) && n.Enrollment == r.enrollment {
				n.offers = append(n.offers, r.offerData)
			}
		}
		if err := t.limitOffer(ctx, n, now); err != nil {
			return err
		}
	}
	return nil
}

// spanOf reads a start and an end with a space between them.
func spanOf(text string) (m scheduler.Moment, err error) {
	start, end, found := strings.Cut(text, " ")
	if !found {
		return m, nil
	}
	m.Expected = true
	if m.Start, err = sqldb.Instant(start); err == nil {
		m.End, err = sqldb.Instant(end)
	}
	return m, err
}

// offerOf is the offer that a notice tells of, nil when there is none.
func (n *noticeData) offerOf() *offerData {
	for i := range n.offers {
		if n.Kind == scheduler.OfferNotice && n.offers[i].ID == scheduler.OfferOf(n.Key) {
			return &n.offers[i]
		}
	}
	return nil
}

// limitOffer finds out until when an offer stands of which its person is told now.
func (t *tx) limitOffer(ctx context.Context, n *noticeData, now time.Time) error {
	o := n.offerOf()
	if o == nil {
		return nil
	}
	d, err := t.definition(ctx, o.definition)
	if err != nil {
		return err
	}
	loc, err := t.db.zones.Location(cmp.Or(n.zone, o.zone))
	if err != nil {
		return err
	}
	told := o.Offer
	if told.ToldAt.IsZero() { // of an offer that is told at a new address the time runs already
		told.ToldAt = now
	}
	n.answerBy = scheduler.OfferLapses(d, told, o.entry.Start, loc)
	return nil
}

// offerSeats is the date that an offer is about; none when its session is off.
func (n *noticeData) offerSeats() []reads.HandoverSeat {
	o := n.offerOf()
	if o == nil || !o.entry.Live() {
		return nil
	}
	now := scheduler.Moment{Expected: true, Start: o.entry.Start, End: o.entry.End, Place: o.entry.Place,
		Meeting: o.entry.Meeting}
	seat := reads.HandoverSeat{Moment: now, Zone: o.zone}
	if n.state == scheduler.Active {
		seat.Before = o.instead
	}
	return []reads.HandoverSeat{seat}
}

// toldOffers lets the time of offers run whose news was sent.
func (r *recorder) toldOffers(ctx context.Context, handovers []reads.Handover) error {
	told := unique(handovers, func(h reads.Handover) scheduler.ID { return h.Offer })
	if len(told) == 0 {
		return nil
	}
	in, args := sqldb.List(told)
	return r.tx.Exec(ctx, "UPDATE offers SET told_at = ? WHERE "+ofClinic+" AND id IN ("+in+") AND told_at = ''",
		append([]any{sqldb.Stamp(r.now), r.clinic}, args...)...)
}
