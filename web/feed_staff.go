package web

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"almanac/scheduler/calendar"
	"almanac/scheduler/reads"
)

// staffLanguage is the language of everything that staff read.
const staffLanguage = "en"

// Where free/busy times of staff and places are.
const (
	busyPrefix = "/b/"
	busySuffix = ".ifb"
)

// staffFeedLink is the address of a staff feed.
func (s *Server) staffFeedLink(detail reads.FeedDetail, token string) string {
	if detail == reads.FeedBusy {
		return s.link(busyPrefix + token + busySuffix)
	}
	return s.link(feedPrefix + token + feedSuffix)
}

// freeBusy answers GET and HEAD of free/busy times.
func (s *Server) freeBusy(c echo.Context, _ visitor) error {
	token, ok := strings.CutSuffix(c.Param("file"), busySuffix)
	if !ok || token == "" || len(token) > longestToken {
		return errNoFeed
	}
	return s.staffFeed(c, token)
}

// staffFeed answers GET and HEAD of a calendar of a member of staff, as feed does, at the address of its detail alone.
// It encodes the calendar for each request and compares afterwards, because staff are few.
func (s *Server) staffFeed(c echo.Context, token string) error {
	ctx, r, now := c.Request().Context(), c.Request(), s.Now()
	holder, key, err := s.StaffFeeds.StaffFeedKey(ctx, s.system, token)
	if err != nil {
		return fmt.Errorf("finding a staff feed: %w", err)
	}
	if (key.Feed.Detail == reads.FeedBusy) != strings.HasPrefix(r.URL.Path, busyPrefix) {
		return errNoFeed
	}
	from, until := calendar.FeedWindow(now)
	sessions, err := s.StaffFeeds.StaffFeed(ctx, holder, key, reads.DayQuery{From: from, Until: until})
	if err != nil {
		return fmt.Errorf("reading a staff feed: %w", err)
	}
	plain := s.staffCalendar(key, sessions, now)
	sum := sha256.Sum256(plain)
	etag := `W/"` + hex.EncodeToString(sum[:16]) + `"`
	if clientHasVersion(r.Header, nil, etag, now) {
		return writeNotModified(c, etag)
	}
	if r.Method != http.MethodHead { // as for every feed, 304 and HEAD do not count
		if wait := s.feedLimiter.wait(key.Feed.ID, now); wait > 0 {
			return tooManyFetches(c, wait, staffLanguage)
		}
	}
	packed, err := s.cache.gzip(plain)
	if err != nil {
		return fmt.Errorf("packing a staff feed: %w", err)
	}
	writeFeed(c, newEncodedFeed(etag, plain, packed, now), staffLanguage)
	return nil
}

// staffCalendar encodes a staff feed.
func (s *Server) staffCalendar(key reads.StaffFeedKey, sessions []reads.LedEvent, now time.Time) []byte {
	if key.Feed.Detail == reads.FeedBusy {
		from, until := calendar.FeedWindow(now)
		busy := calendar.FreeBusy{UID: "busy-" + string(key.Feed.ID), From: from, Until: until, Changed: from}
		for _, session := range sessions {
			if session.Changed.After(busy.Changed) {
				busy.Changed = session.Changed
			}
			if session.Live() {
				busy.Periods = append(busy.Periods, calendar.Period{Start: session.Start, End: session.End})
			}
		}
		return calendar.AppendFreeBusy(nil, busy)
	}
	feed := calendar.Feed{Language: staffLanguage}
	for _, session := range sessions {
		if e := s.ledEvent(session, key.Feed.Detail); calendar.Visible(e, now) {
			feed.Events = append(feed.Events, e)
		}
	}
	return calendar.AppendFeed(nil, feed)
}

// ledEvent is a session as staff see it in their calendar: with titles, or only as an appointment. It never names a
// participant, because calendars of staff are often shown to others.
func (s *Server) ledEvent(session reads.LedEvent, detail reads.FeedDetail) calendar.Event {
	e := calendar.Event{
		UID: "session-" + string(session.ID), Sequence: session.Sequence, Start: session.Start, End: session.End,
		Changed: session.Changed, Location: session.Place, Cancelled: !session.Live(),
	}
	if detail != reads.FeedFull {
		return e
	}
	e.Summary = session.CohortName
	if session.Number > 0 {
		e.Summary += ", session " + strconv.Itoa(session.Number)
	}
	e.Description = session.Title
	if session.LeaderName != "" && !session.Own {
		e.Description += "\nLed by " + session.LeaderName
	}
	e.URL = s.link("/cohorts/" + string(session.Cohort))
	return e
}
