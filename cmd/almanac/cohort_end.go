package main

import (
	"context"

	"github.com/spf13/cobra"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// cohortEndCommand ends a cohort after a date, or shows what that would do.
func cohortEndCommand(t terminal) *cobra.Command {
	c := t.command("end ID", "whom the end of a cohort would tell what; with --confirm, end it", 1, 1)
	own := c.Flags()
	clinic := clinicFlag(own)
	date := own.String("after", "", "the last date of the group, as 2027-03-31; later sessions are cancelled")
	confirm := own.Bool("confirm", false, "do it; without this it is only shown")
	t.handle(c, func(ctx context.Context, config Config, rest []string) error {
		after, err := civil.ParseDate(*date)
		if err != nil {
			return fault.In("after", "Give the last date of the group with --after, written like 2027-03-31.")
		}
		cohort := scheduler.ID(rest[0])
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			asked := desk.EndCohort(cohort, after)
			if !*confirm {
				return h.printPreview(ctx, t.out, found, asked, "do it")
			}
			if err := h.confirm(ctx, t.out, found, asked); err != nil {
				return err
			}
			changed, err := h.store.Cohort(ctx, access.Operator(string(found.ID)), found.ID, cohort)
			if err != nil {
				return err
			}
			return printCohort(t.out, changed)
		})
	})
	return c
}
