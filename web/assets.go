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
var assetFiles embed.FS

// assetTypes lists the files that are served, with their media types.
var assetTypes = map[string]string{
	"style.css": "text/css; charset=utf-8",
	"app.js":    "text/javascript; charset=utf-8",
	"logo.svg":  "image/svg+xml",
	"page.css":  "text/css; charset=utf-8",
	"page.js":   "text/javascript; charset=utf-8",
	"page.svg":  "image/svg+xml",
}

// forStaff are the files that only signed-in staff get: their words tell what
// this site is. The pages of participants and strangers use the others.
var forStaff = map[string]bool{"style.css": true, "app.js": true, "logo.svg": true}

// assets are style, script and logo under an address that changes with their bytes.
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

// assetShow serves one file. Under the address of this build it may be kept for a
// year; under another build's it is served all the same, but not kept. A file for
// staff is NotFound for anybody else, unless the public may read of this site anyway.
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

// robots lets calendar programs fetch feeds, which they do not where robots.txt
// forbids it, and keeps everything else out of search engines.
func (s *Server) robots(c echo.Context, _ visitor) error {
	return c.String(http.StatusOK, "User-agent: *\nAllow: "+feedPrefix+"\nDisallow: /\n")
}
