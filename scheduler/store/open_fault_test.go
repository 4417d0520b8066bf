package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/store"
	"almanac/scheduler/store/storetest"
)

// TestLockedFile: another program holds the file for longer than anybody waits.
func TestLockedFile(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long")
	}
	t.Parallel()
	h := storetest.NewHouse(t, storetest.SQLite(t))
	cohort, people := h.OpenCohort(t, 18, seats), h.AddPeople(t, 2)
	other, err := h.Raw(t).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.ExecContext(t.Context(), "BEGIN EXCLUSIVE"); err != nil {
		t.Fatal(err)
	}
	_, err = h.Enroll(t.Context(), cohort, people[0])
	mustBeUnavailable(t, "a locked file", err)
	hurried, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = h.Enroll(hurried, cohort, people[1])
	mustBeUnavailable(t, "a locked file and no time", err)
	if _, err := h.DB.Clock(t.Context()); err != nil {
		t.Errorf("reading goes on meanwhile, but: %s", err)
	}
	if _, err := other.ExecContext(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	if n := len(h.Roster(t, cohort, desk.Load{}).Enrollments); n != 0 {
		t.Errorf("%d enrollments were stored", n)
	}
	if _, err := h.Enroll(t.Context(), cohort, people[0]); err != nil {
		t.Errorf("after the lock went: %s", err)
	}
}

func mustBeUnavailable(t *testing.T, what string, err error) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.Unavailable || !strings.HasSuffix(f.Message, ".") {
		t.Errorf("%s: %v", what, err)
	}
}

// TestFullDisk gives the database no room to grow and then some.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	h := storetest.NewHouse(t, storetest.SQLite(t))
	cohort := h.OpenCohort(t, 18, seats)
	limit := func(pages int) {
		if _, err := store.Writer(h.DB).ExecContext(t.Context(),
			fmt.Sprintf("PRAGMA max_page_count = %d", pages)); err != nil {
			t.Fatal(err)
		}
	}
	limit(1) // SQLite takes what it has for the least
	enrolled := 0
	var err error
	for n := 0; err == nil && n < 1000; n++ {
		if _, err = h.Desk.Enroll(t.Context(), h.Request(),
			scheduler.EnrollRequest{Cohort: cohort, Contact: storetest.Contact(n)}); err == nil {
			enrolled++
		}
	}
	mustBeUnavailable(t, "a full disk", err)
	if n := len(h.Roster(t, cohort, desk.Load{}).Enrollments); n != enrolled {
		t.Errorf("%d enrollments were stored and %d people were told so", n, enrolled)
	}
	if verdict := h.Ask(t, "PRAGMA integrity_check"); fmt.Sprint(verdict) != "[[ok]]" {
		t.Errorf("integrity: %v", verdict)
	}
	limit(1 << 20)
	if _, err := h.Desk.Enroll(t.Context(), h.Request(),
		scheduler.EnrollRequest{Cohort: cohort, Contact: storetest.Contact(2000)}); err != nil {
		t.Errorf("with room again: %s", err)
	}
}

// TestStoppedServer stops PostgreSQL under the store and starts it again.
func TestStoppedServer(t *testing.T) {
	t.Parallel()
	server := storetest.NewPostgres(t)
	h := storetest.NewHouse(t, server.Database())
	cohort, people := h.OpenCohort(t, 18, seats), h.AddPeople(t, 2)
	server.Stop()
	_, err := h.Enroll(t.Context(), cohort, people[0])
	mustBeUnavailable(t, "a stopped server", err)
	mustBeUnavailable(t, "a ping", h.DB.Ping(t.Context()))
	server.Start()
	if _, err := h.Enroll(t.Context(), cohort, people[1]); err != nil {
		t.Errorf("after the start: %s", err)
	}
	if n := len(h.Roster(t, cohort, desk.Load{}).Enrollments); n != 1 {
		t.Errorf("%d enrollments", n)
	}
}

