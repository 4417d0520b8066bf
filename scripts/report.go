//go:build ignore

// Report reads "go test -json" from standard input and prints one line for each
// package, of the tests that failed all they said, and which tests took longest.
//
//	go test -json ./... | go run scripts/report.go
//
// It exits with 1 when a test failed, when one was skipped (a check that does
// not run is a check that fails), and when there was no test at all.
package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// event is a line of go test -json (go doc test2json).
type event struct {
	Action, Package, Test, Output, ImportPath string
	Elapsed                                   float64 // seconds, without waiting for other tests
}

// report is what was seen so far.
type report struct {
	out     io.Writer
	said    map[string]*strings.Builder // by package and test; of running ones
	tests   int
	longest []event // with the longest first
	failed  int
	skipped []string
}

func main() {
	r := &report{out: os.Stdout, said: map[string]*strings.Builder{}}
	lines := bufio.NewReader(os.Stdin)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			r.line(line)
		}
		if err != nil {
			break
		}
	}
	os.Exit(r.verdict())
}

// line takes one line; one that is no event (a compiler's word) is passed on.
func (r *report) line(line []byte) {
	var e event
	if err := json.Unmarshal(line, &e); err != nil {
		fmt.Fprintf(r.out, "%s", line)
		return
	}
	key := e.Package + " " + e.Test
	switch e.Action {
	case "build-output":
		fmt.Fprint(r.out, e.Output)
	case "output":
		r.output(key, e)
	case "skip":
		if e.Test != "" {
			r.skipped = append(r.skipped, key+"\n"+r.take(key))
		}
	case "pass":
		if e.Test != "" {
			r.tests++
			r.timed(e)
		}
		r.take(key)
	case "fail":
		r.failed++
		fmt.Fprint(r.out, r.take(key))
		if e.Test == "" {
			r.leftovers(e.Package)
		}
	}
}

// slow is how many of the longest tests are named.
const slow = 8

// timed keeps a test that passed if it is one of the longest.
func (r *report) timed(e event) {
	if strings.Contains(e.Test, "/") || e.Elapsed < 1 {
		return
	}
	r.longest = append(r.longest, e)
	slices.SortStableFunc(r.longest, func(a, b event) int { return cmp.Compare(b.Elapsed, a.Elapsed) })
	r.longest = r.longest[:min(slow, len(r.longest))]
}

// output keeps what a test says and prints a package's result at once.
func (r *report) output(key string, e event) {
	if e.Test == "" {
		for _, result := range []string{"ok  \t", "FAIL\t", "?   \t"} {
			if strings.HasPrefix(e.Output, result) {
				fmt.Fprint(r.out, e.Output)
				return
			}
		}
	}
	for _, noise := range []string{"=== RUN", "=== PAUSE", "=== CONT", "=== NAME", "PASS\n"} {
		if strings.HasPrefix(e.Output, noise) {
			return
		}
	}
	if r.said[key] == nil {
		r.said[key] = &strings.Builder{}
	}
	r.said[key].WriteString(e.Output)
}

// take gives what a test said and forgets it.
func (r *report) take(key string) string {
	said := r.said[key]
	delete(r.said, key)
	if said == nil {
		return ""
	}
	return said.String()
}

// leftovers prints what tests said that never came to an end: a time limit or a
// panic elsewhere ended the process under them.
func (r *report) leftovers(pkg string) {
	for key := range r.said {
		if strings.HasPrefix(key, pkg+" ") {
			fmt.Fprint(r.out, r.take(key))
		}
	}
}

// verdict sums up and gives the exit code.
func (r *report) verdict() int {
	for _, s := range r.skipped {
		fmt.Fprintf(r.out, "SKIPPED\t%s", s)
	}
	for _, e := range r.longest {
		fmt.Fprintf(r.out, "%6.1f s\t%s\t%s\n", e.Elapsed, e.Package, e.Test)
	}
	fmt.Fprintf(r.out, "%d tests passed, %d tests or packages failed, %d skipped\n", r.tests, r.failed, len(r.skipped))
	switch {
	case len(r.skipped) > 0:
		fmt.Fprintln(r.out, "A skipped test counts as failed: install what it needs (scripts/install.sh) or mend it.")
		return 1
	case r.failed > 0:
		return 1
	case r.tests == 0:
		fmt.Fprintln(r.out, "No test ran.")
		return 1
	}
	return 0
}
