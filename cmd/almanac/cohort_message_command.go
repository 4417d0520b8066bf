package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"almanac/scheduler"
	"almanac/scheduler/desk"
)

// cohortMessageCommand writes to the people of a cohort. The text comes from standard input, so that it stands in no
// shell history.
func cohortMessageCommand(t terminal) *cobra.Command {
	q := scheduler.MessageRequest{To: scheduler.ToGroup}
	return t.changeCommand(changeCommand{
		use: "message ID", does: "write to a group or its waitlist; the text comes from standard input", arguments: 1,
		button: "send it",
		flags: func(own *pflag.FlagSet) {
			own.StringVar((*string)(&q.To), "to", string(q.To), "who gets it: group or waitlist")
			own.StringVar(&q.Reason, "reason", "", "why telling words are sent all the same")
		},
		propose: func(rest []string) (desk.Proposal, error) {
			text, err := io.ReadAll(io.LimitReader(t.in, 4*scheduler.MaxMessage+1))
			if err != nil {
				return desk.Proposal{}, fmt.Errorf("reading the message: %w", err)
			}
			q.Cohort, q.Text = scheduler.ID(rest[0]), string(text)
			return desk.SendMessage(q), nil
		},
	})
}
