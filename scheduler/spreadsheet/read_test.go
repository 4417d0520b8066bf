package spreadsheet_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"almanac/scheduler"
	"almanac/scheduler/fault"
	"almanac/scheduler/spreadsheet"
)

// read reads a table that can be read.
func read(t *testing.T, text string) spreadsheet.People {
	t.Helper()
	people, err := spreadsheet.ReadPeople([]byte(text), spreadsheet.Options{ConsentText: "1"})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return people
}

// said writes what a row asks for, in one line.
func said(r spreadsheet.Row) string {
	c := r.Who.Contact
	parts := []string{c.Name, c.Email, c.Phone, r.Who.Zone, r.Who.Language}
	if !r.Who.Earliest.IsZero() {
		parts = append(parts, r.Who.Earliest.String())
	}
	for _, id := range c.ExternalIDs {
		parts = append(parts, id.System+"="+id.Value)
	}
	for _, one := range c.Consents {
		parts = append(parts, string(one.Channel)+"/"+one.TextVersion)
	}
	for _, f := range r.Wrong {
		parts = append(parts, "["+f.Field+": "+f.Message+"]")
	}
	return strings.Join(parts, "|")
}

func TestColumnsAreGuessed(t *testing.T) {
	t.Parallel()
	for _, x := range []struct{ text, want string }{
		{"name,email,phone\nAna Ruiz,ana@clinic.example,+1 (202) 555-0100",
			"Ana Ruiz|ana@clinic.example|+1 (202) 555-0100||"},
		{"Nombre;Apellidos;Correo electrónico;Teléfono\nAna;Ruiz Peña;ana@clinic.example;202 555 0100",
			"Ana Ruiz Peña|ana@clinic.example|202 555 0100||"},
		{"First Name\tLast Name\tE-Mail\tTime zone\tLanguage\nAna\tRuiz\t\tEastern\tSpanish",
			"Ana Ruiz|||America/New_York|es"},
		{"NOMBRE,SEGUNDO NOMBRE,PRIMER APELLIDO,SEGUNDO APELLIDO,IDIOMA\nAna,María,Ruiz,Peña,Inglés",
			"Ana María Ruiz Peña||||en"},
		{"Last name, first name;MRN\n\"Ruiz, Ana\";'00123", "Ana Ruiz|||||mrn=00123"},
		{"name,External ID: Epic\nAna Ruiz,\"=\"\"00123\"\"\"", "Ana Ruiz|||||Epic=00123"},
		{"nombre,número de expediente,zona horaria\nAna Ruiz,E-7,Pacífico",
			"Ana Ruiz|||America/Los_Angeles||numero-de-expediente=E-7"},
		{"name,phone,cell\nAna Ruiz,,202 555 0100", "Ana Ruiz||202 555 0100||"},
		{"sep=;\nname;phone\nAna Ruiz;2025550100.0", "Ana Ruiz||2025550100||"},
		{"name|phone\nAna Ruiz|'+12025550100", "Ana Ruiz||+12025550100||"},
		{"name,consent\nAna Ruiz,\"email, text\"", "Ana Ruiz|||||email/1|sms/1"},
		{"name,consent email,consent sms\nAna Ruiz,Sí,no", "Ana Ruiz|||||email/1"},
		{"name,consent,consent version\nAna Ruiz,correo,2025-b", "Ana Ruiz|||||email/2025-b"},
		{"name,earliest\nAna Ruiz,46053", "Ana Ruiz|||||2026-01-31"},
		{"name,full name,first name,last name\nAna,Bo,,\n", "Ana||||"},
		{"name" + strings.Repeat(",x", 29) + "\nAna Ruiz", "Ana Ruiz||||"},
		{"name,priority\nAna Ruiz,high", "Ana Ruiz|||||[priority: This is not a whole number."},
		{"name,mail\nAna Ruiz,ana@clinic.example,extra, cells",
			"Ana Ruiz|ana@clinic.example||||[: This row has 4 cells, and there are 2 columns."},
		{"name,phone\nAna Ruiz,5.55E+09", "Ana Ruiz|||||[phone: The spreadsheet shortened this number to 5.55E+09, "},
		{"name,email\n=1+1,=HYPERLINK(x)\n", "|||||[name: This cell is a formula. Replace it with its value.]|" +
			"[email: This cell is a formula. Replace it with its value.]"},
		{"name,email\n\"+cmd|' /C calc'!A0\",\n", "|||||[name: This cell is a formula."},
		{"name,language\nAna Ruiz,Klingon", "Ana Ruiz|||||[language: There is no language “Klingon” here."},
		{"name,consent\nAna Ruiz,yes", "Ana Ruiz|||||[consent: “yes” does not say to what the person agreed."},
	} {
		got := said(read(t, x.text).Rows[0])
		if !strings.HasPrefix(got, x.want) || !strings.Contains(x.want, "[") && got != x.want {
			t.Errorf("%s\nis read as %s\nnot as     %s", x.text, got, x.want)
		}
	}
}

