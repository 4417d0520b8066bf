package scheduler

import "almanac/scheduler/fault"

// ImportRow is one line of a table of people, as it was read.
type ImportRow struct {
	Line  int           // in the file, from 1
	Who   EnrollRequest // Person or New answer the question who it is
	Leave bool          // it is to be left out
	Wrong []*fault.Error
}
