package web

import (
	"html/template"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/reads"
)

// personPage is a participant's own page. It shows only dates, in words that reveal nothing: no
// name, title or cohort.
type personPage struct {
	Page
	Words          *words
	ZoneName       string
	Offset         string // current, in the person's zone
	Next           *ownLine
	Later, Earlier []ownLine
	Waiting        bool
	Token          string
	Offers         []ownOffer
	GivenBack      []ownDate
	Away           []ownAway
	Answered       string // confirms the answer just given
	Refused        string // why an answer was refused
	FeedURL        string // empty: turned off
	SettingsURL    string // path of the settings page
	Webcal         template.URL
	Contact        scheduler.ClinicContact
	Dial           template.URL // the tel: address of the clinic; empty: none
}

// ownLine is one date as its person sees it.
type ownLine struct {
	When      When
	Place     string
	Cancelled bool
	MovedFrom When
	// Shifted: the offset will differ because of a clock change.
	Shifted bool
	In      string // how far ahead, in words; only of the next date
	// Seat names its own page, where it can be given back; empty: it has none. Late: it is time to say that one is
	// late.
	Seat string
	Late bool
	// Join is the path of its way in; empty: there is none. Open says that it is open.
	Join string
	Open bool
}

func (s *Server) personShow(c echo.Context, _ visitor) error {
	v, _, err := s.loadPersonPage(c)
	if err != nil {
		return err
	}
	v.Answered = map[string]string{"accept": v.Words.Accepted, "decline": v.Words.Declined,
		"left": v.Words.HasLeft, "excuse": v.Words.Excused, "away": v.Words.AwayDone, "back": v.Words.BackDone,
		"late": v.Words.LateDone}[s.flash(c.Request(), c.Param("token"))]
	return s.render(c, http.StatusOK, v)
}

func (s *Server) loadPersonPage(c echo.Context) (*personPage, reads.Page, error) {
	token := c.Param("token")
	if len(token) > longestToken {
		return nil, reads.Page{}, errNoFeed
	}
	ctx := c.Request().Context()
	p, err := s.Feeds.Page(ctx, s.system, token)
	if err != nil {
		return nil, p, err
	}
	v := s.personPageOf(p, s.Now())
	v.Token = token
	if !p.Over {
		v.SettingsURL = "/p/" + token + "/settings"
	}
	return v, p, s.showOffers(ctx, v, p)
}

func (s *Server) personPageOf(p reads.Page, now time.Time) *personPage {
	w, loc := wordsFor(p.Language), s.location(p.Zone)
	v := &personPage{Page: s.ownPage(w, w.Title), Words: w, Waiting: len(p.Waits) > 0}
	v.Contact, v.Dial = s.shown(p.Contact, p.Zone, w), dial(p.Contact.Phone)
	here := whenIn(now, time.Time{}, loc, w)
	v.ZoneName, v.Offset = w.place(here.Zone), here.Offset
	for _, item := range p.Items {
		if item.State == scheduler.SeatExcused && item.End.After(now) { // they are away
			continue
		}
		line := ownLine{
			When: whenIn(item.Start, item.End, loc, w), Place: w.place(item.Place), Cancelled: item.Cancelled(),
		}
		if !item.MovedFrom.IsZero() { // convert from the cohort's zone
			former := civil.Resolve(item.MovedFrom, s.location(item.Zone)).Instant
			line.MovedFrom = whenIn(former, time.Time{}, loc, w)
		}
		line.Shifted = line.When.Offset != v.Offset
		if item.Join != "" {
			line.Join, line.Open = joinPrefix+item.Join, !now.Before(item.Opens)
		}
		if mayExcuse(item, now) && !p.Over {
			line.Seat = string(item.Seat)
		}
		if line.Late = mayBeLate(item, now) && !p.Over; line.Late {
			line.Seat = string(item.Seat)
		}
		switch {
		case !item.End.After(now) && item.Join == "":
			v.Earlier = append(v.Earlier, line)
		case v.Next == nil && !line.Cancelled:
			line.In = w.daysTo(civil.WallOf(now, loc).Date.DaysUntil(civil.WallOf(item.Start, loc).Date))
			v.Next = &line
		default:
			v.Later = append(v.Later, line)
		}
	}
	for _, g := range p.GivenBack {
		v.GivenBack = append(v.GivenBack, ownDate{string(g.Seat), whenIn(g.Start, g.End, loc, w)})
	}
	for _, away := range p.Away {
		zone := s.location(away.Zone)
		v.Away = append(v.Away, ownAway{From: whenIn(away.From, time.Time{}, zone, w),
			Until: whenIn(away.Until, time.Time{}, zone, w)})
	}
	if p.Feed != "" {
		v.FeedURL = s.link(feedPrefix + p.Feed + feedSuffix)
		v.Webcal = s.webcal(p.Feed)
	}
	return v
}

// webcal returns a feed's subscription address. html/template does not know the scheme, but host
// and token are ours.
func (s *Server) webcal(token string) template.URL {
	return template.URL("webcal://" + s.host() + feedPrefix + url.PathEscape(token) + feedSuffix)
}
