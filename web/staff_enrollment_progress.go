package web

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"almanac/protocols"
	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
)

// enrollmentProgress is the progress of an enrollment and the steps that are possible.
type enrollmentProgress struct {
	Known                 bool
	Journey               []journeyStep
	Unconfirmed           int    // number of past dates without recorded attendance
	Untaken               string // the first of these sessions, if the visitor may take attendance
	Owed                  []owedLine
	Undone                []Choice // prerequisites
	HoldUntil, OfferUntil When
	KeptApart             []string // names of people they are kept apart from
	Steps                 []stepLink
}

// owedLine is an owed position.
type owedLine struct{ Position, Title string }

// stepLink links to one change of an enrollment.
type stepLink struct{ Name, Label string }

// localDate formats a date. The zero date is no moment.
func localDate(d civil.Date) When {
	if d.IsZero() {
		return When{}
	}
	return When{Date: wordsFor("en").date(d), Machine: d.String()}
}

// loadEnrollment loads the book of an enrollment, with all running cohorts if load says so.
func (s *Server) loadEnrollment(ctx context.Context, who visitor, id scheduler.ID,
	load desk.Load) (*scheduler.Book, *scheduler.Roster, *scheduler.Enrollment, error) {
	load.Enrollments, load.Recent = []scheduler.ID{id}, desk.RecentSessions
	book, err := s.Cohorts.Look(ctx,
		desk.Change{Clinic: who.clinic, Actor: who.actor, Action: access.PersonView}, load)
	if err != nil {
		return nil, nil, nil, err
	}
	for _, r := range book.Rosters {
		if e := r.Enrollment(id); e != nil && r.Definition != nil {
			return book, r, e, nil
		}
	}
	return nil, nil, nil, fault.New(fault.NotFound, "There is no such enrollment. Look at the list again.")
}

// enrollmentProgress reads the progress of an enrollment. It is empty if no book contains the
// enrollment any longer.
func (s *Server) enrollmentProgress(ctx context.Context, who visitor,
	id scheduler.ID, zone string) (v enrollmentProgress, err error) {
	book, r, e, err := s.loadEnrollment(ctx, who, id, desk.Load{})
	if fault.Is(err, fault.NotFound) {
		return v, nil
	}
	if err != nil {
		return v, err
	}
	it, err := book.Itinerary(id)
	if err != nil {
		return v, err
	}
	v = enrollmentProgress{
		Known: true, Journey: s.journeyOf(book, r, e, it, zone),
		OfferUntil: s.staffWhen(book.OfferEnds(id), time.Time{}, r.Cohort.Zone),
	}
	if e.Leave != nil {
		v.HoldUntil = localDate(e.Leave.Last)
	}
	for _, seat := range r.SeatsOf(id) {
		if session := r.Session(seat.Session); seat.State == scheduler.SeatPlanned && session.Live() &&
			session.Past(s.Now()) {
			v.Unconfirmed++
			if v.Untaken == "" && who.may(access.AttendanceTake) {
				v.Untaken = string(session.ID)
			}
		}
	}
	for _, position := range it.Owed {
		v.Owed = append(v.Owed, owedLine{position, titleOf(r, position)})
	}
	for _, p := range r.Undone(e) {
		v.Undone = append(v.Undone, Choice{Value: p.ID, Label: cmp.Or(p.Title, p.ID)})
	}
	if who.may(access.EnrollmentChange) {
		apart := book.ApartFrom(e.Person)
		v.Steps = stepsFor(book, r, e, it, len(apart) > 0)
		v.KeptApart, err = s.sortedNames(ctx, who, apart)
	}
	return v, err
}

// sortedNames returns the names of people in order.
func (s *Server) sortedNames(ctx context.Context, who visitor, people []scheduler.ID) ([]string, error) {
	if len(people) == 0 {
		return nil, nil
	}
	names, err := s.names(ctx, who, people)
	return slices.Sorted(maps.Values(names)), err
}

// titleOf returns the title of a position for staff.
func titleOf(r *scheduler.Roster, position string) string {
	i := slices.IndexFunc(r.Sessions,
		func(x *scheduler.Session) bool { return x.Position == position && x.Title != "" })
	if i < 0 {
		return position
	}
	return r.Sessions[i].Title
}

// stepsFor lists the changes that are possible for an enrollment.
func stepsFor(book *scheduler.Book, r *scheduler.Roster, e *scheduler.Enrollment, it scheduler.Itinerary,
	apart bool) []stepLink {
	var links []stepLink
	add := func(can bool, names ...string) {
		for _, name := range names {
			if can {
				links = append(links, stepLink{name, steps[name].label})
			}
		}
	}
	live, seated := e.State.Live(), e.State == scheduler.Active || e.State == scheduler.OnHold
	undone := r.Undone(e)
	dated := slices.ContainsFunc(undone,
		func(p protocols.Prerequisite) bool { return p.Kind == scheduler.PrerequisiteDate })
	add(live && dated, "date")
	add(live && len(undone) > 1 || live && len(undone) == 1 && !dated, "done")
	add(live && len(undone) > 0, "override")
	add(e.Offer() != nil && e.Offer().ToldAt.IsZero(), "tell")
	add(e.Offer() != nil, "accept", "decline")
	add(seated && len(it.Owed) > 0, "makeup", "individual", "waive")
	add(e.State == scheduler.Active && e.Leave == nil, "hold")
	add(seated && len(upcomingOf(r, e)) > 0, "excuse")
	add(seated && len(book.GivenBack(e.ID)) > 0, "excuse-undo")
	add(e.State == scheduler.OnHold || e.Leave != nil, "resume")
	add(e.OffersStopped(), "again")
	add(e.State == scheduler.Active && r.Cohort.Series != "", "advance")
	add(live, "transfer")
	add(!live, "reenter")
	add(true, "apart")
	add(apart, "together")
	return links
}

// upcomingOf lists the planned sessions in which a person has a seat, by start. Sessions that have
// started are refused later.
func upcomingOf(r *scheduler.Roster, e *scheduler.Enrollment) []*scheduler.Session {
	var all []*scheduler.Session
	for _, seat := range r.SeatsOf(e.ID) {
		if s := r.Session(seat.Session); seat.State == scheduler.SeatPlanned && s != nil &&
			s.State == scheduler.SessionPlanned {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(a, b *scheduler.Session) int { return a.Start.Compare(b.Start) })
	return all
}