func TestDatesAreReadAsWritten(t *testing.T) {
	t.Parallel()
	noted := "were read with the "
	for _, x := range []struct{ header, cells, want, note string }{
		{"earliest", "1/31/2026 2/3/2026", "2026-01-31 2026-02-03", ""},
		{"fecha", "31/1/2026 2/3/2026", "2026-01-31 2026-03-02", ""},
		{"earliest", "2/3/2026 4/4/26", "2026-02-03 2026-04-04", "Dates in the column “earliest” " + noted +
			"month first"},
		{"fecha", "2/3/2026", "2026-03-02", "Dates in the column “fecha” " + noted + "day first"},
		{"date", "45678 2026-01-31 2026-1-5 31.1.2026", "2025-01-21 2026-01-31 2026-01-05 2026-01-31", ""},
		{"date", "2026-01-31T00:00:00Z 6-ene-26 31/1/2026", "2026-01-31 2026-01-06 2026-01-31", ""},
		{"date", "1/31/2026 31/1/2026 2/3/2026", "2026-01-31 2026-01-31 This-column-has-dates", ""},
		{"date", "2/30/2026 soon 99999 12/13/14/15", "There-is-no-such This-is-not-a This-is-not-a This-is-not-a", ""},
	} {
		nombre := "nombre"
		if x.header != "fecha" {
			nombre = "name"
		}
		text := nombre + "," + x.header + "\n"
		for _, cell := range strings.Fields(x.cells) {
			text += "Ana Ruiz," + cell + "\n"
		}
		people := read(t, text)
		for i, want := range strings.Fields(x.want) {
			got := people.Rows[i].Who.Earliest.String()
			if w := people.Rows[i].Wrong; len(w) > 0 {
				got = strings.ReplaceAll(w[0].Message, " ", "-")
			}
			if !strings.HasPrefix(got, want) {
				t.Errorf("%s of %q is read as %s, not as %s", strings.Fields(x.cells)[i], x.header, got, want)
			}
		}
		if notes := strings.Join(people.Notes, " "); !strings.HasPrefix(notes, x.note) || x.note == "" && notes != "" {
			t.Errorf("%q: noted %q, not %q", x.cells, notes, x.note)
		}
	}
	for text, want := range map[string]string{"January 5, 2026": "2026-01-05", "5 de enero de 2026": "2026-01-05",
		"45 678": "2025-01-21", "1/31/2026 14:30": "2026-01-31"} {
		if got := read(t, "name,earliest\nAna,\""+text+"\"").Rows[0]; got.Who.Earliest.String() != want {
			t.Errorf("%s is read as %s", text, said(got))
		}
	}
}

func TestEncodings(t *testing.T) {
	t.Parallel()
	const text = "nombre;teléfono\nÁngel Núñez Ibáñez;202 555 0100\nAña García;202 555 0101\n"
	encoded := func(e encoding.Encoding) string {
		out, err := e.NewEncoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	for name, x := range map[string]struct{ data, note string }{
		"UTF-8":               {text, ""},
		"UTF-8 with a mark":   {"\ufeff" + text, ""},
		"lines of Windows":    {strings.ReplaceAll(text, "\n", "\r\n"), ""},
		"lines of an old Mac": {strings.ReplaceAll(text, "\n", "\r"), ""},
		"UTF-16LE":            {encoded(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)), ""},
		"UTF-16BE":            {encoded(unicode.UTF16(unicode.BigEndian, unicode.UseBOM)), ""},
		"UTF-16LE, no mark": {encoded(unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)),
			"The file was read as UTF-16."},
		"UTF-16BE, no mark": {encoded(unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)),
			"The file was read as UTF-16."},
		"Windows-1252": {encoded(charmap.Windows1252),
			"The file is not UTF-8 and was read as Windows-1252. Check a name with an accent."},
	} {
		people := read(t, x.data)
		if len(people.Rows) != 2 || people.Rows[0].Who.Contact.Name != "Ángel Núñez Ibáñez" ||
			people.Rows[1].Who.Contact.Phone != "202 555 0101" || strings.Join(people.Notes, " ") != x.note {
			t.Errorf("%s is read as %+v", name, people)
		}
	}
}

