package protocols

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// An override is a file that says only what differs from its parent. It is read as one whole: the parent's tree of
// values with the file's laid over it. Mappings are merged key by key; everything else, lists too, is replaced. What
// differs is recorded, with its reason, in override.changes, and the whole is the definition's source: a stored
// definition does not change when its parent does.

// keysOfOneFile are not inherited and are no changes.
var keysOfOneFile = []string{"protocol", "version", "parent", "override", "sources", "references"}

// wordsOfOneFile may differ without being a change of the programme.
var wordsOfOneFile = []string{"title", "summary", "doubts"}

// rivals are keys that say the same thing in different ways: who gives one does not inherit the others.
var rivals = []struct {
	path, given string
	drops       []string
}{
	{"", "content", []string{"phases"}},
	{"", "phases", []string{"content"}},
	{"content", "modules", []string{"unit", "count"}},
	{"content", "unit", []string{"modules"}},
	{"content", "count", []string{"modules"}},
	{"cadence", "offsets", []string{"weekdays", "consecutive"}},
	{"cadence", "weekdays", []string{"offsets", "consecutive"}},
	{"cadence", "consecutive", []string{"offsets", "weekdays"}},
	{"entry", "type", []string{"positions"}},
	{"entry", "positions", []string{"type"}},
	{"completion", "type", []string{"n"}},
}

// With is the definition with other values for some fields, for one run: changes is a mapping in the words of the
// language, such as the cohort of a replay. The error is of type [Problems] and points into doc.
func (d *Definition) With(doc *Document, changes *Node) (*Definition, error) {
	base, problems := readDocument(d.Protocol, d.source)
	if len(problems) > 0 {
		return nil, problems.sorted()
	}
	inherited(base.Root)
	merged := lay("", base.Root, changes)
	r := newReader(&Document{File: doc.File, Root: merged, lines: doc.lines}, nil)
	r.heir = changes
	return r.definition(merged.source())
}

// isOverride reports whether the file is to be laid over its parent. One with recorded changes is whole already.
func isOverride(root *Node) bool {
	override := root.field("override")
	return override != nil && override.field("changes") == nil
}

func (n *Node) field(key string) *Node {
	if n == nil {
		return nil
	}
	for _, f := range n.Fields {
		if f.Key.Text == key {
			return f.Value
		}
	}
	return nil
}

// inherit lays the reader's document over its parent; false when there is none, which is told.
func (r *reader) inherit(l *Library) bool {
	root := r.doc.Root
	override, named := root.field("override"), root.field("parent")
	if named == nil || named.Kind != NodeScalar {
		r.report(override, "An override needs the protocol that it changes; add a line such as \"parent: mbsr@1\".")
		return false
	}
	parent, err := l.Find(named.Text)
	if err != nil {
		r.report(named, "The parent cannot be read: %s.", err.Error())
		return false
	}
	base, problems := readDocument(named.Text, parent.source)
	if len(problems) > 0 {
		r.report(named, "The parent cannot be read: %s.", problems.Error())
		return false
	}
	changes := differences(base.Root, root, override)
	if len(changes) == 0 {
		r.report(override, "The file changes nothing of its parent; add the fields that differ.")
	}
	base.Root.Fields = slices.DeleteFunc(base.Root.Fields, func(f NodeField) bool {
		return slices.Contains(keysOfOneFile, f.Key.Text) && f.Key.Text != "sources" && f.Key.Text != "references"
	})
	inheritSources(base.Root.field("sources"), changes)
	inherited(base.Root)
	r.heir = override
	r.doc.Root = lay("", base.Root, root)
	r.doc.Root.set("sources", marked(r.doc.Root.field("sources"), root.field("sources"), changes))
	if override.Kind == NodeMapping {
		override.set("changes", changeList(changes, override))
	}
	r.places[""] = r.doc.Root
	return true
}

func inherited(n *Node) {
	n.inherited = true
	for _, f := range n.Fields {
		inherited(f.Key)
		inherited(f.Value)
	}
	for _, item := range n.Items {
		inherited(item)
	}
}

// lay is base with over on top.
func lay(path string, base, over *Node) *Node {
	if base == nil || base.Kind != NodeMapping || over.Kind != NodeMapping {
		return over
	}
	merged := *base
	merged.Line, merged.Column, merged.inherited = over.Line, over.Column, false
	merged.Fields = slices.Clone(base.Fields)
	for _, rule := range rivals {
		if rule.path == path && over.field(rule.given) != nil {
			merged.Fields = slices.DeleteFunc(merged.Fields,
				func(f NodeField) bool { return slices.Contains(rule.drops, f.Key.Text) })
		}
	}
	for _, f := range over.Fields {
		merged.put(f.Key, lay(join(path, f.Key.Text), base.field(f.Key.Text), f.Value))
	}
	return &merged
}

func join(path, step string) string {
	if path == "" {
		return step
	}
	return path + "." + step
}

// set puts a value of the program's own into a mapping.
func (n *Node) set(key string, value *Node) {
	n.put(&Node{Text: key, Line: value.Line, Column: value.Column}, value)
}

