package web

import (
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"time"

	"almanac/scheduler/reads"
)

// Texts gives what participants read in a language, by a name for each text.
func Texts(language string) map[string]string {
	texts := map[string]string{}
	add := func(name string, table any) {
		v := reflect.ValueOf(table).Elem()
		for i := range v.NumField() {
			field := name + "." + v.Type().Field(i).Name
			switch f := v.Field(i); f.Kind() {
			case reflect.String:
				texts[field] = f.String()
			case reflect.Map:
				for _, key := range f.MapKeys() {
					texts[field+"."+key.String()] = f.MapIndex(key).String()
				}
			}
		}
	}
	add("words", languages[language])
	add("settings", settingLanguages[language])
	add("details", detailLanguages[language])
	add("consents", consentLanguages[language])
	for status, text := range feedWords[language] {
		texts["feed."+strconv.Itoa(status)] = text
	}
	return texts
}

// Routes gives every registered route with its policy.
func (s *Server) Routes() []Route { return s.routes }

// EchoRoutes gives what echo itself knows, as "METHOD /path".
func (s *Server) EchoRoutes() []string {
	var all []string
	for _, r := range s.echo.Routes() {
		all = append(all, r.Method+" "+r.Path)
	}
	return all
}

// AssetsVersion is the part of asset addresses that changes with every build.
func (s *Server) AssetsVersion() string { return s.assets.version }

// CachedFeeds counts the feeds that are kept encoded, and their octets.
func (s *Server) CachedFeeds() (n, octets int) {
	s.cache.mu.Lock()
	defer s.cache.mu.Unlock()
	return s.cache.recent.Len(), s.cache.size
}

// FeedCacheBytes bounds the kept feeds.
const FeedCacheBytes = feedCacheBytes

// FlushTally writes the counted fetches down at once.
var FlushTally = (*Server).flushFetches

// Pages names every page there is by its template.
func Pages() []string {
	var names []string
	for _, b := range bindings {
		names = append(names, b.file)
	}
	return names
}

// Said makes the cookie that lets the page at an address say a word once.
func (s *Server) Said(key, address, done string, now time.Time) *http.Cookie {
	return s.flashCookie(signFlash(key, address, done, now.Add(flashFor)), 60)
}

// DeviceOf says which browser sends a User-Agent.
func DeviceOf(userAgent string) string { return deviceOf(userAgent) }

// WholeGroups is wholeGroups.
var WholeGroups = wholeGroups

// UnnamedNotices lists the kinds of notices without a name for several, and the results without a word.
func UnnamedNotices() (unnamed []string) {
	for kind := range noticeKinds {
		if noticePlurals[kind] == "" {
			unnamed = append(unnamed, string(kind))
		}
	}
	for _, state := range append(slices.Collect(maps.Values(noticeStates)), "missed") {
		if noticeFates[state] == "" {
			unnamed = append(unnamed, state)
		}
	}
	return unnamed
}

// SquareWords gives the words of the squares that are drawn of a person, and those beside them.
func SquareWords(marks []reads.SeatMark, now time.Time) (drawn []string, all string) {
	squares, all := squaresOf(marks, now)
	for _, square := range squares {
		drawn = append(drawn, square.Word)
	}
	return drawn, all
}
