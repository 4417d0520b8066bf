package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/reads"
)

// peopleEraseCommand erases a person, or shows what that would take away.
func peopleEraseCommand(t terminal) *cobra.Command {
	c := t.command("erase ID", "what erasing a person would take away and leave; with --confirm, erase them. It "+
		"cannot be undone", 1, 1)
	own := c.Flags()
	clinic := clinicFlag(own)
	confirm := own.Bool("confirm", false, "do it; without this it is only shown")
	t.handle(c, func(ctx context.Context, config Config, rest []string) error {
		asked := desk.Erase(scheduler.EraseRequest{Person: scheduler.ID(rest[0])})
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			if *confirm {
				if err := h.desk.Confirm(ctx, request(found), asked); err != nil {
					return err
				}
				_, err := fmt.Fprintf(t.out, "Erased. The list of erasures says so, outside of backups: %s\n",
					h.config.Erasures)
				return err
			}
			book, err := h.store.Look(ctx, desk.Change{Clinic: found.ID, Actor: access.Operator(string(found.ID)),
				Action: access.PersonErase}, desk.EraseLoad(scheduler.ID(rest[0])))
			if err != nil {
				return err
			}
			if _, err := h.desk.Preview(ctx, request(found), asked); err != nil {
				return err
			}
			fmt.Fprintln(t.out, "What goes:")
			for _, line := range book.Erasing.Counts.Goes() {
				fmt.Fprintf(t.out, "  %s\n", line)
			}
			fmt.Fprintf(t.out, "\nWhat stays:\n  %s\n", book.Erasing.Counts.Remains())
			return h.printPreview(ctx, t.out, found, asked, "erase this person")
		})
	})
	return c
}

// peopleHoldCommand sets or lifts the legal hold of a person.
func peopleHoldCommand(t terminal) *cobra.Command {
	c := t.command("hold ID", "whether a legal hold could be set, so that nobody erases a person, or lifted; with "+
		"--confirm, set it or lift it", 1, 1)
	own := c.Flags()
	clinic := clinicFlag(own)
	reason := own.String("reason", "", "why this person's data must be kept")
	lift := own.Bool("lift", false, "lift the hold that stands")
	confirm := own.Bool("confirm", false, "do it; without this it is only checked")
	t.handle(c, func(ctx context.Context, config Config, rest []string) error {
		if *lift == (*reason != "") {
			return wrongUse("Say why with --reason TEXT, or lift the hold with --lift.")
		}
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			by, person := access.Operator(string(found.ID)), scheduler.ID(rest[0])
			does, done := "set the hold", "The hold stands. Nobody can erase this person until it is lifted."
			change := func() error { return h.store.SetHold(ctx, by, found.ID, person, *reason, modeOf(confirm)) }
			if *lift {
				does, done = "lift the hold", "The hold is lifted."
				change = func() error { return h.store.LiftHold(ctx, by, found.ID, person, modeOf(confirm)) }
			}
			if err := change(); err != nil {
				return err
			}
			if !*confirm {
				done = "Nothing has changed yet. Run this again with --confirm to " + does + "."
			}
			_, err := fmt.Fprintln(t.out, done)
			return err
		})
	})
	return c
}
