package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/scheduler/video"
	"almanac/scheduler/video/videotest"
	"almanac/web"
)

const eventToken = "the-token-of-the-events-0123456789"

// hostsOf are both video hosts, BigBlueButton as a double.
func hostsOf(t *testing.T, double *videotest.BigBlueButton, now func() time.Time) web.VideoHosts {
	t.Helper()
	jitsi, err := video.NewJitsi("https://almanac:"+videotest.Secret+"@meet.example.org?events="+eventToken, now)
	if err != nil {
		t.Fatal(err)
	}
	bbb, err := video.NewBigBlueButton(double.URL())
	if err != nil {
		t.Fatal(err)
	}
	return web.VideoHosts{scheduler.JitsiMeeting: jitsi, scheduler.BigBlueButtonMeeting: bbb}
}

// roomAt gives a cohort of a house a meeting on a video host.
func (h *house) roomAt(cohort string, kind scheduler.MeetingKind) {
	h.t.Helper()
	coordinator := h.signIn(access.Coordinator)
	form := url.Values{"meeting": {string(kind)}, "dial_in": {"+1 202 555 0123"}, "pin": {"4711"}}
	form.Set("change_no", h.find(changePattern, h.post(cohort+"/set", form, coordinator).body))
	h.goesTo(h.post(cohort+"/set", form, coordinator), cohort)
}

// hosted is a house with video hosts whose cohort meets there.
func hosted(t *testing.T, url string, kind scheduler.MeetingKind) (h *house, double *videotest.BigBlueButton,
	cohort string) {
	t.Helper()
	double = videotest.NewBigBlueButton(t)
	h = newHouseAt(t, url, func(o *web.Options) { o.Video = hostsOf(t, double, o.Now) })
	cohort = h.opened()
	h.roomAt(cohort, kind)
	return h, double, cohort
}

// presses joins and gives the address at the host to which that leads.
func (h *house) presses(address, cookie string, form url.Values) string {
	h.t.Helper()
	answer := h.post(address, form, cookie)
	if answer.StatusCode != http.StatusSeeOther || answer.Header.Get("Referrer-Policy") != "no-referrer" {
		h.t.Fatalf("joining answers %d: %s", answer.StatusCode, answer.body)
	}
	return answer.Header.Get("Location")
}

// TestJoinJitsiOnBothDatabases: people come into a room of the session with a token, under a name that they choose, and
// what the server reports about them is suggested to who takes attendance, and noted by nobody but them.
func TestJoinJitsiOnBothDatabases(t *testing.T) {
	t.Parallel()
	for _, d := range databases {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			h, _, cohort := hosted(t, d.url(t), scheduler.JitsiMeeting)
			enrollment := h.enrolled(cohort, "Amina Canary", "amina@canary.example")
			page, _ := h.links(enrollment)
			start, session := h.itinerary()[0].Start, h.sessions(cohort)[0]
			join := joinPattern.FindStringSubmatch(h.get(page, "").body)[1]
			shows(t, h.post(session+"/live/join", nil, h.signIn(access.Coordinator)), http.StatusConflict,
				"opens shortly before")
			h.at(start.Add(-10 * time.Minute))
			facilitator := h.signIn(access.Facilitator)
			shows(t, h.get(join, ""), 200, "The others see you as", "Participant 1", "Amina", "A.C.")
			room, user, name := readEntry(t, h.presses(join, "", nil), start)
			if name != "Participant 1" {
				t.Errorf("the others see %q", name)
			}
			_, _, name = readEntry(t, h.presses(join, "", url.Values{"shown": {"initials"}}), start)
			if name != "A.C." {
				t.Errorf("the others see %q", name)
			}
			led, lead, _ := readEntry(t, h.presses(session+"/live/join", facilitator, nil), start)
			if led != room || lead == user {
				t.Errorf("who leads is in room %s as %s", led, lead)
			}
			reportsAreSuggested(t, h, session, facilitator, room, user, start)
		})
	}
}

// readEntry reads the room, the participant and the shown name of an address at Jitsi, and looks for what it must not
// say.
func readEntry(t *testing.T, address string, now time.Time) (room, user, name string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	claims := jwt.MapClaims{}
	_, err = jwt.ParseWithClaims(u.Query().Get("jwt"), claims,
		func(*jwt.Token) (any, error) { return []byte(videotest.Secret), nil },
		jwt.WithTimeFunc(func() time.Time { return now }), jwt.WithExpirationRequired())
	if err != nil {
		t.Fatalf("%s: %v", address, err)
	}
	inside := claims["context"].(map[string]any)["user"].(map[string]any)
	for _, word := range []string{"Amina", "amina@", "evening", "more", "example.net", "/j/"} {
		if all := fmt.Sprint(claims, u.Path, u.Fragment); strings.Contains(all, word) {
			t.Errorf("the host reads %q in %s", word, all)
		}
	}
	return fmt.Sprint(claims["room"]), fmt.Sprint(inside["id"]), fmt.Sprint(inside["name"])
}

