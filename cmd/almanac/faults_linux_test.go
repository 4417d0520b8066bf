package main

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// A disk without room: the pages go on, changes are refused with a sentence,
// and what is owed leaves once there is room.
func TestFullDisk(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long")
	}
	t.Parallel()
	folder := smallDisk(t)
	s := serveInside(t, "--data-dir", folder)
	cohort := openAhead(t, s.must)
	enrolled := s.must(t, requestFor(cohort, newStory().guests[0]), "enroll", "-")
	s.rest()
	if !await(time.Minute, func() bool { return keptIn(folder) >= 2 }) {
		t.Fatal("the welcome and the first invite do not come")
	}
	s.cancelFirst(t, cohort)
	before := keptIn(folder)
	free := fill(t, folder)
	s.clock.set(s.clock.now().Add(2 * changeRests))

	if status := becomes(t, s.base, "agenda", "degraded"); status != 200 {
		t.Errorf("with a full disk /readyz answers %d", status)
	}
	fetchFeed(t, s.base+pathOf(t, lineOf(enrolled, "feed")), 5)
	code, out, trouble := s.shell(t, requestFor(cohort, newStory().guests[1]), "enroll", "-")
	if code != exitFailed || out != "" ||
		trouble != "The database has no room left and nothing was changed. Ask the person who runs this server to "+
			"free some.\n" {
		t.Errorf("enrolling ended with %d, printed %q and said %q", code, out, trouble)
	}
	saysSoon(t, s.log, `msg="duty fails"`)
	saysSoon(t, s.log, "no room left")

	free()
	becomes(t, s.base, "agenda", "ok")
	if !await(time.Minute, func() bool { return keptIn(folder) == before+2 }) {
		t.Errorf("of the cancelled and the added date %d mails came", keptIn(folder)-before)
	}
	s.must(t, requestFor(cohort, newStory().guests[1]), "enroll", "-")
	if code := s.stop(); code != exitDone {
		t.Errorf("it ends with %d", code)
	}
}

// smallDisk gives a folder on a disk of four megabytes.
func smallDisk(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size=4m"); err != nil {
		const missing = "a small disk can be made by root alone"
		if os.Geteuid() != 0 && os.Getenv("REQUIRE_SERVICES") != "1" {
			t.Skip(missing)
		}
		t.Fatal(missing, ": ", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(folder, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return folder
}

// fill takes all the room there is, until free.
func fill(t *testing.T, folder string) (free func()) {
	t.Helper()
	path := filepath.Join(folder, "filling")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	block := make([]byte, 1024)
	for err == nil {
		_, err = file.Write(block)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(path); err != nil {
			t.Error(err)
		}
	}
}
