package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// staffFeedsCommand lists, makes and ends calendar addresses of a member of staff.
func staffFeedsCommand(t terminal) *cobra.Command {
	c := t.command("feeds EMAIL",
		"the calendar addresses of a member of staff; with --add, make one and print it; with --end, end one", 1, 1)
	own := c.Flags()
	var feed reads.StaffFeed
	add := own.Bool("add", false, "make a calendar of the sessions that they lead")
	own.StringVar((*string)(&feed.Cohort), "cohort", "", "with --add: of this cohort's sessions")
	own.StringVar(&feed.Place, "place", "", "with --add: of the sessions at this place")
	own.StringVar((*string)(&feed.Detail), "detail", string(reads.FeedNeutral),
		"with --add: neutral, full (name cohorts and sessions) or busy (free/busy times only)")
	end := own.String("end", "", "end the address with this id")
	return t.forStaff(c, func(ctx context.Context, h *house, found reads.Clinic, who reads.Staff, _ []string) error {
		by := access.Operator(string(found.ID))
		switch {
		case *add && *end != "" || feed.Cohort != "" && feed.Place != "":
			return wrongUse("Give one of --add and --end, and one of --cohort and --place.")
		case *add:
			token, err := h.store.AddStaffFeed(ctx, by, found.ID, who.ID, feed, reads.Do)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(t.out, staffFeedURL(h.publicURL(), feed.Detail, token))
			return err
		case *end != "":
			if err := h.store.EndStaffFeed(ctx, by, found.ID, who.ID, scheduler.ID(*end), reads.Do); err != nil {
				return err
			}
		}
		all, err := h.store.StaffFeeds(ctx, by, found.ID, who.ID)
		if err != nil {
			return err
		}
		return printStaffFeeds(t.out, all.Feeds)
	})
}

func printStaffFeeds(w io.Writer, feeds []reads.StaffFeed) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "id\tshows\tdetail\tmade\tlast fetched")
	for _, f := range feeds {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", f.ID, cmp.Or(f.CohortName, f.Place, "the sessions that they lead"),
			f.Detail, minuteOf(f.Created), cmp.Or(f.FetchedOn, "-"))
	}
	return table.Flush()
}
