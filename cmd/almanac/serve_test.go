package main

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// openAhead opens a cohort that begins in a week of the real clock.
func openAhead(t *testing.T, run func(t *testing.T, in string, args ...string) string, options ...string) string {
	t.Helper()
	return openFrom(t, time.Now(), 7, run, options...)
}

// openFrom opens a cohort of four sessions so many days from now.
func openFrom(t *testing.T, now time.Time, days int, run func(t *testing.T, in string, args ...string) string,
	options ...string) string {
	t.Helper()
	start := now.UTC().AddDate(0, 0, days).Format(time.DateOnly)
	out := run(t, "", append([]string{
		"cohort", "open", "--protocol", "mbsr-4w", "--start", start, "--time", "12:00", "--zone", "Etc/UTC",
	}, options...)...)
	id, _, _ := strings.Cut(out, "\n")
	return id
}

// pathOf gives the path of an address, so that it can be asked for elsewhere.
func pathOf(t *testing.T, address string) string {
	t.Helper()
	parsed, err := url.Parse(address)
	if err != nil || parsed.Path == "" {
		t.Fatalf("%q is no address (%v)", address, err)
	}
	return parsed.Path
}

// readiness reads /readyz: the status code, the word, and the state of each part.
func readiness(t *testing.T, base string) (status int, word string, parts map[string]string) {
	t.Helper()
	answer := get(t, base+"/readyz")
	var body struct {
		Status string `json:"status"`
		Parts  []struct{ Name, State, Message string }
	}
	if err := json.Unmarshal([]byte(answer.body), &body); err != nil {
		t.Fatalf("/readyz answers %d %q: %s", answer.status, answer.body, err)
	}
	parts = map[string]string{}
	for _, p := range body.Parts {
		parts[p.Name] = p.State
		if p.State != "ok" && !strings.HasSuffix(p.Message, ".") {
			t.Errorf("%s is %s without a sentence: %q", p.Name, p.State, p.Message)
		}
	}
	return answer.status, body.Status, parts
}

// becomes waits until /readyz shows a part in a state, and gives its status code.
func becomes(t *testing.T, base, part, state string) int {
	t.Helper()
	status := 0
	var parts map[string]string
	if !await(time.Minute, func() bool { status, _, parts = readiness(t, base); return parts[part] == state }) {
		t.Fatalf("%s does not become %s; all: %v", part, state, parts)
	}
	return status
}

