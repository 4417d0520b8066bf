package web_test

import (
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/fault"
	"almanac/scheduler/gate"
	"almanac/scheduler/reads"
)

// importedTable is a table with one row of each fate.
const importedTable = `Exported on Monday;;;
Nombre;Correo;Teléfono;Seguro
Zoë <Example>;zoe@example.net;(202) 555-0142;x
Amina Diallo Ruiz;amina@example.net;+1 202 555 0109;
;nobody@example.net;12;
Tom Poe;tom@;5.55E+09;
Zoë <Example>;ZOE@example.net;;
سارة بن علي;;+1 202 555 0143;
`

// restingOn are two changes of a shelf's cohort that can still be taken back: one of
// the visitor, and one of somebody else.
func restingOn(s *shelf) []reads.Undo {
	image := scheduler.Image{What: "Session cancelled",
		Cohorts: []scheduler.CohortImage{{Cohort: scheduler.RowImage{ID: s.cohort.Cohort.ID}}}}
	own := reads.Undo{ChangeNo: 41, Until: beforeSpring.Add(scheduler.UndoWindow), By: "Robin Ferro",
		Own: true, Image: image}
	other := reads.Undo{ChangeNo: 40, Until: beforeSpring.Add(scheduler.UndoWindow - time.Minute),
		By: "Kim Ode", Image: image}
	other.Image.What = "Enrollment ended"
	return []reads.Undo{own, other}
}

// wrongMarks is attendance with something wrong about the first three people.
func wrongMarks(s *shelf) url.Values {
	form := url.Values{}
	for i, wrong := range []struct{ state, minutes, hours string }{{"partial", "500", ""}, {"partial", "", ""},
		{"excused", "", "two"}, {"late", "", ""}} {
		person := string(s.cohort.Enrollments[i].Person)
		form.Set("state-"+person, wrong.state)
		form.Set("minutes-"+person, wrong.minutes)
		form.Set("hours-"+person, wrong.hours)
	}
	return form
}

// textOf names the words of a protocol as a form does.
func textOf(t *testing.T, ref string) string {
	t.Helper()
	_, library := builtins(t)
	d, err := library.Find(ref)
	if err != nil {
		t.Fatal(err)
	}
	return d.Hash()
}

// telling gives a shelf tasks, mail and staff, and a session that was moved and one that was cancelled.
func telling(s *shelf) {
	for i, kind := range []scheduler.TaskKind{scheduler.CallTask, scheduler.LookTask, scheduler.NoticeTask} {
		e := s.cohort.Enrollments[i*2+1]
		task := reads.Task{
			Task: scheduler.Task{ID: scheduler.DeriveID(clinicID, "task", string(kind)), Kind: kind,
				Cohort: s.cohort.Cohort.ID, Enrollment: e.ID, Person: e.Person,
				About: []string{scheduler.AboutMoved, scheduler.AboutDeclines, scheduler.AboutUnsent}[i],
				Due:   beforeSpring.Add(time.Duration(i*20-10) * time.Hour)},
			CohortName: s.cohort.Cohort.Name, Name: e.Name, Phone: []string{"+12025550111", "", "202 555"}[i],
		}
		if i == 0 {
			task.Session = reads.Moment{ID: s.cohort.Sessions[2].ID, Start: s.cohort.Sessions[2].Start,
				Zone: s.cohort.Cohort.Zone}
		}
		s.tasks = append(s.tasks, task)
	}
	s.tasks[2].About, s.tasks[2].Note = scheduler.AboutSentBack, "5.1.1 No such user <here>"
	sayMore(s)
	s.person.Items[4].Intent, s.person.Items[5].Claimed = gate.IntentNo, gate.IntentYes
	promised(s)
	s.mail = []reads.KeptMail{{ID: "m1", At: beforeSpring, Subject: "Appointment, Tue 3 Mar, 6:00 PM",
		To: "amina@example.net"}}
	s.members = []reads.Staff{{ID: staffID, Name: "Robin Ferro", Email: "robin@example.org", Role: "admin"},
		{ID: clinicID, Name: "Kim Ode", Email: "kim@example.org", Role: "facilitator", Disabled: true}}
	s.cohort.Sessions[2].MovedFrom = civil.WallTime{Date: civil.Date{Year: 2026, Month: 3, Day: 2},
		Clock: civil.Clock{Hour: 18}}
	s.cohort.Sessions[4].State = scheduler.SessionCancelled
	s.cohort.Sessions[4].Number = 0
}

