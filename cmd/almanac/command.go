package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"
	"unicode"
	"unicode/utf8"

	"almanac/protocols"
	"almanac/scheduler/fault"
)

type terminal struct {
	in           io.Reader
	out, trouble io.Writer
	lookupEnv    func(string) (string, bool)
	readFile     func(string) ([]byte, error)
	now          func() time.Time
}

type command struct {
	name  string // one or two words
	usage string // its arguments and own flags
	does  string // one line for the help
	run   func(ctx context.Context, t terminal, args []string) error
}

func commands() []command {
	return []command{
		{"demo", "", "the whole program with a sample clinic on throw-away data", runDemo},
		{"serve", "", "run the web server, the agenda and the worker", runServe},
		{"protocol list", "", "the library of protocols", runProtocolList},
		{"protocol show", "ID[@VERSION]", "one protocol, with its sources", runProtocolShow},
		{"protocol check", "FILE…", "find what is wrong in protocol files", runProtocolCheck},
		{"protocol schema", "", "the JSON Schema of protocol files, for editors", runProtocolSchema},
		{"protocol calendar", "ID[@VERSION]|FILE --start DATE --time HH:MM --zone ZONE [--days mon,thu] [--closed DATE[..DATE]]… [--holidays us-federal] [--avoid 'DAYS HH:MM-HH:MM']… [--buffer 45m] [--format table|json|ics]", "how a protocol lies on a calendar", runProtocolCalendar},
		{"cohort open", "--protocol ID --start DATE --time HH:MM --zone ZONE [--name …] [--capacity N] [--facilitator EMAIL [--reason …]] [--days …] [--closed …] [--holidays …] [--avoid …] [--buffer …] [--past] [--accept-shift]", "open a cohort; prints its id", runCohortOpen},
		{"cohort list", "", "the clinic's cohorts", runCohortList},
		{"cohort show", "ID", "one cohort with its sessions and people", runCohortShow},
		{"cohort version", "ID --protocol ID@VERSION [--confirm]", "what another version of its protocol would change; with --confirm, change it", runCohortVersion},
		{"cohort reschedule", "ID --from DATE [--days mon,thu] [--time HH:MM] [--zone ZONE] [--accept-shift] [--confirm]", "what another weekday, time or zone from a date on would change; with --confirm, change it", runCohortReschedule},
		{"cohort phase", "ID --phase NAME --number N [--beside ID]", "make a cohort the running series of a phase, next to those of the others", runCohortPhase},
		{"cohort rotate", "ID --facilitator EMAIL --facilitator EMAIL… [--reason …]", "let facilitators lead in turn; prints who leads when", runCohortRotate},
		{"cohort capacity", "ID SEATS [--confirm]", "whom another number of seats would tell what; with --confirm, change it", runCohortCapacity},
		{"person apart", "PERSON PERSON [--end]", "two people share no session from now on, or with --end may again; cohort show --format json tells their ids", runPersonApart},
		{"openings", "[--from DATE] [--position CONTENT] [--of-each N] [--format table|json]", "where somebody new could begin, over all cohorts, the soonest first", runOpenings},
		{"enroll", "--cohort ID --name … [--email …] [--phone …] [--zone …] [--language en|es] [--consent email,sms,…] | -", "enroll a person; with - the request is read as JSON from standard input", runEnroll},
		{"inbound", "< MESSAGE", "read one mail that came in: an answer, a bounce, or something for staff", runInbound},
		{"replay", "FILE [--format table|json] [--explain P]", "play dated facts on cohorts in memory and print every itinerary", runReplay},
		{"staff add", "--email … --role coordinator|facilitator|admin [--name …]", "add somebody who works here, or give them a new sign-in link", runStaffAdd},
		{"staff list", "[--format table|json]", "who works here, with their credentials", runStaffList},
		{"staff credential", "--email … --name … [--expires DATE] [--remove]", "record that somebody has a credential that protocols ask for, or take it off their record", runStaffCredential},
		{"token add", "--scope read,write,enroll,attendance", "make a token for the JSON API; it is shown once", runTokenAdd},
		{"token list", "[--format table|json]", "the clinic's API tokens", runTokenList},
		{"token revoke", "ID", "end an API token", runTokenRevoke},
		{"clinic close", "DATE[..DATE] [--content append|skip] [--without COHORT]… [--confirm]", "what closing all running cohorts on some days would do; with --confirm, close them", runClinicClose},
		{"clinic add", "--name … --zone …", "add a clinic", runClinicAdd},
		{"migrate", "", "bring the database up to date", runMigrate},
		{"doctor", "", "check database, queue, mail, zone data and clock", runDoctor},
		{"config", "", "the effective configuration, secrets withheld", runConfig},
		{"version", "", "the version of the program and its zone data", runVersion},
	}
}

func main() {
	ctx, stop := untilSignal(context.Background())
	defer stop()
	os.Exit(run(ctx, terminal{
		in: os.Stdin, out: os.Stdout, trouble: os.Stderr,
		lookupEnv: os.LookupEnv, readFile: os.ReadFile, now: time.Now,
	}, os.Args[1:]))
}

func untilSignal(parent context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(parent)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		select {
		case <-signals:
			cancel()
		case <-ctx.Done():
			return
		}
		<-signals
		os.Exit(exitFailed)
	}()
	return ctx, func() { signal.Stop(signals); cancel() }
}

func run(ctx context.Context, t terminal, args []string) int {
	before, rest, err := splitCommand(args)
	switch {
	case errors.Is(err, flag.ErrHelp) || err == nil && (len(rest) == 0 || rest[0] == "help"):
		err = printHelp(t.out)
	case err == nil:
		err = dispatch(ctx, t, before, rest)
	}
	return answer(err, t.trouble)
}

