package scheduler

import (
	"slices"
	"time"
)

// Run carries a change out. What fell due before happens first: an offer that has lapsed cannot be accepted, and its
// seats are free for the next. Then its notices are planned. what says what the change did, when it can be taken
// back; empty: it cannot.
func (b *Book) Run(what string, do func() error) error {
	if err := b.recompute(); err != nil {
		return err
	}
	if what != "" {
		for _, r := range b.Rosters {
			r.resting = b.Before(r.Cohort.ID)
		}
	}
	if err := do(); err != nil {
		return err
	}
	b.PlanNotices()
	b.keepUndo(what)
	return b.Err()
}

// PlanNotices compares every seat with what it was when the book was loaded. It raises the
// SEQUENCE of those that differ and plans the notices. Call it once, after the change and
// before saving.
func (b *Book) PlanNotices() {
	var owed []seatChange
	for _, r := range b.Rosters {
		old := b.Before(r.Cohort.ID)
		for _, e := range r.Enrollments {
			if welcomed(old, e) && !b.continuesTold(e) {
				b.planWelcome(r, e)
			}
			b.planWaitlistNotice(r, e)
			b.planOfferNotice(r, e, old)
			b.closeOfferCall(e)
		}
		for _, seat := range r.Seats {
			if o, changed := b.compareSeat(r, seat); changed {
				owed = append(owed, o)
			}
		}
	}
	b.planNews(owed)
	b.planStaffNotices()
}

// was is an enrollment as it was loaded, nil when the change made it.
func (b *Book) was(e ID) *Enrollment {
	for _, r := range b.before {
		if found := r.Enrollment(e); found != nil {
			return found
		}
	}
	return nil
}

// welcomed tells whether a change seats somebody who had no seats before. Who
// moves on into another phase keeps one itinerary and is only told the dates.
func welcomed(old *Roster, e *Enrollment) bool {
	if e.State != Active || e.InPhase {
		return false
	}
	if old == nil || old.Enrollment(e.ID) == nil {
		return true
	}
	was := old.Enrollment(e.ID).State
	return was != Active && was != OnHold && was != Completed
}

// compareSeat compares one seat with what it was, and returns what changed. Seats that are only
// kept for an answer, or until prerequisites are done, are nothing that people know of.
func (b *Book) compareSeat(r *Roster, seat *Seat) (o seatChange, changed bool) {
	_, e := b.withEnrollment(seat.Enrollment)
	if e == nil {
		e = &Enrollment{ID: seat.Enrollment, Person: seat.Person, State: Active}
	}
	if e.State == Pending || e.State == Offered {
		return seatChange{}, false
	}
	var before Moment
	known := false
	was, session := b.was(e.ID), r.Session(seat.Session)
	if old := b.Before(r.Cohort.ID); old != nil && (was == nil || was.State != Pending && was.State != Offered) {
		if s := old.seat(seat.Enrollment, seat.Session); s != nil {
			before, known = MomentOf(s, old.Session(s.Session)), true
			if s.State.Occupies() && seat.State.Occupies() && !session.Start.After(b.Now) {
				before.Expected = MomentOf(seat, session).Expected // attendance was taken, which is no news
			}
		}
	}
	near := r.distinct() || session.Start.Sub(b.Now) <= InviteWindow
	if was != nil && was.State == OnHold && e.State == Active && (seat.Told.Expected || near) {
		before = seat.Told.Moment // what happened during the leave was not told
	}
	if before.Equal(MomentOf(seat, session)) {
		return seatChange{}, false
	}
	if known {
		seat.Sequence++
		seat.ChangedAt = b.Now
	}
	return seatChange{roster: r, enrollment: e, seat: seat, session: session, was: before}, true
}

// planWelcome plans the message with all dates for somebody who has just been seated.
func (b *Book) planWelcome(r *Roster, e *Enrollment) {
	last := b.Now
	var first time.Time
	for _, seat := range r.SeatsOf(e.ID) {
		s := r.Session(seat.Session)
		if !seat.State.Occupies() {
			continue
		}
		last = later(last, s.End)
		if s.Start.After(b.Now) && (first.IsZero() || s.Start.Before(first)) {
			first = s.Start
		}
	}
	b.planMessage(plannedMessage{
		notice: Notice{Kind: Welcome, Person: e.Person, Enrollment: e.ID, Start: first, Due: TellAt(first, b.Now),
			NotAfter: last},
		task: Task{Kind: LetterTask, About: AboutWelcome, Cohort: r.Cohort.ID, Person: e.Person, Enrollment: e.ID,
			Due: b.Now.Add(24 * time.Hour)},
		zone:    r.Cohort.Zone,
		natural: string(e.ID),
	})
}

// planWaitlistNotice plans the message to somebody who has just joined the waitlist. People who only
// change waitlists, or return to theirs after an offer, know it.
func (b *Book) planWaitlistNotice(r *Roster, e *Enrollment) {
	waited := func(was *Enrollment) bool { return was != nil && (was.State == Waiting || was.State == Offered) }
	if e.State != Waiting || waited(b.was(e.ID)) || e.Continues != "" && waited(b.was(e.Continues)) {
		return
	}
	b.planMessage(plannedMessage{
		notice: Notice{
			Kind: OnWaitlist, Person: e.Person, Enrollment: e.ID, Due: b.Now.Add(ChangeDelay),
			NotAfter: b.Now.Add(WaitlistUseful),
		},
		task: Task{
			Kind: CallTask, About: AboutWaiting, Cohort: r.Cohort.ID, Person: e.Person, Enrollment: e.ID,
			Due: b.Now.Add(24 * time.Hour),
		},
		zone:    r.Cohort.Zone,
		natural: AboutWaiting + ":" + string(e.ID),
	})
}

