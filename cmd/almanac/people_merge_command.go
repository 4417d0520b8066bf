package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/reads"
)

// peopleMergeCommand makes one of two records of the same person, or shows what that would do.
func peopleMergeCommand(t terminal) *cobra.Command {
	c := t.command("merge ID ID", "what becomes of two records of the same person, of which the first one stays; with "+
		"--confirm, merge them. It cannot be undone", 2, 2)
	own := c.Flags()
	clinic := clinicFlag(own)
	confirm := own.Bool("confirm", false, "do it; without this it is only shown")
	asked := scheduler.MergeRequest{ExternalIDs: map[string]scheduler.ID{}}
	for _, f := range []struct {
		name string
		into *scheduler.ID
	}{
		{"name", &asked.Name}, {"email", &asked.Email}, {"phone", &asked.Phone}, {"zone", &asked.Zone},
		{"language", &asked.Language},
	} {
		own.StringVar((*string)(f.into), f.name, "",
			"the id of the record whose "+f.name+" stays; default: the newer one")
	}
	own.Func("external-id", "the record whose id of a system stays, as SYSTEM=ID; may be given again",
		func(value string) error {
			system, from, _ := strings.Cut(value, "=")
			asked.ExternalIDs[system] = scheduler.ID(from)
			return nil
		})
	own.Func("consents", "the channels on which consents stay, as email,sms; default: all that may",
		func(value string) error {
			channels := []scheduler.Channel{}
			for _, channel := range strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' }) {
				channels = append(channels, scheduler.Channel(channel))
			}
			asked.Consents = &channels
			return nil
		})
	t.handle(c, func(ctx context.Context, config Config, rest []string) error {
		asked.Stay, asked.Gone = scheduler.ID(rest[0]), scheduler.ID(rest[1])
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			if !*confirm {
				if err := h.printMerge(ctx, t.out, found, asked); err != nil {
					return err
				}
				return h.printPreview(ctx, t.out, found, desk.Merge(asked), "merge them")
			}
			if err := h.desk.Confirm(ctx, request(found), desk.Merge(asked)); err != nil {
				return err
			}
			return h.printPerson(ctx, t.out, found, asked.Stay)
		})
	})
	return c
}

// printMerge prints what would stay of two records.
func (h *house) printMerge(ctx context.Context, w io.Writer, found reads.Clinic, asked scheduler.MergeRequest) error {
	b, err := h.store.Look(ctx, desk.Change{Clinic: found.ID, Actor: access.Operator(string(found.ID)),
		Action: access.PersonChange}, desk.MergeLoad(asked.Stay, asked.Gone))
	if err != nil {
		return err
	}
	if err := b.Merge(asked); err != nil {
		return err
	}
	c, p := b.Contacts[asked.Stay], b.People[asked.Stay]
	fmt.Fprintf(w, "What stays: %s\n  email     %s\n  phone     %s\n  zone      %s\n  language  %s\n", c.Name,
		orDash(c.Email), orDash(c.Phone), p.Zone, p.Language)
	for _, id := range c.ExternalIDs {
		fmt.Fprintf(w, "  %s  %s\n", id.System, id.Value)
	}
	for _, consent := range c.Consents {
		fmt.Fprintf(w, "  consent to %s, version %s\n", consent.Channel, consent.TextVersion)
	}
	_, err = fmt.Fprintln(w)
	return err
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
