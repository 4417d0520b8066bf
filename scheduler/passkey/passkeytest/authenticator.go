// Package passkeytest is a software authenticator for tests: it makes passkeys and signs with them, as a browser does.
package passkeytest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"slices"
	"testing"
)

// Authenticator holds one passkey after Create. Its fields may be changed to make it lie.
type Authenticator struct {
	Origin     string // of the page, such as https://care.example
	Site       string // the host that it was made for, such as care.example
	Counter    uint32 // of signatures; the next one carries one more
	Unverified bool   // leave out that the user was verified
	id, handle []byte
	key        *ecdsa.PrivateKey
}

// options are those of both ceremonies, as far as they are used.
type options struct {
	Challenge string `json:"challenge"`
	User      struct {
		ID string `json:"id"`
	} `json:"user"`
}

var b64 = base64.RawURLEncoding

func (a *Authenticator) read(t testing.TB, raw []byte) options {
	t.Helper()
	var o options
	if err := json.Unmarshal(raw, &o); err != nil || o.Challenge == "" {
		t.Fatalf("the options are %s (%v)", raw, err)
	}
	return o
}

func (a *Authenticator) client(kind, challenge string) []byte {
	data, _ := json.Marshal(map[string]any{ // of texts alone, so it does not fail
		"type": kind, "challenge": challenge, "origin": a.Origin, "crossOrigin": false,
	})
	return data
}

// data is the authenticator data of Web Authentication Level 3, §6.1.
func (a *Authenticator) data(flags byte) []byte {
	site := sha256.Sum256([]byte(a.Site))
	flags |= 1 // the user is present
	if !a.Unverified {
		flags |= 4
	}
	return binary.BigEndian.AppendUint32(append(site[:], flags), a.Counter)
}

// Create makes the passkey and returns the answer to the options of BeginAdd.
func (a *Authenticator) Create(t testing.TB, raw []byte) []byte {
	t.Helper()
	o := a.read(t, raw)
	var err error
	if a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	if a.handle, err = b64.DecodeString(o.User.ID); err != nil {
		t.Fatal(err)
	}
	a.id = make([]byte, 16)
	_, _ = rand.Read(a.id) // never fails
	point, err := a.key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	// The key in CBOR (RFC 9052 §7): an ES256 key on P-256 with its two coordinates.
	cose := slices.Concat([]byte{0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32}, point[1:33], []byte{0x22, 0x58, 32},
		point[33:])
	data := slices.Concat(a.data(0x40), make([]byte, 16), []byte{0, byte(len(a.id))}, a.id, cose)
	object := slices.Concat([]byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58"), []byte{byte(len(data))}, data)
	return a.answer(map[string]string{
		"clientDataJSON":    b64.EncodeToString(a.client("webauthn.create", o.Challenge)),
		"attestationObject": b64.EncodeToString(object),
	})
}

// Sign returns the answer to the options of BeginUse.
func (a *Authenticator) Sign(t testing.TB, raw []byte) []byte {
	t.Helper()
	o := a.read(t, raw)
	a.Counter++
	data, client := a.data(0), a.client("webauthn.get", o.Challenge)
	clientHash := sha256.Sum256(client)
	digest := sha256.Sum256(append(slices.Clone(data), clientHash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, a.key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return a.answer(map[string]string{
		"clientDataJSON":    b64.EncodeToString(client),
		"authenticatorData": b64.EncodeToString(data),
		"signature":         b64.EncodeToString(signature), "userHandle": b64.EncodeToString(a.handle),
	})
}

func (a *Authenticator) answer(response map[string]string) []byte {
	id := b64.EncodeToString(a.id)
	answer, _ := json.Marshal(map[string]any{ // of texts alone, so it does not fail
		"id": id, "rawId": id, "type": "public-key", "response": response, "clientExtensionResults": map[string]any{},
	})
	return answer
}
