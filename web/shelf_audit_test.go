package web_test

import (
	"context"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// Audit is a day with one of each kind of row.
func (*shelf) SawAddresses(context.Context, access.Actor, scheduler.ID, []string) error { return nil }

func (*shelf) RecordViews(context.Context, access.Actor, scheduler.ID, *reads.Visit) error {
	return nil
}

func (s *shelf) Audit(_ context.Context, _ access.Actor, _ scheduler.ID, q reads.AuditQuery,
) (p reads.AuditPage, err error) {
	if s.cohort.Cohort.ID == "" || !q.After.At.IsZero() {
		return p, s.trouble
	}
	at := beforeSpring
	row := func(by, actor, action string, subject reads.AuditSubject) {
		p.Rows = append(p.Rows, reads.AuditRow{Cursor: reads.Cursor{At: at, ID: clinicID}, By: by,
			Actor: actor, Action: action, Subject: subject})
		at = at.Add(-time.Minute)
	}
	session := s.cohort.Sessions[3]
	row("Robin Ferro", "staff:"+string(staffID), "session.cancel", reads.AuditSubject{ID: session.ID, Kind: "session",
		Name: s.cohort.Cohort.Name, Cohort: s.cohort.Cohort.ID, Local: session.Wall.String()})
	row("Robin Ferro", "staff:"+string(staffID), "staff.role",
		reads.AuditSubject{ID: clinicID, Kind: "staff", Name: "<b>Kim</b> Ode"})
	at = at.Add(time.Minute)
	row("Robin Ferro", "staff:"+string(staffID), "staff.role",
		reads.AuditSubject{ID: staffID, Kind: "staff", Name: "يوسف"})
	row("", "token:"+string(clinicID), "enroll", reads.AuditSubject{ID: s.cohort.Enrollments[0].ID, Kind: "enrollment",
		Name: s.cohort.Enrollments[0].Name})
	row("", "person:"+string(staffID), "person.settings",
		reads.AuditSubject{ID: staffID, Kind: "person", Name: "Amina"})
	row("", "system:agenda", "offer.lapse-by-clock", reads.AuditSubject{ID: staffID})
	row("", "command:operator", "credential.record", reads.AuditSubject{ID: "credential:mbsr-teacher"})
	p.Next = reads.Cursor{At: at, ID: clinicID}
	return p, s.trouble
}
