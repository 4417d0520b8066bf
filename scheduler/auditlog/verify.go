package auditlog

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"almanac/scheduler/fault"
)

// Hashes are the hashes of a tree as package tlog stores them, in memory. It implements tlog.HashReader.
type Hashes []tlog.Hash

// ReadHashes gives hashes by their index. It fails when one is not there.
func (h Hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index < 0 || index >= int64(len(h)) {
			return nil, fmt.Errorf("hash %d of an audit log is missing", index)
		}
		found[i] = h[index]
	}
	return found, nil
}

// Tree grows leaf by leaf. The zero value is empty.
type Tree struct {
	size   int64
	hashes Hashes
}

// Size is the number of leaves.
func (t *Tree) Size() int64 { return t.size }

// Add adds a leaf.
func (t *Tree) Add(leaf []byte) error {
	more, err := tlog.StoredHashes(t.size, leaf, t.hashes)
	if err != nil {
		return fmt.Errorf("adding to the tree of an audit log: %w", err)
	}
	t.hashes = append(t.hashes, more...)
	t.size++
	return nil
}

// Hashes are the hashes of the tree, by the numbers that package tlog gives them.
func (t *Tree) Hashes() Hashes { return t.hashes }

// Root gives the root of the first n leaves.
func (t *Tree) Root(n int64) (tlog.Hash, error) {
	root, err := tlog.TreeHash(n, t.hashes)
	if err != nil {
		return root, fmt.Errorf("reading the root of an audit log: %w", err)
	}
	return root, nil
}

// SplitHeads finds the signed heads in a text, such as a mail that was pasted. A head begins with a line of its origin
// alone, and ends with its signatures, lines that begin with a dash. What stands between heads is left out, and so are
// spaces at either end of a line.
func SplitHeads(text string) []string {
	var heads []string
	var head strings.Builder
	signed := false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		signature := strings.HasPrefix(line, "— ")
		if signed && !signature {
			heads = append(heads, head.String())
			head.Reset()
			signed = false
		}
		if origin := strings.HasPrefix(line, Origin("")) && !strings.Contains(line, " "); origin {
			head.Reset() // what was begun before has no signature
		} else if head.Len() == 0 {
			continue
		}
		head.WriteString(line + "\n")
		signed = signed || signature
	}
	if signed {
		heads = append(heads, head.String())
	}
	return heads
}

// CheckHeads proves that a log begins with what each head has signed. The error is Invalid and names the first rows
// that are not as they were.
func CheckHeads(tree *Tree, heads []Head) error {
	good := int64(0) // rows that are proved
	for _, h := range heads {
		if h.Tree.N > tree.Size() {
			return fault.New(fault.Invalid, "The log has %d rows, and the head of %s was signed over %d: "+
				"rows from number %d on were removed.", tree.Size(), said(h), h.Tree.N, tree.Size())
		}
		root, err := tree.Root(h.Tree.N)
		if err != nil {
			return err
		}
		if root != h.Tree.Hash {
			return fault.New(fault.Invalid, "A row from number %d to %d is not as it was when the head of %s was "+
				"signed.", good, h.Tree.N-1, said(h))
		}
		good = max(good, h.Tree.N)
	}
	return nil
}

func said(h Head) string { return h.At.UTC().Format("2006-01-02 15:04:05") + " UTC" }

// Export is what a file holds that a Writer made.
type Export struct {
	Origin string
	Tree   Tree
	Heads  []string // signed notes, in the order of their sizes
	Key    string   // the public key as the file says, and a forger may have altered that too
}

// preface is the first line of an export.
type preface struct {
	Format int    `json:"almanac_audit"`
	Origin string `json:"origin"`
	Key    string `json:"key"`
}

// headLine is a signed head in an export.
type headLine struct {
	Head string `json:"head"`
}

// Writer writes an export: a line of JSON about the log, one for each row, and one for each head.
type Writer struct{ out *bufio.Writer }

