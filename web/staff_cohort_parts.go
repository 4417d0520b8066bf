package web

import (
	"cmp"
	"net/url"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// How much of a cohort one page shows: of a rolling one the sessions of so many weeks back, and further ones in
// pages; people who wait and who have left in pages, too.
const (
	weeksShown = 8
	olderRows  = 26
	aheadRows  = 36
	waitRows   = 25
	leftRows   = 25
)

// cohortAsked is which part of a cohort an address asks for.
type cohortAsked struct {
	reads.CohortPart
	past, ahead, waiting, left numbered
	showsOlder, showsLeft      bool // somebody asked for them
}

// cohortPart reads the parameters of a cohort's page: past, ahead, waiting and left are page numbers.
func cohortPart(params url.Values, now time.Time) (q cohortAsked) {
	q.past, q.ahead = pageOf(params, "past", olderRows), pageOf(params, "ahead", aheadRows)
	q.waiting, q.left = pageOf(params, "waiting", waitRows), pageOf(params, "left", leftRows)
	q.showsOlder, q.showsLeft = params.Has("past"), params.Has("left")
	q.Since = now.Add(-weeksShown * 7 * 24 * time.Hour)
	q.Waiting = reads.Cut{From: q.waiting.from(), Limit: q.waiting.lines}
	if q.showsOlder {
		q.Older = reads.Cut{From: q.past.from(), Limit: q.past.lines}
	}
	q.Left = reads.Cut{From: q.left.from(), Limit: q.left.lines}
	return q
}

// turn cuts what is too long and links the pages.
func (q cohortAsked) turn(v *cohortPage, c reads.CohortView, params url.Values) {
	path := "/cohorts/" + v.ID
	v.Waits, v.WaitTurns = c.WaitOf, q.waiting.turns(path, params, c.WaitOf)
	v.Left, v.LeftTurns, v.LeftOpen = c.LeftOf, q.left.turns(path, params, c.LeftOf), q.showsLeft
	v.PastOpen = q.showsOlder
	switch older := q.past.turns(path, params, c.OlderOf); {
	case q.showsOlder: // a page further on has older sessions
		v.PastTurns.Earlier, v.PastTurns.Next = older.Next, turned(path, params, "past", "")
		if q.past.page > 1 {
			v.PastTurns.Next = turned(path, params, "past", cmp.Or(q.past.before(c.OlderOf), "1"))
		}
	case c.OlderOf > 0:
		v.PastTurns.Earlier = turned(path, params, "past", "1")
	}
	v.AheadTurns = q.ahead.turns(path, params, len(v.Upcoming))
	v.Upcoming = v.Upcoming[min(q.ahead.from(), len(v.Upcoming)):]
	v.Upcoming = v.Upcoming[:min(q.ahead.lines, len(v.Upcoming))]
	if len(v.Upcoming) > sessionsShown && q.ahead.page == 1 {
		v.Upcoming, v.Later = v.Upcoming[:sessionsShown-1], v.Upcoming[sessionsShown-1:]
	}
}

// cohortSessions tells of the sessions that are over and of those ahead.
func (s *Server) cohortSessions(v *cohortPage, view reads.CohortView, who visitor, now time.Time) {
	next := false
	for _, session := range view.Sessions {
		line := s.cohortSession(v, view.Cohort, session, who, now)
		if session.Past(now) {
			if line.Attends && session.State == scheduler.SessionPlanned && session.Seated > 0 {
				v.Untaken = append(v.Untaken, line)
			}
			v.Past = append(v.Past, line)
			continue
		}
		if session.Live() {
			v.ToCome++
		}
		line.Next = !next && session.Live()
		line.Sheet = line.Sheet && line.Next
		next = next || line.Next
		v.Upcoming = append(v.Upcoming, line)
	}
	if len(view.Older) > 0 {
		v.Past = nil
	}
	for _, session := range view.Older {
		v.Past = append(v.Past, s.cohortSession(v, view.Cohort, session, who, now))
	}
	v.Untaken = v.Untaken[max(0, len(v.Untaken)-lateTaken):]
}

// cohortSession tells of one session, and what may be done with it.
func (s *Server) cohortSession(v *cohortPage, c reads.Cohort, session reads.Session, who visitor, now time.Time) sessionLine {
	line := s.sessionLine(session, c.Cohort)
	line.Leader, line.Leading = leaderOf(c, &session.Session, now), s.sessionNotes(c, &session.Session)
	line.For = nameOf(c, session.For)
	own := !who.actor.OwnOnly() || c.Cohort.LedBy(scheduler.ID(who.actor.ID)) || session.Leader == scheduler.ID(who.actor.ID)
	line.Changes = v.MayChange && own && session.Live() && !session.Past(now)
	line.Leads = line.Changes && access.Can(who.actor, access.CohortChange)
	line.Attends = own && access.Can(who.actor, access.AttendanceTake) && session.Live() && !session.Start.After(now)
	line.Sheet = own && !session.Past(now) && access.Can(who.actor, access.AttendanceTake)
	return line
}
