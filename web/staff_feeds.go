package web

import (
	"cmp"
	"context"
	"html/template"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// staffFeedsPage lists the calendar addresses of the visitor and makes new ones.
type staffFeedsPage struct {
	Page
	Feeds  []staffFeedLine
	New    string       // a new address, shown once
	NewApp template.URL // the same for calendar programs
	Shows  []Choice     // own, cohort:ID or place:NAME
	Detail reads.FeedDetail
}

// The values of the field shows; a cohort's id or a place follows its prefix.
const (
	ownSessions  = "own"
	cohortPrefix = "cohort:"
	placePrefix  = "place:"
)

// staffFeedLine is one calendar address in the list.
type staffFeedLine struct {
	ID, What, Fetched string
	Detail            reads.FeedDetail
}

func (s *Server) staffFeedList(c echo.Context, who visitor) error {
	v, err := s.staffFeedsPage(c.Request().Context(), c, who, formOrEmpty(nil))
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, v)
}

func (s *Server) staffFeedsPage(ctx context.Context, c echo.Context, who visitor, f *form) (*staffFeedsPage, error) {
	page, err := s.staffPage(ctx, who, c.Request(), "calendar", "Calendars on your phone")
	if err != nil {
		return nil, err
	}
	feeds, err := s.StaffFeeds.StaffFeeds(ctx, who.actor, who.clinic, who.staff.ID)
	if err != nil {
		return nil, err
	}
	cohorts, err := s.Cohorts.Cohorts(ctx, who.actor, who.clinic)
	if err != nil {
		return nil, err
	}
	v := &staffFeedsPage{Page: page, Detail: cmp.Or(reads.FeedDetail(f.trimmed("detail")), reads.FeedNeutral)}
	for _, feed := range feeds.Feeds {
		v.Feeds = append(v.Feeds, staffFeedLine{string(feed.ID), feedSubject(feed), fetchedInWords(feed.FetchedOn),
			feed.Detail})
	}
	offer := func(value, label string) {
		v.Shows = append(v.Shows, Choice{Value: value, Label: label, Chosen: f.trimmed("shows") == value})
	}
	offer(ownSessions, "Sessions that you lead")
	for _, cohort := range cohorts {
		if cohort.State != scheduler.CohortEnded {
			offer(cohortPrefix+string(cohort.ID), "Cohort: "+cohort.Name)
		}
	}
	for _, place := range feeds.Places {
		offer(placePrefix+place, "Place: "+place)
	}
	return v, nil
}

// feedSubject says which sessions a calendar shows.
func feedSubject(f reads.StaffFeed) string {
	switch {
	case f.CohortName != "":
		return f.CohortName
	case f.Cohort != "":
		return "A cohort that is gone"
	case f.Place != "":
		return f.Place
	}
	return "Sessions that you lead"
}

// fetchedInWords says when a calendar was last fetched.
func fetchedInWords(on string) string {
	d, err := civil.ParseDate(on)
	if err != nil {
		return "not fetched yet"
	}
	return "last fetched " + wordsFor(staffLanguage).date(d)
}

// staffFeedAdd makes a calendar address. The page shows it this once.
func (s *Server) staffFeedAdd(c echo.Context, who visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	feed := reads.StaffFeed{Detail: cmp.Or(reads.FeedDetail(f.trimmed("detail")), reads.FeedNeutral)}
	shows := f.trimmed("shows")
	cohort, ofCohort := strings.CutPrefix(shows, cohortPrefix)
	place, atPlace := strings.CutPrefix(shows, placePrefix)
	switch {
	case ofCohort && cohort != "":
		feed.Cohort = scheduler.ID(cohort)
	case atPlace && place != "":
		feed.Place = place
	case shows != ownSessions:
		err = fault.In("shows", "Choose which sessions the calendar shows.")
	}
	var token string
	if err == nil {
		token, err = s.StaffFeeds.AddStaffFeed(ctx, who.actor, who.clinic, who.staff.ID, feed, reads.Do)
	}
	v, pageErr := s.staffFeedsPage(ctx, c, who, f)
	if pageErr != nil {
		return pageErr
	}
	if err != nil {
		return rejectForm(v, renameField(err, "cohort", "shows"))
	}
	v.New = s.staffFeedLink(feed.Detail, token)
	if feed.Detail != reads.FeedBusy { // programs subscribe to calendars, and read free/busy times now and then
		v.NewApp = s.webcal(token)
	}
	return s.render(c, http.StatusOK, v)
}

// staffFeedEnd ends a calendar address.
func (s *Server) staffFeedEnd(c echo.Context, who visitor) error {
	id, err := idParam(c.Param("id"))
	if err != nil {
		return err
	}
	err = s.StaffFeeds.EndStaffFeed(c.Request().Context(), who.actor, who.clinic, who.staff.ID, id, reads.Do)
	if err != nil {
		return err
	}
	return s.redirect(c, who.token, "/calendar/feeds", "feed-ended")
}
