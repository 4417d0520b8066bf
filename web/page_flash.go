package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
)

// flashFor is how long a flash message waits for its page.
const flashFor = time.Minute

// flashName returns the name of the flash cookie. The message is never in an address, so a link
// cannot fake it.
func (s *Server) flashName() string { return s.cookieName() + "-said" }

// redirect redirects with 303 after a change and sets the flash message. The message is signed with
// key for that address, and valid for a minute.
func (s *Server) redirect(c echo.Context, key, address, done string) error {
	if done != "" {
		s.say(c, key, address, done)
	}
	return c.Redirect(http.StatusSeeOther, address)
}

// say shows a flash message on the page at the address, once, whatever part of its list the address names.
func (s *Server) say(c echo.Context, key, address, done string) {
	address, _, _ = strings.Cut(address, "#")
	address, _, _ = strings.Cut(address, "?")
	c.SetCookie(s.flashCookie(signFlash(key, address, done, s.Now().Add(flashFor)), int(flashFor/time.Second)))
}

func (s *Server) flashCookie(value string, maxAge int) *http.Cookie {
	cookie := s.cookie(value, maxAge)
	cookie.Name = s.flashName()
	return cookie
}

// flash returns the valid flash message of a request, "" if there is none. clearFlash removes it.
func (s *Server) flash(r *http.Request, key string) string {
	cookie, err := r.Cookie(s.flashName())
	if err != nil {
		return ""
	}
	done, rest, _ := strings.Cut(cookie.Value, ".")
	until, _, _ := strings.Cut(rest, ".")
	seconds, err := strconv.ParseInt(until, 10, 64)
	if err != nil || !s.Now().Before(time.Unix(seconds, 0)) {
		return ""
	}
	if !hmac.Equal([]byte(cookie.Value), []byte(signFlash(key, r.URL.Path, done, time.Unix(seconds, 0)))) {
		return ""
	}
	return done
}

// clearFlash removes the cookie, so that the message is shown once.
func (s *Server) clearFlash(c echo.Context) {
	if _, err := c.Request().Cookie(s.flashName()); err == nil && c.Request().Method == http.MethodGet {
		c.SetCookie(s.flashCookie("", -1))
	}
}

func signFlash(key, address, done string, until time.Time) string {
	word := done + "." + strconv.FormatInt(until.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(key))
	_, _ = mac.Write([]byte(word + " " + address)) // a hash takes everything
	return word + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
