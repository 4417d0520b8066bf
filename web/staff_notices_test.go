package web_test

import (
	"fmt"
	"html"
	"regexp"
	"strings"
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/web"
)

var againPattern = regexp.MustCompile(`/notices/[0-9a-z]{13,64}/again`)

// What was promised stands in the ledger, can be searched, and is tried again
// only when it was given up.
func TestLedgerPage(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk := h.signIn(access.Coordinator)
	shows(t, h.get("/notices", desk), 200, "No messages yet", "Nothing was missed in the last seven days.")
	enrollment := h.enrolled(h.opened(), "Amina Canary", "amina@canary.example")
	h.at(moved.Add(scheduler.ChangeDelay))
	answer := h.get("/notices", desk)
	shows(t, answer, 200, "Amina Canary", `href="`+enrollment+`"`, "Welcome", "Invite or change",
		">waiting<", "3 waiting")
	if again := againPattern.FindString(answer.body); again != "" {
		t.Errorf("what was not given up can be tried again: %s", again)
	}
	shows(t, h.get("/notices?name=canary&day=2026-01-06&show=waiting", desk), 200, "Amina Canary", "for <time")
	answer = h.get("/notices?name=canary&show=wrong", desk)
	shows(t, answer, 200, "Nothing found")
	hides(t, answer, "Amina Canary")
	shows(t, h.get("/notices?day=tomorrow", desk), 422, "This is not a valid date")
	shows(t, h.get("/notices?after=yesterday,x", desk), 422, "Start again from the first")
	shows(t, h.post("/notices/111111111111111111/again", nil, desk), 404, "There is no such notice")

	for _, cohort := range []string{h.opened(), h.opened()} {
		for _, name := range []string{"Ada", "Bo", "Cy", "Di"} {
			h.enrolled(cohort, name+" Crowd", name+cohort[len(cohort)-4:]+"@canary.example")
		}
	}
	answer = h.get("/notices?name=crowd", desk)
	shows(t, answer, 200, "8 welcomes wait", "4 invites or changes wait</b> for <time", "3:06\u00a0PM</time>")
	if rows := strings.Count(answer.body, `class="person-name"`); rows != 24 {
		t.Errorf("%d notices on a page", rows)
	}

	facilitator := h.signIn(access.Facilitator)
	shows(t, h.get("/notices", facilitator), 403, "Your role may not")
	shows(t, h.post("/notices/111111111111111111/again", nil, facilitator), 403, "Your role may not")
}

// A page ends before a group that goes on after it, unless it is the whole page.
func TestPagesOfNoticesEndWithAGroup(t *testing.T) {
	t.Parallel()
	row := func(id, session string) reads.LedgerRow {
		return reads.LedgerRow{NoticeRow: reads.NoticeRow{ID: scheduler.ID(id), Kind: scheduler.Reminder},
			Moment: reads.Moment{ID: scheduler.ID(session)}}
	}
	more := reads.Cursor{ID: "c"}
	page := web.WholeGroups(reads.Ledger{Rows: []reads.LedgerRow{row("a", "one"), row("b", "two"), row("c", "two")},
		Next: more})
	if len(page.Rows) != 1 || page.Next.ID != "a" {
		t.Errorf("the page is %+v", page)
	}
	page = web.WholeGroups(reads.Ledger{Rows: []reads.LedgerRow{row("b", "two"), row("c", "two")}, Next: more})
	if len(page.Rows) != 2 || page.Next != more {
		t.Errorf("a page of one group is %+v", page)
	}
	first, second := row("b", ""), row("c", "")
	first.CohortName, second.CohortName = "One", "Two"
	page = web.WholeGroups(reads.Ledger{Rows: []reads.LedgerRow{first, second}, Next: more})
	if len(page.Rows) != 1 || page.Next.ID != "b" {
		t.Errorf("welcomes of two cohorts are one group: %+v", page)
	}
	page = web.WholeGroups(reads.Ledger{Rows: []reads.LedgerRow{row("a", "one"), row("b", "two")}})
	if len(page.Rows) != 2 {
		t.Errorf("the last page is %+v", page)
	}
}

// A list of several pages says that its numbers are of one page: welcomes have no session that ends a group.
func TestNoticesOnSeveralPagesCountOnePage(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk := h.signIn(access.Coordinator)
	const note = "Each line counts the messages on this page."
	for range 4 {
		cohort := h.opened()
		for i := range 6 {
			h.enrolled(cohort, fmt.Sprintf("Amina %s Canary", string(rune('A'+i))),
				fmt.Sprintf("a%d%s@canary.example", i, cohort[len(cohort)-4:]))
		}
	}
	answer := h.get("/notices?name=canary", desk)
	shows(t, answer, 200, note)
	older := regexp.MustCompile(`/notices\?after=[^"]*`).FindString(answer.body)
	shows(t, h.get(html.UnescapeString(older), desk), 200, note)
	answer = h.get("/notices?name=amina+a", desk)
	shows(t, answer, 200, "4 welcomes wait")
	hides(t, answer, note)
}

// Every kind of notice has a name for several, and every result a word.
func TestEveryNoticeHasAPlural(t *testing.T) {
	t.Parallel()
	if unnamed := web.UnnamedNotices(); len(unnamed) > 0 {
		t.Errorf("without words in a group: %v", unnamed)
	}
}
