package scheduler

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// seatChange is one seat that a change has changed for its person.
type seatChange struct {
	roster     *Roster // of the session
	enrollment *Enrollment
	seat       *Seat
	session    *Session
	was        Moment // before the change; after a hold, what was told
}

// continuesTold tells whether an enrollment continues one whose dates ahead the person was told.
// Then one message says what is off and what holds instead, and no welcome is needed.
func (b *Book) continuesTold(e *Enrollment) bool {
	if e.Continues == "" || e.EntryMode != ModeNew { // who comes back is welcomed
		return false
	}
	for _, k := range b.known(e.Person) {
		if k.Seat.Enrollment == e.Continues && k.Known.Expected && k.Known.Start.After(b.Now) {
			return true
		}
	}
	return false
}

// known lists all seats of a person in the book with what they were told of them. A date that
// was added a moment ago, to somebody who has been welcomed, is announced.
func (b *Book) known(person ID) []KnownSeat {
	var all []KnownSeat
	welcomed := map[ID]bool{} // enrollments
	for _, r := range b.Rosters {
		for _, seat := range r.Seats {
			if seat.Person == person {
				all = append(all, b.knownSeat(seat, r.Session(seat.Session)))
				welcomed[seat.Enrollment] = welcomed[seat.Enrollment] || seat.Told != Told{}
			}
		}
	}
	for i := range all {
		seat := all[i].Seat
		all[i].Announced = welcomed[seat.Enrollment] && b.Now.Sub(seat.ChangedAt) <= ChangeDelay
	}
	return all
}

func (b *Book) knownSeat(seat *Seat, session *Session) KnownSeat {
	k := KnownSeat{Seat: seat, Session: session, Enrollment: Active, Known: seat.Told.Moment}
	if _, e := b.withEnrollment(seat.Enrollment); e != nil {
		k.Enrollment, k.Continued = e.State, b.continued(e)
	}
	return k
}

// continued tells whether another enrollment goes on from this one.
func (b *Book) continued(e *Enrollment) bool {
	for _, r := range b.Rosters {
		for _, other := range r.Enrollments {
			if other.Continues == e.ID && other.State != Withdrawn {
				return true
			}
		}
	}
	return false
}

// planNews plans what a change must tell. All news of one person is one message: dates that
// are off stand beside those that hold instead. A single date that stands in a calendar, or will,
// is told by its calendar mail alone.
func (b *Book) planNews(all []seatChange) {
	var people []ID
	byPerson := map[ID][]seatChange{}
	for _, o := range all {
		person := o.enrollment.Person
		if byPerson[person] == nil {
			people = append(people, person)
		}
		byPerson[person] = append(byPerson[person], o)
	}
	for _, person := range people {
		b.planPersonNews(person, byPerson[person])
	}
}

// message is what one person is told of one change.
type message struct {
	changes []seatChange
	news    []News // of these, what the person does not know for certain
	earlier []News // of changes before, not told yet
	text    bool   // one text says it all, before any calendar mail
	start   time.Time
	until   time.Time // from which on it is too late
	due     time.Time
	thread  *Enrollment
	cohort  ID
}

// version is one that no other change has: every change raises the sequence of its seats.
func (m message) version() ID {
	var seats strings.Builder
	for _, o := range m.changes {
		fmt.Fprintf(&seats, "%s:%d ", o.seat.ID, o.seat.Sequence)
	}
	return DeriveID(m.thread.ID, "changes", seats.String())
}

// planPersonNews plans the message about one person's changes.
func (b *Book) planPersonNews(person ID, all []seatChange) {
	var owed []seatChange
	for _, o := range all {
		switch {
		case o.session.Past(b.Now) || b.unannouncedYet(o):
		case b.comesWithWelcome(o):
			b.planInvite(o)
		default:
			owed = append(owed, o)
		}
	}
	if len(owed) == 0 {
		return
	}
	m := b.messageOf(person, owed)
	switch {
	case b.unreachable(person):
		b.askCalls(m)
	case m.text:
		b.planText(m)
	default:
		b.planCalendarNotice(m)
	}
}

