package main

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"almanac/scheduler"
)

// counter is the program at a shell on one data folder, with the clock at noon
// of 1 December 2026.
type counter struct {
	t      *testing.T
	folder string
}

func newCounter(t *testing.T) counter {
	t.Helper()
	return counter{t, t.TempDir()}
}

func (c counter) run(in string, args ...string) (code int, out, trouble string) {
	c.t.Helper()
	return c.runAt(time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC), in, args...)
}

// runAt runs a command at an instant.
func (c counter) runAt(at time.Time, in string, args ...string) (code int, out, trouble string) {
	c.t.Helper()
	printed, said := &notes{}, &notes{}
	code = run(c.t.Context(), terminal{
		in: strings.NewReader(in), out: printed, trouble: said, lookupEnv: noEnvironment, readFile: os.ReadFile,
		now: func() time.Time { return at },
	}, append([]string{"--data-dir", c.folder}, args...))
	return code, printed.String(), said.String()
}

// prints runs a command that has to succeed.
func (c counter) prints(in string, args ...string) string {
	c.t.Helper()
	code, out, trouble := c.run(in, args...)
	if code != exitDone || trouble != "" {
		c.t.Fatalf("almanac %s ended with %d and said %q", strings.Join(args, " "), code, trouble)
	}
	return out
}

// open opens a cohort and gives its id.
func (c counter) open(more ...string) string {
	c.t.Helper()
	id, _, _ := strings.Cut(c.prints("", append([]string{
		"cohort", "open", "--protocol", "more-telehealth", "--start", "2027-01-05", "--time", "18:00",
		"--zone", storyZone,
	}, more...)...), "\n")
	return id
}

// rows counts what is stored; of the audit what was done, and not who looked.
func (c counter) rows() map[string]int {
	c.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(c.folder, "almanac.db"))
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	counts := map[string]int{}
	for _, table := range []string{"clinics", "staff", "cohorts", "sessions", "people", "consents", "enrollments",
		"seats", "notices", "tasks", "audit WHERE action <> 'people.view'"} {
		var n int
		if err := db.QueryRowContext(c.t.Context(), "SELECT count(*) FROM "+table).Scan(&n); err != nil {
			c.t.Fatal(err)
		}
		counts[strings.Fields(table)[0]] = n
	}
	return counts
}

