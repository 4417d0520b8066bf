package scheduler

import (
	"context"
	"slices"
	"time"

	"almanac/protocols"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
)

// UndoWindow is how long a change can be taken back: as long as it rests before
// people are told.
const UndoWindow = ChangeDelay

// Undo is what is kept of a change for UndoWindow, so that it can be taken back.
type Undo struct {
	ChangeNo int64     // of the clinic, after the change
	By       string    // the actor who made it, as it prints
	Until    time.Time // UTC instant from which on it is too late
	Image    Image
	// What the store adds when it loads one.
	Overtaken bool // something else changed one of the cohorts since
	Done      []ID // tasks of the change that are done already
}

// Image is what a change changed, as it was before. It holds ids and values, and
// no name of a person.
type Image struct {
	Cohorts []CohortImage
	Tasks   []TaskImage
	// Closed and Opened are days on which the clinic was closed, or opened again.
	Closed, Opened []protocols.DateRange
	// WasClosed are the clinic's closed days before the change.
	WasClosed []protocols.DateRange
}

// TaskImage is a task that a change gave to staff.
type TaskImage struct{ Task, Enrollment, Session ID }

// CohortImage is what a change changed of one cohort.
type CohortImage struct {
	Cohort      Cohort       // as it was, its name left out
	Sessions    []Session    // changed ones, as they were
	Added       []ID         // sessions that the change made
	Enrollments []Enrollment // changed ones, as they were
	Seats       []SeatImage  // of every session that stood before
}

// SeatImage is a seat that a change changed, and its state before; a seat that
// it made was none, which is as good as released.
type SeatImage struct {
	Seat  ID
	State SeatState
}

// keepUndo ends a change after it was settled: it keeps what is needed to take
// it back or, when it takes one back, tells nobody about it.
func (b *Book) keepUndo() {
	if b.Undoing != nil {
		b.hush()
		return
	}
	if !b.undoable {
		return
	}
	if image := b.image(); len(image.Cohorts)+len(image.Closed)+len(image.Opened) > 0 {
		b.Undo = &Undo{Until: b.Now.Add(UndoWindow), Image: image}
	}
}

// image gives what the change of the book changed, as it was.
func (b *Book) image() Image {
	var all Image
	for _, r := range b.Rosters {
		if old := b.Before(r.Cohort.ID); old != nil {
			if one, changed := imageOf(old, r); changed {
				all.Cohorts = append(all.Cohorts, one)
			}
		}
	}
	all.Closed = daysGained(b.wasClosed, b.Clinic.Closed)
	all.Opened = daysGained(b.Clinic.Closed, b.wasClosed)
	all.WasClosed = b.wasClosed
	for _, task := range b.Tasks {
		all.Tasks = append(all.Tasks, TaskImage{task.ID, task.Enrollment, task.Session})
	}
	return all
}

func imageOf(old, r *Roster) (image CohortImage, changed bool) {
	image.Cohort = old.Cohort
	image.Cohort.Name = ""
	for _, s := range r.Sessions {
		switch was := old.Session(s.ID); {
		case was == nil:
			image.Added = append(image.Added, s.ID)
		case *was != *s:
			image.Sessions = append(image.Sessions, *was)
		}
	}
	before := map[ID]*Enrollment{}
	for _, e := range old.Enrollments {
		before[e.ID] = e
	}
	for _, e := range r.Enrollments {
		if was := before[e.ID]; was != nil && (was.State != e.State || was.Entry != e.Entry || !was.EndedAt.Equal(e.EndedAt) || !was.Course.Equal(&e.Course)) {
			image.Enrollments = append(image.Enrollments, *was)
		}
	}
	seats := map[ID]SeatState{}
	for _, seat := range old.Seats {
		seats[seat.ID] = seat.State
	}
	for _, seat := range r.Seats {
		was, known := seats[seat.ID]
		if !known {
			was = SeatReleased
		}
		if was != seat.State && !slices.Contains(image.Added, seat.Session) {
			image.Seats = append(image.Seats, SeatImage{seat.ID, was})
		}
	}
	changed = len(image.Sessions)+len(image.Added)+len(image.Enrollments)+len(image.Seats) > 0 || !slices.Equal(old.Cohort.Closed, r.Cohort.Closed) ||
		!slices.Equal(old.Cohort.Weekdays, r.Cohort.Weekdays) || old.Cohort.At != r.Cohort.At || old.Cohort.Zone != r.Cohort.Zone ||
		old.Cohort.EndsAfter != r.Cohort.EndsAfter
	return image, changed
}

