package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// Intake gives one page of who is on the way into the open cohorts of a clinic, and one of the cohorts that are
// rolling, have an entry or have people waiting, with their next entries as they stood when each cohort was last
// changed. What ends by itself comes first, the rest by when it was asked for; rolling cohorts come before others,
// by name.
func (db *DB) Intake(ctx context.Context, a access.Actor, clinic scheduler.ID,
	q reads.IntakeQuery) (reads.Intake, error) {
	if err := access.CheckIn(a, access.Enroll, string(clinic)); err != nil {
		return reads.Intake{}, err
	}
	var in reads.Intake
	err := db.view(ctx, func(t *tx) (err error) {
		in = reads.Intake{}
		key, err := t.key(ctx, clinic)
		if err != nil {
			return err
		}
		if err := t.intakePeople(ctx, clinic, key, q, &in); err != nil {
			return fmt.Errorf("reading who is on the way in: %w", err)
		}
		if err := t.intakeCohorts(ctx, clinic, q, &in); err != nil {
			return fmt.Errorf("reading the next entries: %w", err)
		}
		return nil
	})
	return in, err
}

// comer is somebody on the way in.
type comer struct {
	reads.IntakePerson
	enrollment scheduler.Enrollment
	definition string // the hash of it
}

// comerQuery reads people on the way in; what is needed of an offer or a leave comes along. Its argument is the clinic.
const comerQuery = `
	SELECT e.id, e.person, e.state, e.requested_at, c.name, c.zone, c.definition, p.zone, p.name, p.data_key,
	  coalesce(o.made_at, ''), coalesce(o.told_at, ''), coalesce(x.start_at, ''), coalesce(x.local_start, ''),
coalesce(l.until_at, ''),
	  (SELECT count(*) FROM enrollments w WHERE w.cohort = e.cohort AND w.state = 'waiting' AND e.state = 'waiting'
	    AND (w.front > e.front OR w.front = e.front AND (w.priority > e.priority OR w.priority = e.priority
	      AND (w.requested_at < e.requested_at OR w.requested_at = e.requested_at AND w.queue_no <= e.queue_no))))
	FROM enrollments e JOIN cohorts c ON c.id = e.cohort JOIN people p ON p.id = e.person
	LEFT JOIN offers o ON o.enrollment = e.id AND o.state = 'open' AND e.state = 'offered'
	LEFT JOIN sessions x ON x.id = o.entry
	LEFT JOIN leaves l ON l.enrollment = e.id AND l.ended_at = '' AND e.state = 'on_hold'
	WHERE e.clinic = ? AND c.state = 'open'`

// intakePeople reads those whose offer or leave ends by itself, who are few, and of the others only a page.
func (t *tx) intakePeople(ctx context.Context, clinic scheduler.ID, key *clinicKey, q reads.IntakeQuery,
	in *reads.Intake) error {
	ending, err := t.comers(ctx, clinic, key, " AND e.state IN ('offered', 'on_hold')")
	if err != nil {
		return err
	}
	slices.SortFunc(ending, func(a, b comer) int {
		return cmp.Or(yes(a.Ends.IsZero())-yes(b.Ends.IsZero()), a.Ends.Compare(b.Ends),
			a.RequestedAt.Compare(b.RequestedAt), cmp.Compare(a.Enrollment, b.Enrollment))
	})
	err = t.Row(ctx, `SELECT count(*) FROM enrollments e JOIN cohorts c ON c.id = e.cohort
		WHERE e.clinic = ? AND c.state = 'open' AND e.state IN ('pending', 'waiting')`, clinic).Scan(&in.PeopleOf)
	if err != nil {
		return err
	}
	in.PeopleOf += len(ending)
	page := ending[min(q.People, len(ending)):]
	page = page[:min(q.PeopleLimit, len(page))]
	if wanted := q.PeopleLimit - len(page); wanted > 0 {
		rest, err := t.comers(ctx, clinic, key,
			" AND e.state IN ('pending', 'waiting') ORDER BY e.requested_at, e.queue_no, e.id LIMIT ? OFFSET ?",
			wanted, max(0, q.People-len(ending)))
		if err != nil {
			return err
		}
		page = slices.Concat(page, rest)
	}
	if err := t.undone(ctx, clinic, page); err != nil {
		return err
	}
	for _, c := range page {
		in.People = append(in.People, c.IntakePerson)
	}
	return nil
}

