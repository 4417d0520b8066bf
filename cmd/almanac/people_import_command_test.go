package main

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What one clinic exports another imports without a question, and exports alike.
func TestPeopleRoundTrip(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	cohort := c.open("--capacity", "40", "--reason", "a large room")
	for i, name := range []string{"Ana María López", "Núñez, Íñigo", "=SUM(A1)", "O’Brien \"Bo\"", "'Oumuamua",
		"Ben Carter"} {
		c.prints(fmt.Sprintf(`{"participant": {"name": %q, "email": "p%d@example.net", "phone": "+1202555010%d", `+
			`"zone": "America/Denver", "language": "es", "external_ids": [{"system": "ehr", "value": "00%d"}], `+
			`"consents": [{"channel": "email", "text_version": "1", "at": "2026-01-10T15:00:00Z"}]}}`, name, i, i, i),
			"enroll", "-", "--cohort", cohort)
	}
	c.prints("", "clinic", "add", "--name", "North", "--zone", "UTC")
	exported := c.prints("", "people", "export", "--clinic", "default")
	file := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(file, []byte(exported), 0o600); err != nil {
		t.Fatal(err)
	}
	c.says(c.prints("", "people", "import", file, "--clinic", "North"), "new 6, known 0, like somebody 0, wrong 0",
		"Nothing has changed yet.")
	if again := c.prints("", "people", "export", "--clinic", "North"); strings.Count(again, "\n") != 1 {
		t.Errorf("after a preview the clinic has\n%s", again)
	}
	c.says(c.prints(exported, "people", "import", "-", "--clinic", "North", "--confirm"), "new 6, known 0", "Done.")
	if again := c.prints("", "people", "export", "--clinic", "North"); again != exported {
		t.Errorf("it exports\n%s\nand not\n%s", again, exported)
	}
	c.says(c.prints(exported, "people", "import", "-", "--clinic", "North", "--confirm"), "new 0, known 6")
}

// Everybody of the demo is exported, and an empty clinic imports the same people without a question.
func TestDemoRoundTrip(t *testing.T) {
	t.Parallel()
	demo, empty := demoAt(t, instant("2026-11-29 20:00")), newCounter(t)
	run := func(in string, args ...string) string {
		t.Helper()
		out := &notes{}
		term := terminal{in: strings.NewReader(in), out: out, trouble: out, lookupEnv: noEnvironment,
			readFile: os.ReadFile, now: demo.now}
		if code := run(t.Context(), term, append(args, "--data-dir", demo.config.DataDir)); code != exitDone {
			t.Fatalf("almanac %v ended with %d and said %s", args, code, out)
		}
		return out.String()
	}
	exported := run("", "people", "export", "--clinic", sampleName)
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(exported, "\ufeff"))).ReadAll()
	if err != nil || len(rows) < 30 {
		t.Fatalf("the demo exports %d rows (%v)", len(rows), err)
	}
	empty.prints("", "clinic", "set", "zone", sampleZone, "--confirm")
	empty.says(empty.prints(exported, "people", "import", "-", "--confirm"),
		fmt.Sprintf("new %d, known 0, like somebody 0, wrong 0", len(rows)-1), "Done.")
	if again := empty.prints("", "people", "export"); again != exported {
		t.Errorf("it exports\n%s\nand not\n%s", again, exported)
	}
}

// A row like somebody known is a question, and wrong ones say why.
func TestPeopleImportAsks(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	cohort := c.open()
	c.prints("", "enroll", "--cohort", cohort, "--name", "Ana López", "--email", "ana@example.net")
	table := "name,email\nAna Lopez Ruiz,ana@example.net\nBo Li,bo@\nKim Ode,kim@example.net\n"
	code, _, trouble := c.run(table, "people", "import", "-", "--cohort", cohort, "--confirm")
	if code != exitFailed || !strings.Contains(trouble, "Line 2") {
		t.Errorf("it ended with %d and said %q", code, trouble)
	}
	c.says(c.prints(table, "people", "import", "-", "--cohort", cohort), "--new 2", "Email:", "new 1", "wrong 1")
	c.says(c.prints(table, "people", "import", "-", "--cohort", cohort, "--new", "2", "--confirm"), "new 2", "active")
	for _, wrong := range [][]string{{"--person", "2"}, {"--new", "x"}} {
		if code, _, _ := c.run(table, append([]string{"people", "import", "-"}, wrong...)...); code != exitWrongUse {
			t.Errorf("%v ended with %d", wrong, code)
		}
	}
	if code, _, trouble := c.run("", "people", "import", "missing.csv"); code != exitFailed ||
		!strings.Contains(trouble, "cannot be read") {
		t.Errorf("a missing file ended with %d and said %q", code, trouble)
	}
}
