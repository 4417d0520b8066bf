package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
)

// ErrSealed is a sealed value that does not open: altered, cut short, moved
// from another place, or sealed under another key. Which of them is not told.
var ErrSealed = errors.New("a sealed value does not open: it was altered or moved, or the secret key is another one")

// version is the first byte of every sealed value: AES-256-GCM with a random
// nonce of 12 bytes before and a tag of 16 bytes after the ciphertext.
const version = 1

// Overhead is by how many bytes a sealed value is longer than its plain text.
const Overhead = 1 + 12 + 16

// Place is where a sealed value lives. It is bound in this order: clinic,
// table, column, row, each with its length before it, so that no two places
// read the same. Row is the row's primary key.
type Place struct {
	Clinic, Table, Column, Row string
}

// Key is one clinic's open data key.
type Key struct {
	column cipher.AEAD
	index  []byte
}

func newKey(dataKey []byte) (*Key, error) {
	columnKey, err := derive(dataKey, labelColumn)
	if err != nil {
		return nil, err
	}
	column, err := newAEAD(columnKey)
	if err != nil {
		return nil, err
	}
	index, err := derive(dataKey, labelIndex)
	if err != nil {
		return nil, err
	}
	return &Key{column: column, index: index}, nil
}

// Seal seals a text for its place. The same text sealed twice looks different.
// The length of the text shows; nothing else does.
func (k *Key) Seal(where Place, plain string) []byte {
	return seal(k.column, where.bind(), []byte(plain))
}

// Open opens what Seal made for the same place; ErrSealed otherwise. The error
// names the place and never the text.
func (k *Key) Open(where Place, sealed []byte) (string, error) {
	plain, err := open(k.column, where.bind(), sealed)
	if err != nil {
		return "", fmt.Errorf("opening %s.%s of row %s: %w", where.Table, where.Column, where.Row, err)
	}
	return string(plain), nil
}

// BlindIndex gives what stands in an index for a value that is sealed: equal
// values of a kind ("email", "phone") at one clinic give equal texts of 52
// characters, and nobody without the key can tell more. The caller normalizes
// the value first. Values of different kinds or clinics never meet.
func (k *Key) BlindIndex(kind, normalized string) string {
	mac := hmac.New(sha256.New, k.index)
	mac.Write(bind(kind, normalized))
	return spell(mac.Sum(nil))
}

// Format prints the word for a Key and never its bytes, whatever the verb.
func (k *Key) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "seal.Key") }

// spell writes bytes in base32 (RFC 4648 §6), in lower case and without padding:
// it survives mail programs, double clicks and being read out.
func spell(raw []byte) string {
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw))
}

func (p Place) bind() []byte { return bind("column", p.Clinic, p.Table, p.Column, p.Row) }

func wrapPlace(clinic string) []byte { return bind("clinic key", clinic) }

// bind writes parts one after another, each behind its length in 4 bytes, so
// that ("ab", "c") and ("a", "bc") differ.
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

// newAEAD gives AES-256-GCM that draws its nonce itself from crypto/rand and
// puts it before the ciphertext. Up to 2^32 values may be sealed under one key
// (NIST SP 800-38D §8.3); each clinic has its own.
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
