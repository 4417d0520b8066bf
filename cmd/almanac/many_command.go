package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

func clinicCloseCommand(t terminal) *cobra.Command {
	c := t.command("close DATE[..DATE]",
		"what closing all running cohorts on some days would do; with --confirm, close them", 1, 1)
	own := c.Flags()
	clinic := clinicFlag(own)
	asked := scheduler.CloseRequest{}
	content := own.String("content", "", "what becomes of the contents: append or skip; default: as each protocol says")
	own.Func("without", "id of a cohort that stays as it is; may be given again", func(id string) error {
		asked.Without = append(asked.Without, scheduler.ID(id))
		return nil
	})
	own.BoolVar(&asked.AcceptShift, "accept-shift", false,
		"take added dates whose time a clock change skips or repeats")
	confirm := own.Bool("confirm", false, "do it; without this it is only shown")
	t.handle(c, func(ctx context.Context, config Config, rest []string) error {
		days, err := civil.ParseDateRange(rest[0])
		if err != nil {
			return wrongUse("Say which days, as 2026-01-20 or 2026-12-24..2027-01-02.")
		}
		asked.Days = days
		asked.Content = scheduler.ContentAfter(*content)
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			if *confirm {
				if err := h.confirm(ctx, t.out, found, desk.Close(asked)); err != nil {
					return err
				}
				_, err := fmt.Fprintf(t.out, "Closed: %s.\n", asked.Days)
				return err
			}
			preview, err := h.desk.Preview(ctx, request(found), desk.Close(asked))
			if err != nil {
				return err
			}
			return h.printClosure(ctx, t.out, found, preview)
		})
	})
	return c
}

func clinicOpenCommand(t terminal) *cobra.Command {
	c := t.command("open DATE[..DATE]",
		"which cohorts went round closed days; with --confirm, open the days again", 1, 1)
	own := c.Flags()
	clinic := clinicFlag(own)
	confirm := own.Bool("confirm", false, "do it; without this it is only shown")
	t.handle(c, func(ctx context.Context, config Config, rest []string) error {
		days, err := civil.ParseDateRange(rest[0])
		if err != nil {
			return wrongUse("Say which days, as 2026-01-20 or 2026-12-24..2027-01-02.")
		}
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			if *confirm {
				if err := h.confirm(ctx, t.out, found, desk.OpenDays(days)); err != nil {
					return err
				}
				_, err := fmt.Fprintf(t.out, "Open again: %s.\n", days)
				return err
			}
			preview, err := h.desk.Preview(ctx, request(found), desk.OpenDays(days))
			if err != nil {
				return err
			}
			return printReopening(t.out, preview)
		})
	})
	return c
}

// printReopening prints which cohorts went round days that are to be open again.
func printReopening(w io.Writer, p scheduler.Preview) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, c := range p.Cohorts {
		fmt.Fprintf(table, "%s\t%s\twent round", c.Cohort, c.Name)
		for _, date := range c.WentRound {
			fmt.Fprintf(table, " %s", date)
		}
		fmt.Fprintln(table)
	}
	if len(p.Cohorts) == 0 {
		fmt.Fprintln(table, "No cohort was scheduled around these days.")
	}
	printLeaves(table, p)
	fmt.Fprintln(table, "\nNo session moves back by itself. Run this again with --confirm to open these days.")
	return table.Flush()
}

// printClosure prints what a closure would do, cohort by cohort.
func (h *house) printClosure(ctx context.Context, w io.Writer, found reads.Clinic, p scheduler.Preview) error {
	names, err := h.names(ctx, found, p.Told)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, closure := range p.Cohorts {
		zone, err := h.zones.Location(closure.Zone)
		if err != nil {
			return err
		}
		fmt.Fprintf(table, "%s  %s\n", closure.Cohort, closure.Name)
		for _, f := range fault.All(closure.Trouble) {
			fmt.Fprintf(table, "  Stays as it is: %s Leave it out with --without %s.\n", f.Message, closure.Cohort)
		}
		printEffects(table, closure.Sessions, zone)
		var told []scheduler.Announcement
		for _, one := range p.Told {
			if one.Cohort == closure.Cohort {
				told = append(told, one)
			}
		}
		if closure.Trouble == nil {
			if err := h.printAnnouncements(table, told, names); err != nil {
				return err
			}
		}
		fmt.Fprintln(table)
	}
	printShifts(table, p)
	printStaffTold(table, p)
	printLeaves(table, p)
	fmt.Fprintln(table, "Nothing has changed yet. Run this again with --confirm to close these days.")
	return table.Flush()
}

