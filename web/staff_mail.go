package web

import (
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// mailListPage lists unsent messages, which are kept when no mail server is set.
type mailListPage struct {
	Page
	Messages []mailLine
	Next     string // address of the next page; empty: none
}

// mailRows is the number of messages per page.
const mailRows = 25

// mailPage is one unsent message.
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
	page, err := s.staffPage(c.Request().Context(), who, c.Request(), "mail", "Unsent mail")
	if err != nil {
		return err
	}
	v := &mailListPage{Page: page}
	if s.Mail != nil {
		kept, err := s.Mail.List(who.actor, who.clinic, c.QueryParam("after"), mailRows)
		if err != nil {
			return err
		}
		if kept.Next != "" {
			v.Next = "/mail?after=" + url.QueryEscape(kept.Next)
		}
		for _, m := range kept.Mails {
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
		return fault.New(fault.NotFound, "There is no unsent mail, because a mail server is set up.")
	}
	kept, err := s.Mail.Open(who.actor, who.clinic, c.Param("id"))
	if err != nil {
		return err
	}
	page, err := s.staffPage(c.Request().Context(), who, c.Request(), "mail", "An unsent message")
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, &mailPage{Page: page, Mail: s.mailLine(kept, page.Zone), Text: kept.Text})
}
