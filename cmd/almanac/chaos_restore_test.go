//go:build crashpoints

package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"almanac/notify/notifytest"
	"almanac/scheduler/access"
	"almanac/scheduler/backup"
	"almanac/scheduler/reads"
)

// drills gives how many restores each database is to have: CHAOS_DRILLS, or one.
func drills(t testing.TB) int {
	t.Helper()
	n := 1
	if text := os.Getenv("CHAOS_DRILLS"); text != "" {
		if _, err := fmt.Sscan(text, &n); err != nil {
			t.Fatalf("CHAOS_DRILLS: %s", err)
		}
	}
	return n
}

// TestRestoreDrill takes a backup while people are being enrolled, lets the program live on for a while or die at once,
// and goes on from the backup on another database. Who was told before is not told again, everything that was
// committed before the backup is there, and the oracle misses nothing of what comes later.
func TestRestoreDrill(t *testing.T) {
	for _, name := range []string{"sqlite", "postgres"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first := 0 // its program lives on
			database := func() string { return "sqlite:" + filepath.Join(t.TempDir(), "almanac.db") }
			if name == "postgres" {
				first = 1 // its program dies at once
				url, server := onPostgres(t)
				fresh := url
				database = func() string {
					if fresh == "" {
						return server.Database()
					}
					url, fresh = fresh, ""
					return url
				}
			}
			for n := range drills(t) {
				drill(t, first+n, database)
			}
		})
	}
}

// drill is one restore. Of two, one program lives on after its backup and its messages are let go; the other dies at
// once, and its messages are sent.
func drill(t *testing.T, n int, database func() string) {
	t.Helper()
	livesOn := n%2 == 0
	begins := time.Date(2026, 3, 1, 15, 0, 0, 0, time.UTC).Add(time.Duration(n*7) * time.Hour)
	p := newPlay(t, database(), begins, (*notifytest.Sink).URL, "--data-dir", t.TempDir())
	for i := range 6 {
		p.open(begins.Add(time.Duration(30+20*i)*time.Hour), 40)
		p.enroll(p.cohorts[i], 6)
	}
	p.live(begins.Add(60*time.Hour), 5*time.Hour)
	committed := p.ids()
	file, keys := p.backUp()
	if livesOn {
		p.live(p.clock.now().Add(time.Duration(3+n%17)*time.Hour), time.Hour*1000)
	}
	r := p.restored(database(), file, keys)
	if missing := slices.DeleteFunc(committed, r.has()); len(missing) > 0 {
		t.Errorf("%d rows that were committed before the backup are gone: %s …", len(missing), missing[0])
	}
	at, told := r.clock.now(), len(r.sink.Messages())
	actor := access.Operator(string(r.clinic.ID))
	decide := r.store.Release
	if livesOn {
		decide = r.store.LetGo
	}
	r.live(at.Add(10*time.Minute), time.Hour*1000)
	waiting, err := decide(t.Context(), actor, r.clinic.ID, reads.Do)
	r.must(err)
	r.live(at.Add(120*time.Hour), 7*time.Hour)
	r.pass(40, 30*time.Second)
	r.judgeDrill(at, told)
	if waiting == 0 {
		t.Error("nothing waited for a decision")
	}
	t.Logf("drill %d: %d messages before, %d waited, %d after", n, told, waiting, len(r.sink.Messages())-told)
}

// live plays from due instant to due instant, and takes something back every so often.
func (p *play) live(until time.Time, every time.Duration) {
	p.t.Helper()
	change := p.clock.now().Add(every)
	for p.clock.now().Before(until) {
		if !change.After(p.clock.now()) {
			if w, ok := p.takeBack(); ok {
				_ = p.fulfil(p.t.Context(), request(p.clinic), w) // what cannot be done is no change
			}
			change = change.Add(every)
		}
		p.tell()
		p.stand(p.nextInstant(change, until))
	}
	p.tell() // what is due at the very end
}

