package main

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
)

// cohortEndCommand ends a cohort after a date.
func cohortEndCommand(t terminal) *cobra.Command {
	var date string
	return t.changeCommand(changeCommand{
		use: "end ID", does: "end a cohort after a date; later sessions are cancelled", arguments: 1, button: "do it",
		flags: func(own *pflag.FlagSet) {
			own.StringVar(&date, "after", "", "the last date of the group, as 2027-03-31")
		},
		propose: func(rest []string) (desk.Proposal, error) {
			after, err := civil.ParseDate(date)
			if err != nil {
				return desk.Proposal{},
					fault.In("after", "Give the last date of the group with --after, written like 2027-03-31.")
			}
			return desk.EndCohort(scheduler.ID(rest[0]), after), nil
		},
	})
}