// messageOf puts together what one person is told. Anyone who left before their welcome is
// told nothing for certain; an attempt that is open may prove otherwise, so a text is
// promised and the gate decides.
func (b *Book) messageOf(person ID, all []seatChange) message {
	m := message{changes: all, thread: all[0].enrollment}
	var off *seatChange
	mine := map[ID]bool{}
	var known []KnownSeat
	for i, o := range all {
		mine[o.seat.ID] = true
		k := b.knownSeat(o.seat, o.session)
		k.Announced = true
		if left := !o.enrollment.State.Live(); o.seat.Told == (Told{}) && !left {
			k.Known = o.was // they will know by the time: a welcome goes first
		}
		known = append(known, k)
		if !k.current().Expected && off == nil {
			off = &all[i]
		}
		m.until = later(later(m.until, o.session.End), o.seat.Told.End)
	}
	if off != nil {
		m.thread = off.enrollment
	}
	m.news = NewsOf(known, b.Now)
	m.earlier = NewsOf(slices.DeleteFunc(b.known(person), func(k KnownSeat) bool { return mine[k.Seat.ID] }), b.Now)
	m.text = len(all)+len(m.earlier) > 1 || off != nil && !off.seat.Told.Invited || b.texted(person)
	m.start = b.firstOf(all, m)
	m.due = TellAt(m.start, b.Now)
	m.cohort = b.homeOf(seatChange{roster: all[0].roster, enrollment: m.thread})
	return m
}

// texted tells whether a person is written to by text first. A text tells a single date, too, because
// it can carry no calendar object.
func (b *Book) texted(person ID) bool {
	p := b.People[person]
	return p != nil && p.Writes() == SMS
}

// firstOf is the earliest instant from which on some of the news is useless.
func (b *Book) firstOf(all []seatChange, m message) time.Time {
	var first time.Time
	for _, n := range slices.Concat(m.news, m.earlier) {
		if first.IsZero() || n.Start().Before(first) {
			first = n.Start()
		}
	}
	for _, o := range all {
		if len(m.news) == 0 && (first.IsZero() || o.session.Start.Before(first)) {
			first = o.session.Start
		}
	}
	return first
}

// planText plans one text about everything, followed by a mail for each calendar object that is
// still needed (RFC 5546 §3.2.2: one UID a mail). The gate holds those until the text has left.
func (b *Book) planText(m message) {
	notices := b.noticesOf(Notice{
		Kind: Changes, Person: m.thread.Person, Enrollment: m.thread.ID, Version: m.version(), Start: m.start,
		Due: m.due, NotAfter: m.until,
	}, nil)
	b.Notices = append(b.Notices, notices...)
	for _, n := range notices {
		b.announce(m, n.Channel, n.Due)
	}
	for _, o := range m.changes {
		b.planCalendarObject(o, m.due)
	}
	b.askUrgentCall(m, notices)
}

// planCalendarObject plans the calendar mail of one seat. A seat that is in no calendar needs no
// cancellation, unless an invite is on its way at this moment.
func (b *Book) planCalendarObject(o seatChange, due time.Time) {
	notices := b.noticesOf(b.calendarNotice(o, due), o.seat)
	if !MomentOf(o.seat, o.session).Expected && !o.seat.Told.Invited {
		b.Unsure = append(b.Unsure, notices...)
	} else {
		b.Notices = append(b.Notices, notices...)
	}
}

// planCalendarNotice plans the calendar mail that tells a single date.
func (b *Book) planCalendarNotice(m message) {
	notices := b.noticesOf(b.calendarNotice(m.changes[0], m.due), m.changes[0].seat)
	b.Notices = append(b.Notices, notices...)
	for _, n := range notices {
		b.announce(m, n.Channel, n.Due)
	}
	b.askUrgentCall(m, notices)
}

// announce lists the news of a message for the preview.
func (b *Book) announce(m message, by Channel, at time.Time) {
	for _, n := range m.news {
		r, _ := b.withSession(n.Session.ID)
		b.Announcements = append(b.Announcements, Announcement{
			Person: m.thread.Person, Enrollment: n.Seat.Enrollment, Cohort: m.cohort, Session: n.Session.ID,
			Zone: r.Cohort.Zone, About: n.About(), Before: n.Before, After: n.After, Channel: by, At: at,
			Urgent: by != "" && urgent(m.start, b.Now),
		})
	}
}

