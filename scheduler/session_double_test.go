package scheduler_test

import (
	"fmt"
	"testing"
	"time"

	"almanac/scheduler"
)

// Two sessions are double booked when they overlap and share a leader or a room; online is no room.
func TestDoubleBookings(t *testing.T) {
	t.Parallel()
	at := func(id string, hour int, leader scheduler.ID, place string) scheduler.Session {
		start := time.Date(2026, 1, 6, hour, 0, 0, 0, time.UTC)
		return scheduler.Session{ID: scheduler.ID(id), Start: start, End: start.Add(2 * time.Hour), Leader: leader,
			Place: place, State: scheduler.SessionPlanned}
	}
	off := at("off", 9, "kim", "Room 2")
	off.State = scheduler.SessionCancelled
	for name, c := range map[string]struct {
		sessions []scheduler.Session
		want     string
	}{
		"one after another": {[]scheduler.Session{at("a", 9, "kim", "Room 2"), at("b", 11, "kim", "Room 2")}, "map[]"},
		"a leader": {[]scheduler.Session{at("b", 10, "kim", ""), at("a", 9, "kim", "")},
			"map[a:[{b true false}] b:[{a true false}]]"},
		"a room": {[]scheduler.Session{at("a", 9, "kim", "Room 2"), at("b", 10, "lee", "Room 2")},
			"map[a:[{b false true}] b:[{a false true}]]"},
		"no leader, online": {[]scheduler.Session{at("a", 9, "", "Online"), at("b", 9, "", "Online")}, "map[]"},
		"cancelled":         {[]scheduler.Session{at("a", 9, "kim", "Room 2"), off}, "map[]"},
	} {
		if got := fmt.Sprint(scheduler.DoubleBookings(c.sessions)); got != c.want {
			t.Errorf("%s: %s, not %s", name, got, c.want)
		}
	}
}
