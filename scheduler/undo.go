package scheduler

import (
	"maps"
	"slices"
	"time"

	"almanac/protocols"
	"almanac/protocols/civil"
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
	Done        []ID                             // tasks of the change that are done already
	Since       string                           // who changed some of the same things later; empty: nobody known
	Definitions map[string]*protocols.Definition // that its cohorts followed before, by hash
}

// Image is what a change changed, as it was before and after. It holds ids and
// values, and no name of a person and no reason.
type Image struct {
	What    string // what was done, in a few words for staff
	Cohorts []CohortImage
	Tasks   []TaskImage
	Resting map[ID][]ID // people whose seats it freed, by session; "" is a seat that nobody had
	// Closed and Opened are days on which the clinic was closed, or opened again.
	Closed, Opened []civil.DateRange
	// WasClosed are the clinic's closed days before the change.
	WasClosed []civil.DateRange
	Message   ID `json:",omitempty"` // that it sends; empty: none
}

// TaskImage is a task that a change gave to staff.
type TaskImage struct{ Task, Enrollment, Session ID }

// CohortImage is what a change changed of one cohort.
type CohortImage struct {
	Cohort                       RowImage
	Sessions, Enrollments, Seats []RowImage
}

// Touches tells whether the change concerned a cohort, session, enrollment or person.
func (m Image) Touches(id ID) bool {
	is := func(row RowImage) bool { return row.ID == id || row.Of == id }
	return slices.ContainsFunc(m.Cohorts, func(c CohortImage) bool {
		return is(c.Cohort) || slices.ContainsFunc(c.Sessions, is) || slices.ContainsFunc(c.Enrollments, is) ||
			slices.ContainsFunc(c.Seats, is)
	})
}

// Made tells whether the change made a session or an enrollment.
func (m Image) Made(id ID) bool {
	return slices.ContainsFunc(m.Cohorts, func(c CohortImage) bool {
		return slices.Contains(added(c.Sessions), id) || slices.Contains(added(c.Enrollments), id)
	})
}

// keepUndo ends a change after its notices are planned: it keeps what is needed to take
// it back or, when it takes one back, tells nobody about it. A change whose messages
// leave at once cannot be taken back: it is kept for the duty that offers its seats.
func (b *Book) keepUndo(what string) {
	if b.Undoing != nil {
		b.dropNews()
		return
	}
	if what == "" {
		return
	}
	until := b.Now.Add(UndoWindow)
	if b.tellsAtOnce() {
		until = b.Now
	}
	if image := b.image(what); len(image.Cohorts)+len(image.Closed)+len(image.Opened) > 0 {
		b.Undo = &Undo{ChangeNo: b.Clinic.ChangeNo + 1, Until: until, Image: image}
	}
}

// Rests tells whether the change of the book can be taken back for a while.
func (b *Book) Rests() bool { return b.Undo != nil && b.Undo.Until.After(b.Now) }

// image keeps what the change of the book changed.
func (b *Book) image(what string) Image {
	image := Image{
		What: what, Resting: map[ID][]ID{},
		Closed: daysGained(b.wasClosed, b.Clinic.Closed), Opened: daysGained(b.Clinic.Closed, b.wasClosed),
		WasClosed: b.wasClosed,
	}
	for _, r := range b.Rosters {
		old := b.Before(r.Cohort.ID)
		if old == nil {
			continue
		}
		if one, changed := imageOf(old, r); changed {
			image.Cohorts = append(image.Cohorts, one)
		}
		for _, s := range r.upcoming(b.Now) {
			if freed := r.freed(s); len(freed) > 0 {
				image.Resting[s.ID] = freed
			}
		}
	}
	if m := b.Message; m != nil { // it changes nothing of its cohort, which is named for its pages
		image.Message = m.ID
		image.Cohorts = append(image.Cohorts, CohortImage{Cohort: RowImage{ID: m.Cohort}})
	}
	for _, task := range b.Tasks {
		image.Tasks = append(image.Tasks, TaskImage{task.ID, task.Enrollment, task.Session})
	}
	return image
}

// tellsAtOnce tells whether a message of the change does not rest.
func (b *Book) tellsAtOnce() bool {
	return slices.ContainsFunc(b.Notices, func(n Notice) bool { return n.Due.Before(b.Now.Add(ChangeDelay)) })
}

// freed lists the people whose seats in a session the change of the book frees.
// They stay theirs while the change rests, so nobody else is offered them.
func (r *Roster) freed(s *Session) []ID {
	if r.resting == nil || r.resting.Session(s.ID) == nil {
		return nil
	}
	var people []ID
	for _, was := range r.resting.seatsIn(s.ID) {
		if now := r.seat(was.Enrollment, s.ID); was.State.Occupies() && (now == nil || !now.State.Occupies()) {
			people = append(people, was.Person)
		}
	}
	for range s.SeatLimit - r.resting.Session(s.ID).SeatLimit {
		people = append(people, "")
	}
	return people
}

// full tells whether a session has no seat for a person whose seats are planned
// anew. A seat that rests counts as taken for everybody but its person.
func (r *Roster) full(s *Session, person ID) bool {
	return r.Seated(s.ID)+restFor(r.restingIn(s, nil), person) >= s.SeatLimit
}

// closedTo tells whether a session has no seat for a person who would begin.
// Also the seats that the change of the book itself frees count as taken.
func (r *Roster) closedTo(s *Session, person ID) bool { return r.left(s, person) <= 0 }

// left counts the seats of a session that a person who would begin may take.
func (r *Roster) left(s *Session, person ID) int {
	return s.SeatLimit - r.Seated(s.ID) - restFor(r.restingIn(s, r.freed(s)), person)
}

