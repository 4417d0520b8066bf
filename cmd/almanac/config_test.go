package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

var update = flag.Bool("update", false, "rewrite the tables in the documents from the code")

// machine is an environment and a few files.
type machine struct{ env, files map[string]string }

func (m machine) lookup(name string) (string, bool) { v, ok := m.env[name]; return v, ok }

func (m machine) read(name string) ([]byte, error) {
	if content, ok := m.files[name]; ok {
		return []byte(content), nil
	}
	return nil, os.ErrNotExist
}

func (m machine) parse(args ...string) (Config, []string, error) {
	return parseConfig(args, m.lookup, m.read)
}

// parseConfig reads the options of a command line, beside the flags of its own
// that a command has.
func parseConfig(args []string, lookupEnv func(string) (string, bool), readFile func(string) ([]byte, error),
	own ...*pflag.FlagSet) (Config, []string, error) {
	reader := &settingsReader{lookupEnv: lookupEnv, readFile: readFile, flags: map[string]string{}}
	all := pflag.NewFlagSet("almanac", pflag.ContinueOnError)
	reader.register(all)
	for _, set := range own {
		all.AddFlagSet(set)
	}
	if err := all.Parse(args); err != nil {
		return Config{}, nil, flagProblem(all, err)
	}
	config, err := reader.config()
	return config, all.Args(), err
}

func (m machine) source(t *testing.T, c Config, option string) string {
	t.Helper()
	for _, row := range c.effective() {
		if row.Option == option {
			return row.From
		}
	}
	t.Fatalf("no option %s", option)
	return ""
}

const someKey = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

func TestDefaultsAreWhatTheContractSays(t *testing.T) {
	t.Parallel()
	c, rest, err := machine{}.parse()
	if err != nil || len(rest) != 0 {
		t.Fatalf("rest %q, error %v", rest, err)
	}
	got := fmt.Sprintln(c.Listen, c.PublicURL, c.DataDir, c.DatabaseURL, c.RedisURL, c.SMTPURL, c.Connections,
		c.MailFrom.Name, c.MailFrom.Address,
		c.SecretKey, c.Roles, c.MetricsListen, c.TrustedProxies, c.FeedRate, c.APIRate, c.APIBurst, c.APIDocs,
		c.ZoneData, c.LogLevel, c.LogFormat)
	want := fmt.Sprintln("127.0.0.1:8080", "<nil>", "./almanac-data", "sqlite:almanac-data/almanac.db", "", "", 20,
		"Appointments", "appointments@localhost",
		"", Roles{true, true, true}, "", "[]", 60, 1200, 1000, "token", "", "INFO", "text")
	if got != want {
		t.Errorf("defaults\n got %s\nwant %s", got, want)
	}
	if got := baseURL(c.Listen); got != "http://127.0.0.1:8080" {
		t.Errorf("derived public address %q", got)
	}
}

func TestFlagBeatsEnvironmentBeatsDefault(t *testing.T) {
	t.Parallel()
	m := machine{
		env: map[string]string{
			"ALMANAC_LISTEN": "127.0.0.1:1", "ALMANAC_FEED_RATE": "0", "ALMANAC_LOG_LEVEL": "",
			"ALMANAC_SECRET_KEY_FILE": "/run/key", "ALMANAC_REDIS_URL": "redis://127.0.0.1:6379",
		},
		files: map[string]string{"/run/key": someKey + "\n"},
	}
	c, _, err := m.parse("--listen", "127.0.0.1:2")
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != "127.0.0.1:2" || c.FeedRate != 0 || c.SecretKey != someKey ||
		c.RedisURL != "redis://127.0.0.1:6379" {
		t.Errorf("listen %s, feed rate %d, key %q, redis %q", c.Listen, c.FeedRate, c.SecretKey, c.RedisURL)
	}
	for option, want := range map[string]string{
		"listen": "flag", "feed-rate": "environment", "secret-key": "file", "redis-url": "environment",
		"log-level": "default", "roles": "default",
	} {
		if got := m.source(t, c, option); got != want {
			t.Errorf("%s came from %s, want %s", option, got, want)
		}
	}
}

func TestSecretVariableAndFileTogetherAreRefused(t *testing.T) {
	t.Parallel()
	m := machine{env: map[string]string{"ALMANAC_SMTP_URL": "smtp://h", "ALMANAC_SMTP_URL_FILE": "/f"},
		files: map[string]string{"/f": "smtp://h"}}
	_, _, err := m.parse()
	wantProblems(t, err, exitBadConfig, "Both ALMANAC_SMTP_URL and ALMANAC_SMTP_URL_FILE are set")
	_, _, err = machine{env: map[string]string{"ALMANAC_SMTP_URL_FILE": "/gone"}}.parse()
	wantProblems(t, err, exitBadConfig, `"/gone"`)
	c, _, err := machine{env: map[string]string{"ALMANAC_LISTEN_FILE": "/gone"}}.parse()
	if err != nil || c.Listen != "127.0.0.1:8080" {
		t.Errorf("an option that is no secret read a file: %v", err)
	}
}