// Whatever is wrong is told in a sentence that says what to do, and nothing is stored.
func TestBadInput(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	cohort := c.open()
	before := c.rows()
	opening := func(more ...string) []string { // a later flag wins
		return append([]string{"cohort", "open", "--protocol", "more-telehealth", "--start", "2027-01-05", "--time",
			"18:00", "--zone", storyZone}, more...)
	}
	enrolling := func(more ...string) []string {
		return append([]string{"enroll", "--cohort", cohort, "--name", "Pat Example"}, more...)
	}
	const noEmail = "This is not an email address. Write it like pat@example.net, or leave it empty.\n"
	const noPhone = "This is not a phone number. Write it with its area code, like +1 202 555 0100, or leave it " +
		"empty.\n"
	const noName = "The name has a line break or a character that cannot be shown; type it again.\n"
	for name, bad := range map[string]struct {
		args []string
		code int
		says string
	}{
		"unknown protocol": {opening("--protocol", "nothing"), 1,
			"Unknown protocol \"nothing\": \"almanac protocol list\" prints them all.\n"},
		"unknown version": {opening("--protocol", "more-telehealth@9"), 1,
			"Unknown protocol version \"more-telehealth@9\": there is more-telehealth@1.\n"},
		"impossible date": {opening("--start", "2027-02-30"), 2,
			"An option is not understood: \"2027-02-30\" for --start: 2027-02-30 is not a day of the calendar; " +
				"check the month and the day.\n"},
		"impossible time": {opening("--time", "25:00"), 2,
			"An option is not understood: \"25:00\" for --time: \"25:00\" is not a time of day; write it with 24 " +
				"hours, such as 18:00.\n"},
		"past start": {opening("--start", "2026-11-24"), 1,
			"The first session, on 2026-11-24, has passed. Choose a later start, or confirm that a past start is " +
				"meant.\n"},
		"gap": {opening("--start", "2027-03-14", "--time", "02:30"), 1,
			"On 2027-03-14 the clocks go forward and 02:30 does not exist: it would be 03:30 EDT or 01:30 EST, and " +
				"the first counts. Choose another time, or accept the shift.\n"},
		"overlap": {opening("--start", "2027-11-07", "--time", "01:30"), 1,
			"On 2027-11-07 the clocks go back and 01:30 occurs twice, as 01:30 EDT and as 01:30 EST, and the " +
				"first counts. Choose another time, or accept the shift.\n"},
		"unknown zone": {opening("--zone", "Mars/Base"), 1,
			"The time zone \"Mars/Base\" is unknown; type a place such as America/New_York.\n"},
		"Local": {opening("--zone", "Local"), 1,
			"\"Local\" means a different zone on every machine; type a place such as America/New_York.\n"},
		"abbreviation": {opening("--zone", "EST"), 1,
			"\"EST\" is an abbreviation and not a place; type a place such as America/New_York.\n"},
		"capacity 0": {opening("--capacity", "0"), 1,
			"A cohort needs at least one seat. Give a capacity of 6 or more.\n"},
		"negative capacity": {opening("--capacity", "-4"), 1,
			"A cohort needs at least one seat. Give a capacity of 6 or more.\n"},
		"capacity too small": {opening("--capacity", "5"), 1,
			"This protocol needs at least 6 people. Give a capacity of 6 or more, or a reason.\n"},
		"capacity of letters": {opening("--capacity", "ten"), 2,
			"An option is not understood: \"ten\" for --capacity: it must be a whole number, such as 12.\n"},
		"unknown day": {opening("--days", "funday"), 2,
			"An option is not understood: \"funday\" for --days: \"funday\" is not a day of the week; write mon, " +
				"tue, wed, thu, fri, sat or sun.\n"},
		"backward range": {opening("--closed", "2027-02-01..2027-01-01"), 2,
			"An option is not understood: \"2027-02-01..2027-01-01\" for --closed: the range 2027-02-01..2027-01-01 " +
				"ends before it starts; write 2027-01-01..2027-02-01.\n"},
		"unknown holidays": {opening("--holidays", "mars"), 2,
			"There are no holidays called \"mars\"; --holidays takes us-federal.\n"},
		"unknown facilitator": {opening("--facilitator", "nobody@example.net"), 1,
			"Nobody on this clinic's staff has that e-mail address. `almanac staff add` adds them.\n"},
		"unknown clinic": {opening("--clinic", "nowhere"), 1,
			"There is no clinic called \"nowhere\". `almanac clinic add` adds one.\n"},
		"lines in the group": {opening("--name", "One\r\nTwo"), 1, noName},
		"no second word":     {[]string{"token"}, 2, "The command token needs a second word: add, list, revoke.\n"},
		"an option instead": {[]string{"clinic", "--name", "x"}, 2,
			"The command clinic needs a second word: add, close, export, import, open, set.\n"},
		"wrong second word": {[]string{"clinic", "drop"}, 2,
			"There is no command \"clinic drop\". After clinic comes one of: add, close, export, import, open, set.\n"},
		"no protocol": {[]string{"cohort", "open"}, 2,
			"Say which protocol with --protocol ID. `almanac protocol list` shows them all.\n"},
		"no dates": {[]string{"cohort", "open", "--protocol", "mbsr-4w"}, 2,
			"Say when, with --start DATE and --time HH:MM and --zone ZONE.\n"},
		"malformed e-mail":    {enrolling("--email", "pat at example"), 1, noEmail},
		"two e-mails":         {enrolling("--email", "a@example.net,b@example.net"), 1, noEmail},
		"lines in the name":   {enrolling("--name", "Pat\r\nBcc: x@example.net"), 1, noName},
		"lines in the e-mail": {enrolling("--email", "pat@example.net\r\nBcc: x@example.net"), 1, noEmail},
		"lines in the phone":  {enrolling("--phone", "+12025550111\r\n1"), 1, noPhone},
		"lines in the zone": {enrolling("--zone", "America/\r\nNew_York"), 1,
			"The time zone has a line break or a character that cannot be shown; type it again.\n"},
		"lines in language": {enrolling("--language", "en\r\n"), 1, "Choose a language, en or es.\n"},
		"lines in the consent": {enrolling("--consent", "email\r\nsms"), 1,
			"There is no such channel; choose email, sms or voice.\n"},
		"all at once": {enrolling("--name", "", "--email", "x", "--phone", "y", "--language", "de"), 1,
			"A name is needed, so that staff know who this is.\n" + noEmail + noPhone +
				"Choose a language, en or es.\n"},
		"consent to nothing": {enrolling("--consent", "email"), 1, "Consent to email needs an email address.\n"},
		"unknown cohort": {enrolling("--cohort", "none"), 1,
			"There is no such cohort. Choose one from the list.\n"},
		"no cohort": {[]string{"enroll", "--name", "Pat Example"}, 2,
			"Say which cohort with --cohort ID. `almanac cohort list` shows them all.\n"},
		"letters as priority": {enrolling("--priority", "high"), 2,
			"An option is not understood: \"high\" for --priority: it must be a whole number, such as 12.\n"},
		"clinic in Local": {[]string{"clinic", "add", "--name", "North", "--zone", "Local"}, 1,
			"\"Local\" means a different zone on every machine; type a place such as America/New_York.\n"},
		"staff of no role": {[]string{"staff", "add", "--email", "r@example.org", "--role", "boss"}, 1,
			"There is no such role; choose coordinator, facilitator, front-desk, admin, privacy-officer, auditor or " +
				"assessor.\n"},
		"staff of no address": {[]string{"staff", "add", "--email", "r\r\n@example.org", "--role", "admin"}, 1,
			"This is not an email address. Write it like pat@example.net.\n"},
	} {
		code, out, trouble := c.run("", bad.args...)
		if code != bad.code || out != "" || trouble != bad.says {
			t.Errorf("%s: it ended with %d, printed %q and said\n%swant %d and\n%s", name, code, out, trouble,
				bad.code, bad.says)
		}
	}
	if after := c.rows(); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("something was stored: before %v, after %v", before, after)
	}
}

