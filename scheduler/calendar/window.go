package calendar

import "time"

// How far a feed reaches. Cancelled events leave it a week after their start.
const (
	daysBack      = 30
	monthsAhead   = 12
	cancelledStay = 7 * 24 * time.Hour
)

// Day returns the UTC date of an instant as the ETag carries it: 2026-11-22.
func Day(now time.Time) string { return now.UTC().Format(time.DateOnly) }

// FeedWindow returns the instants between which sessions start that a feed
// shows, from included and to excluded: 30 days back and 12 months ahead of
// the UTC date of now. It moves at UTC midnight only, so that the date in the
// ETag tells the whole truth.
func FeedWindow(now time.Time) (from, to time.Time) {
	day := midnight(now)
	return day.AddDate(0, 0, -daysBack), day.AddDate(0, monthsAhead, 1)
}

// Visible tells whether a feed fetched now shows the event: it starts inside
// FeedWindow and, when cancelled, no UTC midnight has passed since seven days
// after its start.
func Visible(e Event, now time.Time) bool {
	from, to := FeedWindow(now)
	if e.Start.Before(from) || !e.Start.Before(to) {
		return false
	}
	return !e.Cancelled || !midnight(now).After(e.Start.Add(cancelledStay))
}

// midnight returns the start of the instant's UTC date.
func midnight(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }
