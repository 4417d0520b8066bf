package calendar

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"almanac/scheduler/fault"
)

// Limits of an object. go-ical recurses once per level and copies a parameter value
// once per octet, so these bound its stack and its work: Read allocates at most
// 16 MiB.
const (
	maxObjectOctets = 256 << 10
	maxLineOctets   = 64 << 10
	maxParamOctets  = 2 << 10
	maxParams       = 64
	maxParamWork    = 8 << 20 // octets that go-ical allocates over all parameters
	maxLines        = 10_000
	maxDepth        = 8
)

// guarded checks an object and returns it in a form that go-ical parses safely:
// unfolded content lines of valid syntax with CRLF, in one complete VCALENDAR.
func guarded(data []byte) ([]byte, error) {
	if len(data) > maxObjectOctets {
		return nil, fault.New(fault.Invalid, "The calendar is larger than %d KiB; send a smaller one.",
			maxObjectOctets>>10)
	}
	g := guard{out: make([]byte, 0, len(data)+len(data)/8)}
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	for len(data) > 0 && g.err == nil {
		var line []byte
		line, data = logicalLine(data)
		g.number++
		g.take(line)
	}
	switch {
	case g.err != nil:
		return nil, g.err
	case g.number == 0 || len(g.out) == 0:
		return nil, fault.New(fault.Invalid, "The calendar is empty; send one that starts with BEGIN:VCALENDAR.")
	case len(g.open) > 0:
		return nil, fault.New(fault.Invalid, "The calendar breaks off before END:%s; send the whole of it.",
			g.open[len(g.open)-1])
	}
	return g.out, nil
}

// guard is the state of one check.
type guard struct {
	out    []byte
	open   []string // names of the open components
	number int      // the logical line, from 1
	work   int      // of the parameters so far, as paramWork counts
	err    error
}

// fail keeps the first fault, with its line.
func (g *guard) fail(what string) {
	if g.err == nil {
		g.err = fault.New(fault.Invalid, "Line %d of the calendar %s.", g.number, what)
	}
}

// take checks one unfolded line and appends it.
func (g *guard) take(raw []byte) {
	if len(raw) > maxLineOctets {
		g.fail("is longer than any honest line; shorten it")
		return
	}
	if g.number > maxLines {
		g.fail("is one too many; split the calendar")
		return
	}
	line := printable(raw)
	if strings.TrimSpace(line) == "" {
		return
	}
	name, value, work, trouble := contentLine(line)
	if trouble != "" {
		g.fail(trouble)
		return
	}
	if g.work += work; g.work > maxParamWork {
		g.fail("brings more parameters than any honest calendar has; drop some")
		return
	}
	ended := len(g.out) > 0 && len(g.open) == 0
	begins := strings.EqualFold(name, "BEGIN")
	switch {
	case ended:
		g.fail("comes after END:VCALENDAR; send one calendar at a time")
	case begins:
		g.begin(strings.ToUpper(strings.TrimSpace(value)))
	case len(g.open) == 0:
		g.fail("comes before BEGIN:VCALENDAR; start with that line")
	case strings.EqualFold(name, "END"):
		g.end(strings.ToUpper(strings.TrimSpace(value)))
	default:
		g.out = append(append(g.out, line...), '\r', '\n')
	}
}

// begin opens a component; the first one, and no other, must be VCALENDAR.
func (g *guard) begin(name string) {
	switch {
	case !token(name):
		g.fail("begins a component without a proper name; give it one")
	case (name == "VCALENDAR") != (len(g.open) == 0):
		g.fail("begins " + name[:min(len(name), 40)] +
			" where it may not stand; a calendar is one VCALENDAR with parts inside")
	case len(g.open) == maxDepth:
		g.fail("nests deeper than any honest calendar; flatten it")
	default:
		g.open = append(g.open, name)
		g.out = append(append(append(g.out, "BEGIN:"...), name...), '\r', '\n')
	}
}

