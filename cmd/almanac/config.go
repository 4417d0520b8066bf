package main

import (
	"errors"
	"log/slog"
	"net/mail"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"almanac/notify"
	"almanac/notify/mailbox"
	"almanac/scheduler/fault"
	"almanac/web"
)

// The exit codes that scripts rely on.
const (
	exitDone      = 0
	exitFailed    = 1
	exitWrongUse  = 2
	exitBadConfig = 3
)

// exitError is an error that knows with which code the process ends. Its text
// is one sentence, or one sentence a line.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

// Config is what the options say, parsed and checked. It is passed on in parts
// when the program is put together; no package reads the environment.
type Config struct {
	Listen        string           // host:port of the web server; port 0 picks a free one
	PublicURL     *url.URL         // base of every link; nil: baseURL of the address that was bound
	DataDir       string           // folder of the embedded database, the made key and kept mail
	DatabaseURL   string           // sqlite:FILE or postgres://…
	Throwaway     bool             // the demo's data, which no power cut need spare; no option
	RedisURL      string           // empty: in-process queue
	SMTPURL       string           // empty: mail is kept in DataDir
	SMSURL        string           // of the gateway of texts; empty: they are kept in DataDir
	Connections   int              // to the mail server at once
	MailFrom      mail.Address     // From and ORGANIZER of everything
	Envelopes     notify.Envelopes // from whom messages leave on the envelope
	InboundAuth   string           // whose Authentication-Results are believed; empty: nobody's
	InboundListen mailbox.Listen   // where mail servers hand mail over; zero: nowhere
	InboundIMAP   mailbox.Inbox    // the folder with mail that comes in; zero: none
	AuditHeads    string           // file with the signed heads of the audit's log; empty: none
	Erasures      string           // file with who was erased, outside of backups
	SecretKey     string           // 32 bytes in base64; empty: made in DataDir and read from there
	// SecretKeyCommand prints the secret key; empty: none is run.
	SecretKeyCommand string
	Roles            Roles           // what this process runs
	MetricsListen    string          // host:port of /metrics; empty: off
	TrustedProxies   []netip.Prefix  // whose forwarding headers are believed; nil: nobody's
	FeedRate         int             // requests an hour and feed; 0: no limit
	APIRate          int             // requests a minute and API token; 0: no limit
	APIBurst         int             // requests at once and API token; 0: no limit
	APIDocs          web.DocsReaders // who may read the description of the API
	Backups          Backups         // that the agenda makes
	OIDC             OIDC            // the provider through which staff sign in
	Video            Video           // hosts of meetings
	ZoneData         string          // file that replaces the built-in zone data; empty: built in
	LogLevel         slog.Level      // the least level that is written
	LogFormat        string          // text or json

	settings []setting
}

// Roles are the parts of Almanac that one process runs.
type Roles struct {
	Web    bool // pages, API and feeds
	Agenda bool // duties by the clock
	Worker bool // handing notices over
}

// OIDC says which OpenID provider signs staff in. Without an issuer there is none.
type OIDC struct {
	Issuer, ClientID, ClientSecret string
	Name                           string // as the sign-in page calls it
	Groups                         []web.GroupRole
	GroupsClaim                    string
	Clinic                         string // to which groups add people; empty: the only one
}

// setting is the effective text of one option and where it came from.
type setting struct {
	option option
	value  string
	from   string // "flag", "environment", "file" or "default"
	path   string // of the file
}

// settingsReader gathers options from flags, environment and files: a flag wins
// over the environment, which wins over the default. Call register, parse the
// flags, then call config.
type settingsReader struct {
	lookupEnv func(string) (string, bool)
	readFile  func(string) ([]byte, error)
	flags     map[string]string
}

// register declares all options as flags of a set.
func (r *settingsReader) register(set *pflag.FlagSet) {
	for _, o := range options {
		set.Func(o.name, o.help, func(value string) error {
			r.flags[o.name] = value
			return nil
		})
	}
}

// flagProblem turns what package pflag says into a sentence for the shell.
func flagProblem(set *pflag.FlagSet, err error) error {
	var unknown *pflag.NotExistError
	var bare *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown):
		name := unknown.GetSpecifiedName()
		if len(name) == 1 {
			return wrongUse("There is no option -%s here; options are written with two dashes, and --help lists "+
				"what there is.", name)
		}
		return wrongUse("There is no option --%s here%s; --help lists what there is.", name, didYouMean(set, name))
	case errors.As(err, &bare):
		return wrongUse("Option --%s needs a value: write --%[1]s VALUE.", bare.GetFlag().Name)
	case errors.As(err, &invalid):
		return wrongUse("An option is not understood: %q for --%s: %s.",
			invalid.GetValue(), invalid.GetFlag().Name, strings.TrimSuffix(invalid.Unwrap().Error(), "."))
	}
	return wrongUse("An option is not understood: %s.", err)
}

