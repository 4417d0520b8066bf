package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

func staffUnlinkCommand(t terminal) *cobra.Command {
	c := t.command("unlink EMAIL", "unlink somebody's account at their organization; with --confirm, do it", 1, 1)
	own := c.Flags()
	clinic := clinicFlag(own)
	confirm := own.Bool("confirm", false, "do it; without this it is only checked")
	t.handle(c, func(ctx context.Context, config Config, args []string) error {
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			operator := access.Operator(string(found.ID))
			who, err := h.store.FindStaff(ctx, operator, found.ID, args[0])
			if err != nil {
				return err
			}
			q := reads.Unlink{DryRun: !*confirm}
			if err := h.store.UnlinkIdentity(ctx, operator, found.ID, who.ID, q); err != nil {
				return err
			}
			sentence := "unlinked"
			if q.DryRun {
				sentence = "It is linked. Add --confirm to unlink it."
			}
			_, err = fmt.Fprintln(t.out, sentence)
			return err
		})
	})
	return c
}
