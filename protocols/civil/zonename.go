package civil

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// abbreviations are short names that people type for a zone, with the place that most of them mean. An abbreviation is
// refused all the same: EST does not say whether the clocks change, and CST is used on three continents.
var abbreviations = map[string]string{
	"EST": "America/New_York", "EDT": "America/New_York", "ET": "America/New_York", "EST5EDT": "America/New_York",
	"CST": "America/Chicago", "CDT": "America/Chicago", "CT": "America/Chicago", "CST6CDT": "America/Chicago",
	"MST": "America/Denver", "MDT": "America/Denver", "MT": "America/Denver", "MST7MDT": "America/Denver",
	"PST": "America/Los_Angeles", "PDT": "America/Los_Angeles", "PT": "America/Los_Angeles",
	"PST8PDT": "America/Los_Angeles", "AKST": "America/Anchorage", "AKDT": "America/Anchorage",
	"AST": "America/Halifax", "ADT": "America/Halifax", "NST": "America/St_Johns", "NDT": "America/St_Johns",
	"HST": "Pacific/Honolulu", "GMT": "Europe/London", "BST": "Europe/London", "WET": "Europe/Lisbon",
	"WEST": "Europe/Lisbon", "CET": "Europe/Paris", "CEST": "Europe/Paris", "MET": "Europe/Paris",
	"EET": "Europe/Athens", "EEST": "Europe/Athens", "MSK": "Europe/Moscow", "IST": "Asia/Kolkata",
	"JST": "Asia/Tokyo", "AEST": "Australia/Sydney", "AEDT": "Australia/Sydney", "NZST": "Pacific/Auckland",
	"NZDT": "Pacific/Auckland",
}

// fixedOffset matches names that give an offset instead of a place: UTC+5, GMT-3, +02:00, Etc/GMT+5, EST5.
var fixedOffset = regexp.MustCompile(`^(?i:(etc/)?(utc|gmt|[a-z]{3,4})?[+-]?\d{1,2}(:?\d\d)?)$`)

// refuse says why a name is not accepted, and which one to type.
func (z *Zones) refuse(name string) error {
	upper := strings.ToUpper(strings.TrimSpace(name))
	switch {
	case upper == "":
		return errors.New("the time zone is missing; type a place such as America/New_York")
	case upper == "LOCAL" || upper == "LOCALTIME":
		return fmt.Errorf("%q means a different zone on every machine; type a place such as America/New_York",
			Clip(name))
	case abbreviations[upper] != "":
		return fmt.Errorf("%q is an abbreviation and not a place; type a place such as %s", Clip(name),
			abbreviations[upper])
	case fixedOffset.MatchString(upper):
		return fmt.Errorf("%q is an offset and does not know when clocks change; type a place such as "+
			"America/New_York, or UTC",
			Clip(name))
	}
	if near := z.near(name); near != "" {
		return fmt.Errorf("the time zone %q is unknown; did you mean %s?", Clip(name), near)
	}
	return fmt.Errorf("the time zone %q is unknown; type a place such as America/New_York", Clip(name))
}

// near finds the zone that a misspelt name most likely means, or "": by its city alone, so that "New York" and
// "America/Berlin" find theirs and a long common region does not make two cities alike.
func (z *Zones) near(name string) string {
	name = strings.ReplaceAll(strings.TrimSpace(name), " ", "_")
	typed := slices.Sorted(maps.Keys(z.canonical))
	cities, byCity := make([]string, 0, len(typed)), make(map[string]string, len(typed))
	for _, known := range typed {
		if strings.EqualFold(known, name) {
			return z.canonical[known]
		}
		city := known[strings.LastIndexByte(known, '/')+1:]
		if byCity[city] == "" || known == z.canonical[known] {
			byCity[city] = z.canonical[known]
		}
		cities = append(cities, city)
	}
	return byCity[Nearest(name[strings.LastIndexByte(name, '/')+1:], cities)]
}
