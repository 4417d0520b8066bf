package protocols

import "regexp"

const anchorPattern = `^((phase-start|phase-end):)?[a-z0-9]+(-[a-z0-9]+)*$`

var anchorRule = regexp.MustCompile(anchorPattern)

// anchorValue is the name of an anchor; whether it exists is checked when the whole file is read.
var anchorValue = scalar(map[string]any{"type": "string", "pattern": anchorPattern}, func(r *reader, n *Node, into *string) {
	if !anchorRule.MatchString(n.Text) {
		r.fail(n, "%q is not an anchor; write one such as cohort-start, entry, last-session or phase-end:ID.", clip(n.Text))
		return
	}
	*into = n.Text
})

// marginValue is a window written as a list of two lengths of time.
var marginValue = value[Margin]{
	shape: &shape{item: period.shape},
	read: func(r *reader, n *Node, into *Margin) {
		if n.Kind != NodeList || len(n.Items) != 2 {
			r.fail(n, "%s must be a list of two lengths of time, such as [-P3D, P14D].", r.name("this"))
			return
		}
		period.read(r, n.Items[0], &into.Opens)
		period.read(r, n.Items[1], &into.Closes)
	},
}

// sourcesValue is a mapping from the path of a field to one mark or a list of them.
var sourcesValue = value[[]Source]{
	shape: &shape{named: &shape{item: phrase.shape, short: phrase.shape}},
	read: func(r *reader, n *Node, into *[]Source) {
		if n.Kind != NodeMapping {
			r.fail(n, "%s is %s here; write a mapping such as \"session.duration: [assumption]\".", r.name("this"), n.Kind)
			return
		}
		marks := list("marks", phrase, "")
		*into = nil
		for _, f := range n.Fields {
			source := Source{Path: f.Key.Text}
			r.within(f.Key.Text, f.Value, func() {
				if f.Value.Kind == NodeScalar {
					source.Marks = make([]string, 1)
					phrase.read(r, f.Value, &source.Marks[0])
					return
				}
				marks.read(r, f.Value, &source.Marks)
			})
			*into = append(*into, source)
		}
	},
}
