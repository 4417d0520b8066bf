package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// roleWords names the roles for help texts.
const roleWords = "coordinator, facilitator, front-desk, admin, privacy-officer, auditor or assessor"

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
	return t.forStaff(c, func(ctx context.Context, h *house, found reads.Clinic, who reads.Staff, args []string) error {
		if err := change(ctx, h, found, who, args); err != nil {
			return err
		}
		listed, err := h.staffOf(ctx, found, who.ID)
		if err != nil {
			return err
		}
		return printStaff(t.out, listed)
	})
}

// forStaff has a command find the member of staff that its first argument names.
func (t terminal) forStaff(
	c *cobra.Command, do func(context.Context, *house, reads.Clinic, reads.Staff, []string) error,
) *cobra.Command {
	clinic := clinicFlag(c.Flags())
	t.handle(c, func(ctx context.Context, config Config, args []string) error {
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			who, err := h.store.FindStaff(ctx, access.Operator(string(found.ID)), found.ID, args[0])
			if err != nil {
				return err
			}
			return do(ctx, h, found, who, args)
		})
	})
	return c
}

// changeKey changes a passkey or the linked account of a member of staff, and tells them by mail as the pages do. It
// fails before the change when they cannot be told.
func (h *house) changeKey(ctx context.Context, found reads.Clinic, who reads.Staff, what reads.PasskeyEvent,
	m reads.Mode, change func() (name string, err error)) (name string, err error) {
	if h.post, err = h.openPost(); err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, h.post.close()) }()
	if name, err = change(); err != nil || m == reads.OnlyCheck {
		return name, err
	}
	return name, h.sendPasskeyMail(ctx, reads.PasskeyMail{
		Clinic: found.ID, ClinicName: found.Name, ClinicZone: found.Zone, Staff: who.ID, Name: who.Name,
		Email: who.Email, What: what, Passkey: name, At: h.now(),
	})
}

// modeOf is what a command with --confirm is asked for.
func modeOf(confirm *bool) reads.Mode {
	if *confirm {
		return reads.Do
	}
	return reads.OnlyCheck
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