// end closes the innermost component, which must have that name.
func (g *guard) end(name string) {
	last := len(g.open) - 1
	if g.open[last] != name {
		g.fail("ends another component than the one that is open; write END:" +
			g.open[last][:min(len(g.open[last]), 40)])
		return
	}
	g.open = g.open[:last]
	g.out = append(append(append(g.out, "END:"...), name...), '\r', '\n')
}

// logicalLine cuts the first content line off data and unfolds its octets, because a
// fold may split a character (RFC 5545 §3.1).
func logicalLine(data []byte) (line, rest []byte) {
	line, rest = physicalLine(data)
	if len(rest) == 0 || rest[0] != ' ' && rest[0] != '\t' {
		return line, rest
	}
	line = bytes.Clone(line)
	for len(rest) > 0 && (rest[0] == ' ' || rest[0] == '\t') {
		var more []byte
		more, rest = physicalLine(rest[1:])
		line = append(line, more...)
	}
	return line, rest
}

// physicalLine cuts data at the first CR LF, LF or CR.
func physicalLine(data []byte) (line, rest []byte) {
	i := bytes.IndexAny(data, "\r\n")
	if i < 0 {
		return data, nil
	}
	if data[i] == '\r' && i+1 < len(data) && data[i+1] == '\n' {
		return data[:i], data[i+2:]
	}
	return data[:i], data[i+1:]
}

// printable returns the line as valid UTF-8 without control characters except TAB.
func printable(raw []byte) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' || r == 0x7F {
			return -1
		}
		return r
	}, strings.ToValidUTF8(string(raw), string(utf8.RuneError)))
}

// contentLine parses a content line (RFC 5545 §3.1): name *(";" param) ":" value. work
// is the cost of its parameters. trouble is empty for a valid line.
func contentLine(line string) (name, value string, work int, trouble string) {
	i := strings.IndexAny(line, ";:")
	if i < 0 {
		return "", "", 0, "has no colon; write NAME:value"
	}
	name, line = line[:i], line[i:]
	if !token(name) {
		return "", "", 0, "has no proper name before its colon; write NAME:value"
	}
	for count := 0; line[0] == ';'; count++ {
		if count == maxParams {
			return "", "", 0, "has more parameters than any honest line; drop some"
		}
		size, cost, trouble := measureParam(line)
		if trouble != "" {
			return "", "", 0, trouble
		}
		line, work = line[size:], work+cost
	}
	return name, line[1:], work, ""
}

// measureParam returns the length of the first parameter, with its leading semicolon,
// and the cost of parsing it.
func measureParam(line string) (size, work int, trouble string) {
	equals := strings.IndexByte(line, '=')
	if equals < 0 || !token(line[1:equals]) {
		return 0, 0, "has a parameter without a name or an equal sign; write NAME;PARAM=value:value"
	}
	work = paramWork
	for i := equals + 1; ; i++ { // i is the start of a value
		start := i
		if i < len(line) && line[i] == '"' {
			closing := strings.IndexByte(line[i+1:], '"')
			if closing < 0 {
				return 0, 0, "has a quoted parameter without its second quote; add it"
			}
			i += closing + 2
		} else if n := strings.IndexAny(line[i:], `";:,`); n >= 0 {
			i += n
		} else {
			i = len(line)
		}
		work += valueWork(i - start)
		switch {
		case i > maxParamOctets:
			return 0, 0, "has a longer parameter than any honest line; shorten it"
		case i == len(line):
			return 0, 0, "has no colon after its parameters; write NAME;PARAM=value:value"
		case line[i] == ';' || line[i] == ':':
			return i, work, ""
		case line[i] != ',':
			return 0, 0, "has a quote inside a parameter; quote the whole value or none of it"
		}
	}
}

// paramWork is the cost of a parameter without its values: an entry of a map.
const paramWork = 128

// valueWork is about what go-ical allocates for a parameter value: a copy of its
// beginning for every octet, and its slice entry.
func valueWork(octets int) int { return octets*(octets+16)/2 + 64 }

// token tells whether s is a name: ASCII letters, digits and hyphens.
func token(s string) bool {
	for i := range len(s) {
		if !alphanumeric(s[i]) && s[i] != '-' {
			return false
		}
	}
	return s != ""
}
