package web

import (
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
)

// compressFrom is the size in octets from which an answer is compressed. Below it
// the saving does not pay.
const compressFrom = 1024

// compress makes the middleware that sends styles, scripts and the API's JSON
// through gzip. Pages are left alone: they hold private links beside text that a
// stranger can choose, and the length of a compressed page would give a link away
// bit by bit (BREACH). An API answer cannot be asked for from another site,
// because no browser adds its token.
func compress() echo.MiddlewareFunc {
	return middleware.GzipWithConfig(middleware.GzipConfig{
		MinLength: compressFrom,
		Skipper:   func(c echo.Context) bool { return !compressible(c.Request().URL.Path) },
	})
}

func compressible(path string) bool {
	return strings.HasPrefix(path, "/assets/") || strings.HasPrefix(path, "/api/")
}
