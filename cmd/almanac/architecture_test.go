package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "almanac"

// room is one package, what it may import of ours, and what its tests may
// import beside that.
type room struct {
	name    string
	imports string
	tests   string
}

// rooms is the plan of the house: a package or an arrow that is not here does
// not belong. The same table stands in docs/architecture.md, made from this
// one. Every test may import the package that it tests.
var rooms = []room{
	{"protocols/civil", "", ""},
	{"protocols", "protocols/civil", ""},
	{"scheduler/fault", "", ""},
	{"scheduler/agenda", "", ""},
	{"scheduler/backup", "scheduler/fault", ""},
	{"scheduler/seal", "", ""},
	{"scheduler/auditlog", "scheduler/fault scheduler/seal", ""},
	{"scheduler/crashpoint", "", ""},
	{"scheduler/passkey", "scheduler/fault", "scheduler/passkey/passkeytest"},
	{"scheduler/passkey/passkeytest", "", ""},
	{"scheduler/oidc", "scheduler/fault", "scheduler/oidc/oidctest"},
	{"scheduler/oidc/oidctest", "", ""},
	{"scheduler/video", "", "scheduler/video/videotest"},
	{"scheduler/video/videotest", "", ""},
	{"scheduler/access", "scheduler/fault", ""},
	{"scheduler", "protocols protocols/civil scheduler/fault",
		"scheduler/access scheduler/desk scheduler/gate scheduler/reads scheduler/seal scheduler/store"},
	{"scheduler/desk", "protocols protocols/civil scheduler scheduler/access scheduler/fault", ""},
	{"scheduler/gate", "protocols/civil scheduler scheduler/fault", ""},
	{"scheduler/replay", "protocols protocols/civil scheduler scheduler/fault", ""},
	{"scheduler/reads", "protocols protocols/civil scheduler scheduler/gate", ""},
	{"scheduler/calendar", "scheduler scheduler/fault", ""},
	{"scheduler/spreadsheet", "protocols/civil scheduler scheduler/fault", ""},
	{"scheduler/store/sqldb", "scheduler/crashpoint scheduler/fault", ""},
	{"scheduler/store", "protocols protocols/civil scheduler scheduler/desk scheduler/gate scheduler/crashpoint " +
		"scheduler/fault scheduler/access scheduler/reads scheduler/seal scheduler/passkey scheduler/backup " +
		"scheduler/auditlog scheduler/store/sqldb",
		"scheduler/store/storetest"},
	{"scheduler/store/storetest",
		"protocols protocols/civil scheduler scheduler/desk scheduler/fault scheduler/access scheduler/reads " +
			"scheduler/seal scheduler/store", ""},
	{"notify/inbound", "scheduler scheduler/gate scheduler/calendar scheduler/fault", ""},
	{"notify/mailbox", "scheduler scheduler/fault scheduler/reads", ""},
	{"notify/queue", "scheduler scheduler/fault scheduler/reads", "notify/notifytest"},
	{"notify/smtp", "scheduler scheduler/crashpoint scheduler/fault scheduler/reads", "notify/notifytest"},
	{"notify/sms", "scheduler scheduler/fault scheduler/reads", "notify/notifytest"},
	{"notify", "protocols/civil scheduler scheduler/gate scheduler/calendar scheduler/crashpoint scheduler/fault " +
		"scheduler/access scheduler/reads notify/inbound notify/queue notify/sms notify/smtp",
		"scheduler/desk notify/notifytest scheduler/agenda scheduler/seal scheduler/store scheduler/store/storetest"},
	{"notify/notifytest", "scheduler scheduler/access scheduler/reads", ""},
	{"web", "protocols protocols/civil scheduler scheduler/desk scheduler/gate scheduler/calendar scheduler/fault " +
		"scheduler/access scheduler/reads scheduler/spreadsheet scheduler/passkey scheduler/oidc scheduler/video",
		"notify notify/smtp notify/notifytest scheduler/agenda scheduler/seal scheduler/store " +
			"scheduler/store/storetest scheduler/passkey/passkeytest scheduler/oidc/oidctest " +
			"scheduler/video/videotest"},
	{"cmd/almanac", "protocols protocols/civil scheduler scheduler/desk scheduler/gate scheduler/access " +
		"scheduler/agenda scheduler/auditlog scheduler/backup scheduler/calendar scheduler/fault scheduler/oidc " +
		"scheduler/reads scheduler/replay scheduler/seal " +
		"scheduler/spreadsheet scheduler/store scheduler/video notify notify/inbound notify/mailbox " +
		"notify/queue notify/sms notify/smtp web",
		"notify/notifytest scheduler/store/storetest"},
}

// door is a library of others and the packages through which it enters, one but for YAML and
// text. Tests may use it as an oracle when their door says so.
type door struct {
	library string
	room    string // empty: tests only
	tests   string // test packages and rooms whose tests may use it too; "any": every test
}