// returnable counts the seats of a session that a change can give back to their people.
func (r *Roster) returnable(s *Session) int {
	n := 0
	for _, person := range r.restingIn(s, r.freed(s)) {
		if person != "" {
			n++
		}
	}
	return n
}

// restFor counts those that are not the person's own.
func restFor(people []ID, person ID) int {
	n := 0
	for _, id := range people {
		if id == "" || id != person {
			n++
		}
	}
	return n
}

// TakeBack takes back the change that the book was loaded with: what it changed
// is what it was, what it made is gone, and so are the tasks that nobody has done
// yet. SEQUENCE rises nevertheless, because a calendar may have been read
// meanwhile. It is for who made the change.
//
// NotFound when there is no such change or it was taken back already; Forbidden when
// somebody else made it; Closed when UndoWindow is over or somebody was told; Stale
// when the same sessions, seats or enrollments changed since; Conflict when the
// facilitator or people have something else by now.
func (b *Book) TakeBack(by string) error {
	u := b.Undoing
	switch {
	case u == nil:
		return fault.New(fault.NotFound,
			"There is nothing to undo here. It was already undone, or the time for it is over.")
	case u.By != by:
		return fault.New(fault.Forbidden,
			"Another person made this change, so only they can undo it. Change it back instead.")
	case !b.Now.Before(u.Until):
		return fault.New(fault.Closed,
			"It is too late to undo this, because people may have been told. Change it back instead, and they "+
				"will be told again.")
	}
	if u.Image.Message != "" && len(u.Done) > 0 {
		return fault.New(fault.Closed, "A person has already been told by phone. Write again to say what has changed.")
	}
	b.putBackDays(u.Image)
	for i := range u.Image.Cohorts {
		image := &u.Image.Cohorts[i]
		r := b.Roster(image.Cohort.ID)
		if r == nil {
			return fault.New(fault.NotFound, "A cohort of this change no longer exists. Choose one from the list.")
		}
		if r.toldOf(image) || u.toldOf(image) {
			return fault.New(fault.Closed,
				"A person has already been told of the added dates. Cancel them instead, and they will be told.")
		}
		same, err := r.putBack(image, u.Definitions)
		if err != nil {
			return err
		}
		if !same {
			return fault.New(fault.Stale,
				"%s since changed the same sessions or enrollments, so this can no longer be undone. Look at it "+
					"again and change it back by hand.", u.since())
		}
		if err := b.checkDaysBack(r, image, u.Image.WasClosed); err != nil {
			return err
		}
	}
	for _, r := range b.Rosters {
		r.releaseResting(u.Image)
		r.limit(b.Now)
	}
	for _, image := range u.Image.Cohorts {
		if err := b.newClashes(b.Roster(image.Cohort.ID)).fault("",
			"Look at it again and change it back by hand."); err != nil {
			return err
		}
		b.note("change.undo", image.Cohort.ID)
		if _, named := image.Cohort.Was["Staffing"]; named {
			b.askRoles(b.Roster(image.Cohort.ID))
		}
	}
	return nil
}

// restNoMore lets go of the seats that an undone change had freed: they are their
// people's again.
func (r *Roster) releaseResting(image Image) {
	for session, freed := range image.Resting {
		if r.Session(session) == nil {
			continue
		}
		left := slices.Clone(r.Resting[session])
		for _, person := range freed {
			if i := slices.Index(left, person); i >= 0 {
				left = slices.Delete(left, i, i+1)
			}
		}
		resting := maps.Clone(r.Resting) // a clone of the roster shares it
		if resting == nil {
			continue
		}
		resting[session] = left
		r.Resting = resting
	}
}

// since names who changed the same things later.
func (u *Undo) since() string {
	if u.Since == "" {
		return "Another change has"
	}
	return u.Since + " has"
}

// added lists the rows of an image that the change made.
func added(rows []RowImage) []ID {
	var all []ID
	for _, row := range rows {
		if row.Was == nil {
			all = append(all, row.ID)
		}
	}
	return all
}

// toldOf tells whether anybody was told of a seat that the change made.
func (r *Roster) toldOf(image *CohortImage) bool {
	made := added(image.Seats)
	return slices.ContainsFunc(r.Seats, func(s *Seat) bool { return slices.Contains(made, s.ID) && s.Told != (Told{}) })
}

// toldOf tells whether staff have done a task about a session or an enrollment
// that the change made.
func (u *Undo) toldOf(image *CohortImage) bool {
	sessions, enrollments := added(image.Sessions), added(image.Enrollments)
	return slices.ContainsFunc(u.Image.Tasks, func(t TaskImage) bool {
		return slices.Contains(u.Done, t.Task) &&
			(slices.Contains(sessions, t.Session) || slices.Contains(enrollments, t.Enrollment))
	})
}

// dropNews ends an undo. Staff get tasks only for what they have already told somebody.
// Planned notices stay, because the gate drops those that say nothing new.
func (b *Book) dropNews() {
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
	for _, task := range b.Tasks {
		if task.About == AboutRole { // open anew, because nobody fills the role again
			told = append(told, task)
		}
	}
	b.Tasks = told
	b.Announcements = slices.DeleteFunc(b.Announcements, func(t Announcement) bool {
		return t.Channel != "" ||
			!slices.ContainsFunc(told,
				func(k Task) bool { return k.Enrollment == t.Enrollment && k.Session == t.Session })
	})
	b.StaffAnnouncements = nil // the gate compares what they were told with what is true, as for everybody
	// A welcome and the news of an offer were promised before the change was made.
	b.Notices = slices.DeleteFunc(b.Notices, func(n Notice) bool {
		return (n.Kind == Welcome || n.Kind == OfferNotice) && b.Undoing.Image.Touches(n.Enrollment)
	})
}
