package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"almanac/scheduler/fault"
)

//go:embed assets/style.css assets/app.js assets/logo.svg assets/page.css assets/page.js assets/page.svg
//go:embed assets/passkey.js assets/literata.woff2
var assetFiles embed.FS

// assetTypes maps the served files to their media types.
var assetTypes = map[string]string{
	"style.css": "text/css; charset=utf-8",
	"app.js":    "text/javascript; charset=utf-8",
	"logo.svg":  "image/svg+xml",
	"page.css":  "text/css; charset=utf-8",
	"page.js":   "text/javascript; charset=utf-8",
	"page.svg":  "image/svg+xml",

	"passkey.js":     "text/javascript; charset=utf-8",
	"literata.woff2": "font/woff2",
}

// forStaff are the files that only signed-in staff get, because their content reveals what this
// site is. Other pages use the remaining files.
var forStaff = map[string]bool{"style.css": true, "app.js": true, "logo.svg": true,
	"literata.woff2": true}

// assets are static files under an address that changes with their content.
type assets struct {
	version, base string
	files         map[string][]byte
}

func readAssets() (assets, error) {
	a := assets{files: make(map[string][]byte, len(assetTypes))}
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(assetTypes)) {
		content, err := assetFiles.ReadFile("assets/" + name)
		if err != nil {
			return assets{}, fmt.Errorf("reading the embedded %s: %w", name, err)
		}
		a.files[name] = content
		sum.Write(content)
	}
	a.version = hex.EncodeToString(sum.Sum(nil)[:6])
	a.base = "/assets/" + a.version
	return a, nil
}

// assetShow serves one file. Under the current version's address it is cacheable for a year. It
// fails with NotFound for staff files without a sign-in, unless the API description is public.
func (s *Server) assetShow(c echo.Context, _ visitor) error {
	name := c.Param("file")
	content, ok := s.assets.files[name]
	if ok && forStaff[name] && s.APIDocs != DocsPublic {
		if _, err := s.signedIn(c); err != nil {
			ok = false
		}
	}
	if !ok {
		return fault.New(fault.NotFound, "There is no such file.")
	}
	if c.Param("version") == s.assets.version {
		kept := "public"
		if forStaff[name] {
			kept = "private"
		}
		c.Response().Header().Set("Cache-Control", kept+", max-age=31536000, immutable")
	}
	return c.Blob(http.StatusOK, assetTypes[name], content)
}

// robots allows calendar programs to fetch feeds and keeps everything else out of search engines.
func (s *Server) robots(c echo.Context, _ visitor) error {
	return c.String(http.StatusOK, "User-agent: *\nAllow: "+feedPrefix+"\nAllow: "+busyPrefix+"\nDisallow: /\n")
}
