package store_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// unscoped are the queries that no clinic limits, by where they stand in
// system.go and its siblings. A new one needs a reason there and a line here.
var unscoped = []string{
	"allSettings", "assignmentOfUID", "backlog", "claimable", "clinicOfSeat", "dueNotices", "erasures",
	"fates",
	"foreseenAssignments", "foresightSeats", "forgetAddresses", "forgetJoins", "forgetKeys", "forgetMails",
	"holder", "holderQuery",
	"markQueued", "meetingSessions", "nextDue", "noticeSentBack",
	"openCohorts", "openDefinitions", "overdue",
	"restedCohorts", "restlessCohorts", "rollingCohorts", "seatOfUID", "seatOwner", "signInQuery", "spendSignIn",
	"staffFeedQuery", "strays",
	"tokenOf", "tokenQuery", "touchSignIn", "unusedClinic", "welcomeSentBack",
}

// statement finds texts that are SQL of their own.
var statement = regexp.MustCompile(`(?i)^\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM)\s`)

// TestEveryQueryNamesItsClinic reads the package's own source: a query about a
// table with a clinic must name the clinic, unless it stands in system.go or a sibling.
func TestEveryQueryNamesItsClinic(t *testing.T) {
	t.Parallel()
	tables := clinicTables(t)
	if len(tables) < 10 {
		t.Fatalf("only %d tables with a clinic were found: %v", len(tables), tables)
	}
	total := 0
	var found []string
	for where, queries := range packageQueries(t) {
		for _, query := range queries {
			total++
			if scoped(query, tables) {
				continue
			}
			if file, name, _ := strings.Cut(where, " "); strings.HasPrefix(file, "system") {
				found = append(found, name)
			} else {
				t.Errorf("%s asks about a clinic's rows and names no clinic:\n%s", where, query)
			}
		}
	}
	if total < 60 {
		t.Errorf("only %d queries were found; the test has lost its eyes", total)
	}
	slices.Sort(found)
	if found = slices.Compact(found); !slices.Equal(found, unscoped) {
		t.Errorf("system.go has the unscoped queries\n%q, listed are\n%q", found, unscoped)
	}
}

func TestScopeIsSeen(t *testing.T) {
	t.Parallel()
	tables := clinicTables(t)
	for query, want := range map[string]bool{
		"SELECT id FROM people WHERE clinic = ? AND id = ?":                              true,
		"SELECT id FROM people WHERE id = ?":                                             false,
		"SELECT clinic FROM people WHERE id = ?":                                         false,
		"UPDATE seats SET state = ? WHERE id = ?":                                        false,
		"INSERT INTO tasks (id, clinic, key) VALUES (?, ?, ?)":                           true,
		"SELECT zone FROM clinics WHERE id = ?":                                          true,
		"SELECT count(*) FROM attempts WHERE notice = ?":                                 true,
		"SELECT e.id FROM enrollments e WHERE e.clinic = ? AND e.id IN (?)":              true,
		"SELECT c.channel FROM consents c JOIN people p ON p.id = c.person WHERE p.id=?": false,
	} {
		if scoped(query, tables) != want {
			t.Errorf("scoped is %t for %s", !want, query)
		}
	}
}

// scoped tells whether a query is limited to a clinic, or needs no limit.
func scoped(query string, tables []string) bool {
	about := slices.ContainsFunc(tables, func(table string) bool {
		return regexp.MustCompile(`(?i)\b(from|join|into|update)\s+` + table + `\b`).MatchString(query)
	})
	// or any
	narrowed := (strings.Contains(query, "clinic = ?") || strings.Contains(query, "clinic || '' = ?")) &&
		!strings.Contains(query, "? = '' OR")
	return !about || narrowed || regexp.MustCompile(`(?i)^\s*INSERT INTO \w+ \([^)]*\bclinic\b`).MatchString(query)
}

