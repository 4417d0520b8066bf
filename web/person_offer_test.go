package web_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"almanac/scheduler/access"
)

var (
	offerPattern = regexp.MustCompile(`name="enrollment" value="([0-9a-z]{13,64})"`)
	seenPattern  = regexp.MustCompile(`name="seen" value="([^"]+)"`)
)

// A person answers their own offer on their own page; nobody else's, and not twice.
func TestAPersonAnswersTheirOffer(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk, cohort := h.signIn(access.Coordinator), h.opened()
	first := h.enrolled(cohort, "Amina Canary", "amina@canary.example")
	for _, name := range []string{"Bo", "Cy", "Di", "Ed", "Flo"} {
		h.enrolled(cohort, name+" Canary", "")
	}
	gus, hana := h.enrolled(cohort, "Gus Canary", "gus@canary.example"),
		h.enrolled(cohort, "Hana Canary", "hana@canary.example")
	page, _ := h.links(gus)
	other, _ := h.links(hana)
	hides(t, h.get(page, ""), "A time is available for you")
	preview := h.get(first+"/withdraw", desk)
	h.goesTo(h.post(first+"/withdraw", url.Values{"change_no": {h.find(changePattern, preview.body)}}, desk),
		"/enrollments/")
	hides(t, h.get(page, ""), "A time is available for you")
	h.rests(cohort)

	offered := h.get(page, "")
	shows(t, offered, 200, "A time is available for you", "Tue 6 Jan 2026", "5:00\u00a0PM – 7:00\u00a0PM",
		"We will keep it for you until")
	hides(t, offered, "Canary", "Session", "MORE", "group", "clinic", "You have no upcoming appointments")
	if again := h.get(page, ""); again.body != offered.body {
		t.Error("looking at the page changed it")
	}
	enrollment := h.find(offerPattern, offered.body)
	answer := func(page, word string) reply {
		return h.post(page, url.Values{"enrollment": {enrollment}, "answer": {word}}, "")
	}
	shows(t, answer(other, "accept"), 409, "This offer is no longer available", "You are on the waitlist")
	shows(t, answer(page, "perhaps"), 422, "Please choose one of the two answers", "A time is available for you")
	shows(t, h.get(gus, desk), 200, "Offered")
	h.goesTo(answer(page, "accept"), page)
	shows(t, h.get(page, ""), 200, "Thank you. These are your dates.", "Next appointment", "Tue 6 Jan 2026")
	shows(t, answer(page, "decline"), 409, "This offer is no longer available", "Next appointment")
	shows(t, h.get(gus, desk), 200, "Active")
}

// An offer whose time is over is none any more: the page stays of use, and says so.
func TestAnOfferThatLapsed(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk, cohort := h.signIn(access.Coordinator), h.opened()
	first := h.enrolled(cohort, "Amina Canary", "")
	for _, name := range []string{"Bo", "Cy", "Di", "Ed", "Flo"} {
		h.enrolled(cohort, name+" Canary", "")
	}
	gus := h.enrolled(cohort, "Gus Canary", "gus@canary.example")
	page, _ := h.links(gus)
	h.goesTo(h.through(first+"/withdraw", url.Values{}, desk), "/enrollments/")
	h.rests(cohort)
	enrollment := h.find(offerPattern, h.get(page, "").body)
	shows(t, h.get(gus, desk), 200, "Offer kept until", "Told about the offer", "They accept")
	h.goesTo(h.through(gus+"/steps/tell", url.Values{}, desk), gus)
	hides(t, h.get(gus, desk), "Told about the offer")
	h.at(moved.Add(49 * time.Hour))
	late := h.post(page, url.Values{"enrollment": {enrollment}, "answer": {"accept"}}, "")
	shows(t, late, 409, "This offer is no longer available")
	hides(t, late, "A time is available for you")
	hides(t, h.get(page, ""), "A time is available for you")
}

