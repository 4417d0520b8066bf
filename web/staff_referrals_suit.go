package web

import (
	"cmp"
	"context"
	"strings"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/reads"
)

// suitedOpenings lists where somebody could begin, at their times and in their programme.
func (s *Server) suitedOpenings(ctx context.Context, who visitor, v *referralPage, r scheduler.Referral) error {
	found, err := s.Lists.NextOpenings(ctx, who.actor, who.clinic,
		reads.OpeningsQuery{From: r.Earliest, OfEach: 1, Limit: openingsRead})
	if err != nil {
		return err
	}
	loc := s.location(cmp.Or(r.Zone, v.Zone))
	for _, o := range found {
		protocol, _, _ := strings.Cut(o.Protocol, "@")
		list := &v.Elsewhere
		if r.Suits(o.Start, loc) {
			list = &v.Openings
		}
		switch {
		case r.Protocol != "" && protocol != r.Protocol:
		case len(*list) == openingsSuited:
			v.Others++
		default:
			*list = append(*list, suitedOpening{Cohort: string(o.Cohort), Name: o.CohortName,
				Seats: freeSeats(o.Seats), Day: o.Date.String(), When: s.staffWhen(o.Start, time.Time{}, o.Zone)})
		}
	}
	return nil
}

// referralSuit says when somebody who was referred can come, and whether the next entry of a cohort suits them.
// away: it does not. zone is that of who gave none.
func (s *Server) referralSuit(ctx context.Context, who visitor, r scheduler.Referral, zone string,
	cohort scheduler.ID, from civil.Date) (says string, away bool, err error) {
	if len(r.Times) > 0 {
		says = "They can come " + timesInWords(r.Times)
	}
	if !r.Earliest.IsZero() {
		says = cmp.Or(says, "They can come") + ", not before " + wordsFor("en").date(r.Earliest)
	}
	if says == "" {
		return "", false, nil
	}
	found, err := s.Lists.NextOpenings(ctx, who.actor, who.clinic,
		reads.OpeningsQuery{From: from, Cohorts: []scheduler.ID{cohort}, OfEach: 1, Limit: 1})
	if err != nil || len(found) == 0 {
		return says + ".", false, err
	}
	next := s.staffWhen(found[0].Start, time.Time{}, found[0].Zone)
	at := found[0].Start.In(s.location(cmp.Or(r.Zone, zone)))
	says += ". The next entry here, " + next.Date + ", " + next.Time
	if r.Suits(found[0].Start, at.Location()) && !civil.DateOf(at).Before(r.Earliest) {
		return says + ", suits them.", false, nil
	}
	return says + ", does not suit them.", true, nil
}
