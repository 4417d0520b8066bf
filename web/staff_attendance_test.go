package web_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
)

var wasPattern = regexp.MustCompile(`name="was-([0-9a-z]{13,64})" value="([^"]*)"`)

// shown gives what the rows of an attendance form showed, and the people in their order.
func (h *house) shown(body string) (form url.Values, people []string) {
	form = url.Values{}
	for _, found := range wasPattern.FindAllStringSubmatch(body, -1) {
		form.Set("was-"+found[1], found[2])
		for i, field := range []string{"state-", "minutes-", "hours-"} {
			form.Set(field+found[1], strings.Split(found[2], "/")[i])
		}
		people = append(people, found[1])
	}
	return form, people
}

// A facilitator notes a session in one go, corrects it later, and both stay.
func TestAttendanceInOneGo(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	cohort := h.opened()
	for _, name := range []string{"Amina", "Bo", "Cy"} {
		h.enrolled(cohort, name+" Canary", "")
	}
	kim := h.signIn(access.Facilitator)
	session := h.sessions(cohort)[0]
	shows(t, h.get(session+"/attendance", kim), 200, "Not yet", "3 expected")
	shows(t, h.get(session+"/sheet", kim), 200, "Please sign in", "Amina Canary", "Tue 6 Jan 2026")
	hides(t, h.get(session+"/sheet", kim), "MORE", "group", "Canary evening", "Almanac")
	shows(t, h.get(cohort+"/roster", kim), 200, "Roster", "Bo Canary", "call only")

	h.at(time.Date(2026, time.January, 7, 15, 0, 0, 0, time.UTC))
	kim = h.signIn(access.Admin) // the other sign-in has been idle for too long
	shows(t, h.get(cohort, kim), 200, "Attendance is not complete", "Tue 6 Jan 2026</a>")
	page := h.get(session+"/attendance", kim)
	shows(t, page, 200, "0 of 3</b> noted", "Everyone else present")
	form, people := h.shown(page.body)
	form.Set("state-"+people[0], "partial")
	form.Set("minutes-"+people[0], "400")
	form.Set("state-"+people[1], "partial")
	form.Set("others", "yes")
	shows(t, h.post(session+"/attendance", form, kim), 422, "Enter how many minutes",
		`href="#f-row-`+people[1], `value="400"`)
	form.Set("minutes-"+people[1], "many")
	shows(t, h.post(session+"/attendance", form, kim), 422, "Enter a whole number")
	form.Set("minutes-"+people[1], "30")
	shows(t, h.post(session+"/attendance", form, kim), 422, "takes 120 minutes", `href="#f-row-`+people[0])
	shows(t, h.get(session+"/attendance", kim), 200, "0 of 3</b> noted")
	form.Set("minutes-"+people[0], "100")
	h.goesTo(h.post(session+"/attendance", form, kim), session+"/attendance")
	page = h.get(session+"/attendance", kim)
	shows(t, page, 200, "Attendance saved", "3 of 3</b> noted", "Partial, 1 h 40 min", "Partial, 30 min",
		"Canary admin")
	hides(t, h.get(cohort, kim), "is not complete")

	// Two forms at once: what one changed, the other does not take back.
	mine, _ := h.shown(page.body)
	theirs, _ := h.shown(page.body)
	theirs.Set("state-"+people[2], "missed")
	h.goesTo(h.post(session+"/attendance", theirs, kim), session+"/attendance")
	mine.Set("state-"+people[0], "excused")
	mine.Set("hours-"+people[0], "5")
	h.goesTo(h.post(session+"/attendance", mine, kim), session+"/attendance")
	shows(t, h.get(session+"/attendance", kim), 200, "Missed <span", "Excused, notice given 5 hours before",
		"Partial, 1 h 40 min")
}

func TestAttendanceOfTheFutureAndOfStrangers(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	cohort := h.opened()
	h.enrolled(cohort, "Amina Canary", "")
	session := h.sessions(cohort)[0]
	h.at(time.Date(2026, time.January, 7, 15, 0, 0, 0, time.UTC))
	kim := h.signIn(access.Facilitator)
	form, people := h.shown(h.get(session+"/attendance", kim).body)
	form.Set("state-"+people[0], "asleep")
	shows(t, h.post(session+"/attendance", form, kim), 422, "Attendance is present, late, partial, excused or missed")
	h.at(moved)
	form.Set("state-"+people[0], "present")
	shows(t, h.post(session+"/attendance", form, kim), 409, "has not begun")
	shows(t, h.get("/sessions/"+people[0]+"/attendance", kim), 404)
	shows(t, h.get(session+"/attendance", ""), 404)
}

