package web_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
)

// openedCohort opens a cohort of eight Tuesdays with two people and gives its address.
func (h *house) openedCohort(name, facilitator string) string {
	h.t.Helper()
	cohort := h.goesTo(h.post("/cohorts/new", url.Values{
		"step": {"open"}, "protocol": {"more-telehealth@1"}, "start": {"2026-01-06"}, "time": {"18:00"},
		"zone": {"America/New_York"}, "name": {name},
		"facilitator": {facilitator},
	}, h.signIn(access.Coordinator)), "/cohorts/")
	h.enrolled(cohort, name+" Amina", "amina-"+name+"@canary.example")
	h.enrolled(cohort, name+" Bo", "")
	return cohort
}

// The first change of a clinic may be to close days: its preview shows the change number 0, and a change in between
// has it shown again.
func TestDaysAreClosedFirst(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk, form := h.signIn(access.Coordinator), url.Values{"days": {"2026-01-14"}, "content": {"append"}}
	h.goesTo(h.through("/closure", form, desk), "/")
	shows(t, h.get("/closure/open", desk), 200, "14 Jan 2026")
	other := newHouse(t, nil)
	desk = other.signIn(access.Coordinator)
	form.Del("change_no")
	shows(t, other.post("/closure", form, desk), 200, `name="change_no" value="0"`)
	other.opened()
	form.Set("change_no", "0")
	shows(t, other.post("/closure", form, desk), 409, "Somebody changed something here")
}

// facilitator gives the id of somebody who may lead what is opened here.
func (h *house) facilitator() string {
	h.t.Helper()
	h.signIn(access.Facilitator)
	staff, err := h.db.FindStaff(h.t.Context(), h.operator(), h.clinic, "facilitator@canary.example")
	if err != nil {
		h.t.Fatal(err)
	}
	for _, name := range []string{"more-trained", "mbsr-teacher"} {
		if err := h.db.RecordCredential(h.t.Context(), h.operator(), h.clinic, staff.ID,
			scheduler.Credential{Name: name}); err != nil {
			h.t.Fatal(err)
		}
	}
	return string(staff.ID)
}

func TestCloseDaysInTwoSteps(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk := h.signIn(access.Coordinator)
	first, second := h.openedCohort("First", ""), h.openedCohort("Second", "")
	shows(t, h.get("/cohorts", desk), 200, "/closure")
	shows(t, h.get("/closure", h.signIn(access.Facilitator)), 403, "Your role may not")
	days := url.Values{"days": {"2026-01-20"}, "content": {""}}
	preview := h.post("/closure", days, desk)
	shows(t, preview, 200, "This will notify 2 people by email and 2 people through a staff task.", "First Amina",
		"Second Bo", "<b>Tue 20 Jan 2026. Follow each protocol.</b>", "Tue 3 Mar 2026")
	hides(t, h.get(first, desk), "cancelled")
	days.Set("change_no", h.find(changePattern, preview.body))
	h.goesTo(h.post("/closure", days, desk), "/")
	shows(t, h.get("/", desk), 200, "The days are closed.", "Undo (until 3:03:00\u00a0PM)")
	for _, cohort := range []string{first, second} {
		shows(t, h.get(cohort, desk), 200, "cancelled", "Tue 3 Mar 2026")
	}
	shows(t, h.post("/closure", url.Values{"days": {""}}, desk), 422, "Choose the first closed day.")
	over := h.post("/closure", url.Values{"days": {"2025-12-20"}}, desk)
	shows(t, over, 422, "These days are over.")
}

