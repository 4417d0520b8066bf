package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/reads"
	"almanac/scheduler/spreadsheet"
	"almanac/web"
)

func enrollmentAssessmentsCommand(t terminal) *cobra.Command {
	c := t.command("assessments", "windows of assessments of everybody, the first to close first", 0, 0)
	own := c.Flags()
	clinic := clinicFlag(own)
	var q reads.AssessmentQuery
	own.StringVar((*string)(&q.Show), "show", "to-do", "to-do, ahead, noted, deviations, or empty for all")
	own.StringVar((*string)(&q.Cohort), "cohort", "", "only of this cohort")
	own.StringVar((*string)(&q.Enrollment), "enrollment", "", "only of this enrollment")
	t.handle(c, func(ctx context.Context, config Config, _ []string) error {
		if q.Show != "" {
			if !slices.Contains(reads.AssessmentShows(), q.Show) {
				return wrongUse("There is no list %q; --show takes to-do, ahead, noted or deviations.", q.Show)
			}
		}
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			table := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
			fmt.Fprintln(table, "enrollment\twindow\topens\ttarget\tcloses\tstate\tdate\tmode\tby")
			for {
				page, err := h.store.Assessments(ctx, access.Operator(string(found.ID)), found.ID, q)
				if err != nil {
					return err
				}
				for _, r := range page.Rows {
					fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.Enrollment, r.Window, r.Opens,
						cmp.Or(r.Target.String(), "-"), cmp.Or(r.Closes.String(), "-"), r.State,
						cmp.Or(r.Date.String(), "-"), cmp.Or(string(r.Mode), "-"), cmp.Or(r.By, "-"))
				}
				if q.After = page.Next; q.After.ID == "" {
					return table.Flush()
				}
			}
		})
	})
	return c
}

func enrollmentAssessCommand(t terminal) *cobra.Command {
	q := scheduler.AssessRequest{}
	return enrollmentChange(t, changeCommand{
		use: "assess ID WINDOW", arguments: 2, button: "note it",
		does: "note what became of an assessment; no answers, no scores",
		flags: func(own *pflag.FlagSet) {
			own.StringVar((*string)(&q.Outcome), "outcome", "done",
				"done, missed or refused; empty takes the note back")
			dateFlag(own, "on", "the date, as 2026-01-06; default: today", &q.Date)
			own.StringVar((*string)(&q.Mode), "mode", "", "how it was done: person, video, phone or form")
			own.StringVar(&q.Reason, "reason", "", "why it was done outside its window; it is kept sealed")
		},
		propose: func(rest []string) (desk.Proposal, error) {
			q.Enrollment, q.Window = scheduler.ID(rest[0]), rest[1]
			return desk.Assess(q), nil
		},
	})
}

func exportAssessmentsCommand(t terminal) *cobra.Command {
	return exportCommand(t, "assessments", "windows of assessments by participant number, without names", nil,
		func(ctx context.Context, h *house, found reads.Clinic, zone *time.Location, w io.Writer) error {
			return table(w, web.AssessmentHeader(), func(out *spreadsheet.Writer) error {
				return h.store.ExportAssessments(ctx, access.Operator(string(found.ID)), found.ID,
					func(r reads.AssessmentRow) error { return out.Row(web.AssessmentCells(r, zone)...) })
			})
		})
}
