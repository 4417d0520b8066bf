package scheduler_test

import (
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/fault"
)

func span(t *testing.T, from, to string, by scheduler.ReportStep) scheduler.ReportSpan {
	t.Helper()
	s, err := scheduler.ReportSpan{From: date(from), To: date(to), By: by}.Resolve(date("2026-03-04"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Weeks begin on Monday, months on their first day, and both are cut off where the report begins and ends.
func TestReportPeriods(t *testing.T) {
	t.Parallel()
	same(t, "weeks", span(t, "2026-01-07", "2026-01-20", scheduler.ByWeek).Periods(),
		"[{2026-01-07 2026-01-11} {2026-01-12 2026-01-18} {2026-01-19 2026-01-20}]")
	same(t, "a Sunday and a Monday", span(t, "2026-01-11", "2026-01-12", scheduler.ByWeek).Periods(),
		"[{2026-01-11 2026-01-11} {2026-01-12 2026-01-12}]")
	same(t, "months", span(t, "2026-01-31", "2026-03-01", scheduler.ByMonth).Periods(),
		"[{2026-01-31 2026-01-31} {2026-02-01 2026-02-28} {2026-03-01 2026-03-01}]")
	same(t, "without the future", span(t, "2026-01-05", "2026-01-25", scheduler.ByWeek).Before(date("2026-01-12")),
		"[{2026-01-05 2026-01-11} {2026-01-12 2026-01-18}]")
}

func TestReportSpanDefaultsAndLimits(t *testing.T) {
	t.Parallel()
	got, err := scheduler.ReportSpan{}.Resolve(date("2026-03-04")) // a Wednesday
	if err != nil {
		t.Fatal(err)
	}
	same(t, "the default", got, "{2025-12-15 2026-03-04 week}")
	same(t, "weeks of the default", len(got.Periods()), 12)
	for _, one := range []struct {
		name, field string
		span        scheduler.ReportSpan
	}{
		{"backwards", "to", scheduler.ReportSpan{From: date("2026-02-01"), To: date("2026-01-31")}},
		{"fifty years", "to", scheduler.ReportSpan{From: date("2001-01-01"), To: date("2051-01-01")}},
		{"before the century", "from", scheduler.ReportSpan{From: date("1976-01-01"), To: date("1976-03-01")}},
		{"by year", "by", scheduler.ReportSpan{By: "year"}},
	} {
		_, err := one.span.Resolve(date("2026-03-04"))
		if !fault.Is(err, fault.Invalid) || fault.All(err)[0].Field != one.field {
			t.Errorf("%s: %v", one.name, err)
		}
	}
}

func TestSumReport(t *testing.T) {
	t.Parallel()
	periods := span(t, "2026-01-05", "2026-01-18", scheduler.ByWeek).Periods()
	rows := scheduler.SumReport(periods, 2, []scheduler.ReportDay{
		{Date: date("2026-01-04"), Values: []int{100, 100}}, // the day before
		{Date: date("2026-01-05"), Values: []int{1, 8}}, {Date: date("2026-01-11"), Values: []int{2, 16}},
		{Date: date("2026-01-12"), Values: []int{4, 32}}, {Date: date("2026-01-19"), Values: []int{100, 100}},
	})
	same(t, "rows", rows, "[{{2026-01-05 2026-01-11} [3 24]} {{2026-01-12 2026-01-18} [4 32]}]")
}

// Five people by hand, seen at the ends of three weeks in New York: 12, 19 and 26 January at 05:00 UTC.
func TestReportWaits(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	at := instant
	waits := []scheduler.Wait{
		// Seated at once: never waits.
		{Person: "a", Asked: at("2026-01-06T12:00:00Z"), Seated: at("2026-01-06T12:00:00Z")},
		// Asked on the 2nd, is offered a seat on the 10th, lets it lapse on the 13th, takes another one on the 20th.
		{Person: "b", Asked: at("2026-01-02T05:00:00Z"), Offers: []scheduler.WaitOffer{
			{Made: at("2026-01-10T12:00:00Z"), Closed: at("2026-01-13T12:00:00Z")},
			{Made: at("2026-01-18T12:00:00Z"), Closed: at("2026-01-20T12:00:00Z"), Accepted: true}}},
		// Asked on the 8th, is ready on the 14th, still waits.
		{Person: "c", Asked: at("2026-01-08T05:00:00Z"), Ready: at("2026-01-14T05:00:00Z")},
		// Waits for one cohort from the 5th on, was moved to another one on the 15th, and left that on the 25th.
		{Person: "d", Asked: at("2026-01-05T05:00:00Z"), Ended: at("2026-01-15T12:00:00Z")},
		{Person: "d", Asked: at("2026-01-05T05:00:00Z"), Ended: at("2026-01-25T12:00:00Z")},
		// Was seated, and is back on the waitlist since the 21st, after a leave.
		{Person: "e", Asked: at("2025-12-01T05:00:00Z"), Seated: at("2025-12-01T05:00:00Z"),
			Back: at("2026-01-21T05:00:00Z")},
		// Has still to come to the orientation.
		{Person: "f", Asked: at("2026-01-01T05:00:00Z"), Pending: true},
	}
	periods := span(t, "2026-01-05", "2026-01-25", scheduler.ByWeek).Periods()
	rows := scheduler.ReportWaits(periods, waits, at("2026-03-01T00:00:00Z"), zone)
	same(t, "rows", rows, "[{{2026-01-05 2026-01-11} [1 7 7]} {{2026-01-12 2026-01-18} [2 11 14]} "+
		"{{2026-01-19 2026-01-25} [2 18 56]}]")
	// A period that has not ended is seen now: b's offer does not stand yet, and c is not ready.
	rows = scheduler.ReportWaits(periods[:1], waits, at("2026-01-08T06:00:00Z"), zone)
	same(t, "now", rows, "[{{2026-01-05 2026-01-11} [2 3 6]}]")
	rows = scheduler.ReportWaits(periods[:1], nil, at("2026-01-08T06:00:00Z"), zone)
	same(t, "no one", rows, "[{{2026-01-05 2026-01-11} [0 -1 -1]}]")
}

func TestReportDeliveries(t *testing.T) {
	t.Parallel()
	periods := span(t, "2026-01-05", "2026-01-18", scheduler.ByWeek).Periods()
	monday := date("2026-01-05")
	rows := scheduler.ReportDeliveries(periods, []scheduler.Delivery{
		{Due: monday, Late: time.Second / 2}, {Due: monday, Late: time.Minute}, {Due: monday, Late: 61 * time.Second},
		{Due: monday, Missed: true},
	})
	same(t, "rows", rows, "[{{2026-01-05 2026-01-11} [3 1 1 60 61 61]} {{2026-01-12 2026-01-18} [0 0 0 -1 -1 -1]}]")
}