// A page that lay open while what was offered moved, or was cancelled and another
// offer made, says yes to nothing.
func TestAnAnswerToDatesThatHaveChanged(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(h *house, first string, desk string){
		"moved": func(h *house, first, desk string) {
			h.goesTo(h.through(first+"/move", url.Values{"to": {"2026-01-07"}, "to_time": {"18:00"}}, desk),
				"/cohorts/")
		},
		"cancelled, and another one": func(h *house, first, desk string) {
			h.goesTo(h.through(first+"/cancel", url.Values{"content": {"append"}}, desk), "/cohorts/")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, nil)
			desk, cohort := h.signIn(access.Coordinator), h.opened()
			amina := h.enrolled(cohort, "Amina Canary", "")
			for _, name := range []string{"Bo", "Cy", "Di", "Ed", "Flo"} {
				h.enrolled(cohort, name+" Canary", "")
			}
			gus := h.enrolled(cohort, "Gus Canary", "gus@canary.example")
			page, _ := h.links(gus)
			h.goesTo(h.through(amina+"/withdraw", url.Values{}, desk), "/enrollments/")
			h.rests(cohort)
			shown := h.get(page, "")
			shows(t, shown, 200, "Tue 6 Jan 2026")
			yes := func(body string) url.Values {
				return url.Values{"enrollment": {h.find(offerPattern, body)}, "seen": {h.find(seenPattern, body)},
					"answer": {"accept"}}
			}
			change(h, h.sessions(cohort)[0], desk)
			late := h.post(page, yes(shown.body), "")
			shows(t, late, 409, "This offer is no longer available", "A time is available for you")
			hides(t, late, "Tue 6 Jan 2026")
			shows(t, h.get(gus, desk), 200, "Offered")
			h.goesTo(h.post(page, yes(late.body), ""), page)
			shows(t, h.get(gus, desk), 200, "Active")
		})
	}
}

// After the end of a stay the page is still there to read, and takes nothing any more.
func TestAPageAfterTheEndIsReadOnly(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk, cohort := h.signIn(access.Coordinator), h.opened()
	amina := h.enrolled(cohort, "Amina Canary", "amina@canary.example")
	page, _ := h.links(amina)
	shows(t, h.get(page, ""), 200, "Reminders and messages")
	shows(t, h.get(page+"/settings", ""), 200)
	h.goesTo(h.through(amina+"/withdraw", url.Values{}, desk), "/enrollments/")
	over := h.get(page, "")
	shows(t, over, 200, "Appointments")
	hides(t, over, "Reminders and messages")
	unknown := h.post("/p/unknown", url.Values{"answer": {"accept"}}, "")
	for name, got := range map[string]reply{
		"settings":        h.get(page+"/settings", ""),
		"saving settings": h.post(page+"/settings", url.Values{"max_per_week": {"1"}}, ""),
		"an answer":       h.post(page, url.Values{"answer": {"accept"}}, ""),
	} {
		if !strings.HasPrefix(got.Status, "404") || got.body != unknown.body {
			t.Errorf("%s: status %s, %d octets like those of an unknown address: %v", name, got.Status, len(got.body),
				got.body == unknown.body)
		}
	}
}

// Who waits can leave the waitlist on their own page, once they have said so twice.
func TestAPersonLeavesTheWaitlist(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk, cohort := h.signIn(access.Coordinator), h.opened()
	for _, name := range []string{"Amina", "Bo", "Cy", "Di", "Ed", "Flo"} {
		h.enrolled(cohort, name+" Canary", "")
	}
	gus := h.enrolled(cohort, "Gus Canary", "gus@canary.example")
	page, _ := h.links(gus)
	shows(t, h.get(page, ""), 200, "You are on the waitlist", "Leave the waitlist", "You give up your place")
	h.goesTo(h.post(page+"/leave", url.Values{}, ""), page)
	after := h.get(page, "")
	shows(t, after, 200, "You have no upcoming appointments")
	hides(t, after, "Leave the waitlist")
	shows(t, h.get(gus, desk), 200, "Withdrawn")
	h.goesTo(h.post(page+"/leave", url.Values{}, ""), page)
}
