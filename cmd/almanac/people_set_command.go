package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// peopleShowCommand prints what staff know of a person.
func peopleShowCommand(t terminal) *cobra.Command {
	c := t.command("show ID", "what staff know of a person: contact, consents and enrollments", 1, 1)
	clinic := clinicFlag(c.Flags())
	t.handle(c, func(ctx context.Context, config Config, rest []string) error {
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			return h.printPerson(ctx, t.out, found, scheduler.ID(rest[0]))
		})
	})
	return c
}

// peopleSetCommand changes contact data, zone or language of a person, or shows what that would do.
func peopleSetCommand(t terminal) *cobra.Command {
	c := t.command("set ID",
		"who is told what by another name, address, number, time zone or language; with --confirm, change it", 1, 1)
	own := c.Flags()
	clinic := clinicFlag(own)
	var asked scheduler.PersonSetting
	for _, f := range []struct {
		name, usage string
		into        **string
	}{
		{"name", "the person's name", &asked.Name},
		{"email", "the e-mail address; empty for none. A new one gets all dates again, and the links end",
			&asked.Email},
		{"phone", "the phone number; empty for none", &asked.Phone},
		{"zone", "the time zone", &asked.Zone}, {"language", "en or es", &asked.Language},
	} {
		own.Func(f.name, f.usage, func(value string) error {
			*f.into = &value
			return nil
		})
	}
	own.BoolVar(&asked.New, "different-people", false,
		"known people of like name who have the address or number are somebody else")
	ids := externalIDs{}
	own.Var(ids, "external-id", "an id of another system, as SYSTEM=VALUE; SYSTEM= for none; may be given again")
	confirm := own.Bool("confirm", false, "do it; without this it is only shown")
	t.handle(c, func(ctx context.Context, config Config, rest []string) error {
		asked.Person = scheduler.ID(rest[0])
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) (err error) {
			if asked.ExternalIDs, err = h.withIDs(ctx, found, asked.Person, ids); err != nil {
				return err
			}
			if !*confirm {
				return h.printPreview(ctx, t.out, found, h.desk.SetPerson(asked), "change it")
			}
			if err := h.desk.Confirm(ctx, request(found), h.desk.SetPerson(asked)); err != nil {
				return err
			}
			return h.printPerson(ctx, t.out, found, asked.Person)
		})
	})
	return c
}

// externalIDs are values of a flag, by system.
type externalIDs map[string]string

// Set takes one value, as SYSTEM=VALUE.
func (x externalIDs) Set(value string) error {
	system, id, found := strings.Cut(value, "=")
	if !found || system == "" {
		return wrongUse("Write an id as SYSTEM=VALUE, for example ehr=8812.")
	}
	x[system] = id
	return nil
}

// String is for the help, which shows no default.
func (externalIDs) String() string { return "" }

// Type names a value in the help.
func (externalIDs) Type() string { return "SYSTEM=VALUE" }

// withIDs gives all ids of a person after some changed; nil when none did.
func (h *house) withIDs(ctx context.Context, found reads.Clinic, person scheduler.ID,
	changed externalIDs) (*[]scheduler.ExternalID, error) {
	if len(changed) == 0 {
		return nil, nil
	}
	p, err := h.store.Person(ctx, access.Operator(string(found.ID)), found.ID, person)
	if err != nil {
		return nil, err
	}
	all := slices.DeleteFunc(slices.Clone(p.Contact.ExternalIDs), func(id scheduler.ExternalID) bool {
		_, given := changed[id.System]
		return given
	})
	for _, system := range slices.Sorted(maps.Keys(changed)) {
		if changed[system] != "" {
			all = append(all, scheduler.ExternalID{System: system, Value: changed[system]})
		}
	}
	slices.SortFunc(all, func(a, b scheduler.ExternalID) int { return strings.Compare(a.System, b.System) })
	return &all, nil
}

func (h *house) printPerson(ctx context.Context, w io.Writer, found reads.Clinic, id scheduler.ID) error {
	p, err := h.store.PersonRecord(ctx, access.Operator(string(found.ID)), found.ID, id)
	if err != nil {
		return err
	}
	if p.MergedInto != "" {
		_, err := fmt.Fprintf(w, "This record was merged into %s. Show that one.\n", p.MergedInto)
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "%s\n\nid\t%s\nemail\t%s\nphone\t%s\nzone\t%s\nlanguage\t%s\n", p.Contact.Name, p.ID,
		cmp.Or(p.Contact.Email, "-"), cmp.Or(p.Contact.Phone, "-"), p.Zone, p.Language)
	for _, one := range p.Contact.ExternalIDs {
		fmt.Fprintf(table, "%s\t%s\n", one.System, one.Value)
	}
	if len(p.Consents) > 0 {
		fmt.Fprintln(table, "\nconsent\tversion\tgiven\thow\tended")
	}
	for _, one := range p.Consents {
		ended := "-"
		if !one.Ended.IsZero() {
			ended = one.Ended.Format(time.DateOnly)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", one.Channel, one.TextVersion, one.GivenAt.Format(time.DateOnly),
			cmp.Or(one.How, "-"), ended)
	}
	if len(p.Enrollments) > 0 {
		fmt.Fprintln(table, "\nenrollment\tcohort\tstate")
	}
	for _, e := range p.Enrollments {
		fmt.Fprintf(table, "%s\t%s\t%s\n", e.ID, e.CohortName, e.State)
	}
	return table.Flush()
}
