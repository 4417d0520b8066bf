package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// personJSON is a person in a list for programs.
type personJSON struct {
	ID          scheduler.ID       `json:"id"`
	Name        string             `json:"name"`
	Email       string             `json:"email,omitempty"`
	Phone       string             `json:"phone,omitempty"`
	ExternalIDs []externalIDJSON   `json:"external_ids"`
	Enrollments []personEnrollment `json:"enrollments"`
}

type externalIDJSON struct {
	System string `json:"system"`
	Value  string `json:"value"`
}

type personEnrollment struct {
	ID          scheduler.ID              `json:"id"`
	Cohort      scheduler.ID              `json:"cohort"`
	Name        string                    `json:"cohort_name"`
	State       scheduler.EnrollmentState `json:"state"`
	RequestedAt time.Time                 `json:"requested_at"`
	Entry       string                    `json:"entry,omitempty"` // local date
}

// foundAtOnce is how many people are read at once.
const foundAtOnce = 500

// peopleFindCommand finds people by name, address, phone number or an id of another system.
func peopleFindCommand(t terminal) *cobra.Command {
	c := t.command("find TEXT", "people by name, email, phone number or its last digits, or an id of another system",
		1, -1)
	own := c.Flags()
	clinic, format := clinicFlag(own), formatFlag(own, "table", "json")
	t.handle(c, func(ctx context.Context, config Config, words []string) error {
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			people, err := h.findPeople(ctx, found, strings.Join(words, " "))
			if err != nil {
				return err
			}
			if *format == "json" {
				return printJSON(t.out, personRows(people))
			}
			return printPeople(t.out, people)
		})
	})
	return c
}

// findPeople reads all pages.
func (h *house) findPeople(ctx context.Context, found reads.Clinic, text string) (all []reads.PersonRow, err error) {
	q := reads.PeopleQuery{Text: text, Limit: foundAtOnce}
	for {
		page, err := h.store.FindPeople(ctx, access.Operator(string(found.ID)), found.ID, q)
		if err != nil {
			return nil, err
		}
		all = append(all, page.People...)
		if q.After = page.Next; q.After == "" {
			return all, nil
		}
	}
}

func personRows(people []reads.PersonRow) []personJSON {
	rows := make([]personJSON, len(people))
	for i, p := range people {
		row := personJSON{ID: p.ID, Name: p.Name, Email: p.Email, Phone: p.Phone, ExternalIDs: []externalIDJSON{},
			Enrollments: []personEnrollment{}}
		for _, id := range p.ExternalIDs {
			row.ExternalIDs = append(row.ExternalIDs, externalIDJSON(id))
		}
		for _, g := range p.Groups {
			e := personEnrollment{ID: g.Enrollment, Cohort: g.Cohort, Name: g.CohortName, State: g.State,
				RequestedAt: g.RequestedAt}
			if !g.Entry.IsZero() {
				e.Entry = g.Entry.Date.String()
			}
			row.Enrollments = append(row.Enrollments, e)
		}
		rows[i] = row
	}
	return rows
}

// printPeople prints a line for each enrollment of each person.
func printPeople(w io.Writer, people []reads.PersonRow) error {
	if len(people) == 0 {
		_, err := fmt.Fprintln(w, "Nobody is found by that. Try the beginning of a name, or the last digits of the "+
			"phone number.")
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "id\tname\temail\tphone\tother ids\tcohort\tstate\tentry")
	for _, p := range people {
		ids := make([]string, len(p.ExternalIDs))
		for i, id := range p.ExternalIDs {
			ids[i] = id.System + " " + id.Value
		}
		groups := p.Groups
		if len(groups) == 0 {
			groups = []reads.PersonGroup{{CohortName: "-"}}
		}
		for _, g := range groups {
			entry := "-"
			if !g.Entry.IsZero() {
				entry = g.Entry.Date.String()
			}
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", p.ID, p.Name, cmp.Or(p.Email, "-"),
				cmp.Or(p.Phone, "-"), cmp.Or(strings.Join(ids, ", "), "-"), g.CohortName, cmp.Or(g.State, "-"), entry)
		}
	}
	return table.Flush()
}
