package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"almanac/scheduler"
)

// staffListPage lists the staff of the clinic.
type staffListPage struct {
	Page
	Members []memberLine
}

type memberLine struct {
	Name, Email, Role string
	Disabled          bool
}

func (s *Server) staffList(c echo.Context, who visitor) error {
	ctx := c.Request().Context()
	page, err := s.staffPage(ctx, who, c.Request(), "staff", "Staff")
	if err != nil {
		return err
	}
	members, err := s.Staff.Staff(ctx, who.actor, who.clinic)
	if err != nil {
		return err
	}
	v := &staffListPage{Page: page}
	for _, m := range members {
		v.Members = append(v.Members,
			memberLine{Name: m.Name, Email: scheduler.ShownEmail(m.Email), Role: m.Role, Disabled: m.Disabled})
	}
	return s.render(c, http.StatusOK, v)
}
