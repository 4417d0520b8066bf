package main

import (
	"bytes"
	"context"
	"io"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/scheduler/spreadsheet"
	"almanac/web"
)

// exportRun writes a table of a clinic.
type exportRun func(ctx context.Context, h *house, found reads.Clinic, zone *time.Location, w io.Writer) error

// exportCommand makes a command that prints a table as CSV.
func exportCommand(t terminal, use, short string, flags func(*pflag.FlagSet), run exportRun) *cobra.Command {
	c := t.command(use, short+", as CSV for a spreadsheet; the audit says so", 0, 0)
	clinic := clinicFlag(c.Flags())
	if flags != nil {
		flags(c.Flags())
	}
	t.handle(c, func(ctx context.Context, config Config, _ []string) error {
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			zone, err := h.zones.Location(found.Zone)
			if err != nil {
				return err
			}
			return run(ctx, h, found, zone, t.out)
		})
	})
	return c
}

// table begins a table, has it filled, and ends it.
func table(w io.Writer, header []string, fill func(*spreadsheet.Writer) error) error {
	out, err := spreadsheet.NewWriter(w, header...)
	if err != nil {
		return err
	}
	if err := fill(out); err != nil {
		return err
	}
	return out.Close()
}

// outsideFlags are those of a table that leaves the programme.
func outsideFlags(own *pflag.FlagSet, o *scheduler.Outside) {
	own.StringVar(&o.To, "to", "", "who receives the file outside the programme; empty: it stays inside")
	own.StringVar(&o.Purpose, "purpose", "", "what it is for, when it leaves")
	own.StringVar((*string)(&o.Relies), "relies-on", "", "the consent it rests on, when it leaves: tpo or disclosure")
}

// leave prints a table that may leave the programme, once it is written down who is in it.
func (h *house) leave(ctx context.Context, w io.Writer, found reads.Clinic, o scheduler.Outside, what string,
	header []string, fill func(*web.OutgoingTable, *spreadsheet.Writer) error) error {
	going := &web.OutgoingTable{Store: h.store, Actor: access.Operator(string(found.ID)), Clinic: found.ID, Outside: o}
	if err := going.Begin(ctx); err != nil {
		return err
	}
	var file bytes.Buffer
	err := table(&file, going.Header(header), func(out *spreadsheet.Writer) error { return fill(going, out) })
	if err == nil {
		err = going.End(ctx, what)
	}
	if err != nil {
		return err
	}
	_, err = file.WriteTo(w)
	return err
}

func exportRostersCommand(t terminal) *cobra.Command {
	var cohort string
	var ended bool
	var outside scheduler.Outside
	return exportCommand(t, "rosters", "the people of a cohort, or of all open ones", func(own *pflag.FlagSet) {
		own.StringVar(&cohort, "cohort", "", "only this cohort")
		own.BoolVar(&ended, "ended", false, "the cohorts that have ended")
		outsideFlags(own, &outside)
	}, func(ctx context.Context, h *house, found reads.Clinic, zone *time.Location, w io.Writer) error {
		by := access.Operator(string(found.ID))
		cohorts := []scheduler.ID{scheduler.ID(cohort)}
		if cohort == "" {
			page, err := h.store.CohortPage(ctx, by, found.ID, reads.CohortQuery{Ended: ended, Limit: mostCohorts})
			if err != nil {
				return err
			}
			cohorts = nil
			for _, row := range page.Rows {
				cohorts = append(cohorts, row.ID)
			}
		}
		return h.leave(ctx, w, found, outside, "Name, contact, cohort and dates of the stay", web.RosterHeader(),
			func(going *web.OutgoingTable, out *spreadsheet.Writer) error {
				return h.store.ExportRosters(ctx, by, found.ID, cohorts, func(r reads.RosterRow) error {
					return going.Row(r.Person, web.RosterCells(r, zone), out.Row)
				})
			})
	})
}

// mostCohorts is how many cohorts one table of rosters has.
const mostCohorts = 10_000

func exportAttendanceCommand(t terminal) *cobra.Command {
	var q reads.AttendanceQuery
	var outside scheduler.Outside
	day := func(into *civil.Date) func(string) error {
		return func(value string) (err error) {
			*into, err = civil.ParseDate(value)
			return err
		}
	}
	return exportCommand(t, "attendance", "who came to the sessions of a period", func(own *pflag.FlagSet) {
		own.Func("from", "the first day", day(&q.From))
		own.Func("until", "the last day; at most a year", day(&q.Until))
		own.StringVar((*string)(&q.Cohort), "cohort", "", "only this cohort")
		outsideFlags(own, &outside)
	}, func(ctx context.Context, h *house, found reads.Clinic, _ *time.Location, w io.Writer) error {
		return h.leave(ctx, w, found, outside, "Name, sessions and attendance", web.AttendanceHeader(),
			func(going *web.OutgoingTable, out *spreadsheet.Writer) error {
				return h.store.ExportAttendance(ctx, access.Operator(string(found.ID)), found.ID, q,
					func(r reads.AttendanceRow) error {
						return going.Row(r.Person, web.AttendanceCells(r), out.Row)
					})
			})
	})
}

func exportNoticesCommand(t terminal) *cobra.Command {
	var q reads.LedgerQuery
	return exportCommand(t, "notices", "every message and what happened to it", func(own *pflag.FlagSet) {
		own.StringVar(&q.Name, "name", "", "only of people with this in their name")
		own.Func("day", "only about sessions of this day", func(value string) (err error) {
			q.Day, err = civil.ParseDate(value)
			return err
		})
		own.Func("state", "only planned, sent, dropped, expired or failed; may be given again",
			func(value string) error {
				q.State = append(q.State, scheduler.NoticeState(value))
				return nil
			})
	}, func(ctx context.Context, h *house, found reads.Clinic, zone *time.Location, w io.Writer) error {
		return table(w, web.NoticeHeader(), func(out *spreadsheet.Writer) error {
			return h.store.ExportNotices(ctx, access.Operator(string(found.ID)), found.ID, q,
				func(r reads.LedgerRow) error { return out.Row(web.NoticeCells(r, zone)...) })
		})
	})
}

func exportTasksCommand(t terminal) *cobra.Command {
	return exportCommand(t, "tasks", "the open tasks", nil,
		func(ctx context.Context, h *house, found reads.Clinic, zone *time.Location, w io.Writer) error {
			return table(w, web.TaskHeader(), func(out *spreadsheet.Writer) error {
				return h.store.ExportTasks(ctx, access.Operator(string(found.ID)), found.ID,
					func(task reads.Task) error { return out.Row(web.TaskCells(task, zone)...) })
			})
		})
}
