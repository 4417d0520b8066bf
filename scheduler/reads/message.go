package reads

import (
	"time"

	"almanac/scheduler"
)

// MessageQuery selects messages that staff wrote; the zero value selects all.
type MessageQuery struct {
	Cohort scheduler.ID // empty: of all cohorts
	After  Cursor       // the last one of the page before
	Limit  int
}

// MessageRow is a message with what became of it. It holds its text, and the name of who wrote it.
type MessageRow struct {
	scheduler.Message
	CohortName string
	At         time.Time
	Actor      string // kind:id
	By         string // the name of a member of staff; empty: somebody else
	TakenBack  bool
	Fates      MessageFates
}

// MessageFates counts the people of a message by what became of it.
type MessageFates struct {
	OnTheWay int // may still be sent
	Sent     int
	Failed   int // could not be sent
	Dropped  int // not needed any more
	ToCall   int // staff are to call them
	Called   int // staff said it
}

// People is to how many people the message went.
func (f MessageFates) People() int {
	return f.OnTheWay + f.Sent + f.Failed + f.Dropped + f.ToCall + f.Called
}

// MessagePage is a page of messages, the newest first.
type MessagePage struct {
	Rows []MessageRow
	Next Cursor // for the next page; zero: there is none
}
