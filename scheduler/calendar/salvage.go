package calendar

import (
	"bytes"
	"strings"

	"almanac/scheduler/fault"
)

// maxSalvagedParams is how many parameters of one object Salvage keeps.
const maxSalvagedParams = 4096

// Salvage parses what it can of a calendar object that Read rejects. An invalid line
// continues the one before, an open component ends with the object, and a parameter
// with stray quotation marks ends where the next begins. It fails with Invalid when the
// object is too large or has no component.
func Salvage(data []byte) (*Component, error) {
	if len(data) > maxObjectOctets {
		return nil, fault.New(fault.Invalid, "The calendar is larger than %d KiB; send a smaller one.",
			maxObjectOctets>>10)
	}
	s := salvage{params: maxSalvagedParams}
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	for number := 0; len(data) > 0 && !s.done; number++ {
		if number == maxLines {
			return nil, fault.New(fault.Invalid, "The calendar has more than %d lines; split it.", maxLines)
		}
		var line []byte
		line, data = logicalLine(data)
		if len(line) <= maxLineOctets {
			s.take(printable(line))
		}
	}
	s.flush()
	for len(s.open) > 1 {
		s.end()
	}
	if len(s.open) == 0 {
		return nil, fault.New(fault.Invalid, "The calendar is empty; send one that starts with BEGIN:VCALENDAR.")
	}
	return s.open[0], nil
}

// salvage is the state of one Salvage.
type salvage struct {
	open    []*Component // from VCALENDAR to the innermost
	skipped int          // open components deeper than maxDepth
	pending string       // the content line that may be continued
	params  int          // how many more may be kept
	done    bool         // END:VCALENDAR was read
}

// take handles one unfolded line.
func (s *salvage) take(line string) {
	if strings.TrimSpace(line) == "" {
		return
	}
	i := strings.IndexAny(line, ";:")
	if i < 0 || !token(line[:i]) {
		if s.pending != "" && len(s.pending)+len(line) <= maxLineOctets {
			s.pending += " " + line
		}
		return
	}
	s.flush()
	_, value := splitValue(line[i:])
	value = strings.ToUpper(strings.TrimSpace(value))
	switch name := strings.ToUpper(line[:i]); {
	case name == "BEGIN":
		s.begin(value)
	case len(s.open) == 0:
	case name == "END":
		s.close(value)
	default:
		s.pending = line
	}
}

// flush parses the pending line.
func (s *salvage) flush() {
	if s.pending == "" {
		return
	}
	inner := s.open[len(s.open)-1]
	inner.Properties = append(inner.Properties, s.property(s.pending))
	s.pending = ""
}

func (s *salvage) begin(name string) {
	switch {
	case len(s.open) == 0 && name != "VCALENDAR", len(s.open) > 0 && name == "VCALENDAR":
	case len(s.open) == maxDepth:
		s.skipped++
	default:
		s.open = append(s.open, &Component{Name: name})
	}
}

// close ends the innermost component with a name, and those inside it.
func (s *salvage) close(name string) {
	if s.skipped > 0 {
		s.skipped--
		return
	}
	for i := len(s.open) - 1; i >= 0; i-- {
		if s.open[i].Name != name {
			continue
		}
		for len(s.open) > max(i, 1) {
			s.end()
		}
		s.done = i == 0
		return
	}
}

// end adds the innermost component to its parent.
func (s *salvage) end() {
	last := len(s.open) - 1
	s.open[last-1].Components = append(s.open[last-1].Components, *s.open[last])
	s.open = s.open[:last]
}

// property parses a line whose name and first separator are valid.
func (s *salvage) property(line string) Property {
	i := strings.IndexAny(line, ";:")
	p := Property{Name: strings.ToUpper(line[:i]), Params: map[string][]string{}}
	head, value := splitValue(line[i:])
	p.Value = value
	for count := 0; strings.HasPrefix(head, ";") && count < maxParams && s.params > 0; count++ {
		var name, content string
		name, content, head = looseParam(head)
		if name != "" {
			p.Params[name] = append(p.Params[name], withoutCarets(content))
			s.params--
		}
	}
	return p
}

// splitValue splits the part after a name into parameters and value: at the last
// ":mailto:" if there is one, because the text before it may have colons; else at the
// first colon outside quotes; else at the first colon.
func splitValue(rest string) (head, value string) {
	if i := strings.LastIndex(asciiLower(rest), ":mailto:"); i >= 0 {
		return rest[:i], rest[i+1:]
	}
	quoted := false
	for i := range len(rest) {
		switch {
		case rest[i] == '"':
			quoted = !quoted
		case rest[i] == ':' && !quoted:
			return rest[:i], rest[i+1:]
		}
	}
	head, value, _ = strings.Cut(rest, ":")
	return head, value
}

// asciiLower lowers ASCII letters only, so that offsets do not change.
func asciiLower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// looseParam cuts the first parameter off a head that begins with a semicolon; name is
// empty when it is invalid.
func looseParam(head string) (name, content, rest string) {
	size := paramStart(head)
	if size == 0 {
		next := strings.IndexByte(head[1:], ';')
		if next < 0 {
			return "", "", ""
		}
		return "", "", head[next+1:]
	}
	name, body := strings.ToUpper(head[1:size-1]), head[size:]
	end := paramEnd(body)
	content = strings.TrimSpace(body[:end])
	if len(content) > 1 && content[0] == '"' && content[len(content)-1] == '"' {
		content = content[1 : len(content)-1]
	} else {
		content = strings.TrimPrefix(content, `"`)
	}
	return name, content, body[end:]
}

// paramEnd returns the end of the value at the start of body: for a quoted one, a quote
// before the next parameter or the end; for any other, the start of the next parameter.
func paramEnd(body string) int {
	quoted := strings.HasPrefix(body, `"`)
	for i := 1; quoted && i < len(body); i++ {
		if body[i] == '"' && (i+1 == len(body) || paramStart(body[i+1:]) > 0) {
			return i + 1
		}
	}
	for i := range len(body) {
		if paramStart(body[i:]) > 0 {
			return i
		}
	}
	return len(body)
}

// paramStart is the length of ";NAME=" at the start of s; 0 without it.
func paramStart(s string) int {
	const longest = 64
	if !strings.HasPrefix(s, ";") {
		return 0
	}
	equals := strings.IndexByte(s[:min(len(s), longest)], '=')
	if equals < 2 || !token(s[1:equals]) {
		return 0
	}
	return equals + 1
}
