package web

import (
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"almanac/scheduler"
	"almanac/scheduler/calendar"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// datePage is one date on a person's own page, with what its person can do about it. Opening it changes nothing.
type datePage struct {
	Page
	Words       *words
	Token, Seat string
	When        When
	Place       string
	CanExcuse   bool
	CanBeLate   bool
	From, Until Input
	Reason      Input
	AwayReason  Input
	Refused     string
	Contact     scheduler.ClinicContact
	Dial        template.URL
	// Google and Outlook are addresses that add the date to a calendar there.
	Google, Outlook string
}

// ownDate is a date that its person gave back, or an own leave, as the page shows it.
type ownDate struct {
	Seat string
	When When
}

// ownAway is a leave as its person sees it.
type ownAway struct{ From, Until When }

// ownDateOf finds a date of a page by its seat; false when it is not theirs, over or off.
func ownDateOf(p reads.Page, seat string, now time.Time) (reads.Item, bool) {
	i := slices.IndexFunc(p.Items, func(item reads.Item) bool { return string(item.Seat) == seat })
	if i < 0 || p.Over {
		return reads.Item{}, false
	}
	item := p.Items[i]
	theirs := item.Enrolled == scheduler.Active && item.State.Occupies() && item.State != scheduler.SeatExcused
	return item, theirs && item.End.After(now)
}

// mayExcuse tells whether a date can still be given back.
func mayExcuse(item reads.Item, now time.Time) bool {
	return item.Enrolled == scheduler.Active && item.State == scheduler.SeatPlanned && item.Start.After(now)
}

// mayBeLate tells whether it is time to say that one is late.
func mayBeLate(item reads.Item, now time.Time) bool {
	return item.Enrolled == scheduler.Active && item.State == scheduler.SeatPlanned &&
		!now.Before(item.Start.Add(-scheduler.LateAhead)) && now.Before(item.End)
}

// loadDatePage reads one date of a page. What is not theirs answers like an address that does not exist.
func (s *Server) loadDatePage(c echo.Context) (*datePage, reads.Page, reads.Item, error) {
	token := c.Param("token")
	if len(token) > longestToken {
		return nil, reads.Page{}, reads.Item{}, errNoFeed
	}
	p, err := s.Feeds.Page(c.Request().Context(), s.system, token)
	if err != nil {
		return nil, p, reads.Item{}, err
	}
	now := s.Now()
	item, found := ownDateOf(p, c.Param("seat"), now)
	if !found {
		return nil, p, item, errNoFeed
	}
	w, loc := wordsFor(p.Language), s.location(p.Zone)
	v := &datePage{Page: s.ownPage(w, w.Title), Words: w, Token: token, Seat: string(item.Seat),
		When: whenIn(item.Start, item.End, loc, w), Place: w.place(item.Place), CanExcuse: mayExcuse(item, now),
		CanBeLate: mayBeLate(item, now), Contact: s.shown(p.Contact, p.Zone, w), Dial: dial(p.Contact.Phone)}
	v.Google, v.Outlook = calendarLinks(item, p.Language)
	v.fill(&form{values: map[string][]string{}})
	return v, p, item, nil
}

// fill sets the fields as they were typed.
func (v *datePage) fill(f *form) {
	from := f.trimmed("from")
	if from == "" {
		from = v.When.Machine[:len("2026-01-06")]
	}
	v.From = v.Field("from", v.Words.AwayFrom, "date", from, "")
	v.Until = v.Field("until", v.Words.AwayUntil, "date", f.trimmed("until"), "")
	v.AwayReason = v.Field("away_reason", v.Words.Why, "text", f.trimmed("away_reason"), v.Words.WhyHint)
	v.Reason = v.Field("reason", v.Words.Why, "text", f.trimmed("reason"), v.Words.WhyHint)
}

// calendarLinks are the addresses at Google and Outlook that add a date with one tap, in neutral words.
func calendarLinks(item reads.Item, language string) (google, outlook string) {
	const basic = "20060102T150405Z"
	summary, start, end := calendar.WordsFor(language).Summary, item.Start.UTC(), item.End.UTC()
	google = "https://calendar.google.com/calendar/render?" + url.Values{"action": {"TEMPLATE"}, "text": {summary},
		"dates": {start.Format(basic) + "/" + end.Format(basic)}}.Encode()
	outlook = "https://outlook.live.com/calendar/0/deeplink/compose?" + url.Values{
		"path": {"/calendar/action/compose"}, "rru": {"addevent"}, "subject": {summary},
		"startdt": {start.Format(time.RFC3339)}, "enddt": {end.Format(time.RFC3339)}}.Encode()
	return google, outlook
}

// dateFile gives one date as a calendar file.
func (s *Server) dateFile(c echo.Context, _ visitor) error {
	_, p, item, err := s.loadDatePage(c)
	if err != nil {
		return err
	}
	events := feedEvents(reads.Page{Items: []reads.Item{item}}, p.Language, s.Now())
	body := calendar.AppendFeed(nil, calendar.Feed{Language: p.Language, Events: events})
	header := c.Response().Header()
	setFields(header, feedHeaders[:])
	header.Set("Cache-Control", "no-store")
	header["Content-Disposition"] = feedNames[calendar.WordsFor(p.Language).File]
	return c.Blob(http.StatusOK, calendar.FeedContentType, body)
}

func (s *Server) dateShow(c echo.Context, _ visitor) error {
	v, _, _, err := s.loadDatePage(c)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, v)
}

