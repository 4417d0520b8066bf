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

// cohortSetCommand gives a cohort, or one session of it, another place, meeting, length, facilitator, name or
// number of seats, or shows what that would do.
func cohortSetCommand(t terminal) *cobra.Command {
	c := t.command("set ID",
		"whom another place, meeting, length, facilitator, name or number of seats would tell what; with --confirm, "+
			"change it",
		1, 1)
	own := c.Flags()
	clinic := clinicFlag(own)
	asked := scheduler.CohortSetting{}
	text := func(name, usage string, into **string) {
		own.Func(name, usage, func(value string) error {
			*into = &value
			return nil
		})
	}
	own.Func("from", "the first date that changes, as 2026-02-03; default: from now on",
		func(value string) (err error) {
			asked.From, err = civil.ParseDate(value)
			return err
		})
	session := own.String("session", "", "id of a session that alone changes; default: all of the cohort's")
	text("place", "where people meet, as they read it", &asked.Place)
	meeting := meetingFlags(own)
	text("name", "what staff call the cohort", &asked.Name)
	wholeNumber(own, "minutes", "how long a session of the series takes", func(n int) { asked.Minutes = &n })
	wholeNumber(own, "capacity", "seats in each session", func(n int) { asked.Seats = &n })
	var named []namedPost
	own.Func("facilitator",
		"EMAIL of who leads, nobody for none, or ROLE=EMAIL of somebody who fills a role besides; may be given again",
		func(value string) error {
			named = append(named, parsePost(value))
			return nil
		})
	own.StringVar(&asked.Reason, "reason", "",
		"why a rule is set aside: a credential, a training, the seats, telling words")
	confirm := own.Bool("confirm", false, "do it; without this it is only shown")
	t.handle(c, func(ctx context.Context, config Config, rest []string) error {
		if asked.Cohort, asked.Session = scheduler.ID(rest[0]),
			scheduler.ID(*session); *session != "" && !asked.From.IsZero() {
			return wrongUse("Say --session for one session, or --from for those from a date on, and not both.")
		}
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			asked.Meeting = *meeting
			if err := h.nameLeaders(ctx, found, named, &asked); err != nil {
				return err
			}
			if !*confirm {
				return h.printPreview(ctx, t.out, found, desk.SetCohort(asked), "change it")
			}
			return t.changeShown(ctx, h, found, desk.SetCohort(asked))
		})
	})
	return c
}

// nameLeaders finds who is named: to lead, or for a role.
func (h *house) nameLeaders(ctx context.Context, found reads.Clinic, named []namedPost,
	asked *scheduler.CohortSetting) error {
	for _, p := range named {
		if p.role == "" && p.email == "nobody" {
			asked.Lead = new(scheduler.ID)
			continue
		}
		staff, err := h.store.FindStaff(ctx, access.Operator(string(found.ID)), found.ID, p.email)
		switch {
		case err != nil:
			return err
		case p.role == "":
			asked.Lead = &staff.ID
		default:
			asked.Posts = append(asked.Posts, scheduler.Post{Role: p.role, Staff: staff.ID})
		}
	}
	return nil
}
