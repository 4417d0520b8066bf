package calendar

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// lineOctets is the longest physical line, line break excluded (RFC 5545 §3.1).
const lineOctets = 75

// escapes says how a character is written inside a value. Where it is empty
// the character stands for itself; the entry of '\n' serves all line breaks.
type escapes [utf8.RuneSelf]string

var (
	// textEscapes are those of a TEXT value (RFC 5545 §3.3.11).
	textEscapes = escapes{'\\': `\\`, ';': `\;`, ',': `\,`, '\n': `\n`}
	// paramEscapes are those of a quoted parameter value (RFC 6868 §3.1).
	paramEscapes = escapes{'"': `^'`, '^': `^^`, '\n': `^n`}
)

const (
	// urlMarks are the marks that a URL may hold (RFC 3986 §2), '%' included.
	urlMarks = "-._~:/?#[]@!$&'()*+,;=%"
	// mailMarks are those that need no encoding in a mailto address (RFC 6068 §2).
	mailMarks = "-._~!$'*+"
)

// writer appends content lines to buf and folds them.
type writer struct {
	buf  []byte
	say  Words // of the reader's language
	line int   // where in buf the present physical line starts
}

// lines appends whole constant lines, line breaks included.
func (w *writer) lines(s string) { w.buf = append(w.buf, s...) }

// begin starts a content line with a name that needs no folding.
func (w *writer) begin(name string) {
	w.line = len(w.buf)
	w.buf = append(w.buf, name...)
}

// end closes the content line.
func (w *writer) end() { w.buf = append(w.buf, '\r', '\n') }

// fold goes on in a continuation line; its leading space counts.
func (w *writer) fold() {
	w.buf = append(w.buf, '\r', '\n', ' ')
	w.line = len(w.buf) - 1
}

// unit appends what a fold must not split: a character, an escape.
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

// text appends a property with a TEXT value and tells whether it did: a blank
// value writes nothing. The name ends with its colon.
func (w *writer) text(name, value string) bool {
	if blank(value) {
		return false
	}
	w.begin(name)
	w.escape(value, &textEscapes)
	w.end()
	return true
}

// param appends a quoted parameter to the open line, or nothing when its value
// is blank. The name starts with ";" and ends with "=".
func (w *writer) param(name, value string) {
	if blank(value) {
		return
	}
	w.run(name)
	w.run(`"`)
	w.escape(value, &paramEscapes)
	w.run(`"`)
}

// escape appends a value of any content to the open line.
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

// uri appends an address to the open line: ASCII letters, digits and the marks
// as they are, controls not at all, the rest percent-encoded.
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

// mailto appends a CAL-ADDRESS value, colon included (RFC 6047 §2.3). Only the
// last "@" divides; others are part of the mailbox.
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

// treatment is what becomes of a character.
type treatment int

const (
	good      treatment = iota // written, perhaps escaped
	lineBreak                  // written as the one line break
	dropped                    // a control character
	broken                     // not UTF-8: written as U+FFFD
)

// next returns the octets of the first character of s and its treatment. Line
// breaks are all that some reader splits lines at: CR LF, CR, LF, VT, FF, NEL,
// LS and PS.
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

// blank tells whether s holds nothing but spaces, line breaks and what is
// dropped. Readers take such a value for a missing one.
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

// plain counts the leading octets of s that are ASCII and written as they are.
func plain(s string, table *escapes) int {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7F || table[c] != "" {
			return i
		}
	}
	return len(s)
}

// alphanumeric tells ASCII letters and digits.
func alphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}
