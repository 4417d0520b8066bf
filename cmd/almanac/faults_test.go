package main

import (
	"database/sql"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"almanac/notify/notifytest"
	"almanac/scheduler"
	"almanac/scheduler/desk"
)

// keptIn counts the kept mails of a running program.
func keptIn(folder string) int {
	found, _ := filepath.Glob(filepath.Join(folder, "mail", "*.eml")) // the pattern is sound
	return len(found)
}

// A database that another program keeps locked: the pages go on, changes are
// refused with a sentence, and what is owed leaves once the lock is gone.
func TestLockedDatabase(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long")
	}
	t.Parallel()
	folder := t.TempDir()
	s := serveInside(t, "--data-dir", folder)
	cohort := openAhead(t, s.must)
	enrolled := s.must(t, requestFor(cohort, newStory().guests[0]), "enroll", "-")
	s.rest()
	if !await(time.Minute, func() bool { return keptIn(folder) >= 2 }) {
		t.Fatal("the welcome and the first invite do not come")
	}
	s.cancelFirst(t, cohort)
	before := keptIn(folder)
	release := lockDatabase(t, filepath.Join(folder, "almanac.db"))
	s.clock.set(s.clock.now().Add(2 * changeRests))

	if status := becomes(t, s.base, "agenda", "degraded"); status != 200 {
		t.Errorf("with a locked database /readyz answers %d", status)
	}
	fetchFeed(t, s.base+pathOf(t, lineOf(enrolled, "feed")), 5)
	code, out, trouble := s.shell(t, requestFor(cohort, newStory().guests[1]), "enroll", "-")
	if code != exitFailed || out != "" ||
		trouble != "The database is busy and nothing was changed. Try again in a moment.\n" {
		t.Errorf("enrolling ended with %d, printed %q and said %q", code, out, trouble)
	}
	saysSoon(t, s.log, `msg="duty fails"`)
	if after := keptIn(folder); after != before {
		t.Errorf("%d mails were handed over that could not be written down", after-before)
	}

	release()
	becomes(t, s.base, "agenda", "ok")
	if !await(time.Minute, func() bool { return keptIn(folder) == before+2 }) {
		t.Errorf("of the cancelled and the added date %d mails came", keptIn(folder)-before)
	}
	s.must(t, requestFor(cohort, newStory().guests[1]), "enroll", "-")
	if code := s.stop(); code != exitDone {
		t.Errorf("it ends with %d", code)
	}
}

// cancelFirst cancels the first session of a cohort.
func (s *served) cancelFirst(t *testing.T, cohort string) {
	t.Helper()
	h := s.house(t)
	clinic, err := h.clinic(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	page, err := h.store.Cohort(t.Context(), request(clinic).Actor, clinic.ID, scheduler.ID(cohort))
	if err != nil {
		t.Fatal(err)
	}
	if err := h.desk.Confirm(t.Context(), request(clinic),
		desk.Cancel(scheduler.CancelRequest{Session: page.Sessions[0].ID})); err != nil {
		t.Fatal(err)
	}
}

// lockDatabase locks a database file as another process would, until release.
func lockDatabase(t *testing.T, path string) (release func()) {
	t.Helper()
	other, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.Close() })
	conn, err := other.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.ExecContext(t.Context(), "BEGIN EXCLUSIVE"); err != nil {
		t.Fatal(err)
	}
	return func() {
		if _, err := conn.ExecContext(t.Context(), "ROLLBACK"); err != nil {
			t.Error(err)
		}
	}
}

// Redis and the mail server go and come back under a running program, which
// says so and loses nothing.
func TestServicesComeAndGo(t *testing.T) {
	t.Parallel()
	redis, sink := notifytest.Redis(t), notifytest.SMTP(t)
	s := serveInside(t, "--data-dir", t.TempDir(), "--redis-url", redis.URL(), "--smtp-url", sink.URL())
	becomes(t, s.base, "queue", "ok")
	redis.Stop()
	if status := becomes(t, s.base, "queue", "degraded"); status != 200 {
		t.Errorf("without Redis /readyz answers %d", status)
	}
	cohort := openAhead(t, s.must)
	s.must(t, requestFor(cohort, newStory().guests[0]), "enroll", "-")
	s.rest()
	if !await(time.Minute, func() bool { return len(sink.Messages()) >= 2 }) {
		t.Errorf("without Redis %d messages arrive", len(sink.Messages()))
	}
	redis.Start()
	becomes(t, s.base, "queue", "ok")

	sink.Down()
	s.must(t, requestFor(cohort, newStory().guests[1]), "enroll", "-")
	s.rest()
	if status := becomes(t, s.base, "mail", "degraded"); status != 200 {
		t.Errorf("without a mail server /readyz answers %d", status)
	}
	sink.Up()
	address := newStory().guests[1].email
	if !await(time.Minute, func() bool {
		s.clock.set(s.clock.now().Add(5 * time.Second)) // the next try comes after a minute or more
		return slices.ContainsFunc(sink.Messages(),
			func(m notifytest.Message) bool { return slices.Contains(m.To, address) })
	}) {
		t.Error("what was owed while the mail server was away does not come")
	}
	becomes(t, s.base, "mail", "ok")
	for _, said := range []string{`msg="part degraded" part=queue`, `msg="part well again" part=queue`,
		`msg="part degraded" part=mail`, `msg="part well again" part=mail`} {
		saysSoon(t, s.log, said)
	}
	for _, secret := range newStory().secrets() {
		if strings.Contains(s.log.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
	ids := map[string]bool{}
	for _, m := range sink.Messages() {
		l, err := readLetter(m.Data, time.Time{}, m.To)
		if err != nil {
			t.Fatal(err)
		}
		if ids[l.id] {
			t.Errorf("the message %s came twice", l.id)
		}
		ids[l.id] = true
	}
}
