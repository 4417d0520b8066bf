// Command almanac schedules group programmes that follow a protocol: it serves
// pages, feeds and the API, hands notices over, and gives the desk a command line.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"almanac/scheduler/fault"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run does what the arguments ask for and gives the exit code. Results go to
// out, problems to trouble, one sentence a line.
func run(args []string, out, trouble io.Writer) int {
	before, rest, err := splitCommand(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		err = printOptions(out)
	case err != nil:
	case len(rest) > 0 && rest[0] == "config":
		err = runConfig(append(before, rest[1:]...), out)
	default:
		err = &exitError{exitWrongUse, fault.New(fault.Invalid, "Name a command, such as: almanac config")}
	}
	return answer(err, trouble)
}

// answer tells the operator what went wrong and gives the exit code.
func answer(err error, trouble io.Writer) int {
	if err == nil {
		return exitDone
	}
	fmt.Fprintln(trouble, err)
	var known *exitError
	if errors.As(err, &known) {
		return known.code
	}
	return exitFailed
}

// formatFlag declares --format of a command that prints one of several formats;
// the first is the default.
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

// runConfig prints the effective configuration on out. The error is as that
// of parseConfig.
func runConfig(args []string, out io.Writer) error {
	own := flag.NewFlagSet("config", flag.ContinueOnError)
	format := formatFlag(own, "text", "json")
	config, rest, err := parseConfig(args, os.LookupEnv, os.ReadFile, own)
	if errors.Is(err, flag.ErrHelp) {
		return printOptions(out)
	}
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return &exitError{exitWrongUse, fault.New(fault.Invalid, "The command config takes no argument; %q is one too many.", rest[0])}
	}
	return printConfig(out, config, *format)
}
