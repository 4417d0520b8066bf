package sqldb

import (
	"context"
	"iter"
	"strings"
)

// MostInserted is how many rows one statement writes at the most, a power of two.
const MostInserted = 32

// Insert writes rows with as few statements as fit. into is the statement up to
// VALUES, behind what follows them; every row has the same number of values.
func (t *Tx) Insert(ctx context.Context, into string, rows [][]any, behind string) error {
	for part := range Chunks(rows) {
		text, args := Values(part)
		if err := t.Exec(ctx, into+" VALUES "+text+behind, args...); err != nil {
			return err
		}
	}
	return nil
}

// Chunks divides rows into parts whose lengths are powers of two, so that rows
// of all lengths make a handful of statements, each prepared once.
func Chunks(rows [][]any) iter.Seq[[][]any] {
	return func(yield func([][]any) bool) {
		for size := MostInserted; len(rows) > 0; {
			for size > len(rows) {
				size /= 2
			}
			if !yield(rows[:size]) {
				return
			}
			rows = rows[size:]
		}
	}
}

// Values writes rows of equal length as they stand behind VALUES, and gives
// their arguments.
func Values(rows [][]any) (text string, args []any) {
	row := "(" + Marks(len(rows[0])) + ")"
	args = make([]any, 0, len(rows)*len(rows[0]))
	for _, values := range rows {
		args = append(args, values...)
	}
	return row + strings.Repeat(", "+row, len(rows)-1), args
}
