package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"almanac/notify"
	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/reads"
)

// sample is the demo's clinic while it is being made. Its clock stands where
// the story has got to, so that everything happens in order and the past is
// really past.
type sample struct {
	h        *house
	clinic   reads.Clinic
	clock    *movingClock
	today    civil.Date     // in the clinic's zone
	end      time.Time      // of the story: now
	past     *notify.Worker // it hands over to nobody
	attended time.Time      // when attendance was taken last
	next     int            // of sampleNames
	shown    scheduler.ID   // the cohort whose first person the demo shows
}

// What the sample clinic is called and where it is.
const (
	sampleName = "Harbor Street"
	sampleZone = "America/New_York"
)

// sampleNames are made up; the addresses and numbers made of them lie in ranges
// that belong to nobody (RFC 2606, NANP 555-01).
var sampleNames = []string{
	"Alma Reyes", "Ben Carter", "Chloe Nguyen", "Dennis O'Rourke", "Elena Petrova", "Farid Haddad", "Grace Kim",
	"Hugo Lindqvist",
	"Imani Brooks", "Jack Twobulls", "Keiko Tanaka", "Luis Ortega", "Maeve Byrne", "Noor Al-Sayed",
	"Owen Price", "Priya Raman",
	"Quentin Dubois", "Rosa Delgado", "Sol Feldman", "Tara McNeil", "Umar Siddiqui", "Vera Novak", "Walt Jennings",
	"Ximena Flores",
	"Yusuf Demir", "Zoe Papadakis", "Anders Holm", "Bianca Rossi", "Cyrus Jafari", "Delia Whitehorse",
	"Emeka Obi", "Fiona Walsh",
}

// sampleNameOf gives the n-th person's name. After one round of the names each has
// the last name of another, so that nobody is taken for somebody known.
func sampleNameOf(n int) string {
	round, i := n/len(sampleNames), n%len(sampleNames)
	first, last, _ := strings.Cut(sampleNames[i], " ")
	if round > 0 {
		_, last, _ = strings.Cut(sampleNames[(i+5*round)%len(sampleNames)], " ")
	}
	return first + " " + last
}

// seedSample fills the clinic with four cohorts whose dates are relative to now:
// one in its fourth week, one about to begin, one long one and one that rolls.
func seedSample(ctx context.Context, h *house, clock *movingClock) (*sample, error) {
	location, err := h.zones.Location(sampleZone)
	if err != nil {
		return nil, err
	}
	id, err := h.store.AddClinic(ctx, access.Operator(""), sampleName, sampleZone)
	if err != nil {
		return nil, err
	}
	clinic := reads.Clinic{ID: id, Name: sampleName, Zone: sampleZone}
	now := clock.now()
	s := &sample{h: h, clinic: clinic, clock: clock, today: civil.DateOf(now.In(location)), end: now}
	s.past = h.newWorker(&post{
		queue: h.post.queue, mail: swallow{}, monitor: h.post.monitor, composer: h.post.composer,
	})
	return s, s.tell(ctx)
}

// monday is the Monday of the week that lies this many weeks from now.
func (s *sample) monday(weeks int) civil.Date {
	back := (int(s.today.Weekday()) + 6) % 7
	return s.today.AddDays(7*weeks - back)
}

// tell tells the story of the sample clinic from its beginning to now.
func (s *sample) tell(ctx context.Context) error {
	lead, err := s.h.staffMember(ctx, s.clinic, "Dana Whitfield", "dana@example.org", string(access.Facilitator))
	if err != nil {
		return err
	}
	trained := scheduler.Credential{Name: "more-trained"}
	if err := s.h.store.RecordCredential(ctx, access.Operator(string(s.clinic.ID)), s.clinic.ID, lead,
		trained); err != nil {
		return err
	}
	rolling := sampleCohort{protocol: "more-rolling", name: "Thursday rolling group", start: s.monday(-11).AddDays(3),
		at: "17:30", capacity: 8, lead: lead, oriented: true}
	long := sampleCohort{protocol: "m-rocc", name: "Monday evening, 24 weeks", start: s.monday(-9), at: "19:00",
		lead: lead, capacity: 12}
	weekly := sampleCohort{protocol: "more-telehealth", name: "Tuesday evening group", start: s.monday(-3).AddDays(1),
		at: "18:00", lead: lead, capacity: 12}
	short := sampleCohort{protocol: "mbsr-4w", name: "Wednesday lunch, 4 weeks", start: s.monday(1).AddDays(2),
		at: "12:00", capacity: 12}
	chapters := []chapter{
		{-84 * day, s.opens(&rolling)}, {-83 * day, s.enrolls(&rolling, 3)},
		{-72 * day, s.opens(&long)}, {-71 * day, s.enrolls(&long, 9)}, // it begins 63 to 70 days ago
		{-60 * day, s.enrolls(&rolling, 2)}, {-40 * day, s.enrolls(&rolling, 2)},
		{-30 * day, s.opens(&weekly)}, {-29 * day, s.enrolls(&weekly, 14)},
		{-16 * day, s.enrolls(&rolling, 3)},
		{-12 * day, s.opens(&short)}, {-11 * day, s.enrolls(&short, 5)},
		{-60 * time.Hour, s.asks(&rolling, 2)},
		{-6 * time.Hour, s.changes(&weekly)},
	}
	defer func() { s.shown = weekly.id }()
	return s.play(ctx, chapters)
}