// askUrgentCall also asks staff to call when a session starts soon, because the mail may be read too late.
func (b *Book) askUrgentCall(m message, notices []Notice) {
	if len(m.news) == 0 || len(notices) == 0 || !urgent(m.start, b.Now) || !urgent(b.firstUnsaid(m), b.Now) {
		return
	}
	b.Tasks = append(b.Tasks, NewTask(b.Clinic.ID, b.callOf(m), UrgentKey(notices[0].Key), b.Now))
}

// askCalls asks staff to call a person who cannot be written to.
func (b *Book) askCalls(m message) {
	if len(m.news) == 0 || b.firstUnsaid(m).IsZero() {
		return
	}
	natural := fmt.Sprintf("changes:%s:%s", m.thread.ID, m.version())
	if len(m.news)+len(m.earlier) == 1 {
		natural = fmt.Sprintf("%s:%d", m.news[0].Seat.ID, m.news[0].Seat.Sequence)
	}
	b.Tasks = append(b.Tasks, NewTask(b.Clinic.ID, b.callOf(m), natural, b.Now))
	b.announce(m, "", time.Time{})
}

// firstUnsaid is the earliest start of the news in a message that its person did not say themself; zero: they said all.
func (b *Book) firstUnsaid(m message) time.Time {
	var first time.Time
	for _, n := range slices.Concat(m.news, m.earlier) {
		if !slices.Contains(b.saidOff, n.Seat.ID) && (first.IsZero() || n.Start().Before(first)) {
			first = n.Start()
		}
	}
	return first
}

// callOf is the task to tell a message by phone, before the first of its dates.
func (b *Book) callOf(m message) Task {
	t := Task{
		Kind: CallTask, About: AboutChanges, Cohort: m.cohort, Person: m.thread.Person, Enrollment: m.thread.ID,
		Due: earlier(b.Now.Add(24*time.Hour), m.start),
	}
	if urgent(m.start, b.Now) {
		t.Due = earlier(b.Now.Add(UrgentCall), m.start)
	}
	all := slices.Concat(m.news, m.earlier)
	if len(all) == 1 {
		t.About, t.Session, t.Enrollment = all[0].About(), all[0].Session.ID, all[0].Seat.Enrollment
		return t
	}
	sortNews(all)
	if loc, err := b.Zones.Location(b.Roster(m.cohort).Cohort.Zone); err == nil {
		t.Note = NewsNote(all, loc)
	}
	return t
}

// comesWithWelcome tells whether a date stands in the welcome of who has just been seated.
func (b *Book) comesWithWelcome(o seatChange) bool {
	return !o.seat.Elsewhere && welcomed(b.Before(o.roster.Cohort.ID), o.enrollment) && !b.continuesTold(o.enrollment)
}

// planInvite plans the invite of a date that a welcome lists, when it is in the near future.
func (b *Book) planInvite(o seatChange) {
	if o.session.Start.Sub(b.Now) > InviteWindow || b.unreachable(o.enrollment.Person) {
		return
	}
	b.planMessage(plannedMessage{
		notice: b.calendarNotice(o, TellAt(o.session.Start, b.Now)), seat: o.seat, before: o.was,
		after: MomentOf(o.seat, o.session),
		task:  Task{About: AboutAdded, Cohort: b.homeOf(o)}, zone: o.roster.Cohort.Zone,
	})
}

// homeOf is the cohort of the enrollment of a seat.
func (b *Book) homeOf(o seatChange) ID {
	if r, _ := b.withEnrollment(o.enrollment.ID); r != nil {
		return r.Cohort.ID
	}
	return o.roster.Cohort.ID
}

// unannouncedYet tells whether a date was planned so far ahead that its invite will tell it.
func (b *Book) unannouncedYet(o seatChange) bool {
	return slices.Contains(b.unannounced, o.session.ID) && o.session.Start.Sub(b.Now) > InviteWindow
}

func (b *Book) calendarNotice(o seatChange, due time.Time) Notice {
	start := o.session.Start
	if o.seat.Told.Expected {
		start = earlier(start, o.seat.Told.Start)
	}
	return Notice{
		Kind: Calendar, Person: o.enrollment.Person, Enrollment: o.enrollment.ID, Session: o.session.ID,
		Seat:  o.seat.ID,
		Start: start, Due: due, NotAfter: later(o.session.End, o.seat.Told.End),
	}
}
