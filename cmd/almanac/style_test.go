package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"slices"
	"strings"
	"testing"
)

// The bounds at which the test fails. Aim lower: 400 lines, 60 lines.
const (
	longestFile       = 450
	longestFunction   = 70
	mostMethods       = 6
	forbiddenPackages = "util utils common helper helpers model models misc base"
)

// exceptions are places where a rule of style does not hold, each with its
// reason. A path names a file or, with a slash at its end, a folder.
var exceptions = []struct{ rule, path, reason string }{
	{"wall clock", "protocols/walltime.go", "it is the resolver that everybody else uses instead of time.Date"},
	{"clock", "cmd/almanac/", "the clock is read here and handed in everywhere else"},
	{"variable", "protocols/language.go",
		"a table of the definition language, written as calls so that each row has its type"},
	{"variable", "protocols/beside_language.go", "the part of that table for what happens outside the main series"},
	{"variable", "protocols/policies_language.go", "the part of that table for policies"},
	{"variable", "protocols/programme_language.go", "the part of that table for content and sessions"},
	{"variable", "protocols/values.go", "the kinds of scalars in that table"},
	{"variable", "protocols/margins.go", "kinds of values in that table"},
	{"context", "cmd/almanac/", "the first context of the process begins here"},
}

// finding is one breach of a rule.
type finding struct {
	rule string
	pos  token.Position
	text string
}

// rule looks at one file; report takes a node and a sentence.
type rule struct {
	name  string
	tests bool // also holds in test packages
	check func(s source, report func(ast.Node, string, ...any))
}

var rules = []rule{
	{"length", true, checkLength},
	{"documentation", true, checkDocumentation},
	{"interface", true, checkInterfaces},
	{"init", true, checkInit},
	{"package name", true, checkPackageName},
	{"context", false, checkContext},
	{"clock", false, checkClock},
	{"wall clock", false, checkWallClock},
	{"errors", true, checkErrors},
	{"boolean", true, checkBooleans},
	{"variable", false, checkVariables},
}

func TestHouseStyle(t *testing.T) {
	t.Parallel()
	house := readHouse(t)
	for _, f := range breaches(house) {
		t.Errorf("%v: %s: %s", f.pos, f.rule, f.text)
	}
	for name, described := range packageComments(house) {
		if !described {
			t.Errorf("%s: documentation: the package has no comment", name)
		}
	}
}

// breaches applies every rule to every file that is not a test.
func breaches(house []source) []finding {
	var found []finding
	for _, s := range house {
		if strings.HasSuffix(s.path, "_test.go") {
			continue
		}
		for _, r := range rules {
			if s.inTestPackage() && !r.tests || excepted(r.name, s.path) {
				continue
			}
			r.check(s, func(n ast.Node, text string, args ...any) {
				found = append(found, finding{r.name, s.set.Position(n.Pos()), fmt.Sprintf(text, args...)})
			})
		}
	}
	return found
}

func excepted(rule, file string) bool {
	for _, e := range exceptions {
		if e.rule == rule && (e.path == file || strings.HasSuffix(e.path, "/") && strings.HasPrefix(file, e.path)) {
			return true
		}
	}
	return false
}

func packageComments(house []source) map[string]bool {
	described := map[string]bool{}
	for _, s := range house {
		if !strings.HasSuffix(s.path, "_test.go") {
			described[s.room] = described[s.room] || s.file.Doc != nil
		}
	}
	return described
}

func checkLength(s source, report func(ast.Node, string, ...any)) {
	if s.lines > longestFile {
		report(s.file, "%d lines; is it two nouns?", s.lines)
	}
	for _, function := range functions(s) {
		if n := s.set.Position(function.End()).Line - s.set.Position(function.Pos()).Line + 1; n > longestFunction {
			report(function, "%s has %d lines", function.Name.Name, n)
		}
	}
}

func checkDocumentation(s source, report func(ast.Node, string, ...any)) {
	for _, declaration := range s.file.Decls {
		switch d := declaration.(type) {
		case *ast.FuncDecl:
			if exported(d) && d.Doc == nil {
				report(d, "exported %s has no comment", d.Name.Name)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				if name := undocumented(spec); name != "" &&
					(d.Doc == nil || d.Tok == token.TYPE && d.Lparen.IsValid()) {
					report(spec, "exported %s has no comment", name)
				}
			}
		}
	}
}