// doors lists every library: what is not here is not used. When one of them
// ends, one package changes.
var doors = []door{
	{"github.com/labstack/echo/v4", "web", ""},
	{"github.com/danielgtaylor/huma/v2", "web", ""},
	{"golang.org/x/time", "web notify/mailbox", ""},
	{"rsc.io/qr", "web", ""},
	{"golang.org/x/sync", "cmd/almanac", ""},
	{"github.com/spf13", "cmd/almanac", ""},
	{"golang.org/x/net", "scheduler notify/mailbox", "any"},
	{"golang.org/x/text", "scheduler scheduler/spreadsheet", ""},
	{"github.com/emersion/go-ical", "scheduler/calendar", "any"},
	{"github.com/redis/go-redis/v9", "notify/queue", "notify/notifytest cmd/almanac"},
	{"github.com/wneessen/go-mail", "notify/smtp", "notify/notifytest"},
	{"github.com/emersion/go-message", "notify/inbound", "any"},
	{"github.com/emersion/go-smtp", "notify/mailbox", "any"},
	{"github.com/emersion/go-imap/v2", "notify/mailbox", "any"},
	{"github.com/go-webauthn/webauthn", "scheduler/passkey", ""},
	{"filippo.io/age", "scheduler/backup", ""},
	{"golang.org/x/mod", "scheduler/auditlog", ""},
	{"github.com/coreos/go-oidc/v3", "scheduler/oidc", "scheduler/oidc/oidctest"},
	{"github.com/golang-jwt/jwt/v5", "scheduler/video", "web"},
	{"golang.org/x/oauth2", "scheduler/oidc", ""},
	{"modernc.org/sqlite", "scheduler/store/sqldb", "scheduler/store/storetest"},
	{"github.com/jackc/pgx/v5", "scheduler/store/sqldb", "scheduler/store/storetest"},
	{"github.com/robfig/cron/v3", "scheduler/agenda", ""},
	{"github.com/goccy/go-yaml", "protocols notify/sms", "cmd/almanac"},
	{"github.com/rickar/cal/v2", "protocols", ""},
	{"github.com/prometheus/client_golang", "cmd/almanac", ""},
	{"github.com/nyaruka/phonenumbers", "scheduler", ""},
	{"pgregory.net/rapid", "", "any"},
	{"github.com/chromedp", "", "any"},
}

// source is one parsed Go file of the module.
type source struct {
	path  string // from the top of the module
	room  string // its folder
	test  bool   // a test file, or a file of a test package
	lines int
	file  *ast.File
	set   *token.FileSet
}

// inTestPackage tells whether the file belongs to a package that only tests import.
func (s source) inTestPackage() bool { return strings.HasSuffix(s.room, "test") }

// imports gives the paths that the file imports, with their positions.
func (s source) imports() map[string]token.Position {
	found := map[string]token.Position{}
	for _, spec := range s.file.Imports {
		found[strings.Trim(spec.Path.Value, `"`)] = s.set.Position(spec.Pos())
	}
	return found
}

// readHouse parses every Go file below the top of the module. It reads the
// files itself: so the test cache knows what the result depends on, which it
// would not if another program did the reading.
func readHouse(t *testing.T) []source {
	t.Helper()
	house, err := readSources(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	return house
}

func readSources(tree fs.FS) ([]source, error) {
	var house []source
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("walking to %s: %w", name, err)
		}
		if entry.IsDir() {
			if base := path.Base(name); base == "testdata" || name != "." && (base[0] == '.' || base[0] == '_') {
				return fs.SkipDir
			}
			return nil
		}
		if path.Ext(name) != ".go" {
			return nil
		}
		content, err := fs.ReadFile(tree, name)
		if err != nil {
			return fmt.Errorf("reading %s: %w", name, err)
		}
		s, err := parseSource(name, content)
		if err == nil && !neverBuilt(s.file) {
			house = append(house, s)
		}
		return err
	})
	return house, err
}

func parseSource(name string, content []byte) (source, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, content, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return source{}, fmt.Errorf("parsing %s: %w", name, err)
	}
	folder := path.Dir(name)
	test := strings.HasSuffix(name, "_test.go") || strings.HasSuffix(folder, "test")
	return source{name, folder, test, set.File(file.Pos()).LineCount(), file, set}, nil
}

// neverBuilt tells whether a file is a script that go run starts by its name.
func neverBuilt(file *ast.File) bool {
	for _, group := range file.Comments {
		for _, comment := range group.List {
			if group.Pos() < file.Package && comment.Text == "//go:build ignore" {
				return true
			}
		}
	}
	return false
}

func TestEveryArrowIsInThePlan(t *testing.T) {
	t.Parallel()
	house := readHouse(t)
	if len(house) < 5 {
		t.Fatalf("only %d files found; is the top of the module elsewhere?", len(house))
	}
	for _, problem := range wrongArrows(house) {
		t.Error(problem)
	}
}

