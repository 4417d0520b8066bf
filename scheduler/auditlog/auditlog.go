// Package auditlog makes the audit of a clinic a transparency log: its rows are the leaves of a Merkle tree
// (RFC 6962, section 2.1), and a signed head says how many rows there were at a moment and what their root was. Who
// keeps a head outside the database can prove later that no row under it was removed, altered or put elsewhere.
//
// A head is a signed note in the form of a checkpoint (C2SP tlog-checkpoint): origin, size and root, each on a line of
// its own, and the moment as an extension.
package auditlog

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"almanac/scheduler/seal"
)

// ErrHead is the error of a text that is no signed head, or of another clinic or key.
var ErrHead = errors.New("this is no head of an audit log that was signed with this key")

// Row is one row of the log. Its fields are ids and words, never names.
type Row struct {
	Number  int64  `json:"number"` // from 0 on
	At      string `json:"at"`     // UTC instant, 2026-01-06T23:00:00.000Z
	ID      string `json:"id"`
	Actor   string `json:"actor"`   // kind:id
	Action  string `json:"action"`  // as "session.cancel"
	Subject string `json:"subject"` // what or whom it is about; people by alias
	Role    string `json:"role,omitempty"`
	Network string `json:"network,omitempty"` // where it came from
	Route   string `json:"route,omitempty"`   // as "GET /cohorts/:id"
	Request string `json:"request,omitempty"` // id of the request
	Fields  string `json:"fields,omitempty"`  // which were read or changed, with commas
	People  string `json:"people,omitempty"`  // aliases, with spaces
}

// Leaf gives the bytes of a row that are hashed, which are its line in an export: a JSON object with the fields in
// this order, without spaces; fields behind the subject that are empty are left out.
func (r Row) Leaf() []byte {
	line, err := json.Marshal(r)
	if err != nil { // a struct of texts and a number
		panic(err)
	}
	return line
}

// Head says how many rows a log had at a moment, and the root of their tree.
type Head struct {
	Origin string // almanac/ and the clinic's id
	Tree   tlog.Tree
	At     time.Time // a UTC instant in whole seconds
}

// Origin names the log of a clinic.
func Origin(clinic string) string { return "almanac/" + clinic }

// Signer signs heads of one log. It implements note.Signer.
type Signer struct {
	key      *seal.Key
	origin   string
	verifier note.Verifier
}

// NewSigner makes the signer of a clinic's log from the clinic's key.
func NewSigner(clinic string, key *seal.Key) (*Signer, error) {
	s := &Signer{key: key, origin: Origin(clinic)}
	var err error
	if s.verifier, err = note.NewVerifier(s.PublicKey()); err != nil {
		return nil, fmt.Errorf("making the verifier of an audit log: %w", err)
	}
	return s, nil
}

// Name is the origin.
func (s *Signer) Name() string { return s.origin }

// KeyHash identifies the key.
func (s *Signer) KeyHash() uint32 { return s.verifier.KeyHash() }

// Sign signs the text of a head.
func (s *Signer) Sign(text []byte) ([]byte, error) { return s.key.Sign(text), nil }

// PublicKey gives the key that proves heads, as package note encodes it.
func (s *Signer) PublicKey() string {
	text, err := note.NewEd25519VerifierKey(s.origin, s.key.PublicKey())
	if err != nil { // a key of another length
		panic(err)
	}
	return text
}

// Verifier proves the signatures of this signer.
func (s *Signer) Verifier() note.Verifier { return s.verifier }

// NewVerifier reads a public key. It fails when the text is none.
func NewVerifier(public string) (note.Verifier, error) {
	verifier, err := note.NewVerifier(strings.TrimSpace(public))
	if err != nil {
		return nil, fmt.Errorf("reading the public key of an audit log: %w", err)
	}
	return verifier, nil
}

// Sign signs a head.
func Sign(h Head, by *Signer) (string, error) {
	text := h.Origin + "\n" + strconv.FormatInt(h.Tree.N, 10) + "\n" +
		base64.StdEncoding.EncodeToString(h.Tree.Hash[:]) + "\n" + h.At.UTC().Format(time.RFC3339) + "\n"
	signed, err := note.Sign(&note.Note{Text: text}, by)
	if err != nil {
		return "", fmt.Errorf("signing the head of an audit log: %w", err)
	}
	return string(signed), nil
}

// Open reads a head and proves its signature. It fails with ErrHead.
func Open(signed string, by note.Verifier) (Head, error) {
	opened, err := note.Open([]byte(signed), note.VerifierList(by))
	if err != nil {
		return Head{}, fmt.Errorf("%w: %w", ErrHead, err)
	}
	return parse(opened.Text)
}

// parse reads the text under the signature.
func parse(text string) (h Head, err error) {
	lines := strings.Split(text, "\n")
	if len(lines) < 5 { // the last line ends too
		return h, ErrHead
	}
	h.Origin = lines[0]
	if h.Tree.N, err = strconv.ParseInt(lines[1], 10, 64); err != nil || h.Tree.N < 0 {
		return h, ErrHead
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return h, ErrHead
	}
	copy(h.Tree.Hash[:], root)
	if h.At, err = time.Parse(time.RFC3339, lines[3]); err != nil {
		return h, ErrHead
	}
	return h, nil
}
