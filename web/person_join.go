package web

import (
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"almanac/scheduler"
	"almanac/scheduler/reads"
)

// joinPrefix is the prefix of the addresses by which people come into sessions.
const joinPrefix = "/j/"

// longestJoin bounds the tokens of such addresses, which carry an id.
const longestJoin = 192

// longestWait is after how many seconds at most a page that waits for its time looks again, because a session may be
// moved meanwhile.
const longestWait = 60

// joinPage is the way into one session for one person. It shows nothing of the session but its time, and nothing at
// all while it is shut. Opening it changes nothing.
type joinPage struct {
	Page
	Words        *words
	Token        string
	Shut, Early  bool
	When, Opens  When
	ZoneName     string
	OpensMachine string // the instant at which it opens, for the script
	HasLink      bool
	Number       string       // to call, as people read it; empty: none
	NumberDial   template.URL // the same with its PIN, as one tap
	PIN          string
	Told         bool // who leads the session has just been told that they cannot get in
	Contact      scheduler.ClinicContact
	Dial         template.URL // the tel: address of the clinic; empty: none
}

func (s *Server) joinPageOf(j reads.Join, token string) *joinPage {
	w := wordsFor(j.Language)
	v := &joinPage{Page: s.basePage(w.Title), Words: w, Contact: j.Contact, Dial: dial(j.Contact.Phone)}
	v.Language = w.Language
	if v.Shut = j.State == scheduler.JoinShut; v.Shut {
		return v // the same for every cause
	}
	loc := s.location(j.Zone)
	v.Token, v.Early = token, j.State == scheduler.JoinEarly
	v.When, v.Opens = whenIn(j.Start, j.End, loc, w), whenIn(j.Opens, time.Time{}, loc, w)
	v.ZoneName, v.OpensMachine = w.place(v.When.Zone), j.Opens.UTC().Format(time.RFC3339)
	v.HasLink = j.Meeting.Link != ""
	v.Number, v.PIN = scheduler.ClinicContact{Phone: j.Meeting.Phone}.ShownPhone(), j.Meeting.PIN
	v.NumberDial = dialIn(j.Meeting)
	return v
}

// dialIn is the tel: address of a meeting, with pauses before its PIN (RFC 3601); empty without a number.
func dialIn(m scheduler.Meeting) template.URL {
	number := dial(m.Phone)
	if number == "" || m.PIN == "" {
		return number
	}
	return number + template.URL(",,"+m.PIN+"%23") // digits
}

// renderJoin shows the way in as it stands. A page that waits looks again by itself, also without a script.
func (s *Server) renderJoin(c echo.Context, j reads.Join, v *joinPage) error {
	status, header := http.StatusOK, c.Response().Header()
	switch {
	case v.Shut:
		status = http.StatusNotFound
	case v.Early:
		wait := int(j.Opens.Sub(s.Now())/time.Second) + 1
		header.Set("Refresh", strconv.Itoa(min(max(wait, 1), longestWait)))
	default:
		// Browsers hold every redirect after a form against the form-action of its page.
		header.Set("Content-Security-Policy",
			strings.Replace(pagePolicy, "form-action 'self'", "form-action 'self' https:", 1))
	}
	return s.render(c, status, v)
}

// joinToken reads the token of the address.
func joinToken(c echo.Context) (string, error) {
	token := c.Param("token")
	if len(token) > longestJoin {
		return "", errNoFeed
	}
	return token, nil
}

func (s *Server) joinShow(c echo.Context, _ visitor) error {
	token, err := joinToken(c)
	if err != nil {
		return err
	}
	j, err := s.Joins.Join(c.Request().Context(), s.system, token)
	if err != nil {
		return err
	}
	v := s.joinPageOf(j, token)
	v.Told = s.flash(c.Request(), token) == "told"
	return s.renderJoin(c, j, v)
}

// joinEnter looks again and leads on to the meeting. The address of the meeting learns nothing of ours.
func (s *Server) joinEnter(c echo.Context, _ visitor) error {
	token, err := joinToken(c)
	if err != nil {
		return err
	}
	j, err := s.Joins.NoteJoin(c.Request().Context(), s.system, token, reads.JoinOpened)
	if err != nil {
		return err
	}
	if j.State != scheduler.JoinOpen || j.Meeting.Link == "" {
		return s.renderJoin(c, j, s.joinPageOf(j, token))
	}
	c.Response().Header().Set("Referrer-Policy", "no-referrer")
	return c.Redirect(http.StatusSeeOther, j.Meeting.Link)
}

// joinTrouble tells who leads the session that somebody cannot get in.
func (s *Server) joinTrouble(c echo.Context, _ visitor) error {
	token, err := joinToken(c)
	if err != nil {
		return err
	}
	j, err := s.Joins.NoteJoin(c.Request().Context(), s.system, token, reads.JoinTrouble)
	if err != nil {
		return err
	}
	if j.State != scheduler.JoinOpen {
		return s.renderJoin(c, j, s.joinPageOf(j, token))
	}
	return s.redirect(c, token, joinPrefix+token, "told")
}
