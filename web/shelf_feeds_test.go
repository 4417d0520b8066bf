package web_test

import (
	"context"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

func (s *shelf) StaffFeeds(context.Context, access.Actor, scheduler.ID, scheduler.ID) (reads.StaffFeeds, error) {
	if s.cohort.Cohort.ID == "" {
		return reads.StaffFeeds{}, s.trouble
	}
	return reads.StaffFeeds{Places: []string{"Room 2", "Online"}, Feeds: []reads.StaffFeed{
		{ID: "6666666666666", FetchedOn: "2026-03-01"},
		{ID: "7777777777777", Cohort: s.cohort.Cohort.ID, CohortName: s.cohort.Cohort.Name, Detail: reads.FeedFull},
		{ID: "8888888888888", Place: "Room 2"}, {ID: "9999999999999", Cohort: "gone"},
	}}, s.trouble
}

func (s *shelf) AddStaffFeed(_ context.Context, _ access.Actor, _, _ scheduler.ID, f reads.StaffFeed,
	_ reads.Mode) (string, error) {
	if f.Place == "full" {
		return "", fault.New(fault.Full, "There are 20 calendar addresses already. End one that is no longer needed.")
	}
	return "newtoken", s.trouble
}

func (s *shelf) EndStaffFeed(context.Context, access.Actor, scheduler.ID, scheduler.ID, scheduler.ID,
	reads.Mode) error {
	return s.trouble
}

func (s *shelf) StaffFeedKey(context.Context, access.Actor, string) (access.Actor, reads.StaffFeedKey, error) {
	return access.Actor{}, reads.StaffFeedKey{}, fault.New(fault.NotFound, "There is nothing at this address.")
}

func (s *shelf) StaffFeed(
	context.Context, access.Actor, reads.StaffFeedKey, reads.DayQuery,
) ([]reads.LedEvent, error) {
	return nil, s.trouble
}
