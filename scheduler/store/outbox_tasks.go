package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/gate"
	"almanac/scheduler/store/sqldb"
)

// unsentTask asks staff to look at a notice that was not handed over in time.
func unsentTask(clinic, cohort scheduler.ID, n scheduler.Notice, now time.Time) scheduler.Task {
	return scheduler.NewTask(clinic, scheduler.Task{
		Kind: scheduler.NoticeTask, About: scheduler.AboutUnsent, Cohort: cohort, Person: n.Person,
		Enrollment: n.Enrollment, Session: n.Session, Staff: n.Staff, Due: now.Add(time.Hour),
	}, n.Key, now)
}

// unreachedTasks asks staff to tell a person what may not be written to them
// any more; none when there was nothing to tell.
func unreachedTasks(clinic scheduler.ID, s gate.Facts, cohort scheduler.ID, now time.Time) []scheduler.Task {
	if s.Notice.Kind.ToStaff() || (&scheduler.Person{Reach: s.Reach}).Reachable() {
		return nil
	}
	s.Reach = []scheduler.Channel{s.Notice.Channel}
	if act := gate.Judge(s, now).Act; act == gate.Drop || act == gate.Expire {
		return nil
	}
	n := s.Notice
	task := scheduler.Task{
		Kind: scheduler.CallTask, Cohort: cohort, Person: n.Person, Enrollment: n.Enrollment, Session: n.Session,
		Due: now.Add(24 * time.Hour),
	}
	if s.Session != nil && s.Session.Start.Before(task.Due) {
		task.Due = s.Session.Start
	}
	natural := n.Key
	switch n.Kind {
	case scheduler.Changes:
		task.About, task.Note, task.Due = scheduler.AboutChanges, newsNote(s), sooner(task.Due, s.News[0].Start())
	case scheduler.Welcome:
		task.Kind, task.About = scheduler.LetterTask, scheduler.AboutWelcome
	case scheduler.Reminder: // one call a session, and the one that is foreseen
		task.About, task.Due = scheduler.AboutReminder, s.Session.Start
		natural = fmt.Sprintf("reminder:%s:%d", n.Seat, s.Session.Start.Unix())
	case scheduler.OfferNotice:
		task.About, task.Due = scheduler.AboutOffer, sooner(task.Due, n.NotAfter)
		natural = string(scheduler.OfferOf(n.Key))
	case scheduler.OnWaitlist:
		task.About = scheduler.AboutWaiting
	case scheduler.StaffMessage:
		task.About, task.Note = scheduler.AboutMessage, s.Message
	case scheduler.Confirm:
		task.Kind, task.About = scheduler.MailTask, scheduler.AboutAnswer
	default:
		task.About = news(s)
	}
	return []scheduler.Task{scheduler.NewTask(clinic, task, natural, now)}
}

// urgentCall asks staff to tell by phone what would be told too late.
func urgentCall(clinic scheduler.ID, s gate.Facts, cohort scheduler.ID, by, now time.Time) scheduler.Task {
	n := s.Notice
	return scheduler.NewTask(clinic, scheduler.Task{
		Kind: scheduler.CallTask, About: news(s), Cohort: cohort, Person: n.Person, Enrollment: n.Enrollment,
		Session: n.Session, Due: by,
		Note: newsNote(s),
	}, scheduler.UrgentKey(n.Key), now)
}

// newsNote lists the dates of a text about changes; empty for any other notice.
func newsNote(s gate.Facts) string {
	zone := s.CohortZone
	if zone == nil {
		zone = time.UTC
	}
	return scheduler.NewsNote(s.News, zone)
}

func sooner(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// news says in a task's word what happened to a seat since its person was told.
func news(s gate.Facts) string {
	switch {
	case s.Notice.Kind == scheduler.Changes:
		return scheduler.AboutChanges
	case !scheduler.MomentOf(s.Seat, s.Session).Expected:
		return scheduler.AboutCancelled
	case s.Seat.Told.Expected:
		return scheduler.AboutMoved
	default:
		return scheduler.AboutAdded
	}
}

// notice reads one notice and its cohort.
func (t *tx) notice(ctx context.Context, clinic, id scheduler.ID) (n scheduler.Notice, cohort scheduler.ID, err error) {
	err = t.Row(ctx, `
		SELECT n.id, n.key, n.kind, n.channel, coalesce(n.person, ''), coalesce(n.enrollment, ''), coalesce(n.staff,
''), n.session, n.seat,
		  n.not_after, n.state, coalesce(e.cohort, x.cohort, '')
		FROM notices n LEFT JOIN enrollments e ON e.id = n.enrollment LEFT JOIN sessions x ON x.id = n.session
		WHERE n.clinic = ? AND n.id = ?`, clinic, id).
		Scan(&n.ID, &n.Key, &n.Kind, &n.Channel, &n.Person, &n.Enrollment, &n.Staff, &n.Session, &n.Seat,
			sqldb.When(&n.NotAfter), &n.State, &cohort)
	if errors.Is(err, sql.ErrNoRows) {
		return n, "", notFound("There is no such notice.")
	}
	return n, cohort, err
}