// undocumented gives the exported name of a specification without a comment of its own.
func undocumented(spec ast.Spec) string {
	switch s := spec.(type) {
	case *ast.TypeSpec:
		if s.Name.IsExported() && s.Doc == nil && s.Comment == nil {
			return s.Name.Name
		}
	case *ast.ValueSpec:
		for _, name := range s.Names {
			if name.IsExported() && s.Doc == nil && s.Comment == nil {
				return name.Name
			}
		}
	}
	return ""
}

func checkInterfaces(s source, report func(ast.Node, string, ...any)) {
	ast.Inspect(s.file, func(n ast.Node) bool {
		if i, ok := n.(*ast.InterfaceType); ok && i.Methods.NumFields() > mostMethods {
			report(i, "an interface of %d methods; who needs them all?", i.Methods.NumFields())
		}
		return true
	})
}

func checkInit(s source, report func(ast.Node, string, ...any)) {
	for _, f := range functions(s) {
		if f.Recv == nil && f.Name.Name == "init" {
			report(f, "no init; build it where it is used")
		}
	}
}

func checkPackageName(s source, report func(ast.Node, string, ...any)) {
	if has(forbiddenPackages, s.file.Name.Name) || has(forbiddenPackages, path.Base(s.room)) {
		report(s.file, "the name %s says nothing about what is inside", s.file.Name.Name)
	}
}

func checkContext(s source, report func(ast.Node, string, ...any)) {
	reportUses(s, report, "context", "Background TODO", "take the context as an argument")
}

// checkClock forbids what reads the machine's clock or its zone.
func checkClock(s source, report func(ast.Node, string, ...any)) {
	reportUses(s, report, "time", "Now Since Until Local LoadLocation", "take the moment or the zone as an argument")
}

// checkWallClock forbids time.Date except in UTC, where no wall clock jumps.
func checkWallClock(s source, report func(ast.Node, string, ...any)) {
	ast.Inspect(s.file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || !uses(s, call.Fun, "time", "Date") || len(call.Args) == 0 {
			return true
		}
		if !uses(s, call.Args[len(call.Args)-1], "time", "UTC") {
			report(call, "time.Date is wrong in gaps and overlaps; use civil.Resolve")
		}
		return true
	})
}

func checkErrors(s source, report func(ast.Node, string, ...any)) {
	ast.Inspect(s.file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || !uses(s, call.Fun, "fmt", "Errorf") || len(call.Args) == 0 {
			return true
		}
		if format, ok := call.Args[0].(*ast.BasicLit); ok &&
			(strings.Contains(format.Value, "%v") || strings.Contains(format.Value, "%+v")) {
			report(call, "%%v cuts the chain of an error; use %%w, or a verb that says what the value is")
		}
		return true
	})
}

func checkBooleans(s source, report func(ast.Node, string, ...any)) {
	ast.Inspect(s.file, func(n ast.Node) bool {
		switch d := n.(type) {
		case *ast.FuncDecl:
			if exported(d) && takesBoolean(d.Type) {
				report(d, "%s takes a bare boolean; name the choice with a type or a second function", d.Name.Name)
			}
			return false
		case *ast.InterfaceType:
			for _, method := range d.Methods.List {
				if signature, ok := method.Type.(*ast.FuncType); ok && len(method.Names) > 0 &&
					method.Names[0].IsExported() && takesBoolean(signature) {
					report(method, "%s takes a bare boolean", method.Names[0].Name)
				}
			}
		}
		return true
	})
}

func takesBoolean(signature *ast.FuncType) bool {
	return slices.ContainsFunc(signature.Params.List, func(field *ast.Field) bool {
		kind := field.Type
		if many, ok := kind.(*ast.Ellipsis); ok {
			kind = many.Elt
		}
		name, ok := kind.(*ast.Ident)
		return ok && name.Name == "bool"
	})
}

