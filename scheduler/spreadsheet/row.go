package spreadsheet

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/fault"
)

// rowReader reads the rows of one table.
type rowReader struct {
	table
	options Options
	spanish bool          // the column names are Spanish
	orders  map[int]order // how dates are written, by column
	notes   []string
}

func newRowReader(t table, o Options) *rowReader {
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	r := &rowReader{table: t, options: o, orders: map[int]order{}}
	spanish, understood := 0, 0
	for _, c := range t.columns {
		if c.meaning != unknown {
			understood++
		}
		if c.spanish {
			spanish++
		}
	}
	r.spanish = spanish*2 > understood
	for i, c := range t.columns {
		switch c.meaning {
		case earliest, consentDate, consentEmail, consentSMS, consentVoice:
			r.orders[i] = r.orderOf(i)
		}
	}
	return r
}

// orderOf finds in what order a column writes day and month, and notes it when only the language tells.
func (r *rowReader) orderOf(i int) order {
	var cells []string
	for _, record := range r.records {
		if i < len(record.cells) {
			cells = append(cells, strings.TrimSpace(record.cells[i]))
		}
	}
	found, doubt := findOrder(cells)
	if !doubt {
		return found
	}
	example := "month first, as in 1/31/2026"
	found = monthFirst
	if r.spanish {
		found, example = dayFirst, "day first, as in 31/1/2026"
	}
	r.notes = append(r.notes, "Dates in the column “"+shortened(strings.TrimSpace(r.header[i]))+"” were read with the "+
		example+".")
	return found
}

// reading is one row while it is read.
type reading struct {
	*rowReader
	record
	row  Row
	seen map[meaning]bool
}

// read reads one row. What cannot be read is a fault under the name of its column.
func (r *rowReader) read(rec record) Row {
	x := &reading{rowReader: r, record: rec, seen: map[meaning]bool{}}
	x.row.Line, x.row.Cells = rec.line, rec.cells
	if len(rec.cells) > len(r.columns) && filled(rec.cells[len(r.columns):]) > 0 {
		x.row.Wrong = append(x.row.Wrong, fault.New(fault.Invalid, "This row has %d cells, and there are %d columns. "+
			"Put cells that contain a comma in quotation marks.", len(rec.cells), len(r.columns)))
	}
	x.name()
	for i, c := range r.columns {
		if value := x.value(i); value != "" {
			x.take(i, c, value)
		}
	}
	x.consents()
	return x.row
}

// value gives a cell as it is meant: without what Excel or we put around it. A formula is a fault of a column that
// is used, and gives "".
func (x *reading) value(i int) string {
	if i >= len(x.cells) || i >= len(x.columns) || x.columns[i].meaning == unknown {
		return ""
	}
	raw := strings.TrimSpace(x.cells[i])
	if kept, ok := strings.CutPrefix(raw, `="`); ok && strings.HasSuffix(kept, `"`) { // Excel's way to keep zeros
		return strings.Trim(kept, `"`)
	}
	name := x.columns[i].meaning >= fullName && x.columns[i].meaning <= secondLastName
	if strings.HasPrefix(raw, "=") || name && strings.ContainsAny(raw[:min(1, len(raw))], "+-@") {
		x.wrong(i, "This cell is a formula. Replace it with its value.")
		return ""
	}
	if len(raw) > mostCell {
		x.wrong(i, "This cell is longer than any name, address or number. Correct it.")
		return ""
	}
	return undefused(raw)
}

func (x *reading) wrong(i int, sentence string) {
	problem := fault.In(strings.TrimSpace(x.header[i]), "%s", sentence)
	same := func(f *fault.Error) bool { return f.Field == problem.Field && f.Message == problem.Message }
	if !slices.ContainsFunc(x.row.Wrong, same) {
		x.row.Wrong = append(x.row.Wrong, problem)
		x.row.Unread = append(x.row.Unread, fieldOf(x.columns[i].meaning))
	}
}

// fieldOf names the field of a request that a column fills.
func fieldOf(m meaning) string {
	switch {
	case m >= fullName && m <= secondLastName:
		return "name"
	case m == email:
		return "email"
	case m == phone:
		return "phone"
	case m == language:
		return "language"
	}
	return ""
}

// name puts a name together from its parts. A column “name” beside one of last names holds first names.
func (x *reading) name() {
	var words []string
	for _, m := range []meaning{fullName, firstName, middleName, lastName, secondLastName} {
		for i, c := range x.columns {
			if c.meaning != m || m == fullName && slices.ContainsFunc(x.columns, isFirst) {
				continue
			}
			if value := x.value(i); value != "" {
				words = append(words, c.inOrder(value))
				break
			}
		}
	}
	x.row.Who.Contact.Name = strings.Join(words, " ")
	if len(words) == 0 { // a whole name instead of its parts, in this row
		for i, c := range x.columns {
			if c.meaning == fullName && x.row.Who.Contact.Name == "" {
				x.row.Who.Contact.Name = c.inOrder(x.value(i))
			}
		}
	}
}