func TestServe(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	data := []string{"--data-dir", filepath.Join(folder, "data"), "--log-level", "debug"}
	p := startProcess(t, folder, append([]string{"serve", "--listen", "127.0.0.1:0"}, data...)...)
	base := p.tells("web")
	said, hint, _ := strings.Cut(strings.TrimSpace(p.out.String()), "\n") // the hint may be printed by now, or not yet
	if said != "web: "+base || hint != "" && !strings.HasPrefix(hint, "Nobody can sign in yet.") {
		t.Errorf("it printed more than its address: %q", p.out)
	}
	if alive := get(t, base+"/healthz"); alive.status != 200 {
		t.Errorf("/healthz answers %d", alive.status)
	}
	if status, word, parts := readiness(t, base); status != 200 || word != "ok" || parts["database"] != "ok" ||
		len(parts) < 5 {
		t.Errorf("/readyz answers %d %s %v", status, word, parts)
	}

	someone := newStory().guests[0]
	soon := time.Now().UTC().Add(25 * time.Minute) // so soon that the welcome does not rest
	opened := must(t, "", append([]string{
		"cohort", "open", "--protocol", "mbsr-4w", "--start", soon.Format(time.DateOnly), "--time",
		soon.Format("15:04"), "--zone", "Etc/UTC",
	}, data...)...)
	cohort, _, _ := strings.Cut(opened, "\n")
	enrolled := must(t, requestFor(cohort, someone), append([]string{"enroll", "-"}, data...)...)
	link := must(t, "", append([]string{"staff", "add", "--email", "robin@example.org", "--role", "admin"}, data...)...)
	feed := base + pathOf(t, lineOf(enrolled, "feed"))
	etag := fetchFeed(t, feed, 4)
	if again := get(t, feed, "If-None-Match", etag); again.status != 304 || again.body != "" {
		t.Errorf("the same calendar again answers %d with %d octets", again.status, len(again.body))
	}
	if own := get(t, base+pathOf(t, lineOf(enrolled, "page"))); own.status != 200 ||
		strings.Contains(own.body, someone.name) {
		t.Errorf("the person's page answers %d", own.status)
	}
	kept := filepath.Join(folder, "data", "mail")
	if !await(30*time.Second, func() bool { found, _ := filepath.Glob(kept + "/*.eml"); return len(found) >= 2 }) {
		t.Error("the welcome and the first invite are not kept")
	}

	if code := p.signal(syscall.SIGTERM); code != exitDone {
		t.Errorf("after SIGTERM it exits with %d and says %s", code, p.trouble)
	}
	inOrder(t, p.trouble.String(), "part=web", "part=agenda", "part=worker", "part=post")
	second := startProcess(t, folder, append([]string{"serve", "--listen", "127.0.0.1:0"}, data...)...)
	base = second.tells("web")
	fetchFeed(t, base+pathOf(t, lineOf(enrolled, "feed")), 4)
	if code := second.signal(syscall.SIGINT); code != exitDone {
		t.Errorf("after SIGINT it exits with %d", code)
	}
	for _, secret := range newStory().secrets(enrolled, link) {
		if strings.Contains(p.trouble.String()+second.trouble.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

// fetchFeed fetches a calendar with so many events and gives its tag.
func fetchFeed(t *testing.T, address string, events int) string {
	t.Helper()
	feed := get(t, address)
	if feed.status != 200 || feed.header.Get("Content-Type") != "text/calendar; charset=utf-8" ||
		strings.Count(feed.body, "BEGIN:VEVENT") != events {
		t.Errorf("the feed answers %d with %d events as %s", feed.status, strings.Count(feed.body, "BEGIN:VEVENT"),
			feed.header.Get("Content-Type"))
	}
	return feed.header.Get("ETag")
}

// inOrder holds that words stand in a text in this order.
func inOrder(t *testing.T, text string, words ...string) {
	t.Helper()
	rest := text
	for _, word := range words {
		_, after, found := strings.Cut(rest, word)
		if !found {
			t.Errorf("%q is missing, or stands before what should come first, in:\n%s", word, text)
			return
		}
		rest = after
	}
}

func TestServeRefuses(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() })
	notFolder := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(notFolder, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"taken port": {[]string{"--listen", taken.Addr().String()}, exitFailed,
			"The address " + taken.Addr().String() +
				" cannot be listened on. Another program may use it; choose another with --listen."},
		"unknown level": {[]string{"--log-level", "loud"}, exitBadConfig,
			`log-level must be debug, info, warn or error; "loud" is not.`},
		"agenda alone": {[]string{"--roles", "agenda"}, exitBadConfig,
			"A process that runs only one of agenda and worker needs a queue that both reach; set redis-url, or run " +
				"both roles in one process."},
		"worker alone": {[]string{"--roles", "web,worker"}, exitBadConfig,
			"A process that runs only one of agenda and worker needs a queue"},
		"no folder": {[]string{"--data-dir", filepath.Join(notFolder, "below")}, exitBadConfig,
			"cannot be made. Choose another with --data-dir."},
		"no key": {[]string{"--secret-key", "short"}, exitBadConfig, "secret-key must be 32 bytes in base64"},
		"no database": {[]string{"--database-url", "mysql://here"}, exitBadConfig,
			"database-url must be sqlite:FILE or postgres://USER:PASSWORD@HOST/DATABASE."},
		"gone database": {[]string{"--database-url", "postgres://127.0.0.1:1/none?connect_timeout=2"}, exitFailed,
			"The database does not answer."},
		"unknown option": {[]string{"--lisen", "x"}, exitWrongUse, "did you mean --listen?"},
		"an argument":    {[]string{"now"}, exitWrongUse, `The command serve takes no argument "now".`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			p := startProcess(t, folder,
				append([]string{"serve", "--data-dir", filepath.Join(folder, "d"), "--listen", "127.0.0.1:0",
					"--log-level", "error"}, c.args...)...)
			if code := p.exits(); code != c.code || !strings.Contains(p.trouble.String(), c.says) {
				t.Errorf("it exits with %d and says %q, want %d and %q", code, p.trouble, c.code, c.says)
			}
			if p.out.String() != "" || strings.Count(p.trouble.String(), "\n") != 1 {
				t.Errorf("it printed %q and said\n%s", p.out, p.trouble)
			}
		})
	}
}

