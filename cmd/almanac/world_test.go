package main

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"almanac/notify"
	"almanac/notify/notifytest"
	"almanac/scheduler"
	"almanac/scheduler/agenda"
	"almanac/scheduler/reads"
)

// handClock is a clock that stands still until a test moves it.
type handClock struct {
	mu sync.Mutex
	at time.Time
}

func (c *handClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *handClock) set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
}

// notes collects what is logged or printed; it may be written to from anywhere.
type notes struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (n *notes) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.Write(p)
}

func (n *notes) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.String()
}

// world is the whole program around a clock that the test holds: its commands,
// its duties and its worker, on a real database and real services.
type world struct {
	*house
	t       *testing.T
	story   story
	clock   *handClock
	options []string // of every command
	clinic  reads.Clinic
	sql     *sql.DB // looks at the notices, so that the test knows what to wait for
	log     *notes
	printed []string         // by commands
	sink    *notifytest.Sink // nil: mail is kept
	kept    map[string]letter
	rest    func() // stops the worker
	patient time.Duration
}

// newWorld opens a house by options and starts its worker. driver and source
// say how the test itself reaches the same database.
func newWorld(t *testing.T, clock *handClock, sink *notifytest.Sink, driver, source string, options ...string) *world {
	t.Helper()
	w := &world{
		t: t, story: newStory(), clock: clock, log: &notes{}, sink: sink, kept: map[string]letter{},
		patient: 20 * time.Second,
		options: append(options, "--mail-from", "Appointments <"+storySender+">", "--public-url",
			"https://dates.example", "--log-level", "debug"),
	}
	config, _, err := parseConfig(w.options, noEnvironment, os.ReadFile)
	if err != nil {
		t.Fatal(err)
	}
	if w.house, err = openHouse(t.Context(), config, newLogger(w.log, config.LogLevel, config.LogFormat),
		clock.now); err != nil {
		t.Fatal(err)
	}
	if w.post, err = w.openPost(); err != nil {
		t.Fatal(err)
	}
	if w.clinic, err = w.house.clinic(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	if w.sql, err = sql.Open(driver, source); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		w.stopWorker()
		for _, closed := range []func() error{w.post.close, w.sql.Close, w.house.close} {
			if err := closed(); err != nil {
				t.Error(err)
			}
		}
	})
	w.startWorker()
	return w
}

func noEnvironment(string) (string, bool) { return "", false }

// sqliteWorld keeps everything in one folder: no Redis, no mail server.
func sqliteWorld(t *testing.T) *world {
	t.Helper()
	folder := t.TempDir()
	clock := &handClock{at: newStory().asked.Add(-time.Hour)}
	return newWorld(t, clock, nil, "sqlite", "file:"+filepath.Join(folder, "almanac.db")+"?_pragma=busy_timeout(5000)",
		"--data-dir", folder)
}

