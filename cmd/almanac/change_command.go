package main

import (
	"context"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/reads"
)

// changeCommand describes a command that shows what a change would do, and does it with --confirm.
type changeCommand struct {
	use, does string
	arguments int
	button    string                   // completes "Run this again with --confirm to …"
	flags     func(own *pflag.FlagSet) // nil: none but --clinic and --confirm
	propose   func(rest []string) (desk.Proposal, error)
	// print prints what has become of it; nil: the cohort.
	print func(ctx context.Context, h *house, found reads.Clinic, rest []string) error
}

// changeCommand builds the command.
func (t terminal) changeCommand(x changeCommand) *cobra.Command {
	c := t.command(x.use, x.does+"; only shown without --confirm", x.arguments, x.arguments)
	own := c.Flags()
	clinic := clinicFlag(own)
	if x.flags != nil {
		x.flags(own)
	}
	confirm := own.Bool("confirm", false, "do it; without this it is only shown")
	t.handle(c, func(ctx context.Context, config Config, rest []string) error {
		asked, err := x.propose(rest)
		if err != nil {
			return err
		}
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			switch {
			case !*confirm:
				return h.printPreview(ctx, t.out, found, asked, x.button)
			case x.print == nil:
				return t.changeShown(ctx, h, found, asked)
			}
			if err := h.confirm(ctx, t.out, found, asked); err != nil {
				return err
			}
			return x.print(ctx, h, found, rest)
		})
	})
	return c
}

// changeShown does a change, and prints how it is taken back and the cohort as it is then.
func (t terminal) changeShown(ctx context.Context, h *house, found reads.Clinic, asked desk.Proposal) error {
	changed, err := h.desk.Change(ctx, request(found), asked)
	if err != nil {
		return err
	}
	if err := h.printWayBack(t.out, found, changed.ChangeNo, changed.Until); err != nil {
		return err
	}
	cohort, err := h.store.Cohort(ctx, access.Operator(string(found.ID)), found.ID, changed.Cohorts[0])
	if err != nil {
		return err
	}
	return printCohort(t.out, cohort)
}
