package protocols_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"almanac/protocols"
)

var figure = regexp.MustCompile(`^(-?[0-9.]+|-?P[0-9A-Z]+|true|false)$`)

// notFigures are keys whose values name or explain the programme and are no figures of it.
var notFigures = []string{"sources", "references", "version", "adaptation", "doubts"}

// figures lists the paths of the numbers, lengths of time and choices in a file, list items by their id.
func figures(n *protocols.Node, path string, found func(string)) {
	join := func(step string) string { return strings.TrimPrefix(path+"."+step, ".") }
	switch n.Kind {
	case protocols.NodeMapping:
		for _, f := range n.Fields {
			if path == "" && slices.Contains(notFigures, f.Key.Text) {
				continue
			}
			figures(f.Value, join(f.Key.Text), found)
		}
	case protocols.NodeList:
		for i, item := range n.Items {
			if item.Kind == protocols.NodeScalar { // a list of plain values is one figure
				found(path)
				continue
			}
			step := fmt.Sprint(i)
			if id := child(item, "id"); id != nil {
				step = id.Text
			}
			figures(item, join(step), found)
		}
	case protocols.NodeScalar:
		if figure.MatchString(n.Text) {
			found(path)
		}
	}
}

// child is a mapping's value, or the item of a list by its id or its index; nil when there is none.
func child(n *protocols.Node, step string) *protocols.Node {
	for _, f := range n.Fields {
		if f.Key.Text == step {
			return f.Value
		}
	}
	for i, item := range n.Items {
		if id := child(item, "id"); (id != nil && id.Text == step) || step == fmt.Sprint(i) {
			return item
		}
	}
	return nil
}

// at is the value at a path of a file, in one line; "" when there is none.
func at(n *protocols.Node, path string) string {
	for step := range strings.SplitSeq(path, ".") {
		if n = child(n, step); n == nil {
			return ""
		}
	}
	return flat(n)
}

func flat(n *protocols.Node) string {
	var parts []string
	switch n.Kind {
	case protocols.NodeMapping:
		for _, f := range n.Fields {
			parts = append(parts, f.Key.Text+": "+flat(f.Value))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case protocols.NodeList:
		for _, item := range n.Items {
			parts = append(parts, flat(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	default:
		return n.Text
	}
}

// No figure of the library stands without the publication it comes from or the word assumption, and no source stands
// for a figure that the file does not have.
func TestEveryFigureHasASource(t *testing.T) {
	t.Parallel()
	for _, file := range libraryFiles(t) {
		doc, err := protocols.ReadYAML(file, source(t, file))
		if err != nil {
			t.Fatal(err)
		}
		d, err := protocols.Parse(file, source(t, file))
		if err != nil {
			t.Fatal(err)
		}
		figures(doc.Root, "", func(path string) {
			if !slices.ContainsFunc(d.Sources,
				func(s protocols.Source) bool { return s.Path == path || strings.HasPrefix(path, s.Path+".") }) {
				t.Errorf("%s: %s has no source", file, path)
			}
		})
		for _, s := range d.Sources {
			if at(doc.Root, s.Path) == "" {
				t.Errorf("%s: a source is given for %s, which is not in the file", file, s.Path)
			}
		}
	}
}

// Values and marks are those of the table of what was published; everything else is marked as an assumption.
func TestSourcesAreTheTable(t *testing.T) {
	t.Parallel()
	all := 0
	for _, file := range libraryFiles(t) {
		faults, rows := againstTable(t, file, source(t, file))
		all += rows
		for _, fault := range faults {
			t.Errorf("%s: %s", file, fault)
		}
	}
	if all < 200 {
		t.Errorf("only %d figures are held against the table", all)
	}
}

// A wrong mark, a wrong figure, and a mark that was left out or added each fail the table.
func TestTheTableFindsWrongMarks(t *testing.T) {
	t.Parallel()
	const file = "library/mbsr.yaml"
	for from, to := range map[string]string{
		"between: [MBSR-classes]":              "between: [UCSF-Osher]",
		"between: [6, 7], else":                "between: [7, 8], else",
		"content.count: [MBSR-classes]":        "content.count: [assumption]",
		"session.duration: [RASC-mindfulness]": "session.duration: [RASC-mindfulness, MBSR-classes]",
		"completion: [assumption]":             "completion: [MBSR-classes]",
	} {
		src := string(source(t, file))
		if strings.Count(src, from) == 0 {
			t.Fatalf("%s has no %s", file, from)
		}
		if faults, _ := againstTable(t, file, []byte(strings.ReplaceAll(src, from, to))); len(faults) == 0 {
			t.Errorf("the table does not find %s", to)
		}
	}
}

// againstTable tells where a file and the table differ, and how many rows of it the file has.
func againstTable(t *testing.T, file string, src []byte) (faults []string, rows int) {
	t.Helper()
	doc, err := protocols.ReadYAML(file, src)
	if err != nil {
		t.Fatal(err)
	}
	d, err := protocols.Parse(file, src)
	if err != nil {
		t.Fatal(err)
	}
	table := tableOf(d)
	var given []string
	for _, s := range d.Sources {
		marks := strings.Join(s.Marks, ", ")
		if marks == protocols.MarkAssumption {
			continue
		}
		row := s.Path + " | " + at(doc.Root, s.Path) + " | " + marks
		if given = append(given, row); !slices.Contains(table, row) {
			faults = append(faults, "the table of published figures has no row "+row)
		}
	}
	for _, row := range table {
		if row != "" && !slices.Contains(given, row) {
			faults = append(faults, "the file does not give "+row)
		}
	}
	return faults, len(given) - len(faults)
}

func tableOf(d *protocols.Definition) []string {
	return strings.Split(strings.TrimSpace(sourced[d.Ref()]), "\n")
}

// Each mark is explained in the file, and nothing is explained that is not a mark.
func TestMarksAreExplained(t *testing.T) {
	t.Parallel()
	for _, d := range library(t).List() {
		used := map[string]bool{}
		for _, s := range d.Sources {
			for _, mark := range s.Marks {
				name, _, _ := strings.Cut(mark, " (")
				used[name] = true
				explained := slices.ContainsFunc(d.References,
					func(r protocols.Reference) bool { return r.Mark == name })
				if !explained && mark != protocols.MarkAssumption {
					t.Errorf("%s: the mark %q of %s is not explained", d.Ref(), mark, s.Path)
				}
			}
		}
		for _, r := range d.References {
			if !used[r.Mark] || r.Text == "" {
				t.Errorf("%s: the reference %s (%q) explains no mark", d.Ref(), r.Mark, r.Text)
			}
		}
	}
}
