package scheduler

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Preview says what a proposal would do and who would be told what, and the
// change number that its confirmation must carry.
type Preview struct {
	ChangeNo int64
	Told     []Announcement
	Staff    []StaffAnnouncement // who leads is told, too
	Cohorts  []CohortEffect
	Handed   []HandedEffect // cohorts in which somebody else leads sessions to come
	// Enrollments are those that would be new, or in another state, or begin elsewhere.
	Enrollments []EnrollmentEffect
	Stays       []Stay
	Shifts      []string // sentences: what a change of clocks does to dates of the change, with both readings
	Rests       bool     // it can be taken back for UndoWindow, and its messages leave then
	Frees       bool     // it frees seats of a cohort in which somebody waits
	AtOnce      bool     // some of its messages leave at once, so it cannot be taken back
	Final       bool     // it cannot be taken back, whatever it tells
}

// Effects lists what the change does to the sessions of all cohorts.
func (p Preview) Effects() []Effect {
	var all []Effect
	for _, c := range p.Cohorts {
		all = append(all, c.Sessions...)
	}
	return all
}

// Troubled lists the cohorts in which the change cannot be done.
func (p Preview) Troubled() []ID {
	var all []ID
	for _, c := range p.Cohorts {
		if c.Trouble != nil {
			all = append(all, c.Cohort)
		}
	}
	return all
}

// Preview says what the change of the book does. It is called after Run.
func (b *Book) Preview() Preview {
	return Preview{
		ChangeNo: b.Clinic.ChangeNo, Told: b.Announcements, Staff: b.StaffAnnouncements, Cohorts: b.affected(),
		Enrollments: b.enrolledAnew(), Handed: b.handed(), Stays: b.Stays,
		Shifts: b.shifts(), Rests: b.Rests(), AtOnce: b.tellsAtOnce(), Frees: b.frees(),
		Final: b.Merged != nil || b.Erased != nil,
	}
}

// Leaves says when the messages of a change leave, whether it can be undone, and when
// seats that it frees are offered; empty: there is nothing to say.
func (p Preview) Leaves() string {
	rest := fmt.Sprintf("%d minutes", ChangeDelay/time.Minute)
	written := len(p.Staff) > 0 || slices.ContainsFunc(p.Told, func(t Announcement) bool { return t.Channel != "" })
	var all []string
	switch {
	case p.AtOnce:
		all = append(all, "A message about the next half hour leaves as soon as you confirm, so this cannot be undone.")
	case p.Rests && written:
		all = append(all, "Messages leave "+rest+" after you confirm, and until then you can undo it.")
	case p.Rests:
		all = append(all, "You can undo it for "+rest+" after you confirm.")
	case written:
		all = append(all, "Messages leave "+rest+" after you confirm. It cannot be undone.")
	case p.Final:
		all = append(all, "This cannot be undone.")
	}
	if p.Frees {
		all = append(all, "After that, free seats are offered to those who wait.")
	}
	return strings.Join(all, " ")
}

// frees tells whether the change frees seats of a cohort in which somebody waits.
func (b *Book) frees() bool {
	return b.Undo != nil && slices.ContainsFunc(b.Rosters, func(r *Roster) bool {
		waits := slices.ContainsFunc(r.living(),
			func(e *Enrollment) bool { return e.State == Waiting && !e.offersStopped() })
		return waits && slices.ContainsFunc(r.Sessions,
			func(s *Session) bool { return len(b.Undo.Image.Resting[s.ID]) > 0 })
	})
}