// didYouMean names the option that differs from a mistyped one least, if any is near.
func didYouMean(set *pflag.FlagSet, typed string) string {
	best, name := 3, ""
	set.VisitAll(func(f *pflag.Flag) {
		if d := editDistance(typed, f.Name); d < best {
			best, name = d, f.Name
		}
	})
	if name == "" {
		return ""
	}
	return " (did you mean --" + name + "?)"
}

// editDistance counts the letters to insert, delete or replace to turn a into b.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// config resolves every option, parses it and checks the whole. The error is an
// *exitError with exitBadConfig and every problem, one sentence a line.
func (r *settingsReader) config() (Config, error) {
	var config Config
	var problems []error
	for _, o := range options {
		s, err := r.resolve(o)
		if err == nil && s.value == "" && o.derive != nil {
			s.value = o.derive(config)
		}
		if err == nil {
			err = o.set(&config, s.value)
		}
		if err != nil {
			problems = append(problems, err)
		}
		config.settings = append(config.settings, s)
	}
	problems = append(problems, config.Validate())
	if err := errors.Join(problems...); err != nil {
		return Config{}, &exitError{exitBadConfig, err}
	}
	return config, nil
}

// resolve finds the text of one option and its source. An empty variable in
// the environment counts as none.
func (r *settingsReader) resolve(o option) (setting, error) {
	if value, ok := r.flags[o.name]; ok {
		return setting{o, value, "flag", ""}, nil
	}
	value, _ := r.lookupEnv(o.variable())
	path := ""
	if o.secret {
		path, _ = r.lookupEnv(o.variable() + "_FILE")
	}
	switch {
	case value != "" && path != "":
		return setting{o, "", "environment", ""},
			fault.In(o.name, "Both %s and %[1]s_FILE are set; keep one of them.", o.variable())
	case value != "":
		return setting{o, value, "environment", ""}, nil
	case path != "":
		content, err := r.readFile(path)
		if err != nil {
			return setting{o, "", "file", path},
				fault.In(o.name, "The file %q that %s_FILE names cannot be read; correct its path or its permissions.",
					path, o.variable())
		}
		return setting{o, strings.TrimRight(strings.TrimPrefix(string(content), "\ufeff"), "\r\n"), "file",
			path}, nil
	default:
		return setting{o, o.standard, "default", ""}, nil
	}
}

// Validate checks what concerns more than one option and returns every
// problem, joined, one sentence each; nil when the options fit together.
func (c Config) Validate() error {
	var problems []error
	if c.Roles.Agenda != c.Roles.Worker && c.RedisURL == "" {
		problems = append(problems,
			fault.In("roles", "A process that runs only one of agenda and worker needs a queue that both reach; set "+
				"redis-url, or run both roles in one process."))
	}
	if c.MetricsListen != "" && c.MetricsListen == c.Listen && !strings.HasSuffix(c.Listen, ":0") {
		problems = append(problems,
			fault.In("metrics-listen",
				"metrics-listen must differ from listen, because metrics never stand on the public address; choose "+
					"another port."))
	}
	if c.SecretKey != "" && c.SecretKeyCommand != "" {
		problems = append(problems, fault.In("secret-key-command",
			"secret-key and secret-key-command exclude each other; keep one of them."))
	}
	return errors.Join(errors.Join(problems...), c.Backups.validate(), c.OIDC.validate())
}

// embeddedDatabase is the database address when none is given.
func embeddedDatabase(c Config) string {
	return "sqlite:" + filepath.ToSlash(filepath.Join(c.DataDir, "almanac.db"))
}

// keptAuditHeads is the file of the audit's heads when none is given.
func keptAuditHeads(c Config) string { return filepath.Join(c.DataDir, "audit-heads.txt") }

// keptErasures is the file of who was erased when none is given.
func keptErasures(c Config) string { return filepath.Join(c.DataDir, "erasures.txt") }

// isDefault tells whether an option was left alone.
func (c Config) isDefault(name string) bool {
	for _, s := range c.settings {
		if s.option.name == name {
			return s.from == "default"
		}
	}
	return false
}
