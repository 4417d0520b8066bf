package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"almanac/protocols"
	"almanac/scheduler/fault"
)

// terminal is where a command reads and prints.
type terminal struct {
	in           io.Reader
	out, trouble io.Writer
	lookupEnv    func(string) (string, bool)
	readFile     func(string) ([]byte, error)
	now          func() time.Time
	options      *settingsReader // filled while the command line is parsed
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

// run runs one command and returns the exit code of the process.
func run(ctx context.Context, t terminal, args []string) int {
	t.out = &watchedOutput{Writer: t.out}
	root := newRoot(t)
	root.SetArgs(args)
	return answer(root.ExecuteContext(ctx), t.trouble)
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
	switch e := err.(type) { // it takes the chain apart itself
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

func (t terminal) log(c Config) *slog.Logger {
	return newLogger(t.trouble, max(c.LogLevel, slog.LevelWarn), c.LogFormat)
}

func configCommand(t terminal) *cobra.Command {
	c := t.command("config", "the effective configuration, secrets withheld", 0, 0)
	own := c.Flags()
	format := formatFlag(own, "text", "json")
	t.handle(c, func(_ context.Context, config Config, _ []string) error {
		return printConfig(t.out, config, *format)
	})
	return c
}
