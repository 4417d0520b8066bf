package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/reads"
)

// cohortPhaseCommand makes a cohort run one phase of a programme.
func cohortPhaseCommand(t terminal) *cobra.Command {
	c := t.command("phase ID", "make a cohort run one phase of a programme, beside those of the other phases", 1, 1)
	own := c.Flags()
	clinic := clinicFlag(own)
	q := scheduler.PhaseRequest{}
	own.StringVar(&q.Phase, "phase", "", "the phase that it runs, such as low-dose")
	wholeNumber(own, "number", "the phase's place in the programme, from 1 on", func(n int) { q.Number = n })
	beside := own.String("beside", "",
		"id of a cohort that runs another phase of the same programme; default: this one is the first")
	once(own, "phase", "number", "beside")
	t.handle(c, func(ctx context.Context, config Config, rest []string) error {
		if q.Phase == "" || q.Number == 0 {
			return wrongUse("Say which phase with --phase NAME, and its place in the programme with --number N.")
		}
		q.Cohort, q.Beside = scheduler.ID(rest[0]), scheduler.ID(*beside)
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			if err := h.desk.Confirm(ctx, request(found), desk.RunPhase(q)); err != nil {
				return err
			}
			changed, err := h.store.Cohort(ctx, access.Operator(string(found.ID)), found.ID, q.Cohort)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(t.out, "Cohort %s runs phase %d, %s, of the programme %s.\n", q.Cohort, q.Number,
				q.Phase, changed.Cohort.Series)
			return err
		})
	})
	return c
}

// cohortRotateCommand lets facilitators lead a cohort in turn, and prints who leads
// when.
func cohortRotateCommand(t terminal) *cobra.Command {
	c := t.command("rotate ID", "let facilitators lead in turn; prints who leads when", 1, 1)
	own := c.Flags()
	clinic := clinicFlag(own)
	var emails []string
	own.Func("facilitator", "e-mail address of somebody who leads in turn; given once for each, in their order",
		func(email string) error {
			emails = append(emails, email)
			return nil
		})
	reason := own.String("reason", "", "why somebody leads without the credential that the protocol asks for")
	t.handle(c, func(ctx context.Context, config Config, rest []string) error {
		q := scheduler.RotateRequest{Cohort: scheduler.ID(rest[0]), Reason: *reason}
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			operator, names := access.Operator(string(found.ID)), map[scheduler.ID]string{}
			for _, email := range emails {
				who, err := h.store.FindStaff(ctx, operator, found.ID, email)
				if err != nil {
					return err
				}
				q.Leaders, names[who.ID] = append(q.Leaders, who.ID), who.Name
			}
			if err := h.confirm(ctx, t.out, found, desk.Rotate(q)); err != nil {
				return err
			}
			changed, err := h.store.Cohort(ctx, operator, found.ID, q.Cohort)
			if err != nil {
				return err
			}
			return h.printLeaders(t.out, changed, names)
		})
	})
	return c
}

// printLeaders prints who leads the sessions to come.
func (h *house) printLeaders(w io.Writer, c reads.Cohort, names map[scheduler.ID]string) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "number\tdate\ttime\tfacilitator")
	for _, s := range c.Sessions {
		if !s.Main || !s.Live() || s.Past(h.now()) {
			continue
		}
		name := names[s.Leader]
		if s.Leader == "" {
			name = "nobody: everybody in turn has another session then"
		}
		fmt.Fprintf(table, "%d\t%s %s\t%s\t%s\n", s.Number, s.Wall.Date.Weekday().String()[:3], s.Wall.Date,
			s.Wall.Clock, name)
	}
	return table.Flush()
}

func cohortCapacityCommand(t terminal) *cobra.Command {
	q := scheduler.ResizeRequest{}
	return t.changeCommand(changeCommand{
		use: "capacity ID SEATS", does: "another number of seats", arguments: 2, button: "do it",
		flags: func(own *pflag.FlagSet) {
			own.StringVar(&q.Reason, "reason", "", "why fewer or more than the protocol says")
		},
		propose: func(rest []string) (desk.Proposal, error) {
			seats, err := strconv.Atoi(rest[1])
			if err != nil {
				return desk.Proposal{}, wrongUse("Say how many seats there are, as a whole number such as 12.")
			}
			q.Cohort, q.Seats = scheduler.ID(rest[0]), seats
			return desk.SetCapacity(q), nil
		},
	})
}

// personApartCommand keeps two people apart, or ends that.
func personApartCommand(t terminal) *cobra.Command {
	c := t.command("apart PERSON PERSON",
		"two people share no session from now on, or with --end may again; cohort show --format json tells their ids",
		2, 2)
	own := c.Flags()
	clinic := clinicFlag(own)
	end := own.Bool("end", false, "they may share sessions again")
	t.handle(c, func(ctx context.Context, config Config, rest []string) error {
		one, other := scheduler.ID(rest[0]), scheduler.ID(rest[1])
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			asked, said := desk.KeepApart(one, other),
				"From now on neither is given a session in which the other sits. Sessions that both have already "+
					"stay: withdraw or transfer one of them."
			if *end {
				asked, said = desk.EndApart(one, other),
					"These two may share sessions again. Anyone who waited because of the other is offered a seat "+
						"within the hour, when one is free."
			}
			if err := h.desk.Confirm(ctx, request(found), asked); err != nil {
				return err
			}
			_, err := fmt.Fprintln(t.out, said)
			return err
		})
	})
	return c
}
