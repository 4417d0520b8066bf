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
	confirm := own.Bool("confirm", false, "do it; without this it is only checked")
	return t.forStaff(c, func(ctx context.Context, h *house, found reads.Clinic, who reads.Staff, _ []string) error {
		m := modeOf(confirm)
		_, err := h.changeKey(ctx, found, who, reads.AccountUnlinked, m, func() (string, error) {
			return "", h.store.UnlinkIdentity(ctx, access.Operator(string(found.ID)), found.ID, who.ID,
				m)
		})
		if err != nil {
			return err
		}
		sentence := "unlinked"
		if m == reads.OnlyCheck {
			sentence = "It is linked. Add --confirm to unlink it."
		}
		_, err = fmt.Fprintln(t.out, sentence)
		return err
	})
}
