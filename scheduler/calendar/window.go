package calendar

import "time"

// The window of a feed. Cancelled events leave it a week after their start.
const (
	daysBack      = 30
	monthsAhead   = 12
	cancelledStay = 7 * 24 * time.Hour
)

// Day returns the UTC date of an instant for the ETag: 2026-11-22.
func Day(now time.Time) string { return now.UTC().Format(time.DateOnly) }

// FeedWindow returns the window of a feed; it shows sessions that start at or after
// from and before to: 30 days before and 12 months after the UTC date of now. It moves
// at UTC midnight only, so that the date in the ETag is sufficient.
func FeedWindow(now time.Time) (from, to time.Time) {
	day := midnight(now)
	return day.AddDate(0, 0, -daysBack), day.AddDate(0, monthsAhead, 1)
}

// Visible tells whether a feed fetched now shows the event: it starts inside
// FeedWindow; a cancelled event is shown until the first UTC midnight seven days after
// its start.
func Visible(e Event, now time.Time) bool {
	from, to := FeedWindow(now)
	if e.Start.Before(from) || !e.Start.Before(to) {
		return false
	}
	return !e.Cancelled || !midnight(now).After(e.Start.Add(cancelledStay))
}

// midnight returns the start of the UTC date of an instant.
func midnight(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }
