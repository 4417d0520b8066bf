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

// ErrSecret is a secret that is not 32 bytes in base64.
var ErrSecret = errors.New("the secret key must be 32 bytes in base64; make one with: openssl rand -base64 32")

// The labels of derivation. A label never changes once values exist under it.
const (
	labelWrap   = "almanac/1/wrap"
	labelToken  = "almanac/1/token"
	labelColumn = "almanac/1/column"
	labelIndex  = "almanac/1/index"
)

// NewSecret draws a secret in the form that ParseSecret reads.
func NewSecret() string {
	return base64.StdEncoding.EncodeToString(drawKey())
}

// ParseSecret reads a secret in base64 (standard or URL alphabet, padded or
// not, white space around it allowed); ErrSecret when it is not 32 bytes. The
// error never repeats the text.
func ParseSecret(text string) ([]byte, error) {
	text = strings.TrimRight(strings.TrimSpace(text), "=")
	text = strings.NewReplacer("-", "+", "_", "/").Replace(text)
	secret, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil || len(secret) != SecretSize {
		return nil, ErrSecret
	}
	return secret, nil
}

// Root makes tokens and opens clinics' keys.
type Root struct {
	wrap  cipher.AEAD
	token []byte
}

// NewRoot derives a Root from a secret of 32 bytes; ErrSecret at any other length.
func NewRoot(secret []byte) (*Root, error) {
	if len(secret) != SecretSize {
		return nil, ErrSecret
	}
	wrapKey, err := derive(secret, labelWrap)
	if err != nil {
		return nil, err
	}
	wrap, err := newAEAD(wrapKey)
	if err != nil {
		return nil, err
	}
	token, err := derive(secret, labelToken)
	if err != nil {
		return nil, err
	}
	return &Root{wrap: wrap, token: token}, nil
}

// NewClinicKey draws a data key for a clinic and gives it wrapped, to be
// stored, and open, to be used.
func (r *Root) NewClinicKey(clinic string) (wrapped []byte, key *Key, err error) {
	dataKey := drawKey()
	key, err = newKey(dataKey)
	if err != nil {
		return nil, nil, err
	}
	return seal(r.wrap, wrapPlace(clinic), dataKey), key, nil
}

// OpenClinicKey opens a clinic's wrapped data key; ErrSealed when it was made
// under another secret, belongs to another clinic, or was altered.
func (r *Root) OpenClinicKey(clinic string, wrapped []byte) (*Key, error) {
	dataKey, err := open(r.wrap, wrapPlace(clinic), wrapped)
	if err != nil {
		return nil, fmt.Errorf("opening the key of clinic %s: %w", clinic, err)
	}
	return newKey(dataKey)
}

// Format prints the word for a Root and never its bytes, whatever the verb.
func (r *Root) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "seal.Root") }

// drawKey draws a key. crypto/rand.Read never fails: it ends the program instead.
func drawKey() []byte {
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
