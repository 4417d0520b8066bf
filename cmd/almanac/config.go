package main

import (
	"errors"
	"flag"
	"io"
	"log/slog"
	"net/mail"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"

	"almanac/notify"
	"almanac/scheduler/fault"
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
	Listen         string           // host:port of the web server; port 0 picks a free one
	PublicURL      *url.URL         // base of every link; nil: baseURL of the address that was bound
	DataDir        string           // folder of the embedded database, the made key and kept mail
	DatabaseURL    string           // sqlite:FILE or postgres://…
	RedisURL       string           // empty: in-process queue
	SMTPURL        string           // empty: mail is kept in DataDir
	Connections    int              // to the mail server at once
	MailFrom       mail.Address     // From and ORGANIZER of everything
	Envelopes      notify.Envelopes // from whom messages leave on the envelope
	InboundAuth    string           // whose Authentication-Results are believed; empty: nobody's
	SecretKey      string           // 32 bytes in base64; empty: made in DataDir and read from there
	Roles          Roles            // what this process runs
	MetricsListen  string           // host:port of /metrics; empty: off
	TrustedProxies []netip.Prefix   // whose forwarding headers are believed; nil: nobody's
	FeedRate       int              // requests an hour and feed; 0: no limit
	APIRate        int              // requests a minute and API token; 0: no limit
	APIBurst       int              // requests at once and API token; 0: no limit
	ZoneData       string           // file that replaces the built-in zone data; empty: built in
	LogLevel       slog.Level       // the least level that is written
	LogFormat      string           // text or json

	settings []setting
}

// Roles are the parts of Almanac that one process runs.
type Roles struct {
	Web    bool // pages, API and feeds
	Agenda bool // duties by the clock
	Worker bool // handing notices over
}

// setting is the effective text of one option and where it came from.
type setting struct {
	option option
	value  string
	from   string // "flag", "environment", "file" or "default"
}

// settingsReader gathers options from flags, environment and files. Use it in
// this order: register, parse, config.
type settingsReader struct {
	lookupEnv func(string) (string, bool)
	readFile  func(string) ([]byte, error)
	flags     map[string]string
}

// parseConfig reads every option: a flag wins over the environment, which wins
// over the default. Flags and arguments may stand in any order, up to a "--";
// the arguments come back as rest. A command hands in the flags that it has
// beside the options as own; they are set by this call.
//
// The error is an *exitError: exitWrongUse for a flag that does not exist or
// lacks its value, exitBadConfig with every problem of the options, one
// sentence a line. It wraps flag.ErrHelp when --help was asked for.
func parseConfig(args []string, lookupEnv func(string) (string, bool), readFile func(string) ([]byte, error), own ...*flag.FlagSet) (Config, []string, error) {
	reader := &settingsReader{lookupEnv: lookupEnv, readFile: readFile, flags: map[string]string{}}
	all := reader.register(own)
	rest, err := parseMixed(all, args)
	if err != nil {
		return Config{}, nil, err
	}
	config, err := reader.config()
	if err != nil {
		return Config{}, nil, &exitError{exitBadConfig, err}
	}
	return config, rest, nil
}

// splitCommand separates the options that stand before the command from the
// command and all that follows, so that a command can be chosen before its own
// flags are known. Without a command, rest is empty. The error is as that of
// parseConfig.
func splitCommand(args []string) (before, rest []string, err error) {
	reader := &settingsReader{flags: map[string]string{}}
	all := reader.register(nil)
	if err := all.Parse(args); err != nil {
		return nil, nil, flagProblem(all, err)
	}
	rest = all.Args()
	before = args[:len(args)-len(rest)]
	if n := len(before); n > 0 && before[n-1] == "--" {
		before = before[:n-1]
	}
	return before, rest, nil
}

// register makes one flag set of all options and a command's own flags. A flag
// of a command that bears an option's name is a mistake in the program.
func (r *settingsReader) register(own []*flag.FlagSet) *flag.FlagSet {
	all := flag.NewFlagSet("almanac", flag.ContinueOnError)
	all.SetOutput(io.Discard)
	for _, o := range options {
		all.Func(o.name, o.help, func(value string) error {
			r.flags[o.name] = value
			return nil
		})
	}
	for _, set := range own {
		set.VisitAll(func(f *flag.Flag) { all.Var(f.Value, f.Name, f.Usage) })
	}
	return all
}

