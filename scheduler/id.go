package scheduler

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// ID names a thing for ever, in digits and lower-case letters. The zero value names nothing. Ids of clinics, people,
// staff and cohorts are random. All others derive from facts, so that the same facts give the same ids, and begin
// with what they belong to, so that a database keeps together what is used together:
//
//	clinic, person, staff, cohort  13 random characters
//	session                        COHORT s COUNTER
//	enrollment                     COHORT e QUEUE NUMBER
//	seat                           ENROLLMENT s COUNTER; the whole id of another cohort's session behind it
//	offer                          ENROLLMENT o NUMBER
//	notice, task                   a digest of what it belongs to, and one of its key
//
// Ids of notices leave the house, in Message-IDs and return addresses. They are digests so that nobody can tell from
// two of them whether their people share a cohort.
type ID string

// idDigits are Crockford's 32 digits, in the order of their characters: without i, l, o and u.
const idDigits = "0123456789abcdefghjkmnpqrstvwxyz"

const (
	randomLength  = 13 // 65 bits
	counterLength = 4  // of the digits of a counter below 32^4
	parentLength  = 8
	naturalLength = 10
	longestID     = 64
)

// RandomID makes an id of nine random octets.
func RandomID(octets [9]byte) ID { return ID(digits(octets[:], randomLength)) }

// DeriveID returns two digests, as an id: of the parent, and of the parent, the kind of thing and its natural key
// within the parent. It never fails.
func DeriveID(parent ID, kind, natural string) ID {
	whose := sha256.Sum256([]byte(parent))
	what := sha256.Sum256([]byte(string(parent) + "\x00" + kind + "\x00" + natural))
	return ID(digits(whose[:], parentLength) + digits(what[:], naturalLength))
}

// IsDerivedID tells whether a text has the shape of what DeriveID returns.
func IsDerivedID(text string) bool {
	return len(text) == parentLength+naturalLength && strings.Trim(text, idDigits) == ""
}

// IsID tells whether a text has the shape of an id.
func IsID(text string) bool {
	return len(text) >= randomLength && len(text) <= longestID && strings.Trim(text, idDigits+"o") == ""
}

func sessionID(cohort ID, counter int) ID { return cohort + "s" + number(counter, counterLength) }

func enrollmentID(cohort ID, queueNo int) ID { return cohort + "e" + number(queueNo, counterLength) }

// EnrollmentIn returns the enrollment with whose id the id of a seat or an offer begins, and other ids as they are. It
// knows the first 32^4 enrollments of a cohort.
func EnrollmentIn(id ID) ID {
	const length = randomLength + 1 + counterLength
	if len(id) <= length || id[randomLength] != 'e' {
		return id
	}
	return id[:length]
}

// seatID returns the id of a seat in a session of a cohort. It leaves out the cohort where the enrollment has it.
func seatID(enrollment, cohort, session ID) ID {
	if strings.HasPrefix(string(enrollment), string(cohort)) {
		return enrollment + ID(strings.TrimPrefix(string(session), string(cohort)))
	}
	return enrollment + session
}

func offerID(enrollment ID, n int) ID { return enrollment + "o" + number(n, 2) }

// number writes a positive number with at least so many digits.
func number(n, length int) ID {
	var text []byte
	for ; n > 0 || len(text) < length; n /= 32 {
		text = append([]byte{idDigits[n%32]}, text...)
	}
	return ID(text)
}

// digits writes the first bits of octets, five for each digit.
func digits(octets []byte, length int) string {
	text, bits, n := make([]byte, 0, length), 0, uint(0)
	for _, octet := range octets {
		for bits, n = bits<<8|int(octet), n+8; n >= 5 && len(text) < length; n -= 5 {
			text = append(text, idDigits[bits>>(n-5)&31])
		}
		bits &= 1<<n - 1
	}
	return string(text)
}

// RandomUID makes an iCalendar UID of 16 random octets: a UUIDv4 (RFC 9562 §5.4).
func RandomUID(octets [16]byte) string { return uuid(octets[:], 4) }

// DeriveUID returns the UUIDv8 (RFC 9562 §5.8) of SHA-256 over a name, a kind of thing and its natural key.
func DeriveUID(parent, kind, natural string) string {
	sum := sha256.Sum256([]byte(parent + "\x00" + kind + "\x00" + natural))
	return uuid(sum[:16], 8)
}

func uuid(octets []byte, version byte) string {
	var b [16]byte
	copy(b[:], octets)
	b[6] = b[6]&0x0f | version<<4
	b[8] = b[8]&0x3f | 0x80
	x := hex.EncodeToString(b[:])
	return x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:]
}
