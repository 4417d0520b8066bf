package scheduler

import (
	"errors"
	"log/slog"
	"slices"
	"strings"

	"almanac/scheduler/fault"
)

// Redisclosure goes with every record that leaves the programme: 42 CFR 2.32(a)(2), to the letter. It never stands in
// anything that is sent to the person whose record it is.
const Redisclosure = "42 CFR part 2 prohibits unauthorized use or disclosure of these records."

// DisclosureBasis is what allows a disclosure.
type DisclosureBasis string

// The bases of disclosures.
const (
	BasisConsent   DisclosureBasis = "consent"           // 42 CFR 2.33; the disclosure names the consent
	BasisEmergency DisclosureBasis = "medical-emergency" // 42 CFR 2.51
	BasisCourt     DisclosureBasis = "court-order"       // 42 CFR subpart E
	BasisAudit     DisclosureBasis = "audit"             // 42 CFR 2.53
)

// DisclosureBases lists the bases in the order of a form.
func DisclosureBases() []DisclosureBasis {
	return []DisclosureBasis{BasisConsent, BasisEmergency, BasisCourt, BasisAudit}
}

// DisclosureWays lists how records can leave: by a program or in a file, which Almanac logs itself, or otherwise.
func DisclosureWays() []string {
	return []string{"api", "file", "letter", "phone", "fax", "email", "in-person"}
}

// DisclosureTerms are what a disclosure says in words.
type DisclosureTerms struct {
	To      string `json:"to"`      // who received it
	Purpose string `json:"purpose"` // what for; in an emergency, its nature
	What    string `json:"what"`    // which records
}

// LogValue keeps a disclosure out of logs.
func (DisclosureTerms) LogValue() slog.Value { return slog.StringValue("withheld") }

// Disclosure is one disclosure of a person's records outside the programme.
type Disclosure struct {
	ID, Person ID
	DisclosureTerms
	Basis   DisclosureBasis
	Consent ID // that it rests on; empty: Basis is another one
	How     string
}

// Check tidies a disclosure that staff log. It is Invalid, one fault for each field: to, purpose, what, basis, how.
func (d Disclosure) Check() (Disclosure, error) {
	var wrong []error
	for _, e := range []struct {
		field, name, missing string
		text                 *string
	}{
		{"to", "Who received it", "Say who received it: the name of a person or an organization.", &d.To},
		{"purpose", "The purpose", "Say what it was for; in an emergency, what the emergency was.", &d.Purpose},
		{"what", "What was shared", "Say what was shared.", &d.What},
	} {
		tidy, err := CheckLine(e.field, e.name, *e.text)
		switch {
		case err != nil:
			wrong = append(wrong, err)
		case tidy == "":
			wrong = append(wrong, fault.In(e.field, "%s", e.missing))
		}
		*e.text = tidy
	}
	if !slices.Contains(DisclosureBases(), d.Basis) {
		wrong = append(wrong, fault.In("basis",
			"Say what allows it: consent, medical-emergency, court-order or audit."))
	}
	if !slices.Contains(DisclosureWays()[2:], d.How) {
		wrong = append(wrong, fault.In("how", "Say how it left: letter, phone, fax, email or in-person."))
	}
	return d, errors.Join(wrong...)
}

// Outside is where records go that leave the programme. The zero value: they stay inside.
type Outside struct {
	To, Purpose string
	// Relies is the kind of consent that it rests on: ConsentTPO or ConsentDisclosure.
	Relies ConsentKind
}

// Leaves tells whether records leave.
func (o Outside) Leaves() bool { return o != Outside{} }

// Check tidies where records go. It is Invalid in field "to", "purpose" or "relies_on".
func (o Outside) Check() (Outside, error) {
	var wrong []error
	var err *fault.Error
	if o.To, err = CheckLine("to", "Who receives it", o.To); err != nil {
		wrong = append(wrong, err)
	} else if o.To == "" {
		wrong = append(wrong, fault.In("to", "Say who receives the file, or leave all three empty if it stays inside."))
	}
	if o.Purpose, err = CheckLine("purpose", "The purpose", o.Purpose); err != nil {
		wrong = append(wrong, err)
	} else if o.Purpose == "" {
		wrong = append(wrong, fault.In("purpose", "Say what the file is for."))
	}
	if err := CheckRelies(o.Relies); err != nil {
		wrong = append(wrong, err)
	}
	return o, errors.Join(wrong...)
}

// CheckRelies is Invalid, in field "relies_on", for a kind of consent on which no program and no file can rest.
func CheckRelies(kind ConsentKind) error {
	if kind != ConsentTPO && kind != ConsentDisclosure {
		return fault.In("relies_on", "Say on which kind of consent it rests: for treatment, payment and "+
			"operations (tpo), or to one recipient (disclosure).")
	}
	return nil
}

// FoldRecipient makes names of recipients alike: case and spaces do not count.
func FoldRecipient(name string) string {
	return strings.ToLower(strings.Join(strings.Fields(name), " "))
}
