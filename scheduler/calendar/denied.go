package calendar

import "almanac/scheduler"

// Denied finds the first word of text that would reveal why a person has appointments;
// see scheduler.Denied.
func Denied(text string) (word string, found bool) { return scheduler.Denied(text) }
