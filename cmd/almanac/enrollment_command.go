package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/reads"
)

// enrollmentOverrideCommand lets somebody begin without a prerequisite, or shows what that would do.
func enrollmentOverrideCommand(t terminal) *cobra.Command {
	c := t.command("override ID PREREQUISITE",
		"whom beginning without a prerequisite would tell what; with --confirm, let them begin", 2, 2)
	own := c.Flags()
	clinic := clinicFlag(own)
	reason := own.String("reason", "", "why; it is kept sealed")
	confirm := own.Bool("confirm", false, "do it; without this it is only shown")
	t.handle(c, func(ctx context.Context, config Config, rest []string) error {
		asked := desk.OverridePrerequisite(scheduler.ID(rest[0]), rest[1], *reason)
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			if !*confirm {
				return h.printPreview(ctx, t.out, found, asked, "let them begin")
			}
			if err := h.confirm(ctx, t.out, found, asked); err != nil {
				return err
			}
			_, err := fmt.Fprintf(t.out, "The enrollment does without %q. The reason is kept.\n", rest[1])
			return err
		})
	})
	return c
}
