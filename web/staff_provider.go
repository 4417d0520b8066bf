package web

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"almanac/scheduler"
	"almanac/scheduler/fault"
	"almanac/scheduler/oidc"
	"almanac/scheduler/reads"
)

// Organization is where members of staff have an account with which they sign in.
type Organization struct {
	Provider Provider
	Name     string      // as the sign-in page calls it
	Roles    []GroupRole // the first one whose group somebody is in counts; nil: groups give no role
	Clinic   string      // to which groups add people; empty: the only one
}

// GroupRole gives the members of a group at the organization a role here.
type GroupRole struct{ Group, Role string }

// providerPath is where the organization sends the browser back.
const providerPath = "/signin/oidc"

// providerLife is how long the browser keeps the name of an attempt. The database keeps the attempt no longer.
const providerLife = 5 * time.Minute

// What an account of the organization is used for.
const (
	toSignIn = "sign-in"
	toProve  = "prove"
	toLink   = "link"
)

// providerAttempt is a sign-in at the organization that a browser has begun. The database keeps it as a ceremony, and
// the browser its name.
type providerAttempt struct {
	oidc.Attempt
	For   string
	Next  string       // where it leads; empty: the first page
	Staff scheduler.ID // who proves themselves or links their account
}

// providerPage sends the browser on to the organization. It is a page, because browsers hold every redirect after
// a form against the form-action of the page with that form, and organizations redirect to places that nobody knows.
type providerPage struct {
	Page
	Name, Address string
}

// providerName is what the sign-in page calls the organization, empty without one.
func (s *Server) providerName() string {
	if s.Organization == nil {
		return ""
	}
	return s.Organization.Name
}

func (s *Server) providerCookie(value string, maxAge int) *http.Cookie {
	cookie := s.cookie(value, maxAge)
	cookie.Name += "-provider"
	return cookie
}

func (s *Server) providerSignIn(c echo.Context, _ visitor) error {
	return s.providerBegin(c, visitor{}, toSignIn)
}

func (s *Server) providerProve(c echo.Context, who visitor) error {
	return s.providerBegin(c, who, toProve)
}

func (s *Server) providerLink(c echo.Context, who visitor) error {
	if err := s.mayAddKey(c.Request().Context(), who); err != nil {
		return err
	}
	return s.providerBegin(c, who, toLink)
}

// providerBegin begins a sign-in at the organization.
func (s *Server) providerBegin(c echo.Context, who visitor, purpose string) error {
	if s.Organization == nil {
		return fault.New(fault.NotFound, "There is nothing at this address.")
	}
	f, err := readForm(c)
	if err != nil {
		return err
	}
	made := providerAttempt{For: purpose, Next: localPath(f.text("next")), Staff: who.staff.ID}
	if wait := s.keyLimiter.wait(s.networkOf(c.Request()), s.Now()); wait > 0 {
		c.Response().Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
		return s.providerTrouble(c, made,
			fault.New(fault.Unavailable, "Many tries came from your network. Wait a minute."))
	}
	ctx := c.Request().Context()
	address, attempt, err := s.Organization.Provider.Begin(ctx, s.link(providerPath), purpose == toProve)
	if err != nil {
		return s.providerTrouble(c, made, err)
	}
	made.Attempt = attempt
	state, err := json.Marshal(made)
	if err != nil {
		return err
	}
	name, err := s.Ceremonies.BeginCeremony(ctx, s.system, state)
	if err != nil {
		return s.providerTrouble(c, made, err)
	}
	c.SetCookie(s.providerCookie(name, int(providerLife.Seconds())))
	c.Response().Header().Set("Refresh", "0;url="+address)
	return s.render(c, http.StatusOK,
		&providerPage{Page: s.basePage("Sign in"), Name: s.Organization.Name, Address: address})
}

// providerAnswer takes what the browser brings back from the organization. It opens nothing without the cookie of the
// browser that began, and that only once.
func (s *Server) providerAnswer(c echo.Context, _ visitor) error {
	if s.Organization == nil || c.Request().Method != http.MethodGet {
		return fault.New(fault.NotFound, "There is nothing at this address.")
	}
	ctx := c.Request().Context()
	cookie, err := c.Request().Cookie(s.providerCookie("", 0).Name)
	if err != nil || cookie.Value == "" {
		return s.providerTrouble(c, providerAttempt{For: toSignIn}, fault.New(fault.Invalid,
			"This browser has begun no sign-in at your organization, or it was answered before. Start again here."))
	}
	c.SetCookie(s.providerCookie("", -1))
	made := providerAttempt{For: toSignIn}
	state, err := s.Ceremonies.TakeCeremony(ctx, s.system, cookie.Value)
	if err == nil {
		err = json.Unmarshal(state, &made)
	}
	if err != nil {
		return s.providerTrouble(c, made, err)
	}
	who, err := s.Organization.Provider.Finish(ctx, made.Attempt, c.QueryParams())
	if err == nil {
		err = s.providerDone(c, made, s.identityUse(c, who))
	}
	if err != nil {
		return s.providerTrouble(c, made, err)
	}
	return nil
}

