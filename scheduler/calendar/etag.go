package calendar

import (
	"strconv"
	"strings"
)

// ETag returns the weak entity tag of a feed, without encoding the feed. It depends on
// the revisions of person and clinic, the encoder, the zone data, the language and the
// UTC date (see Day), because the window of a feed moves with the date.
func ETag(personRev, clinicRev int64, zoneData, today, language string) string {
	b := make([]byte, 0, 96)
	b = append(b, `W/"`...)
	b = strconv.AppendInt(b, personRev, 10)
	b = append(b, '-')
	b = strconv.AppendInt(b, clinicRev, 10)
	b = append(b, '-')
	b = append(b, EncoderVersion...)
	b = append(b, '-')
	b = appendTagged(b, zoneData)
	b = append(b, '-')
	b = appendTagged(b, today)
	b = append(b, '-')
	b = appendTagged(b, language)
	return string(append(b, '"'))
}

// appendTagged appends the characters that an entity tag may have (RFC 9110 §8.8.3).
func appendTagged(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c > ' ' && c < 0x7F && c != '"' {
			b = append(b, c)
		}
	}
	return b
}

// MatchETag tells whether an If-None-Match field (several joined with commas) has the
// tag, by weak comparison; "*" matches every tag (RFC 9110 §13.1.2, §8.8.3.2). It stops
// at the first syntax error.
func MatchETag(ifNoneMatch, etag string) bool {
	rest := strings.Trim(ifNoneMatch, " \t")
	if rest == "*" {
		return true
	}
	want := strings.TrimPrefix(etag, "W/")
	for {
		rest = strings.TrimLeft(rest, " \t,")
		rest = strings.TrimPrefix(rest, "W/")
		if !strings.HasPrefix(rest, `"`) {
			return false
		}
		end := strings.IndexByte(rest[1:], '"')
		if end < 0 {
			return false
		}
		if rest[:end+2] == want {
			return true
		}
		rest = strings.TrimLeft(rest[end+2:], " \t")
		if !strings.HasPrefix(rest, ",") {
			return false
		}
	}
}
