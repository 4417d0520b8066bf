package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/scheduler/spreadsheet"
	"almanac/web"
)

// reportCommand prints numbers of a clinic over time.
func reportCommand(t terminal) *cobra.Command {
	c := t.command("report NAME", "numbers over time: seats, waiting, attendance, messages or stays", 1, 1)
	own := c.Flags()
	clinic, format := clinicFlag(own), formatFlag(own, "table", "json", "csv")
	var q reads.ReportQuery
	dateFlag(own, "from", "the first day; default: twelve weeks up to the last one", &q.From)
	dateFlag(own, "to", "the last day; default: today", &q.To)
	own.StringVar((*string)(&q.By), "by", "week", "week or month")
	own.StringVar((*string)(&q.Cohort), "cohort", "", "only this cohort")
	own.StringVar(&q.Protocol, "protocol", "", "only cohorts of this protocol")
	t.handle(c, func(ctx context.Context, config Config, args []string) error {
		q.Name = scheduler.ReportName(args[0])
		if q.Name.Columns() == nil {
			return wrongUse("There is no report %q. Choose seats, waiting, attendance, messages or stays.", args[0])
		}
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			read := h.store.Report
			if *format == "csv" {
				read = h.store.ExportReport
			}
			report, err := read(ctx, access.Operator(string(found.ID)), found.ID, q)
			if err != nil {
				return err
			}
			switch *format {
			case "json":
				return printJSON(t.out, web.ReportOf(report))
			case "csv":
				return table(t.out, web.ReportHeader(q.Name), func(out *spreadsheet.Writer) error {
					return eachPeriod(report, func(cells []string) error { return out.Row(cells...) })
				})
			}
			return printReport(t.out, report)
		})
	})
	return c
}

// eachPeriod gives the cells of every period.
func eachPeriod(report reads.Report, do func(cells []string) error) error {
	for _, row := range report.Rows {
		if err := do(web.ReportCells(report.Query.Name, row)); err != nil {
			return err
		}
	}
	return nil
}

func printReport(w io.Writer, report reads.Report) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, strings.ToLower(strings.Join(web.ReportHeader(report.Query.Name), "\t")))
	err := eachPeriod(report, func(cells []string) error {
		for i := range cells {
			if cells[i] == "" {
				cells[i] = "-"
			}
		}
		_, err := fmt.Fprintln(out, strings.Join(cells, "\t"))
		return err
	})
	if err != nil {
		return err
	}
	return out.Flush()
}
