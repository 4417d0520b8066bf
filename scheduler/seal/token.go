package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"strconv"
	"strings"
)

// TokenLength is the length of every token in characters: a to z and 2 to 7.
const TokenLength = 26

// Token derives the token for a purpose ("feed", "page") and a subject, which is an id:
// the first 128 bits of HMAC-SHA-256 with the clinic's token key, in base32. Equal arguments
// give the same token, so a repeated message has the same link. It stays when the secret key changes.
func (k *Key) Token(purpose, subject string, generation int) string {
	mac := hmac.New(sha256.New, k.token)
	mac.Write(bind(purpose, subject, strconv.Itoa(generation)))
	return encode(mac.Sum(nil)[:16])
}

// SubjectToken derives a token for a purpose that contains its subject, so that nothing needs to be stored to find it.
// Who holds it cannot read the subject, and cannot make a token for another one: it is the first 128 bits of
// HMAC-SHA-256, and the subject encrypted with AES-CTR under them, as in SIV (RFC 5297).
func (k *Key) SubjectToken(purpose, subject string, generation int) string {
	mac := hmac.New(sha256.New, k.token)
	mac.Write(bind("subject", purpose, subject, strconv.Itoa(generation)))
	token := append(mac.Sum(nil)[:aes.BlockSize], subject...)
	k.crypt(token)
	return encode(token)
}

// Subject gives the subject of a token that SubjectToken made with the same key. It proves nothing: derive the token
// anew for the subject and compare both. false: no token of ours has that shape.
func (k *Key) Subject(token string) (subject string, ok bool) {
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ToUpper(token))
	if err != nil || len(raw) <= aes.BlockSize || token != encode(raw) {
		return "", false
	}
	k.crypt(raw)
	return string(raw[aes.BlockSize:]), true
}

// crypt encrypts or decrypts what follows the first block, in place.
func (k *Key) crypt(token []byte) {
	cipher.NewCTR(k.subject, token[:aes.BlockSize]).XORKeyStream(token[aes.BlockSize:], token[aes.BlockSize:])
}

// RandomToken makes a random token of at least 128 bits, for sign-in links and
// sign-ins.
func RandomToken() string { return strings.ToLower(rand.Text()) }

// apiPrefix lets people and secret scanners recognize an API token.
const apiPrefix = "almanac_"

// RandomAPIToken makes a random token of 256 bits for a program.
func RandomAPIToken() string {
	var octets [32]byte
	_, _ = rand.Read(octets[:]) // never fails: it ends the program instead
	return apiPrefix + encode(octets[:])
}

// HashToken returns what the database stores of a token: the first 128 bits of its
// SHA-256 in base32. A token has at least as many random bits, so the hash needs no salt.
func HashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return encode(sum[:16])
}
