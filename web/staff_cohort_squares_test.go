package web_test

import (
	"slices"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/reads"
	"almanac/web"
)

// In a long programme the squares show what has happened, with a few that are to come.
func TestSquaresShowWhatHappened(t *testing.T) {
	t.Parallel()
	marks := make([]reads.SeatMark, 24)
	for i := range marks {
		start := moved.AddDate(0, 0, 7*i)
		marks[i] = reads.SeatMark{Start: start, End: start.Add(time.Hour), State: scheduler.SeatPlanned}
		if i < 5 {
			marks[i].State = scheduler.SeatPresent
		}
	}
	for _, c := range []struct{ over, present, ahead int }{{5, 5, 11}, {20, 0, 4}, {24, 0, 0}} {
		drawn, _ := web.SquareWords(marks, marks[c.over-1].End)
		count := func(word string) (n int) {
			for _, one := range drawn {
				if one == word {
					n++
				}
			}
			return n
		}
		if len(drawn) != 16 || count("present") != c.present || count("to come") != c.ahead {
			t.Errorf("after %d sessions: %v", c.over, drawn)
		}
	}
	drawn, all := web.SquareWords(marks[:3], marks[1].End)
	if !slices.Equal(drawn, []string{"present", "present", "present"}) || all != "3 present" {
		t.Errorf("of three seats: %v, %s", drawn, all)
	}
}
