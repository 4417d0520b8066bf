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
	HTML bool // there is an HTML part to show
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
		to := make([]string, len(kept.Mails))
		for i, m := range kept.Mails {
			to[i] = m.To
			v.Messages = append(v.Messages, s.mailLine(m, page.Zone))
		}
		if err := s.Audit.SawAddresses(c.Request().Context(), who.actor, who.clinic, to); err != nil {
			return err
		}
	}
	return s.render(c, http.StatusOK, v)
}

func (s *Server) mailLine(m reads.KeptMail, zone string) mailLine {
	return mailLine{ID: m.ID, Subject: m.Subject, To: m.To, At: s.staffWhen(m.At, time.Time{}, zone)}
}

func (s *Server) mailShow(c echo.Context, who visitor) error {
	kept, err := s.keptMail(c, who)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Content-Security-Policy", framingPolicy)
	page, err := s.staffPage(c.Request().Context(), who, c.Request(), "mail", "An unsent message")
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, &mailPage{Page: page, Mail: s.mailLine(kept, page.Zone), Text: kept.Text,
		HTML: kept.HTML != ""})
}

// keptMail reads the unsent message in the address.
func (s *Server) keptMail(c echo.Context, who visitor) (reads.KeptMail, error) {
	if s.Mail == nil {
		return reads.KeptMail{}, fault.New(fault.NotFound, "There is no unsent mail, because a mail server is set up.")
	}
	kept, err := s.Mail.Open(who.actor, who.clinic, c.Param("id"))
	if err == nil {
		err = s.Audit.SawAddresses(c.Request().Context(), who.actor, who.clinic, []string{kept.To})
	}
	return kept, err
}

// framingPolicy lets the page of a message show its frame; everything else is as on other pages.
const framingPolicy = pagePolicy + "; frame-src 'self'"

// framedPolicy gives a message no rights: no script, form, link target or picture, and only this site may frame it.
const framedPolicy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; " +
	"frame-ancestors 'self'"

// mailBody sends the HTML of an unsent message, for the frame on its page.
func (s *Server) mailBody(c echo.Context, who visitor) error {
	kept, err := s.keptMail(c, who)
	if err != nil {
		return err
	}
	if kept.HTML == "" {
		return fault.New(fault.NotFound, "This message is plain text. Read it on its own page.")
	}
	c.Response().Header().Set("Content-Security-Policy", framedPolicy)
	c.Response().Header().Set("X-Frame-Options", "SAMEORIGIN")
	return c.HTML(http.StatusOK, kept.HTML)
}