// dateChange gives a date back, begins a time away, or says that somebody is late.
func (s *Server) dateChange(c echo.Context, _ visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	v, p, item, err := s.loadDatePage(c)
	if err != nil {
		return err
	}
	q, does := desk.Request{Actor: actorOf(p), Clinic: p.Clinic}, f.trimmed("do")
	ctx := c.Request().Context()
	switch does {
	case "excuse":
		err = s.Desk.Confirm(ctx, q, desk.CannotCome(scheduler.ExcuseRequest{Enrollment: item.Enrollment,
			Session: item.Session, Reason: f.trimmed("reason")}))
	case "away":
		err = s.goAway(c, f, p)
	case "late":
		err = s.Absences.NoteLate(ctx, s.system, v.Token, item.Seat)
	default:
		err = fault.New(fault.Invalid, "There is no such button.")
	}
	if err != nil && (correctable[fault.KindOf(err)] || fault.Is(err, fault.NotFound)) {
		return s.refuseDate(c, v, f, err)
	}
	if err != nil {
		return err
	}
	return s.redirect(c, v.Token, "/p/"+v.Token, does)
}

// refuseDate shows a date again, with what was typed and why it was refused.
func (s *Server) refuseDate(c echo.Context, v *datePage, f *form, err error) error {
	v.fill(f)
	v.Refused = v.Words.DateGone
	for _, problem := range fault.All(err) {
		switch problem.Field {
		case "from":
			v.From.Problem, v.Refused = v.Words.AwayFromWrong, v.Words.AwayWrong
		case "until":
			v.Until.Problem, v.Refused = v.Words.AwayUntilWrong, v.Words.AwayWrong
		case "reason":
			v.Refused = v.Words.WhyWrong
			if f.trimmed("do") == "away" {
				v.AwayReason.Problem = v.Words.WhyWrong
			} else {
				v.Reason.Problem = v.Words.WhyWrong
			}
		}
	}
	return s.render(c, statusOf(err), v)
}

// goAway begins a time away in all that the person attends.
func (s *Server) goAway(c echo.Context, f *form, p reads.Page) error {
	from, until := f.date("from"), f.date("until")
	if until.IsZero() && f.trimmed("until") == "" {
		f.fail("until", "Choose the day you are back.")
	}
	if err := f.err(); err != nil {
		return err
	}
	var all []scheduler.ID
	for _, item := range p.Items {
		if item.Enrolled == scheduler.Active && !slices.Contains(all, item.Enrollment) {
			all = append(all, item.Enrollment)
		}
	}
	h := scheduler.HoldRequest{From: from, Until: until, Reason: f.trimmed("away_reason")}
	return s.Desk.Confirm(c.Request().Context(), desk.Request{Actor: actorOf(p), Clinic: p.Clinic},
		desk.GoAway(h, all...))
}

// dateBack takes back what somebody said of a date, or ends a time away.
func (s *Server) dateBack(c echo.Context, _ visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	v, p, err := s.loadPersonPage(c)
	if err != nil {
		return err
	}
	if p.Over {
		return errNoFeed
	}
	var asked desk.Proposal
	i := slices.IndexFunc(p.GivenBack, func(g reads.GivenBack) bool { return string(g.Seat) == f.trimmed("seat") })
	switch {
	case i >= 0:
		asked = desk.CanCome(p.GivenBack[i].Enrollment, p.GivenBack[i].Session)
	case f.trimmed("seat") == "" && len(p.Away) > 0:
		var all []scheduler.ID
		for _, away := range p.Away {
			all = append(all, away.Enrollment)
		}
		asked = desk.ComeBack(all...)
	default:
		v.Refused = v.Words.DateGone
		return s.render(c, http.StatusConflict, v)
	}
	err = s.Desk.Confirm(c.Request().Context(), desk.Request{Actor: actorOf(p), Clinic: p.Clinic}, asked)
	if err != nil && (correctable[fault.KindOf(err)] || fault.Is(err, fault.NotFound)) {
		v.Refused = v.Words.DateGone
		if fault.Is(err, fault.Full) {
			v.Refused = v.Words.DateTaken
		}
		return s.render(c, http.StatusConflict, v)
	}
	if err != nil {
		return err
	}
	return s.redirect(c, v.Token, "/p/"+v.Token, "back")
}
