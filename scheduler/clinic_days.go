package scheduler

import (
	"slices"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler/fault"
)

// mergeDays gives ranges in order, those that touch or overlap joined into one.
func mergeDays(ranges ...civil.DateRange) []civil.DateRange {
	sorted := slices.Clone(ranges)
	slices.SortFunc(sorted, func(a, b civil.DateRange) int { return a.From.Compare(b.From) })
	var merged []civil.DateRange
	for _, r := range sorted {
		if n := len(merged); n > 0 && !r.From.After(merged[n-1].To.AddDays(1)) {
			if r.To.After(merged[n-1].To) {
				merged[n-1].To = r.To
			}
			continue
		}
		merged = append(merged, r)
	}
	return merged
}

// withoutDays takes the days of one range out of others.
func withoutDays(ranges []civil.DateRange, gone civil.DateRange) []civil.DateRange {
	var left []civil.DateRange
	for _, r := range ranges {
		if r.To.Before(gone.From) || r.From.After(gone.To) {
			left = append(left, r)
			continue
		}
		if r.From.Before(gone.From) {
			left = append(left, civil.DateRange{From: r.From, To: gone.From.AddDays(-1)})
		}
		if r.To.After(gone.To) {
			left = append(left, civil.DateRange{From: gone.To.AddDays(1), To: r.To})
		}
	}
	return left
}

// overlapDays gives the days of one range that are among others.
func overlapDays(ranges []civil.DateRange, days civil.DateRange) []civil.DateRange {
	var common []civil.DateRange
	for _, r := range ranges {
		both := r
		if days.From.After(both.From) {
			both.From = days.From
		}
		if days.To.Before(both.To) {
			both.To = days.To
		}
		if !both.To.Before(both.From) {
			common = append(common, both)
		}
	}
	return common
}

// daysGained lists the days that are among the second ranges and not among the first.
func daysGained(before, after []civil.DateRange) []civil.DateRange {
	for _, known := range before {
		after = withoutDays(after, known)
	}
	return after
}

// putBackDays takes back what a change closed or opened; what was closed beside it since stays so.
func (b *Book) putBackDays(image Image) {
	if len(image.Closed)+len(image.Opened) == 0 {
		return
	}
	days := b.Clinic.Closed
	for _, closed := range image.Closed {
		days = withoutDays(days, closed)
	}
	b.closeDays(append(slices.Clone(days), image.Opened...))
}

// checkDaysBack refuses to take a change back that would put a session on a day that was closed since.
func (b *Book) checkDaysBack(r *Roster, image *CohortImage, wasClosed []civil.DateRange) error {
	since := daysGained(wasClosed, b.Clinic.Closed)
	for i := range image.Sessions {
		s, old := r.Session(image.Sessions[i].ID), b.Before(r.Cohort.ID)
		if s == nil || !s.Live() || s.Past(b.Now) || old == nil {
			continue
		}
		was := old.Session(s.ID)
		if was != nil && was.Live() && was.Wall.Date == s.Wall.Date || !containsDay(since, s.Wall.Date) {
			continue
		}
		return fault.New(fault.Conflict,
			"The clinic has since closed on %s, so this cannot be undone. Move the session to another day "+
				"instead.",
			s.Wall.Date)
	}
	return nil
}

func containsDay(ranges []civil.DateRange, day civil.Date) bool {
	return slices.ContainsFunc(ranges, func(r civil.DateRange) bool { return r.Contains(day) })
}

// closeDays sets the closed days of the clinic. Whatever gives a session a date asks them from now on.
func (b *Book) closeDays(days []civil.DateRange) {
	b.Clinic.Closed = mergeDays(days...)
	for _, r := range b.Rosters {
		r.closed = b.Clinic.Closed
	}
}

// OpenDays opens closed days of the clinic again. No session comes back by itself; SkippedDates
// lists the cohorts that would have met on these days, with the dates. Days that a cohort left
// out by itself are open again for it, too.
//
// Invalid when the days are over, in disorder, or none of them is closed.
func (b *Book) OpenDays(days civil.DateRange) error {
	if err := b.checkReopening(days); err != nil {
		return err
	}
	b.SkippedDates = map[ID][]civil.Date{}
	for _, r := range b.Rosters {
		loc, err := b.Zones.Location(r.Cohort.Zone)
		if err != nil {
			return err
		}
		if dates := r.skippedDates(days, loc); len(dates) > 0 {
			b.SkippedDates[r.Cohort.ID] = dates
		}
		if len(overlapDays(r.Cohort.Closed, days)) > 0 {
			r.Cohort.Closed = withoutDays(r.Cohort.Closed, days)
		}
	}
	b.closeDays(withoutDays(b.Clinic.Closed, days))
	b.note("clinic.open", b.Clinic.ID)
	return nil
}

func (b *Book) checkReopening(days civil.DateRange) error {
	today, _, err := b.todayIn(b.Clinic.Zone)
	if err != nil {
		return err
	}
	closed := b.Clinic.Closed
	for _, r := range b.Rosters {
		closed = append(slices.Clip(closed), r.Cohort.Closed...)
	}
	switch {
	case days.From.IsZero():
		return fault.In("days", "Say which closed days are open again, as 2026-01-20, or as 2026-12-24..2027-01-02.")
	case days.To.Before(days.From):
		return fault.In("days", "The last day, %s, is before the first, %s. Swap the two.", days.To, days.From)
	case days.To.Before(today):
		return fault.In("days", "These days are over. Choose a day that is still to come.")
	case len(overlapDays(closed, days)) == 0:
		return fault.In("days", "The clinic is not closed on %s. Choose one of its closed days.", days)
	}
	return nil
}

// skippedDates lists the dates of a range on which the cohort would have met, had they been open.
func (r *Roster) skippedDates(days civil.DateRange, loc *time.Location) []civil.Date {
	open := r.planRequest(loc)
	open.Closed = withoutDays(open.Closed, days)
	first, last := r.firstDate(), r.lastDate()
	if r.Cohort.Start.Before(first) {
		first = r.Cohort.Start
	}
	var dates []civil.Date
	for after := days.From.AddDays(-1); ; {
		wall, err := r.Definition.NextOpen(open, after)
		if err != nil || wall.Date.After(days.To) || wall.Date.After(last) {
			return dates
		}
		after = wall.Date
		taken := slices.ContainsFunc(r.Sessions,
			func(s *Session) bool { return s.Main && s.Live() && s.Wall.Date == wall.Date })
		if !taken && !wall.Date.Before(first) && containsDay(slices.Concat(r.closed, r.Cohort.Closed), wall.Date) {
			dates = append(dates, wall.Date)
		}
	}
}

// firstDate is the date of the first session of the main series; zero when there is none.
func (r *Roster) firstDate() civil.Date {
	for _, s := range r.Sessions {
		if s.Main {
			return s.Wall.Date
		}
	}
	return civil.Date{}
}
