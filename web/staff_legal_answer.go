package web

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"almanac/scheduler"
	"almanac/scheduler/access"
)

// legalAnswerPage is the answer to a request for records, on paper. It names nobody.
type legalAnswerPage struct {
	Page
	Name, Phone string // of the clinic, as people see it
	Today       When
	Paragraphs  []string
}

// registerLegalAnswer registers the print of the answer to legal requests.
func (s *Server) registerLegalAnswer() {
	s.route(staff(access.ConsentView), get, "/legal-answer", s.legalAnswer)
}

func (s *Server) legalAnswer(c echo.Context, who visitor) error {
	ctx := c.Request().Context()
	page, err := s.paperPage(ctx, who, "Answer")
	if err != nil {
		return err
	}
	clinic, err := s.Cohorts.Clinic(ctx, who.actor, who.clinic)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, &legalAnswerPage{Page: page, Name: clinic.Contact.Name,
		Phone: clinic.Contact.ShownPhone(), Today: s.staffWhen(s.Now(), time.Time{}, page.Zone),
		Paragraphs: scheduler.LegalAnswer()})
}

type legalAnswerOutput struct {
	Body struct {
		Paragraphs []string `json:"paragraphs"`
	} `nameHint:"LegalAnswer"`
}

// registerLegalAnswerOperation registers the operation that gives the text.
func (s *Server) registerLegalAnswerOperation() {
	operation(s, program(access.ClinicView), describe(http.MethodGet, "/legal-answer", "show-legal-answer", "Clinic",
		"What to answer to a subpoena, a warrant or another request for records: it neither confirms nor denies that "+
			"somebody takes part, and says what a valid order needs."), s.apiLegalAnswer)
}

func (s *Server) apiLegalAnswer(context.Context, visitor, *struct{}) (*legalAnswerOutput, error) {
	out := &legalAnswerOutput{}
	out.Body.Paragraphs = scheduler.LegalAnswer()
	return out, nil
}
