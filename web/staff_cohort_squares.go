package web

import (
	"strconv"
	"strings"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/reads"
)

// mostSquares is how many seats of a person are drawn, the last ones.
const mostSquares = 16

// squaresOf returns the seats of a person as squares, and counts them in words.
func squaresOf(marks []reads.SeatMark, now time.Time) (squares []boardCell, text string) {
	var order []string
	counts := map[string]int{}
	for _, mark := range marks {
		cell := boardStates[mark.State]
		switch past := !mark.End.After(now); {
		case mark.State == scheduler.SeatPlanned && past:
			cell = cellUnknown
		case mark.State == scheduler.SeatPlanned:
			cell = boardCell{"ahead", "", "to come"}
		}
		if counts[cell.Word] == 0 {
			order = append(order, cell.Word)
		}
		counts[cell.Word]++
		squares = append(squares, cell)
	}
	for i, word := range order {
		order[i] = strconv.Itoa(counts[word]) + " " + word
	}
	return squares[max(0, len(squares)-mostSquares):], strings.Join(order, ", ")
}