// comers reads people on the way in; clause narrows, orders and limits them.
func (t *tx) comers(ctx context.Context, clinic scheduler.ID, key *clinicKey, clause string,
	args ...any) ([]comer, error) {
	rows, err := t.Query(ctx, comerQuery+clause, append([]any{clinic}, args...)...)
	if err != nil {
		return nil, err
	}
	type offered struct {
		offer scheduler.Offer
		entry scheduler.Session
		zone  string // of the person
	}
	var offers []offered
	all, err := sqldb.Collect(rows, func(rows *sql.Rows) (c comer, err error) {
		var o offered
		var name, own []byte
		err = rows.Scan(&c.Enrollment, &c.Person, &c.State, sqldb.When(&c.RequestedAt), &c.CohortName,
			&c.Zone, &c.definition, &o.zone, &name, &own,
			sqldb.When(&o.offer.MadeAt), sqldb.When(&o.offer.ToldAt), sqldb.When(&o.entry.Start),
			sqldb.Text(&o.entry.Wall), sqldb.When(&c.Ends), &c.Position)
		if err != nil {
			return c, err
		}
		c.enrollment.ID, c.enrollment.Person, c.Entry = c.Enrollment, c.Person, o.entry.Wall.Date
		offers = append(offers, o)
		c.Name, err = opened(key.person(clinic, c.Person, own), place(clinic, "people", "name", c.Person), name)
		return c, err
	})
	if err != nil {
		return nil, err
	}
	for i, o := range offers { // after the rows are closed: PostgreSQL does one thing at a time
		if o.entry.Start.IsZero() {
			continue
		}
		definition, err := t.definition(ctx, all[i].definition)
		if err != nil {
			return nil, err
		}
		zone, err := t.db.zones.Location(cmp.Or(o.zone, all[i].Zone))
		if err != nil {
			return nil, fmt.Errorf("finding the zone of a person: %w", err)
		}
		all[i].Ends = scheduler.OfferLapses(definition, o.offer, o.entry.Start, zone)
	}
	return all, nil
}

