package protocols

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"almanac/protocols/civil"
)

//go:embed library/*.yaml
var libraryFiles embed.FS

// ErrUnknownProtocol is wrapped by the error of [Library.Find]; its text names what comes near.
var ErrUnknownProtocol = errors.New("unknown protocol")

// Library is a set of definitions, found by id. It is safe for concurrent use and never changes.
type Library struct {
	shelves []shelf // sorted by id; versions of one id in the order in which they were added
}

// shelf holds one definition and reads it when it is first asked for.
type shelf struct {
	id      string
	builtin bool
	load    func() (*Definition, error)
}

// loadBuiltinLibrary lists the embedded files on first use and never again.
var loadBuiltinLibrary = sync.OnceValues(readLibrary)

// BuiltinLibrary is the protocols inside the program. Each is read when it is first asked for.
func BuiltinLibrary() (*Library, error) { return loadBuiltinLibrary() }

// readLibrary lists library/*.yaml: a file is named after its protocol. Of several versions the one that "id" means is
// "id.yaml" and the others are "id@version.yaml".
func readLibrary() (*Library, error) {
	names, err := fs.Glob(libraryFiles, "library/*.yaml")
	if err != nil {
		return nil, fmt.Errorf("listing the library: %w", err)
	}
	l := &Library{}
	slices.SortStableFunc(names, func(a, b string) int { return -strings.Compare(a, b) }) // "id@version" before "id."
	for _, name := range names {
		file := strings.TrimPrefix(name, "library/")
		id, _, _ := strings.Cut(strings.TrimSuffix(file, ".yaml"), "@")
		l.shelves = append(l.shelves, shelf{id: id, builtin: true, load: sync.OnceValues(func() (*Definition, error) {
			source, err := libraryFiles.ReadFile(name)
			if err != nil {
				return nil, fmt.Errorf("reading the protocol %s: %w", id, err)
			}
			return l.parse(file, source, nil)
		})})
	}
	l.sort()
	return l, nil
}

func (l *Library) sort() {
	slices.SortStableFunc(l.shelves, func(a, b shelf) int { return strings.Compare(a.id, b.id) })
}

// Find gives the definition named "id" or "id@version"; of several versions, "id" means the one added last. An unknown
// one is ErrUnknownProtocol with the nearest names.
func (l *Library) Find(ref string) (*Definition, error) {
	id, version, exact := strings.Cut(ref, "@")
	var versions []string
	for _, s := range slices.Backward(l.shelves) {
		if s.id != id {
			continue
		}
		d, err := s.load()
		if err != nil {
			return nil, err
		}
		if !exact || d.Version == version {
			return d, nil
		}
		versions = append(versions, d.Ref())
	}
	if len(versions) > 0 {
		return nil, fmt.Errorf("%w version %q: there is %s", ErrUnknownProtocol, civil.Clip(ref), orList(versions))
	}
	return nil, fmt.Errorf("%w %q: %s\"almanac protocol list\" prints them all", ErrUnknownProtocol,
		civil.Clip(ref), l.hint(id))
}

// hint names the ids that come near: by spelling, or by sharing a beginning.
func (l *Library) hint(id string) string {
	known := l.ids()
	near := civil.Nearest(id, known)
	var similar []string
	for _, k := range known {
		if k == near || (len(id) >= 3 && strings.HasPrefix(k, strings.ToLower(id))) {
			similar = append(similar, k)
		}
	}
	if len(similar) == 0 {
		return ""
	}
	return "did you mean " + orList(similar) + "? "
}

func (l *Library) ids() []string {
	var ids []string
	for _, s := range l.shelves {
		if len(ids) == 0 || ids[len(ids)-1] != s.id {
			ids = append(ids, s.id)
		}
	}
	return ids
}

// List gives every definition, sorted by id. A built-in file that cannot be read, which the tests rule out, is left
// out.
func (l *Library) List() []*Definition {
	all := make([]*Definition, 0, len(l.shelves))
	for _, s := range l.shelves {
		if d, err := s.load(); err == nil {
			all = append(all, d)
		}
	}
	return all
}

// With is the library with more definitions. A definition that takes the id of a built-in one, or that is there already
// in the same version, is refused; the error says to rename it.
func (l *Library) With(defs ...*Definition) (*Library, error) {
	larger := &Library{shelves: slices.Clone(l.shelves)}
	for _, d := range defs {
		for _, s := range larger.shelves {
			if s.id != d.Protocol {
				continue
			}
			if s.builtin {
				return nil, fmt.Errorf("the protocol %s comes with the program; give yours another id, such as "+
					"%s-local", d.Protocol, d.Protocol)
			}
			if known, err := s.load(); err != nil || known.Version == d.Version {
				return nil, fmt.Errorf("the protocol %s is there already; give yours another version", d.Ref())
			}
		}
		larger.shelves = append(larger.shelves,
			shelf{id: d.Protocol, load: func() (*Definition, error) { return d, nil }})
	}
	larger.sort()
	return larger, nil
}
