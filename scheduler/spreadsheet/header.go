package spreadsheet

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"almanac/scheduler/fault"
)

// meaning is what a column holds.
type meaning int

// The meanings of columns.
const (
	unknown meaning = iota
	fullName
	firstName
	middleName
	lastName
	secondLastName
	email
	phone
	zone
	language
	externalID
	earliest
	priority
	consents
	consentEmail
	consentSMS
	consentVoice
	consentText
	consentDate
	times
	source
	waiting
	programme
)

// column is a column of a file.
type column struct {
	meaning meaning
	system  string // of an externalID
	spanish bool   // its name is Spanish and not English too
	turned  bool   // of a fullName: the last name comes first
}

// names are the column names of each meaning without accents and case, English before the bar and Spanish behind it.
var names = map[meaning]string{
	fullName: "name, full name, fullname, patient, patient name, client, client name, participant, participant name, " +
		"person | nombre, nombre completo, nombre y apellido, nombre y apellidos, paciente, persona",
	firstName: "first name, firstname, first, given name, given names, forename | nombres, primer nombre, " +
		"nombre de pila",
	middleName:     "middle name, middle, middle initial | segundo nombre",
	lastName:       "last name, lastname, last, surname, family name | apellido, apellidos, primer apellido",
	secondLastName: "second last name | segundo apellido",
	email: "email, e mail, mail, email address, e mail address, contact email | correo, correo electronico, " +
		"direccion de correo, direccion de correo electronico",
	phone: "phone, phone number, telephone, telephone number, tel, mobile, mobile phone, mobile number, cell, " +
		"cell phone, cellphone, home phone, contact number | telefono, numero de telefono, celular, movil, " +
		"telefono movil, telefono celular",
	zone:     "zone, time zone, timezone, tz | zona, zona horaria, huso horario",
	language: "language, lang, preferred language | idioma, lengua, idioma preferido",
	externalID: "external id, externalid, mrn, medical record number, record number, chart number, patient id, " +
		"client id, record id | expediente, numero de expediente, historia clinica, numero de historia clinica, " +
		"id externo",
	earliest: "earliest, earliest date, earliest start, earliest start date, start from, not before, available from, " +
		"date, start date | fecha, fecha de inicio, fecha mas temprana, desde, a partir de, disponible desde",
	priority: "priority | prioridad",
	consents: "consent, consents, consent to contact, contact consent | consentimiento, consentimientos",
	consentEmail: "consent email, email consent, consent to email, ok to email | consentimiento correo, " +
		"consentimiento email, consentimiento correo electronico",
	consentSMS: "consent sms, sms consent, consent text, text consent, consent text message, consent to text, " +
		"ok to text | consentimiento sms, consentimiento mensaje, consentimiento mensajes, consentimiento texto",
	consentVoice: "consent voice, voice consent, consent phone, phone consent, consent call, consent calls, " +
		"consent to call, ok to call | consentimiento voz, consentimiento telefono, consentimiento llamada, " +
		"consentimiento llamadas",
	consentText: "consent text version, consent version | version del consentimiento, version de consentimiento",
	consentDate: "consent date, consented on, consent given on, date of consent | fecha de consentimiento, " +
		"fecha del consentimiento",
}

// referralNames are the column names that only a table of referrals has.
var referralNames = map[meaning]string{
	times: "times, preferred times, preferred time, availability, when | horario, horarios, horario preferido, " +
		"disponibilidad",
	source: "source, referred by, referral source, referrer | referido por, remitido por, derivado por, origen",
	waiting: "while waiting, contact while waiting, note, notes, comment, comments | mientras espera, nota, notas, " +
		"comentario, comentarios, observaciones",
	programme: "programme, program, protocol | programa, protocolo",
}

// turned are the names of columns with whole names that begin with the last name.
var turned = []string{"last name first name", "last first", "apellidos nombre", "apellido nombre", "apellidos y nombre",
	"apellidos y nombres"}

// dictionary are the columns by their names.
type dictionary map[string]column

func newDictionary(tables ...map[meaning]string) dictionary {
	all := dictionary{}
	for _, names := range tables {
		all.add(names)
	}
	return all
}

// add adds the columns of a table of names.
func (known dictionary) add(names map[meaning]string) {
	for m, text := range names {
		english, spanish, _ := strings.Cut(text, "|")
		for _, name := range strings.Split(english, ",") {
			known[strings.TrimSpace(name)] = column{meaning: m}
		}
		for _, name := range strings.Split(spanish, ",") {
			if name = strings.TrimSpace(name); known[name] == (column{}) {
				known[name] = column{meaning: m, spanish: true}
			}
		}
	}
}

