package store

import (
	"context"
	"database/sql"

	"almanac/scheduler"
	"almanac/scheduler/reads"
)

// readOffers reads the offers of the enrollments that are told of one.
func (t *tx) readOffers(ctx context.Context, clinic scheduler.ID, all []*truth) error {
	tells := func(n *truth) bool { return n.Kind == scheduler.OfferNotice }
	offered := of(all, tells, func(n *truth) scheduler.ID { return n.Enrollment })
	if len(offered) == 0 {
		return nil
	}
	in, args := list(offered)
	rows, err := t.query(ctx, "SELECT enrollment, id, entry, made_at, told_at, state FROM offers WHERE "+ofClinic+" AND enrollment IN ("+in+") ORDER BY enrollment, number",
		append([]any{clinic}, args...)...)
	if err != nil {
		return err
	}
	_, err = collect(rows, func(rows *sql.Rows) (o scheduler.Offer, err error) {
		var enrollment scheduler.ID
		err = rows.Scan(&enrollment, &o.ID, &o.Entry, when(&o.MadeAt), when(&o.ToldAt), &o.State)
		for _, n := range all {
			if tells(n) && n.Enrollment == enrollment {
				n.offers = append(n.offers, o)
			}
		}
		return o, err
	})
	return err
}

// entrySeat is the seat at which somebody who is told of an offer would begin;
// none when it is gone.
func (n *truth) entrySeat() []*seatTruth {
	for _, offer := range n.offers {
		if offer.ID != scheduler.OfferOf(n.Key) {
			continue
		}
		for _, seat := range n.seats {
			if seat.Session == offer.Entry {
				return []*seatTruth{seat}
			}
		}
	}
	return nil
}

// toldOffers lets the time of offers run whose news was sent.
func (r *recorder) toldOffers(ctx context.Context, handovers []reads.Handover) error {
	told := unique(handovers, func(h reads.Handover) scheduler.ID { return h.Offer })
	if len(told) == 0 {
		return nil
	}
	in, args := list(told)
	return r.tx.exec(ctx, "UPDATE offers SET told_at = ? WHERE "+ofClinic+" AND id IN ("+in+") AND told_at = ''",
		append([]any{stamp(r.now), r.clinic}, args...)...)
}