// TakeBack takes back the change that the book was loaded with: sessions, seats
// and cohorts are what they were, sessions that it added are gone, and so are the
// tasks that nobody has done yet. SEQUENCE rises nevertheless, because a
// calendar may have been read meanwhile. It is for who made the change.
//
// NotFound when there is no such change or it was taken back already; Forbidden when
// somebody else made it; Closed when UndoWindow is over or somebody was told; Stale
// when something else changed one of the cohorts since; Conflict when the
// facilitator or people have something else by now.
func (b *Book) TakeBack(by string) error {
	u := b.Undoing
	switch {
	case u == nil:
		return fault.New(fault.NotFound, "There is nothing to undo here. It was undone already, or the time for it is over.")
	case u.By != by:
		return fault.New(fault.Forbidden, "Somebody else made this change, so only they can undo it. Change it back instead.")
	case !b.Now.Before(u.Until):
		return fault.New(fault.Closed, "It is too late to undo this, because people may have been told. Change it back instead, and they hear of that.")
	case u.Overtaken:
		return fault.New(fault.Stale, "Something else has changed here since, so this cannot be undone any more. Look at it again and change it back by hand.")
	}
	b.putBackDays(u.Image)
	for i := range u.Image.Cohorts {
		image := &u.Image.Cohorts[i]
		r := b.Roster(image.Cohort.ID)
		if r == nil {
			return fault.New(fault.NotFound, "A cohort of this change is not there any more. Choose one from the list.")
		}
		if r.toldOf(image.Added) || u.toldOf(image.Added) {
			return fault.New(fault.Closed, "Somebody has been told of the added session already. Cancel it instead, and they hear of that.")
		}
		r.putBack(image)
		if err := b.checkDaysBack(r, image, u.Image.WasClosed); err != nil {
			return err
		}
	}
	for _, image := range u.Image.Cohorts {
		if err := b.newClashes(b.Roster(image.Cohort.ID)).fault("", "Look at it again and change it back by hand."); err != nil {
			return err
		}
		b.note("change.undo", image.Cohort.ID)
	}
	return nil
}

// toldOf tells whether anybody was told of a seat in one of these sessions.
func (r *Roster) toldOf(sessions []ID) bool {
	return slices.ContainsFunc(r.Seats, func(s *Seat) bool { return slices.Contains(sessions, s.Session) && s.Told != (Told{}) })
}

// toldOf tells whether staff have done a task about one of these sessions.
func (u *Undo) toldOf(sessions []ID) bool {
	return slices.ContainsFunc(u.Image.Tasks, func(t TaskImage) bool {
		return slices.Contains(sessions, t.Session) && slices.Contains(u.Done, t.Task)
	})
}

// putBack makes a roster what it was before a change.
func (r *Roster) putBack(image *CohortImage) {
	r.revive()
	was := &image.Cohort
	r.Cohort.Zone, r.Cohort.ZoneData, r.Cohort.Start, r.Cohort.At = was.Zone, was.ZoneData, was.Start, was.At
	r.Cohort.Weekdays, r.Cohort.Closed, r.Cohort.AcceptShift = was.Weekdays, was.Closed, was.AcceptShift
	r.Cohort.EndsAfter, r.Cohort.State = was.EndsAfter, was.State
	r.Sessions = slices.DeleteFunc(r.Sessions, func(s *Session) bool { return slices.Contains(image.Added, s.ID) })
	r.Seats = slices.DeleteFunc(r.Seats, func(s *Seat) bool { return slices.Contains(image.Added, s.Session) })
	for i := range image.Sessions {
		if s := r.Session(image.Sessions[i].ID); s != nil {
			*s = image.Sessions[i]
		}
	}
	states := map[ID]SeatState{}
	for _, seat := range image.Seats {
		states[seat.Seat] = seat.State
	}
	for _, seat := range r.Seats {
		if state, changed := states[seat.ID]; changed {
			seat.State = state
		}
	}
	for i := range image.Enrollments {
		if e := r.Enrollment(image.Enrollments[i].ID); e != nil {
			e.putBack(&image.Enrollments[i])
		}
	}
	r.arrange()
}

// putBack makes an enrollment what it was; an offer that was made since is
// taken back, because what was said to somebody is not forgotten.
func (e *Enrollment) putBack(was *Enrollment) {
	offers, facts := slices.Clone(e.Offers), e.Facts
	e.State, e.Entry, e.EndedAt, e.Course = was.State, was.Entry, was.EndedAt, was.Course
	e.Facts = facts // what was recorded stays recorded
	for _, offer := range offers {
		if !slices.ContainsFunc(e.Offers, func(o Offer) bool { return o.ID == offer.ID }) {
			offer.State = OfferTaken
			e.Offers = append(slices.Clone(e.Offers), offer)
		}
	}
}

// hush ends the taking back of a change after it was settled: staff are asked
// to tell only what they told somebody already, and the notices that it owes
// tell nobody what they know, because the gate compares told with true.
func (b *Book) hush() {
	var told []Task
	for _, image := range b.Undoing.Image.Tasks {
		if !slices.Contains(b.Undoing.Done, image.Task) {
			b.Dropped = append(b.Dropped, image.Task)
			continue
		}
		for _, task := range b.Tasks {
			if task.Enrollment == image.Enrollment && task.Session == image.Session {
				told = append(told, task)
			}
		}
	}
	b.Tasks = told
	b.Tellings = slices.DeleteFunc(b.Tellings, func(t Telling) bool {
		return t.Channel != "" || !slices.ContainsFunc(told, func(k Task) bool { return k.Enrollment == t.Enrollment && k.Session == t.Session })
	})
}

// Undo takes back the change with this number of the clinic and gives the
// cohorts that are what they were. It fails as Book.TakeBack does.
func (d *Desk) Undo(ctx context.Context, q Request, changeNo int64) (cohorts []ID, err error) {
	changed, err := d.Change(ctx, q, Proposal{access.SessionChange, Load{Undo: changeNo}, func(b *Book, by access.Actor) error {
		return b.TakeBack(by.String())
	}})
	return changed.Cohorts, err
}