// Queue and mail server that are down at the start are a state, not an end; the
// pages work, and what is owed goes out once they are there.
func TestServeWithoutServices(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	p := startProcess(t, folder, "serve", "--listen", "127.0.0.1:0", "--data-dir", folder,
		"--redis-url", "unix://"+filepath.Join(folder, "none.sock"), "--smtp-url", "smtp://127.0.0.1:1?tls=none")
	base := p.tells("web")
	for _, part := range []string{"queue", "mail"} {
		if status := becomes(t, base, part, "degraded"); status != 200 {
			t.Errorf("without %s /readyz answers %d", part, status)
		}
		saysSoon(t, p.trouble, `msg="part degraded" part=`+part)
	}
	if _, word, _ := readiness(t, base); word != "degraded" {
		t.Errorf("/readyz says %s", word)
	}
	if home := get(t, base+"/"); home.status != http.StatusNotFound || home.body == "" {
		t.Errorf("the first page answers %d", home.status)
	}
	if code := p.signal(syscall.SIGTERM); code != exitDone {
		t.Errorf("it exits with %d and says %s", code, p.trouble)
	}
}

func TestDemo(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long")
	}
	t.Parallel()
	built(t)
	temporary := t.TempDir()
	began := time.Now()
	p := startProcess(t, temporary, "demo", "--log-level", "debug")
	addresses := map[string]string{}
	for _, name := range []string{"web", "staff", "patient", "feed"} {
		addresses[name] = p.tells(name)
	}
	t.Logf("the demo stood after %s", time.Since(began).Round(10*time.Millisecond))
	for name, address := range addresses {
		if name == "web" {
			address += "/healthz"
		}
		if answer := get(t, address); answer.status != 200 || answer.body == "" {
			t.Errorf("%s answers %d", name, answer.status)
		}
	}
	if folders, err := os.ReadDir(temporary); err != nil || len(folders) != 1 {
		t.Errorf("the demo has the folders %v (%v)", folders, err)
	}
	if code := p.signal(syscall.SIGINT); code != exitDone {
		t.Errorf("after SIGINT it exits with %d and says %s", code, p.trouble)
	}
	if left, err := os.ReadDir(temporary); err != nil || len(left) != 0 {
		t.Errorf("the demo leaves %v (%v)", left, err)
	}
	log := p.trouble.String()
	for _, secret := range append(tokens(p.out.String()),
		append(sampleNames, "@example.net", "+1202555", "Robin Vance", "Dana Whitfield", "@example.org")...) {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
	if !strings.Contains(log, "hand-over ended") {
		t.Error("the log says nothing of what was handed over")
	}
}

// stopAtOnce tells the program to stop as soon as it prints anything.
type stopAtOnce struct{ stop func() }

func (s stopAtOnce) Write(p []byte) (int, error) { s.stop(); return len(p), nil }

// Told to stop while it says where it listens, it stops in order, and that is no failure.
func TestServeStopsWhileItStarts(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	said := &notes{}
	code := run(ctx, terminal{in: strings.NewReader(""), out: stopAtOnce{stop}, trouble: said,
		lookupEnv: noEnvironment, readFile: os.ReadFile, now: (&handClock{at: newStory().asked}).now},
		[]string{"serve", "--listen", "127.0.0.1:0", "--data-dir", filepath.Join(t.TempDir(), "data")})
	if code != exitDone || strings.Contains(said.String(), "context canceled") {
		t.Errorf("it ended with %d and said %s", code, said)
	}
}
