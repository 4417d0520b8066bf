package inbound

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"strings"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // decodes what is not UTF-8

	"almanac/scheduler/fault"
)

// mimePart is a part that is no multipart. Its body is as it came.
type mimePart struct {
	fields mailHeader
	kind   string // media type in lower case
	params map[string]string
	body   []byte
}

// mimeTree is a message taken apart (RFC 2046 §5.1).
type mimeTree struct {
	kind   string // of the message itself
	params map[string]string
	leaves []mimePart // in order; what an attached message holds is left alone
	parts  int        // looked at, multiparts included, the message itself not
}

// walk adds the part with this header and body, and all inside it. Invalid when
// there are too many or they lie too deep. It splits the octets itself: so
// nothing is copied, and the bounds hold before anything is decoded.
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
		return fault.New(fault.Invalid, "The parts of the message lie more than 8 deep inside each other; ask the sender to write again without attachments.")
	}
	delimiter := []byte("\n--" + mark)
	_, rest, last := untilDelimiter(body, delimiter) // past the preamble
	for !last {
		if t.parts++; t.parts > maxInboundParts {
			return fault.New(fault.Invalid, "The message has more than 20 parts; ask the sender to write again without attachments.")
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

// maxDelimiters bounds how many lines that only begin like a delimiter are passed over.
const maxDelimiters = 1000

// untilDelimiter gives what stands before the next delimiter line and what
// comes after it; last: no part does. The line break before a delimiter belongs
// to it. Without a delimiter, all is the part and it is the last.
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

// delimiterLine reads what follows the boundary: nothing or "--", then white space.
func delimiterLine(tail []byte) (rest []byte, final, ok bool) {
	line, rest, _ := bytes.Cut(tail, []byte("\n"))
	line, final = bytes.CutPrefix(line, []byte("--"))
	if len(bytes.TrimSpace(line)) > 0 {
		return nil, false, false
	}
	return rest, final, true
}

// mediaType reads a Content-Type (RFC 2045 §5.1). Missing means text/plain; one
// that cannot be read is of no kind.
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

// first gives the first leaf of one of these kinds, nil when there is none.
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

// decoded gives the part's content in UTF-8; of an unknown charset as it came.
// Invalid when it is over 256 KiB or its encoding is broken; without a cause,
// because causes quote the mail.
func (p *mimePart) decoded() ([]byte, error) {
	var header message.Header
	header.SetContentType("text/plain", nil) // so that charset counts for every kind
	if charset := p.params["charset"]; charset != "" {
		if value := mime.FormatMediaType("text/plain", map[string]string{"charset": charset}); value != "" {
			header.Set("Content-Type", value)
		}
	}
	header.Set("Content-Transfer-Encoding", p.fields.get("content-transfer-encoding"))
	entity, err := message.New(header, bytes.NewReader(p.body))
	if err != nil && !message.IsUnknownCharset(err) {
		return nil, fault.New(fault.Invalid, "A part of the message is encoded in a way that is not known; ask the sender to write again.")
	}
	tooLarge := fault.New(fault.Invalid, "A part of the message is larger than 256 KiB; ask the sender to write again without it.")
	if len(p.body) > 3*maxInboundPart+1 { // quoted-printable takes three octets for one
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