// wrongArrows names every import that the tables above do not allow.
func wrongArrows(house []source) []string {
	var problems []string
	for _, s := range house {
		at := slices.IndexFunc(rooms, func(r room) bool { return r.name == s.room })
		if at < 0 {
			problems = append(problems,
				fmt.Sprintf("%s: package %s is not in the plan; change rooms and docs/architecture.md together if "+
					"it is truly needed", s.path, s.room))
			continue
		}
		imports := s.imports()
		for _, imported := range slices.Sorted(maps.Keys(imports)) {
			if !s.mayImport(rooms[at], imported) {
				problems = append(problems,
					fmt.Sprintf("%v: %s must not import %s", imports[imported], s.room, imported))
			}
		}
	}
	return problems
}

func (s source) mayImport(r room, imported string) bool {
	if name, ours := strings.CutPrefix(imported, module+"/"); ours {
		return has(r.imports, name) || s.test && (name == s.room || has(r.tests, name))
	}
	if first, _, _ := strings.Cut(imported, "/"); !strings.Contains(first, ".") {
		return imported != "C"
	}
	for _, d := range doors {
		if imported == d.library || strings.HasPrefix(imported, d.library+"/") {
			return has(d.room, s.room) || s.test && (d.tests == "any" || has(d.tests, s.room))
		}
	}
	return false
}

// has tells whether a word stands in a list with blanks.
func has(list, word string) bool { return slices.Contains(strings.Fields(list), word) }

// Arrows must point down: a package may import only what stands above it in
// the table, so the table itself can hold no circle.
func TestThePlanHasNoCircle(t *testing.T) {
	t.Parallel()
	var known []string
	for _, r := range rooms {
		if slices.Contains(known, r.name) {
			t.Errorf("%s stands twice", r.name)
		}
		for name := range strings.FieldsSeq(r.imports) {
			if !slices.Contains(known, name) {
				t.Errorf("%s imports %s, which stands below it", r.name, name)
			}
		}
		known = append(known, r.name)
	}
	for _, d := range doors {
		for _, room := range strings.Fields(d.room) {
			if !slices.Contains(known, room) {
				t.Errorf("the door of %s is %s, which is no package of ours", d.library, room)
			}
		}
	}
}

func TestWrongArrowsAreSeen(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		path, imports string
		wrong         bool
	}{
		{"protocols/plan.go", "time", false},
		{"protocols/plan.go", "almanac/scheduler", true},
		{"protocols/plan_test.go", "almanac/protocols", false},
		{"protocols/plan_test.go", "pgregory.net/rapid", false},
		{"protocols/plan.go", "pgregory.net/rapid", true},
		{"scheduler/desk/desk.go", "almanac/scheduler/store", true},
		{"scheduler/undo_test.go", "almanac/scheduler/store", false},
		{"web/server.go", "github.com/labstack/echo/v4/middleware", false},
		{"web/server.go", "almanac/notify", true},
		{"notify/worker.go", "github.com/labstack/echo/v4", true},
		{"scheduler/calendar/reader.go", "github.com/emersion/go-ical", false},
		{"web/feed.go", "github.com/emersion/go-ical", true},
		{"web/feed_test.go", "github.com/emersion/go-ical", false},
		{"scheduler/store/storetest/postgres.go", "github.com/jackc/pgx/v5/stdlib", false},
		{"cmd/almanac/serve.go", "almanac/scheduler/store/storetest", true},
		{"web/page.go", "github.com/gorilla/csrf", true},
		{"web/page_test.go", "github.com/stretchr/testify", true},
		{"scheduler/util/x.go", "time", true},
		{"scheduler/store/c.go", "C", true},
	} {
		s, err := parseSource(c.path, []byte("package x\n\nimport _ \""+c.imports+"\"\n"))
		if err != nil {
			t.Fatal(err)
		}
		if got := wrongArrows([]source{s}); (len(got) == 1) != c.wrong {
			t.Errorf("%s importing %s: %q", c.path, c.imports, got)
		}
	}
}

func TestTheDocumentShowsThePlan(t *testing.T) {
	t.Parallel()
	var plan, libraries strings.Builder
	plan.WriteString("| package | may import of ours | its tests also |\n|---|---|---|\n")
	for _, r := range rooms {
		fmt.Fprintf(&plan, "| `%s` | %s | %s |\n", r.name, listed(r.imports), listed(r.tests))
	}
	libraries.WriteString("| library | enters through | tests |\n|---|---|---|\n")
	for _, d := range doors {
		fmt.Fprintf(&libraries, "| `%s` | %s | %s |\n", d.library, listed(d.room), listed(d.tests))
	}
	compareSection(t, "../../docs/architecture.md", "rooms", plan.String())
	compareSection(t, "../../docs/architecture.md", "doors", libraries.String())
}

func listed(words string) string {
	switch words {
	case "":
		return "–"
	case "any":
		return "any"
	}
	return "`" + strings.Join(strings.Fields(words), "`, `") + "`"
}
