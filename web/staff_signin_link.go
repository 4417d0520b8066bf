package web

import (
	"context"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"almanac/scheduler"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

const (
	// linkLife is how long a link from the sign-in page is good for.
	linkLife = 30 * time.Minute
	// askBacklog bounds the requests for a link that wait to be worked off.
	askBacklog = 64
	// asksAtOnce is how many links one network may ask for at once; one comes back every asksEvery.
	asksAtOnce = 10
	asksEvery  = time.Minute

	nextCookie    = "signin-next" // where a sign-in leads; the browser that asked for the link keeps it
	longestReturn = 500           // octets of an address to return to
)

// askPage is the sign-in page of staff. Asked says that a link was asked for: it looks the same for every address.
type askPage struct {
	Page
	Email, Next string
	Passkeys    bool   // browsers keep passkeys for this site
	Provider    string // the organization; empty: none
	ByMail      bool   // links are sent
	Asked       bool
	Links       []demoLink // of the demo, where no mail arrives
}

// demoLink is a link that the demo shows instead of sending it.
type demoLink struct{ Name, Address string }

// EmailField is the only field of the page.
func (p *askPage) EmailField() Input {
	in := p.Need("email", "Your email address", "email", p.Email, "")
	in.Complete = "email"
	return in
}

func (s *Server) askPage(next string) *askPage {
	return &askPage{Page: s.basePage("Sign in"), Next: localPath(next), ByMail: s.SendSignIn != nil,
		Passkeys: s.passkeysHere(), Provider: s.providerName()}
}

func (s *Server) signInAskForm(c echo.Context, _ visitor) error {
	if _, err := s.signedIn(c); err == nil {
		return c.Redirect(http.StatusSeeOther, returnTo(c.QueryParam("next")))
	}
	return s.render(c, http.StatusOK, s.askPage(c.QueryParam("next")))
}

// signInAsk takes a request for a link. What it answers, and how long that takes, does not depend on the address: the
// link is made and sent by Run.
func (s *Server) signInAsk(c echo.Context, _ visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	v := s.askPage(f.text("next"))
	if !v.ByMail {
		return fault.New(fault.Closed, "This site sends no links. Ask an admin for one.")
	}
	email, wrong := scheduler.CheckEmail(f.text("email"))
	if v.Email = email; wrong != nil || email == "" {
		v.Email = f.text("email")
		v.explain(fault.In("email", "Type an email address like pat@example.net."))
		return s.render(c, http.StatusUnprocessableEntity, v)
	}
	if wait := s.askLimiter.wait(s.networkOf(c.Request()), s.Now()); wait > 0 {
		c.Response().Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
		v.explain(fault.New(fault.Unavailable,
			"Many links were asked for from your network. Wait a minute, then try again."))
		return s.render(c, http.StatusTooManyRequests, v)
	}
	if v.Next != "" {
		c.SetCookie(s.nextCookie(v.Next, int(linkLife.Seconds())))
	}
	v.Asked = true
	if s.Demo {
		return s.signInDemo(c, v)
	}
	select {
	case s.asks <- v.Email:
	default:
		return fault.New(fault.Unavailable, "Too many links are asked for right now. Try again in a minute.")
	}
	return s.render(c, http.StatusOK, v)
}

// signInDemo shows the links on the page: nobody reads the mail of a sample clinic.
func (s *Server) signInDemo(c echo.Context, v *askPage) error {
	links, err := s.SignIns.SignInLinks(c.Request().Context(), s.system, v.Email, linkLife)
	for _, l := range links {
		v.Links = append(v.Links, demoLink{l.Name, "/signin/" + l.Token})
	}
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, v)
}

// sendLinks makes and sends the links that are asked for, until ctx ends. A mail that cannot be sent is logged; who
// asked for it asks again.
func (s *Server) sendLinks(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case email := <-s.asks:
			for _, link := range s.linksFor(ctx, email) {
				if err := s.SendSignIn(ctx, link); err != nil {
					s.Log.LogAttrs(ctx, slog.LevelError, "sign-in link not sent",
						slog.Any("staff", link.Staff), slog.Any("error", err))
				}
			}
		}
	}
}

func (s *Server) linksFor(ctx context.Context, email string) []reads.SignInLink {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	links, err := s.SignIns.SignInLinks(ctx, s.system, email, linkLife)
	if err != nil {
		s.Log.LogAttrs(ctx, slog.LevelError, "sign-in link not made", slog.String("kind", fault.KindOf(err).String()))
	}
	return links
}

// nextCookieName is nextCookie, over https with the prefix that binds it to this host, as cookieName has it.
func (s *Server) nextCookieName() string {
	if s.secured() {
		return "__Host-" + nextCookie
	}
	return nextCookie
}

// nextCookie remembers where the sign-in leads, for the browser in which the link is opened.
func (s *Server) nextCookie(path string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name: s.nextCookieName(), Value: path, Path: "/", MaxAge: maxAge,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.secured(), Quoted: true,
	}
}

// localPath returns an address of this site as it stands, and "" for any other text.
func localPath(address string) string {
	if len(address) > longestReturn || !strings.HasPrefix(address, "/") || strings.HasPrefix(address, "/signin") {
		return ""
	}
	// A browser takes // and /\ for another host, and leaves control characters out before it looks.
	odd := func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '\\' || r == '"' }
	if strings.HasPrefix(address, "//") || strings.ContainsFunc(address, odd) {
		return ""
	}
	return address
}

// returnTo is localPath, or the first page.
func returnTo(address string) string {
	if path := localPath(address); path != "" {
		return path
	}
	return "/"
}
