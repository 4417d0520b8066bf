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
	Name  string
	Keys  bool   // they have a passkey that works here
	Own   bool   // their organization's account is linked
	Again string // where a form is sent again
}

// holderParam is the parameter of an address that answers one member of staff only.
const holderParam = "holder"

// holderOnly is the address of a request for its own visitor: what they typed is not sent by somebody else, who signs
// in on the same browser.
func holderOnly(c echo.Context, who visitor) string {
	u := *c.Request().URL
	query := u.Query()
	if query.Get(holderParam) == "" {
		query.Set(holderParam, who.screen.Holder)
	}
	u.RawQuery = query.Encode()
	return u.RequestURI()
}

// checkHolder fails with Closed for an address of holderOnly that is another visitor's.
func checkHolder(c echo.Context, who visitor) error {
	if of := c.QueryParam(holderParam); of != "" && of != who.screen.Holder {
		return fault.New(fault.Closed,
			"Somebody else filled in this form before you signed in. Nothing was saved. Fill it in yourself.")
	}
	return nil
}

func (s *Server) lockPage(c echo.Context, who visitor) (*lockPage, error) {
	own, err := s.proofs(c.Request().Context(), who)
	if err != nil {
		return nil, err
	}
	v := &lockPage{againPage: *s.signInAgain(c), Name: who.staff.Name}
	v.Title, v.Email = "Locked", scheduler.ShownEmail(who.staff.Email)
	v.Keys, v.Own = v.Passkeys && own.passkeys > 0, v.Provider != "" && own.linked
	if v.Sent {
		v.Again = holderOnly(c, who)
	}
	return v, nil
}

// screenState is what the script of a page gets.
type screenState struct {
	Locked bool   `json:"locked"`
	Holder string `json:"holder"`
}

// lockState tells the script of a page whether the screen is locked, and whose it is. Asking is no use of the sign-in.
// It fails with errNoSignIn if there is none.
func (s *Server) lockState(c echo.Context, _ visitor) error {
	cookie, err := c.Request().Cookie(s.cookieName())
	if err != nil || cookie.Value == "" {
		return errNoSignIn
	}
	screen, err := s.Screens.Screen(c.Request().Context(), s.system, cookie.Value)
	if fault.Is(err, fault.NotFound) {
		return errNoSignIn
	}
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, screenState(screen))
}

// screenUse answers as lockState does, and counts as a use: the script says that somebody types or points.
func (s *Server) screenUse(c echo.Context, who visitor) error {
	return c.JSON(http.StatusOK, screenState(who.screen))
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
