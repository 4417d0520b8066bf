package protocols

import (
	"slices"
	"strconv"

	"almanac/protocols/civil"
)

// PersonAnchors are the dates from which the windows of one person count.
type PersonAnchors struct {
	// Date returns the local date of an anchor that is no assessment; false while nobody knows it.
	Date func(anchor string) (civil.Date, bool)
	// Done returns the local date on which an assessment was done; false when it was not.
	Done func(window string) (civil.Date, bool)
	// Sessions are the local dates of the person's sessions of the main series, in order of start.
	Sessions []civil.Date
}

// PersonWindow is the window of an assessment of one person.
type PersonWindow struct {
	Window
	Assessment Assessment
	Number     int // of a repeated assessment, from 1; 0: it is not repeated
}

// EachSession tells whether the assessment belongs to each session.
func (a *Assessment) EachSession() bool { return a.Anchor == eachSession }

// PersonWindows lays the assessments around the dates of one person, in the order of the definition. An assessment
// that is the anchor of another means its target until it is done, then the day on which it was. One whose anchor
// nobody knows yet has no window.
func (d *Definition) PersonWindows(a PersonAnchors) []PersonWindow {
	var all []PersonWindow
	for i := range d.Assessments {
		item := &d.Assessments[i]
		for n, target := range d.personTargets(item, a) {
			w := PersonWindow{Assessment: *item, Window: item.Window.around(item.ID, target)}
			if item.Anchor == eachSession || !item.Every.IsZero() {
				w.Number, w.ID = n+1, item.ID+"-"+strconv.Itoa(n+1)
			}
			all = append(all, w)
		}
	}
	return all
}

func (d *Definition) personTargets(item *Assessment, a PersonAnchors) []civil.Date {
	if item.Anchor == eachSession {
		var all []civil.Date
		for n, date := range a.Sessions {
			if len(item.Sessions) == 0 || slices.Contains(item.Sessions, n+1) {
				all = append(all, item.Offset.AddTo(date))
			}
		}
		return all
	}
	target, ok := d.personTarget(item, a)
	if !ok {
		return nil
	}
	if item.Every.IsZero() {
		return []civil.Date{target}
	}
	var all []civil.Date
	for last := target.AddDays(7 * (item.ToWeek - item.FromWeek)); !target.After(last); {
		all = append(all, target)
		target = target.AddDays(item.Every.Days)
	}
	return all
}

// personTarget is the first target of an assessment. Anchors have no cycle; the check of definitions refuses one.
func (d *Definition) personTarget(item *Assessment, a PersonAnchors) (civil.Date, bool) {
	date, ok := a.Date(item.Anchor)
	for i := range d.Assessments {
		if other := &d.Assessments[i]; other.ID == item.Anchor {
			if date, ok = a.Done(other.ID); !ok {
				date, ok = d.personTarget(other, a)
			}
		}
	}
	if !ok {
		return civil.Date{}, false
	}
	if item.FromWeek > 0 {
		date = date.AddDays(7 * (item.FromWeek - 1))
	}
	return item.Offset.AddTo(date), true
}

// ProgrammeWeeks is how many weeks the programme of one person lasts, where it has no main series.
func (d *Definition) ProgrammeWeeks() int { return d.lengthInWeeks() }
