package gate_test

import (
	"testing"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/gate"
)

// instants reads wall times as "2026-01-06T18:00", in a zone.
func instants(t *testing.T, zone string) (*time.Location, func(string) time.Time) {
	t.Helper()
	zones, err := civil.BuiltinZones()
	if err != nil {
		t.Fatal(err)
	}
	loc, err := zones.Location(zone)
	if err != nil {
		t.Fatal(err)
	}
	return loc, func(text string) time.Time {
		t.Helper()
		wall, err := civil.ParseWallTime(text)
		if err != nil {
			t.Fatal(err)
		}
		return civil.Resolve(wall, loc).Instant
	}
}

func TestRemindersKeepToTheHours(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		zone, due, now string
		want           string // empty: it does not leave
	}{
		"inside": {"America/New_York", "2026-01-06T18:00", "2026-01-05T12:00",
			"2026-01-06T18:00"},
		"when they open": {"America/New_York", "2026-01-06T09:00", "2026-01-05T12:00",
			"2026-01-06T09:00"},
		"a minute before": {"America/New_York", "2026-01-06T08:59", "2026-01-05T12:00",
			"2026-01-05T19:59"},
		"the last minute": {"America/New_York", "2026-01-06T19:59", "2026-01-05T12:00",
			"2026-01-06T19:59"},
		"when they close": {"America/New_York", "2026-01-06T20:00", "2026-01-05T12:00",
			"2026-01-06T19:59"},
		"midnight": {"America/New_York", "2026-01-06T00:00", "2026-01-05T12:00",
			"2026-01-05T19:59"},
		"the hours before are over": {"America/New_York", "2026-01-06T07:00", "2026-01-06T10:00",
			"2026-01-06T10:00"},
		"over, and nobody may be woken": {"America/New_York", "2026-01-06T07:00", "2026-01-06T06:00", ""},
		"the last minute is this one": {"America/New_York", "2026-01-06T22:00", "2026-01-06T19:59",
			"2026-01-06T19:59"},
		"the day the clocks go forward": {"America/New_York", "2026-03-08T03:30", "2026-03-07T12:00",
			"2026-03-07T19:59"},
		"after the day they go forward": {"America/New_York", "2026-03-09T08:00", "2026-03-08T12:00",
			"2026-03-08T19:59"},
		"the day the clocks go back": {"America/New_York", "2026-11-01T01:30", "2026-10-31T12:00",
			"2026-10-31T19:59"},
		"late on the day they go back": {"America/New_York", "2026-11-01T21:00", "2026-10-31T12:00",
			"2026-11-01T19:59"},
		"where midnight does not exist": {"America/Santiago", "2026-09-06T01:00", "2026-09-05T12:00",
			"2026-09-05T19:59"},
		"where half an hour makes a day": {"Australia/Lord_Howe", "2026-10-04T08:59", "2026-10-03T12:00",
			"2026-10-03T19:59"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			zone, at := instants(t, c.zone)
			got, leaves := gate.HoursOn(scheduler.SMS, gate.Hours{}).Remind(at(c.due), at(c.now), zone)
			if leaves != (c.want != "") || leaves && !got.Equal(at(c.want)) {
				t.Errorf("%s %t, want %q", got.In(zone), leaves, c.want)
			}
		})
	}
}

func TestEmailHasNoHoursUnlessSet(t *testing.T) {
	t.Parallel()
	zone, at := instants(t, "America/New_York")
	night := at("2026-01-06T03:00")
	if got, leaves := gate.HoursOn(scheduler.Email, gate.Hours{}).Remind(night, night, zone); !leaves ||
		!got.Equal(night) {
		t.Errorf("without hours: %s %t", got, leaves)
	}
	own := gate.Hours{From: civil.Clock{Hour: 7}, Until: civil.Clock{Hour: 22, Minute: 30}}
	if got, leaves := gate.HoursOn(scheduler.Email, own).Remind(night, at("2026-01-05T12:00"), zone); !leaves ||
		!got.Equal(at("2026-01-05T22:29")) {
		t.Errorf("with hours: %s %t", got.In(zone), leaves)
	}
	if gate.HoursOn(scheduler.Voice, own) != gate.HoursOn(scheduler.SMS, gate.Hours{}) {
		t.Error("the hours of e-mail change those of calls")
	}
}

func TestChangesOutsideTheHours(t *testing.T) {
	t.Parallel()
	hours := gate.HoursOn(scheduler.SMS, gate.Hours{})
	for name, c := range map[string]struct {
		start, now string
		leave      gate.Disturbing
		how        gate.Act
		at         string
	}{
		"by day":                    {"2026-01-06T18:00", "2026-01-06T12:00", "", gate.TellNow, "2026-01-06T12:00"},
		"by night, late session":    {"2026-01-07T18:00", "2026-01-06T21:00", "", gate.TellWhen, "2026-01-07T09:00"},
		"before dawn, late session": {"2026-01-07T18:00", "2026-01-07T05:00", "", gate.TellWhen, "2026-01-07T09:00"},
		"early session":             {"2026-01-07T08:00", "2026-01-06T21:00", "", gate.TellCall, "2026-01-06T21:05"},
		"early session, with leave": {"2026-01-07T08:00", "2026-01-06T21:00", gate.DisturbUrgent, gate.TellNow,
			"2026-01-06T21:00"},
		"late session, with leave": {"2026-01-07T18:00", "2026-01-06T21:00", gate.DisturbUrgent, gate.TellWhen,
			"2026-01-07T09:00"},
		"as they open":              {"2026-01-07T09:00", "2026-01-06T21:00", "", gate.TellCall, "2026-01-06T21:05"},
		"the night clocks go back":  {"2026-11-01T18:00", "2026-11-01T01:30", "", gate.TellWhen, "2026-11-01T09:00"},
		"the night they go forward": {"2026-03-08T18:00", "2026-03-07T23:00", "", gate.TellWhen, "2026-03-08T09:00"},
		"early, clocks go forward":  {"2026-03-08T08:30", "2026-03-07T23:00", "", gate.TellCall, "2026-03-07T23:05"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			zone, at := instants(t, "America/New_York")
			how, when := hours.Change(at(c.start), at(c.now), zone, c.leave)
			if how != c.how || !when.Equal(at(c.at)) {
				t.Errorf("%s at %s, want %s at %s", how, when.In(zone), c.how, c.at)
			}
		})
	}
}
