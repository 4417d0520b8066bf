package main

import (
	"context"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"almanac/protocols"
	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// sessionGroup holds the changes of one session.
func sessionGroup(t terminal) *cobra.Command {
	return group("session", "change one session; cohort show --format json tells the ids",
		sessionAddCommand(t), sessionCancelCommand(t), sessionMoveCommand(t), sessionLeadCommand(t),
		sessionAttendanceCommand(t))
}

// wallFlag declares a flag that takes a local date and time.
func wallFlag(own *pflag.FlagSet, name, usage string, into *civil.WallTime) {
	own.Func(name, usage+", in the cohort's zone, as 2026-02-03T18:00", func(value string) (err error) {
		*into, err = civil.ParseWallTime(value)
		return err
	})
}

// dateRules declares the flags that set aside rules about a date.
func dateRules(own *pflag.FlagSet, shift, far *bool, reason *string) {
	own.BoolVar(shift, "accept-shift", false, "take a time that a clock change skips or repeats")
	own.BoolVar(far, "far", false, "take a date that is far off")
	own.StringVar(reason, "reason", "", "why a rule is set aside: a closed day, an appointment's window, the equipment")
}

// sessionMoveCommand gives one session another time.
func sessionMoveCommand(t terminal) *cobra.Command {
	var q scheduler.MoveRequest
	return t.changeCommand(changeCommand{
		use: "move ID", does: "another time for a session", arguments: 1, button: "move it",
		flags: func(own *pflag.FlagSet) {
			wallFlag(own, "to", "its date and time", &q.To)
			dateRules(own, &q.AcceptShift, &q.Far, &q.Reason)
		},
		propose: func(rest []string) (desk.Proposal, error) {
			q.Session = scheduler.ID(rest[0])
			return desk.Move(q), nil
		},
	})
}

func sessionCancelCommand(t terminal) *cobra.Command {
	var q scheduler.CancelRequest
	return t.changeCommand(changeCommand{
		use: "cancel ID", does: "cancel a session", arguments: 1, button: "cancel it",
		flags: func(own *pflag.FlagSet) {
			own.StringVar((*string)(&q.Content), "content", "",
				"what becomes of its content: append, skip or makeup; default: as the protocol says")
			wallFlag(own, "on", "with makeup: the date and time that make up for it", &q.On)
			dateRules(own, &q.AcceptShift, &q.Far, &q.Reason)
		},
		propose: func(rest []string) (desk.Proposal, error) {
			q.Session = scheduler.ID(rest[0])
			return desk.Cancel(q), nil
		},
	})
}

func sessionAddCommand(t terminal) *cobra.Command {
	var q scheduler.AddRequest
	return t.changeCommand(changeCommand{
		use: "add COHORT", does: "one more session of a cohort", arguments: 1, button: "add it",
		flags: func(own *pflag.FlagSet) {
			wallFlag(own, "at", "its date and time", &q.At)
			own.Func("kind", "group, orientation, retreat, workshop, check-in or meeting; default: group",
				func(value string) error {
					if q.Kind = protocols.Kind(value); !slices.Contains(scheduler.AddedKinds(), q.Kind) {
						return fault.In("kind", "it must be group, orientation, retreat, workshop, check-in or meeting")
					}
					return nil
				})
			own.StringVar(&q.Position, "position", "", "its content, by the protocol's name; default: none")
			wholeNumber(own, "minutes", "default: as long as a session", func(n int) { q.Minutes = n })
			dateRules(own, &q.AcceptShift, &q.Far, &q.Reason)
		},
		propose: func(rest []string) (desk.Proposal, error) {
			q.Cohort = scheduler.ID(rest[0])
			return desk.AddSession(q), nil
		},
	})
}

// sessionLeadCommand gives one session another facilitator.
func sessionLeadCommand(t terminal) *cobra.Command {
	c := t.command("lead ID EMAIL", "another facilitator for one session, or nobody for now", 2, 2)
	own := c.Flags()
	clinic := clinicFlag(own)
	q := scheduler.SubstituteRequest{}
	own.StringVar(&q.Reason, "reason", "", "why somebody leads without the credential that the protocol asks for")
	confirm := own.Bool("confirm", false, "do it; without this it is only shown")
	t.handle(c, func(ctx context.Context, config Config, rest []string) error {
		q.Session = scheduler.ID(rest[0])
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			if rest[1] != "nobody" {
				who, err := h.store.FindStaff(ctx, access.Operator(string(found.ID)), found.ID, rest[1])
				if err != nil {
					return err
				}
				q.By = who.ID
			}
			if !*confirm {
				return h.printPreview(ctx, t.out, found, desk.Substitute(q), "let them lead")
			}
			return t.changeShown(ctx, h, found, desk.Substitute(q))
		})
	})
	return c
}
