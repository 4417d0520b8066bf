package web

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// mailListPage lists the messages that are kept because no mail server is set.
type mailListPage struct {
	Page
	Messages []mailLine
}

// mailPage is one kept message.
type mailPage struct {
	Page
	Mail mailLine
	Text string
}

type mailLine struct {
	ID, Subject, To string
	At              When
}

func (s *Server) mailList(c echo.Context, who visitor) error {
	page, err := s.staffPage(c.Request().Context(), who, c.Request(), "mail", "Kept mail")
	if err != nil {
		return err
	}
	v := &mailListPage{Page: page}
	if s.Mail != nil {
		kept, err := s.Mail.List()
		if err != nil {
			return err
		}
		for _, m := range kept {
			v.Messages = append(v.Messages, s.mailLine(m, page.Zone))
		}
	}
	return s.render(c, http.StatusOK, v)
}

func (s *Server) mailLine(m reads.KeptMail, zone string) mailLine {
	return mailLine{ID: m.ID, Subject: m.Subject, To: m.To, At: s.staffWhen(m.At, time.Time{}, zone)}
}

func (s *Server) mailShow(c echo.Context, who visitor) error {
	if s.Mail == nil {
		return fault.New(fault.NotFound, "No mail is kept, because a mail server is set.")
	}
	kept, err := s.Mail.Open(c.Param("id"))
	if err != nil {
		return err
	}
	page, err := s.staffPage(c.Request().Context(), who, c.Request(), "mail", "A kept message")
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, &mailPage{Page: page, Mail: s.mailLine(kept, page.Zone), Text: kept.Text})
}
