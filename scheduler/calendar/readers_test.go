package calendar_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/mail"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/emersion/go-ical"

	"almanac/scheduler/calendar"
)

// facts are what a parser reads in an invitation: properties by name, parameters by
// "NAME PARAMETER"; missing ones are empty.
type facts map[string]string

var (
	partyNames      = []string{"ORGANIZER", "ATTENDEE"}
	partyParameters = []string{"CN", "CUTYPE", "ROLE", "PARTSTAT", "RSVP"}
)

// saidByGoICal uses go-ical, which decodes neither TEXT nor RFC 6868.
func saidByGoICal(t *testing.T, raw []byte) facts {
	t.Helper()
	root := decoded(t, raw)
	event := root.Children[0]
	said := facts{"METHOD": value(root, "METHOD")}
	for _, name := range []string{"UID", "SEQUENCE", "STATUS", "DTSTART", "DTEND"} {
		said[name] = value(event, name)
	}
	said["SUMMARY"] = values(t, event)["SUMMARY"]
	for _, name := range partyNames {
		party := event.Props.Get(name)
		if party == nil {
			party = &ical.Prop{}
		}
		said[name] = party.Value
		for _, parameter := range partyParameters {
			said[name+" "+parameter] = caret.Replace(party.Params.Get(parameter))
		}
	}
	return said
}

// saidByMany runs a program that takes files and prints a line of JSON for each.
func saidByMany(t *testing.T, files []string, program string, args ...string) []facts {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), program, append(args, files...)...).Output()
	if err != nil {
		t.Fatalf("%s: %s\n%s", program, err, out)
	}
	var all []facts
	for line := range bytes.Lines(out) {
		var said facts
		if err := json.Unmarshal(line, &said); err != nil {
			t.Fatalf("%s prints %q: %s", program, line, err)
		}
		all = append(all, said)
	}
	if len(all) != len(files) {
		t.Fatalf("%s speaks of %d files, not %d", program, len(all), len(files))
	}
	return all
}

// icalJS skips the test without ical.js, unless REQUIRE_SERVICES=1.
func icalJS(t *testing.T) (program, script string) {
	t.Helper()
	if testing.Short() {
		t.Skip("make quick asks no other reader")
	}
	program, err := exec.LookPath("node")
	if err == nil {
		_, err = os.Stat("testdata/readers/node_modules/ical.js")
	}
	if err != nil && os.Getenv("REQUIRE_SERVICES") != "1" {
		t.Skip("node and ical.js are needed: make install")
	}
	if err != nil {
		t.Fatalf("ical.js cannot be asked; run make install: %s", err)
	}
	return program, "testdata/readers/read.js"
}

// writtenObjects are all stored invitations: the golden files of this package and the
// calendar parts of the sample mails.
func writtenObjects(t *testing.T) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	for name := range invitations(t) {
		raw, err := os.ReadFile(filepath.Join("testdata", name+".ics"))
		if err != nil {
			t.Fatal(err)
		}
		all[name] = raw
	}
	mails, err := filepath.Glob("../../docs/samples/*.eml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range mails {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		m, err := mail.ReadMessage(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		if object := calendarPart(t, m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"),
			m.Body); object != nil {
			all[filepath.Base(file)] = object
		}
	}
	return all
}

// calendarPart finds the text/calendar of a part and all inside it.
func calendarPart(t *testing.T, contentType, encoding string, body io.Reader) []byte {
	t.Helper()
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		t.Fatal(err)
	}
	if kind == "text/calendar" {
		if encoding != "base64" {
			t.Fatalf("the calendar is encoded as %q", encoding)
		}
		object, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, body))
		if err != nil {
			t.Fatal(err)
		}
		return object
	}
	if !strings.HasPrefix(kind, "multipart/") {
		return nil
	}
	for parts := multipart.NewReader(body, params["boundary"]); ; {
		part, err := parts.NextRawPart()
		if err != nil { // the end
			return nil
		}
		if object := calendarPart(t, part.Header.Get("Content-Type"), part.Header.Get("Content-Transfer-Encoding"),
			part); object != nil {
			return object
		}
	}
}

