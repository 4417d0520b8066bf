//go:build crashpoints

package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"almanac/notify/notifytest"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/store/storetest"
)

// crowd fills cohorts whose first sessions begin at one instant.
func (p *play) crowd(cohorts, people int, starts time.Time) {
	p.t.Helper()
	change := desk.Change{Clinic: p.clinic.ID, Actor: request(p.clinic).Actor, Action: access.Enroll}
	for range cohorts {
		p.open(starts, people)
		cohort := p.cohorts[len(p.cohorts)-1]
		for done := 0; done < people; done += 250 {
			ids := make([]scheduler.ID, min(250, people-done))
			for i := range ids {
				ids[i] = randomID()
			}
			p.must(p.store.Change(p.t.Context(), change, desk.Load{}, func(b *scheduler.Book) error {
				for i, id := range ids {
					b.People[id] = &scheduler.Person{ID: id, Zone: chaosZone, Language: "en"}
					b.Contacts[id] = chaosContact(p.people + i)
				}
				return nil
			}))
			p.people += len(ids)
			p.must(p.store.Change(p.t.Context(), change, desk.Load{Cohorts: []scheduler.ID{cohort}, People: ids},
				func(b *scheduler.Book) error {
					for _, id := range ids {
						if _, err := b.Enroll(scheduler.PlaceRequest{Cohort: cohort, Person: id}); err != nil {
							return err
						}
					}
					b.PlanNotices()
					return nil
				}))
		}
	}
}

// owe writes down the reminders that are due at an instant; everything else
// has been told.
func (p *play) owe(due time.Time, many int) {
	p.t.Helper()
	p.stand(due.Add(-time.Hour))
	for _, told := range []string{"UPDATE notices SET state = 'sent'",
		"UPDATE seats SET invited = 1, told_expected = 1"} {
		_, err := p.sql.ExecContext(p.t.Context(), told)
		p.must(err)
	}
	if n, err := p.store.Foresee(p.t.Context(), systemActor()); err != nil || n < many {
		p.t.Fatalf("%d reminders were foreseen (%v)", n, err)
	}
	if !strings.HasPrefix(p.url, "sqlite:") {
		_, err := p.sql.ExecContext(p.t.Context(), "ANALYZE") // as PostgreSQL does by itself
		p.must(err)
	}
}

