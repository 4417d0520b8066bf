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
	own.BoolVar(&feed.Titles, "titles", false, "with --add: name cohorts and sessions, which are not named by default")
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
			_, err = fmt.Fprintln(t.out, feedURL(h.publicURL(), reads.Links{Feed: token}))
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
	fmt.Fprintln(table, "id\tshows\ttitles\tmade\tlast fetched")
	for _, f := range feeds {
		titles := "neutral"
		if f.Titles {
			titles = "full"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", f.ID, cmp.Or(f.CohortName, f.Place, "the sessions that they lead"),
			titles, minuteOf(f.Created), cmp.Or(f.FetchedOn, "-"))
	}
	return table.Flush()
}
