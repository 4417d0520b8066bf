package protocols

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing wrong with a file, at a place.
type Problem struct {
	File         string
	Line, Column int    // from 1
	Message      string // one sentence that says what to do
	Excerpt      string // the offending line, clipped
	Warning      bool   // allowed, and worth a thought
}

// Error is "file:line:column: sentence", and "warning: " before the sentence of a warning.
func (p Problem) Error() string {
	if p.Warning {
		return fmt.Sprintf("%s:%d:%d: warning: %s", p.File, p.Line, p.Column, p.Message)
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
}

// Problems is everything wrong with a file, in order of place. It is an error.
type Problems []Problem

// maxProblems bounds how many problems of one file are told; who has more has another kind of file.
const maxProblems = 50

// Error prints every problem on a line of its own, each followed by the offending line.
func (ps Problems) Error() string {
	var b strings.Builder
	for i, p := range ps {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(p.Error())
		if p.Excerpt != "" {
			b.WriteString("\n    ")
			b.WriteString(p.Excerpt)
		}
	}
	return b.String()
}

// Unwrap gives the problems one by one.
func (ps Problems) Unwrap() []error {
	errs := make([]error, len(ps))
	for i, p := range ps {
		errs[i] = p
	}
	return errs
}

// sorted orders the problems by place and cuts them to a number that can be read.
func (ps Problems) sorted() Problems {
	slices.SortStableFunc(ps,
		func(a, b Problem) int { return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column)) })
	return ps[:min(len(ps), maxProblems)]
}
