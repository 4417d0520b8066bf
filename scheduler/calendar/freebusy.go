package calendar

import (
	"slices"
	"time"
)

// Period is a stretch of time between two UTC instants.
type Period struct{ Start, End time.Time }

// FreeBusy says when somebody or a place is busy (RFC 5545 §3.6.4).
type FreeBusy struct {
	// UID never changes for an address; see Event.
	UID string
	// From and Until are the window that is described.
	From, Until time.Time
	// Changed is the last change of the sessions behind the periods.
	Changed time.Time
	// Periods are the busy ones in any order. They may overlap.
	Periods []Period
}

// AppendFreeBusy appends a calendar with one VFREEBUSY: busy periods merged, in order, within the window. The
// same times give the same bytes. It cannot fail.
func AppendFreeBusy(dst []byte, f FreeBusy) []byte {
	w := writer{buf: dst, say: WordsFor("en")}
	w.opening()
	w.lines("BEGIN:VFREEBUSY\r\n")
	w.uid(f.UID)
	w.instant("DTSTAMP:", f.Changed)
	w.instant("DTSTART:", f.From)
	w.instant("DTEND:", f.Until)
	for _, p := range merged(f) {
		w.period("FREEBUSY;FBTYPE=BUSY:", p)
	}
	w.lines("END:VFREEBUSY\r\n")
	w.lines(closing)
	return w.buf
}

// merged returns the periods within the window, in order; those that touch are one.
func merged(f FreeBusy) []Period {
	var all []Period
	periods := slices.Clone(f.Periods)
	slices.SortFunc(periods, func(a, b Period) int { return a.Start.Compare(b.Start) })
	for _, p := range periods {
		if p.Start.Before(f.From) {
			p.Start = f.From
		}
		if p.End.After(f.Until) {
			p.End = f.Until
		}
		switch last := len(all) - 1; {
		case !p.Start.Before(p.End):
		case last >= 0 && !p.Start.After(all[last].End):
			if p.End.After(all[last].End) {
				all[last].End = p.End
			}
		default:
			all = append(all, p)
		}
	}
	return all
}
