package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// builds is where the program lies that these tests build and run.
var builds struct {
	once   sync.Once
	folder string
	err    error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if builds.folder != "" {
		if err := os.RemoveAll(builds.folder); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// built gives the path of the program, built at the first call.
func built(t *testing.T) string {
	t.Helper()
	builds.once.Do(func() {
		if builds.folder, builds.err = os.MkdirTemp("", "almanac-built-"); builds.err != nil {
			return
		}
		build := exec.Command("go", "build", "-o", filepath.Join(builds.folder, "almanac"), ".")
		build.Env = append(os.Environ(), "CGO_ENABLED=0") // as "make build" makes it, also under the race detector
		if said, err := build.CombinedOutput(); err != nil {
			builds.err = fmt.Errorf("building the program: %w\n%s", err, said)
		}
	})
	if builds.err != nil {
		t.Fatal(builds.err)
	}
	return filepath.Join(builds.folder, "almanac")
}

// process is the program as its own process.
type process struct {
	t            *testing.T
	cmd          *exec.Cmd
	out, trouble *notes
	ended        chan struct{}
}

// startProcess starts the program with arguments; temporary is its folder for
// temporary files. It is killed at the end of the test if it still runs.
func startProcess(t *testing.T, temporary string, args ...string) *process {
	t.Helper()
	return startProcessIn(t, temporary, nil, args...)
}

// startProcessIn is startProcess with variables of the environment, as NAME=VALUE.
func startProcessIn(t *testing.T, temporary string, env []string, args ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command(built(t), args...), out: &notes{}, trouble: &notes{},
		ended: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr, p.cmd.Dir = p.out, p.trouble, temporary
	p.cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "ALMANAC_") || strings.HasPrefix(v, "TMPDIR=")
	}), append(env, "TMPDIR="+temporary)...)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		_ = p.cmd.Wait() // the exit code says it
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill() // fails when it has ended
		<-p.ended
	})
	return p
}

// tells waits for a line on standard output and gives what follows its name.
func (p *process) tells(name string) string {
	p.t.Helper()
	value := ""
	await(time.Minute, func() bool {
		value = lineOf(p.out.String(), name)
		return value != "" || p.over()
	})
	if value == "" {
		p.t.Fatalf("there is no line %q; it printed %q and said %q", name, p.out, p.trouble)
	}
	return value
}

// lineOf gives the rest of the complete line that begins with name and a colon.
func lineOf(text, name string) string {
	for line := range strings.Lines(text) {
		if value, found := strings.CutPrefix(line, name+": "); found && strings.HasSuffix(line, "\n") {
			return strings.TrimSuffix(value, "\n")
		}
	}
	return ""
}

func (p *process) over() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// exits waits for the end and gives the exit code.
func (p *process) exits() int {
	p.t.Helper()
	if !await(time.Minute, p.over) {
		p.t.Fatalf("it does not end; it said %q", p.trouble)
	}
	return p.cmd.ProcessState.ExitCode()
}

// signal sends a signal and gives the exit code that follows.
func (p *process) signal(s syscall.Signal) int {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
	return p.exits()
}

// page is an answer, read to its end.
type page struct {
	status int
	header http.Header
	body   string
}

// saysSoon waits until a log says something: a state shows a moment before it is logged.
func saysSoon(t *testing.T, log *notes, words string) {
	t.Helper()
	if !await(time.Minute, func() bool { return strings.Contains(log.String(), words) }) {
		t.Errorf("the log does not say %s:\n%s", words, log)
	}
}

// get asks for an address, with headers as name, value, name, value; status 0
// when nobody answers.
func get(t *testing.T, address string, headers ...string) page {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	for pair := range slices.Chunk(headers, 2) {
		request.Header.Set(pair[0], pair[1])
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return page{}
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return page{answer.StatusCode, answer.Header, string(body)}
}

// shell runs a command inside the test, on the real clock.
func shell(t *testing.T, in string, args ...string) (code int, out, trouble string) {
	t.Helper()
	printed, said := &notes{}, &notes{}
	code = run(t.Context(), terminal{
		in: strings.NewReader(in), out: printed, trouble: said, lookupEnv: noEnvironment,
		readFile: os.ReadFile, now: time.Now,
	}, args)
	return code, printed.String(), said.String()
}

// must runs a command that has to succeed and gives what it printed.
func must(t *testing.T, in string, args ...string) string {
	t.Helper()
	code, out, trouble := shell(t, in, args...)
	if code != exitDone || trouble != "" {
		t.Fatalf("almanac %s ended with %d and said %q", strings.Join(args, " "), code, trouble)
	}
	return out
}

// served is the whole program running inside the test, on a clock that goes on
// like the real one and can be put forward.
type served struct {
	base    string
	options []string
	clock   *movingClock
	log     *notes
	stop    func() int
}

// serveInside runs "almanac serve" with options until the test ends.
func serveInside(t *testing.T, options ...string) *served {
	t.Helper()
	s := &served{options: append(options, "--listen", "127.0.0.1:0"),
		clock: &movingClock{real: time.Now}, log: &notes{}}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	out, code := &notes{}, make(chan int, 1)
	go func() {
		code <- run(ctx, terminal{
			in: strings.NewReader(""), out: out, trouble: s.log, lookupEnv: noEnvironment, readFile: os.ReadFile,
			now: s.clock.now,
		}, append([]string{"serve"}, s.options...))
	}()
	s.stop = sync.OnceValue(func() int { cancel(); return <-code })
	t.Cleanup(func() { s.stop() })
	if !await(time.Minute,
		func() bool { s.base = lineOf(out.String(), "web"); return s.base != "" || len(code) > 0 }) || s.base == "" {
		t.Fatalf("serve does not start: %s", s.log)
	}
	return s
}

// rest lets the changes so far rest, so that their messages are due.
func (s *served) rest() { s.clock.set(s.clock.now().Add(changeRests)) }

// shell runs a command beside the running program, on its clock.
func (s *served) shell(t *testing.T, in string, args ...string) (code int, out, trouble string) {
	t.Helper()
	printed, said := &notes{}, &notes{}
	code = run(t.Context(), terminal{
		in: strings.NewReader(in), out: printed, trouble: said, lookupEnv: noEnvironment, readFile: os.ReadFile,
		now: s.clock.now,
	}, slices.Concat(args, s.options))
	return code, printed.String(), said.String()
}

func (s *served) must(t *testing.T, in string, args ...string) string {
	t.Helper()
	code, out, trouble := s.shell(t, in, args...)
	if code != exitDone || trouble != "" {
		t.Fatalf("almanac %s ended with %d and said %q", strings.Join(args, " "), code, trouble)
	}
	return out
}

// house opens the same data beside the running program, on its clock.
func (s *served) house(t *testing.T) *house {
	t.Helper()
	config, _, err := parseConfig(s.options, noEnvironment, os.ReadFile)
	if err != nil {
		t.Fatal(err)
	}
	h, err := openHouse(t.Context(), config, newLogger(s.log, config.LogLevel, config.LogFormat), s.clock.now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(h.close()); err != nil {
			t.Error(err)
		}
	})
	return h
}
