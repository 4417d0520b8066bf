package main

import (
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"almanac/scheduler/fault"
)

func formatFlag(set *pflag.FlagSet, formats ...string) *string {
	chosen := formats[0]
	allowed := strings.Join(formats, ", ")
	set.Func("format", "one of "+allowed, func(value string) error {
		if !slices.Contains(formats, value) {
			return fault.In("format", "it must be one of %s", allowed)
		}
		chosen = value
		return nil
	})
	return &chosen
}

// once refuses flags of a set that are given twice, where the last would silently
// win. They take values and are declared already.
func once(set *pflag.FlagSet, names ...string) {
	for _, name := range names {
		given := set.Lookup(name)
		given.Value = &onceValue{Value: given.Value, name: name}
	}
}

// onceValue is the value of a flag that names one thing.
type onceValue struct {
	pflag.Value
	name, text string
	given      bool
}

func (v *onceValue) Set(text string) error {
	if v.given {
		return fault.In(v.name, "it was %q before, and is given once", v.text)
	}
	v.given, v.text = true, text
	return v.Value.Set(text)
}

// wholeNumber declares a flag that takes a whole number.
func wholeNumber(set *pflag.FlagSet, name, usage string, take func(int)) {
	set.Func(name, usage, func(value string) error {
		n, err := strconv.Atoi(value)
		if err != nil {
			return fault.In(name, "it must be a whole number, such as 12")
		}
		take(n)
		return nil
	})
}
