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

// sessionMoveCommand gives one session another time, or shows what that would do.
func sessionMoveCommand(t terminal) *cobra.Command {
	c := t.command("move ID",
		"whom another time of a session would tell what; with --confirm, move it; cohort show --format json tells "+
			"its id", 1, 1)
	own := c.Flags()
	clinic := clinicFlag(own)
	asked := scheduler.MoveRequest{}
	own.Func("to", "its date and time in the cohort's zone, as 2026-02-03T18:00", func(value string) (err error) {
		asked.To, err = civil.ParseWallTime(value)
		return err
	})
	own.BoolVar(&asked.AcceptShift, "accept-shift", false, "take a time that a clock change skips or repeats")
	own.BoolVar(&asked.Far, "far", false, "take a date that is far off")
	own.StringVar(&asked.Reason, "reason", "",
		"why a rule is set aside: a closed day, an appointment's window, the equipment")
	confirm := own.Bool("confirm", false, "do it; without this it is only shown")
	t.handle(c, func(ctx context.Context, config Config, rest []string) error {
		asked.Session = scheduler.ID(rest[0])
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			if !*confirm {
				return h.printPreview(ctx, t.out, found, desk.Move(asked), "move it")
			}
			return t.changeShown(ctx, h, found, desk.Move(asked))
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
