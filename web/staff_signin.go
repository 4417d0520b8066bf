package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"almanac/scheduler"
	"almanac/scheduler/fault"
)

// cookieName returns the name of the sign-in cookie, which reveals nothing about this site. Over
// https its prefix binds it to this host and path (RFC 6265bis §4.1.3.2).
func (s *Server) cookieName() string {
	if s.secured() {
		return "__Host-signin"
	}
	return "signin"
}

func (s *Server) cookie(value string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name: s.cookieName(), Value: value, Path: "/", MaxAge: maxAge,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.secured(),
	}
}

// signedIn returns the signed-in visitor. It fails with errNoSignIn if there is none.
func (s *Server) signedIn(c echo.Context) (visitor, error) {
	cookie, err := c.Request().Cookie(s.cookieName())
	if err != nil || cookie.Value == "" {
		return visitor{}, errNoSignIn
	}
	actor, member, err := s.SignIns.SignedIn(c.Request().Context(), s.system, cookie.Value)
	if fault.Is(err, fault.NotFound) {
		return visitor{}, errNoSignIn
	}
	if err != nil {
		return visitor{}, err
	}
	return visitor{actor: actor, staff: member.Staff, signIn: member.SignIn, clinic: scheduler.ID(actor.Clinic),
		token: cookie.Value, lock: member.LockMinutes, screen: member.Screen,
		needsKey: member.NeedsKey && !s.Demo}, nil
}

// strangerPage answers visitors without a sign-in. It reveals nothing about this site.
type strangerPage struct {
	Page
	Heading, Sentence, Incident string
}

// signInPage has one button. Opening it changes nothing, so that mail scanners cannot use up links.
type signInPage struct {
	Page
	Action string
}

func (s *Server) signInForm(c echo.Context, _ visitor) error {
	return s.render(c, http.StatusOK, &signInPage{Page: s.basePage("Sign in"), Action: c.Request().URL.Path})
}

// signIn uses up the link and sets the cookie.
func (s *Server) signIn(c echo.Context, _ visitor) error {
	browser, err := s.SignIns.SpendLink(c.Request().Context(), s.system, c.Param("token"),
		deviceOf(c.Request().UserAgent()))
	if err != nil {
		return err
	}
	s.replaceSignIn(c, browser)
	next := "/"
	if cookie, err := c.Request().Cookie(s.nextCookieName()); err == nil {
		next = returnTo(cookie.Value)
		c.SetCookie(s.nextCookie("", -1))
	}
	return s.redirect(c, browser, next, "welcome")
}

// signOut ends the sign-in. Without one it has no effect.
func (s *Server) signOut(c echo.Context, _ visitor) error {
	who, err := s.signedIn(c)
	if err == nil {
		err = s.SignIns.SignOut(c.Request().Context(), s.system, who.token)
	} else if err == errNoSignIn { // signedIn returns it unwrapped
		err = nil
	}
	if err != nil {
		return err
	}
	c.SetCookie(s.cookie("", -1))
	// What the browser kept of the pages goes too: on a shared computer somebody else comes next. Not "cookies", which
	// would end sign-ins at other sites of the same domain.
	c.Response().Header().Set("Clear-Site-Data", `"cache", "storage"`)
	return s.redirect(c, "", "/signin", "")
}
