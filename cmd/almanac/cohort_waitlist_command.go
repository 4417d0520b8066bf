package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/reads"
)

// cohortWaitlistMoveCommand moves a waitlist to another cohort.
func cohortWaitlistMoveCommand(t terminal) *cobra.Command {
	var to string
	return t.changeCommand(changeCommand{
		use: "waitlist-move ID", does: "move a waitlist to another cohort of the same protocol", arguments: 1,
		button: "move them",
		flags:  func(own *pflag.FlagSet) { own.StringVar(&to, "to", "", "the other cohort") },
		propose: func(rest []string) (desk.Proposal, error) {
			if to == "" {
				return desk.Proposal{}, wrongUse("Say which cohort the waitlist moves to with --to ID.")
			}
			return desk.MoveWaitlist(scheduler.ID(rest[0]), scheduler.ID(to)), nil
		},
	})
}

// printStays lists who cannot be moved with the others, and why.
func (h *house) printStays(ctx context.Context, w io.Writer, found reads.Clinic, p scheduler.Preview) error {
	if len(p.Stays) == 0 {
		return nil
	}
	ids := make([]scheduler.ID, len(p.Stays))
	for i, stay := range p.Stays {
		ids[i] = stay.Person
	}
	names, err := h.store.Names(ctx, request(found).Actor, found.ID, ids)
	if err != nil {
		return err
	}
	fmt.Fprintln(w, "\nstays\twhy")
	for _, stay := range p.Stays {
		fmt.Fprintf(w, "%s\t%s\n", names[stay.Person], stay.Why)
	}
	return nil
}