// names gives the names of the people of a preview.
func (h *house) names(ctx context.Context, found reads.Clinic,
	told []scheduler.Announcement) (map[scheduler.ID]string, error) {
	var people []scheduler.ID
	for _, t := range told {
		people = append(people, t.Person)
	}
	if len(people) == 0 {
		return map[scheduler.ID]string{}, nil
	}
	return h.store.Names(ctx, access.Operator(string(found.ID)), found.ID, people)
}

// printShifts prints what a clock change does to dates of a change.
func printShifts(w io.Writer, p scheduler.Preview) {
	for _, note := range p.Shifts {
		fmt.Fprintf(w, "  %s\n", note)
	}
}

// printEffects prints the sessions that a change adds, cancels or moves.
func printEffects(w io.Writer, effects []scheduler.Effect, zone *time.Location) {
	for _, e := range effects {
		if e.Before.Equal(e.After) {
			continue // another content on the same date
		}
		after := momentText(e.After, zone)
		if e.Before.Expected && e.After.Expected && e.Before.Place != e.After.Place {
			after += ", " + e.After.Place
		}
		if e.Before.Expected && e.After.Expected && e.Before.Meeting != e.After.Meeting {
			after += ", another meeting"
		}
		if was, is := e.Before.End.Sub(e.Before.Start),
			e.After.End.Sub(e.After.Start); e.Before.Expected && e.After.Expected && was != is {
			after += fmt.Sprintf(", %d minutes", int(is.Minutes()))
		}
		fmt.Fprintf(w, "  %s\t%s\t→ %s\n", e.Title, momentText(e.Before, zone), after)
	}
}

func momentText(m scheduler.Moment, zone *time.Location) string {
	if !m.Expected {
		return "–"
	}
	at := civil.WallOf(m.Start, zone)
	return fmt.Sprintf("%s %s %s", at.Date.Weekday().String()[:3], at.Date, at.Clock)
}

func cohortRescheduleCommand(t terminal) *cobra.Command {
	q := scheduler.RescheduleRequest{}
	return t.changeCommand(changeCommand{
		use: "reschedule ID", does: "another weekday, time or zone from a date on", arguments: 1,
		button: "change the day or time",
		flags: func(own *pflag.FlagSet) {
			dateFlag(own, "from", "the first date that changes, as 2026-02-03", &q.From)
			own.Func("time", "time of day, as 18:00; default: as it is", func(value string) error {
				at, err := civil.ParseClock(value)
				q.At = &at
				return err
			})
			own.Func("days", "days of the week, as mon,thu; default: as they are", func(value string) (err error) {
				q.Weekdays, err = parseWeekdays(value)
				return err
			})
			own.StringVar(&q.Zone, "zone", "", "time zone, as America/New_York; default: as it is")
			own.BoolVar(&q.AcceptShift, "accept-shift", false,
				"take times that a clock change skips or repeats, also later ones")
			own.BoolVar(&q.Far, "far", false, "take a first date that is more than two years ahead")
			own.StringVar(&q.Reason, "reason", "",
				"why, though another group has the equipment then, or a call leaves its window")
		},
		propose: func(rest []string) (desk.Proposal, error) {
			q.Cohort = scheduler.ID(rest[0])
			return desk.Reschedule(q), nil
		},
	})
}

// printPreview prints what a change does to sessions, whom it tells what, and
// what running the command again with --confirm would do.
func (h *house) printPreview(ctx context.Context, w io.Writer, found reads.Clinic, asked desk.Proposal,
	confirmed string) error {
	p, err := h.desk.Preview(ctx, request(found), asked)
	if err != nil {
		return err
	}
	names, err := h.names(ctx, found, p.Told)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, c := range p.Cohorts {
		zone, err := h.zones.Location(c.Zone)
		if err != nil {
			return err
		}
		printEffects(table, c.Sessions, zone)
	}
	printShifts(table, p)
	if err := h.printAnnouncements(table, p.Told, names); err != nil {
		return err
	}
	printStaffTold(table, p)
	if err := h.printStays(ctx, table, found, p); err != nil {
		return err
	}
	printLeaves(table, p)
	fmt.Fprintf(table, "\nNothing has changed yet. Run this again with --confirm to %s.\n", confirmed)
	return table.Flush()
}

// printLeaves says when messages leave and whether the change can be undone.
func printLeaves(w io.Writer, p scheduler.Preview) {
	if leaves := p.Leaves(); leaves != "" {
		fmt.Fprintf(w, "\n%s\n", leaves)
	}
}
