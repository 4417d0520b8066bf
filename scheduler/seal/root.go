package seal

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
)

// SecretSize is the length of the secret, and of every key, in bytes.
const SecretSize = 32

// ErrSecret is the error of a secret that is not 32 bytes in base64.
var ErrSecret = errors.New("the secret key must be 32 bytes in base64; make one with: openssl rand -base64 32")

// The labels for HKDF. A label must not change once values exist.
const (
	labelWrap    = "almanac/1/wrap"
	labelToken   = "almanac/1/token"
	labelColumn  = "almanac/1/column"
	labelIndex   = "almanac/1/index"
	labelCheck   = "almanac/1/check"
	labelSign    = "almanac/1/sign"
	labelSubject = "almanac/1/subject"
	labelPeople  = "almanac/1/people"
	labelMAC     = "almanac/1/mac"
)

// NewSecret makes a random secret in the form that ParseSecret reads.
func NewSecret() string {
	return base64.StdEncoding.EncodeToString(randomKey())
}

// ParseSecret reads a secret in base64: standard or URL alphabet, with or without
// padding and surrounding white space. It fails with ErrSecret when it is not 32
// bytes; the error never repeats the text.
func ParseSecret(text string) ([]byte, error) {
	text = strings.TrimRight(strings.TrimSpace(text), "=")
	text = strings.NewReplacer("-", "+", "_", "/").Replace(text)
	secret, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil || len(secret) != SecretSize {
		return nil, ErrSecret
	}
	return secret, nil
}

// Root wraps the data keys of clinics, and does nothing else, so that it can be changed.
type Root struct {
	wrap  cipher.AEAD
	check string
}

// NewRoot derives a Root from a secret of 32 bytes. It fails with ErrSecret for any
// other length.
func NewRoot(secret []byte) (*Root, error) {
	if len(secret) != SecretSize {
		return nil, ErrSecret
	}
	wrap, err := deriveAEAD(secret, labelWrap)
	if err != nil {
		return nil, err
	}
	check, err := derive(secret, labelCheck)
	if err != nil {
		return nil, err
	}
	return &Root{wrap: wrap, check: encode(check[:10])}, nil
}

// CheckValue returns 16 characters that are the same for the same secret. They say nothing of it, and may stand in a
// backup to tell which secret its sealed columns need.
func (r *Root) CheckValue() string { return r.check }

// NewClinicKey makes a random data key for a clinic. It returns the key wrapped, for
// the database, and ready to use.
func (r *Root) NewClinicKey(clinic string) (wrapped []byte, key *Key, err error) {
	dataKey := randomKey()
	key, err = newKey(dataKey)
	if err != nil {
		return nil, nil, err
	}
	return seal(r.wrap, wrapPlace(clinic), dataKey), key, nil
}

// OpenClinicKey unwraps the data key of a clinic. It fails with ErrSealed when the key
// was wrapped with another secret, belongs to another clinic, or was altered.
func (r *Root) OpenClinicKey(clinic string, wrapped []byte) (*Key, error) {
	dataKey, err := open(r.wrap, wrapPlace(clinic), wrapped)
	if err != nil {
		return nil, fmt.Errorf("opening the key of clinic %s: %w", clinic, err)
	}
	return newKey(dataKey)
}

// Rewrap gives a clinic's data key, wrapped with this secret, wrapped with the next one. It fails as OpenClinicKey
// does.
func (r *Root) Rewrap(clinic string, wrapped []byte, next *Root) ([]byte, error) {
	dataKey, err := open(r.wrap, wrapPlace(clinic), wrapped)
	if err != nil {
		return nil, fmt.Errorf("opening the key of clinic %s: %w", clinic, err)
	}
	return seal(next.wrap, wrapPlace(clinic), dataKey), nil
}

// Format prints "seal.Root" for every verb.
func (r *Root) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "seal.Root") }

// randomKey makes a key. crypto/rand.Read never fails: it crashes the program instead.
func randomKey() []byte {
	key := make([]byte, SecretSize)
	_, _ = rand.Read(key)
	return key
}

func derive(key []byte, label string) ([]byte, error) {
	derived, err := hkdf.Key(sha256.New, key, nil, label, SecretSize)
	if err != nil {
		return nil, fmt.Errorf("deriving a key: %w", err)
	}
	return derived, nil
}
