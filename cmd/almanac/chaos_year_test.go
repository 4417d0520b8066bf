//go:build crashpoints

package main

import (
	"testing"
	"time"

	"almanac/notify/notifytest"
	"almanac/scheduler"
	"almanac/scheduler/store/storetest"
)

// A year of fifty cohorts of twelve, with both changes of the clocks inside and
// something changing every other day, played from due instant to due instant.
// Nothing that was owed is missing, late, untrue or told twice.
func TestSimulatedYear(t *testing.T) {
	t.Parallel()
	const cohorts, seats = 50, 12
	begins := time.Date(2026, 1, 2, 15, 0, 0, 0, time.UTC)
	ends := begins.AddDate(1, 0, 0)
	began := time.Now()
	p := newPlay(t, storetest.EmptySQLite(t), begins, (*notifytest.Sink).URL, "--data-dir", t.TempDir())
	p.watch()
	next, changed, changes := begins, begins, 0
	for p.clock.now().Before(ends) {
		now := p.clock.now()
		for len(p.cohorts) < cohorts && !next.After(now) { // one about every six days, at odd hours
			p.open(now.Add(8*24*time.Hour+time.Duration(len(p.cohorts)%11)*time.Hour), seats)
			p.enroll(p.cohorts[len(p.cohorts)-1], seats)
			next = next.Add(6*24*time.Hour + 5*time.Hour)
		}
		if !changed.After(now) {
			if w, ok := p.takeBack(); ok && p.fulfil(t.Context(), request(p.clinic), w) == nil {
				changes++
			}
			changed = changed.Add(37 * time.Hour)
		}
		p.tell()
		p.stand(p.nextInstant(next, changed))
	}
	p.pass(40, 30*time.Second)
	v := p.evidence(t.Context()).judge()
	p.report(v)
	t.Logf("a year with %d changes in %s", changes, time.Since(began).Round(time.Second))
	if v.letters < 10000 || changes < 100 || v.excused+v.tornOpen+v.toStaff > 0 {
		t.Errorf("that was no year: %d changes, %s", changes, v)
	}
}

// nextInstant is when something happens next: something planned becomes due, a
// session comes into the window of invites or reminders, or the play goes on.
func (p *play) nextInstant(others ...time.Time) time.Time {
	p.t.Helper()
	now := p.clock.now()
	soonest := now.Add(24 * time.Hour)
	consider := func(at time.Time) {
		if at.After(now) && at.Before(soonest) {
			soonest = at
		}
	}
	for _, at := range others {
		consider(at)
	}
	var due string
	p.must(p.sql.QueryRowContext(p.t.Context(), `SELECT coalesce(min(CASE WHEN due_at > queued_until THEN due_at
ELSE queued_until END), '')
		FROM notices WHERE state = 'planned'`).Scan(&due))
	if at := ledgerTime(due); !at.IsZero() {
		if !at.After(now) {
			at = now.Add(time.Second)
		}
		consider(at)
	}
	rows, err := p.sql.QueryContext(p.t.Context(),
		"SELECT DISTINCT start_at FROM sessions WHERE state = 'planned' AND start_at > '"+ledgerStamp(now)+"'")
	p.must(err)
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var start string
		p.must(rows.Scan(&start))
		consider(ledgerTime(start).Add(-scheduler.InviteWindow))
	}
	p.must(rows.Err())
	return soonest
}