func dispatch(ctx context.Context, t terminal, before, rest []string) error {
	for words := min(2, len(rest)); words > 0; words-- {
		name := strings.Join(rest[:words], " ")
		for _, c := range commands() {
			if c.name != name {
				continue
			}
			err := c.run(ctx, t, slices.Concat(before, rest[words:]))
			if errors.Is(err, flag.ErrHelp) {
				return c.help(t.out)
			}
			return err
		}
	}
	return unknown(rest)
}

// unknown says what could have been meant: the second words where the first is
// right, else the list of all.
func unknown(rest []string) error {
	var seconds []string
	for _, c := range commands() {
		if first, second, two := strings.Cut(c.name, " "); two && first == rest[0] {
			seconds = append(seconds, second)
		}
	}
	switch {
	case len(seconds) == 0:
		return wrongUse("There is no command %q. `almanac help` lists them all.", rest[0])
	case len(rest) == 1 || strings.HasPrefix(rest[1], "-"):
		return wrongUse("The command %s needs a second word: %s.", rest[0], strings.Join(seconds, ", "))
	default:
		return wrongUse("There is no command %q. After %s comes one of: %s.", rest[0]+" "+rest[1], rest[0], strings.Join(seconds, ", "))
	}
}

func (c command) help(w io.Writer) error {
	_, err := fmt.Fprintf(w, "almanac %s %s\n  %s\n\nOptions that every command takes: almanac help\n", c.name, c.usage, c.does)
	return err
}

func printHelp(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "Almanac schedules group programmes that follow a protocol.\n\nCommands:")
	for _, c := range commands() {
		fmt.Fprintf(table, "  almanac %s\t%s\n", c.name, c.does)
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("printing the help: %w", err)
	}
	fmt.Fprint(w, "\nOptions, for every command:\n")
	return printOptions(w)
}

func wrongUse(format string, args ...any) error {
	return &exitError{exitWrongUse, fault.New(fault.Invalid, format, args...)}
}

func answer(err error, trouble io.Writer) int {
	if err == nil {
		return exitDone
	}
	fmt.Fprintln(trouble, explain(err))
	var known *exitError
	if errors.As(err, &known) {
		return known.code
	}
	return exitFailed
}

// explain says everything that is wrong, one sentence a line: of faults their
// sentences rather than the causes behind them, of a protocol file every
// problem with its place.
func explain(err error) string {
	switch e := err.(type) { //nolint:errorlint // it takes the chain apart itself
	case *exitError:
		return explain(e.err)
	case protocols.Problems:
		return e.Error()
	case interface{ Unwrap() []error }:
		var lines []string
		for _, one := range e.Unwrap() {
			lines = append(lines, explain(one))
		}
		return strings.Join(lines, "\n")
	}
	faults := fault.All(err)
	if len(faults) == 0 {
		return sentence(err.Error())
	}
	lines := make([]string, len(faults))
	for i, f := range faults {
		lines[i] = f.Message
		if f.Kind == fault.Internal {
			lines[i] = f.Error()
		}
	}
	return strings.Join(lines, "\n")
}

// sentence gives a text a capital at its beginning and a full stop at its end.
func sentence(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	text = string(unicode.ToUpper(first)) + text[size:]
	if strings.HasSuffix(text, ".") || strings.HasSuffix(text, "!") || strings.HasSuffix(text, "?") {
		return text
	}
	return text + "."
}

func formatFlag(set *flag.FlagSet, formats ...string) *string {
	chosen := formats[0]
	allowed := strings.Join(formats, ", ")
	set.Func("format", "one of "+allowed, func(value string) error {
		if !slices.Contains(formats, value) {
			return fault.In("format", "it must be one of %s", allowed)
		}
		chosen = value
		return nil
	})
	return &chosen
}

func (t terminal) arguments(own *flag.FlagSet, args []string, least, most int) (Config, []string, error) {
	config, rest, err := parseConfig(args, t.lookupEnv, t.readFile, own)
	switch {
	case err != nil:
		return Config{}, nil, err
	case len(rest) < least:
		return Config{}, nil, wrongUse("The command %s needs an argument. `almanac %s --help` shows which.", own.Name(), own.Name())
	case most >= 0 && len(rest) > most:
		return Config{}, nil, wrongUse("The command %s takes no argument %q.", own.Name(), rest[most])
	}
	return config, rest, nil
}

// once refuses flags of a set that are given twice, where the last would silently
// win. They take values and are declared already.
func once(set *flag.FlagSet, names ...string) {
	for _, name := range names {
		given := set.Lookup(name)
		given.Value = &onceValue{Value: given.Value, name: name}
	}
}

// onceValue is the value of a flag that names one thing.
type onceValue struct {
	flag.Value
	name, text string
	given      bool
}

func (v *onceValue) Set(text string) error {
	if v.given {
		return fault.In(v.name, "it was %q before, and is given once", v.text)
	}
	v.given, v.text = true, text
	return v.Value.Set(text)
}

// wholeNumber declares a flag that takes a whole number.
func wholeNumber(set *flag.FlagSet, name, usage string, take func(int)) {
	set.Func(name, usage, func(value string) error {
		n, err := strconv.Atoi(value)
		if err != nil {
			return fault.In(name, "it must be a whole number, such as 12")
		}
		take(n)
		return nil
	})
}

func (t terminal) log(c Config) *slog.Logger {
	return newLogger(t.trouble, max(c.LogLevel, slog.LevelWarn), c.LogFormat)
}

func runConfig(_ context.Context, t terminal, args []string) error {
	own := flag.NewFlagSet("config", flag.ContinueOnError)
	format := formatFlag(own, "text", "json")
	config, _, err := t.arguments(own, args, 0, 0)
	if err != nil {
		return err
	}
	return printConfig(t.out, config, *format)
}
