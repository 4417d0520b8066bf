package scheduler

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Assignment is what a member of staff was told of one session that they lead, or led.
// Its zero value is that they were told nothing.
type Assignment struct {
	Session, Staff ID
	UID            string // iCalendar UID; minted by the store with the row, kept for ever
	Sequence       int    // RFC 5546 §2.1.4: of the next calendar object
	Told           Moment // as the last mail said that is known to have left
	// Invited: the last calendar object that left was a REQUEST.
	Invited bool
	// InDoubt: a mail was tried and its outcome is not known; Tried is what it said.
	InDoubt   bool
	Tried     Moment
	CreatedAt time.Time // UTC instant
}

// AboutAssignment: somebody on the staff must hear of a session that they lead, or led.
const AboutAssignment = "assignment"

// AboutNoLeader: who leads a session has refused its invite.
const AboutNoLeader = "no-leader"

// ToStaff tells whether notices of this kind go to staff.
func (k NoticeKind) ToStaff() bool { return k == AssignedOne || k == AssignedDates }

// LedBy returns the session as a member of staff must know it. They are expected where they lead it.
func (s *Session) LedBy(staff ID) Moment {
	m := s.moment()
	m.Expected = m.Expected && s.Leader == staff
	return m
}

// assigned is one session that is not as before for somebody on the staff.
type assigned struct {
	roster        *Roster
	session       *Session
	before, after Moment
}

// ends is when the news of it becomes useless: with the end of the session, before or after the change.
func (a assigned) ends() time.Time { return later(a.before.End, a.after.End) }

// starts is when the session begins: the earlier of the time before and the time after.
func (a assigned) starts() time.Time {
	n := News{Before: a.before, After: a.after}
	return n.Start()
}

// oweStaff plans the notices to facilitators whose sessions changed. One session is told by its
// calendar mail. Several are told by one text, and their calendar mails follow. Sessions planned
// far ahead are told when their invite is due.
func (b *Book) planStaffNotices() {
	if b.trusting {
		return // a replay has no staff
	}
	byStaff := b.assigned()
	for _, staff := range slices.Sorted(maps.Keys(byStaff)) {
		all := byStaff[staff]
		slices.SortStableFunc(all, func(x, y assigned) int {
			return cmp.Or(x.starts().Compare(y.starts()), cmp.Compare(x.session.ID, y.session.ID))
		})
		due := TellAt(all[0].starts(), b.Now)
		if len(all) > 1 {
			until := all[0].ends()
			for _, one := range all {
				until = later(until, one.ends())
			}
			b.planStaffNotice(Notice{
				Kind: AssignedDates, Staff: staff, Start: all[0].starts(), Due: due, NotAfter: until,
			}, all[0])
		}
		for _, one := range all {
			b.planStaffNotice(Notice{
				Kind: AssignedOne, Staff: staff, Session: one.session.ID, Start: one.starts(), Due: due,
				NotAfter: one.ends(),
			}, one)
		}
		b.StaffAnnouncements = append(b.StaffAnnouncements,
			StaffAnnouncement{Staff: staff, Sessions: len(all), At: due})
	}
}

// StaffAnnouncement is that a member of staff will be told of a change.
type StaffAnnouncement struct {
	Staff    ID
	Sessions int       // how many of theirs it concerns
	At       time.Time // UTC instant at which the message leaves
}

// assigned finds what changed for the staff who lead sessions to come, by staff.
func (b *Book) assigned() map[ID][]assigned {
	all := map[ID][]assigned{}
	for _, r := range b.Rosters {
		old := b.Before(r.Cohort.ID)
		for _, s := range r.Sessions {
			var was *Session
			if old != nil {
				was = old.Session(s.ID)
			}
			leaders := []ID{s.Leader}
			if was != nil && was.Leader != s.Leader {
				leaders = append(leaders, was.Leader)
			}
			for _, staff := range leaders {
				one := assigned{roster: r, session: s, after: s.LedBy(staff)}
				if was != nil {
					one.before = was.LedBy(staff)
				}
				if staff != "" && !one.before.Equal(one.after) && one.tellable(b) {
					all[staff] = append(all[staff], one)
				}
			}
		}
	}
	return all
}

// tellable tells whether news of a session is of use now: it is not over, and it was not planned so
// far ahead that its invite will tell it.
func (a assigned) tellable(b *Book) bool {
	far := slices.Contains(b.unannounced, a.session.ID) && a.session.Start.Sub(b.Now) > InviteWindow
	return !far && (a.before.Expected && a.before.End.After(b.Now) || a.after.Expected && a.after.End.After(b.Now))
}

// tellStaff promises one notice, and an urgent call when the session starts soon.
func (b *Book) planStaffNotice(n Notice, first assigned) {
	n.Channel, n.Version = Email, ID(fmt.Sprint(b.Clinic.ChangeNo+1))
	n = NewNotice(n, nil, b.Now)
	b.Notices = append(b.Notices, n)
	if n.Kind == AssignedOne && urgent(first.starts(), b.Now) {
		b.addTask(Task{
			Kind: CallTask, About: AboutAssignment, Cohort: first.roster.Cohort.ID, Session: n.Session, Staff: n.Staff,
			Due: earlier(b.Now.Add(UrgentCall), first.starts()),
		}, UrgentKey(n.Key))
	}
}

// KnownAssignment is an assignment with its session, as a text about several looks at it.
type KnownAssignment struct {
	Assignment
	Current *Session
}

// AssignmentNews gives what a member of staff does not know yet of the sessions they lead, or
// led, in order of time.
func AssignmentNews(all []KnownAssignment, now time.Time) []News {
	var news []News
	for _, a := range all {
		n := News{Session: a.Current, Before: a.Known(), After: a.Current.LedBy(a.Staff)}
		if n.After.Expected {
			n.Off = OffNot
		} else if n.Off = OffReleased; !a.Current.Live() {
			n.Off = OffCancelled
		}
		if (!n.Before.Equal(n.After) || a.InDoubt) && n.ahead(now) {
			news = append(news, n)
		}
	}
	slices.SortStableFunc(news, func(a, b News) int {
		return cmp.Or(a.Start().Compare(b.Start()), cmp.Compare(a.Session.ID, b.Session.ID))
	})
	return news
}

// Known is what the member of staff may believe: what they were told or, while that is nothing,
// what a mail said that may have arrived.
func (a Assignment) Known() Moment {
	if a.InDoubt && !a.Told.Expected {
		return a.Tried
	}
	return a.Told
}
