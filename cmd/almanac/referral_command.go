package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/spreadsheet"
	"almanac/web"
)

// referralGroup holds the commands of the referral inbox.
func referralGroup(t terminal) *cobra.Command {
	return group("referral", "people who were sent to the clinic and are enrolled nowhere yet",
		referralAddCommand(t), referralListCommand(t), referralImportCommand(t), referralCloseCommand(t))
}

func referralAddCommand(t terminal) *cobra.Command {
	c := t.command("add", "note a referral, and print its id; enroll --referral ID enrolls the person", 0, 0)
	own := c.Flags()
	clinic := clinicFlag(own)
	var body web.ReferralBody
	own.StringVar(&body.Name, "name", "", "the person's name")
	own.StringVar(&body.Email, "email", "", "the person's e-mail address")
	own.StringVar(&body.Phone, "phone", "", "the person's phone number")
	own.StringVar(&body.Zone, "zone", "", "the person's time zone; default: the clinic's")
	own.StringVar(&body.Language, "language", "", "en or es; default: en")
	own.StringVar(&body.Protocol, "protocol", "", "id of the protocol that they are to follow; default: any")
	own.StringVar(&body.Times, "times", "",
		"when they can come, as tue,thu 17:00-20:00; sat 09:00-12:00; default: any time")
	dateFlag(own, "earliest", "no entry before this date", &body.Earliest)
	own.StringVar(&body.Source, "from", "", "who referred them")
	own.StringVar(&body.Waiting, "waiting", "", "how to reach them while they wait, and what to know then")
	t.handle(c, func(ctx context.Context, config Config, _ []string) error {
		r, err := body.Referral()
		if err != nil {
			return err
		}
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			ids, err := h.store.AddReferrals(ctx, access.Operator(string(found.ID)), found.ID,
				desk.ReferralRequest{Referrals: []scheduler.Referral{r}})
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(t.out, ids[0])
			return err
		})
	})
	return c
}

func referralListCommand(t terminal) *cobra.Command {
	c := t.command("list", "open referrals, the longest waiting first", 0, 0)
	own := c.Flags()
	clinic := clinicFlag(own)
	ended := own.Bool("ended", false, "those that are enrolled or closed, instead")
	name := own.String("name", "", "only people with this in their name, address, number or id")
	t.handle(c, func(ctx context.Context, config Config, _ []string) error {
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			q := reads.ReferralQuery{Name: *name, Ended: *ended, Limit: 200}
			table := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
			fmt.Fprintln(table, "id\tsince\tname\tphone\ttimes\tprotocol\tfrom\tend")
			for {
				page, err := h.store.Referrals(ctx, access.Operator(string(found.ID)), found.ID, q)
				if err != nil {
					return err
				}
				for _, r := range page.Rows {
					printReferral(table, r)
				}
				if q.After = page.Next; q.After.ID == "" {
					return table.Flush()
				}
			}
		})
	})
	return c
}

func printReferral(w io.Writer, r scheduler.Referral) {
	end := map[scheduler.ReferralState]string{scheduler.ReferralOpen: "-",
		scheduler.ReferralEnrolled: "enrolled as " + string(r.Enrollment),
		scheduler.ReferralClosed:   "closed: " + r.ClosedWhy}[r.State()]
	fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.ID, r.ReceivedAt.Format(time.DateOnly), r.Contact.Name,
		cmp.Or(r.Contact.Phone, "-"), cmp.Or(scheduler.WritePreferredTimes(r.Times), "any"), cmp.Or(r.Protocol, "any"),
		cmp.Or(r.Source, "-"), end)
}

func referralImportCommand(t terminal) *cobra.Command {
	c := t.command("import FILE.csv",
		"what a table of referrals would add; with --confirm, add all of it or nothing", 1, 1)
	own := c.Flags()
	clinic := clinicFlag(own)
	confirm := own.Bool("confirm", false, "do it; without this it is only checked")
	t.handle(c, func(ctx context.Context, config Config, rest []string) error {
		text, err := t.readFile(rest[0])
		if err != nil {
			return fault.Wrap(fault.Invalid, err, "The file %s cannot be read.", rest[0])
		}
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			return h.importReferrals(ctx, t.out, found, text, !*confirm)
		})
	})
	return c
}

func (h *house) importReferrals(ctx context.Context, w io.Writer, found reads.Clinic, text []byte, dryRun bool) error {
	zone, err := h.zones.Location(found.Zone)
	if err != nil {
		return err
	}
	people, err := spreadsheet.ReadReferrals(text, spreadsheet.Options{Zone: zone})
	if err != nil {
		return err
	}
	all, wrong := web.ReferralsOf(people)
	_, err = h.store.AddReferrals(ctx, access.Operator(string(found.ID)), found.ID,
		desk.ReferralRequest{Referrals: all, DryRun: dryRun || len(wrong) > 0})
	more, err := web.ReferralProblems(people, err)
	if err != nil {
		return err
	}
	var problems []error
	for _, p := range append(wrong, more...) {
		problems = append(problems, fault.New(fault.Invalid, "%s", sentence(p.Text())))
	}
	if len(problems) > 0 {
		return errors.Join(append(problems, fault.New(fault.Invalid, "Nothing was added."))...)
	}
	said := "%d people added.\n"
	if dryRun {
		said = "%d people can be added. Run this again with --confirm to add them.\n"
	}
	_, err = fmt.Fprintf(w, said, len(all))
	return err
}

func referralCloseCommand(t terminal) *cobra.Command {
	c := t.command("close ID", "close a referral without enrolling the person", 1, 1)
	own := c.Flags()
	clinic := clinicFlag(own)
	why := own.String("why", "", "why; it is kept sealed")
	t.handle(c, func(ctx context.Context, config Config, rest []string) error {
		if *why == "" {
			return wrongUse("Say why the referral is closed with --why.")
		}
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			by := access.Operator(string(found.ID))
			r, err := h.store.Referral(ctx, by, found.ID, scheduler.ID(rest[0]))
			if err != nil {
				return err
			}
			r.ClosedAt, r.ClosedWhy = h.now(), *why
			if err := h.store.SetReferral(ctx, by, found.ID, r, reads.Do); err != nil {
				return err
			}
			_, err = fmt.Fprintln(t.out, "Closed.")
			return err
		})
	})
	return c
}
