package calendar

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"almanac/scheduler/fault"
)

// What an honest object stays below. go-ical recurses once per depth and copies
// a parameter value once per octet, so these bound its stack and its work: no
// object makes Read allocate more than 16 MiB.
const (
	maxObjectOctets = 256 << 10
	maxLineOctets   = 64 << 10
	maxParamOctets  = 2 << 10
	maxParams       = 64
	maxParamWork    = 8 << 20 // octets that go-ical allocates over all parameters
	maxLines        = 10_000
	maxDepth        = 8
)

// guarded checks an object and gives it back in the one form that go-ical
// reads safely: unfolded content lines of known syntax with CRLF, one
// VCALENDAR, begun and ended.
func guarded(data []byte) ([]byte, error) {
	if len(data) > maxObjectOctets {
		return nil, fault.New(fault.Invalid, "The calendar is larger than %d KiB; send a smaller one.", maxObjectOctets>>10)
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
		return nil, fault.New(fault.Invalid, "The calendar breaks off before END:%s; send the whole of it.", g.open[len(g.open)-1])
	}
	return g.out, nil
}

// guard is the state of one check.
type guard struct {
	out    []byte
	open   []string // the names of the components begun and not ended
	number int      // the logical line, from 1
	work   int      // for the parameters up to here, as paramWork counts
	err    error
}

// fail keeps the first fault and says where it lies.
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

// begin opens a component; the first must be VCALENDAR and no other may be.
func (g *guard) begin(name string) {
	switch {
	case !token(name):
		g.fail("begins a component without a proper name; give it one")
	case (name == "VCALENDAR") != (len(g.open) == 0):
		g.fail("begins " + name[:min(len(name), 40)] + " where it may not stand; a calendar is one VCALENDAR with parts inside")
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
		g.fail("ends another component than the one that is open; write END:" + g.open[last][:min(len(g.open[last]), 40)])
		return
	}
	g.open = g.open[:last]
	g.out = append(append(append(g.out, "END:"...), name...), '\r', '\n')
}

// logicalLine cuts the first content line off data and unfolds it as octets,
// because a fold may lie inside a character (RFC 5545 §3.1).
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

// printable returns the line as valid UTF-8 without control characters but TAB.
func printable(raw []byte) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' || r == 0x7F {
			return -1
		}
		return r
	}, strings.ToValidUTF8(string(raw), string(utf8.RuneError)))
}

// contentLine takes a content line apart (RFC 5545 §3.1):
// name *(";" param) ":" value. Work is what its parameters cost. Trouble is
// empty when it is one.
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

// measureParam measures one parameter, leading semicolon included, that is
// followed by another or by the colon: its octets, and what reading it costs.
func measureParam(line string) (size, work int, trouble string) {
	equals := strings.IndexByte(line, '=')
	if equals < 0 || !token(line[1:equals]) {
		return 0, 0, "has a parameter without a name or an equal sign; write NAME;PARAM=value:value"
	}
	work = paramWork
	for i := equals + 1; ; i++ { // i stands at the start of a value
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

// paramWork is what a parameter costs beside its values: its place in a map.
const paramWork = 128

// valueWork is what go-ical allocates for a parameter value, about: a copy of
// its beginning for every octet, and its place among the values.
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
