package web

import (
	"html/template"
	"net/http"

	"github.com/labstack/echo/v4"

	"almanac/scheduler"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// stopPrefix is the prefix of links that take another address back.
const stopPrefix = "/k/"

// stopPage asks who has an old address whether the change was theirs. Opening it changes nothing.
type stopPage struct {
	Page
	W       *detailWords
	Words   *words
	Token   string
	Changed string
	Done    string
	Contact scheduler.ClinicContact
	Dial    template.URL
}

func (s *Server) loadStop(c echo.Context) (*stopPage, reads.StoppableAddress, error) {
	token := c.Param("token")
	if len(token) > longestToken {
		return nil, reads.StoppableAddress{}, errNoFeed
	}
	found, err := s.Own.StoppableAddress(c.Request().Context(), s.system, token)
	if err != nil {
		return nil, found, err
	}
	read, w := wordsFor(found.Language), detailWordsFor(found.Language)
	v := &stopPage{Page: s.ownPage(read, w.WasYou), W: w, Words: read, Token: token, Changed: w.WasEmail,
		Contact: s.shown(found.Contact, found.Zone, read), Dial: dial(found.Contact.Phone)}
	if found.Channel == scheduler.SMS {
		v.Changed = w.WasPhone
	}
	return v, found, nil
}

func (s *Server) stopForm(c echo.Context, _ visitor) error {
	v, _, err := s.loadStop(c)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, v)
}

// stopSave puts back what stood before, with everything that was changed since. A second time the link leads nowhere.
func (s *Server) stopSave(c echo.Context, _ visitor) error {
	if _, err := readForm(c); err != nil {
		return err
	}
	v, found, err := s.loadStop(c)
	if err != nil {
		return err
	}
	err = s.Desk.Confirm(c.Request().Context(), ownRequest(found.Clinic, found.Person),
		s.Desk.OwnDetails(scheduler.PersonSetting{Person: found.Person, Email: found.Email, Phone: found.Phone,
			Stops: found.Change}))
	if err != nil && !fault.Is(err, fault.Invalid) { // staff put it back already
		return err
	}
	v.Done = v.W.NotMeDone
	return s.render(c, http.StatusOK, v)
}
