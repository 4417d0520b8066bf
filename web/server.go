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
	"sync"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"almanac/protocols"
	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/reads"
)

// Options configure a server. Fields without a comment are required.
type Options struct {
	Log     *slog.Logger
	Desk    *desk.Desk
	Library *protocols.Library
	Zones   *civil.Zones
	// Now returns the current time in UTC.
	Now func() time.Time
	// PublicURL returns the base of every link, such as https://appointments.example.org. It is a
	// function because a chosen port is known only after listening. It is never taken from a
	// request.
	PublicURL func() string

	Cohorts     Cohorts
	Heads       Heads
	Lists       Lists
	Days        Days
	Clinics     Clinics
	People      People
	Records     Records
	Disclosures Disclosures
	Glass       Glass
	Consents    Consents
	// Rights are what a person may ask for about their data.
	Rights  Rights
	Exports Exports
	Feeds   Feeds
	// StaffFeeds are the calendars of staff.
	StaffFeeds StaffFeeds
	Referrals  Referrals
	// Assessments are of people, by window.
	Assessments Assessments
	Own         Own
	Questions   Questions
	Joins       Joins
	Absences    Absences
	// Video are the video hosts. Empty: meetings are links and numbers to call.
	Video    VideoHosts
	Settings Settings
	Tasks    Tasks
	Ledger   Ledger
	SignIns  SignIns
	Staff    Staff
	Audit    Audit
	Breaches Breaches
	Reports  Reports
	Messages Messages
	// Passkeys and Ceremonies are of members of staff.
	Passkeys   Passkeys
	Ceremonies Ceremonies
	Identities Identities
	Screens    Screens
	FirstAdmin FirstAdmin
	// Organization signs staff in with their account there. nil: none does.
	Organization *Organization
	// SendSignIn sends a member of staff their link; nil: links are made by admins alone.
	SendSignIn func(ctx context.Context, link reads.SignInLink) error
	// TextHook takes a request of the gateway of texts that driver names; nil: none is set. It fails with Forbidden
	// when the request is not signed.
	TextHook func(r *http.Request, driver string, body []byte) error
	// SendPasskeyMail tells a member of staff what changed about their sign-in; nil: they are not told.
	SendPasskeyMail func(ctx context.Context, news reads.PasskeyMail) error
	// SendGlassMail tells a privacy officer of an access in an emergency; nil: they are not told by mail.
	SendGlassMail func(ctx context.Context, news reads.GlassMail) error
	// Programs checks API tokens. nil: no API.
	Programs Programs
	// Mail lists unsent messages. nil: mail and texts are sent.
	Mail Mail
	// SendsMail: mail is sent by an SMTP server, and what Mail lists is texts.
	SendsMail bool
	// Health returns the state of each part. nil: none.
	Health func(ctx context.Context) []reads.Part
	// Liveness returns which processes run and what is overdue, for a banner on staff pages. nil:
	// no banner.
	Liveness func(ctx context.Context) (reads.Liveness, error)

	// Backup says when the last good backup was made; degraded, it is a banner on staff pages. nil: nobody knows.
	Backup func(ctx context.Context) (reads.Part, error)

	// Waiting returns the messages that wait for a decision after a restore, nil when there are none. nil: never any.
	Waiting func(ctx context.Context, a access.Actor, clinic scheduler.ID) (*reads.Restored, error)

	// APIDocs says who may read the API description. Empty: DocsToken.
	APIDocs DocsReaders

	// FeedRate is the number of fetches per hour and person, 304 responses excluded. 0: no limit.
	FeedRate int
	// APIRate is the number of requests per minute and token, and APIBurst the number at once. 0:
	// no limit.
	APIRate, APIBurst int
	// TrustedProxies are networks whose X-Forwarded-For is trusted. Empty: none.
	TrustedProxies []netip.Prefix
	// Demo marks every page as sample data.
	Demo bool
}

// DocsReaders says who may read the API description.
type DocsReaders string

// Readers of the API description.
const (
	DocsToken  DocsReaders = "token" // a program with a token, and signed-in staff
	DocsPublic DocsReaders = "public"
)

