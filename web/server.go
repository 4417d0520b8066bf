package web

import (
	"context"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"reflect"
	"strings"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"almanac/protocols"
	"almanac/protocols/civil"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/reads"
)

// Options is everything a server needs. All fields without a remark are required.
type Options struct {
	Log     *slog.Logger
	Desk    *desk.Desk
	Library *protocols.Library
	Zones   *civil.Zones
	// Now gives the UTC instant of a request.
	Now func() time.Time
	// PublicURL is the base of every link, such as https://appointments.example.org.
	// It is asked at each use, because a chosen port is known only after
	// listening. It is never taken from a request.
	PublicURL func() string

	Cohorts   Cohorts
	Heads     Heads
	Lists     Lists
	People    People
	Feeds     Feeds
	Questions Questions
	Settings  Settings
	Tasks     Tasks
	Ledger    Ledger
	SignIns   SignIns
	Staff     Staff
	// Programs knows API tokens; nil: there is no API.
	Programs Programs
	// Mail lists kept messages; nil when an SMTP server is set.
	Mail Mail
	// Health gives the state of each part; nil: there is nothing to tell.
	Health func(ctx context.Context) []reads.Part
	// Liveness says which processes run and what is overdue, for a strip on the
	// pages of staff; nil: there is no strip.
	Liveness func(ctx context.Context) (reads.Liveness, error)

	// APIDocs says who may read the API's description; empty: DocsToken.
	APIDocs DocsReaders

	// FeedRate is how many fetches an hour one person's feed answers, those
	// with 304 included; 0: no limit.
	FeedRate int
	// APIRate is how many requests a minute one API token may make, and APIBurst
	// how many of them at once; 0 of either: no limit.
	APIRate, APIBurst int
	// TrustedProxies are the networks whose X-Forwarded-For is believed; empty: none.
	TrustedProxies []netip.Prefix
	// Demo shows on every page that the data are samples.
	Demo bool
}

// DocsReaders says who may read the API's description.
type DocsReaders string

// Who may read the API's description.
const (
	DocsToken  DocsReaders = "token" // a program with a token, and signed-in staff
	DocsPublic DocsReaders = "public"
)

// Server answers for all addresses of Almanac.
type Server struct {
	Options
	echo        *echo.Echo
	routes      []Route
	origin      *http.CrossOriginProtection
	pages       map[reflect.Type]*template.Template
	assets      assets
	system      access.Actor // looks up whose link it is
	cache       *feedCache
	feedLimiter *rateLimiter
	// The API; nil: there is none.
	api        huma.API
	apiLimiter *rateLimiter
	apiPage    *apiDocsPage
	fetches    *fetchCounter
	draining   atomic.Bool
}

// New makes a server and executes every page once with its zero value, so that
// a broken template stops the program at its start. It fails when a required
// option is missing.
func New(o Options) (*Server, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	files, err := readAssets()
	if err != nil {
		return nil, err
	}
	s := &Server{
		Options: o, echo: echo.New(), origin: http.NewCrossOriginProtection(), assets: files,
		system: access.System("web"), cache: newFeedCache(feedCacheBytes), feedLimiter: newRateLimiter(o.FeedRate, time.Hour, o.FeedRate),
		apiLimiter: newRateLimiter(o.APIRate, time.Minute, o.APIBurst), fetches: newFetchCounter(),
	}
	if s.pages, err = loadPages(); err != nil {
		return nil, err
	}
	if err := s.tryPages(); err != nil {
		return nil, err
	}
	s.echo.HideBanner, s.echo.HidePort = true, true
	s.echo.HTTPErrorHandler = s.handleError
	s.echo.Use(compress())
	s.register()
	return s, nil
}

func (o Options) check() error {
	missing := map[string]bool{
		"Log": o.Log == nil, "Desk": o.Desk == nil, "Library": o.Library == nil, "Zones": o.Zones == nil, "Now": o.Now == nil,
		"PublicURL": o.PublicURL == nil, "Cohorts": o.Cohorts == nil, "People": o.People == nil, "Feeds": o.Feeds == nil, "Questions": o.Questions == nil, "Settings": o.Settings == nil,
		"Tasks": o.Tasks == nil, "Ledger": o.Ledger == nil, "SignIns": o.SignIns == nil, "Staff": o.Staff == nil,
	}
	var problems []error
	for name, absent := range missing {
		if absent {
			problems = append(problems, errors.New("web: option "+name+" is missing"))
		}
	}
	return errors.Join(problems...)
}

// Handler gives the server as a handler for all paths. It sets the headers that
// every answer carries; feeds set their own few.
func (s *Server) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, feedPrefix) {
			s.secure(w.Header())
		}
		s.echo.ServeHTTP(w, r)
	})
}

// Run writes down once a second how often feeds were fetched, until ctx ends;
// then it writes the rest and returns. Without it nothing is counted.
func (s *Server) Run(ctx context.Context) {
	tick := time.NewTicker(flushInterval)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			s.flushFetches(ctx)
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
			s.flushFetches(last)
			cancel()
			return
		}
	}
}

// Drain turns readiness red, so that no new requests are sent here while the
// process ends. It cannot be undone.
func (s *Server) Drain() { s.draining.Store(true) }

// link gives the absolute address of a path.
func (s *Server) link(path string) string { return strings.TrimSuffix(s.PublicURL(), "/") + path }

// secured tells whether the public address is https.
func (s *Server) secured() bool { return strings.HasPrefix(s.PublicURL(), "https://") }

// host gives the public host for webcal addresses.
func (s *Server) host() string {
	u, err := url.Parse(s.PublicURL())
	if err != nil {
		return ""
	}
	return u.Host
}