func TestOpenRefusesOtherURLs(t *testing.T) {
	t.Parallel()
	h := storetest.NewHouse(t, storetest.SQLite(t))
	for _, c := range []struct {
		url  string
		kind fault.Kind
	}{
		{"", fault.Invalid},
		{"mysql://localhost/almanac", fault.Invalid},
		{"sqlite:", fault.Invalid},
		{"postgres://user:hunter2@:badport/x", fault.Invalid},
		{"sqlite:" + filepath.Join(t.TempDir(), "none", "almanac.db"), fault.Unavailable},
		{"postgres://nobody:hunter2@127.0.0.1:1/none?connect_timeout=5", fault.Unavailable},
	} {
		_, err := store.Open(t.Context(), store.Options{URL: c.url, Root: h.Root, Zones: h.Zones, Now: h.Now})
		if !fault.Is(err, c.kind) {
			t.Errorf("%q: %v", c.url, err)
			continue
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the password stands in the error: %s", err)
		}
	}
}

// What was committed survives a power cut, unless the data may be lost.
func TestOnlyThrowawayDataWaitsForNoDisk(t *testing.T) {
	t.Parallel()
	for throwaway, want := range map[bool]int{false: 2, true: 0} { // 2 is FULL, 0 is OFF
		h := storetest.NewHouse(t, storetest.SQLite(t))
		db, err := store.Open(t.Context(),
			store.Options{URL: h.URL, Root: h.Root, Zones: h.Zones, Now: h.Now, Throwaway: throwaway})
		if err != nil {
			t.Fatal(err)
		}
		var got int
		if err := store.Writer(db).QueryRowContext(t.Context(), "PRAGMA synchronous").Scan(&got); err != nil ||
			got != want {
			t.Errorf("synchronous is %d (%v), want %d", got, err, want)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestFileIsPrivate(t *testing.T) {
	t.Parallel()
	h := storetest.NewHouse(t, "sqlite:"+filepath.Join(t.TempDir(), "alm?anac %41#.db"))
	h.OpenCohort(t, 18, seats)
	path := strings.TrimPrefix(h.URL, "sqlite:")
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the file%s: %v, %v", suffix, info, err)
		}
	}
}

func TestClockIsTheDatabases(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, h *storetest.House) {
		at, err := h.DB.Clock(t.Context())
		if err != nil || at.Location() != time.UTC || time.Since(at).Abs() > time.Minute {
			t.Errorf("%v, %v", at, err)
		}
	})
}

// TestEndedByTheServer ends what a change waits for, and then connections that lie
// idle: the one change is told so, the next does not notice.
func TestEndedByTheServer(t *testing.T) {
	t.Parallel()
	h := storetest.NewHouse(t, storetest.Postgres(t))
	cohort, people := h.OpenCohort(t, 18, seats), h.AddPeople(t, 2)
	server := h.Raw(t)
	until := func(question string) {
		for yes := false; !yes; {
			if err := server.QueryRowContext(t.Context(), question).Scan(&yes); err != nil {
				t.Fatal(err)
			}
		}
	}
	other, err := server.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.ExecContext(t.Context(), "SELECT id FROM clinics FOR UPDATE"); err != nil {
		t.Fatal(err)
	}
	told := make(chan error)
	go func() {
		_, err := h.Enroll(t.Context(), cohort, people[0])
		told <- err
	}()
	const ours = " FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'almanac'"
	until("SELECT count(*) > 0 FROM (SELECT pg_cancel_backend(pid)" + ours + " AND wait_event_type = 'Lock') ended")
	mustBeUnavailable(t, "a lock that is waited for no longer", <-told)
	if err := other.Rollback(); err != nil {
		t.Fatal(err)
	}
	until("SELECT count(pg_terminate_backend(pid)) = 0" + ours)
	if _, err := h.Enroll(t.Context(), cohort, people[1]); err != nil {
		t.Errorf("on connections that the server had closed: %s", err)
	}
	if n := len(h.Roster(t, cohort, desk.Load{}).Enrollments); n != 1 {
		t.Errorf("%d enrollments", n)
	}
}