// identityUse is what the organization said, with the role that the groups give.
func (s *Server) identityUse(c echo.Context, who oidc.Identity) reads.IdentityUse {
	use := reads.IdentityUse{Issuer: who.Issuer, Subject: who.Subject, Name: who.Name, Email: who.Email,
		Mapped: len(s.Organization.Roles) > 0, Clinic: s.Organization.Clinic,
		Device: deviceOf(c.Request().UserAgent())}
	for _, r := range s.Organization.Roles {
		if slices.Contains(who.Groups, r.Group) {
			use.Role = r.Role
			break
		}
	}
	return use
}

// providerDone does what the account is used for, and answers.
func (s *Server) providerDone(c echo.Context, made providerAttempt, use reads.IdentityUse) error {
	ctx := c.Request().Context()
	if made.For == toSignIn {
		browser, err := s.Identities.UseIdentity(ctx, s.system, use)
		if err != nil {
			return err
		}
		s.replaceSignIn(c, browser)
		return s.redirect(c, browser, returnTo(made.Next), "welcome")
	}
	who, err := s.signedIn(c)
	if errors.Is(err, errNoSignIn) || err == nil && who.staff.ID != made.Staff {
		return fault.New(fault.Conflict, "You are no longer signed in here as before. Sign in, then try again.")
	}
	if err != nil {
		return err
	}
	if made.For == toProve {
		use.Token, use.Staff = who.token, who.staff.ID
		if _, err := s.Identities.UseIdentity(ctx, s.system, use); err != nil {
			return err
		}
		done := ""
		if made.Next == "" {
			done = "proved"
		}
		return s.redirect(c, who.token, returnTo(made.Next), done)
	}
	if who.screen.Locked {
		return errLocked
	}
	if err := s.mayAddKey(ctx, who); err != nil {
		return err
	}
	if err := s.Identities.LinkIdentity(ctx, who.actor, who.token, use); err != nil {
		return err
	}
	s.tellOfPasskey(ctx, who, who.staff, reads.AccountLinked, "")
	return s.redirect(c, who.token, "/account", "linked")
}

// providerTrouble answers when a sign-in at the organization failed: with the page from which it can be tried again,
// or another way.
func (s *Server) providerTrouble(c echo.Context, made providerAttempt, err error) error {
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind == fault.Internal {
		return err
	}
	reason := ""
	if f.Cause != nil {
		reason = f.Cause.Error()
	}
	s.Log.LogAttrs(c.Request().Context(), slog.LevelInfo, "sign-in at the organization refused",
		slog.String("for", made.For), slog.String("kind", f.Kind.String()), slog.String("reason", reason))
	status := statusOf(err)
	if status == http.StatusServiceUnavailable && c.Response().Header().Get("Retry-After") == "" {
		c.Response().Header().Set("Retry-After", retryAfter)
	}
	v, pageErr := s.providerTroublePage(c, made)
	if pageErr != nil {
		return pageErr
	}
	v.page().explain(err)
	return s.render(c, status, v)
}

func (s *Server) providerTroublePage(c echo.Context, made providerAttempt) (view, error) {
	if made.For == toSignIn {
		return s.askPage(made.Next), nil
	}
	who, err := s.signedIn(c)
	switch {
	case errors.Is(err, errNoSignIn):
		return s.askPage(made.Next), nil
	case err != nil:
		return nil, err
	case who.screen.Locked:
		v, err := s.lockPage(c, who)
		if err == nil {
			v.Next, v.Sent, v.Typed = made.Next, false, nil
		}
		return v, err
	case made.For == toProve:
		v, err := s.askProof(c, who)
		if err == nil {
			v.Next, v.Sent, v.Typed = made.Next, false, nil
		}
		return v, err
	}
	return s.accountPage(c, who)
}

// accountUnlink unlinks the organization's account of the visitor.
func (s *Server) accountUnlink(c echo.Context, who visitor) error {
	if err := s.provedNow(who); err != nil {
		return err
	}
	return s.unlink(c, who, who.staff, "/account")
}

// staffUnlink unlinks the organization's account of a member of staff.
func (s *Server) staffUnlink(c echo.Context, who visitor) error {
	m, err := s.member(c.Request().Context(), who, c.Param("id"))
	if err != nil {
		return err
	}
	return s.unlink(c, who, m, "/staff/"+string(m.ID))
}

func (s *Server) unlink(c echo.Context, who visitor, m reads.Staff, next string) error {
	ctx := c.Request().Context()
	if err := s.Identities.UnlinkIdentity(ctx, who.actor, who.clinic, m.ID, reads.Do); err != nil {
		return err
	}
	s.tellOfPasskey(ctx, who, m, reads.AccountUnlinked, "")
	return s.redirect(c, who.token, next, "unlinked")
}

// accountLine is the organization's account of a member of staff.
type accountLine struct {
	Name         string // of the organization
	Here         bool   // members of staff can sign in with it now
	Linked, Used When   // no moment: none is linked
}

func (s *Server) accountLine(ctx context.Context, who visitor, staff scheduler.ID, zone string) (accountLine, error) {
	found, err := s.Identities.Identity(ctx, who.actor, who.clinic, staff)
	line := accountLine{Name: s.providerName(), Here: s.Organization != nil}
	if err != nil || !found.Known() {
		return line, err
	}
	loc, words := s.location(zone), wordsFor("en")
	line.Linked, line.Used = whenIn(found.Linked, found.Linked, loc, words), whenIn(found.Used, found.Used, loc, words)
	return line, nil
}

// Shown reports whether there is something to say about it.
func (l accountLine) Shown() bool { return l.Here || l.Linked.Known() }
