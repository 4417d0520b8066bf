package calendar

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"time"
)

// lastInstant is 9999-12-31T23:59:59Z, the last one with a year of four digits.
const lastInstant = 253402300799

// maxUID is the longest UID (RFC 7986 §5.3: fewer than 255 octets).
const maxUID = 254

// seconds returns the instant in Unix seconds, limited to the years 1970 to 9999.
func seconds(t time.Time) int64 { return min(max(t.Unix(), 0), lastInstant) }

// instant appends a property with a UTC instant (RFC 5545 §3.3.5, form 2). The name
// ends with its colon.
func (w *writer) instant(name string, t time.Time) {
	w.begin(name)
	w.dateTime(t)
	w.end()
}

// period appends a property with a period of two UTC instants (RFC 5545 §3.3.9).
func (w *writer) period(name string, p Period) {
	w.begin(name)
	w.dateTime(p.Start)
	w.lines("/")
	w.dateTime(p.End)
	w.end()
}

func (w *writer) dateTime(t time.Time) {
	u := time.Unix(seconds(t), 0).UTC()
	year, month, day := u.Date()
	hour, minute, second := u.Clock()
	w.buf = append(w.buf,
		byte('0'+year/1000), byte('0'+year/100%10), byte('0'+year/10%10), byte('0'+year%10),
		byte('0'+month/10), byte('0'+month%10), byte('0'+day/10), byte('0'+day%10), 'T',
		byte('0'+hour/10), byte('0'+hour%10), byte('0'+minute/10), byte('0'+minute%10),
		byte('0'+second/10), byte('0'+second%10), 'Z')
}

// number appends a property with a whole number, at least 0.
func (w *writer) number(name string, n int) {
	w.begin(name)
	w.buf = strconv.AppendInt(w.buf, int64(max(n, 0)), 10)
	w.end()
}

// duration appends a property with a duration in whole seconds, at least one (RFC 5545
// §3.3.6). Between hours and seconds the minutes are required, even 0.
func (w *writer) duration(name string, d time.Duration) {
	w.begin(name)
	w.buf = append(w.buf, 'P', 'T')
	s := int64(d / time.Second)
	h, m, s := s/3600, s/60%60, s%60
	if h > 0 {
		w.buf = append(strconv.AppendInt(w.buf, h, 10), 'H')
	}
	if m > 0 || h > 0 && s > 0 {
		w.buf = append(strconv.AppendInt(w.buf, m, 10), 'M')
	}
	if s > 0 {
		w.buf = append(strconv.AppendInt(w.buf, s, 10), 'S')
	}
	w.end()
}

// uid appends the UID property (RFC 7986 §5.3).
func (w *writer) uid(id string) {
	w.begin("UID:")
	if !opaque(id) {
		id = derivedUID(id)
	}
	w.run(id)
	w.end()
}

// opaque tells whether id is an iana-token of valid length.
func opaque(id string) bool {
	if id == "" || len(id) > maxUID {
		return false
	}
	for i := range len(id) {
		if !alphanumeric(id[i]) && id[i] != '-' {
			return false
		}
	}
	return true
}

// derivedUID returns a UUIDv8 derived from an id that is not a valid UID. Different ids
// give different UIDs.
func derivedUID(id string) string {
	sum := sha256.Sum256([]byte(id))
	sum[6] = sum[6]&0x0F | 0x80
	sum[8] = sum[8]&0x3F | 0x80
	h := hex.EncodeToString(sum[:16])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
