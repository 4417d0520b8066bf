package web

import (
	"html/template"
	"net/http"
	"slices"
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
	Names        []Choice     // how the others may see them; empty: the meeting asks for their name itself
	Down         bool         // the meeting cannot be reached
	Number       string       // to call, as people read it; empty: none
	NumberDial   template.URL // the same with its PIN, as one tap
	PIN          string
	Told         bool // who leads the session has just been told that they cannot get in
	Contact      scheduler.ClinicContact
	Dial         template.URL // the tel: address of the clinic; empty: none
}

func (s *Server) joinPageOf(j reads.Join, token string) *joinPage {
	w := wordsFor(j.Language)
	v := &joinPage{Page: s.ownPage(w, w.Title), Words: w,
		Contact: s.shown(j.Contact, j.Zone, w), Dial: dial(j.Contact.Phone)}
	v.Language = w.Language
	if v.Shut = j.State == scheduler.JoinShut; v.Shut {
		return v // the same for every cause
	}
	loc := s.location(j.Zone)
	v.Token, v.Early = token, j.State == scheduler.JoinEarly
	v.When, v.Opens = whenIn(j.Start, j.End, loc, w), whenIn(j.Opens, time.Time{}, loc, w)
	v.ZoneName, v.OpensMachine = w.place(v.When.Zone), j.Opens.UTC().Format(time.RFC3339)
	v.HasLink = j.Meeting.Link != "" || j.Meeting.Kind.Hosted()
	if j.Room.Name != "" {
		v.Names = joinNames(j.Room, w)
	}
	v.Number, v.PIN = scheduler.ClinicContact{Phone: j.Meeting.Phone}.ShownPhone(), j.Meeting.PIN
	v.NumberDial = dialIn(j.Meeting)
	return v
}

// joinNames lists how the others of a meeting may see somebody; two that look alike are one.
func joinNames(room reads.Room, w *words) []Choice {
	var all []Choice
	for _, choice := range []string{shownNumber, shownFirst, shownInitials} {
		shown := shownAs(choice, room, w)
		if !slices.ContainsFunc(all, func(c Choice) bool { return c.Label == shown }) {
			all = append(all, Choice{Value: choice, Label: shown, Chosen: choice == shownNumber})
		}
	}
	return all
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
	case v.Down:
		status = http.StatusServiceUnavailable
	case v.Shut:
		status = http.StatusNotFound
	case v.Early:
		wait := int(j.Opens.Sub(s.Now())/time.Second) + 1
		header.Set("Refresh", strconv.Itoa(min(max(wait, 1), longestWait)))
	default:
		mayLeave(c)
	}
	return s.render(c, status, v)
}

// mayLeave lets the forms of a page lead to other sites: browsers hold every redirect after a form against the
// form-action of its page.
func mayLeave(c echo.Context) {
	c.Response().Header().Set("Content-Security-Policy",
		strings.Replace(pagePolicy, "form-action 'self'", "form-action 'self' https:", 1))
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
	f, err := readForm(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	j, err := s.Joins.Join(ctx, s.system, token)
	if err != nil {
		return err
	}
	address, kind := "", reads.JoinOpened
	if j.State == scheduler.JoinOpen {
		address, err = s.enterRoom(ctx, j.Meeting, j.Room, shownAs(f.text("shown"), j.Room, wordsFor(j.Language)))
	}
	down := err != nil
	if down { // who leads it sees that somebody cannot get in
		kind = reads.JoinTrouble
	}
	if j.State == scheduler.JoinOpen && (down || address != "") {
		if j, err = s.Joins.NoteJoin(ctx, s.system, token, kind); err != nil {
			return err
		}
	}
	if down || address == "" || j.State != scheduler.JoinOpen {
		v := s.joinPageOf(j, token)
		v.Down = down && j.State == scheduler.JoinOpen
		return s.renderJoin(c, j, v)
	}
	return leadTo(c, address)
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