// known is a shelf that asks whether somebody is known: one is in another group,
// and one in this groalready makes up.
func known(t *testing.T) *shelf {
	s := filled(t, "more-telehealth", firstDay, 1, beforeSpring)
	s.refusal = fault.Wrap(fault.Conflict, &scheduler.KnownPeople{Candidates: []scheduler.Candidate{
		{Person: staffID, By: []string{"email", "phone"}}, {Person: clinicID, By: []string{"phone"}},
	}}, "Someone with a similar name and the same email address and phone number is already known here. "+
		"Say whether this is the same person or someone new.")
	there := s.person
	there.Enrollments = []reads.PersonEnrollment{
		{Enrollment: scheduler.Enrollment{ID: staffID, State: scheduler.Active}, Cohort: clinicID,
			CohortName: "Thursday rolling group"},
		{Enrollment: scheduler.Enrollment{ID: clinicID, State: scheduler.Completed}, Cohort: staffID,
			CohortName: "Wednesday lunch"},
	}
	s.known = map[scheduler.ID]reads.Person{staffID: there}
	return s
}

// promised gives a shelf a ledger with a notice of each fate.
func promised(s *shelf) {
	for i, fate := range []reads.NoticeRow{
		{Kind: scheduler.Reminder, State: scheduler.NoticePlanned},
		{Kind: scheduler.Welcome, State: scheduler.NoticeSent, Attempts: 1,
			Done: beforeSpring.Add(-time.Hour + 1500*time.Millisecond)},
		{Kind: scheduler.Calendar, State: scheduler.NoticeSent, Attempts: 3, Done: beforeSpring.Add(-time.Hour),
			Reason: "sent back"},
		{Kind: scheduler.Calendar, State: scheduler.NoticeDropped, Reason: gate.ReasonNothingNew},
		{Kind: scheduler.Reminder, State: scheduler.NoticeExpired, Reason: gate.ReasonLate},
		{Kind: scheduler.Calendar, State: scheduler.NoticeFailed, Attempts: 3, Reason: "refused"},
	} {
		e := s.cohort.Enrollments[i]
		fate.ID, fate.Channel, fate.Due = scheduler.DeriveID(clinicID, "notice", e.Name), scheduler.Email,
			beforeSpring.Add(-time.Duration(i)*time.Hour)
		row := reads.LedgerRow{NoticeRow: fate, Enrollment: e.ID, Name: e.Name, CohortName: s.cohort.Cohort.Name,
			MayTry: fate.State == scheduler.NoticeFailed}
		if x := s.cohort.Sessions[3]; fate.Kind != scheduler.Welcome {
			row.Moment = reads.Moment{ID: x.ID, Start: x.Start, Zone: s.cohort.Cohort.Zone}
		}
		s.ledger.Rows = append(s.ledger.Rows, row)
	}
	many := s.ledger.Rows[0]
	for i := range 10 {
		row := many
		row.ID, row.Due = scheduler.DeriveID(clinicID, "reminder", strconv.Itoa(i)), beforeSpring.Add(time.Hour)
		row.Name = sampleNames[i%len(sampleNames)]
		s.ledger.Rows = append([]reads.LedgerRow{row}, s.ledger.Rows...)
	}
	older := s.ledger.Rows[len(s.ledger.Rows)-5] // goes on after this page, so it is not shown
	older.Due = beforeSpring.Add(-24 * time.Hour)
	s.ledger.Rows = append(s.ledger.Rows, older)
	last := s.ledger.Rows[len(s.ledger.Rows)-1]
	s.ledger.Next = reads.Cursor{At: last.Due, ID: last.ID}
	for i := range 7 {
		s.days = append(s.days,
			reads.LedgerDay{Date: civil.DateOf(beforeSpring).AddDays(i - 6), Sent: 40 * i, Dropped: i,
				P50: 700 * time.Millisecond, P99: 4 * time.Second, Max: 11 * time.Minute})
	}
	s.days[6].Missed, s.days[6].Waiting = 2, 12
}

// crowd is a list of several cohorts with one that has ended.
func crowd(t *testing.T, shelves ...*shelf) *shelf {
	s := filled(t, "mbsr-4w", firstDay, 3, beforeSpring)
	for _, other := range shelves {
		s.rows = append(s.rows, other.rows...)
	}
	s.rows[1].Name, s.rows[2].Name = strings.Repeat("A name nobody would give ", 4), "مجموعة المساء"
	ended := s.rows[0]
	ended.State, ended.Next, ended.Past = scheduler.CohortEnded, time.Time{}, ended.Sessions
	s.rows = append(s.rows, ended)
	s.tasks = shelves[0].tasks
	return s
}
