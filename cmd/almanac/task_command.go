package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/reads"
)

// taskListCommand prints the open tasks, the most urgent first.
func taskListCommand(t terminal) *cobra.Command {
	c := t.command("list", "the open tasks, the most urgent first, and how often a person was called", 0, 0)
	clinic := clinicFlag(c.Flags())
	t.handle(c, func(ctx context.Context, config Config, _ []string) error {
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			return h.printTasks(ctx, t.out, found)
		})
	})
	return c
}

// taskOutcomeCommand says what an outcome of a task would do; with --confirm it notes it.
func taskOutcomeCommand(t terminal, name, does string, outcome scheduler.CallOutcome) *cobra.Command {
	c := t.command(name+" ID", does, 1, 1)
	own := c.Flags()
	clinic := clinicFlag(own)
	again := new(string)
	if outcome != scheduler.CallReached {
		again = own.String("again", "",
			"when to call again, as 2026-03-04T14:00 in the clinic's time; default: proposed")
	}
	confirm := own.Bool("confirm", false, "do it; without this it is only shown")
	t.handle(c, func(ctx context.Context, config Config, rest []string) error {
		q := desk.CallChange{Outcome: outcome, DryRun: !*confirm}
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			zone, err := h.zones.Location(found.Zone)
			if err != nil {
				return err
			}
			if *again != "" {
				wall, err := civil.ParseWallTime(*again)
				if err != nil {
					return wrongUse("Write the next try as 2026-03-04T14:00.")
				}
				q.Again = civil.Resolve(wall, zone).Instant
			}
			done, err := h.desk.RecordCall(ctx, request(found), h.store, scheduler.ID(rest[0]), q)
			if err != nil {
				return err
			}
			return printOutcome(t.out, done, zone, q.DryRun)
		})
	})
	return c
}

func printOutcome(w io.Writer, done desk.CallRecorded, zone *time.Location, dryRun bool) error {
	text := fmt.Sprintf("%d tasks done, %d dates told", len(done.Tasks), done.Dates)
	if !done.Again.IsZero() {
		text = fmt.Sprintf("%d tasks come up again %s, %s", len(done.Tasks),
			done.Again.In(zone).Format("Mon 2 Jan 2006, 15:04"), zone)
	}
	if dryRun {
		text += "\nNothing is saved yet. Add --confirm to note it."
	}
	_, err := fmt.Fprintln(w, text)
	return err
}

func (h *house) printTasks(ctx context.Context, w io.Writer, found reads.Clinic) error {
	zone, err := h.zones.Location(found.Zone)
	if err != nil {
		return err
	}
	tasks, err := h.store.Tasks(ctx, access.Operator(string(found.ID)), found.ID)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "id\tkind\tabout\twho\tphone\tdue\ttries")
	for _, k := range tasks {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%d\n", k.ID, k.Kind, k.About, cmp.Or(k.Name, k.CohortName, "-"),
			cmp.Or(k.Phone, "-"), k.Due.In(zone).Format("2006-01-02 15:04"), k.Tries)
	}
	return table.Flush()
}
