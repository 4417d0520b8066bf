package web

import (
	"cmp"
	"context"
	"net/http"
	"reflect"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// apiStaffFeed is a calendar address of a member of staff. Its token is not stored.
type apiStaffFeed struct {
	ID        string    `json:"id"`
	Cohort    string    `json:"cohort,omitempty" doc:"It shows the sessions of this cohort."`
	Place     string    `json:"place,omitempty" doc:"It shows the sessions at this place."`
	Detail    string    `json:"detail" enum:"neutral,full,busy" doc:"neutral: that there is an appointment, when and where. full: cohorts and sessions too. busy: free/busy times only (RFC 5545 §3.6.4)."`
	Created   time.Time `json:"created"`
	FetchedOn string    `json:"fetched_on,omitempty" format:"date" doc:"The UTC day of the last fetch. Omitted: never."`
}

type staffFeedsInput struct {
	ID string `path:"id"`
}

type staffFeedsOutput struct {
	Body struct {
		Feeds []apiStaffFeed `json:"feeds" doc:"The oldest first."`
	} `nameHint:"StaffFeeds"`
}

type staffFeedInput struct {
	ID   string `path:"id"`
	Body struct {
		DryRun
		Cohort string `json:"cohort,omitempty" doc:"Show the sessions of this cohort. Omitted, and without place: those that they lead."`
		Place  string `json:"place,omitempty" doc:"Show the sessions at this place."`
		Detail string `json:"detail,omitempty" enum:"neutral,full,busy" doc:"Default: neutral."`
	} `nameHint:"StaffFeedBody"`
}

type staffFeedOutput struct {
	Status int
	Body   struct {
		URL string `json:"url,omitempty" doc:"The private calendar address. A secret, shown this once. Omitted with dry_run."`
	} `nameHint:"NewStaffFeed"`
}

type staffFeedEndInput struct {
	ID     string `path:"id"`
	Feed   string `path:"feed"`
	DryRun bool   `query:"dry_run" doc:"Change nothing, and only check."`
}

// registerStaffFeeds registers the calendar addresses of staff.
func (s *Server) registerStaffFeeds() {
	may := program(access.StaffManage)
	operation(s, may, describe(http.MethodGet, "/staff/{id}/feeds", "list-staff-feeds", "Staff",
		"The private calendar addresses of a member of staff."), s.apiStaffFeeds)
	operation(s, may, s.withResponse(created(describe(http.MethodPost, "/staff/{id}/feeds", "add-staff-feed", "Staff",
		"Make a private calendar address: the sessions that they lead, those of a cohort, or those at a place. It "+
			"shows only what they may see.")), http.StatusOK, "With dry_run: it could be made",
		reflect.TypeFor[struct{}](), "Nothing"), s.apiStaffFeedAdd)
	operation(s, may, describe(http.MethodDelete, "/staff/{id}/feeds/{feed}", "end-staff-feed", "Staff",
		"End a calendar address. It is empty from now on, and unknown after 90 days."), s.apiStaffFeedEnd)
}

func (s *Server) apiStaffFeeds(ctx context.Context, who visitor, in *staffFeedsInput) (*staffFeedsOutput, error) {
	m, err := s.member(ctx, who, in.ID)
	if err != nil {
		return nil, err
	}
	found, err := s.StaffFeeds.StaffFeeds(ctx, who.actor, who.clinic, m.ID)
	if err != nil {
		return nil, err
	}
	out := &staffFeedsOutput{}
	out.Body.Feeds = make([]apiStaffFeed, len(found.Feeds))
	for i, f := range found.Feeds {
		out.Body.Feeds[i] = apiStaffFeed{ID: string(f.ID), Cohort: string(f.Cohort), Place: f.Place,
			Detail: string(f.Detail), Created: f.Created, FetchedOn: f.FetchedOn}
	}
	return out, nil
}

func (s *Server) apiStaffFeedAdd(ctx context.Context, who visitor, in *staffFeedInput) (*staffFeedOutput, error) {
	id, err := idParam(in.ID)
	if err != nil {
		return nil, err
	}
	f := reads.StaffFeed{Cohort: scheduler.ID(in.Body.Cohort), Place: in.Body.Place,
		Detail: cmp.Or(reads.FeedDetail(in.Body.Detail), reads.FeedNeutral)}
	if f.Cohort != "" {
		f.Place = "" // the narrower of the two
	}
	token, err := s.StaffFeeds.AddStaffFeed(ctx, who.actor, who.clinic, id, f, in.Body.mode())
	if err != nil {
		return nil, err
	}
	out := &staffFeedOutput{Status: http.StatusOK}
	if token != "" {
		out.Status, out.Body.URL = http.StatusCreated, s.staffFeedLink(f.Detail, token)
	}
	return out, nil
}

func (s *Server) apiStaffFeedEnd(ctx context.Context, who visitor, in *staffFeedEndInput) (*struct{}, error) {
	id, err := idParam(in.ID)
	if err != nil {
		return nil, err
	}
	feed, err := idParam(in.Feed)
	if err != nil {
		return nil, err
	}
	return nil, s.StaffFeeds.EndStaffFeed(ctx, who.actor, who.clinic, id, feed, DryRun{in.DryRun}.mode())
}