// undone fills in what pending people must do first.
func (t *tx) undone(ctx context.Context, clinic scheduler.ID, page []comer) error {
	var pending []*scheduler.Enrollment
	var ids []scheduler.ID
	for i := range page {
		if page[i].State == scheduler.Pending {
			pending, ids = append(pending, &page[i].enrollment), append(ids, page[i].Enrollment)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	in, args := sqldb.List(ids)
	if err := t.readHistories(ctx, clinic, pending, in, args); err != nil {
		return err
	}
	for i := range page {
		if page[i].State != scheduler.Pending {
			continue
		}
		definition, err := t.definition(ctx, page[i].definition)
		if err != nil {
			return err
		}
		page[i].Undone = (&scheduler.Roster{Definition: definition}).Undone(&page[i].enrollment)
	}
	return nil
}

// mostEntries is how many entries of a cohort are looked through for those that fit.
const mostEntries = 30

// intakeCohorts reads a page of the cohorts with entries or with people waiting. Where the query chooses, it looks
// through the entries of all of them.
func (t *tx) intakeCohorts(ctx context.Context, clinic scheduler.ID, q reads.IntakeQuery, in *reads.Intake) error {
	all, definitions, err := t.intakeCandidates(ctx, clinic)
	if err != nil {
		return err
	}
	if !q.Chooses() {
		in.CohortsOf = len(all)
		in.Cohorts = pageOf(all, q)
		if err := t.fillEntries(ctx, clinic, in.Cohorts, q); err != nil {
			return err
		}
	} else {
		if err := t.fillEntries(ctx, clinic, all, q); err != nil {
			return err
		}
		all = slices.DeleteFunc(all, func(c reads.IntakeCohort) bool { return len(c.Entries) == 0 })
		in.CohortsOf = len(all)
		in.Cohorts = pageOf(all, q)
	}
	return t.describeIntake(ctx, clinic, in.Cohorts, definitions)
}

func pageOf(all []reads.IntakeCohort, q reads.IntakeQuery) []reads.IntakeCohort {
	all = all[min(q.Cohorts, len(all)):]
	return all[:min(q.CohortsLimit, len(all))]
}

// intakeCandidates reads the cohorts that intake may list, rolling ones first, and the hashes of their definitions.
func (t *tx) intakeCandidates(ctx context.Context, clinic scheduler.ID) (all []reads.IntakeCohort,
	definitions map[scheduler.ID]string, err error) {
	rows, err := t.Query(ctx, `
		SELECT c.id, c.name, c.protocol, c.zone, c.rolling, c.capacity, c.definition,
		  (SELECT count(*) FROM enrollments w WHERE w.cohort = c.id AND w.state = 'waiting') AS waits
		FROM cohorts c WHERE c.clinic = ? AND c.state = 'open' AND (c.rolling = 1
		  OR EXISTS (SELECT 1 FROM openings o WHERE o.cohort = c.id AND o.start_at > ?)
		  OR EXISTS (SELECT 1 FROM enrollments w WHERE w.cohort = c.id AND w.state = 'waiting'))
		ORDER BY c.rolling DESC, c.name, c.id`, clinic, sqldb.Stamp(t.db.now()))
	if err != nil {
		return nil, nil, err
	}
	definitions = map[scheduler.ID]string{}
	all, err = sqldb.Collect(rows, func(rows *sql.Rows) (c reads.IntakeCohort, err error) {
		var rolling int
		var hash string
		err = rows.Scan(&c.Cohort, &c.Name, &c.Protocol, &c.Zone, &rolling, &c.Capacity, &hash, &c.Waiting)
		c.Rolling, definitions[c.Cohort] = rolling == 1, hash
		return c, err
	})
	return all, definitions, err
}

// fillEntries reads the next entries of cohorts, as far as they fit.
func (t *tx) fillEntries(ctx context.Context, clinic scheduler.ID, cohorts []reads.IntakeCohort,
	q reads.IntakeQuery) error {
	if len(cohorts) == 0 {
		return nil
	}
	ids, at, zones := []scheduler.ID{}, map[scheduler.ID]*reads.IntakeCohort{}, map[scheduler.ID]*time.Location{}
	for i := range cohorts {
		c := &cohorts[i]
		zone, err := t.db.zones.Location(c.Zone)
		if err != nil {
			return fmt.Errorf("finding the zone of cohort %s: %w", c.Cohort, err)
		}
		ids, at[c.Cohort], zones[c.Cohort] = append(ids, c.Cohort), c, zone
	}
	each := q.Entries
	if q.Chooses() {
		each = mostEntries
	}
	entries, err := t.nextOpenings(ctx, clinic, reads.OpeningsQuery{From: q.Earliest, Cohorts: ids, OfEach: each,
		Limit: each * len(ids)}, t.db.now())
	if err != nil {
		return err
	}
	for _, entry := range entries {
		c := at[entry.Cohort]
		if len(c.Entries) < q.Entries && q.Fits(civil.WallOf(entry.Start, zones[entry.Cohort])) {
			c.Entries = append(c.Entries, entry)
		}
	}
	return nil
}

// describeIntake adds the titles of entries, and whether waitlists could move.
func (t *tx) describeIntake(ctx context.Context, clinic scheduler.ID, cohorts []reads.IntakeCohort,
	definitions map[scheduler.ID]string) error {
	for i := range cohorts {
		c := &cohorts[i]
		definition, err := t.definition(ctx, definitions[c.Cohort])
		if err != nil {
			return err
		}
		for _, entry := range c.Entries {
			title := entry.Position
			for _, p := range definition.Positions() {
				if p.ID == entry.Position && p.Title != "" {
					title = p.Title
				}
			}
			c.Titles = append(c.Titles, title)
		}
		if c.Waiting == 0 {
			continue
		}
		next, err := t.nextOpenings(ctx, clinic, reads.OpeningsQuery{Protocol: c.Protocol, OfEach: 1, Limit: 2},
			t.db.now())
		if err != nil {
			return err
		}
		c.Next = slices.ContainsFunc(next, func(o reads.Opening) bool { return o.Cohort != c.Cohort })
	}
	return nil
}