// A cohort in which it cannot be done is shown with its sentence and left out;
// the others close.
func TestCloseDaysWhereItCannotBeDone(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk := h.signIn(access.Coordinator)
	lead := h.facilitator()
	first := h.openedCohort("First", lead)
	h.goesTo(h.post("/cohorts/new", url.Values{
		"step": {"open"}, "protocol": {"mbsr-4w@1"}, "start": {"2026-03-03"}, "time": {"18:00"},
		"zone": {"America/New_York"}, "name": {"Conflicts"}, "facilitator": {lead},
	}, desk), "/cohorts/")
	second := h.openedCohort("Second", "")
	days := url.Values{"days": {"2026-01-20"}}
	preview := h.post("/closure", days, desk)
	shows(t, preview, 200, "This cohort will not change.",
		"The facilitator already has a session at the time of the added date", `name="without"`,
		"This will notify 1 person by email and 1 person through a staff task.")
	days.Set("change_no", h.find(changePattern, preview.body))
	refused := h.post("/closure", days, desk)
	shows(t, refused, 409, "Nothing was closed, because these cohorts have conflicts.")
	days.Set("without", first[len("/cohorts/"):])
	h.goesTo(h.post("/closure", days, desk), "/")
	hides(t, h.get(first, desk), "cancelled")
	shows(t, h.get(second, desk), 200, "cancelled")
}

func TestRescheduleInTwoSteps(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk := h.signIn(access.Coordinator)
	cohort := h.openedCohort("Canary", "")
	shows(t, h.get(cohort, desk), 200, cohort+"/reschedule", cohort+"/add")
	form := h.get(cohort+"/reschedule", desk)
	shows(t, form, 200, `value="tue" checked`, `value="18:00"`, `value="America/New_York"`)
	asked := url.Values{"from": {"2026-02-10"}, "days": {"thu"}, "at": {"17:30"}, "zone": {"America/New_York"}}
	preview := h.post(cohort+"/reschedule", asked, desk)
	shows(t, preview, 200, "Thu 12 Feb 2026", "Tue 10 Feb 2026", "Canary Amina",
		"This will notify 1 person by email and 1 person through a staff task.")
	_, told, _ := strings.Cut(preview.body, "Canary Amina")
	for _, date := range []string{"Tue 10 Feb 2026", "Tue 17 Feb 2026", "Tue 24 Feb 2026"} {
		_, rest, found := strings.Cut(told, "<del>")
		if told = rest; !found || !strings.Contains(told[:80], date) {
			t.Errorf("what is told is not in order of date: %s should come next in %.80s", date, told)
		}
	}
	asked.Set("change_no", h.find(changePattern, preview.body))
	asked.Set("again", "yes") // back to the form, and nothing of it is lost
	shows(t, h.post(cohort+"/reschedule", asked, desk), 200, `value="thu" checked`, `value="17:30"`,
		`value="2026-02-10"`, "Preview changes")
	shows(t, h.get(cohort, desk), 200, "Tue 24 Feb 2026")
	asked.Del("again")
	h.goesTo(h.post(cohort+"/reschedule", asked, desk), cohort)
	shows(t, h.get(cohort, desk), 200, "<dd>Thu, 5:30", "Thu 26 Feb 2026", "Undo (until")

	other := h.openedCohort("Other", "")
	same := url.Values{"from": {"2026-02-10"}, "days": {"tue"}, "at": {"18:00"}, "zone": {"America/New_York"}}
	shows(t, h.post(other+"/reschedule", same, desk), 422, "The cohort already meets that way.")
}

// A page names the people who are busy at the new times.
func TestRescheduleNamesWhoIsInTheWay(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk := h.signIn(access.Coordinator)
	lead := h.facilitator()
	cohort := h.openedCohort("Canary", lead)
	h.goesTo(h.post("/cohorts/new", url.Values{
		"step": {"open"}, "protocol": {"mbsr-4w@1"}, "start": {"2026-02-12"}, "time": {"18:00"},
		"zone": {"America/New_York"}, "facilitator": {lead},
	}, desk), "/cohorts/")
	asked := url.Values{"from": {"2026-02-10"}, "days": {"thu"}, "at": {"18:00"}, "zone": {"America/New_York"}}
	shows(t, h.post(cohort+"/reschedule", asked, desk), 409, "Conflicts",
		"The facilitator, Thu 12 Feb 2026, 6:00\u00a0PM")
}