func TestFlagsAndArgumentsMix(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"--clinic", "North", "--listen=127.0.0.1:7", "--past", "cohort-1", "-"},
		{"cohort-1", "--listen", "127.0.0.1:7", "--past", "-", "--clinic=North"},
		{"cohort-1", "-", "--past=true", "--listen", "127.0.0.1:7", "--clinic=North"},
		{"--clinic=North", "--past", "--listen=127.0.0.1:7", "--", "cohort-1", "-"},
	} {
		own := pflag.NewFlagSet("", pflag.ContinueOnError)
		clinic := own.String("clinic", "", "the clinic")
		past := own.Bool("past", false, "also in the past")
		c, rest, err := parseConfig(args, machine{}.lookup, machine{}.read, own)
		if err != nil || !slices.Equal(rest, []string{"cohort-1", "-"}) || *clinic != "North" || !*past ||
			c.Listen != "127.0.0.1:7" {
			t.Errorf("%q: rest %q, clinic %q, listen %q, error %v", args, rest, *clinic, c.Listen, err)
		}
	}
	_, rest, err := machine{}.parse("--", "--listen")
	if err != nil || !slices.Equal(rest, []string{"--listen"}) {
		t.Errorf("after --: rest %q, error %v", rest, err)
	}
}

func TestWrongUse(t *testing.T) {
	t.Parallel()
	_, _, err := machine{}.parse("--redis-ulr", "x")
	wantProblems(t, err, exitWrongUse, "no option --redis-ulr", "did you mean --redis-url?")
	_, _, err = machine{}.parse("--listen")
	wantProblems(t, err, exitWrongUse, "--listen needs a value")
	own := pflag.NewFlagSet("", pflag.ContinueOnError)
	formatFlag(own, "table", "json")
	_, _, err = parseConfig([]string{"--format", "xml"}, machine{}.lookup, machine{}.read, own)
	wantProblems(t, err, exitWrongUse, "--format", "table, json")
	_, _, err = machine{}.parse("-l", "x")
	wantProblems(t, err, exitWrongUse, "two dashes")
}

func TestEveryProblemIsNamedAtOnce(t *testing.T) {
	t.Parallel()
	_, _, err := machine{}.parse("--listen", "8080", "--feed-rate", "-1", "--roles", "worker", "--log-format", "xml",
		"--trusted-proxies", "::/0", "--metrics-listen", "x")
	wantProblems(t, err, exitBadConfig, "listen must be", "feed-rate must be", "only one of agenda and worker",
		"log-format must be", "trusted-proxies must not", "metrics-listen must be")
	if lines := strings.Split(err.Error(), "\n"); len(lines) != 6 {
		t.Errorf("want 6 sentences, got %q", lines)
	}
}

// hostSecret is long enough for a video host.
const hostSecret = "a-shared-secret-of-sufficient-length-0123"

func TestBadValues(t *testing.T) {
	t.Parallel()
	bad := map[string][]string{
		"listen": {"", "x", "127.0.0.1", "127.0.0.1:70000", "127.0.0.1:http", "http://127.0.0.1:80"},
		"public-url": {"example.org", "ftp://example.org", "https://", "https://u@example.org",
			"https://example.org/x", "https://example.org?q=1"},
		"data-dir":     {"", "a\x00b"},
		"database-url": {"mysql://h/d", "sqlite:", "almanac.db", "postgres:x"},
		"redis-url":    {"127.0.0.1:6379", "http://h", "redis://", "unix://"},
		"smtp-url":     {"h:25", "smtps://h", "smtp://h?tls=maybe", "smtp://:25", "smtp://h/x"},
		"jitsi-url": {"meet.example.org",
			"http://a:" + hostSecret + "@meet.example.org", "https://a:abcd@h.example"},
		"bigbluebutton-url": {"bbb.example.org", "https://:short@bbb.example.org/bigbluebutton/"},
		"smtp-connections":  {"", "0", "-1", "501", "many"},
		"mail-from":         {"", "nobody", "a@b.example, c@d.example", "a@b.example\r\nBcc: x@y.example"},
		"envelope-sender":   {"", "tag", "Plain"},
		"secret-key":        {"short", "AAAA", someKey + "AAAA"},
		"roles":             {"", "web,", "cron", "Web"},
		"trusted-proxies":   {"10.0.0.0/40", "proxy", "10.0.0.1,", "0.0.0.0/0"},
		"api-rate":          {"", "1.5", "many", "99999999999"},
		"log-level":         {"", "INFO", "trace"},
		"log-format":        {"", "JSON"},
	}
	for name, values := range bad {
		for _, value := range values {
			if name == "database-url" && value == "" {
				continue
			}
			_, _, err := machine{}.parse("--"+name, value)
			wantProblems(t, err, exitBadConfig, name)
		}
	}
}

