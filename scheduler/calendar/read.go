package calendar

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-ical"

	"almanac/scheduler/fault"
)

// Component is a calendar object or a part of one. Names are upper case.
type Component struct {
	Name       string
	Properties []Property // sorted by name; equal names in their original order
	Components []Component
}

// Property is one content line. Value is raw: see Text and Instant.
type Property struct {
	Name   string
	Params map[string][]string // names upper case, values without RFC 6868 encoding
	Value  string
}

// Read parses exactly one calendar object from an untrusted source. It fails with
// Invalid, and a sentence that names the line, when the object exceeds 256 KiB or
// another limit, is truncated, or is not iCalendar (RFC 5545 §3.1). It accepts common
// deviations: LF or CR alone as line end, a byte order mark, blank lines, characters
// split by folding. It removes control characters and replaces invalid UTF-8.
//
// It does not check the content: it keeps unknown names, and required ones may be
// missing.
func Read(data []byte) (*Component, error) {
	clean, err := guarded(data)
	if err != nil {
		return nil, err
	}
	cal, err := decode(clean)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err,
			"This is not a calendar that can be read; export it again and send that file.")
	}
	root := component(cal.Component)
	return &root, nil
}

// decode calls go-ical and turns a panic into an error.
func decode(clean []byte) (cal *ical.Calendar, err error) {
	defer func() {
		if trouble := recover(); trouble != nil {
			cal, err = nil, fmt.Errorf("decoding a checked calendar: panic: %s", fmt.Sprint(trouble))
		}
	}()
	cal, err = ical.NewDecoder(bytes.NewReader(clean)).Decode()
	if err != nil {
		return nil, fmt.Errorf("decoding a checked calendar: %w", err)
	}
	return cal, nil
}

// component copies go-ical's model into ours, in a fixed order.
func component(from *ical.Component) Component {
	to := Component{Name: from.Name}
	for _, props := range from.Props {
		for _, prop := range props {
			to.Properties = append(to.Properties, property(prop))
		}
	}
	slices.SortStableFunc(to.Properties, func(a, b Property) int { return strings.Compare(a.Name, b.Name) })
	for _, child := range from.Children {
		to.Components = append(to.Components, component(child))
	}
	return to
}

// property copies one property and decodes its parameters in place (RFC 6868 §3.2: an
// unknown sequence is unchanged).
func property(from ical.Prop) Property {
	for _, values := range from.Params {
		for i, value := range values {
			values[i] = withoutCarets(value)
		}
	}
	return Property{Name: from.Name, Value: from.Value, Params: from.Params}
}

// withoutCarets decodes a parameter value.
func withoutCarets(value string) string {
	if !strings.Contains(value, "^") {
		return value
	}
	var b strings.Builder
	b.Grow(len(value))
	for i := 0; i < len(value); i++ {
		c := value[i]
		if c == '^' && i+1 < len(value) {
			if plain := strings.IndexByte("^n'", value[i+1]); plain >= 0 {
				c = "^\n\""[plain]
				i++
			}
		}
		b.WriteByte(c)
	}
	return b.String()
}

// All returns the component's own properties with a name in upper case.
func (c *Component) All(name string) []Property {
	var all []Property
	for _, p := range c.Properties {
		if p.Name == name {
			all = append(all, p)
		}
	}
	return all
}

// First returns the component's first own property with a name, if it has one.
func (c *Component) First(name string) (Property, bool) {
	for _, p := range c.Properties {
		if p.Name == name {
			return p, true
		}
	}
	return Property{}, false
}

// Text returns a TEXT value unescaped (RFC 5545 §3.3.11). It accepts unknown escapes
// and unescaped commas.
func (p Property) Text() string {
	var b strings.Builder
	for i := 0; i < len(p.Value); i++ {
		c := p.Value[i]
		if c == '\\' && i+1 < len(p.Value) {
			i++
			if c = p.Value[i]; c == 'n' || c == 'N' {
				c = '\n'
			}
		}
		b.WriteByte(c)
	}
	return b.String()
}

// Instant parses a DATE-TIME value in UTC (RFC 5545 §3.3.5, form 2); a leap second
// counts as the one before it. It fails with Invalid for any other form.
func (p Property) Instant() (time.Time, error) {
	value := p.Value
	if len(value) == len("20060102T150405Z") && value[13:15] == "60" {
		value = value[:13] + "59Z"
	}
	t, err := time.Parse("20060102T150405Z", value)
	if err != nil || len(value) != len("20060102T150405Z") {
		return time.Time{}, fault.In(strings.ToLower(p.Name),
			"%s must be an instant in UTC such as 20261203T000000Z.", p.Name)
	}
	return t, nil
}