// Server serves all addresses of Almanac.
type Server struct {
	Options
	echo        *echo.Echo
	routes      []Route
	origin      *http.CrossOriginProtection
	pages       map[reflect.Type]*template.Template
	assets      assets
	system      access.Actor // the actor of token lookups
	cache       *feedCache
	feedLimiter *rateLimiter
	// The API fields are nil without an API.
	api        huma.API
	apiLimiter *rateLimiter
	apiPage    *apiDocsPage
	fetches    *fetchCounter
	draining   atomic.Bool
	// Requests for sign-in links, by network and in their order.
	askLimiter *rateLimiter
	keyLimiter *rateLimiter // of passkeys that are begun to be used
	asks       chan string
	refusals   refusals
}

// New creates a server. It renders every page once with its zero value, so that a broken template
// fails at startup. It fails if a required option is missing.
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
		system: access.System("web"), cache: newFeedCache(feedCacheBytes),
		feedLimiter: newRateLimiter(o.FeedRate, time.Hour, o.FeedRate),
		apiLimiter:  newRateLimiter(o.APIRate, time.Minute, o.APIBurst), fetches: newFetchCounter(),
		askLimiter: newRateLimiter(1, asksEvery, asksAtOnce), asks: make(chan string, askBacklog),
		keyLimiter: newRateLimiter(keysAMinute, time.Minute, keysAMinute),
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
		"Log": o.Log == nil, "Desk": o.Desk == nil, "Library": o.Library == nil, "Zones": o.Zones == nil,
		"Now":       o.Now == nil,
		"PublicURL": o.PublicURL == nil, "Cohorts": o.Cohorts == nil, "People": o.People == nil,
		"Records": o.Records == nil, "Consents": o.Consents == nil,
		"Disclosures": o.Disclosures == nil, "Glass": o.Glass == nil, "Rights": o.Rights == nil,
		"Exports": o.Exports == nil,
		"Feeds":   o.Feeds == nil, "Questions": o.Questions == nil, "Own": o.Own == nil, "Joins": o.Joins == nil,
		"Settings": o.Settings == nil,
		"Tasks":    o.Tasks == nil, "Ledger": o.Ledger == nil, "SignIns": o.SignIns == nil, "Staff": o.Staff == nil,
		"Days": o.Days == nil, "Clinics": o.Clinics == nil, "Audit": o.Audit == nil, "Reports": o.Reports == nil,
		"Messages":   o.Messages == nil,
		"StaffFeeds": o.StaffFeeds == nil, "Referrals": o.Referrals == nil, "Assessments": o.Assessments == nil,
		"Passkeys": o.Passkeys == nil, "Ceremonies": o.Ceremonies == nil, "Identities": o.Identities == nil,
		"Screens": o.Screens == nil, "FirstAdmin": o.FirstAdmin == nil,
	}
	var problems []error
	for name, absent := range missing {
		if absent {
			problems = append(problems, errors.New("web: option "+name+" is missing"))
		}
	}
	return errors.Join(problems...)
}

// Handler returns the handler of all addresses. It sets the common headers, except on feeds, which have their own.
func (s *Server) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isFeed(r.URL.Path) {
			secure(w.Header())
		}
		if s.secured() {
			w.Header()["Strict-Transport-Security"] = onlyTLS
		}
		s.echo.ServeHTTP(w, r)
	})
}

// Run sends sign-in links, and writes fetch counts every second, until ctx ends; then it writes the rest. Without it
// no link is sent and nothing is counted.
func (s *Server) Run(ctx context.Context) {
	var sending sync.WaitGroup
	sending.Go(func() { s.sendLinks(ctx) })
	defer sending.Wait()
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

// Drain makes readiness fail, so that no new requests arrive while the process stops. It cannot be
// undone.
func (s *Server) Drain() { s.draining.Store(true) }

// link returns the absolute address of a path.
func (s *Server) link(path string) string { return strings.TrimSuffix(s.PublicURL(), "/") + path }

// secured reports whether the public address is https.
func (s *Server) secured() bool { return strings.HasPrefix(s.PublicURL(), "https://") }

// host returns the public host for webcal addresses.
func (s *Server) host() string {
	u, err := url.Parse(s.PublicURL())
	if err != nil {
		return ""
	}
	return u.Host
}
