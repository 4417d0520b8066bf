//go:build crashpoints

package main

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"almanac/notify/notifytest"
	"almanac/protocols"
	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/reads"
)

// chaosZone is where the cohorts of a play meet.
const chaosZone = "America/New_York"

// play is a clinic that lives through something while a ledger is kept and an
// oracle waits: its house, the ways around it, and a clock held by the test.
type play struct {
	*house
	t       testing.TB
	url     string // of the database
	options []string
	clock   *stageClock
	fast    fastClock // how the clock ran while it ran
	sql     *sql.DB
	sink    *notifytest.Sink
	clinic  reads.Clinic
	zone    *time.Location
	proto   *protocols.Definition
	cohorts []scheduler.ID
	people  int  // made so far
	watched bool // a ledger is kept
	rand    *rand.Rand
}

// newPlay opens a house on a fresh database at an instant. Its mail goes to sink
// by way of smtp, which may lead through something else.
func newPlay(t testing.TB, url string, at time.Time, smtp func(sink *notifytest.Sink) string, options ...string) *play {
	t.Helper()
	p := &play{t: t, url: url, clock: &stageClock{}, rand: rand.New(rand.NewPCG(seedOf(t), 1))}
	p.clock.set(at)
	p.sink = notifytest.NewSMTP(t, notifytest.SinkOptions{Now: p.clock.now})
	p.options = append([]string{
		"--database-url", url, "--smtp-url", smtp(p.sink), "--mail-from", "Appointments <dates@example.org>",
		"--public-url", "https://dates.example",
	}, options...)
	config, _, err := parseConfig(p.options, noEnvironment, os.ReadFile)
	p.must(err)
	p.house, err = openHouse(t.Context(), config, slog.New(slog.DiscardHandler), p.clock.now)
	p.must(err)
	p.house.post, err = p.openPost()
	p.must(err)
	p.clinic, err = p.house.clinic(t.Context(), "")
	p.must(err)
	driver, source := "pgx", url
	if path, found := strings.CutPrefix(url, "sqlite:"); found {
		driver, source = "sqlite", "file:"+path+"?_pragma=busy_timeout(20000)"
	}
	p.sql, err = sql.Open(driver, source)
	p.must(err)
	t.Cleanup(func() { _ = p.post.close(); _ = p.sql.Close(); _ = p.house.close() })
	p.zone, err = p.zones.Location(chaosZone)
	p.must(err)
	p.proto, err = p.library.Find("more-telehealth")
	p.must(err)
	return p
}

// watch begins the ledger, without which there is no evidence.
func (p *play) watch() {
	p.t.Helper()
	p.must(keepLedger(p.t.Context(), p.sql, p.url))
	p.watched = true
	p.stand(p.clock.now())
}

// seedOf gives what random changes grow from: CHAOS_SEED, or chance.
func seedOf(t testing.TB) uint64 {
	t.Helper()
	seed := rand.Uint64()
	if text := os.Getenv("CHAOS_SEED"); text != "" {
		if _, err := fmt.Sscan(text, &seed); err != nil {
			t.Fatalf("CHAOS_SEED: %s", err)
		}
	}
	t.Logf("CHAOS_SEED=%d", seed)
	return seed
}

func (p *play) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// open opens a cohort of eight weekly sessions, the first about at an instant.
func (p *play) open(first time.Time, capacity int) {
	p.t.Helper()
	id, err := p.openAt(p.t.Context(), request(p.clinic), civil.WallOf(first, p.zone), capacity)
	p.must(err)
	p.cohorts = append(p.cohorts, id)
}

// openAt opens a cohort of eight weekly sessions.
func (h *house) openAt(ctx context.Context, q desk.Request, wall civil.WallTime, capacity int) (scheduler.ID, error) {
	definition, err := h.library.Find("more-telehealth")
	if err != nil {
		return "", err
	}
	return h.desk.OpenCohort(ctx, q, scheduler.OpenRequest{
		Definition: definition, Name: "Cohort of " + wall.String(), Start: wall.Date, At: wall.Clock, Zone: chaosZone,
		Capacity: capacity, HasCapacity: true, AcceptShift: true, Reason: "a crowd for the rehearsal",
	})
}

// enroll enrolls new people into a cohort.
func (p *play) enroll(cohort scheduler.ID, n int) {
	p.t.Helper()
	for range n {
		p.must(p.fulfil(p.t.Context(), request(p.clinic), wish{Do: "enroll", Cohort: cohort, Number: p.people}))
		p.people++
	}
}

// tell writes down what has become due and hands it over.
func (p *play) tell() {
	p.t.Helper()
	_, err := p.store.Foresee(p.t.Context(), systemActor())
	p.must(err)
	_, err = p.post.worker.Drain(p.t.Context())
	p.must(err)
}

// stand stops the clock at an instant.
func (p *play) stand(at time.Time) {
	p.t.Helper()
	at = at.Truncate(time.Millisecond)
	p.clock.set(at)
	if p.watched {
		p.must(noteClock(p.t.Context(), p.sql, ledgerStamp(at)))
	}
}

// run lets the clock go, so many times as fast as the machine's.
func (p *play) run(scale int64) fastClock {
	p.t.Helper()
	if p.watched {
		p.must(noteClock(p.t.Context(), p.sql, ""))
	}
	p.fast = p.clock.run(scale)
	return p.fast
}

// pass lets time pass in steps, telling after each.
func (p *play) pass(steps int, each time.Duration) {
	p.t.Helper()
	for range steps {
		p.stand(p.clock.now().Add(each))
		p.tell()
	}
}