func TestGoodValues(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"--listen", ":0"},
		{"--listen", "[::1]:8080"},
		{"--public-url", "https://appointments.example.org/"},
		{"--database-url", "postgres:///almanac?host=/run/postgresql"},
		{"--database-url", "sqlite:/srv/a.db"},
		{"--redis-url", "unix:///run/redis.sock"},
		{"--redis-url", "rediss://:x@h:6379?addr=h2:6379"},
		{"--smtp-url", "smtp://user:p%40ss@h:587?tls=starttls"},
		{"--smtp-connections", "500"},
		{"--jitsi-url", "https://almanac:" + hostSecret + "@meet.example.org"},
		{"--bigbluebutton-url", "https://:" + hostSecret + "@bbb.example.org/bigbluebutton/"},
		{"--roles", "agenda, worker"},
		{"--roles", "worker", "--redis-url", "redis://localhost:6379"},
		{"--roles", "web"},
	} {
		if _, _, err := (machine{}).parse(args...); err != nil {
			t.Errorf("%q: %v", args, err)
		}
	}
	c, _, err := machine{}.parse("--trusted-proxies", "10.1.2.3/8, ::1", "--public-url",
		"https://appointments.example.org/")
	want := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	if err != nil || !slices.Equal(c.TrustedProxies, want) ||
		c.PublicURL.String() != "https://appointments.example.org" {
		t.Errorf("proxies %v, public %v, error %v", c.TrustedProxies, c.PublicURL, err)
	}
}

// A secret must appear neither in what config prints nor in a complaint.
func TestSecretsAreNeverPrinted(t *testing.T) {
	t.Parallel()
	const hidden = "hunter2"
	good := machine{env: map[string]string{
		"ALMANAC_DATABASE_URL": "postgres://almanac:" + hidden + "@db.internal/almanac?sslpassword=" + hidden,
		"ALMANAC_REDIS_URL":    "redis://:" + hidden + "@queue.internal:6379/0",
		"ALMANAC_SMTP_URL":     "smtp://mailer:" + hidden + "@mail.internal:587?tls=starttls",
		"ALMANAC_JITSI_URL":    "https://almanac:" + hostSecret + "@meet.internal?events=" + hostSecret,
		"ALMANAC_SECRET_KEY":   someKey,
	}}
	c, _, err := good.parse()
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"text", "json"} {
		var out strings.Builder
		if err := printConfig(&out, c, format); err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{hidden, someKey, hostSecret} {
			if strings.Contains(out.String(), secret) {
				t.Errorf("%s shows a secret:\n%s", format, out.String())
			}
		}
		for _, shown := range []string{"postgres://db.internal/almanac", "redis://queue.internal:6379/0",
			"smtp://mail.internal:587", "http://127.0.0.1:8080", "environment"} {
			if !strings.Contains(out.String(), shown) {
				t.Errorf("%s lacks %q:\n%s", format, shown, out.String())
			}
		}
		if format == "json" && !json.Valid([]byte(out.String())) {
			t.Errorf("not JSON: %s", out.String())
		}
	}
	for _, name := range []string{"public-url", "database-url", "redis-url", "smtp-url", "secret-key"} {
		for _, value := range []string{"x://u:" + hidden + "%zz@h", "http://u:" + hidden + "@h h", hidden} {
			_, _, err := machine{}.parse("--"+name, value)
			if err == nil || strings.Contains(err.Error(), hidden) {
				t.Errorf("%s: complaint %v", name, err)
			}
		}
	}
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args []string
		want int
	}{
		{nil, 0},
		{[]string{"--redis-url", "redis://127.0.0.1:6379"}, 0},
		{[]string{"--redis-url", "unix:///run/redis.sock"}, 0},
		{[]string{"--redis-url", "redis://queue.internal:6379"}, 2},
		{[]string{"--redis-url", "redis://:p@queue.internal:6379"}, 1},
		{[]string{"--redis-url", "rediss://:p@queue.internal:6379"}, 0},
		{[]string{"--database-url", "postgres://u:p@db.internal/almanac"}, 1},
		{[]string{"--database-url", "postgres://u:p@db.internal/almanac?sslmode=require"}, 1},
		{[]string{"--database-url", "postgres://u:p@db.internal/almanac?sslmode=verify-full"}, 0},
		{[]string{"--database-url", "postgres://127.0.0.1/almanac?sslmode=disable"}, 0},
		{[]string{"--database-url", "postgres:///almanac?host=/run/postgresql"}, 0},
		{[]string{"--smtp-url", "smtp://mail.internal:25?tls=none"}, 1},
		{[]string{"--public-url", "http://appointments.example.org"}, 1},
		{[]string{"--public-url", "https://mindfulcare.example.org"}, 1},
		{[]string{"--mail-from", "Opioid Recovery <a@example.org>"}, 1},
		{[]string{"--mail-from", "Appointments <a@example.org>", "--public-url", "https://a.example.org"}, 0},
	} {
		config, _, err := machine{}.parse(c.args...)
		if err != nil {
			t.Fatal(err)
		}
		if got := config.Warnings(); len(got) != c.want {
			t.Errorf("%q: %q, want %d", c.args, got, c.want)
		}
	}
}

