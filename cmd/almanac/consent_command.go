package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/reads"
)

// consentGroup holds the commands about written consents (42 CFR 2.31).
func consentGroup(t terminal) *cobra.Command {
	return group("consent", "written consents: to share, to be asked, to a calendar address",
		consentListCommand(t), consentGiveCommand(t), consentEndCommand(t), consentTextCommand(t),
		consentAccountingCommand(t), consentLegalCommand(t))
}

// consentListCommand lists the written consents of a person with every element.
func consentListCommand(t terminal) *cobra.Command {
	c := t.command("list PERSON", "a person's written consents, the ended ones as well", 1, 1)
	own := c.Flags()
	clinic := clinicFlag(own)
	t.handle(c, func(ctx context.Context, config Config, rest []string) error {
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			by := access.Operator(string(found.ID))
			all, err := h.store.WrittenConsents(ctx, by, found.ID, scheduler.ID(rest[0]))
			if err != nil {
				return err
			}
			return printConsents(t.out, all)
		})
	})
	return c
}

func printConsents(out io.Writer, all []reads.WrittenConsent) error {
	if len(all) == 0 {
		_, err := fmt.Fprintln(out, "No written consents.")
		return err
	}
	table := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(table, "id\tkind\tto\tfor\tsigned\tuntil\tended")
	for _, c := range all {
		var until []string
		if !c.ExpiresOn.IsZero() {
			until = append(until, c.ExpiresOn.String())
		}
		if c.Event != "" {
			until = append(until, c.Event)
		}
		ended := "–"
		if !c.EndedAt.IsZero() {
			ended = c.EndedAt.Format("2006-01-02") + " " + c.EndedHow
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s %s\t%s\t%s\n", c.ID, c.Kind, c.To, c.Purpose, c.SignedOn, c.How,
			strings.Join(until, " or "), ended)
	}
	return table.Flush()
}

// consentGiveCommand records or changes a written consent, or says what is missing.
func consentGiveCommand(t terminal) *cobra.Command {
	c := t.command("give PERSON", "check a written consent; with --confirm, record it", 1, 1)
	own := c.Flags()
	clinic := clinicFlag(own)
	var consent scheduler.WrittenConsent
	kind := own.String("kind", "", "tpo, disclosure, research-contact, calendar-feed, legal-proceedings or "+
		"counselling-notes")
	own.StringVar(&consent.From, "from", "", "who shares; default: the clinic")
	own.StringVar(&consent.What, "what", "", "what is shared; default: what the text proposes")
	own.StringVar(&consent.To, "to", "", "who receives it; default: whom the text proposes")
	own.StringVar(&consent.Purpose, "purpose", "", "what for; default: what the text proposes")
	own.StringVar(&consent.Event, "event", "", "the event that ends it")
	expires := own.String("expires", "", "the last day on which it holds, as 2027-01-31")
	own.StringVar(&consent.How, "how", "", "how it was given: paper, spoken, email or phone")
	signedOn := own.String("signed-on", "", "the day on the signature")
	own.StringVar(&consent.SignedBy, "signed-by", "", "who signed for the person")
	own.StringVar(&consent.Language, "language", "", "of the text: en or es; default: the person's")
	replaces := own.String("replaces", "", "the consent that this one changes")
	confirm := own.Bool("confirm", false, "do it; without this it is only checked")
	t.handle(c, func(ctx context.Context, config Config, rest []string) error {
		consent.Person, consent.Kind = scheduler.ID(rest[0]), scheduler.ConsentKind(*kind)
		consent.Replaces = scheduler.ID(*replaces)
		var err error
		if consent.ExpiresOn, err = dayFlag(*expires); err != nil {
			return err
		}
		if consent.SignedOn, err = dayFlag(*signedOn); err != nil {
			return err
		}
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			id, err := h.store.GiveConsent(ctx, access.Operator(string(found.ID)), found.ID,
				desk.ConsentRequest{Consent: consent, DryRun: !*confirm})
			if err != nil {
				return err
			}
			if !*confirm {
				_, err = fmt.Fprintln(t.out, "Every element is there.\n\n"+
					"Nothing has changed yet. Run this again with --confirm to record it.")
				return err
			}
			_, err = fmt.Fprintf(t.out, "consent: %s\n", id)
			return err
		})
	})
	return c
}

