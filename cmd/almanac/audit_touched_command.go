package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"almanac/protocols/civil"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/scheduler/spreadsheet"
	"almanac/web"
)

// auditTouchedCommand lists whose records were touched, for the scope of a breach.
func auditTouchedCommand(t terminal) *cobra.Command {
	c := t.command("touched", "whose records were seen, changed or taken out, by name, for the scope of a breach; the "+
		"audit says that it was asked", 0, 0)
	own := c.Flags()
	clinic, format := clinicFlag(own), formatFlag(own, "table", "csv", "json")
	var q reads.BreachQuery
	own.StringVar(&q.Actor, "actor", "", "by this actor, as staff:ID or token:ID")
	own.StringVar(&q.Request, "request", "", "by the request with this id, such as an export")
	var from, until civil.Date
	dateFlag(own, "from", "from this day of the clinic on", &from)
	dateFlag(own, "until", "until this day of the clinic, included", &until)
	t.handle(c, func(ctx context.Context, config Config, _ []string) error {
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			zone, err := h.zones.Location(found.Zone)
			if err != nil {
				return err
			}
			if !from.IsZero() {
				q.From = civil.Resolve(civil.WallTime{Date: from}, zone).Instant
			}
			if !until.IsZero() {
				q.Until = civil.Resolve(civil.WallTime{Date: until.AddDays(1)}, zone).Instant
			}
			scope, err := h.store.BreachScope(ctx, access.Operator(string(found.ID)), found.ID, q)
			if err != nil {
				return err
			}
			switch *format {
			case "json":
				return printJSON(t.out, map[string]any{"people": web.TouchedOf(scope), "erased": scope.Erased,
					"rows": scope.Rows})
			case "csv":
				out, err := spreadsheet.NewWriter(t.out, web.BreachHeader()...)
				if err != nil {
					return err
				}
				if err := web.WriteBreach(out, scope, zone); err != nil {
					return err
				}
				return out.Close()
			}
			table := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
			fmt.Fprintln(table, "id\tname\ttimes\tfirst\tlast")
			for _, p := range scope.People {
				fmt.Fprintf(table, "%s\t%s\t%d\t%s\t%s\n", p.Person, p.Name, p.Times, minuteOf(p.First.In(zone)),
					minuteOf(p.Last.In(zone)))
			}
			if scope.Erased > 0 {
				fmt.Fprintf(table, "Erased since, so that nobody knows who they were: %d\n", scope.Erased)
			}
			return table.Flush()
		})
	})
	return c
}
