package main

import (
	"errors"
	"io/fs"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"almanac/protocols"
	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/web"
)

// The two arms of the trial look alike to those in it: whatever reaches somebody
// in the one is, but for ids, UIDs, tokens and instants, byte for byte what
// reaches somebody with the same dates in the other, and none of it says what
// the group does.
func TestArmsLookAlike(t *testing.T) {
	t.Parallel()
	arms := []string{"m-rocc", "recovery-support"}
	seen, invites := map[string]map[string]string{}, map[string]string{}
	for _, arm := range arms {
		seen[arm], invites[arm] = patientOutputs(t, arm)
	}
	if got, want := slices.Sorted(maps.Keys(seen[arms[1]])),
		slices.Sorted(maps.Keys(seen[arms[0]])); !slices.Equal(got, want) {
		t.Fatalf("the arms see different things: %q and %q", want, got)
	}
	kinds := map[string]bool{}
	for name, text := range seen[arms[0]] {
		kind, _, _ := strings.Cut(name, " ")
		kinds[kind] = true
		if other := seen[arms[1]][name]; other != text {
			t.Errorf("%s differs between the arms:\n%s\n%s", name, text, other)
		}
		for _, arm := range arms {
			for _, told := range tellingWords(t, arm) {
				if strings.Contains(strings.ToLower(text), told) {
					t.Errorf("%s says %q of %s", name, told, arm)
				}
			}
		}
	}
	for _, kind := range []string{"feed", "page", "welcome", "REQUEST", "CANCEL", "reminder"} {
		if !kinds[kind] {
			t.Errorf("no %s was looked at", kind)
		}
	}
	isSample(t, "invite-blinded.en.eml", invites[arms[0]])
	isSample(t, "invite-blinded.en.eml", invites[arms[1]])
}

// patientOutputs plays ten days of a cohort with one person in it and gives all
// that this person sees, with ids, UIDs, tokens and instants struck out, and the
// invite to the first session as a sample.
func patientOutputs(t *testing.T, protocol string) (seen map[string]string, invite string) {
	t.Helper()
	w := sqliteWorld(t)
	seen = map[string]string{}
	w.until(w.story.asked)
	opened := w.command("", "cohort", "open", "--protocol", protocol, "--start", "2026-01-20", "--time", "18:00",
		"--zone", storyZone)
	cohort, _, _ := strings.Cut(opened, "\n")
	enrolled := w.command(requestFor(cohort, w.story.guests[0]), "enroll", "-", "--fact",
		"stable-dose-since=2025-11-20")
	w.until(instant("2026-01-18 00:00"))
	w.keepLetters(seen)
	invite = w.firstInvite()
	w.look(seen, "before", enrolled)
	w.until(instant("2026-01-21 12:00"))
	err := w.desk.Confirm(t.Context(), request(w.clinic),
		desk.Cancel(scheduler.CancelRequest{Session: w.session(scheduler.ID(cohort), instant("2026-01-27 23:00"))}))
	if err != nil {
		t.Fatal(err)
	}
	w.until(instant("2026-01-22 12:00"))
	w.keepLetters(seen)
	w.look(seen, "after", enrolled)
	return seen, invite
}

// keepLetters adds the mail that is kept now, as it would have been handed over.
func (w *world) keepLetters(seen map[string]string) {
	w.t.Helper()
	for file, l := range w.kept {
		raw, err := os.ReadFile(filepath.Join(w.config.DataDir, "mail", file))
		if errors.Is(err, fs.ErrNotExist) {
			continue // erased since it was looked at
		}
		if err != nil {
			w.t.Fatal(err)
		}
		seen[l.kind+" "+stampOf(l.at)+" "+l.subject] = struckOut(string(raw))
		for _, object := range l.objects { // folded text and base64 hide words and ids
			seen[l.kind+" "+stampOf(l.at)+" "+l.subject+" its calendar"] = struckOut(inOneLine(string(object)))
		}
		seen[l.kind+" "+stampOf(l.at)+" "+l.subject+" its text"] = struckOut(l.text + l.html)
	}
}

// look adds the person's feed and page, headers and all.
func (w *world) look(seen map[string]string, when, enrolled string) {
	w.t.Helper()
	server, err := web.New(w.webOptions())
	if err != nil {
		w.t.Fatal(err)
	}
	for _, name := range []string{"feed", "page"} {
		path := strings.TrimPrefix(lineOf(enrolled, name), "https://dates.example")
		answer := httptest.NewRecorder()
		server.Handler().ServeHTTP(answer, httptest.NewRequest("GET", path, nil))
		if answer.Code != 200 {
			w.t.Fatalf("the %s answers %d", name, answer.Code)
		}
		var headers strings.Builder
		if err := answer.Header().Write(&headers); err != nil {
			w.t.Fatal(err)
		}
		seen[name+" "+when] = struckOut(headers.String() + inOneLine(answer.Body.String()))
	}
}

func inOneLine(text string) string { return strings.ReplaceAll(text, "\r\n ", "") }

// What may differ: UUIDs and tokens of 26 characters, boundaries and calendar
// objects made of them in base64, request ids, and the instants of making.
var (
	drawn = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|` +
		`\b[a-z2-7]{26}\b|\b[0-9a-hjkmnp-tv-z]{13,42}\b`)
	encoded   = regexp.MustCompile(`(?m)^(?:[A-Za-z0-9+/]{76}\r\n)+[A-Za-z0-9+/=]+\r$`)
	requested = regexp.MustCompile(`X-Request-Id: [0-9a-f]+`)
	made      = regexp.MustCompile(`(?:DTSTAMP|CREATED|LAST-MODIFIED):[0-9TZ]+`)
)

// struckOut strikes them out, and undoes the line breaks of quoted-printable,
// which may stand within one.
func struckOut(text string) string {
	text = strings.ReplaceAll(text, "=\r\n", "")
	for _, d := range []*regexp.Regexp{drawn, encoded, requested, made} {
		text = d.ReplaceAllString(text, "…")
	}
	return text
}

// tellingWords are the titles of a protocol, of its phases and of its modules,
// its id, and each word of them that would tell somebody what it is.
func tellingWords(t *testing.T, id string) []string {
	t.Helper()
	library, err := protocols.BuiltinLibrary()
	if err != nil {
		t.Fatal(err)
	}
	d, err := library.Find(id)
	if err != nil {
		t.Fatal(err)
	}
	words := []string{d.Protocol, d.Title, "mindful", "recovery", "opioid", "low-dose", "intensive"}
	for _, phase := range d.Phases {
		words = append(words, phase.ID, phase.Title)
	}
	for _, p := range d.Positions() {
		words = append(words, p.ID, p.Title, p.Module)
	}
	for i := range words {
		words[i] = strings.ToLower(words[i])
	}
	slices.Sort(words)
	return slices.DeleteFunc(slices.Compact(words), func(word string) bool { return word == "" })
}

// The eyes of the test above see what they must.
func TestStruckOut(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 20, 23, 0, 0, 0, time.UTC).Format("20060102T150405Z")
	if got := struckOut("DTSTAMP:" + at + " DTSTART:" + at +
		" UID:0f8fad5b-d9cb-469f-a165-70867728950e"); got != "… DTSTART:"+at+" UID:…" {
		t.Errorf("struck out to %q", got)
	}
	for _, word := range []string{"orientation", "m-rocc"} {
		if !slices.Contains(tellingWords(t, "m-rocc"), word) {
			t.Errorf("%q is not looked for", word)
		}
	}
}
