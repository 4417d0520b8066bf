package main

import (
	"encoding/json"
	"testing"
)

// A call leaves its window with a reason alone, which cohort show prints; first it is only shown.
func TestSessionMove(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	id := c.open("--protocol", "tele-mind-self")
	c.says(c.prints("", "cohort", "show", id), "appointment", "opens       closes", "2027-01-19  2027-02-02")
	var shown cohortDetail
	if err := json.Unmarshal([]byte(c.prints("", "cohort", "show", id, "--format", "json")), &shown); err != nil {
		t.Fatal(err)
	}
	call := shown.Sessions[1]
	if call.Opens != "2027-01-19" || call.Closes != "2027-02-02" {
		t.Errorf("its window is %s to %s", call.Opens, call.Closes)
	}
	code, _, trouble := c.run("", "session", "move", call.ID, "--to", "2027-02-04T18:00", "--confirm")
	if code != exitFailed ||
		trouble != "The protocol wants this appointment between 2027-01-19 and 2027-02-02. Choose a day in between, "+
			"or give a reason.\n" {
		t.Errorf("it ended with %d and said %q", code, trouble)
	}
	move := []string{"session", "move", call.ID, "--to", "2027-02-04T18:00", "--reason", "abroad"}
	c.says(c.prints("", move...), "2027-02-04", "Nothing has changed yet.")
	c.says(c.prints("", append(move, "--confirm")...), "undo: almanac undo ", "Thu 2027-02-04",
		"An appointment outside its window", "abroad")
	if err := json.Unmarshal([]byte(c.prints("", "cohort", "show", id, "--format", "json")), &shown); err != nil {
		t.Fatal(err)
	}
	if len(shown.Exceptions) != 1 || shown.Exceptions[0].Rule != "window" || shown.Exceptions[0].Reason != "abroad" ||
		shown.Exceptions[0].Session != call.ID {
		t.Errorf("kept %+v", shown.Exceptions)
	}
}
