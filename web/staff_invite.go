package web

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"almanac/scheduler/desk"
	"almanac/scheduler/reads"
)

const (
	// inviteLife is how long a link from an admin is good for: over a weekend.
	inviteLife = 72 * time.Hour
	// mailWithin bounds how long a page waits for the mail server.
	mailWithin = 15 * time.Second
)

// staffInvitePage adds somebody to the staff.
type staffInvitePage struct {
	Page
	Name, Email string
	Roles       []Choice
	ByMail      bool
}

func (p *staffInvitePage) EmailField() Input {
	return p.Need("email", "Email address", "email", p.Email, "")
}

func (s *Server) staffInvitePage(c echo.Context, who visitor, f *form) (*staffInvitePage, error) {
	page, err := s.staffPage(c.Request().Context(), who, c.Request(), "staff", "Add a colleague")
	if err != nil {
		return nil, err
	}
	return &staffInvitePage{Page: page, Name: f.trimmed("name"), Email: f.trimmed("email"),
		Roles: roleChoices(f.trimmed("role")), ByMail: s.mailsLinks()}, nil
}

func (s *Server) staffInviteForm(c echo.Context, who visitor) error {
	v, err := s.staffInvitePage(c, who, formOrEmpty(nil))
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, v)
}

// staffInvite adds somebody and mails them a link. Without a mail server their page shows it, this once.
func (s *Server) staffInvite(c echo.Context, who visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	v, err := s.staffInvitePage(c, who, f)
	if err != nil {
		return err
	}
	link, err := s.Staff.InviteStaff(c.Request().Context(), who.actor, who.clinic, desk.InviteRequest{
		Name: v.Name, Email: v.Email, Role: f.trimmed("role"), Life: inviteLife, Once: f.once(c)})
	if err != nil {
		return rejectForm(v, formSentError(err))
	}
	if link.Token == "" { // sent twice
		return s.redirect(c, who.token, "/staff/"+string(link.Staff), "invited")
	}
	return s.handLink(c, who, link)
}

// mailsLinks reports whether links reach staff by mail.
func (s *Server) mailsLinks() bool {
	return s.SendSignIn != nil && (s.Mail == nil || s.SendsMail) && !s.Demo
}

// mailLink mails a link. It reports whether the mail server took it.
func (s *Server) mailLink(ctx context.Context, link reads.SignInLink) bool {
	if !s.mailsLinks() {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, mailWithin)
	defer cancel()
	if err := s.SendSignIn(ctx, link); err != nil {
		s.Log.LogAttrs(ctx, slog.LevelError, "sign-in link not sent", slog.Any("staff", link.Staff),
			slog.Any("error", err))
		return false
	}
	return true
}

// handLink mails a link, or shows it once on the page of the member of staff.
func (s *Server) handLink(c echo.Context, who visitor, link reads.SignInLink) error {
	if s.mailLink(c.Request().Context(), link) {
		return s.redirect(c, who.token, "/staff/"+string(link.Staff), "mailed")
	}
	v, err := s.memberPage(c, who, string(link.Staff), formOrEmpty(nil))
	if err != nil {
		return err
	}
	v.Link, v.Unsent = s.link("/signin/"+link.Token), s.mailsLinks()
	v.LinkUntil = s.staffWhen(link.Expires, link.Expires, v.Zone)
	return s.render(c, http.StatusOK, v)
}
