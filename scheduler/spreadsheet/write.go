package spreadsheet

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"almanac/scheduler"
)

// Contact is a person as WritePeople writes them.
type Contact struct {
	scheduler.Contact
	Zone, Language string
}

// Write writes a table as CSV that spreadsheets open safely, as UTF-8 with the mark by which Excel knows it.
func Write(w io.Writer, header []string, rows [][]string) error {
	out, err := NewWriter(w, header...)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if err := out.Row(row...); err != nil {
			return err
		}
	}
	return out.Close()
}

// Writer writes a table row by row, as Write does.
type Writer struct{ csv *csv.Writer }

// NewWriter begins a table with its header.
func NewWriter(w io.Writer, header ...string) (*Writer, error) {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return nil, fmt.Errorf("writing a table: %w", err)
	}
	out := &Writer{csv.NewWriter(w)}
	out.csv.UseCRLF = true
	return out, out.Row(header...)
}

// Row writes one row.
func (w *Writer) Row(cells ...string) error {
	safe := make([]string, len(cells))
	for i, cell := range cells {
		safe[i] = defused(cell)
	}
	if err := w.csv.Write(safe); err != nil {
		return fmt.Errorf("writing a table: %w", err)
	}
	return nil
}

// Close writes what is left. It does not close what is below.
func (w *Writer) Close() error {
	w.csv.Flush()
	if err := w.csv.Error(); err != nil {
		return fmt.Errorf("writing a table: %w", err)
	}
	return nil
}

// WritePeople writes people so that ReadPeople reads the same.
func WritePeople(w io.Writer, people []Contact) error {
	header := []string{"name", "email", "phone", "time zone", "language", "consent email", "consent sms",
		"consent voice"}
	var systems []string
	for _, p := range people {
		for _, id := range p.ExternalIDs {
			systems = append(systems, id.System)
		}
	}
	slices.Sort(systems)
	systems = slices.Compact(systems)
	for _, system := range systems {
		header = append(header, idPrefix+" "+system)
	}
	rows := make([][]string, len(people))
	for i, p := range people {
		row := []string{p.Name, p.Email, p.Phone, p.Zone, p.Language, consentsOver(p, scheduler.Email),
			consentsOver(p, scheduler.SMS), consentsOver(p, scheduler.Voice)}
		for _, system := range systems {
			row = append(row, idIn(p, system))
		}
		rows[i] = row
	}
	return Write(w, header, rows)
}

// whyColumn is the last column of a file of rows that were left out.
const whyColumn = "why it was left out"

// WriteRejects writes rows of a file as they were, with the reason in a last column. Reasons of an earlier import go.
func WriteRejects(w io.Writer, people People, why map[int]string) error {
	header := slices.Clone(people.Header)
	if last := len(header) - 1; last >= 0 && header[last] == whyColumn {
		header = header[:last]
	}
	header = append(header, whyColumn)
	var rows [][]string
	for _, r := range people.Rows {
		reason, rejected := why[r.Line]
		if !rejected {
			continue
		}
		row := make([]string, len(header))
		for i, cell := range r.Cells[:min(len(r.Cells), len(header)-1)] {
			row[i] = undefused(cell)
		}
		row[len(header)-1] = reason
		rows = append(rows, row)
	}
	return Write(w, header, rows)
}

func idIn(p Contact, system string) string {
	i := slices.IndexFunc(p.ExternalIDs, func(id scheduler.ExternalID) bool { return id.System == system })
	if i < 0 {
		return ""
	}
	return p.ExternalIDs[i].Value
}

// consentsOver writes the consents of one channel, a line each: the instant, the version of the
// text, and how it was given.
func consentsOver(p Contact, channel scheduler.Channel) string {
	var lines []string
	for _, c := range p.Consents {
		if c.Channel == channel {
			line := c.GivenAt.UTC().Format("2006-01-02T15:04:05.000Z") + " " + c.TextVersion
			if c.How != "" {
				line += " (" + c.How + ")"
			}
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// begins are the characters with which spreadsheets take a cell for a formula, ASCII and full width.
const begins = "=+-@\t\r\n|%＝＋－＠"

// blanks may stand in front of them, as far as some spreadsheet does not mind.
const blanks = " '\"`\u00a0\u200b\ufeff"

// defused puts an apostrophe before a cell that a spreadsheet could take for a formula, and before one that undefused
// would otherwise change.
func defused(cell string) string {
	if dangerous(cell) || strings.HasPrefix(cell, "'") && startsWithDigit(strings.TrimLeft(cell, "'")) {
		return "'" + cell
	}
	return cell
}

// undefused takes off the apostrophe that defused puts, or that somebody typed to keep a number as text.
func undefused(cell string) string {
	rest, ok := strings.CutPrefix(cell, "'")
	if ok && (dangerous(rest) || startsWithDigit(strings.TrimLeft(rest, "'"))) {
		return rest
	}
	return cell
}

func dangerous(cell string) bool {
	rest := strings.TrimLeft(cell, blanks)
	return rest != "" && strings.ContainsRune(begins, []rune(rest)[0])
}

func startsWithDigit(text string) bool { return text != "" && text[0] >= '0' && text[0] <= '9' }

// Stamp writes an instant for a cell, "" for none.
func Stamp(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return t.In(zone).Format("2006-01-02 15:04")
}
