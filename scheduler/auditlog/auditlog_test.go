package auditlog_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"almanac/scheduler/auditlog"
	"almanac/scheduler/fault"
	"almanac/scheduler/seal"
)

func signer(t testing.TB, clinic string) *auditlog.Signer {
	t.Helper()
	root, err := seal.NewRoot(bytes.Repeat([]byte{7}, seal.SecretSize))
	if err != nil {
		t.Fatal(err)
	}
	_, key, err := root.NewClinicKey(clinic)
	if err != nil {
		t.Fatal(err)
	}
	by, err := auditlog.NewSigner(clinic, key)
	if err != nil {
		t.Fatal(err)
	}
	return by
}

func row(n int) auditlog.Row {
	return auditlog.Row{Number: int64(n), At: fmt.Sprintf("2026-01-06T23:00:00.%03dZ", n%1000),
		ID: fmt.Sprintf("r%d", n), Actor: "staff:s1", Action: "session.cancel", Subject: fmt.Sprintf("x%d", n)}
}

// exported is an export of n rows, with a head after each of sizes.
func exported(t testing.TB, by *auditlog.Signer, n int, sizes ...int) (export string, heads []string) {
	t.Helper()
	var out bytes.Buffer
	w, err := auditlog.NewWriter(&out, by)
	if err != nil {
		t.Fatal(err)
	}
	var tree auditlog.Tree
	for i := range n {
		if err := errors.Join(w.Row(row(i)), tree.Add(row(i).Leaf())); err != nil {
			t.Fatal(err)
		}
	}
	for _, size := range sizes {
		root, err := tree.Root(int64(size))
		if err != nil {
			t.Fatal(err)
		}
		head, err := auditlog.Sign(auditlog.Head{Origin: by.Name(), Tree: tlog.Tree{N: int64(size), Hash: root},
			At: time.Date(2026, time.January, 7, 0, 0, size, 0, time.UTC)}, by)
		if err != nil {
			t.Fatal(err)
		}
		heads = append(heads, head)
		if err := w.Head(head); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String(), heads
}

// check verifies an export against heads that were kept elsewhere.
func check(by *auditlog.Signer, export string, kept ...string) (auditlog.Head, error) {
	e, err := auditlog.Read(strings.NewReader(export))
	if err != nil {
		return auditlog.Head{}, err
	}
	return e.Check(by.Verifier(), kept...)
}

func TestAnExportIsProved(t *testing.T) {
	t.Parallel()
	by := signer(t, "c1")
	export, heads := exported(t, by, 1000, 1, 400, 1000)
	head, err := check(by, export, heads[1])
	if err != nil || head.Tree.N != 1000 {
		t.Fatalf("%d rows are proved, %v", head.Tree.N, err)
	}
}

// TestEveryChangedRowIsFound takes each of 120 rows out of an export, numbered anew or not, and alters each.
func TestEveryChangedRowIsFound(t *testing.T) {
	t.Parallel()
	const rows, first = 120, 40
	by := signer(t, "c1")
	export, heads := exported(t, by, rows, first, rows)
	lines := strings.SplitAfter(export, "\n")
	for n := range rows {
		gone := strings.Join(lines[:1+n], "") + strings.Join(lines[2+n:], "")
		if _, err := check(by, gone, heads...); !fault.Is(err, fault.Invalid) {
			t.Fatalf("without row %d: %v", n, err)
		}
		closed := lines[0]
		for i, kept := 0, 0; i < rows; i++ {
			if i == n {
				continue
			}
			r := row(i)
			r.Number = int64(kept)
			closed += string(r.Leaf()) + "\n"
			kept++
		}
		if _, err := check(by, closed, heads...); !fault.Is(err, fault.Invalid) {
			t.Fatalf("without row %d, numbered anew: %v", n, err)
		}
		altered := strings.Join(lines[:1+n], "") + strings.Replace(lines[1+n], "cancel", "move", 1) +
			strings.Join(lines[2+n:], "")
		from, to := 0, first-1
		if n >= first {
			from, to = first, rows-1
		}
		want := fmt.Sprintf("A row from number %d to %d is not as it was", from, to)
		if _, err := check(by, altered, heads...); !fault.Is(err, fault.Invalid) ||
			!strings.Contains(err.Error(), want) {
			t.Fatalf("row %d altered: %v, not %q", n, err, want)
		}
	}
}

func TestForgedHeadsAreRefused(t *testing.T) {
	t.Parallel()
	by := signer(t, "c1")
	export, heads := exported(t, by, 10, 10)
	cut, _ := exported(t, by, 8)
	other, _ := exported(t, signer(t, "c1"), 8, 8) // another key of the same clinic
	twoDown, few := exported(t, by, 8, 8)
	for name, c := range map[string]struct {
		export string
		kept   []string
		want   string
	}{
		"no head":           {cut, nil, "There is no signed head"},
		"rows cut off":      {twoDown, heads, "rows from number 8 on were removed"},
		"signed by another": {other, nil, "not signed with the key"},
		"a head cut short":  {export, []string{few[0][:len(few[0])/2]}, "not signed with the key"},
		"a size altered":    {export, []string{strings.Replace(heads[0], "\n10\n", "\n11\n", 1)}, "not signed"},
		"nothing":           {"", nil, "The export is empty"},
		"something else":    {"a,b\n1,2\n", nil, "This is no export of an audit"},
		"a newer format": {strings.Replace(export, `"almanac_audit":1`, `"almanac_audit":2`, 1), nil,
			"newer version"},
		"a line that is no row": {strings.Replace(export, "\n", "\nhello\n", 1), nil, "Line 2 of the export is no row"},
		"another spelling":      {strings.Replace(export, `"actor":"`, `"actor": "`, 1), nil, "is no row"},
	} {
		_, err := check(by, c.export, c.kept...)
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, not %q", name, err, c.want)
		}
	}
	clinic := signer(t, "c2")
	_, foreign := exported(t, clinic, 10, 10)
	if _, err := check(by, export, foreign[0]); err == nil {
		t.Error("a head of another clinic proves something")
	}
}