// idPrefix begins the name of a column with the ids of one other system.
const idPrefix = "external id:"

// columnOf tells what a column name means.
func (known dictionary) columnOf(name string) column {
	name = strings.TrimSpace(name)
	if rest, ok := cutFold(name, idPrefix); ok {
		return column{meaning: externalID, system: strings.TrimSpace(rest)}
	}
	folded := fold(name)
	c := known[folded]
	if slices.Contains(turned, folded) {
		c = column{meaning: fullName, spanish: strings.HasPrefix(folded, "a"), turned: true}
	}
	if c.meaning == externalID {
		c.system = strings.ReplaceAll(folded, " ", "-")
	}
	return c
}

func cutFold(text, prefix string) (rest string, ok bool) {
	if len(text) < len(prefix) || !strings.EqualFold(text[:len(prefix)], prefix) {
		return "", false
	}
	return text[len(prefix):], true
}

// fold writes a word without case, accents and punctuation, with single spaces.
func fold(text string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(text))), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), " ")
}

// headLines is in how many lines column names are looked for.
const headLines = 5

// head is what the first lines of a file are, cut with one separator.
type head struct {
	separator  rune
	cells      []string
	columns    []column
	understood int
	line       int // of the column names
	rows       int // how many records they and what stands around them take
	twice      int // a second line of column names; 0: none
	data       bool
}

// findHead finds the line of column names: the first one of which most are understood.
func (known dictionary) findHead(first []record) (h head) {
	at := -1
	for i, r := range first {
		columns, n := known.columnsOf(r.cells)
		if n > h.understood {
			h.cells, h.columns, h.understood, h.line, at = r.cells, columns, n, r.line, i
		}
		h.data = h.data || slices.ContainsFunc(r.cells, func(cell string) bool { return strings.Contains(cell, "@") })
	}
	h.rows = at + 1
	if at >= 0 && at+1 < len(first) {
		_, n := known.columnsOf(first[at+1].cells)
		if n > 1 && n == filled(first[at+1].cells) {
			h.rows, h.twice = at+2, first[at+1].line
		}
	}
	return h
}

func (known dictionary) columnsOf(cells []string) (columns []column, understood int) {
	for _, cell := range cells {
		c := known.columnOf(cell)
		if c.meaning != unknown {
			understood++
		}
		columns = append(columns, c)
	}
	return columns, understood
}

func filled(cells []string) (n int) {
	for _, cell := range cells {
		if strings.TrimSpace(cell) != "" {
			n++
		}
	}
	return n
}

// check is Invalid when the names of people cannot be found.
func (h head) check() error {
	switch {
	case h.understood == 0 && h.data:
		return fault.In("file", "The first line holds people and no column names. Put a line above it, such as: "+
			"name, email, phone.")
	case h.understood == 0:
		return fault.In("file", "No line with column names was found. Put one at the top, such as: name, email, phone.")
	case !h.has(fullName) && !h.has(firstName) && !h.has(lastName):
		return fault.In("file", "No column holds names. Call one of them “name”, or two of them “first name” and "+
			"“last name”.")
	}
	return nil
}

func (h head) has(m meaning) bool {
	return slices.ContainsFunc(h.columns, func(c column) bool { return c.meaning == m })
}

// notes say which lines and columns are left out.
func (h head) notes() (notes []string) {
	before := h.rows - 1
	if h.twice > 0 {
		before--
	}
	switch {
	case before == 1:
		notes = append(notes, fmt.Sprintf("The column names are in line %d. The line above was left out.", h.line))
	case before > 1:
		notes = append(notes, fmt.Sprintf("The column names are in line %d. The lines above were left out.", h.line))
	}
	if h.twice > 0 {
		notes = append(notes, fmt.Sprintf("Line %d holds column names again and was left out.", h.twice))
	}
	var unused []string
	for i, c := range h.columns {
		if name := strings.TrimSpace(h.cells[i]); c.meaning == unknown && name != "" && name != whyColumn {
			unused = append(unused, "“"+shortened(name)+"”")
		}
	}
	const shown = 8
	if more := len(unused) - shown; more > 1 {
		unused = append(unused[:shown], fmt.Sprintf("%d more", more))
	}
	if len(unused) > 0 {
		notes = append(notes, "These columns are not used: "+strings.Join(unused, ", ")+".")
	}
	return notes
}

// shortened is a text as it is repeated in a sentence.
func shortened(text string) string {
	if runes := []rune(text); len(runes) > 40 {
		return string(runes[:39]) + "…"
	}
	return text
}
