package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
)

// ErrSealed is the error of a value that cannot be opened: it was altered, truncated,
// moved from another place, or sealed with another key. It does not say which.
var ErrSealed = errors.New(
	"a sealed value does not open: it was altered or moved, or the secret key is another one")

// version is the first byte of every sealed value: AES-256-GCM with a random
// nonce of 12 bytes before and a tag of 16 bytes after the ciphertext.
const version = 1

// Overhead is how many bytes sealing adds to the plain text.
const Overhead = 1 + 12 + 16

// Place is where a sealed value is stored. Clinic, table, column and row are encoded in
// this order, each with its length, so that no two places have the same encoding. Row
// is the primary key.
type Place struct {
	Clinic, Table, Column, Row string
}

// Key is one clinic's open data key.
type Key struct {
	column  cipher.AEAD
	people  cipher.AEAD // wraps the keys of people
	index   []byte
	token   []byte
	mac     []byte
	subject cipher.Block // hides the subjects that tokens contain
	signing ed25519.PrivateKey
}

func newKey(dataKey []byte) (*Key, error) {
	column, err := deriveAEAD(dataKey, labelColumn)
	if err != nil {
		return nil, err
	}
	people, err := deriveAEAD(dataKey, labelPeople)
	if err != nil {
		return nil, err
	}
	index, err := derive(dataKey, labelIndex)
	if err != nil {
		return nil, err
	}
	token, err := derive(dataKey, labelToken)
	if err != nil {
		return nil, err
	}
	subjectKey, err := derive(dataKey, labelSubject)
	if err != nil {
		return nil, err
	}
	subject, err := aes.NewCipher(subjectKey)
	if err != nil {
		return nil, fmt.Errorf("making a cipher: %w", err)
	}
	mac, err := derive(dataKey, labelMAC)
	if err != nil {
		return nil, err
	}
	seed, err := derive(dataKey, labelSign)
	if err != nil {
		return nil, err
	}
	return &Key{column: column, people: people, index: index, token: token, subject: subject, mac: mac,
		signing: ed25519.NewKeyFromSeed(seed)}, nil
}

// Sign signs a text with Ed25519 (RFC 8032).
func (k *Key) Sign(text []byte) []byte { return ed25519.Sign(k.signing, text) }

// PublicKey gives the key that proves signatures of Sign.
func (k *Key) PublicKey() ed25519.PublicKey {
	public, _ := k.signing.Public().(ed25519.PublicKey) // it is one
	return public
}

// Seal encrypts a text for its place, with a random nonce. Only the length of the text
// can be seen.
func (k *Key) Seal(where Place, plain string) []byte {
	return seal(k.column, where.bind(), []byte(plain))
}

// Open decrypts a value that Seal made for the same place. Otherwise it fails with
// ErrSealed; the error names the place and never the text.
func (k *Key) Open(where Place, sealed []byte) (string, error) {
	return openText(k.column, where, sealed)
}

// BlindIndex returns the index entry for a sealed value: equal values of one kind
// ("email", "phone") at one clinic give the same text of 26 characters, 128 bits. Without
// the key it reveals only equality. The caller normalizes the value first.
func (k *Key) BlindIndex(kind, normalized string) string {
	mac := hmac.New(sha256.New, k.index)
	mac.Write(bind(kind, normalized))
	return encode(mac.Sum(nil)[:16])
}

// MAC authenticates values of a purpose: the first 128 bits of HMAC-SHA-256 (RFC 2104) with a key of its own, in
// base32. Without the clinic's key nobody can make one for other values, another purpose or another clinic.
func (k *Key) MAC(purpose string, values ...string) string {
	mac := hmac.New(sha256.New, k.mac)
	mac.Write(bind(append([]string{purpose}, values...)...))
	return encode(mac.Sum(nil)[:16])
}

// Format prints "seal.Key" for every verb.
func (k *Key) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "seal.Key") }

// encode writes bytes in base32 (RFC 4648 §6), in lower case and without padding. Such
// text can be selected with a double click and read out.
func encode(raw []byte) string {
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw))
}

func (p Place) bind() []byte { return bind("column", p.Clinic, p.Table, p.Column, p.Row) }

func wrapPlace(clinic string) []byte { return bind("clinic key", clinic) }

// bind concatenates parts, each after its length in 4 bytes, so that ("ab", "c") and
// ("a", "bc") differ.
func bind(parts ...string) []byte {
	size := 0
	for _, p := range parts {
		size += 4 + len(p)
	}
	bound := make([]byte, 0, size)
	for _, p := range parts {
		bound = binary.BigEndian.AppendUint32(bound, uint32(len(p))) // no part comes near 4 GiB
		bound = append(bound, p...)
	}
	return bound
}

func deriveAEAD(key []byte, label string) (cipher.AEAD, error) {
	derived, err := derive(key, label)
	if err != nil {
		return nil, err
	}
	return newAEAD(derived)
}

// newAEAD makes AES-256-GCM with a random nonce before the ciphertext. One key may seal
// up to 2^32 values (NIST SP 800-38D §8.3); each clinic has its own key.
func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("making a cipher: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("making a cipher: %w", err)
	}
	return aead, nil
}

func seal(aead cipher.AEAD, place, plain []byte) []byte {
	sealed := make([]byte, 1, Overhead+len(plain))
	sealed[0] = version
	return aead.Seal(sealed, nil, plain, place)
}

// openText opens a text; the error names its place.
func openText(aead cipher.AEAD, where Place, sealed []byte) (string, error) {
	plain, err := open(aead, where.bind(), sealed)
	if err != nil {
		return "", fmt.Errorf("opening %s.%s of row %s: %w", where.Table, where.Column, where.Row, err)
	}
	return string(plain), nil
}

func open(aead cipher.AEAD, place, sealed []byte) ([]byte, error) {
	if len(sealed) < Overhead || sealed[0] != version {
		return nil, ErrSealed
	}
	plain, err := aead.Open(nil, nil, sealed[1:], place)
	if err != nil {
		return nil, ErrSealed
	}
	return plain, nil
}
