package scheduler

import (
	"crypto/sha256"
	"encoding/hex"
)

// ID names a thing for ever, as a UUID in its usual 36 characters. The zero
// value names nothing. Ids of clinics, people, staff and cohorts are random and
// drawn by whoever asks; all others derive from their parent, so that the same
// facts give the same ids.
type ID string

// DeriveID gives the UUIDv8 (RFC 9562 §5.8) of SHA-256 over the parent's id, the
// kind of thing and its natural key within the parent. It never fails.
func DeriveID(parent ID, kind, natural string) ID {
	sum := sha256.Sum256([]byte(string(parent) + "\x00" + kind + "\x00" + natural))
	return uuid(sum[:16], 8)
}

// RandomID makes a UUIDv4 (RFC 9562 §5.4) of 16 random octets.
func RandomID(octets [16]byte) ID { return uuid(octets[:], 4) }

func uuid(octets []byte, version byte) ID {
	var b [16]byte
	copy(b[:], octets)
	b[6] = b[6]&0x0f | version<<4
	b[8] = b[8]&0x3f | 0x80
	x := hex.EncodeToString(b[:])
	return ID(x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:])
}