// parseMixed parses flags wherever they stand among the arguments. A lone "-"
// is an argument; what follows "--" is never a flag.
func parseMixed(set *flag.FlagSet, args []string) ([]string, error) {
	var rest []string
	for {
		if err := set.Parse(args); err != nil {
			return nil, flagProblem(set, err)
		}
		left := set.Args()
		parsed := len(args) - len(left)
		if len(left) == 0 || parsed > 0 && args[parsed-1] == "--" {
			return append(rest, left...), nil
		}
		rest = append(rest, left[0])
		args = left[1:]
	}
}

// flagProblem turns what package flag says into a sentence for the shell.
func flagProblem(set *flag.FlagSet, err error) error {
	if errors.Is(err, flag.ErrHelp) {
		return &exitError{exitDone, err}
	}
	text := err.Error()
	if name, ok := strings.CutPrefix(text, "flag provided but not defined: -"); ok {
		return &exitError{exitWrongUse, fault.New(fault.Invalid, "There is no option --%s here%s; --help lists what there is.", strings.TrimLeft(name, "-"), didYouMean(set, name))}
	}
	if name, ok := strings.CutPrefix(text, "flag needs an argument: -"); ok {
		return &exitError{exitWrongUse, fault.New(fault.Invalid, "Option --%s needs a value: write --%[1]s VALUE.", strings.TrimLeft(name, "-"))}
	}
	text = strings.TrimPrefix(text, "invalid value ")
	return &exitError{exitWrongUse, fault.New(fault.Invalid, "An option is not understood: %s.", strings.Replace(text, " for flag -", " for --", 1))}
}

// didYouMean names the option that differs from a mistyped one least, if any is near.
func didYouMean(set *flag.FlagSet, typed string) string {
	best, name := 3, ""
	set.VisitAll(func(f *flag.Flag) {
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

// config resolves every option, parses it and checks the whole.
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
	return config, errors.Join(problems...)
}

// resolve finds the text of one option and its source. An empty variable in
// the environment counts as none.
func (r *settingsReader) resolve(o option) (setting, error) {
	if value, ok := r.flags[o.name]; ok {
		return setting{o, value, "flag"}, nil
	}
	value, _ := r.lookupEnv(o.variable())
	path := ""
	if o.secret {
		path, _ = r.lookupEnv(o.variable() + "_FILE")
	}
	switch {
	case value != "" && path != "":
		return setting{o, "", "environment"}, fault.In(o.name, "Both %s and %[1]s_FILE are set; keep one of them.", o.variable())
	case value != "":
		return setting{o, value, "environment"}, nil
	case path != "":
		content, err := r.readFile(path)
		if err != nil {
			return setting{o, "", "file"}, fault.In(o.name, "The file %q that %s_FILE names cannot be read; correct its path or its permissions.", path, o.variable())
		}
		return setting{o, strings.TrimRight(string(content), "\r\n"), "file"}, nil
	default:
		return setting{o, o.standard, "default"}, nil
	}
}

// Validate checks what concerns more than one option and returns every
// problem, joined, one sentence each; nil when the options fit together.
func (c Config) Validate() error {
	var problems []error
	if c.Roles.Agenda != c.Roles.Worker && c.RedisURL == "" {
		problems = append(problems, fault.In("roles", "A process that runs only one of agenda and worker needs a queue that both reach; set redis-url, or run both roles in one process."))
	}
	if c.MetricsListen != "" && c.MetricsListen == c.Listen && !strings.HasSuffix(c.Listen, ":0") {
		problems = append(problems, fault.In("metrics-listen", "metrics-listen must differ from listen, because metrics never stand on the public address; choose another port."))
	}
	return errors.Join(problems...)
}

// embeddedDatabase is the database address when none is given.
func embeddedDatabase(c Config) string {
	return "sqlite:" + filepath.ToSlash(filepath.Join(c.DataDir, "almanac.db"))
}

// isDefault tells whether an option was left alone.
func (c Config) isDefault(name string) bool {
	for _, s := range c.settings {
		if s.option.name == name {
			return s.from == "default"
		}
	}
	return false
}
