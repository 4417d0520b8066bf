package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"almanac/scheduler/fault"
	"almanac/scheduler/gate"
	"almanac/scheduler/reads"
)

// questionPrefix is the prefix of confirm links.
const questionPrefix = "/c/"

// questionPage asks a person whether they will come on one date. Opening it changes nothing.
type questionPage struct {
	Page
	Words    *words
	Token    string
	When     When
	ZoneName string
	Place    string
	Answered bool
}

func (s *Server) questionForm(c echo.Context, _ visitor) error {
	v, err := s.questionPage(c)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, v)
}

func (s *Server) questionPage(c echo.Context) (*questionPage, error) {
	token := c.Param("token")
	if len(token) > longestToken {
		return nil, errNoFeed
	}
	q, err := s.Questions.Question(c.Request().Context(), s.system, token)
	if err != nil {
		return nil, err
	}
	return s.questionPageOf(q, token), nil
}

func (s *Server) questionPageOf(q reads.Question, token string) *questionPage {
	w := wordsFor(q.Language)
	v := &questionPage{Page: s.ownPage(w, w.Title), Words: w, Token: token, Answered: q.Answered,
		Place: w.place(q.Place)}
	v.When = whenIn(q.Start, q.End, s.location(q.Zone), w)
	v.ZoneName = w.place(v.When.Zone)
	return v
}

// questionAnswer saves the answer. A repeated answer has no effect.
func (s *Server) questionAnswer(c echo.Context, _ visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	v, err := s.questionPage(c)
	if err != nil {
		return err
	}
	err = s.Questions.Answer(c.Request().Context(), s.system, v.Token, gate.Intent(f.text("come")))
	if err != nil && !fault.Is(err, fault.Closed) {
		return rejectForm(v, err)
	}
	return s.redirect(c, c.Param("token"), questionPrefix+v.Token, "")
}
