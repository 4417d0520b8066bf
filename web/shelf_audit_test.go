package web_test

import (
	"context"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

func (*shelf) SawAddresses(context.Context, access.Actor, scheduler.ID, []string) error { return nil }

func (*shelf) RecordViews(context.Context, access.Actor, scheduler.ID, *reads.Viewing) error {
	return nil
}

func (*shelf) RecordSecurityEvent(context.Context, access.Actor, access.Actor, reads.SecurityEvent) error {
	return nil
}

// LastAuditHead is an hour old.
func (s *shelf) LastAuditHead(_ context.Context, _ access.Actor, clinic scheduler.ID) (h reads.AuditHead, err error) {
	if s.cohort.Cohort.ID == "" {
		return h, nil
	}
	return reads.AuditHead{Clinic: clinic, Size: 1204, At: beforeSpring.Add(-time.Hour), Signed: "signed"}, nil
}

// Audit is a day with one of each kind of row.
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
	row("Robin Ferro", "staff:"+string(staffID), reads.AuditView, reads.AuditSubject{ID: clinicID})
	view := &p.Rows[len(p.Rows)-1]
	view.Role, view.Fields, view.Others = "facilitator", "name,contact,care", 4
	view.Source = reads.Source{Network: "203.0.113.7", Route: "GET /cohorts/:id", Request: "4f2c"}
	view.People = []reads.AuditSubject{{ID: staffID, Kind: "person", Name: "Amina"}}
	p.Next = reads.Cursor{At: at, ID: clinicID}
	return p, s.trouble
}

// BreachScope is somebody who was seen twice, somebody who was referred, and somebody who was erased since.
func (s *shelf) BreachScope(context.Context, access.Actor, scheduler.ID, reads.BreachQuery) (reads.BreachScope, error) {
	return reads.BreachScope{Rows: 4, Erased: 1, People: []reads.Touched{
		{Person: staffID, Name: "<b>Amina</b> يوسف", First: beforeSpring.Add(-time.Hour), Last: beforeSpring, Times: 2,
			Actions: []string{reads.AuditView, "people.export"}, Fields: []string{"name", "external-ids"}},
		{Person: clinicID, First: beforeSpring, Last: beforeSpring, Times: 1, Actions: []string{"referral.change"}},
	}}, s.trouble
}

func (s *shelf) BreachActors(context.Context, access.Actor, scheduler.ID) ([]reads.BreachActor, error) {
	return []reads.BreachActor{{Actor: "staff:" + string(staffID), Name: "Robin <i>Ferro"},
		{Actor: "token:" + string(clinicID), Name: "Oak Street", Since: beforeSpring},
		{Actor: "token:x", Since: beforeSpring}}, nil
}