// planOfferNotice plans the message about an offer that this change made. It rests as
// other news does, so that a change that is taken back offers nothing; one that time made leaves at once.
func (b *Book) planOfferNotice(r *Roster, e *Enrollment, old *Roster) {
	offer := e.Offer()
	if offer == nil || !offer.ToldAt.IsZero() {
		return
	}
	if old != nil && old.Enrollment(e.ID) != nil {
		if was := old.Enrollment(e.ID).Offer(); was != nil && was.ID == offer.ID {
			return
		}
	}
	entry := r.Session(offer.Entry)
	limit, due := b.lapses(r, e, *offer), TellAt(entry.Start, b.Now)
	if b.byClock {
		due = b.Now
	}
	b.planMessage(plannedMessage{
		notice: Notice{Kind: OfferNotice, Person: e.Person, Enrollment: e.ID, Offer: offer.ID, Start: entry.Start,
			Due: due, NotAfter: limit},
		after: Moment{Expected: true, Start: entry.Start, End: entry.End, Place: entry.Place, Meeting: entry.Meeting},
		task: Task{
			Kind: CallTask, About: AboutOffer, Cohort: r.Cohort.ID, Person: e.Person, Enrollment: e.ID,
			Session: entry.ID,
			Due:     earlier(b.Now.Add(24*time.Hour), limit),
		},
		zone:    r.Cohort.Zone,
		natural: string(offer.ID),
	})
}

// closeOfferCall closes the call about an offer that is no longer open.
func (b *Book) closeOfferCall(e *Enrollment) {
	was := b.was(e.ID)
	if was == nil || was.Offer() == nil {
		return
	}
	before, now := was.Offer(), e.Offer()
	if now == nil || now.ID != before.ID {
		b.closeTask(CallTask, string(before.ID), ClosedByOfferEnd)
	}
}

// plannedMessage is a message to plan, and the task that replaces it for people without a channel.
type plannedMessage struct {
	notice  Notice
	seat    *Seat // nil for a welcome
	before  Moment
	after   Moment
	task    Task
	zone    string // of the session's cohort
	natural string // the task's natural key
}

// Announcement is one thing that a change will tell one person.
type Announcement struct {
	Person, Enrollment ID
	Cohort             ID        // of the enrollment
	Session            ID        // empty: all of the enrollment's
	Zone               string    // of the cohort of the session, else of the enrollment
	About              string    // as a task is about
	Before, After      Moment    // of the session; zero for a welcome
	Channel            Channel   // empty: nobody may write to them, so staff get a task
	At                 time.Time // UTC instant at which the message leaves; zero: it is a task
	Urgent             bool      // staff are asked to call besides, because the session starts so soon
}

// planMessage plans one message, on the channel by which the person is written to, or a task if
// there is none.
func (b *Book) planMessage(t plannedMessage) {
	about := Announcement{
		Person: t.notice.Person, Enrollment: t.notice.Enrollment, Cohort: t.task.Cohort, Session: t.notice.Session,
		Zone: t.zone, About: t.task.About, Before: t.before, After: t.after,
	}
	if b.unreachable(t.notice.Person) {
		b.Announcements = append(b.Announcements, about)
		b.Tasks = append(b.Tasks, NewTask(b.Clinic.ID, t.task, t.natural, b.Now))
		return
	}
	for _, n := range b.noticesOf(t.notice, t.seat) {
		about.Channel, about.At = n.Channel, n.Due
		b.Announcements = append(b.Announcements, about)
		b.Notices = append(b.Notices, n)
	}
}

// noticesOf makes the notice on the channel by which its person is written to: the first that they
// consented to. A calendar object goes by mail, and to nobody without mail.
func (b *Book) noticesOf(n Notice, seat *Seat) []Notice {
	p := b.People[n.Person]
	if p == nil {
		return nil
	}
	n.Channel = p.Writes()
	if n.Kind == Calendar {
		n.Channel = Email
	}
	if n.Channel == "" || !slices.Contains(p.Reach, n.Channel) {
		return nil
	}
	return []Notice{NewNotice(n, seat, b.Now)}
}

// HandedOver tells whether Almanac itself hands messages over on this channel.
func (c Channel) HandedOver() bool { return c == Email || c == SMS }

// Writes is the channel by which a person is written to first; empty: none.
func (p *Person) Writes() Channel {
	for _, c := range p.Reach {
		if c.HandedOver() {
			return c
		}
	}
	return ""
}

// unreachable: no channel of this person is one that we hand over on.
func (b *Book) unreachable(person ID) bool {
	p := b.People[person]
	return p == nil || !p.Reachable()
}

// Reachable tells whether any consented channel is one that is handed over on.
func (p *Person) Reachable() bool { return p.Writes() != "" }

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
