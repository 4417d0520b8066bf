package spreadsheet

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/fault"
)

// The limits of a file.
const (
	MostBytes   = 4 << 20
	MostRows    = 5000
	mostColumns = 200
	mostCell    = 2000 // characters
)

// People is what a file says of people.
type People struct {
	Header []string // the column names as written
	Notes  []string // what was assumed or left out, a sentence each
	Rows   []Row
}

// Row is one line of a file: the cells as written, and what they ask for.
type Row struct {
	Cells []string
	scheduler.ImportRow
	Referral scheduler.Referral // of a table of referrals
}

// Options say what a file leaves open.
type Options struct {
	// Zone is where a date without a time of day begins; nil: UTC.
	Zone *time.Location
	// ConsentText is the version of the text to which those agreed whose consent names none; empty: unknown.
	ConsentText string

	referrals bool // the table is one of referrals
}

func tooLarge() error {
	return fault.In("file", "The file is larger than %d MB. Leave out columns that are not needed, or import it in "+
		"parts.",
		MostBytes>>20)
}

// ReadPeople reads the people of a file, in order. It is Invalid (field "file") when it is no table, is too large or
// has no column with names. Rows with cells that cannot be read carry the reasons.
func ReadPeople(data []byte, o Options) (People, error) {
	text, note, err := Text(data)
	if err != nil {
		return People{}, err
	}
	if strings.TrimSpace(text) == "" {
		return People{}, fault.In("file", "There is nothing in it. Choose a CSV file, or paste a table.")
	}
	t, err := readTable(text, o)
	if err != nil {
		return People{}, err
	}
	people := People{Header: t.header, Notes: t.notes}
	if note != "" {
		people.Notes = append([]string{note}, people.Notes...)
	}
	if len(t.records) > MostRows {
		return People{}, fault.In("file", "The file has %d rows, and at most %d can be imported at once. Split it.",
			len(t.records), MostRows)
	}
	if len(t.records) == 0 {
		return People{}, fault.In("file", "The file has column names and no rows. Add a row for each person.")
	}
	r := newRowReader(t, o)
	people.Notes = append(people.Notes, r.notes...)
	for _, record := range t.records {
		people.Rows = append(people.Rows, r.read(record))
	}
	return people, nil
}

// ReadReferrals reads the people of a table of referrals, which may say when they can come, who referred them, what to
// know while they wait, and to which programme. It fails as ReadPeople does.
func ReadReferrals(data []byte, o Options) (People, error) {
	o.referrals = true
	people, err := ReadPeople(data, o)
	for i := range people.Rows {
		row := &people.Rows[i]
		row.Referral.Contact, row.Referral.Earliest = row.Who.Contact, row.Who.Earliest
		row.Referral.Zone, row.Referral.Language = row.Who.Zone, row.Who.Language
	}
	return people, err
}

// record is one line of a file.
type record struct {
	line  int
	cells []string
}

func (r record) empty() bool {
	return !slices.ContainsFunc(r.cells, func(cell string) bool { return strings.TrimSpace(cell) != "" })
}

// table is a file with its column names found.
type table struct {
	header  []string
	columns []column // what each of them means
	notes   []string
	records []record // those below the column names that are not empty
}

// separators are the characters that may stand between cells, the likeliest first.
var separators = []rune{',', ';', '\t', '|'}

// readTable cuts a text into cells, with the separator by which most column names are understood.
func readTable(text string, o Options) (table, error) {
	first, rest, _ := strings.Cut(text, "\n")
	try, skipped := separators, 0
	if sep, ok := strings.CutPrefix(first, "sep="); ok && len(sep) == 1 { // a line that Excel reads and hides
		try, text, skipped = []rune(sep), rest, 1
	}
	var best head
	known := newDictionary(names)
	if o.referrals {
		known = newDictionary(names, referralNames)
	}
	for _, separator := range try {
		h := known.findHead(firstRecords(text, separator))
		if best.separator == 0 || h.understood > best.understood {
			best, best.separator = h, separator
		}
	}
	if err := best.check(); err != nil {
		return table{}, err
	}
	all, err := cut(text, best.separator, MostRows+best.rows+skipped+1)
	if err != nil {
		return table{}, err
	}
	t := table{header: best.cells, columns: best.columns, notes: best.notes()}
	for i, r := range all {
		r.line += skipped
		if i >= best.rows && !r.empty() {
			t.records = append(t.records, r)
		}
	}
	return t, nil
}

// firstRecords cuts the lines in which column names are looked for.
func firstRecords(text string, separator rune) []record {
	r := csvReader(text, separator)
	r.LazyQuotes = true
	var all []record
	for len(all) < headLines {
		cells, err := r.Read()
		if err != nil {
			break
		}
		line, _ := r.FieldPos(0)
		all = append(all, record{line, cells})
	}
	return all
}

func csvReader(text string, separator rune) *csv.Reader {
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord = separator, -1
	return r
}

// cut cuts a text into records. It is Invalid where a quote is not closed, or stands inside of a cell.
func cut(text string, separator rune, most int) (all []record, err error) {
	r := csvReader(text, separator)
	for {
		cells, err := r.Read()
		var wrong *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return all, nil
		case errors.As(err, &wrong):
			return nil, fault.In("file", "A quotation mark in line %d is not closed, or stands inside of a cell. "+
				"Put the "+
				"whole cell in quotation marks and write each one inside it twice.", wrong.StartLine)
		case err != nil:
			return nil, fmt.Errorf("reading a table: %w", err)
		case len(cells) > mostColumns:
			return nil, fault.In("file", "The file has more than %d columns. Keep those about people.", mostColumns)
		}
		line, _ := r.FieldPos(0)
		all = append(all, record{line, cells})
		if len(all) > 2*most { // empty lines are allowed, within reason
			return nil, fault.In("file", "The file has more than %d rows, the most that can be imported at once. "+
				"Split it.",
				MostRows)
		}
	}
}
