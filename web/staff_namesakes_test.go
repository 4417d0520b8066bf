package web_test

import (
	"net/http"
	"strings"
	"testing"

	"almanac/scheduler/access"
)

// People of the same name are told apart wherever they are listed together.
func TestNamesakesAreToldApart(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk := h.signIn(access.Coordinator)
	cohort := h.opened()
	emails := []string{"one@canary.example", "two@canary.example", "three@canary.example"}
	var last string
	for _, email := range emails {
		last = h.enrolled(cohort, "Ben Canary", email)
	}
	for _, path := range []string{cohort, cohort + "/board", cohort + "/roster", "/people"} {
		page := h.get(path, desk)
		shows(t, page, http.StatusOK)
		for _, email := range emails {
			if !strings.Contains(page.body, email) {
				t.Errorf("%s does not tell %s apart", path, email)
			}
		}
	}
	if sheet := h.get(h.sessions(cohort)[0]+"/sheet", desk); strings.Contains(sheet.body, "@") {
		t.Error("the sheet that goes round the room has an address")
	}
	shows(t, h.get(last+"/steps/apart", desk), http.StatusOK, emails[0], emails[1])
}
