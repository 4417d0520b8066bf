package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"almanac/scheduler"
	"almanac/scheduler/reads"
)

// commands builds the commands of the program, in the order of its help.
func commands(t terminal) []*cobra.Command {
	return []*cobra.Command{
		demoCommand(t),
		serveCommand(t),
		group("protocol", "the library of protocols, and files of your own",
			protocolListCommand(t), protocolShowCommand(t), protocolCheckCommand(t), protocolSchemaCommand(t),
			protocolCalendarCommand(t)),
		group("cohort", "open, show and change cohorts",
			cohortOpenCommand(t), cohortListCommand(t), cohortShowCommand(t), cohortVersionCommand(t),
			cohortRescheduleCommand(t),
			cohortPhaseCommand(t), cohortRotateCommand(t), cohortCapacityCommand(t), cohortSetCommand(t),
			cohortEndCommand(t), cohortMessageCommand(t), cohortWaitlistMoveCommand(t)),
		sessionGroup(t),
		group("person", "people of the clinic", personApartCommand(t)),
		group("people", "find people, and change what is known of them", peopleFindCommand(t), peopleShowCommand(t),
			peopleSetCommand(t), peopleMergeCommand(t), peopleConsentCommand(t), peopleShortNoticeCommand(t),
			peopleContactCommand(t),
			peopleEraseCommand(t), peopleHoldCommand(t), peopleRecordCommand(t),
			peopleImportCommand(t), peopleExportCommand(t)),
		consentGroup(t),
		group("export", "tables of the clinic for a spreadsheet", exportRostersCommand(t), exportAttendanceCommand(t),
			exportAssessmentsCommand(t),
			exportNoticesCommand(t), exportTasksCommand(t)),
		reportCommand(t),
		openingsCommand(t),
		group("task", "what staff have to do, and how calls ended", taskListCommand(t),
			taskOutcomeCommand(t, "done", "note that a task is done, or that everything of a call was said",
				scheduler.CallReached),
			taskOutcomeCommand(t, "no-answer", "note a call without an answer, and when to call again",
				scheduler.CallNoAnswer),
			taskOutcomeCommand(t, "left-word", "note that word was left, and when to call again",
				scheduler.CallLeftWord)),
		referralGroup(t),
		enrollCommand(t),
		enrollmentGroup(t),
		group("message", "what staff wrote to groups and waitlists", messageListCommand(t)),
		group("notice", "messages to people and staff, and what became of them", noticeListCommand(t),
			noticeRetryCommand(t)),
		group("audit", "who did what, and when", auditListCommand(t), auditExportCommand(t), auditVerifyCommand(t),
			auditTouchedCommand(t)),
		undoCommand(t),
		inboundCommand(t),
		replayCommand(t),
		group("staff", "who works here, and their sign-in links", staffAddCommand(t), staffListCommand(t),
			staffCredentialCommand(t), staffDisableCommand(t), staffEnableCommand(t), staffRoleCommand(t),
			staffHandOverCommand(t), staffSignInsCommand(t), staffPasskeysCommand(t),
			staffFeedsCommand(t), staffUnlinkCommand(t)),
		group("token", "tokens for the JSON API", tokenAddCommand(t), tokenListCommand(t), tokenRevokeCommand(t)),
		group("clinic", "clinics and their closed days", clinicCloseCommand(t), clinicOpenCommand(t),
			clinicAddCommand(t), clinicSetCommand(t), clinicExportCommand(t), clinicImportCommand(t)),
		group("key", "the secret key", keyRotateCommand(t)),
		backupCommand(t),
		restoreCommand(t),
		migrateCommand(t),
		doctorCommand(t),
		healthCommand(t),
		configCommand(t),
		versionCommand(t),
	}
}

// newRoot builds the whole command line: every command, and the options that
// all of them share.
func newRoot(t terminal) *cobra.Command {
	t.options = &settingsReader{lookupEnv: t.lookupEnv, readFile: t.readFile, flags: map[string]string{}}
	root := group("almanac", "Almanac schedules group programmes that follow a protocol.", commands(t)...)
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetIn(t.in)
	root.SetOut(t.out)
	root.SetErr(t.trouble)
	root.SetHelpCommand(helpCommand())
	t.options.register(root.PersistentFlags())
	for _, c := range leaves(root) {
		completeFormat(c)
	}
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		if words := c.Flags().Args(); isGroup(c) && (c.HasParent() || len(words) > 0) {
			return unknownCommand(c, words) // the word that is missing or wrong matters more than its flags
		}
		return flagProblem(c.Flags(), err)
	})
	root.SetHelpFunc(func(c *cobra.Command, _ []string) {
		if !c.HasParent() {
			printHelp(t.out, root)
			return
		}
		printCommandHelp(t.out, c)
	})
	return root
}

// helpCommand prints what --help prints, of the program or of one command.
func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use: "help [COMMAND]", Short: "what a command does, and its flags", DisableFlagsInUseLine: true,
		RunE: func(c *cobra.Command, words []string) error {
			found, rest, err := c.Root().Find(words)
			if err != nil || len(rest) > 0 {
				return unknownCommand(cmp.Or(found, c.Root()), rest)
			}
			return found.Help()
		},
	}
}

// completeFormat lets the shell complete the values of --format.
func completeFormat(c *cobra.Command) {
	flag := c.Flags().Lookup("format")
	if flag == nil {
		return
	}
	values := strings.Split(strings.TrimPrefix(flag.Usage, "one of "), ", ")
	_ = c.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
}

