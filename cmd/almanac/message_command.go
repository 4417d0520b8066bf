package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/web"
)

// messageListCommand prints what staff wrote to groups and waitlists, the newest first.
func messageListCommand(t terminal) *cobra.Command {
	c := t.command("list", "messages to groups and waitlists with what became of each, the newest first", 0, 0)
	own := c.Flags()
	clinic, format := clinicFlag(own), formatFlag(own, "table", "json")
	q := reads.MessageQuery{Limit: 100}
	own.StringVar((*string)(&q.Cohort), "cohort", "", "only to this cohort")
	wholeNumber(own, "limit", "how many at most; default: 100", func(n int) { q.Limit = n })
	t.handle(c, func(ctx context.Context, config Config, _ []string) error {
		if q.Limit < 1 {
			return wrongUse("Say how many messages there are to be with --limit, such as 100.")
		}
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			page, err := h.store.Messages(ctx, access.Operator(string(found.ID)), found.ID, q)
			if err != nil {
				return err
			}
			if *format == "json" {
				all := make([]web.SentMessage, len(page.Rows))
				for i, m := range page.Rows {
					all[i] = web.SentMessageOf(m)
				}
				return printJSON(t.out, map[string]any{"messages": all})
			}
			zone, err := h.zones.Location(found.Zone)
			if err != nil {
				return err
			}
			return printMessages(t.out, page, zone)
		})
	})
	return c
}

func printMessages(w io.Writer, page reads.MessagePage, zone *time.Location) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "id\tat\tcohort\tto\tpeople\ton the way\tsent\tcalled\tto call\tfailed\tdropped")
	for _, m := range page.Rows {
		f := m.Fates
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\n", m.ID, minuteOf(m.At.In(zone)),
			m.Cohort, m.To, f.People(), f.OnTheWay, f.Sent, f.Called, f.ToCall, f.Failed, f.Dropped)
	}
	if page.Next.ID != "" {
		fmt.Fprintln(table, "\nThere are more. Narrow them with --cohort, or raise --limit.")
	}
	return table.Flush()
}
