package inbound

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"strings"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // decodes other charsets than UTF-8

	"almanac/scheduler/fault"
)

// mimePart is a part that is not a multipart; its body is not decoded.
type mimePart struct {
	fields mailHeader
	kind   string // media type in lower case
	params map[string]string
	body   []byte
}

// mimeTree is a message split into parts (RFC 2046 §5.1).
type mimeTree struct {
	kind   string // of the message itself
	params map[string]string
	leaves []mimePart // in order; attached messages are not split
	parts  int        // including multiparts, without the message itself
}

// walk adds a part and all nested parts. It fails with Invalid when there are too many
// or they are nested too deeply. It splits the octets without a library, so that
// nothing is copied and the limits apply before decoding.
func (t *mimeTree) walk(fields mailHeader, body []byte, depth int) error {
	kind, params := mediaType(fields.get("content-type"))
	if depth == 0 {
		t.kind, t.params = kind, params
	}
	mark := params["boundary"]
	if !strings.HasPrefix(kind, "multipart/") || mark == "" {
		t.leaves = append(t.leaves, mimePart{fields, kind, params, body})
		return nil
	}
	if depth == maxInboundDepth {
		return fault.New(fault.Invalid,
			"The parts of the message lie more than 8 deep inside each other; ask the sender to write again without "+
				"attachments.")
	}
	delimiter := []byte("\n--" + mark)
	_, rest, last := untilDelimiter(body, delimiter) // skip the preamble
	for !last {
		if t.parts++; t.parts > maxInboundParts {
			return fault.New(fault.Invalid,
				"The message has more than 20 parts; ask the sender to write again without attachments.")
		}
		var part []byte
		part, rest, last = untilDelimiter(rest, delimiter)
		inner, content, err := splitHeader(part)
		if err != nil {
			return err
		}
		if err := t.walk(inner, content, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// maxDelimiters is how many lines that only begin like a delimiter are skipped.
const maxDelimiters = 1000

// untilDelimiter returns the part before the next delimiter line, and the rest; last
// means that no part follows. The line break before a delimiter belongs to it. Without
// a delimiter, everything is the last part.
func untilDelimiter(data, delimiter []byte) (part, rest []byte, last bool) {
	if bytes.HasPrefix(data, delimiter[1:]) {
		if rest, final, ok := delimiterLine(data[len(delimiter)-1:]); ok {
			return nil, rest, final
		}
	}
	at := 0
	for range maxDelimiters {
		i := bytes.Index(data[at:], delimiter)
		if i < 0 {
			break
		}
		at += i
		if rest, final, ok := delimiterLine(data[at+len(delimiter):]); ok {
			return bytes.TrimSuffix(data[:at], []byte("\r")), rest, final
		}
		at += len(delimiter)
	}
	return data, nil, true
}

// delimiterLine parses what follows the boundary: nothing or "--", then white space.
func delimiterLine(tail []byte) (rest []byte, final, ok bool) {
	line, rest, _ := bytes.Cut(tail, []byte("\n"))
	line, final = bytes.CutPrefix(line, []byte("--"))
	if len(bytes.TrimSpace(line)) > 0 {
		return nil, false, false
	}
	return rest, final, true
}

// mediaType parses a Content-Type (RFC 2045 §5.1). The default is text/plain; an
// invalid one has an empty kind.
func mediaType(value string) (kind string, params map[string]string) {
	if value == "" {
		return "text/plain", nil
	}
	kind, params, err := mime.ParseMediaType(value)
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) {
		return "", nil
	}
	return kind, params
}

// first returns the first leaf of one of these kinds, or nil.
func (t *mimeTree) first(kinds ...string) *mimePart {
	for i := range t.leaves {
		for _, kind := range kinds {
			if t.leaves[i].kind == kind {
				return &t.leaves[i]
			}
		}
	}
	return nil
}

// decoded returns the content of the part in UTF-8; unchanged for an unknown charset.
// It fails with Invalid when the content exceeds 256 KiB or is badly encoded; without a
// cause, because causes quote the mail.
func (p *mimePart) decoded() ([]byte, error) {
	var header message.Header
	header.SetContentType("text/plain", nil) // so that the charset is used for every kind
	if charset := p.params["charset"]; charset != "" {
		if value := mime.FormatMediaType("text/plain", map[string]string{"charset": charset}); value != "" {
			header.Set("Content-Type", value)
		}
	}
	header.Set("Content-Transfer-Encoding", p.fields.get("content-transfer-encoding"))
	entity, err := message.New(header, bytes.NewReader(p.body))
	if err != nil && !message.IsUnknownCharset(err) {
		return nil, fault.New(fault.Invalid,
			"A part of the message is encoded in a way that is not known; ask the sender to write again.")
	}
	tooLarge := fault.New(fault.Invalid,
		"A part of the message is larger than 256 KiB; ask the sender to write again without it.")
	if len(p.body) > 3*maxInboundPart+1 { // quoted-printable uses up to three octets for one
		return nil, tooLarge
	}
	content, err := io.ReadAll(io.LimitReader(entity.Body, maxInboundPart+1))
	if err != nil {
		return nil, fault.New(fault.Invalid, "A part of the message cannot be decoded; ask the sender to write again.")
	}
	if len(content) > maxInboundPart {
		return nil, tooLarge
	}
	return content, nil
}