// calledOnce are calls whose result does not change after the program began.
const calledOnce = "errors.New fault.New fault.In fault.Wrap fmt.Errorf regexp.MustCompile sync.OnceValue " +
	"sync.OnceValues sync.OnceFunc " +
	"strings.NewReplacer template.Must netip.MustParsePrefix base32.NewEncoding base32.StdEncoding.WithPadding " +
	"base32.HexEncoding.WithPadding"

// checkVariables allows as variables of a package: errors, embedded files,
// tables, and what is made once and never changes.
func checkVariables(s source, report func(ast.Node, string, ...any)) {
	for _, declaration := range s.file.Decls {
		d, ok := declaration.(*ast.GenDecl)
		if !ok || d.Tok != token.VAR || embedded(d.Doc) {
			continue
		}
		for _, spec := range d.Specs {
			v := spec.(*ast.ValueSpec)
			if v.Names[0].Name == "_" || embedded(v.Doc) || s.room == "cmd/almanac" && v.Names[0].Name == "version" {
				continue
			}
			if len(v.Values) == 0 || slices.ContainsFunc(v.Values, func(e ast.Expr) bool { return !fixed(e) }) {
				report(v, "%s is state of a package; keep it in a value that is passed on", v.Names[0].Name)
			}
		}
	}
}

func embedded(doc *ast.CommentGroup) bool {
	return doc != nil &&
		slices.ContainsFunc(doc.List, func(c *ast.Comment) bool { return strings.HasPrefix(c.Text, "//go:embed ") })
}

func fixed(e ast.Expr) bool {
	switch value := e.(type) {
	case *ast.CompositeLit:
		return true
	case *ast.UnaryExpr:
		return value.Op == token.AND && fixed(value.X)
	case *ast.CallExpr:
		if _, table := value.Fun.(*ast.FuncLit); table {
			return true
		}
		return has(calledOnce, dotted(value.Fun)) || chained(value)
	default:
		return false
	}
}

// chained tells whether a call is a method on something fixed.
func chained(call *ast.CallExpr) bool {
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	inner, ok := method.X.(*ast.CallExpr)
	return ok && fixed(inner)
}

func dotted(e ast.Expr) string {
	switch part := e.(type) {
	case *ast.Ident:
		return part.Name
	case *ast.SelectorExpr:
		return dotted(part.X) + "." + part.Sel.Name
	default:
		return ""
	}
}

func functions(s source) []*ast.FuncDecl {
	var all []*ast.FuncDecl
	for _, declaration := range s.file.Decls {
		if f, ok := declaration.(*ast.FuncDecl); ok {
			all = append(all, f)
		}
	}
	return all
}

// exported tells whether others can call the function: its name and, for a
// method, the name of its type begin with a capital.
func exported(f *ast.FuncDecl) bool {
	if !f.Name.IsExported() || f.Recv == nil {
		return f.Name.IsExported()
	}
	receiver := f.Recv.List[0].Type
	for {
		switch r := receiver.(type) {
		case *ast.StarExpr:
			receiver = r.X
		case *ast.IndexExpr:
			receiver = r.X
		case *ast.IndexListExpr:
			receiver = r.X
		case *ast.Ident:
			return r.IsExported()
		default:
			return false
		}
	}
}

// reportUses reports every use of the names of a standard package, called or not.
func reportUses(s source, report func(ast.Node, string, ...any), pkg, names, advice string) {
	ast.Inspect(s.file, func(n ast.Node) bool {
		e, ok := n.(*ast.SelectorExpr)
		if ok && has(names, e.Sel.Name) && uses(s, e, pkg, e.Sel.Name) {
			report(e, "%s.%s: %s", pkg, e.Sel.Name, advice)
		}
		return true
	})
}

// uses tells whether an expression is a name of a package that the file imports.
func uses(s source, e ast.Expr, pkg, name string) bool {
	selector, ok := e.(*ast.SelectorExpr)
	if !ok || selector.Sel.Name != name {
		return false
	}
	left, ok := selector.X.(*ast.Ident)
	if !ok {
		return false
	}
	for _, spec := range s.file.Imports {
		if strings.Trim(spec.Path.Value, `"`) == pkg {
			return left.Name == path.Base(pkg) && spec.Name == nil || spec.Name != nil && left.Name == spec.Name.Name
		}
	}
	return false
}