// group makes a command that is only the first word of others. Alone it is wrong
// use, except for the program itself, which then prints its help.
func group(name, does string, members ...*cobra.Command) *cobra.Command {
	g := &cobra.Command{Use: name, Short: does, Args: cobra.ArbitraryArgs, SuggestionsMinimumDistance: 2}
	g.AddCommand(members...)
	g.RunE = func(c *cobra.Command, args []string) error {
		if !c.HasParent() && len(args) == 0 {
			return c.Help()
		}
		return unknownCommand(c, args)
	}
	return g
}

// withMembers makes a command that does something alone the first word of others, too.
func withMembers(c *cobra.Command, members ...*cobra.Command) *cobra.Command {
	c.Annotations = map[string]string{actsAlone: ""}
	c.AddCommand(members...)
	return c
}

// actsAlone marks a command that does something alone and is the first word of others.
const actsAlone = "acts-alone"

// isGroup tells whether a command is only the first word of others.
func isGroup(c *cobra.Command) bool {
	_, acts := c.Annotations[actsAlone]
	return c.HasSubCommands() && !acts
}

// unknownCommand says what could have been meant.
func unknownCommand(g *cobra.Command, args []string) error {
	hint := ""
	if len(args) > 0 {
		if near := g.SuggestionsFor(args[0]); len(near) > 0 {
			hint = " Did you mean " + strings.Join(near, " or ") + "?"
		}
	}
	if !g.HasParent() {
		return wrongUse("There is no command %q.%s `almanac help` lists them all.", args[0], hint)
	}
	seconds := make([]string, 0, len(g.Commands()))
	for _, c := range g.Commands() {
		seconds = append(seconds, c.Name())
	}
	if len(args) == 0 {
		return wrongUse("The command %s needs a second word: %s.", g.Name(), strings.Join(seconds, ", "))
	}
	return wrongUse("There is no command %q.%s After %s comes one of: %s.", g.Name()+" "+args[0], hint, g.Name(),
		strings.Join(seconds, ", "))
}

// command makes a command that takes from least to most arguments; most of -1
// is any number. use is its last word, with the names of its arguments.
func (t terminal) command(use, does string, least, most int) *cobra.Command {
	c := &cobra.Command{Use: use, Short: does, DisableFlagsInUseLine: true}
	c.Args = func(c *cobra.Command, args []string) error {
		name := commandName(c)
		switch {
		case len(args) < least:
			return wrongUse("The command %s needs an argument. `almanac %[1]s --help` shows which.", name)
		case most >= 0 && len(args) > most:
			return wrongUse("The command %s takes no argument %q.", name, args[most])
		}
		return nil
	}
	return c
}

// handle sets what a command does once its flags are parsed and the
// configuration is checked.
func (t terminal) handle(c *cobra.Command, do func(ctx context.Context, config Config, args []string) error) {
	c.RunE = func(c *cobra.Command, args []string) error {
		config, err := t.options.config()
		if err != nil {
			return err
		}
		return do(reads.WithViewing(c.Context(), &reads.Viewing{Source: fromShell(commandName(c))}), config, args)
	}
}

// commandName is the words of a command behind the program's name.
func commandName(c *cobra.Command) string {
	return strings.TrimPrefix(c.CommandPath(), c.Root().Name()+" ")
}

// printHelp lists every command and the options that all commands take.
func printHelp(w io.Writer, root *cobra.Command) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "%s\n\nCommands:\n", root.Short)
	for _, c := range leaves(root) {
		fmt.Fprintf(table, "  almanac %s\t%s\n", usageLine(c), c.Short)
	}
	table.Flush()
	fmt.Fprint(w, "\n`almanac COMMAND --help` describes the flags of one command. Options, for every command:\n")
	printOptions(w)
}

// leaves gives the commands that do something, in the order of the help.
func leaves(c *cobra.Command) []*cobra.Command {
	var all []*cobra.Command
	if !isGroup(c) {
		all = append(all, c)
	}
	for _, member := range c.Commands() {
		if member.IsAvailableCommand() {
			all = append(all, leaves(member)...)
		}
	}
	return all
}

// usageLine is a command's words with the names of its arguments.
func usageLine(c *cobra.Command) string { return strings.TrimPrefix(c.UseLine(), c.Root().Name()+" ") }

// printCommandHelp describes one command, its members if it is a group, and its flags.
func printCommandHelp(w io.Writer, c *cobra.Command) {
	fmt.Fprintf(w, "almanac %s\n  %s\n", usageLine(c), c.Short)
	if c.Long != "" {
		fmt.Fprintf(w, "\n%s\n", c.Long)
	}
	if c.HasSubCommands() {
		table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "\nCommands:")
		for _, member := range leaves(c) {
			fmt.Fprintf(table, "  almanac %s\t%s\n", usageLine(member), member.Short)
		}
		table.Flush()
	}
	if own := c.LocalNonPersistentFlags(); own.HasAvailableFlags() {
		fmt.Fprintf(w, "\nFlags:\n%s", own.FlagUsagesWrapped(helpWidth))
	}
	fmt.Fprint(w, "\nOptions that every command takes: almanac help\n")
}

// helpWidth is where the descriptions of flags are wrapped.
const helpWidth = 110