// startWorker runs the real worker; a stopped one is replaced by a new one, as
// when the program is started again.
func (w *world) startWorker() {
	w.t.Helper()
	worker := w.newWorker(w.post)
	ctx, cancel := context.WithCancel(context.WithoutCancel(w.t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- worker.Run(ctx) }()
	w.rest = func() {
		cancel()
		if err := <-ended; err != nil {
			w.t.Errorf("the worker ended with: %s", err)
		}
	}
}

func (w *world) stopWorker() {
	if w.rest != nil {
		w.rest()
		w.rest = nil
	}
}

// command runs a command of the program and gives what it printed.
func (w *world) command(in string, args ...string) string {
	w.t.Helper()
	out, trouble := &notes{}, &notes{}
	code := run(w.t.Context(), terminal{
		in: strings.NewReader(in), out: out, trouble: trouble,
		lookupEnv: noEnvironment, readFile: os.ReadFile, now: w.clock.now,
	}, append(slices.Clone(args), w.options...))
	if code != exitDone || trouble.String() != "" {
		w.t.Fatalf("almanac %s ended with %d and said %q", strings.Join(args, " "), code, trouble)
	}
	w.printed = append(w.printed, out.String())
	return out.String()
}

// open opens the story's cohort and enrolls its people, one a minute.
func (w *world) open() scheduler.ID {
	w.t.Helper()
	out := w.command("", "cohort", "open", "--protocol", "more-telehealth", "--start", "2026-01-20", "--time", "18:00",
		"--zone", storyZone)
	cohort, _, _ := strings.Cut(out, "\n")
	for i, g := range w.story.guests {
		w.until(w.story.asked.Add(time.Duration(i) * time.Minute))
		out := w.command(requestFor(cohort, g), "enroll", "-")
		state := "state: active\n"
		if g.waits {
			state = "state: waiting\n"
		}
		if !strings.Contains(out, state) ||
			strings.Contains(out, "unreachable") != (!g.reached() && !g.waits || g.email == "") {
			w.t.Errorf("enrolling number %d printed:\n%s", i+1, out)
		}
		w.tick()
	}
	return scheduler.ID(cohort)
}

// requestFor is the JSON body of an enrollment.
func requestFor(cohort string, g guest) string {
	type consent struct {
		Channel     scheduler.Channel `json:"channel"`
		TextVersion string            `json:"text_version"`
	}
	consents := []consent{}
	for _, channel := range g.consents {
		consents = append(consents, consent{channel, "1"})
	}
	// strings and lists do not fail
	body, _ := json.Marshal(map[string]any{"cohort": cohort, "participant": map[string]any{
		"name": g.name, "email": g.email, "phone": g.phone, "zone": g.zone, "language": g.language,
		"consents": consents,
	}})
	return string(body)
}

// until runs the program's clock to an instant. It stops at every instant at
// which a notice may move, at those at which the story owes something, and
// every six hours.
func (w *world) until(to time.Time) {
	w.t.Helper()
	for w.clock.now().Before(to) {
		w.tick()
		now := w.clock.now()
		next := now.Truncate(6 * time.Hour).Add(6 * time.Hour)
		for _, stop := range append(w.moments(), to) {
			if stop.After(now) && stop.Before(next) {
				next = stop
			}
		}
		w.clock.set(next)
	}
	w.tick()
}

// moments gives when something may happen next: by the story, and by the
// notices as they stand.
func (w *world) moments() []time.Time {
	var all []time.Time
	for _, start := range w.story.starts() {
		all = append(all, start.Add(-inviteAhead), start.Add(-72*time.Hour), start.Add(-24*time.Hour))
	}
	for _, n := range w.planned() {
		all = append(all, n.next())
	}
	return all
}

// tick runs every duty once and waits until what is due now is handed over.
func (w *world) tick() {
	w.t.Helper()
	w.runDuties()
	w.settle()
	w.collect()
}

// runDuties runs them with the most frequent one last, so that what another one
// writes down is dispatched at the same moment.
func (w *world) runDuties() {
	w.t.Helper()
	duties := w.duties()
	slices.SortFunc(duties, func(a, b agenda.Duty) int { return cmp.Compare(b.Every, a.Every) })
	for _, duty := range duties {
		if err := duty.Run(w.t.Context()); err != nil {
			w.t.Fatalf("the duty %s failed at %s: %s", duty.Name, stampOf(w.clock.now()), err)
		}
	}
}

// settle waits until nobody works on a notice any more, or patience ends: then
// something was lost on the way and comes back when the clock goes on.
func (w *world) settle() {
	w.t.Helper()
	await(w.patient, func() bool {
		return !slices.ContainsFunc(w.planned(), func(n plannedNotice) bool { return n.underWay(w.clock.now()) })
	})
}

// await asks again and again until the answer is yes, and tells whether it was
// within the time given.
func await(within time.Duration, done func() bool) bool {
	deadline := time.NewTimer(within)
	defer deadline.Stop()
	again := time.NewTicker(3 * time.Millisecond)
	defer again.Stop()
	for !done() {
		select {
		case <-again.C:
		case <-deadline.C:
			return false
		}
	}
	return true
}

// plannedNotice is a planned notice's row: when it may move.
type plannedNotice struct{ due, queued, leased time.Time }

func (n plannedNotice) next() time.Time { return latest(n.due, latest(n.queued, n.leased)) }

// underWay: an attempt is open, the notice lies in the queue since this moment,
// or it is due and nobody has seen it yet.
func (n plannedNotice) underWay(now time.Time) bool {
	return n.leased.After(now) || !n.due.After(now) && (!n.queued.After(now) || n.queued.Equal(now.Add(20*time.Second)))
}

// planned reads all notices that are not done; a database that is down gives none.
func (w *world) planned() []plannedNotice {
	rows, err := w.sql.QueryContext(w.t.Context(),
		"SELECT due_at, queued_until, lease_until FROM notices WHERE state = 'planned'")
	if err != nil {
		return []plannedNotice{{due: w.clock.now()}} // not settled
	}
	defer func() { _ = rows.Close() }()
	var all []plannedNotice
	for rows.Next() {
		var due, queued, leased string
		if err := rows.Scan(&due, &queued, &leased); err != nil {
			w.t.Error(err)
		}
		all = append(all, plannedNotice{storedInstant(due), storedInstant(queued), storedInstant(leased)})
	}
	return all
}

// storedInstant reads an instant as the database keeps it; empty is none.
func storedInstant(text string) time.Time {
	at, _ := time.Parse("2006-01-02T15:04:05.000Z", text) // the empty text gives the zero time
	return at
}

// collect reads kept mail before it is erased.
func (w *world) collect() {
	w.t.Helper()
	if w.sink != nil {
		return
	}
	entries, err := os.ReadDir(filepath.Join(w.config.DataDir, "mail"))
	if err != nil {
		w.t.Fatal(err)
	}
	for _, entry := range entries {
		if _, known := w.kept[entry.Name()]; known || !strings.HasSuffix(entry.Name(), ".eml") {
			continue
		}
		at, err := time.Parse("20060102T150405.000Z", strings.SplitN(entry.Name(), "-", 2)[0])
		if err != nil {
			w.t.Fatal(err)
		}
		if age := w.clock.now().Sub(at); age > notify.KeepMailFor+time.Hour+6*time.Hour {
			w.t.Errorf("a mail is kept for %s", age)
		}
		raw, err := os.ReadFile(filepath.Join(w.config.DataDir, "mail", entry.Name()))
		if err != nil {
			w.t.Fatal(err)
		}
		if bytes.Contains(raw, []byte("\nText-To: ")) { // the question whether texts may come
			continue
		}
		l, err := readLetter(raw, at, nil)
		if err != nil {
			w.t.Fatal(err)
		}
		w.kept[entry.Name()] = w.story.name(w.t, l)
	}
}

// arrived gives everything that reached people, in order.
func (w *world) arrived() []letter {
	w.t.Helper()
	var all []letter
	for _, l := range w.kept {
		all = append(all, l)
	}
	if w.sink != nil {
		for _, m := range w.sink.Messages() {
			l, err := readLetter(m.Data, m.At, m.To)
			if err != nil {
				w.t.Fatal(err)
			}
			all = append(all, w.story.name(w.t, l))
		}
	}
	slices.SortFunc(all, func(a, b letter) int { return a.at.Compare(b.at) })
	return all
}

// session finds a session of the cohort by its start.
func (w *world) session(cohort scheduler.ID, start time.Time) scheduler.ID {
	w.t.Helper()
	page, err := w.store.Cohort(w.t.Context(), request(w.clinic).Actor, w.clinic.ID, cohort)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, s := range page.Sessions {
		if s.Start.Equal(start) {
			return s.ID
		}
	}
	w.t.Fatalf("no session starts at %s", stampOf(start))
	return ""
}
