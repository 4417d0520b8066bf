package scheduler

import (
	"fmt"
	"slices"
	"strings"

	"almanac/protocols"
	"almanac/protocols/civil"
	"almanac/scheduler/fault"
)

// MostClosed is how many days a clinic may close at once.
const MostClosed = 366

// CloseRequest asks to close the clinic on some days, as for snow.
type CloseRequest struct {
	Days    civil.DateRange // local dates of each cohort, both ends included
	Content ContentAfter    // Append or Skip; empty: as each protocol's on_holiday says
	Without []ID            // cohorts that stay as they are
	// AcceptShift: take added dates whose time a clock change skips or repeats.
	AcceptShift bool
}

// Close closes the cohorts of the book on some days: their sessions to come on
// these days are cancelled, and contents go as for [Book.Cancel]; where the
// protocol moves sessions of closed days, they move if they can. The days are the
// clinic's from then on: whatever gives a session of any cohort a date asks them.
//
// A cohort in which this cannot be done stays as it was, and Verdicts says why.
// Invalid when the days are in disorder, over, or more than MostClosed, or the
// content is neither append nor skip.
func (b *Book) Close(c CloseRequest) error {
	if err := b.checkClosing(c); err != nil {
		return err
	}
	start, before := *b, make([]*Roster, len(b.Rosters))
	for i, r := range b.Rosters {
		before[i] = r.clone()
	}
	troubles := map[ID]error{}
	for {
		again, err := b.closeOnce(c, troubles)
		if err != nil {
			return err
		}
		if !again {
			b.note("clinic.close", b.Clinic.ID)
			b.judgeClosure(c, before, troubles)
			return nil
		}
		*b = start
		for i, r := range before {
			b.Rosters[i] = r.clone()
		}
	}
}

// closeOnce closes every cohort that is not in trouble, all of them in one go
// because one brings the whole book in line. again: it found one more that
// cannot close, of several that are in each other's way the last, and all that
// it did must be taken back.
func (b *Book) closeOnce(c CloseRequest, troubles map[ID]error) (again bool, err error) {
	b.closeDays(append(slices.Clone(b.Clinic.Closed), c.Days))
	closing := map[ID][]CancelRequest{}
	for i, r := range b.Rosters {
		if !c.concerns(b, r) || troubles[r.Cohort.ID] != nil {
			continue
		}
		before, steps := r.clone(), len(b.Steps)
		dropped, trouble := b.closeRoster(r, c)
		if trouble != nil {
			b.Rosters[i], b.Steps, troubles[r.Cohort.ID] = before, b.Steps[:steps], trouble
			continue
		}
		closing[r.Cohort.ID] = dropped
	}
	if err := b.recompute(); err != nil {
		return false, err
	}
	for _, r := range slices.Backward(b.Rosters) {
		for _, cancelled := range closing[r.Cohort.ID] {
			if trouble := b.checkAdded(r, cancelled); trouble != nil {
				troubles[r.Cohort.ID] = trouble
				return true, nil
			}
		}
	}
	return false, nil
}

// judgeClosure says of each cohort whether it was closed.
func (b *Book) judgeClosure(c CloseRequest, before []*Roster, troubles map[ID]error) {
	b.Verdicts = map[ID]error{}
	for _, r := range before {
		if !c.concerns(b, r) {
			continue
		}
		b.Verdicts[r.Cohort.ID] = troubles[r.Cohort.ID]
		if troubles[r.Cohort.ID] == nil {
			b.note("cohort.close", r.Cohort.ID)
		}
	}
}

// concerns tells whether a cohort is to close: it runs, has something to come
// and is not left out.
func (c CloseRequest) concerns(b *Book, r *Roster) bool {
	return !slices.Contains(c.Without, r.Cohort.ID) && r.goesOn(b)
}

// goesOn tells whether a cohort runs and has something to come.
func (r *Roster) goesOn(b *Book) bool {
	return r.Cohort.State == CohortOpen && (r.Cohort.Rolling || len(r.upcoming(b.Now)) > 0)
}

func (b *Book) checkClosing(c CloseRequest) error {
	today, _, err := b.todayIn(b.Clinic.Zone)
	switch {
	case err != nil:
		return err
	case c.Content != "" && c.Content != Append && c.Content != Skip:
		return fault.In("content", "Choose what becomes of the contents: append, skip, or what each protocol says.")
	case c.Days.From.IsZero():
		return fault.In("days",
			"Say which day is closed, written like 2026-01-20, or which days, like 2026-12-24..2027-01-02.")
	case c.Days.To.Before(c.Days.From):
		return fault.In("days", "The last closed day, %s, is before the first, %s. Swap the two.",
			c.Days.To, c.Days.From)
	case c.Days.To.Before(today):
		return fault.In("days", "These days are over. Choose a day that is still to come.")
	case c.Days.From.DaysUntil(c.Days.To) >= MostClosed:
		return fault.In("days", "A clinic closes for at most %d days at once. Choose a nearer last day.", MostClosed)
	}
	return nil
}

// closeRoster closes one cohort on some days and gives what it cancelled;
// itineraries are another question.
func (b *Book) closeRoster(r *Roster, c CloseRequest) (dropped []CancelRequest, err error) {
	_, loc, err := b.todayIn(r.Cohort.Zone)
	if err != nil {
		return nil, err
	}
	for _, s := range slices.Clone(r.Sessions) {
		if !s.Live() || s.Past(b.Now) || s.State == SessionMet || !c.Days.Contains(s.Wall.Date) {
			continue
		}
		if c.Content == "" && s.Main {
			to, ok, err := r.Definition.Instead(r.planRequest(loc), s.Wall.Date)
			if err != nil {
				return nil, err
			}
			if ok && b.shift(MoveRequest{Session: s.ID, To: civil.WallTime{Date: to, Clock: s.Wall.Clock}}) == nil {
				continue
			}
		}
		if (s.Appointment() || !s.Opens.IsZero() && c.Content != Skip) && b.moveAppointment(r, s, loc) {
			continue
		}
		x := CancelRequest{Session: s.ID, Content: c.contentIn(r), AcceptShift: c.AcceptShift}
		if _, err := b.cancelSession(&x); err != nil {
			return nil, err
		}
		dropped = append(dropped, x)
	}
	return dropped, nil
}

// contentIn is what becomes of the contents of a cohort.
func (c CloseRequest) contentIn(r *Roster) ContentAfter {
	switch {
	case c.Content != "":
		return c.Content
	case r.Definition.OnHoliday == protocols.ClosureSkip:
		return Skip
	default:
		return Append
	}
}

// Refused joins what stands in the way of a change for many into one Conflict,
// nil when nothing does.
func (b *Book) Refused() error {
	var lines []string
	for _, c := range b.affected() {
		for _, f := range fault.All(c.Trouble) {
			lines = append(lines, fmt.Sprintf("%s: %s", c.Name, f.Message))
		}
	}
	if len(lines) == 0 {
		return nil
	}
	return fault.New(fault.Conflict, "Nothing was closed, because these cohorts have conflicts. Leave them out, "+
		"or change them first. %s", strings.Join(lines, " ")).In("without")
}
