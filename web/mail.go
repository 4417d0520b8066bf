package web

import (
	"net/http"
	"net/url"
	"sort"
	"time"

	"github.com/labstack/echo/v4"

	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// mailListPage lists the messages that are kept because no mail server is set.
type mailListPage struct {
	Page
	Messages []mailLine
	Next     string // address of the page behind; empty: there is none
}

// mailRows is how many kept messages one page lists.
const mailRows = 25

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
		// Ids begin with the instant, the latest first; so a message that was erased still marks its place.
		if after := c.QueryParam("after"); after != "" {
			kept = kept[sort.Search(len(kept), func(i int) bool { return kept[i].ID < after }):]
		}
		if len(kept) > mailRows {
			kept = kept[:mailRows]
			v.Next = "/mail?after=" + url.QueryEscape(kept[mailRows-1].ID)
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
