package protocols_test

import (
	"testing"
	"time"

	"almanac/protocols/civil"
)

func date(t testing.TB, text string) civil.Date {
	t.Helper()
	d, err := civil.ParseDate(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func zones(t testing.TB) *civil.Zones {
	t.Helper()
	z, err := civil.BuiltinZones()
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func location(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := zones(t).Location(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}
