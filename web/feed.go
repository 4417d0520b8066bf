package web

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/calendar"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

const (
	feedPrefix = "/f/"
	feedSuffix = ".ics"
	// longestToken bounds the tokens that are looked up.
	longestToken = 64
)

// feedHeaders are set on every response with a feed. The slices are shared and never modified.
var feedHeaders = [...]headerField{
	{"X-Robots-Tag", []string{"noindex, nofollow"}},
	{"Referrer-Policy", []string{"no-referrer"}},
	{"X-Content-Type-Options", []string{"nosniff"}},
	{"Content-Security-Policy", []string{"default-src 'none'; frame-ancestors 'none'"}},
	{"Cache-Control", []string{"private, max-age=300, must-revalidate"}},
	{"Vary", []string{"Accept-Encoding"}},
	{"Content-Type", []string{calendar.FeedContentType}},
}

// The first unchangedFields of them are also set on a 304 (RFC 9110 §15.4.5), and the first
// privateFields on errors.
const (
	unchangedFields = 6
	privateFields   = 4
)

type headerField struct {
	name  string // in canonical form
	value []string
}

// isFeed reports whether an address is that of a calendar, for programs.
func isFeed(path string) bool {
	return strings.HasPrefix(path, feedPrefix) || strings.HasPrefix(path, busyPrefix)
}

func setFields(h http.Header, fields []headerField) {
	for _, f := range fields {
		h[f.name] = f.value
	}
}

var encodedAsGzip = []string{"gzip"}

// feed answers GET and HEAD of one private calendar. An ended or revoked one is valid but empty, so
// that subscribed phones clear it.
func (s *Server) feed(c echo.Context, _ visitor) error {
	r := c.Request()
	token, ok := strings.CutSuffix(c.Param("file"), feedSuffix)
	if !ok || token == "" || len(token) > longestToken {
		return errNoFeed
	}
	key, err := s.Feeds.FeedKey(r.Context(), s.system, token)
	if fault.KindOf(err) == fault.NotFound {
		return s.staffFeed(c, token)
	}
	if err != nil {
		return fmt.Errorf("finding a feed: %w", err)
	}
	now := s.Now()
	s.fetches.add(key.Clinic, key.Person)
	etag := s.feedTag(key, now)
	kept := s.cache.get(cacheKey(key), etag)
	if clientHasVersion(r.Header, kept, etag, now) {
		return writeNotModified(c, etag)
	}
	// Responses without a calendar are cheap, so they do not count against the rate.
	if r.Method != http.MethodHead {
		if wait := s.feedLimiter.wait(key.Person, now); wait > 0 {
			return tooManyFetches(c, wait, key.Language)
		}
	}
	if kept == nil {
		if kept, err = s.encodeFeed(c, key, etag, now); err != nil {
			return fmt.Errorf("encoding a feed: %w", err)
		}
	}
	writeFeed(c, kept, key.Language)
	return nil
}

// writeFeed responds with a feed, for HEAD without its body.
func writeFeed(c echo.Context, feed *encodedFeed, language string) {
	r, header := c.Request(), c.Response().Header()
	setFields(header, feedHeaders[:])
	header["Content-Disposition"] = feedNames[calendar.WordsFor(language).File]
	header["Etag"], header["Last-Modified"] = feed.etag, feed.modified
	body, length := feed.plain, feed.plainLength
	if acceptsGzip(r.Header["Accept-Encoding"]) {
		header["Content-Encoding"] = encodedAsGzip
		body, length = feed.gzipped, feed.gzippedLength
	}
	header["Content-Length"] = length
	w := c.Response()
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the client has gone away
	}
}

// feedNames are the Content-Disposition headers, by file name.
var feedNames = map[string][]string{
	calendar.WordsFor("en").File: {`inline; filename="` + calendar.WordsFor("en").File + `"`},
	calendar.WordsFor("es").File: {`inline; filename="` + calendar.WordsFor("es").File + `"`},
}

// clientHasVersion reports whether the client already has this version: by entity tag, else by date
// (RFC 9110 §13.2.2). Repeated dates are ignored (§13.1.3).
func clientHasVersion(header http.Header, kept *encodedFeed, etag string, now time.Time) bool {
	if match := header["If-None-Match"]; len(match) > 0 {
		return calendar.MatchETag(strings.Join(match, ","), etag)
	}
	since := header["If-Modified-Since"]
	return kept != nil && len(since) == 1 && kept.unchangedSince(since[0], now)
}

// errNoFeed is the same for every address without a feed.
var errNoFeed = fault.New(fault.NotFound, "There is no calendar at this address.")

// feedTag returns the entity tag. All empty calendars of a language share a constant one.
func (s *Server) feedTag(key reads.FeedKey, now time.Time) string {
	if key.Ended {
		return `W/"ended-` + calendar.EncoderVersion + "-" + calendar.WordsFor(key.Language).Language + `"`
	}
	return calendar.ETag(key.PersonRev, key.ClinicRev, s.Zones.Version(), s.cache.day(now), key.Language)
}

// cacheKey returns the key of a cached feed. All empty feeds of a language share one.
func cacheKey(key reads.FeedKey) scheduler.ID {
	if key.Ended {
		return scheduler.ID("ended-" + calendar.WordsFor(key.Language).Language)
	}
	return key.Person
}

