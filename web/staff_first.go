package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"almanac/scheduler"
	"almanac/scheduler/reads"
)

// firstPage asks the first admin of a new installation who they are.
type firstPage struct {
	Page
	Name, Email string
}

// NameField and EmailField are the fields of the page.
func (p *firstPage) NameField() Input { return p.Need("name", "Your name", "text", p.Name, "") }

// EmailField is for the address to which their sign-in links go.
func (p *firstPage) EmailField() Input {
	in := p.Need("email", "Your email address", "email", p.Email, "Your sign-in links go there.")
	in.Complete = "email"
	return in
}

// firstForm is the page behind the address that the first start prints. It is there until somebody is on the staff.
func (s *Server) firstForm(c echo.Context, _ visitor) error {
	if err := s.FirstAdmin.CheckFirst(c.Request().Context(), s.system, c.Param("token")); err != nil {
		return err
	}
	return s.render(c, http.StatusOK, &firstPage{Page: s.basePage("Welcome")})
}

// firstAdd makes the first admin and signs them in.
func (s *Server) firstAdd(c echo.Context, _ visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	q := reads.FirstAdmin{Name: f.trimmed("name"), Email: f.trimmed("email"),
		Device: deviceOf(c.Request().UserAgent())}
	browser, err := s.FirstAdmin.AddFirstAdmin(c.Request().Context(), s.system, c.Param("token"), q)
	if err != nil {
		return rejectForm(&firstPage{Page: s.basePage("Welcome"), Name: q.Name,
			Email: scheduler.ShownEmail(q.Email)}, err)
	}
	s.replaceSignIn(c, browser)
	return s.redirect(c, browser, "/", "welcome")
}
