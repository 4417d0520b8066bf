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

	"almanac/protocols/civil"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/web"
)

// auditListCommand prints who did what, the newest first.
func auditListCommand(t terminal) *cobra.Command {
	c := t.command("list", "who did what and saw whom, and when, the newest first; no names", 0, 0)
	own := c.Flags()
	clinic, format := clinicFlag(own), formatFlag(own, "table", "json")
	q := reads.AuditQuery{Limit: 100}
	own.StringVar((*string)(&q.Subject), "subject", "",
		"only about what has this id; of a person also who saw their data")
	own.StringVar(&q.Actor, "actor", "", "only by this actor, as kind:id")
	own.StringVar(&q.Action, "action", "", "only this action, as session.cancel")
	own.Func("kind", "only views, changes, exports or security", func(text string) error {
		if q.Kind = reads.AuditKind(text); !slices.Contains(reads.AuditKinds(), q.Kind) {
			return wrongUse("Rows are views, changes, exports or security.")
		}
		return nil
	})
	var from, until civil.Date
	dateFlag(own, "from", "from this day of the clinic on", &from)
	dateFlag(own, "until", "until this day of the clinic, included", &until)
	wholeNumber(own, "limit", "how many rows at most; default: 100", func(n int) { q.Limit = n })
	t.handle(c, func(ctx context.Context, config Config, _ []string) error {
		if q.Limit < 1 {
			return wrongUse("Say how many rows there are to be with --limit, such as 100.")
		}
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
			page, err := h.store.Audit(ctx, access.Operator(string(found.ID)), found.ID, q)
			if err != nil {
				return err
			}
			if *format == "json" {
				return printAuditJSON(t.out, page.Rows)
			}
			return printAudit(t.out, page, zone)
		})
	})
	return c
}

func printAuditJSON(w io.Writer, rows []reads.AuditRow) error {
	all := make([]web.AuditRow, len(rows))
	for i, r := range rows {
		all[i] = web.AuditRowOf(r)
	}
	return printJSON(w, map[string]any{"rows": all})
}

func printAudit(w io.Writer, page reads.AuditPage, zone *time.Location) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "at\tactor\tfrom\taction\tsubject\tfields")
	for _, r := range page.Rows {
		subject := cmp.Or(r.Subject.Kind, "-") + " " + string(r.Subject.ID)
		if n := len(r.People) + r.Others; n > 0 {
			subject = fmt.Sprintf("%d people", n)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", r.At.In(zone).Format("2006-01-02 15:04:05"),
			r.Actor, cmp.Or(r.Network, "-"), web.ActionInWords(r.Action), subject,
			cmp.Or(web.FieldsInWords(r.Fields), "-"))
	}
	if !page.Next.At.IsZero() {
		fmt.Fprintln(table, "\nThere is more. Narrow it with --from, --until, --subject or --action, or raise --limit.")
	}
	return table.Flush()
}
