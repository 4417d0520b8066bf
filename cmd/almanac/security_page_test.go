package main

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const securityPage = "../../docs/security.md"

// states are what a requirement may be, in the order in which they are counted.
var states = []string{"held", "in part", "open", "not ours"}

// requirement is a row of a table of the page: number | asks | state | how | tests.
type requirement struct {
	numbers []string
	state   string
	tests   []string
}

var (
	requirementRow = regexp.MustCompile(`(?m)^\| ([0-9A-Z][^|]*) \| [^|]+ \| ([a-z ]+) \| [^|]*\| ([^|]*)\|$`)
	testName       = regexp.MustCompile(`\b(?:Test|Fuzz)[A-Z]\w*`)
	numberRange    = regexp.MustCompile(`^(.*[.-])(\d+)–(\d+)$`)
)

func requirements(page string) (all []requirement) {
	for _, row := range requirementRow.FindAllStringSubmatch(page, -1) {
		r := requirement{state: row[2], tests: testName.FindAllString(row[3], -1)}
		for number := range strings.SplitSeq(row[1], ", ") {
			r.numbers = append(r.numbers, numbersOf(number)...)
		}
		all = append(all, r)
	}
	return all
}

// numbersOf writes 1.2.6–8 out, as 1.2.6, 1.2.7 and 1.2.8.
func numbersOf(number string) (all []string) {
	parts := numberRange.FindStringSubmatch(number)
	if parts == nil {
		return []string{number}
	}
	first, _ := strconv.Atoi(parts[2])
	last, _ := strconv.Atoi(parts[3])
	for n := first; n <= last; n++ {
		all = append(all, parts[1]+strconv.Itoa(n))
	}
	return all
}

// asked lists the numbers that the page must answer, each once.
func asked(t *testing.T) (all []string) {
	t.Helper()
	for line := range strings.Lines(read(t, "testdata/asvs.txt")) {
		if section, numbers, found := strings.Cut(line, ": "); found && !strings.HasPrefix(line, "#") {
			for number := range strings.FieldsSeq(numbers) {
				all = append(all, section+"."+number)
			}
		}
	}
	return slices.Concat(all, numbersOf("P2-1–15"), numbersOf("HS-1–14"))
}

// wrongRequirements says what is wrong with a page: a test that nobody wrote, a requirement without an answer or
// with two, one that is called held without a test.
func wrongRequirements(page string, asked []string, exists func(test string) bool) (wrong []string) {
	seen := map[string]int{}
	for _, r := range requirements(page) {
		for _, number := range r.numbers {
			seen[number]++
		}
		if !slices.Contains(states, r.state) {
			wrong = append(wrong, fmt.Sprintf("%s is %q, which is no state", r.numbers[0], r.state))
		}
		if r.state == "held" && len(r.tests) == 0 {
			wrong = append(wrong, r.numbers[0]+" is called held and names no test")
		}
	}
	for _, number := range asked {
		if seen[number] != 1 {
			wrong = append(wrong, fmt.Sprintf("%s has %d rows", number, seen[number]))
		}
		delete(seen, number)
	}
	for number := range seen {
		wrong = append(wrong, number+" is no requirement of levels 1 and 2")
	}
	for _, name := range testName.FindAllString(page, -1) {
		if !exists(name) {
			wrong = append(wrong, "there is no "+name)
		}
	}
	return wrong
}

// TestSecurityDocumentIsTrue holds docs/security.md to what there is, and counts its rows.
func TestSecurityDocumentIsTrue(t *testing.T) {
	t.Parallel()
	exists := map[string]bool{}
	for _, s := range readHouse(t) {
		for _, f := range functions(s) {
			exists[f.Name.Name] = exists[f.Name.Name] || s.test && f.Recv == nil
		}
	}
	page := read(t, securityPage)
	for _, wrong := range wrongRequirements(page, asked(t), func(test string) bool { return exists[test] }) {
		t.Error(wrong)
	}
	compareSection(t, securityPage, "counts", countsOf(requirements(page)))
}

// countsOf is the table of how many requirements of each kind are in each state.
func countsOf(all []requirement) string {
	kinds := []string{"OWASP ASVS 5.0.0, levels 1 and 2", "42 CFR Part 2", "HIPAA Security Rule"}
	counts := map[string]map[string]int{}
	for _, r := range all {
		for _, number := range r.numbers {
			kind := kinds[0]
			switch {
			case strings.HasPrefix(number, "P2-"):
				kind = kinds[1]
			case strings.HasPrefix(number, "HS-"):
				kind = kinds[2]
			}
			if counts[kind] == nil {
				counts[kind] = map[string]int{}
			}
			counts[kind][r.state]++
		}
	}
	var table strings.Builder
	fmt.Fprintf(&table, "| requirements of | %s |\n|---|---|---|---|---|\n", strings.Join(states, " | "))
	for _, kind := range kinds {
		fmt.Fprintf(&table, "| %s |", kind)
		for _, state := range states {
			fmt.Fprintf(&table, " %d |", counts[kind][state])
		}
		table.WriteString("\n")
	}
	return table.String()
}

func TestWrongRequirementsAreSeen(t *testing.T) {
	t.Parallel()
	known := func(test string) bool { return strings.HasSuffix(test, "Known") }
	const row = "| 1.2.3 | asks | held | how | `TestKnown` |\n"
	for page, want := range map[string]string{
		row:                                 "",
		row + "and `FuzzKnown`":             "",
		row + "and `TestMadeUp`":            "there is no TestMadeUp",
		row + row:                           "1.2.3 has 2 rows",
		row + "| 1.2.4 | a | open | | |\n":  "1.2.4 is no requirement of levels 1 and 2",
		"":                                  "1.2.3 has 0 rows",
		"| 1.2.3 | asks | held | how | |\n": "1.2.3 is called held and names no test",
		"| 1.2.3 | asks | nearly | how | `TestKnown` |\n": `1.2.3 is "nearly", which is no state`,
	} {
		got := wrongRequirements(page, []string{"1.2.3"}, known)
		if strings.Join(got, "; ") != want {
			t.Errorf("%q: got %q, want %q", page, got, want)
		}
	}
}
