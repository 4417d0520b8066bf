package store

import (
	"context"
	"slices"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// ledFor is how long after its end a session still counts as led: as long as
// attendance may be noted late.
const ledFor = 28 * 24 * time.Hour

// reachOf is which cohorts of a clinic an actor sees.
type reachOf struct {
	all bool
	own []scheduler.ID
	// outside: of people alone, those with a consent in force to another organization.
	outside bool
	people  map[scheduler.ID]scheduler.ID
	// opened are people of other cohorts whom a facilitator sees in an emergency.
	opened []scheduler.ID
}

// sees tells whether a cohort is within reach.
func (r reachOf) sees(cohort scheduler.ID) bool {
	return r.all || r.outside || slices.Contains(r.own, cohort)
}

// reachFor reads which cohorts an actor sees: all of them, or for a facilitator
// those they lead, lead in turn, or lead a session of. A program of another
// organization sees people, by their consents, with all their cohorts.
func (t *tx) reachFor(ctx context.Context, a access.Actor, clinic scheduler.ID) (reachOf, error) {
	if a.Outside() {
		people, err := t.consentsTo(ctx, clinic, scheduler.ConsentKind(a.Relies), a.Recipient)
		return reachOf{outside: true, people: people}, err
	}
	if !a.OwnOnly() {
		return reachOf{all: true}, nil
	}
	if a.ID == "" {
		return reachOf{}, nil
	}
	rows, err := t.Query(ctx, `
		SELECT id FROM cohorts WHERE clinic = ? AND (lead = ? OR ',' || rotation || ',' LIKE '%,' || ? || ',%')
		UNION
		SELECT cohort FROM sessions WHERE clinic = ? AND leader = ? AND leader <> '' AND end_at > ?
AND state <> 'cancelled'`,
		clinic, a.ID, a.ID, clinic, a.ID, sqldb.Stamp(t.db.now().Add(-ledFor)))
	if err != nil {
		return reachOf{}, err
	}
	own, err := sqldb.Collect(rows, scanID)
	if err != nil {
		return reachOf{}, err
	}
	opened, err := t.openedTo(ctx, clinic, a.ID)
	return reachOf{own: own, opened: opened}, err
}

// seesPerson is NotFound when a facilitator shares no cohort with a person.
func (t *tx) seesPerson(ctx context.Context, r reachOf, clinic, person scheduler.ID) error {
	seen, err := t.seenPeople(ctx, r, clinic, []scheduler.ID{person})
	if err == nil && len(seen) == 0 {
		err = noPerson()
	}
	return err
}

// seenPeople gives those of the people who are enrolled in a cohort within reach, or
// sit in one of its sessions.
func (t *tx) seenPeople(ctx context.Context, r reachOf, clinic scheduler.ID,
	people []scheduler.ID) ([]scheduler.ID, error) {
	if r.all {
		return people, nil
	}
	if r.outside {
		return slices.DeleteFunc(slices.Clone(people), func(id scheduler.ID) bool { return r.people[id] == "" }), nil
	}
	seen := slices.Clone(r.opened)
	for _, cohort := range r.own {
		rows, err := t.Query(ctx, `
			SELECT person FROM enrollments WHERE clinic = ? AND cohort = ?
			UNION
			SELECT x.person FROM seats x JOIN sessions s ON s.id = x.session WHERE s.clinic = ? AND s.cohort = ?
AND x.state <> 'released'`,
			clinic, cohort, clinic, cohort)
		if err != nil {
			return nil, err
		}
		theirs, err := sqldb.Collect(rows, scanID)
		if err != nil {
			return nil, err
		}
		seen = append(seen, theirs...)
	}
	slices.Sort(seen)
	return slices.DeleteFunc(slices.Clone(people), func(id scheduler.ID) bool {
		_, found := slices.BinarySearch(seen, id)
		return !found
	}), nil
}

// maySee is NotFound when the actor may not see a person.
func (t *tx) maySee(ctx context.Context, a access.Actor, clinic, person scheduler.ID) error {
	reach, err := t.reachFor(ctx, a, clinic)
	if err != nil {
		return err
	}
	return t.seesPerson(ctx, reach, clinic, person)
}

// seenNames leaves out who the actor may not see.
func (t *tx) seenNames(ctx context.Context, a access.Actor, clinic scheduler.ID,
	all []reads.PersonName) ([]reads.PersonName, error) {
	reach, err := t.reachFor(ctx, a, clinic)
	if err != nil || reach.all {
		return all, err
	}
	ids := make([]scheduler.ID, len(all))
	for i, p := range all {
		ids[i] = p.ID
	}
	seen, err := t.seenPeople(ctx, reach, clinic, ids)
	return slices.DeleteFunc(all, func(p reads.PersonName) bool { return !slices.Contains(seen, p.ID) }), err
}

// seesSession is NotFound when a facilitator has nothing to do with a session's cohort.
func (t *tx) seesSession(ctx context.Context, a access.Actor, clinic, session scheduler.ID) error {
	reach, err := t.reachFor(ctx, a, clinic)
	if err != nil || reach.all {
		return err
	}
	var cohort scheduler.ID
	err = t.Row(ctx, "SELECT cohort FROM sessions WHERE clinic = ? AND id = ?", clinic, session).Scan(&cohort)
	if sqldb.IsNoRows(err) || err == nil && !reach.sees(cohort) {
		return notFound("There is no such session. Choose one on the page of its cohort.")
	}
	return err
}

// narrow takes out of what is read of a person what belongs to other cohorts.
func (r reachOf) narrow(p *reads.Person) {
	if slices.Contains(r.opened, p.ID) {
		return
	}
	p.Enrollments = slices.DeleteFunc(p.Enrollments, func(e reads.PersonEnrollment) bool { return !r.sees(e.Cohort) })
	p.Items = slices.DeleteFunc(p.Items, func(i reads.Item) bool { return !r.sees(i.Cohort) })
}

// within refuses a facilitator what a load names of other cohorts, as if it did not
// exist; and, of a cohort in which they only substitute, the sessions of others.
func within(c desk.Change, load desk.Load, rosters []*scheduler.Roster, undoing *scheduler.Undo, now time.Time) error {
	if !c.Actor.OwnOnly() {
		return nil
	}
	me := scheduler.ID(c.Actor.ID)
	if me == "" || load.Running || undoing != nil && undoing.By != c.Actor.String() {
		return fault.New(fault.Forbidden,
			"This concerns cohorts that you do not lead. Ask a coordinator or an admin of the clinic.")
	}
	changing := c.Action == access.SessionChange || c.Action == access.AttendanceTake
	for _, r := range rosters {
		leads := r.Cohort.LedBy(me)
		mine := leads || slices.ContainsFunc(r.Sessions, func(s *scheduler.Session) bool {
			return s.Leader == me && s.Live() && s.End.After(now.Add(-ledFor))
		})
		if !mine && slices.Contains(load.Cohorts, r.Cohort.ID) {
			return notFound("There is no such cohort. Choose one from the list.")
		}
		for _, s := range r.Sessions {
			if slices.Contains(load.Sessions, s.ID) && (!mine || changing && !leads && s.Leader != me) {
				return notFound("There is no such session. Choose one on the page of its cohort.")
			}
		}
		for _, e := range r.Enrollments {
			if !mine && slices.Contains(load.Enrollments, e.ID) {
				return notFound("There is no such enrollment. Choose one on the page of its cohort.")
			}
		}
	}
	return nil
}