// dayFlag reads a day that may be left out.
func dayFlag(text string) (civil.Date, error) {
	if text == "" {
		return civil.Date{}, nil
	}
	day, err := civil.ParseDate(text)
	if err != nil {
		return day, wrongUse("%q is no day. Write it as 2027-01-31.", text)
	}
	return day, nil
}

// consentEndCommand ends a written consent, or says that it could.
func consentEndCommand(t terminal) *cobra.Command {
	c := t.command("end PERSON CONSENT", "check that a consent can end; with --confirm, end it at once", 2, 2)
	own := c.Flags()
	clinic := clinicFlag(own)
	how := own.String("how", "", "how they ended it: "+strings.Join(scheduler.ConsentWays(), ", "))
	confirm := own.Bool("confirm", false, "do it; without this it is only checked")
	t.handle(c, func(ctx context.Context, config Config, rest []string) error {
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			err := h.store.EndConsent(ctx, access.Operator(string(found.ID)), found.ID, desk.ConsentEnd{
				Person: scheduler.ID(rest[0]), Consent: scheduler.ID(rest[1]), How: *how, DryRun: !*confirm})
			if err != nil {
				return err
			}
			said := "The consent would end at once.\n\n" +
				"Nothing has changed yet. Run this again with --confirm to end it."
			if *confirm {
				said = "The consent has ended."
			}
			_, err = fmt.Fprintln(t.out, said)
			return err
		})
	})
	return c
}

// consentAccountingCommand prints what left the programme about a person.
func consentAccountingCommand(t terminal) *cobra.Command {
	c := t.command("accounting PERSON", "what left the programme about a person (42 CFR 2.25)", 1, 1)
	clinic := clinicFlag(c.Flags())
	t.handle(c, func(ctx context.Context, config Config, rest []string) error {
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			all, err := h.store.Disclosures(ctx, access.Operator(string(found.ID)), found.ID, scheduler.ID(rest[0]))
			if err != nil {
				return err
			}
			if len(all) == 0 {
				_, err = fmt.Fprintln(t.out, "Nothing has left the programme.")
				return err
			}
			table := tabwriter.NewWriter(t.out, 0, 4, 2, ' ', 0)
			fmt.Fprintln(table, "when\tto\twhat\tfor\tbasis\tconsent\thow\ttimes")
			for _, d := range all {
				fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\n", minuteOf(d.At), d.To, d.What, d.Purpose, d.Basis,
					d.Consent, d.How, d.Times)
			}
			return table.Flush()
		})
	})
	return c
}

// consentTextCommand prints what people agree to.
func consentTextCommand(t terminal) *cobra.Command {
	c := t.command("text KIND", "what people agree to, by kind of consent or channel", 1, 1)
	own := c.Flags()
	language := own.String("language", "en", "en or es")
	version := own.String("version", "", "default: today's")
	t.handle(c, func(_ context.Context, _ Config, rest []string) error {
		text, err := scheduler.ConsentTextOf(scheduler.ConsentKind(rest[0]), *version, *language)
		if err != nil {
			return err
		}
		fmt.Fprintf(t.out, "%s\n\n", text.Title)
		for _, element := range []struct{ name, value string }{
			{"What", text.What}, {"To", text.To}, {"Purpose", text.Purpose},
		} {
			if element.value != "" {
				fmt.Fprintf(t.out, "%s: %s\n", element.name, element.value)
			}
		}
		_, err = fmt.Fprintf(t.out, "\n%s\n\n%s, version %s, %s\nSHA-256 %s\n", strings.Join(text.Body, "\n"),
			text.Kind, text.Version, text.Language, text.Hash)
		return err
	})
	return c
}

// consentLegalCommand prints what to answer to a request for records.
func consentLegalCommand(t terminal) *cobra.Command {
	c := t.command("legal-answer", "what to answer to a subpoena, a warrant or another request for records", 0, 0)
	t.handle(c, func(context.Context, Config, []string) error {
		_, err := fmt.Fprintln(t.out, strings.Join(scheduler.LegalAnswer(), "\n\n"))
		return err
	})
	return c
}
