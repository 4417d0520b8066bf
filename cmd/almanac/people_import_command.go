package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/spreadsheet"
)

// importAnswers say who the people of some rows are, by line.
type importAnswers struct {
	person      map[int]scheduler.ID
	isNew, left map[int]bool
}

// peopleImportCommand adds the people of a table, or shows what would become of each row.
func peopleImportCommand(t terminal) *cobra.Command {
	c := t.command("import FILE.csv", "what would become of each row of a table of people; - reads standard input; "+
		"with --confirm, add them", 1, 1)
	own := c.Flags()
	clinic := clinicFlag(own)
	cohort := own.String("cohort", "", "enroll them in this cohort, by its id")
	agreed := own.Bool("agreed", false, "consents without a version are to the present text")
	confirm := own.Bool("confirm", false, "add them; without this it is only shown")
	answers := importAnswers{person: map[int]scheduler.ID{}, isNew: map[int]bool{}, left: map[int]bool{}}
	own.Func("person", "LINE=ID: the row of this line is this known person; may be given again", answers.addPerson)
	own.Func("new", "the row of this line is a new person; may be given again", answers.mark(answers.isNew))
	own.Func("leave", "leave the row of this line out; may be given again", answers.mark(answers.left))
	t.handle(c, func(ctx context.Context, config Config, rest []string) error {
		text, err := t.readTable(rest[0])
		if err != nil {
			return err
		}
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			asked, notes, err := h.importRequest(found, text, *agreed, answers)
			if err != nil {
				return err
			}
			asked.Cohort = scheduler.ID(*cohort)
			if !*confirm {
				_, would, err := h.desk.PreviewImport(ctx, request(found), asked)
				if err != nil {
					return err
				}
				return printImport(t.out, would, notes,
					"Nothing has changed yet. Run this again with --confirm to add them.")
			}
			done, err := h.desk.Import(ctx, request(found), asked)
			if err != nil {
				return err
			}
			return printImport(t.out, done, notes, "Done.")
		})
	})
	return c
}

// addPerson reads LINE=ID.
func (a importAnswers) addPerson(value string) error {
	line, id, _ := strings.Cut(value, "=")
	number, err := strconv.Atoi(line)
	if err != nil || number < 1 || id == "" {
		return fault.New(fault.Invalid, "Write the line and the person's id like 7=%s.", "0123456789abc")
	}
	a.person[number] = scheduler.ID(id)
	return nil
}

// mark returns a function that reads the number of a line into the set.
func (a importAnswers) mark(lines map[int]bool) func(string) error {
	return func(value string) error {
		number, err := strconv.Atoi(value)
		if err != nil || number < 1 {
			return fault.New(fault.Invalid, "Write the number of a line, from 1 on.")
		}
		lines[number] = true
		return nil
	}
}

// readTable reads a file, or standard input, up to the limit of a table.
func (t terminal) readTable(name string) ([]byte, error) {
	if name != "-" {
		text, err := t.readFile(name)
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "The file %s cannot be read. Check its name.", name)
		}
		return text, nil
	}
	text, err := io.ReadAll(io.LimitReader(t.in, spreadsheet.MostBytes+1))
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "The table on standard input cannot be read.")
	}
	return text, nil
}

// importRequest reads a table and adds the answers. It also returns what was assumed.
func (h *house) importRequest(found reads.Clinic, text []byte, agreed bool,
	answers importAnswers) (asked scheduler.ImportRequest, notes []string, err error) {
	options := spreadsheet.Options{}
	if options.Zone, err = h.zones.Location(found.Zone); err != nil {
		return asked, nil, fmt.Errorf("the clinic's zone: %w", err)
	}
	if agreed {
		options.ConsentText = consentText
	}
	people, err := spreadsheet.ReadPeople(text, options)
	if err != nil {
		return asked, nil, err
	}
	for _, r := range people.Rows {
		row := r.ImportRow
		row.Who.Person, row.Who.New = answers.person[row.Line], answers.isNew[row.Line]
		row.Leave = answers.left[row.Line]
		asked.Rows = append(asked.Rows, row)
	}
	return asked, people.Notes, nil
}

// printImport prints a line for each row.
func printImport(w io.Writer, done scheduler.Imported, notes []string, last string) error {
	for _, note := range notes {
		fmt.Fprintln(w, note)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "line\tfate\tname\tstate\twhy")
	for _, r := range done.Rows {
		why := strings.Join(r.Why(), " ")
		for _, known := range r.Like {
			why += fmt.Sprintf(" For the person %s: --person %d=%s.", known.Person, r.Line, known.Person)
		}
		if len(r.Like) > 0 {
			why += fmt.Sprintf(" For a new person: --new %d.", r.Line)
		}
		fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\n", r.Line, r.Fate, r.Name, cmp.Or(string(r.Enrolled.State), "-"),
			cmp.Or(why, "-"))
	}
	fmt.Fprintf(table, "\nnew %d, known %d, like somebody %d, wrong %d, twice %d, left out %d\n%s\n",
		done.Count(scheduler.FateNew), done.Count(scheduler.FateKnown), done.Count(scheduler.FateLike),
		done.Count(scheduler.FateWrong), done.Count(scheduler.FateTwice), done.Count(scheduler.FateLeft), last)
	return table.Flush()
}

// peopleExportCommand prints everybody at the clinic as a table that the import reads.
func peopleExportCommand(t terminal) *cobra.Command {
	c := t.command("export", "all people of the clinic as CSV, as import reads it; the audit says so", 0, 0)
	clinic := clinicFlag(c.Flags())
	t.handle(c, func(ctx context.Context, config Config, _ []string) error {
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			people, err := h.store.ExportPeople(ctx, access.Operator(string(found.ID)), found.ID)
			if err != nil {
				return err
			}
			rows := make([]spreadsheet.Contact, len(people))
			for i, p := range people {
				rows[i] = spreadsheet.Contact{Contact: p.Contact, Zone: p.Zone, Language: p.Language}
			}
			return spreadsheet.WritePeople(t.out, rows)
		})
	})
	return c
}
