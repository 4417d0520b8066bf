package scheduler

import (
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"

	"almanac/scheduler/fault"
)

// fictional are the ranges that regulators keep for films and training and that the
// library does not call valid: Ofcom's and Arcep's.
var fictional = [...]string{"+447700900", "+441632960", "+443069990", "+3363998"}

// checkPhone reads one whole phone number and nothing besides: no extension, no
// second number. A number without a country code is read in region (ISO 3166); ""
// reads none. What is not valid there is refused with the reading, so that a zone
// or a digit can be put right.
func checkPhone(raw, region string) (string, *fault.Error) {
	bad := fault.In("phone",
		"This is not a phone number. Write it with its area code, like +1 202 555 0100, or leave it empty.")
	text, problem := tidyLine(plain(raw))
	if problem != "" || strings.Trim(text, "+0123456789 ().-\u00a0\u2010\u2011\u2012\u2013\uff0b") != "" {
		return "", bad
	}
	if text == "" {
		return "", nil
	}
	if region == "" && !strings.HasPrefix(text, "+") {
		return "", fault.In("phone",
			"This phone number has no country code, and the time zone belongs to no country. Write it like +1 202 "+
				"555 0100.")
	}
	number, err := phonenumbers.Parse(text, region)
	if err != nil {
		return "", bad
	}
	e164 := phonenumbers.Format(number, phonenumbers.E164)
	switch {
	case phonenumbers.IsValidNumber(number),
		slices.ContainsFunc(fictional[:], func(prefix string) bool { return strings.HasPrefix(e164, prefix) }):
		return e164, nil
	case text == e164 && phonenumbers.IsPossibleNumberWithReason(number) == phonenumbers.IS_POSSIBLE_LOCAL_ONLY:
		return e164, nil // a program says that this is the whole number
	case phonenumbers.IsPossibleNumberWithReason(number) != phonenumbers.IS_POSSIBLE:
		return "", bad
	case strings.HasPrefix(text, "+"):
		return "", fault.In("phone", "%s is not a valid phone number of its country. Check the digits, or leave "+
			"it empty.",
			shownPhone(number))
	}
	return "", fault.In("phone",
		"Read in the country of the time zone (%s), this phone number is %s, which does not exist. "+
			"Write it with its country code, like +1 202 555 0100, or correct the time zone.",
		region, shownPhone(number))
}

// shownPhone gives a number as people write it, with its country code.
func shownPhone(number *phonenumbers.PhoneNumber) string {
	return phonenumbers.Format(number, phonenumbers.INTERNATIONAL)
}