func TestBadRequests(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	cohort := c.open()
	before := c.rows()
	const wrong = "The request on standard input is not the JSON that is needed: "
	for name, bad := range map[string]struct{ in, says string }{
		"nothing":       {"", wrong + "it ends too early.\n"},
		"half":          {`{"participant": {`, wrong + "it ends too early.\n"},
		"no JSON":       {"name: Pat", wrong + "it is malformed at octet 2.\n"},
		"unknown field": {`{"participant": {"nickname": "Pat"}}`, wrong + "there is no field \"nickname\".\n"},
		"wrong type":    {`{"participant": {"name": 5}}`, wrong + "the field participant.name must be string.\n"},
		"wrong date": {`{"participant": {"name": "Pat"}, "earliest": "2027-02-30"}`,
			wrong + "a value cannot be read.\n"},
		"two people": {`{"participant": {"name": "Pat"}} {"participant": {"name": "Sam"}}`,
			"The request on standard input has more after its JSON object. Send one person at a time.\n"},
		"too long": {`{"participant": {"name": "` + strings.Repeat("x", 70<<10) + `"}}`,
			"The request on standard input is longer than 64 KiB. Send one person at a time.\n"},
		"long name": {`{"participant": {"name": "` + strings.Repeat("x", 201) + `"}}`,
			"The name is longer than 200 characters; shorten it.\n"},
		"lines": {
			`{"participant": {"name": "Pat\nTwo", "email": "a@example.net\r\nBcc: b@example.net",
			"phone": "+1202\n5550100"}}`,
			"The name has a line break or a character that cannot be shown; type it again.\n" +
				"This is not an email address. Write it like pat@example.net, or leave it empty.\n" +
				"This is not a phone number. Write it with its area code, like +1 202 555 0100, or leave it empty.\n",
		},
	} {
		code, out, trouble := c.run(bad.in, "enroll", "-", "--cohort", cohort)
		if code != exitFailed || out != "" || trouble != bad.says {
			t.Errorf("%s: it ended with %d, printed %q and said\n%swant\n%s", name, code, out, trouble, bad.says)
		}
	}
	if after := c.rows(); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("something was stored: before %v, after %v", before, after)
	}
}

