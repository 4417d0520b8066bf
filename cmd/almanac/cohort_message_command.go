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

// cohortMessageCommand writes to the people of a cohort, or shows who would get it. The text comes from standard
// input, so that it stands in no shell history.
func cohortMessageCommand(t terminal) *cobra.Command {
	c := t.command("message ID", "write to a group or its waitlist; the text comes from standard input", 1, 1)
	own := c.Flags()
	clinic := clinicFlag(own)
	to := own.String("to", string(scheduler.ToGroup), "who gets it: group or waitlist")
	reason := own.String("reason", "", "why telling words are sent all the same")
	confirm := own.Bool("confirm", false, "send it; without this it is only shown who would get it")
	t.handle(c, func(ctx context.Context, config Config, rest []string) error {
		text, err := io.ReadAll(io.LimitReader(t.in, 4*scheduler.MaxMessage+1))
		if err != nil {
			return fmt.Errorf("reading the message: %w", err)
		}
		asked := desk.SendMessage(scheduler.MessageRequest{
			Cohort: scheduler.ID(rest[0]), To: scheduler.Audience(*to), Text: string(text), Reason: *reason,
		})
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			if !*confirm {
				return h.printPreview(ctx, t.out, found, asked, "send it")
			}
			return t.changeShown(ctx, h, found, asked)
		})
	})
	return c
}
