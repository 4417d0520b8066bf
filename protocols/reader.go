package protocols

import (
	"fmt"
	"strings"

	"almanac/protocols/civil"
)

// reader walks a document by the table of the language. It remembers where each value stood, so that checks across
// values can point at them, and which values could not be read, so that one mistake is told once.
type reader struct {
	doc      *Document
	path     string // of the value being read: "session.segments.0.minutes"
	places   map[string]*Node
	broken   []string // paths with a problem
	problems Problems
	faulty   bool     // a problem is more than a warning
	heir     *Node    // where problems with the values of a parent are told
	library  *Library // what the protocol is held against; nil: nothing
}

func newReader(doc *Document, problems Problems) *reader {
	return &reader{doc: doc, places: map[string]*Node{"": doc.Root}, problems: problems, faulty: len(problems) > 0}
}

// within reads the value n of a key or index.
func (r *reader) within(step string, n *Node, read func()) {
	outer := r.path
	if r.path != "" {
		step = r.path + "." + step
	}
	r.path = step
	r.places[r.path] = n
	switch {
	case n.refused:
		r.broken = append(r.broken, r.path)
	case n.Kind == NodeNull:
		r.fail(n, "%s has no value; write one or remove the key.", r.name("this"))
	default:
		read()
	}
	r.path = outer
}

// name is the last key of the path in quotes, for sentences; unnamed is used at the top.
func (r *reader) name(unnamed string) string {
	if r.path == "" {
		return strings.ToUpper(unnamed[:1]) + unnamed[1:]
	}
	return fmt.Sprintf("%q", civil.Clip(r.path))
}

// fail reports a problem with the value being read, at a node.
func (r *reader) fail(at *Node, format string, args ...any) {
	r.broken = append(r.broken, r.path)
	r.report(at, format, args...)
}

// failAt reports a problem with a value that was read before, or with the mapping it is missing from.
func (r *reader) failAt(path, format string, args ...any) {
	r.report(r.place(path), format, args...)
}

// warnAt tells of something that is allowed and worth a thought.
func (r *reader) warnAt(path, format string, args ...any) {
	faulty := r.faulty
	r.report(r.place(path), format, args...)
	r.problems[len(r.problems)-1].Warning, r.faulty = true, faulty
}

func (r *reader) report(at *Node, format string, args ...any) {
	message := fmt.Sprintf(format, args...)
	if at.inherited && r.heir != nil {
		at = r.heir
		message += " The value is the parent's."
	}
	r.faulty = true
	r.problems = append(r.problems, r.doc.Problem(at, message))
}

func (r *reader) place(path string) *Node {
	for {
		if n := r.places[path]; n != nil {
			return n
		}
		path = path[:max(strings.LastIndexByte(path, '.'), 0)]
	}
}

// given reports whether the file has a value at the path.
func (r *reader) given(path string) bool { return r.places[path] != nil }

// sound reports whether everything at, above and below the paths was read without a problem.
func (r *reader) sound(paths ...string) bool {
	for _, path := range paths {
		for _, broken := range r.broken {
			if broken == path || strings.HasPrefix(broken, path+".") ||
				(broken != "" && strings.HasPrefix(path, broken+".")) {
				return false
			}
		}
	}
	return true
}
