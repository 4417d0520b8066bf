package web_test

import (
	"net/url"
	"testing"

	"almanac/scheduler/access"
	"almanac/web"
)

// The first admin begins at the address that the first start prints, once; then it is gone, as it is for strangers.
func TestTheFirstAdmin(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(o *web.Options) {})
	token, err := h.db.FirstToken(t.Context(), h.operator(), h.clinic)
	if err != nil {
		t.Fatal(err)
	}
	at := "/signin/first/" + token
	shows(t, h.get("/signin/first/"+token[1:]+"x", ""), 404, "This link does not work")
	shows(t, h.get(at, ""), 200, "Be the first admin")
	shows(t, h.post(at, url.Values{"name": {"Sam <b>"}, "email": {"sam@"}}, ""), 422, "Sam &lt;b&gt;", "sam@",
		"This is not an email address. Write it like pat@example.net.<")
	shows(t, h.post("/signin/first/wrong", url.Values{"name": {"Sam"}, "email": {"sam@canary.example"}}, ""), 404)
	answer := h.post(at, url.Values{"name": {"Sam Canary"}, "email": {"sam@canary.example"}}, "")
	h.goesTo(answer, "/")
	cookie := ""
	for _, c := range answer.Cookies() {
		if c.Name == "signin" {
			cookie = c.Value
		}
	}
	shows(t, h.get("/staff", cookie), 200, "Sam Canary", "sam@canary.example")
	shows(t, h.get(at, ""), 404, "This link does not work")
	shows(t, h.post(at, url.Values{"name": {"Eve"}, "email": {"eve@canary.example"}}, ""), 404)
	coordinator := access.Staff("x", string(h.clinic), access.Coordinator)
	if _, err := h.db.FirstToken(t.Context(), coordinator, h.clinic); err == nil {
		t.Error("a coordinator gets the token")
	}
}
