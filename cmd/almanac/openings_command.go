package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// openingJSON is an entry for programs.
type openingJSON struct {
	Cohort   scheduler.ID `json:"cohort"`
	Name     string       `json:"name"`
	Protocol string       `json:"protocol"`
	Session  scheduler.ID `json:"session"`
	Position string       `json:"position"`
	Start    time.Time    `json:"start"`
	Date     string       `json:"date"` // local to zone
	Zone     string       `json:"zone"`
	Seats    int          `json:"seats"`
}

// runOpenings answers where somebody new could begin, over all cohorts.
func openingsCommand(t terminal) *cobra.Command {
	c := t.command("openings", "where somebody new could begin, over all cohorts, the soonest first", 0, 0)
	own := c.Flags()
	clinic, format := clinicFlag(own), formatFlag(own, "table", "json")
	q := reads.OpeningsQuery{OfEach: 3}
	own.Func("from", "none before this date, as 2027-01-05; default: from now on", func(value string) (err error) {
		q.From, err = civil.ParseDate(value)
		return err
	})
	own.StringVar(&q.Position, "position", "", "only those that begin at this content, as savoring-1")
	wholeNumber(own, "of-each", "at most so many of one cohort; default: 3", func(n int) { q.OfEach = n })
	t.handle(c, func(ctx context.Context, config Config, _ []string) error {
		if q.OfEach < 1 {
			return fault.In("of-each", "Ask for one or more of each cohort.")
		}
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			all, err := h.store.NextOpenings(ctx, access.Operator(string(found.ID)), found.ID, q)
			if err != nil {
				return err
			}
			if *format == "json" {
				return printJSON(t.out, openingRows(all))
			}
			return h.printOpenings(t.out, all)
		})
	})
	return c
}

func openingRows(all []reads.Opening) []openingJSON {
	rows := make([]openingJSON, len(all))
	for i, o := range all {
		rows[i] = openingJSON{o.Cohort, o.CohortName, o.Protocol, o.Session, o.Position, o.Start.UTC(), o.Date.String(),
			o.Zone, o.Seats}
	}
	return rows
}

func (h *house) printOpenings(w io.Writer, all []reads.Opening) error {
	if len(all) == 0 {
		_, err := fmt.Fprintln(w, "Nobody new could begin anywhere. Open a cohort, or enroll for the waitlist.")
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "date\ttime\tzone\tcontent\tseats\tcohort\tid")
	for _, o := range all {
		zone, err := h.zones.Location(o.Zone)
		if err != nil {
			return err
		}
		at := civil.WallOf(o.Start, zone)
		fmt.Fprintf(table, "%s %s\t%s\t%s\t%s\t%d\t%s\t%s\n", at.Date.Weekday().String()[:3], at.Date, at.Clock, o.Zone,
			o.Position, o.Seats, o.CohortName, o.Cohort)
	}
	return table.Flush()
}
