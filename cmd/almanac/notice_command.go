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

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/web"
)

// noticeListCommand prints messages and what became of them, the latest due first.
func noticeListCommand(t terminal) *cobra.Command {
	c := t.command("list", "messages and what became of each, the latest due first; no names", 0, 0)
	own := c.Flags()
	clinic, format := clinicFlag(own), formatFlag(own, "table", "json")
	q := reads.LedgerQuery{Limit: 100}
	own.StringVar((*string)(&q.Person), "person", "", "only to this person, by id")
	own.StringVar((*string)(&q.Enrollment), "enrollment", "", "only about this enrollment")
	own.StringVar((*string)(&q.Session), "session", "", "only about this session")
	dateFlag(own, "day", "only about sessions of this day", &q.Day)
	own.Func("state", "only planned, sent, delivered, dropped, expired or failed; may be given again",
		func(value string) error {
			state := scheduler.NoticeState(value)
			if !slices.Contains([]scheduler.NoticeState{scheduler.NoticePlanned, scheduler.NoticeSent,
				scheduler.NoticeDelivered, scheduler.NoticeDropped, scheduler.NoticeExpired, scheduler.NoticeFailed},
				state) {
				return fault.In("state", "it must be planned, sent, delivered, dropped, expired or failed")
			}
			q.State = append(q.State, state)
			return nil
		})
	wholeNumber(own, "limit", "how many at most; default: 100", func(n int) { q.Limit = n })
	t.handle(c, func(ctx context.Context, config Config, _ []string) error {
		if q.Limit < 1 {
			return wrongUse("Say how many messages there are to be with --limit, such as 100.")
		}
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			page, err := h.store.Ledger(ctx, access.Operator(string(found.ID)), found.ID, q)
			if err != nil {
				return err
			}
			if *format == "json" {
				return printNoticesJSON(t.out, page.Rows)
			}
			zone, err := h.zones.Location(found.Zone)
			if err != nil {
				return err
			}
			return printNotices(t.out, page, zone)
		})
	})
	return c
}

func printNoticesJSON(w io.Writer, rows []reads.LedgerRow) error {
	all := make([]web.Notice, len(rows))
	for i, r := range rows {
		all[i] = web.NoticeOf(r)
	}
	return printJSON(w, map[string]any{"notices": all})
}

func printNotices(w io.Writer, page reads.Ledger, zone *time.Location) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "id\tdue\tkind\tchannel\tstate\tdone\treason\tenrollment or staff")
	at := func(instant time.Time) string {
		if instant.IsZero() {
			return "-"
		}
		return minuteOf(instant.In(zone))
	}
	for _, r := range page.Rows {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.ID, at(r.Due), r.Kind, r.Channel, r.State, at(r.Done),
			cmp.Or(r.Reason, "-"), cmp.Or(r.Enrollment, r.Staff))
	}
	if page.Next.ID != "" {
		fmt.Fprintln(table, "\nThere is more. Narrow it with --day, --person or --state, or raise --limit.")
	}
	return table.Flush()
}

// noticeRetryCommand tries a message once more that failed.
func noticeRetryCommand(t terminal) *cobra.Command {
	c := t.command("retry ID", "try a message that failed once more; only checked without --confirm", 1, 1)
	own := c.Flags()
	clinic := clinicFlag(own)
	confirm := own.Bool("confirm", false, "do it; without this it is only checked")
	t.handle(c, func(ctx context.Context, config Config, rest []string) error {
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			by := access.Operator(string(found.ID))
			err := h.store.TryAgain(ctx, by, found.ID, scheduler.ID(rest[0]), modeOf(confirm))
			if err != nil {
				return err
			}
			says := "It is tried again as soon as the worker runs."
			if !*confirm {
				says = "It can be tried again. Run this again with --confirm to do it."
			}
			_, err = fmt.Fprintln(t.out, says)
			return err
		})
	})
	return c
}
