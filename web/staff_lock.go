package web

import (
	"errors"
	"log/slog"
	"net/http"

	"github.com/labstack/echo/v4"

	"almanac/scheduler"
	"almanac/scheduler/fault"
)

// errLocked means that the screen was idle for too long.
var errLocked = errors.New("the screen is locked")

// lockPage answers a browser whose screen is locked, wherever it looks. What a form had sent is kept on the page, and
// is sent again after the unlocking.
type lockPage struct {
	againPage
	Name string
	Keys bool // they have a passkey that works here
}

func (s *Server) lockPage(c echo.Context, who visitor) (*lockPage, error) {
	own, err := s.Passkeys.Passkeys(c.Request().Context(), who.actor, who.clinic, who.staff.ID)
	if err != nil {
		return nil, err
	}
	v := &lockPage{againPage: *s.signInAgain(c), Name: who.staff.Name}
	v.Title, v.Email = "Locked", scheduler.ShownEmail(who.staff.Email)
	v.Keys = v.Passkeys && len(own) > 0
	return v, nil
}

// lockState tells the script of a page whether the screen is locked. Asking is no use of the sign-in. It fails with
// errNoSignIn if there is none.
func (s *Server) lockState(c echo.Context, _ visitor) error {
	cookie, err := c.Request().Cookie(s.cookieName())
	if err != nil || cookie.Value == "" {
		return errNoSignIn
	}
	locked, err := s.Locks.Locked(c.Request().Context(), s.system, cookie.Value)
	if fault.Is(err, fault.NotFound) {
		return errNoSignIn
	}
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]bool{"locked": locked})
}

// replaceSignIn gives the browser a new sign-in, and ends the one that it carries.
func (s *Server) replaceSignIn(c echo.Context, browser string) {
	cookie, err := c.Request().Cookie(s.cookieName())
	c.SetCookie(s.cookie(browser, 0))
	if err != nil || cookie.Value == "" {
		return
	}
	if err := s.SignIns.SignOut(c.Request().Context(), s.system, cookie.Value); err != nil {
		s.Log.LogAttrs(c.Request().Context(), slog.LevelWarn, "a sign-in was not ended",
			slog.String("kind", fault.KindOf(err).String()))
	}
}
