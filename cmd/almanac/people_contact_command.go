package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/gate"
	"almanac/scheduler/reads"
)

// peopleContactCommand shows what a person allows of calls and post, or sets it.
func peopleContactCommand(t terminal) *cobra.Command {
	c := t.command("contact ID", "what a person allows of calls and post; with --allow and --confirm, set it", 1, 1)
	own := c.Flags()
	clinic := clinicFlag(own)
	allow := own.String("allow", "", "some of word, who and post, with commas, or none: what they allow")
	hours := own.String("hours", "", "when to call, as 10:00-18:00 in their own time; empty: 09:00 to 20:00")
	confirm := own.Bool("confirm", false, "do it; without this it is only shown")
	t.handle(c, func(ctx context.Context, config Config, rest []string) error {
		wanted, err := readContact(*allow, *hours)
		if err != nil {
			return err
		}
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			by, person := access.Operator(string(found.ID)), scheduler.ID(rest[0])
			p, err := h.store.Person(ctx, by, found.ID, person)
			if err != nil {
				return err
			}
			if *allow != "" {
				p.Settings.Contact = wanted
			}
			said := contactSaid(p.Settings.Contact)
			if err := p.Settings.Check(); err != nil {
				return err
			}
			if *allow != "" && *confirm {
				err = h.store.SetSettings(ctx, by, found.ID, person, p.Settings)
			} else if *allow != "" {
				said += "\nNothing has changed yet. Run this again with --confirm to change it."
			}
			if err == nil {
				_, err = fmt.Fprintln(t.out, said)
			}
			return err
		})
	})
	return c
}

// readContact reads what is allowed, and the hours.
func readContact(allow, hours string) (c gate.SafeContact, err error) {
	c.Asked = true
	for word := range strings.SplitSeq(allow, ",") {
		switch strings.TrimSpace(word) {
		case "word":
			c.LeaveWord = true
		case "who":
			c.SayWho = true
		case "post":
			c.Post = true
		case "", "none":
		default:
			return c, wrongUse("Allow some of word, who and post, or none.")
		}
	}
	if hours == "" {
		return c, nil
	}
	from, until, _ := strings.Cut(hours, "-")
	if c.Hours.From, err = civil.ParseClock(from); err == nil {
		c.Hours.Until, err = civil.ParseClock(until)
	}
	if err != nil {
		return c, wrongUse("Write the hours as 10:00-18:00.")
	}
	return c, nil
}

// contactSaid says the rules in a line each.
func contactSaid(c gate.SafeContact) string {
	if !c.Asked {
		return "Nobody has asked them yet: leave no word, say no name, and hand letters over."
	}
	answer := map[bool]string{true: "yes", false: "no"}
	hours := c.CallHours()
	return fmt.Sprintf("Leave word: %s.\nSay who is calling: %s.\nLetters by post: %s.\nCalls: %s to %s.",
		answer[c.LeaveWord], answer[c.SayWho], answer[c.Post], hours.From, hours.Until)
}