// NewWriter begins an export.
func NewWriter(out io.Writer, by *Signer) (*Writer, error) {
	w := &Writer{bufio.NewWriter(out)}
	return w, w.line(preface{Format: 1, Origin: by.Name(), Key: by.PublicKey()})
}

func (w *Writer) line(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encoding a line of the audit: %w", err)
	}
	_, err = w.out.Write(append(text, '\n'))
	return err
}

// Row writes a row.
func (w *Writer) Row(r Row) error { return w.line(r) }

// Head writes a signed head.
func (w *Writer) Head(signed string) error { return w.line(headLine{signed}) }

// Close writes what is left.
func (w *Writer) Close() error { return w.out.Flush() }

// longestLine of an export, in octets.
const longestLine = 1 << 16

// Read reads an export. It fails with Invalid where a line is none of an export or a row is not the next one.
func Read(in io.Reader) (*Export, error) {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, longestLine)
	export := &Export{}
	for n := 1; lines.Scan(); n++ {
		line := lines.Bytes()
		if n == 1 {
			var p preface
			if err := json.Unmarshal(line, &p); err != nil || p.Origin == "" {
				return nil, fault.New(fault.Invalid,
					"This is no export of an audit. Make one with: almanac audit export")
			}
			if p.Format != 1 {
				return nil, fault.New(fault.Invalid,
					"This export is of a newer version of Almanac. Verify it with that one.")
			}
			export.Origin, export.Key = p.Origin, p.Key
			continue
		}
		if err := export.take(line, n); err != nil {
			return nil, err
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "The export could not be read to its end.")
	}
	if export.Origin == "" {
		return nil, fault.New(fault.Invalid, "The export is empty.")
	}
	return export, nil
}

// take reads the nth line, which is no preface.
func (e *Export) take(line []byte, n int) error {
	if bytes.HasPrefix(line, []byte(`{"head":`)) {
		var h headLine
		if err := json.Unmarshal(line, &h); err != nil {
			return fault.New(fault.Invalid, "Line %d of the export is no head.", n)
		}
		e.Heads = append(e.Heads, h.Head)
		return nil
	}
	var r Row
	if err := json.Unmarshal(line, &r); err != nil || !bytes.Equal(r.Leaf(), line) {
		return fault.New(fault.Invalid, "Line %d of the export is no row of an audit.", n)
	}
	if r.Number != e.Tree.Size() {
		return fault.New(fault.Invalid, "Row number %d is missing: number %d stands in its place, in line %d.",
			e.Tree.Size(), r.Number, n)
	}
	return e.Tree.Add(line)
}

// Check proves an export against heads that were kept elsewhere, and against its own. It gives the largest head that
// is proved. It fails as CheckTree does.
func (e *Export) Check(by note.Verifier, kept ...string) (Head, error) {
	return CheckTree(&e.Tree, e.Origin, by, append(kept, e.Heads...))
}

// CheckTree proves a log against signed heads and gives the largest. It fails with Invalid as CheckHeads does, where a
// head is not signed with the key or is of another log, and when there is none.
func CheckTree(tree *Tree, origin string, by note.Verifier, signed []string) (Head, error) {
	if len(signed) == 0 {
		return Head{}, fault.New(fault.Invalid, "There is no signed head to verify against. One is signed every hour.")
	}
	heads := make([]Head, len(signed))
	for i, text := range signed {
		h, err := Open(text, by)
		switch {
		case err != nil:
			return Head{}, fault.Wrap(fault.Invalid, err, "A head is not signed with the key of this log.")
		case h.Origin != origin:
			return Head{}, fault.New(fault.Invalid, "A head is of another log: %s.", h.Origin)
		}
		heads[i] = h
	}
	slices.SortFunc(heads, func(a, b Head) int { return cmp.Compare(a.Tree.N, b.Tree.N) })
	return heads[len(heads)-1], CheckHeads(tree, heads)
}
