package web_test

import (
	"context"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// referrals are one of each kind.
func (s *shelf) referrals() []scheduler.Referral {
	if s.cohort.Cohort.ID == "" {
		return nil
	}
	evening := scheduler.PreferredTime{Day: time.Tuesday, From: civil.Clock{Hour: 17}, Until: civil.Clock{Hour: 22}}
	odd := scheduler.PreferredTime{Day: time.Saturday, From: civil.Clock{Hour: 9}, Until: civil.Clock{Hour: 11}}
	return []scheduler.Referral{
		{ID: "1111111111111", Contact: scheduler.Contact{Name: "<b>Kim</b> Ode", Phone: "+12025550100",
			ExternalIDs: []scheduler.ExternalID{{System: "ehr", Value: "8812"}}}, Zone: "America/Chicago",
			Language: "es",
			Times:    []scheduler.PreferredTime{evening, odd}, Earliest: civil.Date{Year: 2026, Month: 3, Day: 9},
			Source: "Dr. Ferro", Waiting: "Calls after six.", ReceivedAt: beforeSpring.AddDate(0, 0, -20)},
		{ID: "2222222222222", Contact: scheduler.Contact{Name: "يوسف"}, Language: "en", Protocol: "more-rolling",
			ReceivedAt: beforeSpring},
	}
}

func (s *shelf) Referrals(_ context.Context, _ access.Actor, _ scheduler.ID, q reads.ReferralQuery) (reads.Referrals,
	error) {
	all := s.referrals()
	page := reads.Referrals{Rows: all, Open: len(all)}
	if q.Ended && len(all) > 0 {
		all[0].Enrollment, all[1].ClosedAt, all[1].ClosedWhy = "3333333333333", beforeSpring, "moved away"
	}
	if len(all) > 0 && !q.Ended {
		page.Next = reads.Cursor{At: beforeSpring, ID: "2222222222222"}
	}
	return page, s.trouble
}

func (s *shelf) Referral(_ context.Context, _ access.Actor, _, id scheduler.ID) (scheduler.Referral, error) {
	for _, r := range s.referrals() {
		if r.ID == id {
			return r, s.trouble
		}
	}
	return scheduler.Referral{}, fault.New(fault.NotFound, "There is no such referral. Choose one from the list.")
}

func (s *shelf) AddReferrals(_ context.Context, _ access.Actor, _ scheduler.ID,
	q desk.ReferralRequest) ([]scheduler.ID, error) {
	if q.Referrals[0].Contact.Name == "" {
		return nil, fault.In("name", "The name is missing.")
	}
	return []scheduler.ID{"1111111111111"}, s.trouble
}

func (s *shelf) SetReferral(context.Context, access.Actor, scheduler.ID, scheduler.Referral, reads.Mode) error {
	return s.trouble
}

// suiting is a shelf with a group that suits the first referral, and one at another time.
func suiting(s *shelf) *shelf {
	suits := *s
	at := func(day, hour int) reads.Opening {
		start := beforeSpring.Truncate(24*time.Hour).AddDate(0, 0, day).Add(time.Duration(hour) * time.Hour)
		return reads.Opening{Cohort: s.cohort.Cohort.ID, CohortName: s.cohort.Cohort.Name, Protocol: "more-rolling@1",
			Start: start, Date: civil.DateOf(start), Zone: "America/New_York", Seats: 3}
	}
	suits.openings = []reads.Opening{at(8, 23), at(10, 15)}
	return &suits
}
