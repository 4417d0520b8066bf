package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// CohortPage gives one page of a clinic's open or ended cohorts with their numbers, and how many there are of each
// kind.
func (db *DB) CohortPage(ctx context.Context, a access.Actor, clinic scheduler.ID,
	q reads.CohortQuery) (reads.CohortPage, error) {
	if err := access.CheckIn(a, access.CohortView, string(clinic)); err != nil {
		return reads.CohortPage{}, err
	}
	var page reads.CohortPage
	err := db.view(ctx, func(t *tx) error {
		reach, err := t.reachFor(ctx, a, clinic)
		if err != nil {
			return err
		}
		page, err = t.cohortPageOf(ctx, a, clinic, q, reach)
		return err
	})
	return page, err
}

// listedCohort is what the order and the choice of cohorts depend on.
type listedCohort struct {
	reads.CohortRow
	mine     bool   // led by the caller, alone or in turn
	text     string // to search in, folded
	folded   string // its name
	openedAt time.Time
}

func (t *tx) cohortPageOf(ctx context.Context, a access.Actor, clinic scheduler.ID, q reads.CohortQuery,
	reach reachOf) (page reads.CohortPage, err error) {
	key, err := t.key(ctx, clinic)
	if err != nil {
		return page, err
	}
	all, err := t.listedCohorts(ctx, a, clinic, key)
	if err != nil {
		return page, err
	}
	all = slices.DeleteFunc(all, func(c listedCohort) bool { return !reach.sees(c.ID) })
	for _, c := range all {
		ended := c.State == scheduler.CohortEnded
		page.Ended += yes(ended)
		page.Open += yes(!ended)
		page.Rolling += yes(!ended && c.Rolling)
		page.Closed += yes(!ended && !c.Rolling)
		page.Mine += yes(!ended && c.mine)
	}
	words := strings.Fields(scheduler.Folded(q.Search))
	all = slices.DeleteFunc(all, func(c listedCohort) bool { return !c.chosen(q, words) })
	page.Found = len(all)
	slices.SortFunc(all, inOrder(q.Order))
	all = all[min(q.From, len(all)):]
	if all = all[:min(q.Limit, len(all))]; len(all) == 0 {
		return page, nil
	}
	page.Rows, err = t.rowsInOrder(ctx, clinic, all)
	return page, err
}

// chosen tells whether a query selects the cohort; words are those of its search.
func (c listedCohort) chosen(q reads.CohortQuery, words []string) bool {
	switch {
	case (c.State == scheduler.CohortEnded) != q.Ended, q.Mine && !c.mine,
		q.Kind == reads.RollingCohorts && !c.Rolling, q.Kind == reads.ClosedCohorts && c.Rolling:
		return false
	}
	return !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(c.text, word) })
}

func inOrder(order reads.CohortOrder) func(a, b listedCohort) int {
	return func(a, b listedCohort) int {
		switch order {
		case reads.CohortsByName:
			return cmp.Or(cmp.Compare(a.folded, b.folded), cmp.Compare(a.ID, b.ID))
		case reads.CohortsByNewest:
			return cmp.Or(b.openedAt.Compare(a.openedAt), cmp.Compare(a.ID, b.ID))
		}
		return soonerCohort(a.CohortRow, b.CohortRow)
	}
}

// listedCohorts reads what the order and the choice of a clinic's cohorts depend on.
func (t *tx) listedCohorts(ctx context.Context, a access.Actor, clinic scheduler.ID,
	key *clinicKey) ([]listedCohort, error) {
	names, err := t.staffNames(ctx, clinic, key)
	if err != nil {
		return nil, err
	}
	rows, err := t.Query(ctx, `
		SELECT c.id, c.name, c.state, c.rolling, c.protocol, c.definition, c.lead, c.rotation, c.opened_at, coalesce(
		  (SELECT x.start_at FROM sessions x WHERE x.cohort = c.id AND x.start_at > ? AND x.state <> 'cancelled'
		  ORDER BY x.start_at LIMIT 1), '')
		FROM cohorts c WHERE c.clinic = ?`, sqldb.Stamp(t.db.now()), clinic)
	if err != nil {
		return nil, err
	}
	var hashes []string
	all, err := sqldb.Collect(rows, func(rows *sql.Rows) (c listedCohort, err error) {
		var hash, lead, rotation string
		err = rows.Scan(&c.ID, &c.Name, &c.State, &c.Rolling, &c.Protocol, &hash, &lead, &rotation,
			sqldb.When(&c.openedAt), sqldb.When(&c.Next))
		hashes = append(hashes, hash)
		c.text = c.Name + " " + c.Protocol
		var leads []string
		for _, id := range append([]string{lead}, strings.Split(rotation, ",")...) {
			c.mine = c.mine || id != "" && a.Kind == access.KindStaff && id == a.ID
			if name := names[scheduler.ID(id)]; name != "" && !slices.Contains(leads, name) {
				leads = append(leads, name)
			}
		}
		c.LeadName = strings.Join(leads, ", ")
		return c, err
	})
	if err != nil {
		return nil, err
	}
	for i := range all { // after the rows are closed: PostgreSQL does one thing at a time
		definition, err := t.definition(ctx, hashes[i])
		if err != nil {
			return nil, err
		}
		all[i].folded = scheduler.Folded(all[i].Name)
		all[i].text = scheduler.Folded(all[i].text + " " + definition.Title + " " + all[i].LeadName)
	}
	return all, nil
}

