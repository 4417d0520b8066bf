package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/reads"
)

// cohortWaitlistMoveCommand moves a waitlist to another cohort, or shows who would be moved.
func cohortWaitlistMoveCommand(t terminal) *cobra.Command {
	c := t.command("waitlist-move ID", "who of a waitlist would move to another cohort; with --confirm, do it", 1, 1)
	own := c.Flags()
	clinic := clinicFlag(own)
	to := own.String("to", "", "the other cohort, of the same protocol")
	confirm := own.Bool("confirm", false, "move them; without this it is only shown")
	t.handle(c, func(ctx context.Context, config Config, rest []string) error {
		if *to == "" {
			return wrongUse("Say which cohort the waitlist moves to with --to ID.")
		}
		asked := desk.MoveWaitlist(scheduler.ID(rest[0]), scheduler.ID(*to))
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			if !*confirm {
				return h.printPreview(ctx, t.out, found, asked, "move them")
			}
			return t.changeShown(ctx, h, found, asked)
		})
	})
	return c
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
