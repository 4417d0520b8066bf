package protocols

import (
	"regexp"
	"strconv"

	"almanac/protocols/civil"
)

const anchorPattern = `^((phase-start|phase-end|week|session):)?[a-z0-9]+(-[a-z0-9]+)*$`

var anchorRule = regexp.MustCompile(anchorPattern)

// anchorValue is the name of an anchor; whether it exists is checked when the whole file is read.
var anchorValue = scalar(map[string]any{"type": "string", "pattern": anchorPattern},
	func(r *reader, n *Node, into *string) {
		if !anchorRule.MatchString(n.Text) {
			r.fail(n, "%q is not an anchor; write one such as cohort-start, entry, last-session or phase-end:ID.",
				civil.Clip(n.Text))
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

// spanValue is a length of time, or a list of the least and the greatest one.
var spanValue = value[Span]{
	shape: &shape{item: period.shape, short: period.shape},
	read: func(r *reader, n *Node, into *Span) {
		if n.Kind == NodeScalar {
			period.read(r, n, &into.Duration)
			return
		}
		if n.Kind != NodeList || len(n.Items) != 2 {
			r.fail(n, "%s must be a length of time such as PT2H, or a list of two such as [PT25M, PT1H].",
				r.name("this"))
			return
		}
		period.read(r, n.Items[0], &into.DurationMin)
		period.read(r, n.Items[1], &into.Duration)
		if least, most := into.DurationMin, into.Duration; r.sound(r.path) && least.Elapsed > most.Elapsed {
			r.fail(n, "The range %s to %s begins above its end; swap the two.", least, most)
		}
	},
}

// minutesValue is a number of minutes, or a list of the least and the greatest one.
var minutesValue = value[SegmentLength]{
	shape: &shape{item: minuteCount.shape, short: minuteCount.shape},
	read: func(r *reader, n *Node, into *SegmentLength) {
		if n.Kind == NodeScalar {
			minuteCount.read(r, n, &into.Minutes)
			return
		}
		if n.Kind != NodeList || len(n.Items) != 2 {
			r.fail(n, "%s must be a number of minutes, or a list of two such as [5, 10].", r.name("this"))
			return
		}
		minuteCount.read(r, n.Items[0], &into.MinutesMin)
		minuteCount.read(r, n.Items[1], &into.Minutes)
		if r.sound(r.path) && into.MinutesMin > into.Minutes {
			r.fail(n, "The range %d to %d begins above its end; swap the two.", into.MinutesMin, into.Minutes)
		}
	},
}

var (
	minuteCount = number(1, maxSessionMinutes)

	clockValue = scalar(map[string]any{"type": "string", "pattern": `^[0-2][0-9]:[0-5][0-9]$`},
		func(r *reader, n *Node, into *civil.Clock) {
			c, err := civil.ParseClock(n.Text)
			if err != nil {
				r.fail(n, "%s: %s.", r.name("this"), err.Error())
				return
			}
			*into = c
		})

	weekdays = list("days such as mon", weekday, 0)
)

// texts is a mapping from free names to a phrase each, in the order of the file.
func texts[V any](what string, pair func(name, text string) V) value[[]V] {
	return value[[]V]{shape: &shape{named: phrase.shape}, read: func(r *reader, n *Node, into *[]V) {
		if n.Kind != NodeMapping {
			r.fail(n, "%s is %s here; write a mapping from %s.", r.name("this"), n.Kind, what)
			return
		}
		*into = nil
		for _, f := range n.Fields {
			var text string
			r.within(f.Key.Text, f.Value, func() { phrase.read(r, f.Value, &text) })
			*into = append(*into, pair(f.Key.Text, text))
		}
	}}
}

// sourcesValue is a mapping from the path of a field to one mark or a list of them.
var sourcesValue = value[[]Source]{
	shape: &shape{named: &shape{item: phrase.shape, short: phrase.shape}},
	read: func(r *reader, n *Node, into *[]Source) {
		if n.Kind != NodeMapping {
			r.fail(n, "%s is %s here; write a mapping such as \"session.duration: [assumption]\".",
				r.name("this"), n.Kind)
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

// countOf reads the number behind "week:" and "session:".
func countOf(text string) (int, bool) {
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= 1 && n <= 520
}
