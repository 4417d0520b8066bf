package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"almanac/scheduler/desk"
	"almanac/scheduler/reads"
)

func undoCommand(t terminal) *cobra.Command {
	c := t.command("undo NUMBER",
		"take a change of this command line back, within three minutes; its number was printed with it", 1, 1)
	clinic := clinicFlag(c.Flags())
	t.handle(c, func(ctx context.Context, config Config, rest []string) error {
		number, err := strconv.ParseInt(rest[0], 10, 64)
		if err != nil || number < 1 {
			return wrongUse("Say which change, by the number that was printed with it, such as 12.")
		}
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			if err := h.desk.Confirm(ctx, request(found), desk.TakeBack(number)); err != nil {
				return err
			}
			_, err := fmt.Fprintln(t.out, "Undone. Everything is back as it was, and no one will be notified.")
			return err
		})
	})
	return c
}

// confirm does a change and says how it is taken back.
func (h *house) confirm(ctx context.Context, w io.Writer, found reads.Clinic, asked desk.Proposal) error {
	changed, err := h.desk.Change(ctx, request(found), asked)
	if err != nil {
		return err
	}
	return h.printWayBack(w, found, changed.ChangeNo, changed.Until)
}

// printWayBack says with which command a change is taken back, and until when.
func (h *house) printWayBack(w io.Writer, found reads.Clinic, changeNo int64, until time.Time) error {
	if changeNo == 0 {
		return nil
	}
	zone, err := h.zones.Location(found.Zone)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "undo: almanac undo %d (until %s, %s)\n", changeNo,
		until.In(zone).Format("15:04:05"), found.Zone)
	return err
}