// TestReadersAgree parses every invitation with three independent parsers and compares
// the results. One difference is known: ical.js reads \n in a parameter as a line break,
// unlike RFC 5545 §3.2.
func TestReadersAgree(t *testing.T) {
	t.Parallel()
	libical := restriction(t)
	node, script := icalJS(t)
	objects := writtenObjects(t)
	methods := map[string]int{}
	names, files := slices.Sorted(maps.Keys(objects)), []string(nil)
	for _, name := range names {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, objects[name], 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	if found := faults(t, libical, objects); found != "" {
		t.Errorf("libical finds:\n%s", found)
	}
	fromLibical, fromJS := saidByMany(t, files, libical, "--say"), saidByMany(t, files, node, script)
	for i, name := range names {
		want := saidByGoICal(t, objects[name])
		methods[want["METHOD"]]++
		for fact, text := range want {
			js := text
			if strings.HasSuffix(fact, " CN") {
				js = strings.ReplaceAll(text, `\n`, "\n")
			}
			if fromLibical[i][fact] != text || fromJS[i][fact] != js {
				t.Errorf("%s: %s is %q to go-ical, %q to libical, %q to ical.js", name, fact, text,
					fromLibical[i][fact], fromJS[i][fact])
			}
		}
		if len(fromLibical[i]) != len(want) || len(fromJS[i]) != len(want) {
			t.Errorf("%s: go-ical says %d things, libical %d, ical.js %d", name, len(want), len(fromLibical[i]),
				len(fromJS[i]))
		}
	}
	if methods["REQUEST"] < 8 || methods["CANCEL"] < 3 {
		t.Errorf("only %v were read", methods)
	}
}

// TestReadersSee is the negative control: each parser sees each change.
func TestReadersSee(t *testing.T) {
	t.Parallel()
	libical := restriction(t)
	node, script := icalJS(t)
	request := string(calendar.AppendInvitation(nil, invitations(t)["request"]))
	changes := map[string]string{
		"METHOD": "METHOD:REQUEST|METHOD:CANCEL", "UID": "UID:|UID:0", "SEQUENCE": "SEQUENCE:|SEQUENCE:1",
		"STATUS":  "STATUS:CONFIRMED|STATUS:TENTATIVE",
		"SUMMARY": `SUMMARY:|SUMMARY:A\, `, "DTSTART": "DTSTART:2026|DTSTART:2025", "DTEND": "DTEND:2026|DTEND:2027",
		"ORGANIZER": ":mailto:a|:mailto:b", "ATTENDEE PARTSTAT": "NEEDS-ACTION|ACCEPTED",
		"ATTENDEE RSVP": "RSVP=TRUE|RSVP=FALSE",
	}
	facts, files := slices.Sorted(maps.Keys(changes)), []string{filepath.Join(t.TempDir(), "plain")}
	write := func(file, text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(files[0], request)
	for _, fact := range facts {
		old, other, _ := strings.Cut(changes[fact], "|")
		file := filepath.Join(t.TempDir(), "changed")
		write(file, strings.Replace(unfolded([]byte(request)), old, other, 1))
		files = append(files, file)
	}
	fromLibical, fromJS := saidByMany(t, files, libical, "--say"), saidByMany(t, files, node, script)
	for i, fact := range facts {
		if fromLibical[i+1][fact] == fromLibical[0][fact] || fromJS[i+1][fact] == fromJS[0][fact] {
			t.Errorf("%s: libical sees %q after %q, ical.js %q after %q", fact, fromLibical[i+1][fact],
				fromLibical[0][fact], fromJS[i+1][fact], fromJS[0][fact])
		}
	}
}
