package replay

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"almanac/protocols"
	"almanac/protocols/civil"
)

// values reads the fields of one mapping. It remembers the first problem.
type values struct {
	p   *Player
	at  *protocols.Node
	err error
}

func (p *Player) values(n *protocols.Node) *values {
	v := &values{p: p, at: n}
	if n.Kind != protocols.NodeMapping {
		v.refuse(n, `Here stands %s; write a mapping such as "key: value".`, n.Kind)
	}
	return v
}

func (v *values) refuse(at *protocols.Node, format string, args ...any) {
	if v.err == nil {
		v.err = v.p.problem(at, fmt.Sprintf(format, args...))
	}
}

// allow refuses every key but these.
func (v *values) allow(keys ...string) {
	for _, f := range v.at.Fields {
		if !slices.Contains(keys, f.Key.Text) {
			v.refuse(f.Key, "The key %q is not known here. Use %s.", f.Key.Text, strings.Join(keys, ", "))
		}
	}
}

func (v *values) node(key string) *protocols.Node {
	for _, f := range v.at.Fields {
		if f.Key.Text == key {
			return f.Value
		}
	}
	return nil
}

func (v *values) has(key string) bool { return v.node(key) != nil }

// text is a scalar, "" when the key is missing.
func (v *values) text(key string) string {
	n := v.node(key)
	if n == nil {
		return ""
	}
	if n.Kind != protocols.NodeScalar || n.Text == "" {
		v.refuse(n, "%q needs a single value.", key)
	}
	return n.Text
}

// needed is a text that must be there.
func (v *values) needed(key string) string {
	if !v.has(key) {
		v.refuse(v.at, "%q is missing here. Add it.", key)
	}
	return v.text(key)
}

func (v *values) date(key string) (d civil.Date) {
	if !v.has(key) {
		return d
	}
	d, err := civil.ParseDate(v.text(key))
	if err != nil {
		v.refuse(v.node(key), "%s", v.p.Explain(err))
	}
	return d
}

func (v *values) wall(key string) (w civil.WallTime) {
	if !v.has(key) {
		return w
	}
	w, err := civil.ParseWallTime(v.text(key))
	if err != nil {
		v.refuse(v.node(key), "%s", v.p.Explain(err))
	}
	return w
}

func (v *values) number(key string) int {
	if !v.has(key) {
		return 0
	}
	n, err := strconv.Atoi(v.text(key))
	if err != nil {
		v.refuse(v.node(key), "%q must be a whole number, such as 12.", key)
	}
	return n
}

func (v *values) yes(key string) bool {
	switch v.text(key) {
	case "", "false":
		return false
	case "true":
		return true
	}
	v.refuse(v.node(key), "%q is true or false.", key)
	return false
}

// list is the texts of a list, or of a single value with commas in it.
func (v *values) list(key string) (texts []string) {
	n := v.node(key)
	switch {
	case n == nil:
	case n.Kind == protocols.NodeScalar:
		for _, text := range strings.Split(n.Text, ",") {
			texts = append(texts, strings.TrimSpace(text))
		}
	case n.Kind == protocols.NodeList:
		for _, item := range n.Items {
			if item.Kind != protocols.NodeScalar {
				v.refuse(item, "%q is a list of single values.", key)
			}
			texts = append(texts, item.Text)
		}
	default:
		v.refuse(n, "%q is a list of single values.", key)
	}
	return texts
}