func (n *Node) put(key, value *Node) {
	for i := range n.Fields {
		if n.Fields[i].Key.Text == key.Text {
			n.Fields[i] = NodeField{Key: key, Value: value}
			return
		}
	}
	n.Fields = append(n.Fields, NodeField{Key: key, Value: value})
}

// differences lists the fields that the file gives another value than its parent.
func differences(base, root, override *Node) []Change {
	var changes []Change
	var walk func(path string, from, to *Node)
	walk = func(path string, from, to *Node) {
		if to.Kind == NodeMapping && (from == nil || from.Kind == NodeMapping) {
			for _, f := range to.Fields {
				walk(join(path, f.Key.Text), from.field(f.Key.Text), f.Value)
			}
			return
		}
		if was, is := inline(from), inline(to); was != is {
			changes = append(changes, Change{Path: path, From: was, To: is, Reason: reasonFor(override, path)})
		}
	}
	for _, f := range root.Fields {
		if !slices.Contains(keysOfOneFile, f.Key.Text) && !slices.Contains(wordsOfOneFile, f.Key.Text) {
			walk(f.Key.Text, base.field(f.Key.Text), f.Value)
		}
	}
	return changes
}

// reasonFor is the reason given for the field or for one above it, else that of the whole file.
func reasonFor(override *Node, path string) string {
	for above := path; above != ""; above = above[:max(strings.LastIndexByte(above, '.'), 0)] {
		if n := override.field("reasons").field(above); n != nil {
			return n.Text
		}
	}
	if n := override.field("reason"); n != nil {
		return n.Text
	}
	return ""
}

func covers(path, of string) bool { return path == of || strings.HasPrefix(of, path+".") }

// inheritSources forgets the parent's sources of what the file changes.
func inheritSources(sources *Node, changes []Change) {
	if sources == nil {
		return
	}
	sources.Fields = slices.DeleteFunc(sources.Fields, func(f NodeField) bool {
		return slices.ContainsFunc(changes, func(c Change) bool { return covers(c.Path, f.Key.Text) })
	})
}

// marked are the sources with the mark "override" for every change that the file gives no source of its own.
func marked(merged, own *Node, changes []Change) *Node {
	all := &Node{Kind: NodeMapping}
	if merged != nil {
		*all = *merged
	}
	for _, c := range changes {
		has := false
		if own != nil {
			has = slices.ContainsFunc(own.Fields, func(f NodeField) bool { return covers(f.Key.Text, c.Path) })
		}
		if !has && len(c.Path) < 200 {
			all.set(c.Path, &Node{Kind: NodeScalar, Text: MarkOverride, inherited: true})
		}
	}
	return all
}

func changeList(changes []Change, at *Node) *Node {
	all := &Node{Kind: NodeList, Line: at.Line, Column: at.Column}
	for _, c := range changes {
		item := &Node{Kind: NodeMapping, Line: at.Line, Column: at.Column}
		for _, f := range []struct{ key, text string }{{"path", c.Path}, {"from", c.From}, {"to", c.To},
			{"reason", c.Reason}} {
			if f.text != "" {
				item.set(f.key, &Node{Text: f.text, Quoted: true, Line: at.Line, Column: at.Column})
			}
		}
		all.Items = append(all.Items, item)
	}
	return all
}

// inline writes a value in one line, clipped.
func inline(n *Node) string {
	const most = 500
	if n == nil {
		return ""
	}
	text := inlineWhole(n)
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}

func inlineWhole(n *Node) string {
	var parts []string
	switch n.Kind {
	case NodeMapping:
		for _, f := range n.Fields {
			parts = append(parts, f.Key.Text+": "+inlineWhole(f.Value))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case NodeList:
		for _, item := range n.Items {
			parts = append(parts, inlineWhole(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	default:
		return strings.Join(strings.Fields(n.Text), " ")
	}
}

// plainText needs no quotes wherever it stands.
var plainText = regexp.MustCompile(`^[0-9A-Za-z._+][0-9A-Za-z._+-]*$|^-P[0-9A-Z]+$`)

// source is the tree as a file.
func (n *Node) source() []byte {
	var b strings.Builder
	n.write(&b, "")
	return []byte(strings.TrimPrefix(b.String(), "\n") + "\n")
}

// write writes a tree as YAML that reads as the same tree.
func (n *Node) write(b *strings.Builder, indent string) {
	switch {
	case n.Kind == NodeMapping && len(n.Fields) > 0:
		for _, f := range n.Fields {
			fmt.Fprintf(b, "\n%s%s:", indent, quoted(f.Key))
			f.Value.write(b, indent+"  ")
		}
	case n.Kind == NodeList && len(n.Items) > 0:
		for _, item := range n.Items {
			fmt.Fprintf(b, "\n%s-", indent)
			item.write(b, indent+"  ")
		}
	case n.Kind == NodeMapping:
		b.WriteString(" {}")
	case n.Kind == NodeList:
		b.WriteString(" []")
	default:
		b.WriteString(" " + quoted(n))
	}
}

func quoted(n *Node) string {
	if !n.Quoted && plainText.MatchString(n.Text) {
		return n.Text
	}
	return strconv.Quote(strings.Join(strings.Fields(n.Text), " "))
}