// inOrder gives a name as it is said: of “Carter, Ben” the last name behind the first one, where the column says so.
func (c column) inOrder(name string) string {
	last, first, ok := strings.Cut(name, ",")
	if !c.turned || !ok {
		return name
	}
	return strings.TrimSpace(first) + " " + strings.TrimSpace(last)
}

func isFirst(c column) bool { return c.meaning == firstName }

// take takes one cell. Of several columns for one thing the first that is filled in counts.
func (x *reading) take(i int, c column, value string) {
	who := &x.row.Who
	if c.meaning == externalID {
		id := scheduler.ExternalID{System: c.system, Value: value}
		who.Contact.ExternalIDs = append(who.Contact.ExternalIDs, id)
		return
	}
	if x.seen[c.meaning] {
		return
	}
	x.seen[c.meaning] = true
	switch c.meaning {
	case email:
		who.Contact.Email = strings.TrimPrefix(value, "mailto:")
	case phone:
		who.Contact.Phone = x.phone(i, value)
	case zone:
		who.Zone = zoneName(value)
	case language:
		who.Language = x.language(i, value)
	case earliest:
		who.Earliest = x.date(i, value)
	case priority:
		n, err := strconv.Atoi(strings.TrimSuffix(value, ".0"))
		if err != nil {
			x.wrong(i, "This is not a whole number. Write it like 2, or leave it empty.")
		}
		who.Priority = n
	case times:
		var err error
		if x.row.Referral.Times, err = scheduler.ParsePreferredTimes(value); err != nil {
			x.wrong(i, fault.All(err)[0].Message)
		}
	case source:
		x.row.Referral.Source = value
	case waiting:
		x.row.Referral.Waiting = value
	case programme:
		x.row.Referral.Protocol = value
	}
}

// shortenedNumber is a long number as Excel shows it in a narrow column, and saves it.
var shortenedNumber = regexp.MustCompile(`^\+?\d([.,]\d+)?[eE]\+?\d+$`)

// phone gives a phone number as typed, without what spreadsheets add.
func (x *reading) phone(i int, value string) string {
	if shortenedNumber.MatchString(value) {
		x.wrong(i, "The spreadsheet shortened this number to "+value+", and its last digits are gone. Format the "+
			"column as "+
			"text, enter the numbers again, and save.")
		return ""
	}
	value = strings.TrimPrefix(value, "tel:")
	if whole, ok := strings.CutSuffix(value, ".0"); ok && len(whole) >= 10 {
		value = whole
	}
	return value
}

// languages are the names of the languages.
var languages = map[string]string{
	"en": "en", "eng": "en", "english": "en", "ingles": "en", "e": "en",
	"es": "es", "spa": "es", "esp": "es", "spanish": "es", "espanol": "es", "castellano": "es", "s": "es",
}

func (x *reading) language(i int, value string) string {
	word, _, _ := strings.Cut(fold(value), " ")
	found, ok := languages[word]
	if !ok {
		x.wrong(i, "There is no language “"+shortened(value)+"” here. Write en or es, or leave it empty.")
	}
	return found
}

// zones are names that people in the United States use for their time zones.
var zones = map[string]string{
	"eastern": "America/New_York", "central": "America/Chicago", "mountain": "America/Denver",
	"pacific": "America/Los_Angeles", "alaska": "America/Anchorage", "hawaii": "Pacific/Honolulu",
	"arizona": "America/Phoenix",
	"et":      "America/New_York", "est": "America/New_York", "edt": "America/New_York",
	"ct": "America/Chicago", "cst": "America/Chicago", "cdt": "America/Chicago",
	"mt": "America/Denver", "mst": "America/Denver", "mdt": "America/Denver",
	"pt": "America/Los_Angeles", "pst": "America/Los_Angeles", "pdt": "America/Los_Angeles",
	"este": "America/New_York", "centro": "America/Chicago", "montana": "America/Denver",
	"pacifico": "America/Los_Angeles",
}

// zoneName gives the IANA name of a zone that people call otherwise; any other text stays as it is.
func zoneName(value string) string {
	words := strings.Fields(fold(value))
	words = slices.DeleteFunc(words, func(w string) bool {
		return w == "time" || w == "standard" || w == "daylight" || w == "us" || w == "hora" || w == "del"
	})
	if len(words) == 1 && zones[words[0]] != "" {
		return zones[words[0]]
	}
	return value
}

func (x *reading) date(i int, value string) civil.Date {
	d, sentence := readDate(value, x.orders[i])
	if sentence != "" {
		x.wrong(i, sentence)
	}
	return d
}
