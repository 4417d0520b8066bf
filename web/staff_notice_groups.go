package web

import (
	"math"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/reads"
)

// noticeGroup is the notices of one kind about one session, with the same result.
type noticeGroup struct {
	Says, Cohort string
	Session      When
	State        scheduler.NoticeState
	StateName    string
	Rows         []noticeLine
}

// Folded reports whether the group is shown as one line to open.
func (g noticeGroup) Folded() bool { return len(g.Rows) > 1 }

// noticePlurals and noticeFates make the line of a group: 10 reminders wait.
var (
	noticePlurals = map[scheduler.NoticeKind]string{
		scheduler.Welcome: "welcomes", scheduler.Calendar: "invites or changes", scheduler.Reminder: "reminders",
		scheduler.Confirm: "questions about an answer", scheduler.OfferNotice: "offers",
		scheduler.OnWaitlist: "notes about the waitlist", scheduler.Changes: "messages about changed dates",
		scheduler.AssignedOne:   "messages to staff about a session",
		scheduler.AssignedDates: "messages to staff about several sessions",
	}
	noticeFates = map[string]string{
		"waiting": "wait", "sent": "were sent", "missed": "were missed", "not needed": "were not needed",
		"too late": "were too late", "given up": "were given up",
	}
)

// groupNotices groups rows by session, kind and result, in the order of their first rows.
func (s *Server) groupNotices(rows []reads.LedgerRow, zone string) (groups []noticeGroup) {
	type key struct {
		kind           scheduler.NoticeKind
		session        scheduler.ID
		cohort, result string
	}
	at := map[key]int{}
	kinds := []scheduler.NoticeKind{}
	for _, r := range rows {
		line := s.noticeLine(r, zone)
		k := key{r.Kind, r.Moment.ID, r.CohortName, line.StateName}
		i, known := at[k]
		if !known {
			i = len(groups)
			at[k] = i
			groups, kinds = append(groups, noticeGroup{Cohort: line.Cohort, Session: line.Session, State: line.State,
				StateName: line.StateName}), append(kinds, r.Kind)
		}
		groups[i].Rows = append(groups[i].Rows, line)
	}
	for i := range groups {
		groups[i].Says = count(len(groups[i].Rows), "message", noticePlurals[kinds[i]]) + " " +
			noticeFates[groups[i].StateName]
	}
	return groups
}

// wholeGroups cuts a page before a group that goes on after it, so that its number is right.
func wholeGroups(found reads.Ledger) reads.Ledger {
	rows, last := found.Rows, len(found.Rows)-1
	if found.Next.ID == "" || last < 0 {
		return found
	}
	first := last
	for first > 0 && rows[first-1].Kind == rows[last].Kind && rows[first-1].Moment.ID == rows[last].Moment.ID {
		first--
	}
	if first > 0 {
		found.Rows = rows[:first]
		found.Next = reads.LedgerCursor{Due: rows[first-1].Due, ID: rows[first-1].ID}
	}
	return found
}

// lateStrip is how late the messages of a day were, from 0 to 100 on a scale from nothing to an hour that
// grows slower towards the end.
type lateStrip struct{ Half, Most, Promise, Over, OverWide int }

// stripOf draws a day. Over is where lateness passes the promise; OverWide is 0 when nothing did.
func stripOf(d reads.LedgerDay) lateStrip {
	at := func(late time.Duration) int {
		return min(100, int(100*math.Log1p(late.Seconds())/math.Log1p(time.Hour.Seconds())))
	}
	strip := lateStrip{Promise: at(reads.OverdueAfter)}
	strip.Half, strip.Most = min(max(1, at(d.P50)), strip.Promise), min(max(1, at(d.P99)), strip.Promise)
	if d.Max > reads.OverdueAfter {
		strip.Over, strip.OverWide = strip.Promise, max(2, at(d.Max)-strip.Promise)
	}
	return strip
}