func TestLinesAboveAndColumnsBeside(t *testing.T) {
	t.Parallel()
	people := read(t, "Exported on Monday,,\nName,Email,Insurance\nNombre,Correo,\nAna Ruiz,ana@clinic.example,yes\n\n")
	if len(people.Rows) != 1 || people.Rows[0].Line != 4 {
		t.Fatalf("read %+v", people.Rows)
	}
	want := "The column names are in line 2. The line above was left out. Line 3 holds column names again and was " +
		"left " +
		"out. These columns are not used: “Insurance”."
	if got := strings.Join(people.Notes, " "); got != want {
		t.Errorf("noted %q, not %q", got, want)
	}
}

// A table of thirty columns, as a health record exports it, is read by the few that mean something.
func TestTablesOfThirtyColumns(t *testing.T) {
	t.Parallel()
	header, row := "Name,Email", "Ana Ruiz,ana@clinic.example"
	for i := range 28 {
		header, row = header+fmt.Sprintf(",Field %d", i), row+",x"
	}
	people := read(t, header+"\n"+row+"\n")
	if len(people.Rows) != 1 || people.Rows[0].Who.Contact.Email != "ana@clinic.example" ||
		len(people.Rows[0].Wrong) > 0 {
		t.Fatalf("read %+v", people.Rows)
	}
	if got := strings.Join(people.Notes, " "); !strings.Contains(got, "“Field 7”, 20 more.") {
		t.Errorf("noted %q", got)
	}
}

func TestFilesThatAreRefused(t *testing.T) {
	t.Parallel()
	rows := strings.Repeat("Ana Ruiz,x\n", spreadsheet.MostRows+1)
	for name, x := range map[string]struct{ data, sentence string }{
		"nothing": {" \n\n", "There is nothing in it."},
		"no rows": {"name,email\n\n", "no rows"},
		"people only": {"Ana Ruiz,ana@clinic.example\nBo Li,bo@clinic.example",
			"holds people and no column names"},
		"no column names":   {"a,b\nc,d", "No line with column names"},
		"no names":          {"email,phone\nana@clinic.example,", "No column holds names"},
		"a workbook":        {"PK\x03\x04rest", "This is a workbook"},
		"an old workbook":   {"\xd0\xcf\x11\xe0rest", "an old Excel workbook"},
		"a document":        {"%PDF-1.7", "This is a PDF"},
		"no text":           {"name,email\n\x00\x01\x02,a\x00", "not text"},
		"an open quote":     {"name,email\nAna,a@b.example\n\"Bo,b@b.example\n", "mark in line 3 is not closed"},
		"too many rows":     {"name,email\n" + rows, "at most 5000"},
		"far too many rows": {"name\n" + strings.Repeat("A\n", 4*spreadsheet.MostRows), "more than 5000 rows"},
		"too many columns":  {"name" + strings.Repeat(",x", 300) + "\nAna\n", "more than 200 columns"},
		"50 MB":             {"name\n" + strings.Repeat("Ana Ruiz\n", 50<<20/9), "larger than 4 MB"},
	} {
		people, err := spreadsheet.ReadPeople([]byte(x.data), spreadsheet.Options{})
		var f *fault.Error
		if !errors.As(err, &f) || f.Field != "file" || f.Kind != fault.Invalid || !strings.Contains(f.Message,
			x.sentence) ||
			len(people.Rows) > 0 {
			t.Errorf("%s: %v with %d rows, not %q", name, err, len(people.Rows), x.sentence)
		}
	}
}

