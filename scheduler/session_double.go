package scheduler

import (
	"slices"
	"strings"
)

// DoubleBooking is what two sessions that meet at the same time both need.
type DoubleBooking struct {
	With         ID // the other session
	Leader, Room bool
}

// DoubleBookings finds sessions that overlap and have the same leader or the same room. Meeting online or by phone
// takes no room.
func DoubleBookings(sessions []Session) map[ID][]DoubleBooking {
	sorted := slices.Clone(sessions)
	sorted = slices.DeleteFunc(sorted, func(s Session) bool { return !s.Live() })
	slices.SortFunc(sorted, func(a, b Session) int { return a.Start.Compare(b.Start) })
	found := map[ID][]DoubleBooking{}
	for i, a := range sorted {
		for _, b := range sorted[i+1:] {
			if !b.Start.Before(a.End) {
				break
			}
			booking := DoubleBooking{With: b.ID, Leader: a.Leader != "" && a.Leader == b.Leader,
				Room: a.Place == b.Place && takesRoom(a.Place)}
			if booking.Leader || booking.Room {
				found[a.ID] = append(found[a.ID], booking)
				booking.With = a.ID
				found[b.ID] = append(found[b.ID], booking)
			}
		}
	}
	return found
}

// takesRoom tells whether a place can hold one session at a time.
func takesRoom(place string) bool {
	place = strings.TrimSpace(place)
	return place != "" && !strings.EqualFold(place, DefaultPlace) && !strings.EqualFold(place, PhonePlace)
}