func TestHelpNamesEveryOption(t *testing.T) {
	t.Parallel()
	var out, trouble strings.Builder
	if code := run(t.Context(), terminal{out: &out, trouble: &trouble}, []string{"--help"}); code != exitDone ||
		trouble.Len() > 0 {
		t.Fatalf("exit %d, %s", code, trouble.String())
	}
	for _, o := range options {
		if !strings.Contains(out.String(), "--"+o.name+" ") || !strings.Contains(out.String(), o.variable()) ||
			o.help == "" || o.set == nil {
			t.Errorf("help lacks %s", o.name)
		}
	}
}

func TestReadmeListsTheOptions(t *testing.T) {
	t.Parallel()
	var table strings.Builder
	table.WriteString("| option | default | meaning |\n|---|---|---|\n")
	for _, o := range options {
		shown := o.shownDefault()
		if shown != "empty" && !strings.HasPrefix(shown, "derived") && !strings.HasPrefix(shown, "made") {
			shown = "`" + shown + "`"
		}
		name := "`" + o.name + "`"
		if o.secret {
			name += " *"
		}
		fmt.Fprintf(&table, "| %s | %s | %s |\n", name, shown, strings.ReplaceAll(o.help, "|", `\|`))
	}
	compareSection(t, "../../README.md", "options", table.String())
}

// compareSection holds the part of a document between the marks of a name
// against what the code says; with -update it writes the part anew.
func compareSection(t *testing.T, file, name, want string) {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	opening, closing := "<!-- "+name+": made from the code -->\n", "<!-- end of "+name+" -->"
	before, rest, opened := strings.Cut(string(content), opening)
	got, after, closed := strings.Cut(rest, closing)
	if !opened || !closed {
		t.Fatalf("%s lacks the marks %q and %q", file, opening, closing)
	}
	if got == want {
		return
	}
	if !*update {
		t.Fatalf("%s differs from the code in %q; run: go test ./cmd/almanac -update\n got:\n%s\nwant:\n%s", file,
			name, got, want)
	}
	if err := os.WriteFile(file, []byte(before+opening+want+closing+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// wantProblems checks the exit code and that each part is in the text.
func wantProblems(t *testing.T, err error, code int, parts ...string) {
	t.Helper()
	var known *exitError
	if !errors.As(err, &known) || known.code != code {
		t.Errorf("want exit %d with %q, got %v", code, parts, err)
		return
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q lacks %q", err, part)
		}
	}
}

// TestTheDemoWritesToItsFolder: nothing of it may lie beside real data.
func TestTheDemoWritesToItsFolder(t *testing.T) {
	t.Parallel()
	c, _, err := machine{}.parse()
	if err != nil {
		t.Fatal(err)
	}
	c.Backups.To, c.InboundListen.Address, c.InboundIMAP.Address = "/srv/backups", "127.0.0.1:2424", "mail.example:993"
	folder := t.TempDir()
	if c = c.forDemo(folder); c.Backups.To+c.InboundListen.Address+c.InboundIMAP.Address != "" {
		t.Errorf("the demo touches what is outside: %+v, %+v, %+v", c.Backups, c.InboundListen, c.InboundIMAP.Address)
	}
	for _, place := range []string{c.DataDir, strings.TrimPrefix(c.DatabaseURL, "sqlite:"), c.AuditHeads,
		c.Erasures} {
		if !strings.HasPrefix(place, folder) {
			t.Errorf("the demo writes to %s", place)
		}
	}
}
