package main

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"
	"testing"
)

// services are what a test may speak to that has a clock of its own. A bubble is not
// one: there time.Now is the clock of testing/synctest.
const services = "browser bubble PostgreSQL process Redis SMTP SQLite"

// realClocks are the functions of tests that read the real clock or sleep, each with
// the service that makes it necessary. Everybody else holds a clock in the hand: a
// test that reads the real one fails on some day or at some hour.
var realClocks = []struct{ path, functions, service, reason string }{
	{"cmd/almanac/browser_admin_test.go", "adminFirstHour", "browser",
		"dates for a process, which reads the real clock"},
	{"cmd/almanac/browser_preview_test.go", "TestBrowserPreview", "browser",
		"the demo before it runs on the real clock"},
	{"cmd/almanac/browser_test.go", "TestBrowserDesk", "browser", "the demo before it runs on the real clock"},
	{"cmd/almanac/chaos_clock_test.go", "fastClock.now stageClock.now stageClock.run", "process",
		"its clock goes many times as fast as the real one"},
	{"cmd/almanac/chaos_load_test.go", "smtpSink smtpSource play.rush", "SMTP",
		"how many messages leave in a second is measured"},
	{"cmd/almanac/chaos_runs_test.go", "migrateTwice", "process", "two processes begin at one moment"},
	{"cmd/almanac/chaos_year_test.go", "TestSimulatedYear", "process", "it tells how long a year took"},
	{"cmd/almanac/liveness_test.go", "TestWorkerHasAHealthAddress", "process",
		"a heartbeat of a running process is waited for"},
	{"cmd/almanac/process_test.go", "shell", "process", "commands beside a process, which reads the real clock"},
	{"cmd/almanac/process_test.go", "serveInside", "PostgreSQL", "its clock goes on as that of the services does"},
	{"cmd/almanac/serve_test.go", "openAhead TestDemo TestServe", "process",
		"dates for a process, which reads the real clock"},
	{"notify/house_test.go", "TestFromTheDeskToTheMail", "SMTP", "how steady a mail server answers is measured"},
	{"notify/limits_test.go", "slowMail.send pipeline.waitForSent", "bubble", "a mail server that takes its time"},
	{"notify/pipeline_test.go", "pipeline.now pipeline.start", "bubble",
		"or Redis and SMTP, whose answers are waited for"},
	{"notify/queue/queue_test.go", "givesUpInTime endsWithContext", "Redis", "they measure how long Pop waits"},
	{"notify/recorder_test.go", "slowRecord.Record", "bubble", "an outbox that takes its time"},
	{"notify/worker_test.go", "TestWorkerAbandonsAfterFreshFor", "SMTP",
		"a message is fresh by the clock of its worker"},
	{"scheduler/agenda/agenda_test.go", "start", "bubble", "the agenda's clock is the bubble's"},
	{"scheduler/store/open_fault_test.go", "TestClockIsTheDatabases", "PostgreSQL",
		"the database's clock is compared with this machine's"},
	{"web/api_race_test.go", "street.enroll", "PostgreSQL", "it tells how long requests took"},
	{"web/page_bench_test.go", "BenchmarkPages", "PostgreSQL", "it tells how long pages took"},
}

// clockReading is one use of the real clock by a test.
type clockReading struct{ path, function, where string }

// clockReadings finds where tests read the real clock or sleep. Inside a function
// that is handed to synctest.Test they do not.
func clockReadings(house []source) []clockReading {
	var found []clockReading
	for _, s := range house {
		if !strings.HasSuffix(s.path, "_test.go") && !s.inTestPackage() {
			continue
		}
		for _, declaration := range s.file.Decls {
			name := "a variable"
			if f, ok := declaration.(*ast.FuncDecl); ok {
				name = nameOf(f)
			}
			ast.Inspect(declaration, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok && uses(s, call.Fun, "testing/synctest", "Test") {
					return false
				}
				e, ok := n.(*ast.SelectorExpr)
				if ok && has("Now Since Until Sleep", e.Sel.Name) && uses(s, e, "time", e.Sel.Name) {
					found = append(found, clockReading{s.path, name, s.set.Position(e.Pos()).String()})
				}
				return true
			})
		}
	}
	return found
}

// nameOf gives a function's name, a method's with its type.
func nameOf(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return f.Name.Name
	}
	receiver := f.Recv.List[0].Type
	if star, ok := receiver.(*ast.StarExpr); ok {
		receiver = star.X
	}
	return dotted(receiver) + "." + f.Name.Name
}

// No test reads the real clock but those of the list, and each of these does.
func TestHouseStyleOfClocks(t *testing.T) {
	t.Parallel()
	allowed := map[string]bool{} // path and function → it was found
	for _, c := range realClocks {
		if !has(services, c.service) || c.reason == "" {
			t.Errorf("%s: %q is none of %s, or there is no reason", c.path, c.service, services)
		}
		for function := range strings.FieldsSeq(c.functions) {
			allowed[c.path+" "+function] = false
		}
	}
	for _, r := range clockReadings(readHouse(t)) {
		key := r.path + " " + r.function
		if _, ok := allowed[key]; !ok {
			t.Errorf("%s: %s reads the real clock or sleeps; hold a clock in the hand, wait for the event, use a "+
				"bubble, "+
				"or say in realClocks which service needs it", r.where, r.function)
			continue
		}
		allowed[key] = true
	}
	for key, found := range allowed {
		if !found {
			t.Errorf("%s does not read the real clock any more; take it off the list", key)
		}
	}
}

// The rule must see every reading and nothing else.
func TestClockReadingsAreSeen(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ path, code, want string }{
		{"web/a_test.go", `import "time"` + "\nfunc f() { _ = time.Now() }", "f"},
		{"web/a_test.go", `import "time"` + "\nfunc (w *world) f() { clock = time.Now }", "world.f"},
		{"web/a_test.go", `import t "time"` + "\nfunc f() { t.Sleep(1) }", "f"},
		{"web/a_test.go", `import "time"` + "\nvar began = time.Since(x)", "a variable"},
		{"web/a.go", `import "time"` + "\nfunc f() { _ = time.Now() }", ""},
		{"notify/notifytest/a.go", `import "time"` + "\nfunc f() { _ = time.Until(x) }", "f"},
		{"web/a_test.go", `import ("time"; "testing/synctest")` +
			"\nfunc f() { synctest.Test(t, func(t *testing.T) { time.Sleep(1) }) }", ""},
		{"web/a_test.go", `import ("time"; "testing/synctest")` + "\nfunc f() { time.Sleep(1); synctest.Wait() }", "f"},
		{"web/a_test.go", `import "time"` + "\nfunc f() { _ = time.After(1) }", ""},
	} {
		s, err := parseSource(c.path, []byte("package x\n\n"+c.code+"\n"))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range clockReadings([]source{s}) {
			got = append(got, r.function)
		}
		if want := strings.Fields(c.want); c.want == "a variable" && len(got) != 1 ||
			c.want != "a variable" && !slices.Equal(got, want) {
			t.Errorf("%s with\n%s\nhas %v, want %s", c.path, c.code, fmt.Sprintf("%q", got), c.want)
		}
	}
}
