package main

import (
	"context"

	"github.com/spf13/cobra"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/reads"
)

// staffHandOverCommand lets somebody else lead all that a member of staff leads, or shows what that would do.
func staffHandOverCommand(t terminal) *cobra.Command {
	c := t.command("hand-over EMAIL",
		"whom it would tell what if somebody else led all that they lead; with --confirm, do it", 1, 1)
	own := c.Flags()
	clinic := clinicFlag(own)
	to := own.String("to", "", "EMAIL of who leads instead")
	asked := scheduler.HandOverRequest{}
	own.Func("from", "the first date that changes, as 2026-02-03; default: from now on",
		func(value string) (err error) {
			asked.On, err = civil.ParseDate(value)
			return err
		})
	own.StringVar(&asked.Reason, "reason", "", "why somebody leads without a credential or training")
	confirm := own.Bool("confirm", false, "do it; without this it is only shown")
	t.handle(c, func(ctx context.Context, config Config, args []string) error {
		if *to == "" {
			return wrongUse("Say who leads instead with --to EMAIL.")
		}
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			for email, id := range map[string]*scheduler.ID{args[0]: &asked.From, *to: &asked.To} {
				who, err := h.store.FindStaff(ctx, access.Operator(string(found.ID)), found.ID, email)
				if err != nil {
					return err
				}
				*id = who.ID
			}
			if !*confirm {
				return h.printPreview(ctx, t.out, found, desk.HandOver(asked), "hand it over")
			}
			return t.changeShown(ctx, h, found, desk.HandOver(asked))
		})
	})
	return c
}
