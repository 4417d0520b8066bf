package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// signInJSON is an open sign-in for programs.
type signInJSON struct {
	ID        scheduler.ID       `json:"id"`
	Method    reads.SignInMethod `json:"method"`
	Device    string             `json:"device"`
	SignedIn  time.Time          `json:"signed_in"`
	LastUsed  time.Time          `json:"last_used"`
	ExpiresAt time.Time          `json:"expires_at"`
}

func staffSignInsCommand(t terminal) *cobra.Command {
	c := t.command("sign-ins EMAIL", "where somebody is signed in; with --end and --confirm, end it", 1, 1)
	own := c.Flags()
	format := formatFlag(own, "table", "json")
	end := own.String("end", "", "ID of the sign-in to end, or all")
	confirm := own.Bool("confirm", false, "end it; without this it is only counted")
	return t.forStaff(c, func(ctx context.Context, h *house, found reads.Clinic, who reads.Staff, _ []string) error {
		if *end != "" {
			return t.endSignIns(ctx, h, found, who, *end, !*confirm)
		}
		all, err := h.store.OpenSignIns(ctx, access.Operator(string(found.ID)), found.ID, who.ID)
		if err != nil {
			return err
		}
		return t.printSignIns(all, *format)
	})
}

func (t terminal) endSignIns(
	ctx context.Context, h *house, found reads.Clinic, who reads.Staff, end string, dry bool,
) error {
	q := reads.EndSignIns{DryRun: dry}
	if end != "all" {
		q.Only = scheduler.ID(end)
	}
	ended, err := h.store.EndSignIns(ctx, access.Operator(string(found.ID)), found.ID, who.ID, q)
	if err != nil {
		return err
	}
	sentence := "ended: %d\n"
	if dry {
		sentence = "would end: %d. Add --confirm to end them.\n"
	}
	_, err = fmt.Fprintf(t.out, sentence, ended)
	return err
}

func (t terminal) printSignIns(all []reads.SignIn, format string) error {
	if format == "json" {
		rows := make([]signInJSON, len(all))
		for i, s := range all {
			rows[i] = signInJSON{s.ID, s.Method, s.Device, s.At.UTC(), s.Seen.UTC(), s.Expires.UTC()}
		}
		return printJSON(t.out, rows)
	}
	if len(all) == 0 {
		_, err := fmt.Fprintln(t.out, "They are signed in nowhere.")
		return err
	}
	table := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "id\tdevice\tby\tsince\tlast used")
	for _, s := range all {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", s.ID, orNone(s.Device), s.Method,
			s.At.UTC().Format(time.RFC3339), s.Seen.UTC().Format(time.RFC3339))
	}
	return table.Flush()
}