// sampleCohort is one cohort of the story.
type sampleCohort struct {
	protocol, name, at string
	start              civil.Date
	capacity           int
	lead               scheduler.ID
	id                 scheduler.ID
	oriented           bool // everybody enrolled has been to the orientation
}

func (s *sample) opens(c *sampleCohort) func(context.Context) error {
	return func(ctx context.Context) error {
		definition, err := s.h.library.Find(c.protocol)
		if err != nil {
			return err
		}
		at, err := civil.ParseClock(c.at)
		if err != nil {
			return err
		}
		c.id, err = s.h.desk.OpenCohort(ctx, request(s.clinic), scheduler.OpenRequest{
			Definition: definition, Name: c.name, Start: c.start, At: at, Zone: sampleZone,
			Capacity: c.capacity, HasCapacity: true, Lead: c.lead, AcceptShift: true, Past: true,
		})
		return err
	}
}

// enrolls enrolls the next so many people, as from a list. Every seventh has no
// e-mail, some live in another zone, and one of them reads Spanish.
func (s *sample) enrolls(c *sampleCohort, people int) func(context.Context) error {
	return func(ctx context.Context) error {
		for range people {
			e, err := s.h.desk.Enroll(ctx, request(s.clinic), s.person(c))
			if err != nil {
				return err
			}
			if c.oriented {
				done := desk.DonePrerequisite(e.Enrollment, "orientation")
				if err := s.h.desk.Confirm(ctx, request(s.clinic), done); err != nil {
					return err
				}
			}
		}
		return nil
	}
}

func (s *sample) person(c *sampleCohort) scheduler.EnrollRequest {
	name := sampleNameOf(s.next)
	e := scheduler.EnrollRequest{Cohort: c.id,
		Contact: scheduler.Contact{Name: name, Phone: fmt.Sprintf("+1202555%04d", 100+s.next%100)}}
	switch s.next % 7 {
	case 6: // a phone and nothing else
	default:
		local := strings.ToLower(strings.NewReplacer(" ", ".", "'", "").Replace(name))
		e.Contact.Email = local + "@example.net"
		e.Contact.Consents = []scheduler.Consent{{Channel: scheduler.Email, TextVersion: consentText}}
	}
	if c.protocol == "m-rocc" {
		e.Facts = map[string]civil.Date{"stable-dose-since": c.start.AddDays(-45)}
	}
	switch s.next % 5 {
	case 1:
		e.Zone = "America/Chicago"
	case 3:
		e.Zone = "America/Phoenix"
	}
	if s.next%8 == 3 {
		e.Language = "es"
	}
	s.next++
	return e
}

// changes moves one session of a cohort and cancels another, so that the pages
// have something to tell.
func (s *sample) changes(c *sampleCohort) func(context.Context) error {
	return func(ctx context.Context) error {
		page, err := s.h.store.Cohort(ctx, access.Operator(string(s.clinic.ID)), s.clinic.ID, c.id)
		if err != nil {
			return err
		}
		var ahead []reads.Session
		for _, session := range page.Sessions {
			if session.Start.After(s.clock.now().AddDate(0, 0, 2)) {
				ahead = append(ahead, session)
			}
		}
		if len(ahead) < 3 {
			return nil
		}
		to := ahead[0].Wall
		to.Date = to.Date.AddDays(1)
		if err := s.h.desk.Confirm(ctx, request(s.clinic),
			desk.Move(scheduler.MoveRequest{Session: ahead[0].ID, To: to, AcceptShift: true})); err != nil {
			return err
		}
		return s.h.desk.Confirm(ctx, request(s.clinic),
			desk.Cancel(scheduler.CancelRequest{Session: ahead[2].ID, Content: scheduler.Append}))
	}
}
