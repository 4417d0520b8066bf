package web

import (
	"io"
	"net/http"

	"github.com/labstack/echo/v4"

	"almanac/scheduler/fault"
)

// textHook takes what the gateway of texts says: a report, or a text that came in. Gateways sign their requests; one
// that is not signed is refused with 403. Some gateways know GET only, so both methods do the same here.
func (s *Server) textHook(c echo.Context, _ visitor) error {
	if s.TextHook == nil {
		return fault.New(fault.NotFound, "No gateway of texts is set.")
	}
	body, err := io.ReadAll(c.Request().Body)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "The request is too large, or broke off.")
	}
	if err := s.TextHook(c.Request(), c.Param("driver"), body); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