// Whatever people are called, what is written holds no formula and is read as the same people.
func TestPeopleComeBack(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 6, 23, 30, 15, 120e6, time.UTC)
	var people []spreadsheet.Contact
	for i, name := range []string{"Ana Ruiz", "Núñez, Íñigo", "=cmd|' /C calc'!A0", "'=1", "''1", "'7",
		"'Oumuamua", "-5",
		"@me", "＝1", "\"=1\"", "O’Brien \"Bo\"", "007", "|x", "%a", "a;b\t,c"} {
		people = append(people, spreadsheet.Contact{Zone: "America/New_York", Language: "es",
			Contact: scheduler.Contact{
				Name: name, Email: fmt.Sprintf("p%d@clinic.example", i), Phone: "+12025550100",
				Consents: []scheduler.Consent{
					{Channel: scheduler.Email, TextVersion: "1 b; c", GivenAt: at, How: "paper"},
					{Channel: scheduler.SMS, TextVersion: "1", GivenAt: at},
					{Channel: scheduler.SMS, TextVersion: "=2", GivenAt: at.AddDate(0, 1, 0)}},
				ExternalIDs: []scheduler.ExternalID{{System: "Epic", Value: name},
					{System: "MRN-2", Value: "00" + name}},
			}})
	}
	var file bytes.Buffer
	if err := spreadsheet.WritePeople(&file, people); err != nil {
		t.Fatal(err)
	}
	for _, cell := range strings.Split(strings.ReplaceAll(file.String(), "\r\n", ","), ",") {
		if bare := strings.TrimLeft(cell, `"`); bare != "" && strings.ContainsAny(bare[:1], "=+-@\t\r") {
			t.Errorf("the cell %s is a formula", cell)
		}
	}
	got, err := spreadsheet.ReadPeople(file.Bytes(), spreadsheet.Options{})
	if err != nil || len(got.Rows) != len(people) || len(got.Notes) > 0 {
		t.Fatalf("%v with %d rows, noting %q", err, len(got.Rows), got.Notes)
	}
	for i, r := range got.Rows {
		want, have := fmt.Sprintf("%#v", people[i].Contact), fmt.Sprintf("%#v", r.Who.Contact)
		if want != have || len(r.Wrong) > 0 || r.Who.Zone != people[i].Zone || r.Who.Language != people[i].Language {
			t.Errorf("\n%s\ncame back as\n%s\n%v", want, have, r.Wrong)
		}
	}
}

// The rows that were left out are imported once they are corrected: the column with the reasons is known, and those of
// an earlier import go.
func TestRejectsAreImportedAgain(t *testing.T) {
	t.Parallel()
	why := "Email: This is not an email address."
	rejects := func(table string) string {
		t.Helper()
		people := read(t, table)
		if len(people.Notes) > 0 {
			t.Errorf("of %q it notes %q", table, people.Notes)
		}
		var file bytes.Buffer
		if err := spreadsheet.WriteRejects(&file, people, map[int]string{2: why}); err != nil {
			t.Fatal(err)
		}
		return file.String()
	}
	first := rejects("Name,Email\nAna Ruiz,ana@\n")
	if again := rejects(first); again != first || strings.Count(again, why) != 1 {
		t.Errorf("the second time the rows are\n%s\nthe first time\n%s", again, first)
	}
}

func FuzzReadPeople(f *testing.F) {
	for _, seed := range []string{"name,email\nAna Ruiz,ana@clinic.example\n",
		"nombre;apellidos;fecha\nAna;Ruiz;31/1/2026",
		"\xff\xfen\x00a\x00", "sep=,\nname,consent email\n\"'=x\",2026-01-06T00:00:00Z 1\n",
		"first name\tphone\nA\t5.5E+09"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		people, err := spreadsheet.ReadPeople(data, spreadsheet.Options{ConsentText: "1"})
		if err != nil {
			if fault.KindOf(err) != fault.Invalid {
				t.Fatal(err)
			}
			return
		}
		contacts := make([]spreadsheet.Contact, 0, len(people.Rows))
		for _, r := range people.Rows {
			if r.Line < 1 || len(r.Cells) == 0 {
				t.Fatalf("a row without a line: %+v", r)
			}
			name, problem := scheduler.CheckLine("name", "The name", r.Who.Contact.Name)
			if problem != nil || name == "" || len(r.Wrong) > 0 {
				continue
			}
			contacts = append(contacts, spreadsheet.Contact{Contact: scheduler.Contact{Name: name}})
		}
		var file bytes.Buffer
		if err := spreadsheet.WritePeople(&file, contacts); err != nil {
			t.Fatal(err)
		}
		if len(contacts) == 0 || file.Len() > spreadsheet.MostBytes {
			return
		}
		again, err := spreadsheet.ReadPeople(file.Bytes(), spreadsheet.Options{})
		if err != nil || len(again.Rows) != len(contacts) {
			t.Fatalf("%v: %d of %d came back\n%q", err, len(again.Rows), len(contacts), file.String())
		}
		for i, r := range again.Rows {
			if r.Who.Contact.Name != contacts[i].Name || len(r.Wrong) > 0 {
				t.Fatalf("%q came back as %q %v", contacts[i].Name, r.Who.Contact.Name, r.Wrong)
			}
		}
	})
}