// pick gives one row of a query at random: what it asks for must be text.
func (p *play) pick(columns, from string) []string {
	rows, err := p.sql.QueryContext(p.t.Context(), "SELECT "+columns+" "+from+" ORDER BY random() LIMIT 1")
	if err != nil {
		return nil // the database is in trouble just now
	}
	defer func() { _ = rows.Close() }()
	if !rows.Next() {
		return nil
	}
	values := make([]string, strings.Count(columns, ",")+1)
	into := make([]any, len(values))
	for i := range values {
		into[i] = &values[i]
	}
	if rows.Scan(into...) != nil {
		return nil
	}
	return values
}

// wish draws a change: more new people than anything else, and now and then a
// new cohort, so that there is always something to take back.
func (p *play) wish() (wish, bool) {
	switch n := p.rand.IntN(100); {
	case n < 2:
		first := p.clock.now().Add(time.Duration(24+p.rand.IntN(240)) * time.Hour)
		return wish{Do: "open", To: civil.WallOf(first, p.zone).String()}, true
	case n < 40:
		return p.takeBack()
	}
	row := p.pick("cohort", p.future())
	p.people++
	return wish{Do: "enroll", Cohort: first(row), Number: p.people - 1}, row != nil
}

// future is where sessions stand that are still to come.
func (p *play) future() string {
	return "FROM sessions WHERE state = 'planned' AND start_at > '" + ledgerStamp(p.clock.now()) + "'"
}

// takeBack draws a change that takes back what was promised. Nothing to take
// back: none.
func (p *play) takeBack() (wish, bool) {
	switch n := p.rand.IntN(10); {
	case n < 3:
		row := p.pick("id", "FROM enrollments WHERE state = 'active'")
		return wish{Do: "withdraw", Enrolled: first(row)}, row != nil
	case n < 4:
		row := p.pick("person", "FROM enrollments WHERE state = 'active'")
		return wish{Do: "revoke", Person: first(row)}, row != nil
	case n < 5:
		row := p.pick("id", p.future())
		return wish{Do: "cancel", Session: first(row)}, row != nil
	default:
		row := p.pick("id, local_start", p.future())
		if row == nil {
			return wish{}, false
		}
		at, err := time.Parse("2006-01-02T15:04", row[1])
		p.must(err)
		at = at.Add(time.Duration(p.rand.IntN(25)-12) * 10 * time.Minute)
		return wish{Do: "move", Session: first(row), To: at.Format("2006-01-02T15:04")}, true
	}
}

func first(row []string) scheduler.ID {
	if len(row) == 0 {
		return ""
	}
	return scheduler.ID(row[0])
}

// evidence gathers everything for the oracle.
func (p *play) evidence(ctx context.Context) evidence {
	p.t.Helper()
	e := evidence{end: p.clock.now(), simulate: p.fast.at}
	for _, period := range p.proto.Reminders.Leads {
		if lead, ok := period.Duration(); ok {
			e.leads = append(e.leads, lead)
		}
	}
	var err error
	e.ledger, err = readLedger(ctx, p.sql, p.url)
	p.must(err)
	e.notices, err = readNotices(ctx, p.sql)
	p.must(err)
	e.tasks, err = readTasks(ctx, p.sql)
	p.must(err)
	for _, m := range p.sink.Messages() {
		l, err := readLetter(m.Data, m.At, m.To)
		p.must(err)
		e.received = append(e.received, l)
	}
	return e
}

// report fails the test for what the oracle found.
func (p *play) report(v verdict) {
	p.t.Helper()
	p.t.Log(v)
	for i, problem := range v.problems() {
		if i == 20 {
			p.t.Errorf("… and %d more", len(v.problems())-i)
			return
		}
		p.t.Error(problem)
	}
}

// wish is a change that somebody asks for.
type wish struct {
	Do                        string
	Cohort, Session, Enrolled scheduler.ID
	Person                    scheduler.ID
	To                        string // wall time
	Number                    int    // of a new person
}

// fulfil makes one change.
func (h *house) fulfil(ctx context.Context, q desk.Request, w wish) error {
	switch w.Do {
	case "enroll":
		_, err := h.desk.Enroll(ctx, q, scheduler.EnrollRequest{Cohort: w.Cohort, Contact: chaosContact(w.Number)})
		return err
	case "open":
		wall, err := civil.ParseWallTime(w.To)
		if err != nil {
			return err
		}
		_, err = h.openAt(ctx, q, wall, 40)
		return err
	case "withdraw":
		return h.desk.Confirm(ctx, q, desk.Withdraw(w.Enrolled))
	case "cancel":
		return h.desk.Confirm(ctx, q, desk.Cancel(scheduler.CancelRequest{Session: w.Session, Content: scheduler.Skip}))
	case "move":
		to, err := civil.ParseWallTime(w.To)
		if err != nil {
			return err
		}
		return h.desk.Confirm(ctx, q, desk.Move(scheduler.MoveRequest{Session: w.Session, To: to, AcceptShift: true}))
	case "revoke":
		return h.store.SetConsents(ctx, q.Actor, q.Clinic, w.Person, nil)
	}
	return fmt.Errorf("nobody can %q", w.Do)
}

// chaosContact gives the n-th person of a play: reachable by e-mail.
func chaosContact(n int) scheduler.Contact {
	return scheduler.Contact{
		Name: fmt.Sprintf("Pat Example %d", n), Email: fmt.Sprintf("pat%d@example.net", n),
		Consents: []scheduler.Consent{{Channel: scheduler.Email, TextVersion: "1",
			GivenAt: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}},
	}
}
