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
		scheduler.StaffMessage:   "messages from staff",
		scheduler.OptIn:          "questions whether texts may come",
		scheduler.AddressCode:    "codes to new addresses",
		scheduler.AddressChanged: "warnings about another address",
		scheduler.AssignedOne:    "messages to staff about a session",
		scheduler.AssignedDates:  "messages to staff about several sessions",
	}
	noticeFates = map[string]string{
		"waiting": "wait", "sent": "were sent", "delivered": "were delivered", "missed": "were missed",
		"not needed": "were not needed",
		"too late":   "were too late", "given up": "were given up",
	}
)

// groupKey is what the rows of a group have in common.
type groupKey struct {
	kind           scheduler.NoticeKind
	session        scheduler.ID // empty: what they are about has none, such as a welcome
	cohort, result string
}

func groupKeyOf(r reads.LedgerRow) groupKey {
	return groupKey{r.Kind, r.Moment.ID, r.CohortName, noticeFate(r)}
}

// noticeFate says what became of a notice.
func noticeFate(r reads.LedgerRow) string {
	if r.State.HandedOver() && r.TooLate {
		return "missed"
	}
	return noticeStates[r.State]
}

// groupNotices groups the rows of a page by session, kind and result, in the order of their first rows.
func (s *Server) groupNotices(rows []reads.LedgerRow, zone string) (groups []noticeGroup) {
	at := map[groupKey]int{}
	kinds := []scheduler.NoticeKind{}
	for _, r := range rows {
		line := s.noticeLine(r, zone)
		k := groupKeyOf(r)
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

// wholeGroups cuts a page before a group that goes on after it, unless it is the whole page.
func wholeGroups(found reads.Ledger) reads.Ledger {
	rows, last := found.Rows, len(found.Rows)-1
	if found.Next.ID == "" || last < 0 {
		return found
	}
	first := last
	for first > 0 && groupKeyOf(rows[first-1]) == groupKeyOf(rows[last]) {
		first--
	}
	if first > 0 {
		found.Rows = rows[:first]
		found.Next = reads.Cursor{At: rows[first-1].Due, ID: rows[first-1].ID}
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