// postfix finds one of the programs by which Postfix tests itself.
func postfix(t testing.TB, name string) string {
	t.Helper()
	program, err := exec.LookPath(name)
	if err != nil {
		missing := name + " is not installed; on Debian and Ubuntu: apt-get install postfix"
		if os.Getenv("REQUIRE_SERVICES") == "1" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	return program
}

// smtpSink starts Debian's smtp-sink and gives its address.
func smtpSink(t testing.TB, more ...string) string {
	t.Helper()
	program := postfix(t, "smtp-sink")
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	_ = free.Close()
	args := []string{"-c", address, "256"}
	if os.Geteuid() == 0 {
		args = append([]string{"-u", "nobody"}, args...)
	}
	cmd := exec.Command(program, append(more, args...)...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for range 100 {
		if conn, err := net.Dial("tcp", address); err == nil {
			_ = conn.Close()
			return address
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("smtp-sink does not listen")
	return ""
}

// rush lets reminders become due in one second while the program runs, and gives
// when each was handed over after that, in order, and when all were recorded.
func (p *play) rush(due time.Time, many int, within time.Duration) (sent []time.Duration, all time.Duration) {
	p.t.Helper()
	// Seconds begin when the machine's do, as outside of plays.
	began := time.Now().Truncate(time.Second).Add(8 * time.Second)
	p.clock.follow(due, began)
	program, err := p.start(p.t.Context())
	p.must(err)
	defer func() { p.must(program.stop()) }()
	tick := time.NewTicker(25 * time.Millisecond)
	defer tick.Stop()
	for left := many; left > 0 || time.Now().Before(began); {
		if time.Since(began) > within {
			p.t.Fatalf("after %s %d of %d are not sent", within, left, many)
		}
		<-tick.C
		p.must(p.sql.QueryRowContext(p.t.Context(),
			"SELECT count(*) FROM (SELECT 1 FROM notices WHERE state = 'planned' AND due_at <= '"+ledgerStamp(due)+
				"' LIMIT 1) x").Scan(&left))
	}
	all = time.Since(began)
	rows, err := p.sql.QueryContext(p.t.Context(), `SELECT a.started_at, a.finished_at FROM attempts a JOIN notices n
ON n.id = a.notice
		WHERE n.due_at = '`+ledgerStamp(due)+"'")
	p.must(err)
	defer func() { _ = rows.Close() }()
	gates := map[string]bool{}
	for rows.Next() {
		var gated, at string
		p.must(rows.Scan(&gated, &at))
		if gates[gated] = true; ledgerTime(gated).Before(due) {
			p.t.Errorf("one passed the gate at %s, before it was due", gated)
		}
		sent = append(sent, ledgerTime(at).Sub(due))
	}
	slices.Sort(sent)
	p.t.Logf("%d attempts were opened in %d transactions", len(sent), len(gates))
	return sent, all
}

// TestRush: five thousand reminders are due in the same second. All are handed
// over within ten seconds, over as many connections as a program has by itself.
func TestRush(t *testing.T) {
	t.Setenv(perDomain, "-1") // all of them are at one domain
	const cohorts, people, within = 5, 1000, 10 * time.Second
	for name, stand := range map[string]func(t *testing.T) (string, []string){
		"sqlite": func(t *testing.T) (string, []string) {
			return "sqlite:" + filepath.Join(t.TempDir(), "almanac.db"), nil
		},
		"postgres": func(t *testing.T) (string, []string) {
			return storetest.EmptyPostgres(t), []string{"--redis-url", notifytest.Redis(t).URL()}
		},
	} {
		t.Run(name, func(t *testing.T) {
			url, options := stand(t)
			sink := smtpSink(t)
			short, source := smtpSource(t, sink, 4*cohorts*people),
				smtpSource(t, sink, 4*cohorts*people, "-l", reminderOctets)
			starts := time.Date(2026, 1, 6, 23, 0, 0, 0, time.UTC)
			p := newPlay(t, url, starts.Add(-72*time.Hour),
				func(*notifytest.Sink) string { return "smtp://" + sink + "?tls=none" },
				append(options, "--data-dir", t.TempDir(), "--roles", "agenda,worker")...)
			p.crowd(cohorts, people, starts)
			p.owe(starts.Add(-24*time.Hour), cohorts*people)
			at, all := p.rush(starts.Add(-24*time.Hour), cohorts*people, 2*time.Minute)
			last := at[len(at)-1]
			rate := float64(len(at)) / last.Seconds()
			t.Logf("%d due at once: handed over after p50 %s, p99 %s, max %s: %.0f a second; all recorded after %s; "+
				"smtp-source %.0f a second, ratio %.2f; with its short messages %.0f, ratio %.2f",
				len(at), at[len(at)/2], at[len(at)*99/100], last, rate, all.Round(time.Millisecond), source,
				rate/source, short, rate/short)
			if last > within {
				t.Errorf("the last left after %s, want %s", last, within)
			}
		})
	}
}

// reminderOctets is how long a reminder is; docs/samples has some.
const reminderOctets = "2300"

// smtpSource gives how many messages a second Debian's smtp-source brings there.
func smtpSource(t testing.TB, address string, many int, more ...string) float64 {
	t.Helper()
	program := postfix(t, "smtp-source")
	began := time.Now()
	var said bytes.Buffer
	cmd := exec.Command(program,
		slices.Concat([]string{"-d", "-s", "20", "-m", strconv.Itoa(many), "-f", "a@example.org", "-t",
			"b@example.net"}, more, []string{address})...)
	cmd.Stderr = &said
	if err := cmd.Run(); err != nil {
		t.Fatal(fmt.Errorf("smtp-source: %w: %s", err, said.String()))
	}
	return float64(many) / time.Since(began).Seconds()
}

// TestSlowMailServer: ten thousand reminders are due in one minute, and the mail
// server takes fifty milliseconds for each on twenty connections. All leave
// within five minutes, those whose deadline comes first before the others.
func TestSlowMailServer(t *testing.T) {
	t.Setenv(perDomain, "-1")
	const each = 5000
	due := time.Date(2026, 1, 6, 23, 0, 0, 0, time.UTC)
	p := newPlay(t, storetest.EmptySQLite(t), due.Add(-72*time.Hour), (*notifytest.Sink).URL, "--data-dir", t.TempDir(),
		"--roles", "agenda,worker")
	p.crowd(5, each/5, due.Add(72*time.Hour))
	p.crowd(5, each/5, due.Add(24*time.Hour))
	p.owe(due, 2*each)
	p.sink.Behave(notifytest.Trouble{At: notifytest.AtReply, Delay: 50 * time.Millisecond})
	_, all := p.rush(due, 2*each, 5*time.Minute)
	var overtaken int
	p.must(p.sql.QueryRowContext(t.Context(), `SELECT count(*) FROM notices n JOIN attempts a ON a.notice = n.id
		WHERE n.kind = 'reminder' AND n.lead_seconds = 259200 AND a.started_at >= '`+ledgerStamp(due)+`'
AND a.started_at < (
		  SELECT max(b.started_at) FROM attempts b JOIN notices m ON m.id = b.notice WHERE m.kind = 'reminder'
AND m.lead_seconds = 86400)`).Scan(&overtaken))
	t.Logf("%d messages of 50 ms over 20 connections in %s; %d of %d less urgent ones started before the last "+
		"urgent one",
		2*each, all.Round(time.Second), overtaken, each)
	if overtaken > 200 {
		t.Errorf("%d less urgent messages went before urgent ones", overtaken)
	}
	if n := p.sink.Connections(); n > 200 { // each serves a hundred messages
		t.Errorf("%d connections were opened", n)
	}
}
