package calendar_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"almanac/scheduler/calendar"
)

// restriction builds the checker of testdata/restrict with libical. Without a compiler
// or libical it skips the test, unless REQUIRE_SERVICES=1.
func restriction(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("make quick asks no other reader")
	}
	program := filepath.Join(t.TempDir(), "restrict")
	out, err := exec.CommandContext(t.Context(), "gcc", "-O1", "-Wall", "-o", program, "testdata/restrict/restrict.c",
		"-lical").CombinedOutput()
	if err == nil {
		return program
	}
	lacking := errors.Is(err, exec.ErrNotFound) || bytes.Contains(out, []byte("libical/ical.h")) ||
		bytes.Contains(out, []byte("-lical"))
	if lacking && os.Getenv("REQUIRE_SERVICES") != "1" {
		t.Skip("gcc and libical-dev are needed: apt-get install gcc libical-dev")
	}
	t.Fatalf("building the checker: %s\n%s", err, out)
	return ""
}

// faults returns the errors that libical finds in objects, by name.
func faults(t *testing.T, program string, objects map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	var files []string
	for name, raw := range objects {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, path)
	}
	out, err := exec.CommandContext(t.Context(), program, files...).CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if (err == nil) != (len(out) == 0) {
		t.Fatalf("the checker ended with %s and printed %q", err, out)
	}
	return strings.ReplaceAll(string(out), dir+"/", "")
}

// published returns a copy of a feed that libical can judge, because it knows
// the tables of RFC 5546 by METHOD only.
func published(feed []byte) []byte {
	text := strings.Replace(string(feed), "CALSCALE:", "METHOD:PUBLISH\r\nCALSCALE:", 1)
	return []byte(strings.ReplaceAll(text, "BEGIN:VEVENT\r\n", "BEGIN:VEVENT\r\nORGANIZER:mailto:a@example.net\r\n"))
}

func TestLibicalAccepts(t *testing.T) {
	t.Parallel()
	program := restriction(t)
	objects := map[string][]byte{}
	for name, feed := range feeds(t) {
		raw := calendar.AppendFeed(nil, feed)
		objects[name] = raw
		objects[name+"-published"] = published(raw)
	}
	for name, invitation := range invitations(t) {
		objects[name] = calendar.AppendInvitation(nil, invitation)
	}
	anyFeed, anyInvitation := anyFeed(8), anyInvitation()
	for seed := range 200 {
		objects[fmt.Sprintf("any-feed-%d", seed)] = published(calendar.AppendFeed(nil, anyFeed.Example(seed)))
		objects[fmt.Sprintf("any-invitation-%d", seed)] = calendar.AppendInvitation(nil, anyInvitation.Example(seed))
	}
	if found := faults(t, program, objects); found != "" {
		t.Errorf("libical finds:\n%s", found)
	}
}

// TestLibicalCanRefuse is the negative control: each object breaks one rule.
func TestLibicalCanRefuse(t *testing.T) {
	t.Parallel()
	program := restriction(t)
	request := string(calendar.AppendInvitation(nil, invitations(t)["request"]))
	cancel := string(calendar.AppendInvitation(nil, invitations(t)["cancel"]))
	feed := string(published(calendar.AppendFeed(nil, feeds(t)["feed-one"])))
	for name, bad := range map[string]string{
		"no-organizer":        strings.Replace(request, "ORGANIZER;", "X-ORGANIZER;", 1),
		"no-attendee":         strings.Replace(request, "ATTENDEE;", "X-ATTENDEE;", 1),
		"cancelled-request":   strings.Replace(request, "STATUS:CONFIRMED", "STATUS:CANCELLED", 1),
		"cancel-unnumbered":   strings.Replace(cancel, "SEQUENCE:2\r\n", "", 1),
		"published-attendee":  strings.Replace(feed, "SEQUENCE:", "ATTENDEE:mailto:b@example.net\r\nSEQUENCE:", 1),
		"published-dateless":  strings.Replace(feed, "DTSTART:", "X-DTSTART:", 1),
		"published-bad-value": strings.Replace(feed, "DTSTART:2026", "DTSTART:26", 1),
	} {
		if found := faults(t, program, map[string][]byte{name: []byte(bad)}); found == "" {
			t.Errorf("libical finds nothing wrong with %s", name)
		}
	}
}
