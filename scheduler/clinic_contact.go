package scheduler

import (
	"github.com/nyaruka/phonenumbers"

	"almanac/scheduler/fault"
)

// ClinicContact is what a clinic shows to people, on their own pages and in messages. Each part may be empty, and
// then it is not shown.
type ClinicContact struct {
	Name   string // as people know the clinic
	Phone  string // E.164
	Crisis string // a line for somebody in a crisis, in the clinic's own words
}

// Check tidies a contact; a phone number without a country code is read in region. Invalid with the field to correct.
func (c ClinicContact) Check(region string) (ClinicContact, []*fault.Error) {
	var faults []*fault.Error
	keep := func(into *string, tidy string, err *fault.Error) {
		if err != nil {
			faults = append(faults, err)
			return
		}
		*into = tidy
	}
	tidy, err := CheckLine("shown_name", "The name shown to people", c.Name)
	keep(&c.Name, tidy, err)
	tidy, err = checkPhone(c.Phone, region)
	keep(&c.Phone, tidy, err)
	tidy, err = CheckLine("crisis", "The crisis line", c.Crisis)
	keep(&c.Crisis, tidy, err)
	return c, faults
}

// ShownPhone gives the number as people write it, with its country code; empty without one.
func (c ClinicContact) ShownPhone() string {
	number, err := phonenumbers.Parse(c.Phone, "")
	if err != nil {
		return c.Phone
	}
	return shownPhone(number)
}
