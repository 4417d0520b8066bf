package web

import (
	"strconv"
	"strings"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/reads"
)

// mostSquares is how many seats of a person are drawn: those around now, and aheadSquares of them are to come.
const (
	mostSquares  = 16
	aheadSquares = 4
)

// squaresOf returns the seats of a person around now as squares, and counts all of them in words.
func squaresOf(marks []reads.SeatMark, now time.Time) (squares []boardCell, text string) {
	var order []string
	counts := map[string]int{}
	over := 0 // behind the last seat that is over
	for i, mark := range marks {
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
		if !mark.End.After(now) {
			over = i + 1
		}
		squares = append(squares, cell)
	}
	for i, word := range order {
		order[i] = strconv.Itoa(counts[word]) + " " + word
	}
	last := min(len(squares), max(mostSquares, over+aheadSquares))
	return squares[max(0, last-mostSquares):last], strings.Join(order, ", ")
}
