package main

import (
	"slices"
	"strings"
	"testing"
)

// Each rule must bite where it should and nowhere else.
func TestStyleRulesBite(t *testing.T) {
	t.Parallel()
	many := strings.Repeat("\t_ = 1\n", longestFunction)
	for _, c := range []struct{ path, code, want string }{
		{"web/a.go", "func short() {}", ""},
		{"web/a.go", "func long() {\n" + many + "}", "length"},
		{"web/a.go", strings.Repeat("// line\n", longestFile), "length"},
		{"web/a_test.go", "func long() {\n" + many + "}", ""},
		{"web/a.go", "func Open() {}", "documentation"},
		{"web/a.go", "// Open opens.\nfunc Open() {}", ""},
		{"web/a.go", "type s struct{}\nfunc (s) Open() {}", ""},
		{"web/a.go", "// S is a thing.\ntype S[T any] struct{}\nfunc (*S[T]) Open() {}", "documentation"},
		{"web/a.go", "const Size = 1", "documentation"},
		{"web/a.go", "// The sizes.\nconst (\n\tSize = 1\n\tDepth = 2\n)", ""},
		{"web/a.go", "// The types.\ntype (\n\tA int\n)", "documentation"},
		{"web/a.go", "type wide interface{ A(); B(); C(); D(); E(); F(); G() }", "interface"},
		{"web/a.go", "type small interface{ A(); B(); C(); D(); E(); F() }", ""},
		{"web/a.go", "func init() {}", "init"},
		{"web/util/a.go", "", "package name"},
		{"web/a.go", `import "context"` + "\nfunc f() { _ = context.Background() }", "context"},
		{"web/a.go", `import c "context"` + "\nfunc f() { _ = c.TODO() }", "context"},
		{"cmd/almanac/a.go", `import "context"` + "\nfunc f() { _ = context.Background() }", ""},
		{"notify/notifytest/a.go", `import "context"` + "\nfunc f() { _ = context.Background() }", ""},
		{"web/a.go", `import "time"` + "\nfunc f() { g(time.Now) }", "clock"},
		{"web/a.go", `import "time"` + "\nfunc f() { _ = time.Since(x) }", "clock"},
		{"web/a.go", `import "time"` + "\nfunc f() { _ = time.Local }", "clock"},
		{"web/a.go", "func f(time clock) { _ = time.Now() }", ""},
		{"cmd/almanac/a.go", `import "time"` + "\nfunc f() { _ = time.Now() }", ""},
		{"cmd/almanac/a.go", `import "time"` + "\nfunc f() { _ = time.Date(1, 1, 1, 1, 1, 1, 1, zone) }", "wall clock"},
		{"web/a.go", `import "time"` + "\nfunc f() { _ = time.Date(1, 1, 1, 1, 1, 1, 1, time.UTC) }", ""},
		{"protocols/walltime.go", `import "time"` + "\nfunc f() { _ = time.Date(1, 1, 1, 1, 1, 1, 1, zone) }", ""},
		{"web/a.go", `import "fmt"` + "\nfunc f() { _ = fmt.Errorf(\"x: %v\", err) }", "errors"},
		{"web/a.go", `import "fmt"` + "\nfunc f() { _ = fmt.Errorf(\"x: %w\", err) }", ""},
		{"web/a.go", "// Open opens.\nfunc Open(past bool) {}", "boolean"},
		{"web/a.go", "// Open opens.\nfunc Open(past ...bool) {}", "boolean"},
		{"web/a.go", "type opener interface{ Open(past bool) }", "boolean"},
		{"web/a.go", "// Open opens.\nfunc Open() bool { return open(func(x bool) {}) }", ""},
		{"web/a.go", "func open(past bool) {}", ""},
		{"web/a.go", "var count int", "variable"},
		{"web/a.go", "var count = 3", "variable"},
		{"web/a.go", "var count = compute()", "variable"},
		{"web/a.go", "var table = map[string]int{}", ""},
		{"web/a.go", "var table = [...]string{}", ""},
		{"web/a.go", "var errGone = errors.New(\"gone\")", ""},
		{"web/a.go", "var load = sync.OnceValue(read)", ""},
		{"web/a.go", "var plain = base32.NewEncoding(\"x\").WithPadding(base32.NoPadding)", ""},
		{"web/a.go", "var _ io.Writer = (*writer)(nil)", ""},
		{"web/a.go", "//go:embed pages\nvar pages embed.FS", ""},
		{"cmd/almanac/a.go", "var version = \"dev\"", ""},
	} {
		s, err := parseSource(c.path, []byte("package x\n\n"+c.code+"\n"))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range breaches([]source{s}) {
			got = append(got, f.rule)
		}
		var want []string
		if c.want != "" {
			want = []string{c.want}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s with\n%s\nbreaks %q, want %q", c.path, c.code, got, want)
		}
	}
}

func TestExceptionsHaveReasons(t *testing.T) {
	t.Parallel()
	for _, e := range exceptions {
		if e.reason == "" {
			t.Errorf("the exception of %s from %q has no reason", e.path, e.rule)
		}
		if !slices.ContainsFunc(rules, func(r rule) bool { return r.name == e.rule }) {
			t.Errorf("there is no rule %q", e.rule)
		}
	}
}

func TestPackagesWithoutCommentAreSeen(t *testing.T) {
	t.Parallel()
	plain, err := parseSource("web/a.go", []byte("package web\n"))
	if err != nil {
		t.Fatal(err)
	}
	described, err := parseSource("web/doc.go", []byte("// Package web is the desk's front.\npackage web\n"))
	if err != nil {
		t.Fatal(err)
	}
	if packageComments([]source{plain})["web"] || !packageComments([]source{plain, described})["web"] {
		t.Error("package comments are not seen as they are")
	}
}
