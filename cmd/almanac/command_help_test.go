package main

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// everyCommand walks the command line as a user can reach it.
func everyCommand(t *testing.T, visit func(*cobra.Command)) {
	t.Helper()
	count := 0
	for _, c := range leaves(newRoot(terminal{})) {
		count++
		visit(c)
	}
	if count < 30 {
		t.Fatalf("only %d commands were found", count)
	}
}

// Every flag of every command is described where somebody looks for it.
func TestHelpDescribesEveryFlag(t *testing.T) {
	t.Parallel()
	flags := 0
	everyCommand(t, func(c *cobra.Command) {
		words := append(strings.Fields(commandName(c)), "--help")
		var out, trouble strings.Builder
		if code := run(t.Context(), terminal{out: &out, trouble: &trouble}, words); code != exitDone ||
			trouble.Len() > 0 {
			t.Errorf("%q ended with %d and said %s", words, code, trouble.String())
		}
		c.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
			flags++
			if f.Usage == "" || !strings.Contains(out.String(), "--"+f.Name) {
				t.Errorf("%q does not describe --%s:\n%s", words, f.Name, out.String())
			}
		})
	})
	if flags < 60 {
		t.Errorf("only %d flags were seen", flags)
	}
	var out strings.Builder
	run(t.Context(), terminal{out: &out, trouble: &out}, []string{"enroll", "--help"})
	for _, flag := range []string{"--person", "--priority", "--earliest", "--clinic"} {
		if !strings.Contains(out.String(), flag+" ") {
			t.Errorf("almanac enroll --help lacks %s:\n%s", flag, out.String())
		}
	}
}

// A mistyped command is answered with the one that was meant.
func TestMistypedCommands(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"enrol --cohort x": `There is no command "enrol". Did you mean enroll or enrollment?`,
		"cohrt list":       `There is no command "cohrt". Did you mean cohort?`,
		"cohort opn":       `There is no command "cohort opn". Did you mean open?`,
		"clinic --name x":  `The command clinic needs a second word: `,
		"enroll --nmae x":  `There is no option --nmae here (did you mean --name?)`,
		"serve -x":         `options are written with two dashes`,
		"enroll --name":    `Option --name needs a value: write --name VALUE.`,
		"help frobnicate":  `There is no command "frobnicate"`,
		"help cohort opn":  `There is no command "cohort opn"`,
	} {
		var out, trouble strings.Builder
		code := run(t.Context(), terminal{out: &out, trouble: &trouble, lookupEnv: noEnvironment},
			strings.Fields(typed))
		if code != exitWrongUse || out.Len() > 0 || !strings.Contains(trouble.String(), want) {
			t.Errorf("almanac %s ended with %d, printed %q and said %q", typed, code, out.String(), trouble.String())
		}
	}
}

// The shell completes commands and flags.
func TestCompletion(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"completion bash":                "__almanac",
		"__complete coh":                 "cohort",
		"__complete cohort op":           "open",
		"__complete enroll --pri":        "--priority",
		"__complete openings --format j": "json",
	} {
		var out, trouble strings.Builder
		words := strings.Fields(typed)
		if code := run(t.Context(), terminal{out: &out, trouble: &trouble, lookupEnv: noEnvironment},
			words); code != exitDone || !strings.Contains(out.String(), want) {
			t.Errorf("almanac %s ended with %d and printed %.500q", typed, code, out.String())
		}
	}
}
