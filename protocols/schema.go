package protocols

import (
	"fmt"
	"slices"
	"strings"

	"almanac/protocols/civil"
)

// The definition language is a table: each key of each mapping is a row with its name, one line of documentation, the
// kind of its value and the field it fills. Unknown keys, the suggestions for them, the checking of source paths and
// the JSON Schema ([Schema]) all come from the same rows.

// key is a row of the table: one key of a mapping that is read into a T.
type key[T any] struct {
	name, doc string
	required  bool
	shape     *shape
	read      func(r *reader, n *Node, into *T)
}

// value is a kind of YAML value that is read into a V. Read reports what is wrong through the reader; it leaves fields
// whose keys are absent as they are, so defaults are set beforehand.
type value[V any] struct {
	shape *shape
	read  func(r *reader, n *Node, into *V)
}

// shape describes a kind of value without its Go type. Exactly one of scalar, keys, item and named is set; short is a
// second form that a mapping may take.
type shape struct {
	scalar map[string]any // a JSON Schema
	keys   []keyShape     // a mapping with these keys
	item   *shape         // a list of these
	named  *shape         // a mapping from names to these
	short  *shape
}

type keyShape struct {
	name, doc string
	required  bool
	shape     *shape
}

// field makes a row.
func field[T, V any](name, doc string, v value[V], at func(*T) *V) key[T] {
	return key[T]{name: name, doc: doc, shape: v.shape,
		read: func(r *reader, n *Node, into *T) { v.read(r, n, at(into)) }}
}

// need makes a row whose key must be present.
func need[T, V any](name, doc string, v value[V], at func(*T) *V) key[T] {
	k := field(name, doc, v, at)
	k.required = true
	return k
}

// object is a mapping with the given keys and no others.
func object[T any](what string, keys ...key[T]) value[T] {
	s := &shape{}
	for _, k := range keys {
		s.keys = append(s.keys, keyShape{name: k.name, doc: k.doc, required: k.required, shape: k.shape})
	}
	return value[T]{shape: s, read: func(r *reader, n *Node, into *T) {
		if n.Kind != NodeMapping {
			r.fail(n, "%s is %s here; write a mapping with keys such as %s.", r.name(what), n.Kind,
				strings.Join(s.someKeys(), ", "))
			return
		}
		for _, f := range n.Fields {
			i := slices.IndexFunc(keys, func(k key[T]) bool { return k.name == f.Key.Text })
			if i < 0 {
				r.report(f.Key, "%q is not a key of %s; %s", civil.Clip(f.Key.Text), what, s.suggest(f.Key.Text))
				continue
			}
			r.within(f.Key.Text, f.Value, func() { keys[i].read(r, f.Value, into) })
		}
		for _, k := range keys {
			if k.required && !n.has(k.name) {
				r.fail(n, "The key %q is missing from %s; add %s.", k.name, what, k.doc)
			}
		}
	}}
}

func (n *Node) has(key string) bool {
	return slices.ContainsFunc(n.Fields, func(f NodeField) bool { return f.Key.Text == key })
}

func (s *shape) names() []string {
	names := make([]string, len(s.keys))
	for i, k := range s.keys {
		names[i] = k.name
	}
	return names
}

func (s *shape) someKeys() []string {
	names := s.names()
	return names[:min(len(names), 4)]
}

func (s *shape) suggest(typed string) string {
	if near := civil.Nearest(typed, s.names()); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return "its keys are " + strings.Join(s.names(), ", ") + "."
}

// list is a list of items; each begins as a copy of fresh, which carries the defaults.
func list[V any](what string, item value[V], fresh V) value[[]V] {
	return value[[]V]{shape: &shape{item: item.shape}, read: func(r *reader, n *Node, into *[]V) {
		if n.Kind != NodeList {
			r.fail(n, "%s is %s here; write a list of %s.", r.name("this"), n.Kind, what)
			return
		}
		if len(n.Items) > maxItems {
			r.fail(n, "%s has more than %d items; shorten the list.", r.name("this"), maxItems)
			return
		}
		*into = make([]V, len(n.Items))
		for i, node := range n.Items {
			(*into)[i] = fresh
			r.within(fmt.Sprint(i), node, func() { item.read(r, node, &(*into)[i]) })
		}
	}}
}

const maxItems = 520 // ten years of weeks

// named is a mapping from ids to items, read into a list in the order of the file; name tells where the id goes.
func named[V any](what string, item value[V], name func(*V) *string) value[[]V] {
	return value[[]V]{shape: &shape{named: item.shape}, read: func(r *reader, n *Node, into *[]V) {
		if n.Kind != NodeMapping {
			r.fail(n, "%s is %s here; write a mapping from %s.", r.name("this"), n.Kind, what)
			return
		}
		*into = nil
		for _, f := range n.Fields {
			var v V
			r.within(f.Key.Text, f.Value, func() {
				identifier.read(r, f.Key, name(&v))
				item.read(r, f.Value, &v)
			})
			*into = append(*into, v)
		}
	}}
}

// orShort lets a mapping be written as a single value where that says enough, such as a module by its id.
func orShort[T, V any](long value[T], short value[V], at func(*T) *V) value[T] {
	s := *long.shape
	s.short = short.shape
	return value[T]{shape: &s, read: func(r *reader, n *Node, into *T) {
		if n.Kind == NodeScalar {
			short.read(r, n, at(into))
			return
		}
		long.read(r, n, into)
	}}
}

// optional reads into a new T behind a pointer that is nil while the key is absent.
func optional[T any](v value[T], fresh T) value[*T] {
	return value[*T]{shape: v.shape, read: func(r *reader, n *Node, into **T) {
		made := fresh
		v.read(r, n, &made)
		*into = &made
	}}
}