// clinicTables gives the tables of the schema that have a column clinic.
func clinicTables(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("migrations/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	var tables []string
	for _, file := range files {
		schema, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?s)CREATE TABLE (\w+) \((.*?)\n\)`).FindAllStringSubmatch(string(schema),
			-1) {
			if regexp.MustCompile(`(?m)^\s*clinic\s`).MatchString(m[2]) {
				tables = append(tables, m[1])
			}
		}
	}
	return tables
}

// packageQueries gives every SQL text of the package by file and declaration.
// What a text is joined with stands in it as {}, a constant as itself.
func packageQueries(t *testing.T) map[string][]string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	consts := map[string]ast.Expr{}
	parsed := map[string]*ast.File{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		if parsed[file], err = parser.ParseFile(token.NewFileSet(), file, nil, 0); err != nil {
			t.Fatal(err)
		}
		maps.Copy(consts, constants(parsed[file]))
	}
	queries := map[string][]string{}
	parts := joined(parsed)
	for file, tree := range parsed {
		for _, declared := range tree.Decls {
			grown := additions(declared, consts)
			ast.Inspect(declared, func(n ast.Node) bool {
				if a, ok := n.(*ast.AssignStmt); ok && a.Tok == token.ADD_ASSIGN {
					return false // looked at with what it is added to
				}
				expression, ok := n.(ast.Expr)
				if !ok {
					return true
				}
				query, ok := flatten(expression, consts)
				if !ok {
					return true
				}
				name := declaredName(declared, expression)
				query += grown[expression]
				if !parts[name] && statement.MatchString(query) {
					queries[file+" "+name] = append(queries[file+" "+name], query)
				}
				return false
			})
		}
	}
	return queries
}

// additions gives, for each text that a variable begins with, what the same
// declaration adds to that variable with +=.
func additions(declared ast.Decl, consts map[string]ast.Expr) map[ast.Expr]string {
	begins, added := map[string]ast.Expr{}, map[ast.Expr]string{}
	ast.Inspect(declared, func(n ast.Node) bool {
		a, ok := n.(*ast.AssignStmt)
		if !ok || len(a.Rhs) != 1 {
			return true
		}
		name, ok := a.Lhs[0].(*ast.Ident)
		if !ok {
			return true
		}
		if a.Tok != token.ADD_ASSIGN {
			begins[name.Name] = a.Rhs[0]
		} else if text, ok := flatten(a.Rhs[0], consts); ok && begins[name.Name] != nil {
			added[begins[name.Name]] += text
		}
		return true
	})
	return added
}

// joined gives the names that stand in a +: their texts are looked at there.
func joined(files map[string]*ast.File) map[string]bool {
	names := map[string]bool{}
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			if sum, ok := n.(*ast.BinaryExpr); ok && sum.Op == token.ADD {
				for _, side := range []ast.Expr{sum.X, sum.Y} {
					if name, ok := side.(*ast.Ident); ok {
						names[name.Name] = true
					}
				}
			}
			return true
		})
	}
	return names
}

func constants(file *ast.File) map[string]ast.Expr {
	found := map[string]ast.Expr{}
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			for i, name := range spec.Names {
				if i < len(spec.Values) {
					found[name.Name] = spec.Values[i]
				}
			}
		}
		return true
	})
	return found
}

func declaredName(declared ast.Decl, at ast.Expr) string {
	switch d := declared.(type) {
	case *ast.FuncDecl:
		return d.Name.Name
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			if v, ok := spec.(*ast.ValueSpec); ok && spec.Pos() <= at.Pos() && at.End() <= spec.End() {
				return v.Names[0].Name
			}
		}
	}
	return ""
}

// flatten joins a text that is put together with +; false for what is no text.
func flatten(e ast.Expr, consts map[string]ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, e.Kind == token.STRING && err == nil
	case *ast.BinaryExpr:
		left, isText := flatten(e.X, consts)
		right, alsoText := flatten(e.Y, consts)
		if e.Op != token.ADD || !isText && !alsoText {
			return "", false
		}
		return part(left, isText, e.X, consts) + part(right, alsoText, e.Y, consts), true
	}
	return "", false
}

func part(text string, isText bool, e ast.Expr, consts map[string]ast.Expr) string {
	if isText {
		return text
	}
	if name, ok := e.(*ast.Ident); ok && consts[name.Name] != nil {
		if text, ok := flatten(consts[name.Name], nil); ok {
			return text
		}
	}
	return "{}"
}
