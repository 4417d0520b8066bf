package scheduler

import (
	"slices"
	"time"

	"almanac/protocols/civil"
)

// Wait is what is stored of one enrollment's way to a seat. Instants are zero where there was no such thing.
type Wait struct {
	Person  ID
	Asked   time.Time
	Ready   time.Time // when the last thing that must be done first was recorded
	Pending bool      // something must still be done first
	Seated  time.Time // when it had its first seats, other than those of an offer
	Back    time.Time // when it came back to the waitlist after a leave, where it is now
	Ended   time.Time
	Offers  []WaitOffer
}

// WaitOffer is a stretch in which seats were kept for somebody's answer.
type WaitOffer struct {
	Made, Closed time.Time // Closed is zero while it stands
	Accepted     bool
}

// standsAt tells whether the offer stood at an instant.
func (o WaitOffer) standsAt(at time.Time) bool {
	return !o.Made.After(at) && (o.Closed.IsZero() || o.Closed.After(at))
}

// WaitedAt tells whether the enrollment was on the waitlist at an instant. A second wait, after a leave, is known only
// while it lasts.
func (w Wait) WaitedAt(at time.Time) bool {
	switch {
	case w.Pending, w.Asked.After(at), w.Ready.After(at), !w.Ended.IsZero() && !w.Ended.After(at):
		return false
	case slices.ContainsFunc(w.Offers, func(o WaitOffer) bool { return o.standsAt(at) }):
		return false
	case !w.Back.IsZero() && !w.Back.After(at):
		return true
	}
	seated := func(o WaitOffer) bool { return o.Accepted && !o.Closed.After(at) }
	return (w.Seated.IsZero() || w.Seated.After(at)) && !slices.ContainsFunc(w.Offers, seated)
}

// ReportWaits counts who waited at the end of each period, or now in the last one, and for how many whole days: the
// median and the longest. Days count from the moment of asking. An enrollment that was moved from another waitlist
// counts from the end of that one, so that nobody counts twice.
func ReportWaits(periods []ReportPeriod, waits []Wait, now time.Time, zone *time.Location) []ReportRow {
	waits = withoutTwins(waits)
	rows := emptyRows(periods, len(reportColumns[ReportWaiting]))
	for i, p := range periods {
		end := civil.Resolve(civil.WallTime{Date: p.To.AddDays(1)}, zone).Instant
		if end.After(now) {
			end = now
		}
		var days []int
		for _, w := range waits {
			if w.WaitedAt(end) {
				days = append(days, int(end.Sub(w.Asked)/(24*time.Hour)))
			}
		}
		rows[i].Values = []int{len(days), Unknown, Unknown}
		if len(days) > 0 {
			slices.Sort(days)
			rows[i].Values = []int{len(days), Quantile(days, 50), Quantile(days, 100)}
		}
	}
	return rows
}

// withoutTwins lets an enrollment that keeps the moment of asking of an earlier one begin when that one ended.
func withoutTwins(waits []Wait) []Wait {
	type asked struct {
		person ID
		at     int64
	}
	ended := map[asked][]time.Time{}
	for _, w := range waits {
		if !w.Ended.IsZero() {
			key := asked{w.Person, w.Asked.UnixMilli()}
			ended[key] = append(ended[key], w.Ended)
		}
	}
	waits = slices.Clone(waits)
	for i, w := range waits {
		for _, at := range ended[asked{w.Person, w.Asked.UnixMilli()}] {
			earlier := w.Ended.IsZero() || at.Before(w.Ended)
			if earlier && at.After(waits[i].Ready) {
				waits[i].Ready = at
			}
		}
	}
	return waits
}

// Delivery is one message to send, with what became of it.
type Delivery struct {
	Due    civil.Date    // in the clinic's zone
	Late   time.Duration // how long after it was due it was sent
	Missed bool          // it was not sent in time
}

// onTime is how late a message may be sent and still count as sent in time.
const onTime = time.Minute

// ReportDeliveries counts messages by the day on which they were due: those sent, those of them sent more than a minute
// late, those missed, and within how many seconds half of them, 99 of 100 and all of them were sent.
func ReportDeliveries(periods []ReportPeriod, all []Delivery) []ReportRow {
	rows := emptyRows(periods, len(reportColumns[ReportMessages]))
	late := make([][]time.Duration, len(periods))
	for _, d := range all {
		i := periodOf(periods, d.Due)
		switch {
		case i < 0:
			continue
		case d.Missed:
			rows[i].Values[2]++
			continue
		case d.Late > onTime:
			rows[i].Values[1]++
		}
		rows[i].Values[0]++
		late[i] = append(late[i], d.Late)
	}
	for i, sorted := range late {
		slices.Sort(sorted)
		for n, hundredths := range []int{50, 99, 100} {
			rows[i].Values[3+n] = Unknown
			if len(sorted) > 0 {
				rows[i].Values[3+n] = int((Quantile(sorted, hundredths) + time.Second - 1) / time.Second)
			}
		}
	}
	return rows
}
