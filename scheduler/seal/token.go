package seal

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
)

// TokenLength is the length of every token in characters: a to z and 2 to 7.
const TokenLength = 26

// Token derives the token for a purpose ("feed", "page") and its subject, an
// id: the first 128 bits of HMAC-SHA-256 under the token key, in base32. The
// same three always give the same token, so that a repeated message carries the
// same link; the next generation gives another one.
func (r *Root) Token(purpose, subject string, generation int) string {
	mac := hmac.New(sha256.New, r.token)
	mac.Write(bind(purpose, subject, strconv.Itoa(generation)))
	return spell(mac.Sum(nil)[:16])
}

// RandomToken draws a token of at least 128 bits that cannot be derived again:
// for sign-in links and sign-ins, which are shown once.
func RandomToken() string { return strings.ToLower(rand.Text()) }

// apiPrefix lets people and scanners of source code know an API token when they see one.
const apiPrefix = "almanac_"

// RandomAPIToken draws a token of 256 bits for a program, which keeps it for years.
func RandomAPIToken() string {
	var octets [32]byte
	_, _ = rand.Read(octets[:]) // never fails: it ends the program instead
	return apiPrefix + spell(octets[:])
}

// HashToken gives what the database keeps of a token: its SHA-256 in 64
// hexadecimal characters. A token has too many bits for the hash to need salt.
func HashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
