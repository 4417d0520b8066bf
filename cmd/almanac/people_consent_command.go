package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/reads"
)

// consentAsked is what a command asks to change of a person's consents.
type consentAsked struct {
	give, end    []string
	version, how string
}

// peopleConsentCommand gives and ends consents of a person, or shows what would stand.
func peopleConsentCommand(t terminal) *cobra.Command {
	c := t.command("consent ID", "what consents a person would have; with --confirm, give and end them at once", 1, 1)
	own := c.Flags()
	clinic := clinicFlag(own)
	var asked consentAsked
	own.StringSliceVar(&asked.give, "give", nil, "channels that the person agreed to, as email,sms")
	own.StringSliceVar(&asked.end, "end", nil, "channels on which the consent ends; at once nothing leaves over them")
	own.StringVar(&asked.version, "version", consentText, "the version of the text that the person agreed to")
	own.StringVar(&asked.how, "how", "", "how they said it: "+strings.Join(scheduler.ConsentWays(), ", "))
	confirm := own.Bool("confirm", false, "do it; without this it is only shown")
	t.handle(c, func(ctx context.Context, config Config, rest []string) error {
		if err := asked.check(); err != nil {
			return err
		}
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			return h.changeConsents(ctx, t, found, scheduler.ID(rest[0]), asked, *confirm)
		})
	})
	return c
}

// check fails with all that is wrong at once.
func (asked consentAsked) check() error {
	var wrong []string
	if len(asked.give)+len(asked.end) == 0 {
		wrong = append(wrong, "Say what changes with --give CHANNEL or --end CHANNEL.")
	}
	for _, channel := range slices.Concat(asked.give, asked.end) {
		if unknown := scheduler.CheckChannel(scheduler.Channel(channel)); unknown != nil {
			wrong = append(wrong, unknown.Message)
			break
		}
	}
	if ways := scheduler.ConsentWays(); !slices.Contains(ways, asked.how) {
		wrong = append(wrong, "Say how they said it with --how: "+strings.Join(ways, ", ")+".")
	}
	if len(wrong) > 0 {
		return wrongUse("%s", strings.Join(wrong, "\n"))
	}
	return nil
}

func (h *house) changeConsents(ctx context.Context, t terminal, found reads.Clinic, person scheduler.ID,
	asked consentAsked, confirmed bool) error {
	by := access.Operator(string(found.ID))
	p, err := h.store.Person(ctx, by, found.ID, person)
	if err != nil {
		return err
	}
	q := desk.ConsentChange{Ended: asked.how, DryRun: !confirmed}
	for _, one := range p.Contact.Consents {
		ends := slices.Contains(asked.end, string(one.Channel))
		replaced := slices.Contains(asked.give, string(one.Channel)) && one.TextVersion != asked.version
		if !ends && !replaced {
			q.Consents = append(q.Consents, one)
		}
	}
	for _, channel := range asked.give {
		stands := slices.ContainsFunc(q.Consents,
			func(one scheduler.Consent) bool { return string(one.Channel) == channel })
		if !stands {
			q.Consents = append(q.Consents, scheduler.Consent{Channel: scheduler.Channel(channel),
				TextVersion: asked.version, How: asked.how})
		}
	}
	if err := h.store.ChangeConsents(ctx, by, found.ID, person, q); err != nil {
		return err
	}
	if confirmed {
		return h.printPerson(ctx, t.out, found, person)
	}
	words := "none, so staff call or hand over letters"
	if len(q.Consents) > 0 {
		var all []string
		for _, one := range q.Consents {
			all = append(all, string(one.Channel)+" to version "+one.TextVersion)
		}
		words = strings.Join(all, ", ")
	}
	_, err = fmt.Fprintf(t.out, "Consents would be: %s.\nConsents take effect at once and cannot be undone.\n"+
		"\nNothing has changed yet. Run this again with --confirm to change them.\n", words)
	return err
}