// Who has left since stands on the attendance page and the board of a session that
// they had a seat in; what was noted of them can be corrected, and both stay.
func TestAttendanceOfWhoHasLeft(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	one, other := h.rolling("Canary one", "2026-01-06"), h.rolling("Canary two", "2026-01-08")
	left := h.begun(one, "Amina Canary")
	moves, stays := h.begun(one, "Bo Canary"), h.begun(one, "Cy Canary")
	first := h.sessions(one)[0]
	h.at(time.Date(2026, time.January, 7, 15, 0, 0, 0, time.UTC))
	desk := h.signIn(access.Admin) // the other sign-in has been idle for too long
	h.browsers[access.Coordinator] = desk
	h.goesTo(h.through(left+"/withdraw", url.Values{}, desk), left)
	h.goesTo(h.through(moves+"/steps/transfer", url.Values{"to": {other[len("/cohorts/"):]}}, desk), moves)
	shows(t, h.get(moves, desk), 200, "Withdrawn")
	shows(t, h.get(stays, desk), 200, "Active")

	page := h.get(first+"/attendance", desk)
	shows(t, page, 200, "0 of 3</b> noted", "Amina Canary", "Bo Canary", "Cy Canary")
	form, people := h.shown(page.body)
	form.Set("state-"+people[0], "missed")
	form.Set("others", "yes")
	h.goesTo(h.post(first+"/attendance", form, desk), first+"/attendance")
	page = h.get(first+"/attendance", desk)
	form, _ = h.shown(page.body)
	form.Set("state-"+people[0], "late")
	h.goesTo(h.post(first+"/attendance", form, desk), first+"/attendance")
	shows(t, h.get(first+"/attendance", desk), 200, "3 of 3</b> noted", "Late <span", "Missed <span",
		`Amina Canary</bdi> <span class="badge">Withdrawn`, `Bo Canary</bdi> <span class="badge">Withdrawn`,
		"Cy Canary</bdi></span></p>")

	board := h.get(one+"/board", desk)
	shows(t, board, 200, `>1 person<span class="small soft">and 2 who left or finished</span></th>`, "Amina Canary",
		"Bo Canary", "Withdrawn", "3/6", "1/6", ">L</span>")
	hides(t, h.get(other+"/board", desk), "Amina Canary", "3/6")
}

// begun enrolls somebody into a rolling cohort and records that they may begin.
func (h *house) begun(cohort, name string) string {
	h.t.Helper()
	enrollment, desk := h.enrolled(cohort, name, ""), h.signIn(access.Coordinator)
	form := url.Values{"done": {h.find(optionPattern, h.get(enrollment+"/steps/done", desk).body)}}
	h.goesTo(h.through(enrollment+"/steps/done", form, desk), enrollment)
	return enrollment
}

// The page asks only for what can be told of a row, and an ended session offers to clear what was recorded.
func TestAttendanceRowsAskForWhatMatters(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	cohort := h.opened()
	h.enrolled(cohort, "Amina Canary", "")
	session := h.sessions(cohort)[0]
	h.at(time.Date(2026, time.January, 7, 15, 0, 0, 0, time.UTC))
	kim := h.signIn(access.Facilitator)
	page := h.get(session+"/attendance", kim)
	hides(t, page, "Clear", "History", "skipped Break")
	form, people := h.shown(page.body)
	form.Set("state-"+people[0], "late")
	h.goesTo(h.post(session+"/attendance", form, kim), session+"/attendance")
	page = h.get(session+"/attendance", kim)
	shows(t, page, 200, "1 of 1</b> noted", "Clear", "History (1)")
	hides(t, page, "Everyone else present", "corrected</span>")
	form, _ = h.shown(page.body)
	form.Set("state-"+people[0], "planned")
	h.goesTo(h.post(session+"/attendance", form, kim), session+"/attendance")
	shows(t, h.get(session+"/attendance", kim), 200, "0 of 1</b> noted", "Everyone else present", "History (2)",
		"corrected</span>")
}

// What was noted as left out stays noted on a save, although the page does not offer that part of the session.
func TestAttendanceKeepsWhatIsNotOffered(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	cohort := h.opened()
	h.enrolled(cohort, "Amina Canary", "")
	session := h.sessions(cohort)[0]
	h.at(time.Date(2026, time.January, 7, 3, 0, 0, 0, time.UTC))
	kim := h.signIn(access.Admin) // the other sign-in has been idle for too long
	form, people := h.shown(h.get(session+"/attendance", kim).body)
	person := scheduler.ID(people[0])
	err := h.desk.Confirm(t.Context(), desk.Request{Actor: h.operator(), Clinic: h.clinic},
		desk.TakeAttendance(scheduler.ID(session[len("/sessions/"):]),
			scheduler.Mark{Person: person, State: scheduler.SeatPartial, Minutes: 60, Missed: []string{"break"}}))
	if err != nil {
		t.Fatal(err)
	}
	page := h.get(session+"/attendance", kim)
	shows(t, page, 200, `name="left-`+people[0]+`" value="break" checked><span>skipped Break`)
	form, _ = h.shown(page.body)
	form.Set("minutes-"+people[0], "70")
	form.Set("left-"+people[0], "break")
	h.goesTo(h.post(session+"/attendance", form, kim), session+"/attendance")
	if h.count("SELECT count(*) FROM seats WHERE minutes = 70 AND missed_segments = 'break'") != 1 {
		t.Error("the part that was left out is forgotten")
	}
}
