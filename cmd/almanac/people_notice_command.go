package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// peopleShortNoticeCommand sets whether a person is offered dates at short notice, or shows it.
func peopleShortNoticeCommand(t terminal) *cobra.Command {
	c := t.command("short-notice ID yes|no",
		"whether dates that others give back shortly before are offered to a person; with --confirm, set it", 2, 2)
	own := c.Flags()
	clinic := clinicFlag(own)
	confirm := own.Bool("confirm", false, "do it; without this it is only shown")
	t.handle(c, func(ctx context.Context, config Config, rest []string) error {
		if rest[1] != "yes" && rest[1] != "no" {
			return wrongUse("Say yes or no after the id of the person.")
		}
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			return h.setShortNotice(ctx, t, found, scheduler.ID(rest[0]), rest[1], *confirm)
		})
	})
	return c
}

func (h *house) setShortNotice(ctx context.Context, t terminal, found reads.Clinic, person scheduler.ID, wanted string,
	confirmed bool) error {
	by := access.Operator(string(found.ID))
	p, err := h.store.Person(ctx, by, found.ID, person)
	if err != nil {
		return err
	}
	p.Settings.ShortNotice = wanted == "yes"
	if confirmed {
		if err := h.store.SetSettings(ctx, by, found.ID, person, p.Settings); err != nil {
			return err
		}
		_, err = fmt.Fprintf(t.out, "Short notice: %s.\n", wanted)
		return err
	}
	_, err = fmt.Fprintf(t.out, "Short notice would be: %s.\n\n"+
		"Nothing has changed yet. Run this again with --confirm to change it.\n", wanted)
	return err
}