func TestAddASessionAndUndoIt(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk := h.signIn(access.Coordinator)
	cohort := h.openedCohort("Canary", "")
	h.get(cohort, desk)
	h.rests(cohort)
	before := h.get(cohort, desk).body
	asked := url.Values{"at": {"2026-01-17"}, "at_time": {"10:00"}, "kind": {"retreat"}, "minutes": {"240"},
		"position": {""}}
	preview := h.post(cohort+"/add", asked, desk)
	shows(t, preview, 200, "Sat 17 Jan 2026", "Retreat",
		"This will notify 1 person by email and 1 person through a staff task.")
	asked.Set("change_no", h.find(changePattern, preview.body))
	h.goesTo(h.post(cohort+"/add", asked, desk), cohort)
	after := h.get(cohort, desk)
	shows(t, after, 200, "Sat 17 Jan 2026", "Retreat", "Undo (until")

	undo := url.Values{"undo": {h.find(undoPattern, after.body)}}
	h.at(moved.Add(2*scheduler.UndoWindow - time.Second))
	shows(t, h.post("/undo", undo, h.signIn(access.Admin)), 403, "Another person made this change")
	h.goesTo(h.post("/undo", undo, desk), cohort)
	shows(t, h.get(cohort, desk), 200, "Undone.")
	if now := h.get(cohort, desk).body; now != before {
		t.Errorf("the cohort's page was\n%s\nand is\n%s", before, now)
	}
	shows(t, h.post("/undo", undo, desk), 404, "There is nothing to undo here.")
}

// A single cancellation is undone in the same way, and after three minutes not
// any more.
func TestUndoComesTooLate(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk := h.signIn(access.Coordinator)
	cohort := h.openedCohort("Canary", "")
	session := strings.TrimSuffix(h.find(movePattern, h.get(cohort, desk).body), "/move")
	asked := url.Values{"content": {"append"}}
	asked.Set("change_no", h.find(changePattern, h.post(session+"/cancel", asked, desk).body))
	h.goesTo(h.post(session+"/cancel", asked, desk), cohort)
	after := h.get(cohort, desk)
	undo := url.Values{"undo": {h.find(undoPattern, after.body)}}
	h.at(moved.Add(scheduler.UndoWindow))
	hides(t, h.get(cohort, desk), "Undo (until")
	shows(t, h.post("/undo", undo, desk), 409, "It is too late to undo this")
}

// Closed days can be opened again: the page lists them, says which cohorts went round
// them, and moves nothing.
func TestOpenDaysAgain(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk, cohort := h.signIn(access.Coordinator), h.opened()
	shows(t, h.get("/closure", desk), 200, "/closure/open")
	shows(t, h.get("/closure/open", desk), 200, "The clinic has no upcoming closed days")
	shows(t, h.get("/closure/open", h.signIn(access.Facilitator)), 403, "Your role may not")
	h.goesTo(h.through("/closure",
		url.Values{"days": {"2026-01-13"}, "until": {"2026-01-14"}, "content": {"append"}}, desk), "/")
	shows(t, h.get("/closure/open", desk), 200, "Tue 13 Jan 2026 to Wed 14 Jan 2026",
		"/closure/open?days=2026-01-13&amp;until=2026-01-14")
	shows(t, h.get("/closure/open?days=2026-01-13&until=2026-01-14", desk), 200, `value="2026-01-13"`,
		`value="2026-01-14"`)
	shows(t, h.post("/closure/open", url.Values{"days": {""}}, desk), 422, "Choose the first day to reopen.")
	shows(t, h.post("/closure/open", url.Values{"days": {"2026-02-02"}}, desk), 422, "The clinic is not closed on")
	days := url.Values{"days": {"2026-01-13"}}
	preview := h.post("/closure/open", days, desk)
	shows(t, preview, 200, "Scheduled around these days", cohort, "Tue 13 Jan 2026", "Reopen these days")
	days.Set("change_no", h.find(changePattern, preview.body))
	h.goesTo(h.post("/closure/open", days, desk), "/")
	shows(t, h.get("/closure/open", desk), 200, "Wed 14 Jan 2026")
	hides(t, h.get("/closure/open", desk), "Tue 13 Jan 2026")
}
