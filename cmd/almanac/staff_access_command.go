package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// roleWords names the roles for help texts.
const roleWords = "coordinator, facilitator, front-desk, admin, privacy-officer or auditor"

// mostLed is how many sessions of somebody who is disabled are named.
const mostLed = 20

func staffDisableCommand(t terminal) *cobra.Command {
	c := t.command("disable EMAIL", "end somebody's access at once: every sign-in and link of theirs", 1, 1)
	return t.changeStaff(c, func(ctx context.Context, h *house, found reads.Clinic, who reads.Staff, _ []string) error {
		operator := access.Operator(string(found.ID))
		if err := h.store.DisableStaff(ctx, operator, found.ID, who.ID); err != nil {
			return err
		}
		led, err := h.store.LeadsFrom(ctx, operator, found.ID, who.ID)
		if err != nil {
			return err
		}
		return printLed(t.out, led)
	})
}

func staffEnableCommand(t terminal) *cobra.Command {
	c := t.command("enable EMAIL", "let somebody who was disabled sign in again, by a new link", 1, 1)
	return t.changeStaff(c, func(ctx context.Context, h *house, found reads.Clinic, who reads.Staff, _ []string) error {
		return h.store.EnableStaff(ctx, access.Operator(string(found.ID)), found.ID, who.ID)
	})
}

func staffRoleCommand(t terminal) *cobra.Command {
	c := t.command("role EMAIL ROLE", "give somebody another role: "+roleWords, 2, 2)
	set := func(ctx context.Context, h *house, found reads.Clinic, who reads.Staff, args []string) error {
		return h.store.SetStaffRole(ctx, access.Operator(string(found.ID)), found.ID, who.ID, args[1])
	}
	return t.changeStaff(c, set)
}

// changeStaff has a command find the member of staff that its first argument names, change them, and print them as
// they are then.
func (t terminal) changeStaff(
	c *cobra.Command, change func(context.Context, *house, reads.Clinic, reads.Staff, []string) error,
) *cobra.Command {
	clinic := clinicFlag(c.Flags())
	t.handle(c, func(ctx context.Context, config Config, args []string) error {
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			who, err := h.store.FindStaff(ctx, access.Operator(string(found.ID)), found.ID, args[0])
			if err != nil {
				return err
			}
			if err := change(ctx, h, found, who, args); err != nil {
				return err
			}
			listed, err := h.staffOf(ctx, found, who.ID)
			if err != nil {
				return err
			}
			return printStaff(t.out, listed)
		})
	})
	return c
}

// printLed names the sessions that somebody else must lead now, the first mostLed of them.
func printLed(w io.Writer, led []reads.LedSession) error {
	if len(led) == 0 {
		return nil
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Sessions they still lead: %d. Name another facilitator with: "+
		"almanac cohort set ID --from DATE --facilitator EMAIL\n", len(led))
	for i, l := range led {
		if i == mostLed {
			fmt.Fprintf(&b, "  and %d more\n", len(led)-i)
			break
		}
		fmt.Fprintf(&b, "  %s  %s  %s\n", strings.Replace(l.LocalStart, "T", " ", 1), l.CohortName, l.Cohort)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