// reportsAreSuggested sends what Jitsi reports, twice and out of order, and forged.
func reportsAreSuggested(t *testing.T, h *house, session, facilitator, room, user string, start time.Time) {
	t.Helper()
	send := func(token, room, user, event string, came, left time.Time) int {
		t.Helper()
		r := httptest.NewRequest(http.MethodPost, "/hooks/video/jitsi/events/occupant/"+event, strings.NewReader(
			fmt.Sprintf(`{"event_name":"muc-occupant-%s","room_name":%q,
				"occupant":{"id":%q,"joined_at":%d,"left_at":%d}}`, event, room, user, came.Unix(), left.Unix())))
		r.Header.Set("Authorization", "Bearer "+token)
		return h.send(r, "").StatusCode
	}
	came, left := start.Add(2*time.Minute), start.Add(10*time.Minute)
	h.at(start.Add(3 * time.Minute))
	if got := send("forged", room, user, "joined", came, time.Time{}); got != http.StatusForbidden {
		t.Errorf("a forged report answers %d", got)
	}
	for _, name := range []string{room, "aaaa"} {
		if got := send(eventToken, name, user, "joined", came, time.Time{}); got != http.StatusNoContent {
			t.Errorf("a report answers %d", got)
		}
	}
	shows(t, h.get(session+"/attendance", facilitator), 200, "In the meeting since 6:02\u00a0PM, 1 min so far")
	h.at(start.Add(14 * time.Minute))
	for range 2 {
		send(eventToken, room, user, "left", came, left)
		send(eventToken, room, user, "joined", came, time.Time{})
	}
	send(eventToken, room, user, "joined", start.Add(12*time.Minute), time.Time{})
	shows(t, h.get(session+"/attendance", facilitator), 200, "In the meeting since 6:02\u00a0PM, 10 min so far",
		"<b id=\"noted\" data-all=\"1\">0 of 1</b>")
	if strings.Contains(h.log.String(), user) || strings.Contains(h.log.String(), room) {
		t.Error("the log names a room or a participant")
	}
}

// TestJoinBigBlueButtonOnBothDatabases: the room is made by who comes first, who is there is asked for, and a server
// that is down leads to the number to call.
func TestJoinBigBlueButtonOnBothDatabases(t *testing.T) {
	t.Parallel()
	for _, d := range databases {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			h, double, cohort := hosted(t, d.url(t), scheduler.BigBlueButtonMeeting)
			enrollment := h.enrolled(cohort, "Amina Canary", "amina@canary.example")
			page, _ := h.links(enrollment)
			start, session := h.itinerary()[0].Start, h.sessions(cohort)[0]
			join := joinPattern.FindStringSubmatch(h.get(page, "").body)[1]
			h.at(start)
			facilitator := h.signIn(access.Facilitator)
			arrives(t, h.presses(join, "", url.Values{"shown": {"first"}}))
			arrives(t, h.presses(session+"/live/join", facilitator, nil))
			for _, asked := range double.Asked() {
				if strings.Contains(asked, "Amina+Canary") || strings.Contains(asked, "evening") {
					t.Errorf("the host reads %s", asked)
				}
			}
			running := h.running(t)
			hosts := hostsOf(t, double, func() time.Time { return start })
			host := hosts[scheduler.BigBlueButtonMeeting].(*video.BigBlueButton)
			look := func(minutes int) {
				t.Helper()
				h.at(start.Add(time.Duration(minutes) * time.Minute))
				present, err := host.Present(t.Context(), running.Name)
				if err != nil {
					t.Fatal(err)
				}
				if err := h.db.NotePresent(t.Context(), access.System("test"), running, present); err != nil {
					t.Fatal(err)
				}
			}
			look(1)
			look(2)
			for user, q := range double.Inside(running.Name) {
				if q.Get("fullName") == "Amina" {
					double.Leave(user)
				}
			}
			look(13)
			shows(t, h.get(session+"/attendance", facilitator), 200,
				"In the meeting for 12 min, from 6:01\u00a0PM to 6:13\u00a0PM")
			double.Fail()
			for range 2 {
				if err := h.db.NoteVideoHostDown(t.Context(), access.System("test"), running); err != nil {
					t.Fatal(err)
				}
			}
			tasks := h.get("/tasks", h.signIn(access.Admin))
			shows(t, tasks, 200, "The video meeting of this session cannot be reached")
			if strings.Count(tasks.body, "<strong>The video meeting of this session") != 1 {
				t.Errorf("one session has several tasks: %s", tasks.body)
			}
			shows(t, h.post(join, nil, ""), http.StatusServiceUnavailable, "It does not open now",
				`href="tel:&#43;12025550123,,4711%23"`)
			shows(t, h.get(session+"/live", facilitator), 200, "Cannot get in")
			shows(t, h.post(session+"/live/join", nil, facilitator), http.StatusServiceUnavailable, "cannot be reached")
		})
	}
}

// running is the only room of a house that runs.
func (h *house) running(t *testing.T) reads.RunningRoom {
	t.Helper()
	rooms, err := h.db.RunningRooms(t.Context(), access.System("test"), 0)
	if err != nil || len(rooms) != 1 {
		t.Fatalf("%d rooms run (%v)", len(rooms), err)
	}
	return rooms[0]
}

// arrives follows an address to the double.
func arrives(t *testing.T, address string) {
	t.Helper()
	answer, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("the host answers %d", answer.StatusCode)
	}
}

func TestVideoHostsThatAreNotSetUp(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	cohort := h.opened()
	hides(t, h.get(cohort+"/set", h.signIn(access.Coordinator)), "Jitsi", "BigBlueButton")
	r := httptest.NewRequest(http.MethodPost, "/hooks/video/jitsi", strings.NewReader("{}"))
	if got := h.send(r, "").StatusCode; got != http.StatusNotFound {
		t.Errorf("a report to nobody answers %d", got)
	}
}
