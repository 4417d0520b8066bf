package web

import (
	"cmp"
	"net/url"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// How much one page of a cohort shows: recent weeks of a rolling cohort, and pages of older
// sessions and people.
const (
	weeksShown = 8
	olderRows  = 26
	aheadRows  = 36
	waitRows   = 25
	leftRows   = 25
)

// cohortQuery is the part of a cohort that a request asks for.
type cohortQuery struct {
	reads.CohortPart
	past, ahead, waiting, left pageNumber
	showsOlder, showsLeft      bool // asked for explicitly
}

// readCohortQuery reads the page numbers past, ahead, waiting and left.
func readCohortQuery(params url.Values, now time.Time) (q cohortQuery) {
	q.past, q.ahead = readPageNumber(params, "past", olderRows), readPageNumber(params, "ahead", aheadRows)
	q.waiting, q.left = readPageNumber(params, "waiting", waitRows), readPageNumber(params, "left", leftRows)
	q.showsOlder, q.showsLeft = params.Has("past"), params.Has("left")
	q.Since = now.Add(-weeksShown * 7 * 24 * time.Hour)
	q.Waiting = reads.PageRange{From: q.waiting.offset(), Limit: q.waiting.lines}
	if q.showsOlder {
		q.Older = reads.PageRange{From: q.past.offset(), Limit: q.past.lines}
	}
	q.Left = reads.PageRange{From: q.left.offset(), Limit: q.left.lines}
	return q
}

// paginate cuts long lists and adds links to their pages.
func (q cohortQuery) paginate(v *cohortPage, c reads.CohortView, params url.Values) {
	path := "/cohorts/" + v.ID
	v.Waits, v.WaitPager = c.WaitOf, q.waiting.pager(path, params, c.WaitOf)
	v.Left, v.LeftPager, v.LeftOpen = c.LeftOf, q.left.pager(path, params, c.LeftOf), q.showsLeft
	v.PastOpen = q.showsOlder
	switch older := q.past.pager(path, params, c.OlderOf); {
	case q.showsOlder: // later pages have older sessions
		v.PastPager.Earlier, v.PastPager.Next = older.Next, withParam(path, params, "past", "")
		if q.past.page > 1 {
			v.PastPager.Next = withParam(path, params, "past", cmp.Or(q.past.previous(c.OlderOf), "1"))
		}
	case c.OlderOf > 0:
		v.PastPager.Earlier = withParam(path, params, "past", "1")
	}
	v.AheadPager = q.ahead.pager(path, params, len(v.Upcoming))
	v.Upcoming = v.Upcoming[min(q.ahead.offset(), len(v.Upcoming)):]
	v.Upcoming = v.Upcoming[:min(q.ahead.lines, len(v.Upcoming))]
	if len(v.Upcoming) > sessionsShown && q.ahead.page == 1 {
		v.Upcoming, v.Later = v.Upcoming[:sessionsShown-1], v.Upcoming[sessionsShown-1:]
	}
}

// cohortSessions adds the past and upcoming sessions to the page.
func (s *Server) cohortSessions(v *cohortPage, view reads.CohortView, who visitor, now time.Time) {
	next := false
	for _, session := range view.Sessions {
		line := s.cohortSession(v, view.Cohort, session, who, now)
		if session.Main && !v.Rolling {
			v.Track = append(v.Track, dotOf(session.Session, !next, now))
		}
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

// cohortSession returns one session with the actions that the visitor may take.
func (s *Server) cohortSession(v *cohortPage, c reads.Cohort, session reads.Session, who visitor,
	now time.Time) sessionLine {
	line := s.sessionLine(session, c.Cohort)
	line.Leader, line.Leading = leaderOf(c, &session.Session, now), s.sessionCredentials(c, &session.Session)
	line.For = nameOf(c, session.For)
	own := !who.actor.OwnOnly() || c.Cohort.LedBy(scheduler.ID(who.actor.ID)) ||
		session.Leader == scheduler.ID(who.actor.ID)
	line.Changes = v.MayChange && own && session.Live() && !session.Past(now)
	line.Leads = line.Changes && access.Can(who.actor, access.CohortChange)
	line.Attends = own && access.Can(who.actor, access.AttendanceTake) && session.Live() && !session.Start.After(now)
	line.Sheet = own && !session.Past(now) && access.Can(who.actor, access.AttendanceTake)
	return line
}

// dotOf returns the dot of a session; first is whether none before it is the next one.
func dotOf(session scheduler.Session, first bool, now time.Time) trackDot {
	mark := reads.TrackToCome
	switch {
	case !session.Live():
		mark = reads.TrackCancelled
	case session.Past(now):
		mark = reads.TrackMet
	case first:
		mark = reads.TrackNext
	}
	return trackDot{trackClasses[mark]}
}
