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
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// door is the way in that a policy leaves open.
type door int

const (
	shut        door = iota // a route without a policy lets nobody in
	open                    // anybody
	feedToken               // a calendar program; the feed's own handler looks at the token
	pageToken               // a participant; the page's own handler looks at the token
	staffSignIn             // staff with a sign-in
	apiToken                // a program with an API token
	description             // who may read the API's description: a program or staff
)

// policy says who may come through a route.
type policy struct {
	door   door
	action access.Action // of staffSignIn and apiToken: what they must be allowed to do
}

func anybody() policy                { return policy{door: open} }
func subscriber() policy             { return policy{door: feedToken} }
func participant() policy            { return policy{door: pageToken} }
func staff(may access.Action) policy { return policy{door: staffSignIn, action: may} }

// reader is for the API's description, which an option opens to anybody.
func reader(public DocsReaders) policy {
	if public == DocsPublic {
		return anybody()
	}
	return policy{door: description}
}

func (p policy) admits(a access.Actor) bool { return p.door == staffSignIn && access.Can(a, p.action) }

// Route is one registered address, as the tests walk them.
type Route struct {
	Method, Path string
	Policy       string // "open", "feed", "page", "reader", or staff or token and the action
}

func (p policy) String() string {
	switch p.door {
	case open:
		return "open"
	case feedToken:
		return "feed"
	case pageToken:
		return "page"
	case staffSignIn:
		return "staff " + string(p.action)
	case apiToken:
		return "token " + string(p.action)
	case description:
		return "reader"
	default:
		return "shut"
	}
}

// visitor is who came through the door. The zero visitor is anybody.
type visitor struct {
	actor  access.Actor
	staff  reads.Staff
	clinic scheduler.ID
	token  string // of the sign-in
}

// request asks the desk for the visitor; expect is the change number of a preview.
func (v visitor) request(expect int64) scheduler.Request {
	return scheduler.Request{Actor: v.actor, Clinic: v.clinic, Expect: expect}
}

// handler answers one request of an admitted visitor.
type handler func(c echo.Context, who visitor) error

// route is the only way to register an address. A GET is registered for HEAD as well.
func (s *Server) route(p policy, method, path string, h handler) {
	entrance := s.entrance(p, h)
	if p.door == feedToken {
		entrance = feedEntrance(h)
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

// maxBody bounds every request body, in octets.
const maxBody = 64 << 10

// requestIDHeader names a request in the answer, in the log and on an error page.
const requestIDHeader = "X-Request-Id"

// entrance is the door of all routes but feeds.
func (s *Server) entrance(p policy, h handler) echo.HandlerFunc {
	return func(c echo.Context) error {
		began, r := s.Now(), c.Request()
		c.Response().Header().Set(requestIDHeader, newRequestID())
		if r.Body != nil {
			r.Body = http.MaxBytesReader(c.Response(), r.Body, maxBody)
		}
		if p.door == staffSignIn || p.door == pageToken {
			s.forgetFlash(c)
		}
		who, err := s.admit(p, c)
		if err == nil {
			err = s.guarded(h, c, who)
		}
		if err != nil {
			c.Error(err)
		}
		s.logAnswer(c, began, who)
		return nil
	}
}

// feedEntrance adds nothing, because a feed is fetched far more often than anything else.
func feedEntrance(h handler) echo.HandlerFunc {
	return func(c echo.Context) error { return h(c, visitor{}) }
}

// admit lets a visitor in, or says why not.
func (s *Server) admit(p policy, c echo.Context) (visitor, error) {
	if p.door == shut {
		return visitor{}, fault.New(fault.NotFound, "There is nothing at this address.")
	}
	if err := s.sameOrigin(c.Request()); err != nil {
		return visitor{}, err
	}
	if p.door == description {
		return visitor{}, s.admitReader(c)
	}
	if p.door != staffSignIn {
		return visitor{}, nil
	}
	who, err := s.signedIn(c)
	if err != nil {
		return visitor{}, err
	}
	if !p.admits(who.actor) {
		return who, access.Check(who.actor, p.action)
	}
	return who, nil
}

// guarded runs a handler and turns a panic into an error, whose text holds the
// kind of the panic and where it happened, but nothing that was said.
func (s *Server) guarded(h handler, c echo.Context, who visitor) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = panicked(p)
		}
	}()
	return h(c, who)
}

func panicked(p any) error {
	what := fmt.Sprintf("a %T", p)
	if e, ok := p.(runtime.Error); ok {
		what = e.Error()
	}
	return fmt.Errorf("panic: %s at %s", what, debug.Stack())
}

func newRequestID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return hex.EncodeToString(b[:])
}
