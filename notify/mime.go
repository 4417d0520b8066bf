package notify

import (
	"encoding/base64"
	"mime/quotedprintable"
	"strings"
	"unicode"
	"unicode/utf8"
)

// mimeWriter writes a message (RFC 5322, RFC 2045 to 2049). Equal calls give equal
// bytes.
type mimeWriter struct{ buf []byte }

// foldAt is where header lines are folded when they can be (RFC 5322 §2.1.1).
const foldAt = 76

// header appends a field, folded at its spaces. The caller makes sure that the value
// has no line break.
func (w *mimeWriter) header(name, value string) {
	w.buf = append(append(w.buf, name...), ':')
	column := len(name) + 1
	for word := range strings.SplitSeq(value, " ") {
		if column > len(name)+1 && column+1+len(word) > foldAt {
			w.buf = append(w.buf, "\r\n"...)
			column = 0
		}
		w.buf = append(append(w.buf, ' '), word...)
		column += 1 + len(word)
	}
	w.buf = append(w.buf, "\r\n"...)
}

// blank ends a header.
func (w *mimeWriter) blank() { w.buf = append(w.buf, "\r\n"...) }

// boundary begins a part; the line break before it belongs to it (RFC 2046 §5.1.1).
func (w *mimeWriter) boundary(boundary string) { w.buf = append(w.buf, "\r\n--"+boundary+"\r\n"...) }

// end closes a multipart.
func (w *mimeWriter) end(boundary string) { w.buf = append(w.buf, "\r\n--"+boundary+"--\r\n"...) }

// text appends a text part as quoted-printable, so that relays need not wrap it.
// Lines of the text end with LF.
func (w *mimeWriter) text(boundary, kind, text string) {
	w.boundary(boundary)
	w.header("Content-Type", kind+"; charset=UTF-8")
	w.header("Content-Transfer-Encoding", "quoted-printable")
	w.blank()
	out := quotedprintable.NewWriter((*appender)(&w.buf))
	_, _ = out.Write([]byte(text)) // an appender does not fail; LF becomes CRLF
	_ = out.Close()
}

// base64 appends a part in base64, in lines of 76 (RFC 2045 §6.8).
func (w *mimeWriter) base64(boundary, kind, disposition string, data []byte) {
	w.boundary(boundary)
	w.header("Content-Type", kind)
	if disposition != "" {
		w.header("Content-Disposition", disposition)
	}
	w.header("Content-Transfer-Encoding", "base64")
	w.blank()
	for len(data) > 57 {
		w.buf = append(base64.StdEncoding.AppendEncode(w.buf, data[:57]), "\r\n"...)
		data = data[57:]
	}
	w.buf = append(base64.StdEncoding.AppendEncode(w.buf, data), "\r\n"...)
}

// appender is an io.Writer that appends to a slice.
type appender []byte

// Write appends p and never fails.
func (a *appender) Write(p []byte) (int, error) {
	*a = append(*a, p...)
	return len(p), nil
}

// mailbox writes a name and a bare address (RFC 5322 §3.4). Base64 encodes a name
// beyond printable ASCII: Q allows few letters in a phrase (RFC 2047 §5 (3)), and
// net/mail lets others through. It also encodes a name with a word as long as a line,
// because a word cannot be folded (§2.1.1).
func mailbox(name, address string) string {
	quoted := name
	if strings.ContainsAny(name, `\"`) {
		quoted = strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name)
	}
	quoted = `"` + quoted + `"`
	switch {
	case name == "":
		return "<" + address + ">"
	case isASCII(name) && longestWord(quoted) <= foldAt-len("From: "):
		return quoted + " <" + address + ">"
	}
	return encodedWords(name) + " <" + address + ">"
}

// encodedWords writes a name as encoded words of base64. None is longer than 75
// octets or ends inside a character (RFC 2047 §2 and §5 (3)). mime.WordEncoder does
// the same, but does not encode printable ASCII.
func encodedWords(name string) string {
	const most = 45 // octets; 60 in base64
	var words []string
	start := 0
	for i, r := range name {
		if i+utf8.RuneLen(r)-start > most {
			words, start = append(words, name[start:i]), i
		}
	}
	words = append(words, name[start:])
	for i, word := range words {
		words[i] = "=?UTF-8?b?" + base64.StdEncoding.EncodeToString([]byte(word)) + "?="
	}
	return strings.Join(words, " ")
}

func isASCII(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}

// longestWord is the length in octets of the longest word between spaces.
func longestWord(text string) int {
	longest := 0
	for word := range strings.SplitSeq(text, " ") {
		longest = max(longest, len(word))
	}
	return longest
}

// oneLine makes any text one line: white space becomes single spaces, invalid UTF-8
// becomes U+FFFD, control characters and bidirectional controls are removed.
func oneLine(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), r == '\u2028', r == '\u2029':
			return ' '
		case unicode.IsControl(r), r >= '\u202A' && r <= '\u202E', r >= '\u2066' && r <= '\u2069':
			return -1
		}
		return r
	}, text)
	return strings.Join(strings.Fields(text), " ")
}