// Protocol files that are meant to hurt are refused at once.
func TestBadProtocolFiles(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	bomb := "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
	for i := 1; i < 12; i++ {
		bomb += fmt.Sprintf("a%d: &a%[1]d [%s]\n", i,
			strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 9), ", "))
	}
	for name, bad := range map[string]struct{ text, says string }{
		"large": {"protocol: " + strings.Repeat("x", 10_000_000),
			":1:1: The file is larger than 256 KiB; a protocol needs a few. Check that it is the right file.\n"},
		"bomb": {bomb, ":2:5: Anchors (&name) and aliases (*name) are not read; write the value out, or put it in " +
			"quotes if it is a text.\n"},
		"binary": {"\x00\x01\x02", ":1:1: "},
		"empty":  {"", ":1:1: "},
	} {
		path := filepath.Join(c.folder, name+".yaml")
		if err := os.WriteFile(path, []byte(bad.text), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{
			{"protocol", "check", path},
			{"protocol", "calendar", path, "--start", "2027-01-05", "--time", "18:00", "--zone", storyZone},
		} {
			code, out, trouble := c.run("", args...)
			if code != exitFailed || out != "" || !strings.Contains(trouble, path+bad.says) {
				t.Errorf("%s with a %s file ended with %d, printed %q and said %.2000s", args[1], name,
					code, out, trouble)
			}
		}
	}
	good, missing := filepath.Join(c.folder, "good.yaml"), filepath.Join(c.folder, "missing.yaml")
	text, err := os.ReadFile("../../protocols/library/more-telehealth.yaml")
	if err = errors.Join(err, os.WriteFile(good, text, 0o600)); err != nil {
		t.Fatal(err)
	}
	code, out, trouble := c.run("", "protocol", "check", good, missing, filepath.Join(c.folder, "bomb.yaml"))
	if code != exitFailed || out != good+": more-telehealth@1 is in order\n" ||
		!strings.Contains(trouble, "The file "+missing+" cannot be read. Check its name.\n") ||
		!strings.Contains(trouble, "bomb.yaml:2:5: ") {
		t.Errorf("three files ended with %d, printed %q and said %.2000s", code, out, trouble)
	}
}

// The exit codes that scripts rely on, and one sentence a line.
func TestExitCodes(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	cohort := c.open()
	for _, d := range []struct {
		code int
		args string
	}{
		{0, ""}, {0, "help"}, {0, "--help"}, {0, "serve --help"}, {0, "cohort open --help"}, {0, "version"},
		{0, "config"}, {0, "migrate"}, {0, "doctor"},
		{0, "protocol list"}, {0, "protocol show m-rocc"}, {0, "protocol show more-telehealth@1"},
		{0, "protocol schema"},
		{0, "cohort list"}, {0, "cohort show " + cohort}, {0, "staff add --email robin@example.org --role coordinator"},
		{0, "staff add --email robin@example.org"},
		{1, "cohort show none"}, {1, "protocol show none"}, {1, "staff add --email robin@example.org --role admin"},
		{1, "clinic add --name North --zone Nowhere"},
		{2, "frobnicate"}, {2, "cohort"}, {2, "cohort close"}, {2, "protocol show"}, {2, "protocol show a b"},
		{2, "protocol check"}, {2, "cohort show"},
		{2, "cohort list --format xml"}, {2, "cohort list --clinc x"}, {2, "cohort list --clinic"}, {2, "enroll pat"},
		{2, "staff add"}, {2, "staff add --email new@example.org"},
		{2, "serve now"}, {2, "demo now"}, {2, "version now"}, {2, "protocol calendar more-telehealth"},
		{3, "serve --listen nowhere"}, {3, "cohort list --log-format xml"}, {3, "cohort list --secret-key short"},
		{3, "doctor --roles cook"},
		{3, "version --zone-data none.zip"}, {3, "doctor --redis-url http://x"}, {3, "doctor --smtp-url smtp://"},
		{3, "cohort list --database-url mysql://x"},
		{3, "cohort list --public-url ftp://x"}, {3, "cohort list --mail-from nobody"},
		{3, "cohort list --trusted-proxies 0.0.0.0/0"},
	} {
		code, out, trouble := c.run("", strings.Fields(d.args)...)
		if code != d.code {
			t.Errorf("almanac %s ended with %d, want %d; it said %q", d.args, code, d.code, trouble)
		}
		if code == exitDone && (trouble != "" || out == "") || code != exitDone && out != "" {
			t.Errorf("almanac %s ended with %d, printed %q and said %q", d.args, code, out, trouble)
		}
		for line := range strings.Lines(trouble) {
			// A sentence about an option may begin with its name, and end with a command.
			small := line[0] >= 'a' && line[0] <= 'z'
			if !strings.HasSuffix(line, ".\n") && !strings.Contains(line, ": openssl ") ||
				small && code != exitBadConfig {
				t.Errorf("almanac %s said %q, which is no sentence", d.args, line)
			}
		}
	}
}

