package web_test

import (
	"time"

	"almanac/scheduler"
	"almanac/scheduler/reads"
)

// sayMore gives the first task dates to say, and its person two more things: a first date, and changes of several.
func sayMore(s *shelf) {
	moment := func(i int) scheduler.Moment {
		session := s.cohort.Sessions[i]
		return scheduler.Moment{Expected: true, Start: session.Start, End: session.End, Place: "Online"}
	}
	zone, before := s.cohort.Cohort.Zone, moment(2)
	before.Start = before.Start.Add(-24 * time.Hour)
	first := &s.tasks[0]
	first.Says = []reads.SaidDate{{Moment: moment(2), Before: before, Zone: zone}}
	first.Tries, first.Tried, first.TriedAt = 2, scheduler.CallLeftWord, beforeSpring.Add(-3*time.Hour)
	added, changes, role := *first, *first, *first
	added.ID, added.About, added.Says = scheduler.DeriveID(clinicID, "task", "added"), scheduler.AboutAdded, nil
	added.Says = []reads.SaidDate{{Moment: moment(5), Zone: zone}}
	changes.ID, changes.About = scheduler.DeriveID(clinicID, "task", "changes"), scheduler.AboutChanges
	changes.Says = []reads.SaidDate{{Before: moment(4), Off: scheduler.OffCancelled, Zone: zone},
		{Moment: moment(6), Before: before, Zone: zone}, {Moment: moment(7), Zone: zone}}
	role.ID, role.Kind = scheduler.DeriveID(clinicID, "task", "role"), scheduler.LookTask
	role.About = scheduler.AboutRole
	role.Person, role.Enrollment, role.Name, role.Phone, role.Tries = "", "", "", "", 0
	spanish := s.tasks[2]
	spanish.ID, spanish.Kind = scheduler.DeriveID(clinicID, "task", "welcome"), scheduler.LetterTask
	spanish.Person, spanish.About = s.cohort.Enrollments[0].Person, scheduler.AboutWelcome
	spanish.Name, spanish.Phone, spanish.Note = "Lucía Ortega", "+12025550122", ""
	for i := 3; i < 8; i++ {
		spanish.Says = append(spanish.Says, reads.SaidDate{Moment: moment(i), Zone: zone})
	}
	s.tasks = append(s.tasks[:1], append([]reads.Task{spanish, s.tasks[1]}, s.tasks[2:]...)...)
	s.tasks = append(s.tasks, added, changes, role)
}
