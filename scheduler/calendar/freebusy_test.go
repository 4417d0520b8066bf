package calendar_test

import (
	"bytes"
	"testing"

	"github.com/emersion/go-ical"

	"almanac/scheduler/calendar"
)

// Busy periods are merged, in order and within the window, and another reader finds them so.
func TestFreeBusy(t *testing.T) {
	t.Parallel()
	period := func(start, end string) calendar.Period {
		return calendar.Period{Start: at(t, "2026-01-"+start+":00Z"), End: at(t, "2026-01-"+end+":00Z")}
	}
	f := calendar.FreeBusy{
		UID: "busy-1", From: at(t, "2026-01-05T00:00:00Z"), Until: at(t, "2026-01-20T00:00:00Z"),
		Changed: at(t, "2026-01-04T09:00:00Z"),
		Periods: []calendar.Period{
			period("13T23:00", "14T01:00"), period("06T23:00", "07T01:00"), period("07T00:30", "07T02:00"),
			period("07T02:00", "07T03:00"), period("04T23:00", "05T01:00"), period("19T23:00", "20T01:00"),
			period("01T23:00", "02T01:00"), period("08T10:00", "08T10:00"), period("13T23:30", "14T00:00"),
		},
	}
	text := calendar.AppendFreeBusy(nil, f)
	read, err := ical.NewDecoder(bytes.NewReader(text)).Decode()
	if err != nil || len(read.Children) != 1 || read.Children[0].Name != ical.CompFreeBusy {
		t.Fatalf("%v\n%s", err, text)
	}
	want := []string{"20260105T000000Z/20260105T010000Z", "20260106T230000Z/20260107T030000Z",
		"20260113T230000Z/20260114T010000Z", "20260119T230000Z/20260120T000000Z"}
	found := read.Children[0].Props.Values(ical.PropFreeBusy)
	if len(found) != len(want) {
		t.Fatalf("%d periods, want %d:\n%s", len(found), len(want), text)
	}
	for i, p := range found {
		if p.Value != want[i] || p.Params.Get(ical.ParamFreeBusyType) != "BUSY" {
			t.Errorf("period %d is %v, want %s", i, p, want[i])
		}
	}
	f.Periods = nil
	if _, err := ical.NewDecoder(bytes.NewReader(calendar.AppendFreeBusy(nil, f))).Decode(); err != nil {
		t.Error(err)
	}
}
