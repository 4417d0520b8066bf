package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/web"
)

// peopleRecordCommand prints all that is known of one person.
func peopleRecordCommand(t terminal) *cobra.Command {
	c := t.command("record ID", "all that is known of one person, for them to have; the audit says so", 1, 1)
	clinic, format := clinicFlag(c.Flags()), formatFlag(c.Flags(), "text", "json")
	t.handle(c, func(ctx context.Context, config Config, rest []string) error {
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			file, err := h.store.ExportRecord(ctx, access.Operator(string(found.ID)), found.ID, scheduler.ID(rest[0]))
			if err != nil {
				return err
			}
			if *format == "json" {
				return web.WriteRecord(t.out, file)
			}
			return printRecord(t.out, file)
		})
	})
	return c
}

// printRecord prints each row as lines of fields.
func printRecord(w io.Writer, file reads.RecordFile) error {
	for _, section := range file.Sections {
		fmt.Fprintf(w, "%s (%d)\n", section.Title, len(section.Rows))
		for _, row := range section.Rows {
			for i, value := range row {
				if value != "" {
					fmt.Fprintf(w, "  %s: %s\n", section.Fields[i], value)
				}
			}
			fmt.Fprintln(w)
		}
	}
	_, err := fmt.Fprintln(w)
	return err
}
