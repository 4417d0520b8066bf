package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"almanac/protocols"
	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/reads"
)

func cohortVersionCommand(t terminal) *cobra.Command {
	c := t.command("version ID", "what another version of its protocol would change; with --confirm, change it", 1, 1)
	own := c.Flags()
	clinic := clinicFlag(own)
	protocol := own.String("protocol", "", "the version to go over to, as ID@VERSION")
	acceptShift := own.Bool("accept-shift", false, "take added dates whose time a clock change skips or repeats")
	confirm := own.Bool("confirm", false, "do it; without this it is only shown")
	t.handle(c, func(ctx context.Context, config Config, rest []string) error {
		if *protocol == "" {
			return wrongUse("Say which version with --protocol ID@VERSION. `almanac protocol list` shows them all.")
		}
		library, err := t.library(config)
		if err != nil {
			return err
		}
		to, err := library.Find(*protocol)
		if err != nil {
			return err
		}
		cohort := scheduler.ID(rest[0])
		asked := scheduler.VersionRequest{Cohort: cohort, To: to, AcceptShift: *acceptShift}
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			if !*confirm {
				return h.previewVersion(ctx, t.out, found, asked)
			}
			if err := h.confirm(ctx, t.out, found, desk.ChangeVersion(asked)); err != nil {
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

// previewVersion prints what a change of version would do and whom it would
// tell what.
func (h *house) previewVersion(ctx context.Context, w io.Writer, found reads.Clinic,
	asked scheduler.VersionRequest) error {
	preview, err := h.desk.Preview(ctx, request(found), desk.ChangeVersion(asked))
	if err != nil {
		return err
	}
	names, err := h.names(ctx, found, preview.Told)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if err := h.printContents(table, preview); err != nil {
		return err
	}
	printShifts(table, preview)
	if err := h.printAnnouncements(table, preview.Told, names); err != nil {
		return err
	}
	printStaffTold(table, preview)
	printLeaves(table, preview)
	fmt.Fprintf(table, "\nNothing has changed yet. Run this again with --confirm to let the cohort follow %s.\n",
		asked.To.Ref())
	return table.Flush()
}

// printContents prints what each session to come is about now, and then.
func (h *house) printContents(w io.Writer, p scheduler.Preview) error {
	if len(p.Effects()) == 0 {
		fmt.Fprintln(w, "Every session to come stays as it is.")
		return nil
	}
	fmt.Fprintln(w, "date\ttime\tcontent now\tthen")
	for _, c := range p.Cohorts {
		zone, err := h.zones.Location(c.Zone)
		if err != nil {
			return err
		}
		for _, e := range c.Sessions {
			before, after := e.Was, e.Title
			if !e.After.Expected {
				before, after = cmp.Or(e.Was, e.Title), "cancelled"
			}
			at := civil.WallOf(e.After.Start, zone)
			fmt.Fprintf(w, "%s %s\t%s\t%s\t%s\n", at.Date.Weekday().String()[:3], at.Date, at.Clock,
				orNone(before), after)
		}
	}
	return nil
}

// printAnnouncements prints who would be told what, in the zone of each cohort. Names
// are shown: the operator asked for them at their own terminal.
func (h *house) printAnnouncements(w io.Writer, told []scheduler.Announcement, names map[scheduler.ID]string) error {
	if len(told) == 0 {
		fmt.Fprintln(w, "\nNo participant needs to be told.")
		return nil
	}
	fmt.Fprintln(w, "\nname\tis told\tof\tby")
	for _, t := range told {
		zone, err := h.zones.Location(t.Zone)
		if err != nil {
			return err
		}
		moment := t.After
		if !moment.Expected {
			moment = t.Before
		}
		of := "-" // nothing at one time, as of a message
		if !moment.Start.IsZero() {
			at := civil.WallOf(moment.Start, zone)
			of = at.Date.String() + " " + at.Clock.String()
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", names[t.Person], t.About, of, way(t.Channel))
	}
	return nil
}

// printStaffTold says how many facilitators are told, because a session of theirs changes.
func printStaffTold(w io.Writer, p scheduler.Preview) {
	if n := len(p.Staff); n > 0 {
		fmt.Fprintf(w, "\nFacilitators told by email: %d\n", n)
	}
}

// way says how somebody is told.
func way(c scheduler.Channel) string {
	if c == "" {
		return "a task for staff"
	}
	return string(c)
}

// printNewer says that another text of a cohort's protocol has come out.
func printNewer(w io.Writer, c scheduler.Cohort, library *protocols.Library) error {
	newer := c.Newer(library)
	if newer == nil || c.State == scheduler.CohortEnded {
		return nil
	}
	what := fmt.Sprintf("Version %s is there, and this cohort keeps %s", newer.Version, c.Protocol)
	if newer.Ref() == c.Protocol {
		what = fmt.Sprintf("The text of %s has changed, and this cohort keeps the one it began with", c.Protocol)
	}
	_, err := fmt.Fprintf(w, "\n%s. Preview the change: almanac cohort version %s --protocol %s\n", what,
		c.ID, newer.Ref())
	return err
}