func TestHeadsInOneFile(t *testing.T) {
	t.Parallel()
	_, heads := exported(t, signer(t, "c1"), 10, 1, 5, 10)
	for _, between := range []string{"", "\n", "\n\n", "\r\n"} {
		got := auditlog.SplitHeads(strings.Join(heads, between))
		if len(got) != len(heads) || got[0] != heads[0] || got[2] != heads[2] {
			t.Errorf("with %q between them: %q", between, got)
		}
	}
	indented := "  " + strings.ReplaceAll(heads[0], "\n", "\n  ")
	mail := "Hello,\n\nplease keep this.\n\n" + indented + "\n\nalmanac audit verify --since it\nalmanac/cut\n7\n"
	mail = strings.ReplaceAll(mail, "\n", "\r\n")
	if got := auditlog.SplitHeads(mail); !slices.Equal(got, heads[:1]) {
		t.Errorf("of a mail that was pasted: %q", got)
	}
	if got := auditlog.SplitHeads(" \n"); len(got) != 0 {
		t.Errorf("of nothing: %q", got)
	}
}

// TestAnotherProgramAgrees has a program in JavaScript prove an export, from RFC 6962 alone.
func TestAnotherProgramAgrees(t *testing.T) {
	t.Parallel()
	node, err := exec.LookPath("node")
	if err != nil {
		if os.Getenv("REQUIRE_SERVICES") == "1" {
			t.Fatal("Node is not installed; make install brings it")
		}
		t.Skip("Node is not installed")
	}
	export, _ := exported(t, signer(t, "c1"), 1000, 1, 2, 3, 7, 513, 1000)
	other, _ := exported(t, signer(t, "c1"), 1000, 1000)
	preface, _, _ := strings.Cut(other, "\n")
	_, rows, _ := strings.Cut(export, "\n")
	for _, c := range []struct {
		name, export string
		agrees       bool
	}{
		{"as it is", export, true},
		{"a row altered", strings.Replace(export, "x77", "x78", 1), false},
		{"another key", preface + "\n" + rows, false},
	} {
		file := filepath.Join(t.TempDir(), "audit.jsonl")
		if err := os.WriteFile(file, []byte(c.export), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), node, "testdata/verify.mjs", file).CombinedOutput()
		if agrees := err == nil; agrees != c.agrees {
			t.Errorf("%s: %v\n%s", c.name, err, out)
		}
		if _, err := check(signer(t, "c1"), c.export); err == nil {
			t.Errorf("%s: proved with the key of another clinic", c.name)
		}
	}
}

// BenchmarkVerify verifies an export of 100,000 rows.
func BenchmarkVerify(b *testing.B) {
	by := signer(b, "c1")
	export, heads := exported(b, by, 100_000, 50_000, 100_000)
	for b.Loop() {
		if _, err := check(by, export, heads...); err != nil {
			b.Fatal(err)
		}
	}
}