func writeNotModified(c echo.Context, etag string) error {
	header := c.Response().Header()
	setFields(header, feedHeaders[:unchangedFields])
	header["Etag"] = []string{etag}
	c.Response().WriteHeader(http.StatusNotModified)
	return nil
}

// encodeFeed reads, encodes and caches one feed. It encodes all of it before sending, because a
// partial calendar would delete entries on the phone.
func (s *Server) encodeFeed(c echo.Context, key reads.FeedKey, etag string, now time.Time) (*encodedFeed, error) {
	var events []calendar.Event
	if !key.Ended {
		itinerary, err := s.Feeds.Feed(c.Request().Context(), feedReader(key), key)
		if err != nil {
			return nil, err
		}
		events = feedEvents(itinerary, key.Language, now)
	}
	plain := calendar.AppendFeed(nil, calendar.Feed{Language: key.Language, Events: events})
	packed, err := s.cache.gzip(plain)
	if err != nil {
		return nil, fmt.Errorf("packing a feed: %w", err)
	}
	return s.cache.put(cacheKey(key), newEncodedFeed(etag, plain, packed, now)), nil
}

// feedReader returns the actor who reads a feed: the person it belongs to.
func feedReader(key reads.FeedKey) access.Actor {
	return access.Person(string(key.Person), string(key.Clinic))
}

// feedEvents returns the discreet events that a feed shows now.
func feedEvents(itinerary reads.Page, language string, now time.Time) []calendar.Event {
	events := make([]calendar.Event, 0, len(itinerary.Items))
	for _, item := range itinerary.Items {
		place := calendar.PlaceName(language, item.Place)
		if strings.TrimSpace(place) == "" {
			place = calendar.WordsFor(language).Location
		}
		e := calendar.Event{
			UID: item.UID, Sequence: item.Sequence, Start: item.Start, End: item.End,
			Created: item.CreatedAt, Changed: item.ChangedAt, Location: place, Cancelled: item.Cancelled(),
		}
		if calendar.Visible(e, now) {
			events = append(events, e)
		}
	}
	return events
}

// acceptsGzip reports whether Accept-Encoding (RFC 9110 §12.5.3) allows gzip.
func acceptsGzip(fields []string) bool {
	for _, field := range fields {
		for field != "" {
			var part string
			part, field, _ = strings.Cut(field, ",")
			coding, weight, _ := strings.Cut(part, ";")
			coding = strings.TrimSpace(coding)
			if strings.EqualFold(coding, "gzip") || coding == "*" {
				return !zeroWeight(weight)
			}
		}
	}
	return false
}

// zeroWeight reports whether a weight is zero, such as q=0 or q=0.0.
func zeroWeight(weight string) bool {
	q, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(weight)), "q=")
	return ok && strings.Trim(q, "0.") == ""
}

// feedOptions responds with the methods that a feed allows.
func (s *Server) feedOptions(c echo.Context, _ visitor) error {
	c.Response().Header().Set("Allow", feedMethods)
	c.Response().Header().Set("X-Content-Type-Options", "nosniff")
	return c.NoContent(http.StatusNoContent)
}

const feedMethods = "GET, HEAD, OPTIONS"

// tooManyFetches responds with 429 and the time until the next fetch is allowed.
func tooManyFetches(c echo.Context, wait time.Duration, language string) error {
	c.Response().Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	writeFeedError(c, http.StatusTooManyRequests, language)
	return nil
}

// feedWords are the error bodies by language. They are plain text, because a page with status 200
// would wipe a subscribed calendar.
var feedWords = map[string]map[int]string{
	"en": {
		http.StatusNotFound:           "There is no calendar at this address.\n",
		http.StatusMethodNotAllowed:   "A calendar is fetched with GET.\n",
		http.StatusTooManyRequests:    "This calendar was fetched too often. Come back later.\n",
		http.StatusServiceUnavailable: "The calendar cannot be made right now. Come back later.\n",
	},
	"es": {
		http.StatusNotFound:           "No hay ningún calendario en esta dirección.\n",
		http.StatusMethodNotAllowed:   "Un calendario se pide con GET.\n",
		http.StatusTooManyRequests:    "Este calendario se ha pedido demasiadas veces. Vuelva más tarde.\n",
		http.StatusServiceUnavailable: "Ahora mismo no se puede preparar el calendario. Vuelva más tarde.\n",
	},
}

// writeFeedError responds to every error of a feed. All unknown tokens get the same bytes, and
// Forbidden becomes 404. Unexpected errors become 503, which cannot be mistaken for an empty
// calendar. Without a language it uses all of them.
func writeFeedError(c echo.Context, status int, languages ...string) {
	if status == http.StatusForbidden {
		status = http.StatusNotFound
	}
	if feedWords["en"][status] == "" {
		status = http.StatusServiceUnavailable
	}
	header := c.Response().Header()
	setFields(header, feedHeaders[:privateFields])
	header.Set("Cache-Control", "no-store")
	switch status {
	case http.StatusServiceUnavailable:
		header.Set("Retry-After", retryAfter)
	case http.StatusMethodNotAllowed:
		header.Set("Allow", feedMethods)
	}
	if len(languages) == 0 {
		languages = scheduler.Languages()
	}
	text := ""
	for _, language := range languages {
		if feedWords[language] == nil {
			language = "en"
		}
		text += feedWords[language][status]
	}
	_ = c.String(status, text)
}