// With --format json standard output holds one JSON value and nothing else.
func TestJSONAlone(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	cohort := c.open()
	c.prints(requestFor(cohort, newStory().guests[0]), "enroll", "-")
	for _, args := range []string{
		"protocol list", "protocol calendar more-telehealth --start 2027-01-05 --time 18:00 --zone America/New_York",
		"cohort list", "cohort show " + cohort, "doctor", "config",
	} {
		out := c.prints("", append(strings.Fields(args), "--format", "json")...)
		decoder := json.NewDecoder(strings.NewReader(out))
		var value any
		if err := decoder.Decode(&value); err != nil {
			t.Errorf("%s: %s", args, err)
		}
		if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
			t.Errorf("%s prints more than one value:\n%s", args, out)
		}
		if strings.Contains(out, newStory().guests[0].name) {
			t.Errorf("%s prints a name:\n%s", args, out)
		}
	}
}

// What scripts take from "cohort open" and "enroll".
func TestPrintedLines(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	out := c.prints("", "cohort", "open", "--protocol", "more-telehealth", "--start", "2027-01-05", "--time", "18:00",
		"--zone", "US/Eastern", "--capacity", "6")
	id := strings.TrimSuffix(out, "\n")
	if !scheduler.IsID(id) {
		t.Errorf("opening printed more than an id:\n%s", out)
	}
	if shown := c.prints("", "cohort", "show", id); !strings.Contains(shown, "6 seats, America/New_York") {
		t.Errorf("the cohort shows:\n%s", shown)
	}
	var states []string
	for _, g := range newStory().guests[:8] {
		out := c.prints(requestFor(id, g), "enroll", "-", "--public-url", "https://dates.example")
		states = append(states, lineOf(out, "state")+lineOf(out, "waitlist"))
		if !scheduler.IsID(lineOf(out, "enrollment")) ||
			!strings.HasPrefix(lineOf(out, "feed"), "https://dates.example/f/") ||
			!strings.HasSuffix(lineOf(out, "feed"), ".ics") ||
			!strings.HasPrefix(lineOf(out, "page"), "https://dates.example/p/") {
			t.Errorf("enrolling printed:\n%s", out)
		}
	}
	want := []string{"active", "active", "active", "active", "active", "active", "waiting1", "waiting2"}
	if !slices.Equal(states, want) {
		t.Errorf("with six seats the states are %q", states)
	}
	link, _, _ := strings.Cut(c.prints("", "staff", "add", "--email", "robin@example.org", "--role", "admin",
		"--public-url", "https://dates.example"), "\n")
	if !strings.HasPrefix(link, "https://dates.example/signin/") {
		t.Errorf("the first line is %q", link)
	}
	if shown := c.prints("", "config", "--secret-key", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "--smtp-url",
		"smtp://robin:hunter2@mail.example:25"); strings.Contains(shown, "hunter2") || strings.Contains(shown, "AAAA") {
		t.Errorf("config prints secrets:\n%s", shown)
	}
}

// The example of the contract, word for word, is a request that is accepted.
func TestWholeBody(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	out := c.prints(`{"participant": {"name": "Pat Example", "email": "pat@example.net",
		"phone": "+15550100", "zone": "America/Chicago",
		"language": "en",
   "consents": [{"channel": "email", "text_version": "1", "at": "2026-01-10T15:00:00Z"}],
		"external_ids": [{"system": "ehr", "value": "8812"}]},
 "earliest": "2026-01-14", "priority": 0}`, "enroll", "-", "--cohort", c.open())
	if lineOf(out, "state") != "active" || strings.Contains(out, "unreachable") {
		t.Errorf("it printed:\n%s", out)
	}
}