// rowsInOrder reads the numbers and the tracks of some cohorts and keeps their order.
func (t *tx) rowsInOrder(ctx context.Context, clinic scheduler.ID, chosen []listedCohort) ([]reads.CohortRow, error) {
	ids := make([]scheduler.ID, len(chosen))
	at := map[scheduler.ID]int{}
	for i, c := range chosen {
		ids[i], at[c.ID] = c.ID, i
	}
	now := t.db.now()
	rows, err := t.cohortRows(ctx, clinic, now, ids)
	if err != nil {
		return nil, err
	}
	tracks, err := t.tracks(ctx, clinic, rows, now)
	if err != nil {
		return nil, fmt.Errorf("reading the tracks of cohorts: %w", err)
	}
	for i, row := range rows {
		rows[i].LeadName, rows[i].Track = chosen[at[row.ID]].LeadName, tracks[row.ID]
	}
	slices.SortFunc(rows, func(a, b reads.CohortRow) int { return at[a.ID] - at[b.ID] })
	return rows, nil
}

// The track of a rolling cohort shows some sessions before the next one, and some from there on.
const (
	trackBefore = 4
	trackAfter  = 6
	trackDays   = 120 // around now, which holds that many sessions
)

// tracks gives the marks of the sessions of cohorts: of a closed one all of the main series, of a rolling one those
// around now.
func (t *tx) tracks(ctx context.Context, clinic scheduler.ID, cohorts []reads.CohortRow,
	now time.Time) (map[scheduler.ID][]reads.TrackMark, error) {
	in, args := sqldb.List(unique(cohorts, func(c reads.CohortRow) scheduler.ID { return c.ID }))
	far := trackDays * 24 * time.Hour
	rows, err := t.Query(ctx, `
		SELECT s.cohort, s.state, s.end_at FROM cohorts c JOIN sessions s ON s.cohort = c.id
		WHERE c.id IN (`+in+`) AND s.main = 1
		  AND (c.rolling = 0 OR s.start_at >= ? AND s.start_at < ?) AND c.clinic || '' = ?
		ORDER BY s.cohort, s.start_at, s.counter`,
		append(args, sqldb.Stamp(now.Add(-far)), sqldb.Stamp(now.Add(far)), clinic)...)
	if err != nil {
		return nil, err
	}
	tracks, next := map[scheduler.ID][]reads.TrackMark{}, map[scheduler.ID]int{}
	_, err = sqldb.Collect(rows, func(rows *sql.Rows) (cohort scheduler.ID, err error) {
		var state scheduler.SessionState
		var end time.Time
		if err := rows.Scan(&cohort, &state, sqldb.When(&end)); err != nil {
			return cohort, err
		}
		_, known := next[cohort]
		mark := reads.TrackToCome
		switch {
		case state == scheduler.SessionCancelled:
			mark = reads.TrackCancelled
		case !end.After(now):
			mark = reads.TrackMet
		case !known:
			mark, next[cohort] = reads.TrackNext, len(tracks[cohort])
		}
		tracks[cohort] = append(tracks[cohort], mark)
		return cohort, nil
	})
	for _, c := range cohorts {
		track := tracks[c.ID]
		if at, known := next[c.ID]; c.Rolling && known {
			tracks[c.ID] = track[max(0, at-trackBefore):min(len(track), at+trackAfter)]
		} else if c.Rolling {
			tracks[c.ID] = track[max(0, len(track)-trackBefore-trackAfter):]
		}
	}
	return tracks, err
}
