package web

import (
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
)

// compressFrom is the smallest response in octets that is worth compressing.
const compressFrom = 1024

// compress returns the middleware that compresses assets and API responses. Pages stay
// uncompressed: they contain private links beside text from outside, so their length could leak the
// links (BREACH). API responses are safe because no browser adds the token for another site.
func compress() echo.MiddlewareFunc {
	return middleware.GzipWithConfig(middleware.GzipConfig{
		MinLength: compressFrom,
		Skipper:   func(c echo.Context) bool { return !compressible(c.Request().URL.Path) },
	})
}

func compressible(path string) bool {
	return strings.HasPrefix(path, "/assets/") || strings.HasPrefix(path, "/api/")
}
