package web

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"runtime"
	"runtime/debug"

	"github.com/labstack/echo/v4"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// authKind is how a policy authenticates visitors.
type authKind int

const (
	authNone      authKind = iota // no policy: no one gets in
	authOpen                      // anyone
	authFeedToken                 // a calendar program; the handler checks the token
	authPageToken                 // a participant; the handler checks the token
	authSignIn                    // signed-in staff
	authAPIToken                  // a program with an API token
	authReader                    // a reader of the API description: a program or staff
)

// policy says who may use a route.
type policy struct {
	auth   authKind
	locked bool          // also answers while the screen is locked
	weak   bool          // also answers when the clinic asks for more than a link by mail
	action access.Action // what staff and programs must be allowed to do
	body   int64         // limit of the request body, in octets; 0: maxBody
}

func anybody() policy                { return policy{auth: authOpen} }
func subscriber() policy             { return policy{auth: authFeedToken} }
func participant() policy            { return policy{auth: authPageToken} }
func staff(may access.Action) policy { return policy{auth: authSignIn, action: may} }

// upTo allows larger request bodies.
func (p policy) upTo(octets int64) policy {
	p.body = octets
	return p
}

// whileLocked also admits staff whose screen is locked.
func (p policy) whileLocked() policy {
	p.locked = true
	return p
}

// byLink also admits staff who came by a link where the clinic asks for more: to prove themselves, or to add what
// does.
func (p policy) byLink() policy {
	p.weak = true
	return p
}

// reader is the policy of the API description, which an option makes public.
func reader(public DocsReaders) policy {
	if public == DocsPublic {
		return anybody()
	}
	return policy{auth: authReader}
}

func (p policy) admits(a access.Actor) bool { return p.auth == authSignIn && access.Can(a, p.action) }

// Route is a registered address, for tests.
type Route struct {
	Method, Path string
	Policy       string // "open", "feed", "page", "reader", or staff or token and the action
}

func (p policy) String() string {
	switch p.auth {
	case authOpen:
		return "open"
	case authFeedToken:
		return "feed"
	case authPageToken:
		return "page"
	case authSignIn:
		return "staff " + string(p.action)
	case authAPIToken:
		return "token " + string(p.action)
	case authReader:
		return "reader"
	default:
		return "shut"
	}
}

// visitor is the authenticated client. The zero visitor is anyone.
type visitor struct {
	actor  access.Actor
	staff  reads.Staff
	signIn reads.SignIn
	clinic scheduler.ID
	token  string // of the sign-in cookie
	lock   int    // idle minutes after which the screen is locked
	// needsKey: the clinic asks for more than the link by which they came.
	needsKey bool
	screen   reads.Screen
}

// request returns a request to the desk by the visitor. expect is the change number of a preview.
func (v visitor) request(expect int64) desk.Request {
	return desk.Request{Actor: v.actor, Clinic: v.clinic, Expect: expect}
}

// handler answers a request of an authorized visitor.
type handler func(c echo.Context, who visitor) error

// route is the only way to register an address. GET also registers HEAD.
func (s *Server) route(p policy, method, path string, h handler) {
	entrance := s.withPolicy(p, h)
	if p.auth == authFeedToken {
		entrance = withoutPolicy(h)
	}
	methods := []string{method}
	if method == http.MethodGet {
		methods = append(methods, http.MethodHead)
	}
	for _, m := range methods {
		s.echo.Add(m, path, entrance)
		s.routes = append(s.routes, Route{Method: m, Path: path, Policy: p.String()})
	}
}

// maxBody bounds request bodies, in octets.
const maxBody = 64 << 10

// requestIDHeader names the request in the response, the log and on error pages.
const requestIDHeader = "X-Request-Id"

// withPolicy wraps the handler of a route: it authorizes, recovers, responds to errors and logs.
func (s *Server) withPolicy(p policy, h handler) echo.HandlerFunc {
	return func(c echo.Context) error {
		began, r := s.Now(), c.Request()
		c.Response().Header().Set(requestIDHeader, newRequestID())
		if r.Body != nil {
			r.Body = http.MaxBytesReader(c.Response(), r.Body, max(maxBody, p.body))
		}
		if p.auth == authSignIn || p.auth == authPageToken {
			s.clearFlash(c)
		}
		who, err := s.authorize(p, c)
		end := func() {}
		if err == nil {
			if p.auth == authSignIn {
				_, end = s.viewing(c, who)
			}
			err = s.recovered(h, c, who)
		}
		if err != nil {
			c.Error(err)
		}
		end()
		s.noteRefusal(c, who, err)
		s.logAnswer(c, began, who)
		return nil
	}
}

// withoutPolicy adds nothing, because feeds are by far the most frequent requests.
func withoutPolicy(h handler) echo.HandlerFunc {
	return func(c echo.Context) error { return h(c, visitor{}) }
}

// authorize returns the visitor, or fails if the policy does not admit them.
func (s *Server) authorize(p policy, c echo.Context) (visitor, error) {
	if p.auth == authNone {
		return visitor{}, fault.New(fault.NotFound, "There is nothing at this address.")
	}
	if err := s.sameOrigin(c.Request()); err != nil {
		return visitor{}, err
	}
	if p.auth == authReader {
		return visitor{}, s.authorizeReader(c)
	}
	if p.auth != authSignIn {
		return visitor{}, nil
	}
	who, err := s.signedIn(c)
	if err != nil {
		return visitor{}, err
	}
	if who.screen.Locked && !p.locked {
		return who, errLocked
	}
	if err := checkHolder(c, who); err != nil {
		return who, err
	}
	if who.needsKey && !p.weak {
		return who, errNeedsProof
	}
	if !p.admits(who.actor) {
		return who, access.Check(who.actor, p.action)
	}
	return who, s.proved(who, p.action)
}

// recovered calls a handler and turns a panic into an error. The error contains the type and stack,
// but no data.
func (s *Server) recovered(h handler, c echo.Context, who visitor) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = panicError(p)
		}
	}()
	return h(c, who)
}

func panicError(p any) error {
	what := fmt.Sprintf("a %T", p)
	if e, ok := p.(runtime.Error); ok {
		what = e.Error()
	}
	return fmt.Errorf("panic: %s at %s", what, debug.Stack())
}

func newRequestID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand crashes the program instead
	return hex.EncodeToString(b[:])
}