// ids gives the enrollments, seats and messages that are committed.
func (p *play) ids() []string {
	p.t.Helper()
	rows, err := p.sql.QueryContext(p.t.Context(),
		"SELECT id FROM enrollments UNION ALL SELECT id FROM seats UNION ALL SELECT id FROM notices")
	p.must(err)
	defer func() { _ = rows.Close() }()
	var all []string
	for rows.Next() {
		var id string
		p.must(rows.Scan(&id))
		all = append(all, id)
	}
	p.must(rows.Err())
	return all
}

// has tells which ids are there.
func (p *play) has() func(string) bool {
	there := map[string]bool{}
	for _, id := range p.ids() {
		there[id] = true
	}
	return func(id string) bool { return there[id] }
}

// backUp takes a backup while people are being enrolled.
func (p *play) backUp() ([]byte, backup.Identities) {
	p.t.Helper()
	text, public, err := backup.NewIdentity()
	p.must(err)
	to, err := backup.ParseRecipients([]string{public})
	p.must(err)
	keys, err := backup.ReadIdentities(strings.NewReader(text))
	p.must(err)
	begun, done := make(chan struct{}), make(chan struct{})
	stop, end := context.WithCancel(p.t.Context())
	first := p.people
	p.people += 1000
	go func() {
		defer close(done)
		for n := first; stop.Err() == nil && n < p.people; n++ {
			_ = p.fulfil(p.t.Context(), request(p.clinic), wish{Do: "enroll", Cohort: p.cohorts[4+n%2], Number: n})
			if n == first+5 {
				close(begun)
			}
		}
	}()
	<-begun
	var file bytes.Buffer
	_, err = p.saveTo(p.t.Context(), &file, to, "")
	end()
	<-done
	p.must(err)
	return file.Bytes(), keys
}

// restored goes on from a backup in an empty database, with the clock, the mail and the secret key of this play.
func (p *play) restored(url string, file []byte, keys backup.Identities) *play {
	p.t.Helper()
	r := *p
	r.url = url
	r.options = append(slices.Clone(p.options), "--database-url", url)
	config, _, err := parseConfig(r.options, noEnvironment, os.ReadFile)
	p.must(err)
	r.house, err = openUnmigrated(p.t.Context(), config, slog.New(slog.DiscardHandler), p.clock.now)
	p.must(err)
	_, err = r.store.Migrate(p.t.Context())
	p.must(err)
	driver, source := "pgx", url
	if path, found := strings.CutPrefix(url, "sqlite:"); found {
		driver, source = "sqlite", "file:"+path+"?_pragma=busy_timeout(20000)"
	}
	r.sql, err = sql.Open(driver, source)
	p.must(err)
	r.watch()
	from, err := backup.NewReader(bytes.NewReader(file), keys)
	p.must(err)
	_, err = r.house.restore(p.t.Context(), from)
	p.must(err)
	r.house.post, err = r.openPost()
	p.must(err)
	p.t.Cleanup(func() { _ = r.post.close(); _ = r.sql.Close(); _ = r.house.close() })
	return &r
}

// judgeDrill asks the oracle about what happened after a restore, and holds the letters before it, so many, against
// those behind it.
func (p *play) judgeDrill(restored time.Time, before int) {
	p.t.Helper()
	e := p.evidence(p.t.Context())
	e.earlier, e.received = e.received[:before], e.received[before:]
	known := map[string]bool{}
	for _, l := range e.earlier {
		known[l.id] = true
	}
	for _, l := range e.received {
		if known[l.id] {
			p.t.Errorf("told again after the restore: %s", l)
		}
	}
	// The attempts in the backup, and those that the restore noted, are the former program's.
	e.ledger = slices.DeleteFunc(e.ledger, func(x entry) bool {
		return x.what == "attempt" && !ledgerTime(x.v[1]).After(restored)
	})
	done := map[string]bool{}
	rows, err := p.sql.QueryContext(p.t.Context(),
		"SELECT id FROM notices WHERE done_at <> '' AND done_at <= '"+ledgerStamp(restored)+"' AND state <> 'dropped'")
	p.must(err)
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id string
		p.must(rows.Scan(&id))
		done[id] = true
	}
	p.must(rows.Err())
	e.done = done
	v := e.judge()
	p.report(v)
	if v.letters < 20 || len(e.earlier) < 20 {
		p.t.Errorf("that was no drill: %d letters before, %s", len(e.earlier), v)
	}
}
