package calendar

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// lineOctets is the longest physical line without its line break (RFC 5545 §3.1).
const lineOctets = 75

// escapes maps a character to its escaped form; empty means unchanged. The entry of
// '\n' is used for all line breaks.
type escapes [utf8.RuneSelf]string

var (
	// textEscapes are the escapes of a TEXT value (RFC 5545 §3.3.11).
	textEscapes = escapes{'\\': `\\`, ';': `\;`, ',': `\,`, '\n': `\n`}
	// paramEscapes are the escapes of a quoted parameter value (RFC 6868 §3.1).
	paramEscapes = escapes{'"': `^'`, '^': `^^`, '\n': `^n`}
)

const (
	// urlMarks are the marks allowed in a URL (RFC 3986 §2), including '%'.
	urlMarks = "-._~:/?#[]@!$&'()*+,;=%"
	// mailMarks are the marks that need no encoding in a mailto address (RFC 6068 §2).
	mailMarks = "-._~!$'*+"
)

// writer appends folded content lines to buf.
type writer struct {
	buf  []byte
	say  Words // of the reader's language
	line int   // start of the current physical line in buf
}

// lines appends complete constant lines with their line breaks.
func (w *writer) lines(s string) { w.buf = append(w.buf, s...) }

// begin starts a content line with a name that needs no folding.
func (w *writer) begin(name string) {
	w.line = len(w.buf)
	w.buf = append(w.buf, name...)
}

// end closes the content line.
func (w *writer) end() { w.buf = append(w.buf, '\r', '\n') }

// fold begins a continuation line; its leading space counts.
func (w *writer) fold() {
	w.buf = append(w.buf, '\r', '\n', ' ')
	w.line = len(w.buf) - 1
}

// unit appends a character or an escape, which a fold must not split.
func (w *writer) unit(s string) {
	if len(w.buf)-w.line+len(s) > lineOctets {
		w.fold()
	}
	w.buf = append(w.buf, s...)
}

// run appends ASCII, which may be folded anywhere.
func (w *writer) run(s string) {
	for {
		room := lineOctets - (len(w.buf) - w.line)
		if len(s) <= room {
			w.buf = append(w.buf, s...)
			return
		}
		w.buf = append(w.buf, s[:room]...)
		s = s[room:]
		w.fold()
	}
}

// text appends a property with a TEXT value and returns true; for a blank value it
// appends nothing. The name ends with its colon.
func (w *writer) text(name, value string) bool {
	if blank(value) {
		return false
	}
	w.begin(name)
	w.escape(value, &textEscapes)
	w.end()
	return true
}

// param appends a quoted parameter to the current line, or nothing when its value is
// blank. The name starts with ";" and ends with "=".
func (w *writer) param(name, value string) {
	if blank(value) {
		return
	}
	w.run(name)
	w.run(`"`)
	w.escape(value, &paramEscapes)
	w.run(`"`)
}

// escape appends any value to the current line, escaped.
func (w *writer) escape(s string, table *escapes) {
	for len(s) > 0 {
		if n := plain(s, table); n > 0 {
			w.run(s[:n])
			s = s[n:]
			continue
		}
		size, what := next(s)
		switch {
		case what == lineBreak:
			w.unit(table['\n'])
		case what == broken:
			w.unit(string(utf8.RuneError))
		case what == good && s[0] < utf8.RuneSelf && table[s[0]] != "":
			w.unit(table[s[0]])
		case what == good:
			w.unit(s[:size])
		}
		s = s[size:]
	}
}

// uri appends a URI to the current line: it keeps ASCII letters, digits and the marks,
// removes control characters, and percent-encodes the rest.
func (w *writer) uri(s, marks string) {
	for len(s) > 0 {
		size, what := next(s)
		switch c := s[0]; {
		case what == broken:
			w.percent(string(utf8.RuneError))
		case what != good || c == '\t':
		case alphanumeric(c) || strings.IndexByte(marks, c) >= 0:
			w.run(s[:1])
		default:
			w.percent(s[:size])
		}
		s = s[size:]
	}
}

// percent appends each octet of s in percent-encoding (RFC 3986 §2.1).
func (w *writer) percent(s string) {
	const hex = "0123456789ABCDEF"
	for i := range len(s) {
		w.unit(string([]byte{'%', hex[s[i]>>4], hex[s[i]&15]}))
	}
}

// mailto appends a CAL-ADDRESS value with its colon (RFC 6047 §2.3). The last "@" begins
// the domain; others are part of the mailbox.
func (w *writer) mailto(address string) {
	w.run(":mailto:")
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		w.uri(address, mailMarks)
		return
	}
	w.uri(address[:at], mailMarks)
	w.run("@")
	w.uri(address[at+1:], mailMarks)
}

// treatment is how a character is written.
type treatment int

const (
	good      treatment = iota // written, perhaps escaped
	lineBreak                  // written as the one line break
	dropped                    // a control character
	broken                     // not UTF-8: written as U+FFFD
)

// next returns the length of the first character of s and its treatment. Line breaks
// are all characters at which some parser splits lines: CR LF, CR, LF, VT, FF, NEL, LS
// and PS.
func next(s string) (size int, what treatment) {
	switch c := s[0]; {
	case c == '\r' && len(s) > 1 && s[1] == '\n':
		return 2, lineBreak
	case c >= '\n' && c <= '\r':
		return 1, lineBreak
	case c < ' ' && c != '\t', c == 0x7F:
		return 1, dropped
	case c < utf8.RuneSelf:
		return 1, good
	}
	r, size := utf8.DecodeRuneInString(s)
	switch {
	case r == utf8.RuneError && size == 1:
		return size, broken
	case r == 0x85, r == 0x2028, r == 0x2029:
		return size, lineBreak
	case r < 0xA0:
		return size, dropped
	}
	return size, good
}

// blank tells whether s has only spaces, line breaks and dropped characters. Parsers
// treat such a value as missing.
func blank(s string) bool {
	for len(s) > 0 {
		size, what := next(s)
		r, _ := utf8.DecodeRuneInString(s)
		if what == broken || what == good && !unicode.IsSpace(r) {
			return false
		}
		s = s[size:]
	}
	return true
}

// plain counts the leading ASCII octets of s that are written unchanged.
func plain(s string, table *escapes) int {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7F || table[c] != "" {
			return i
		}
	}
	return len(s)
}

// alphanumeric tells whether c is an ASCII letter or digit.
func alphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}
