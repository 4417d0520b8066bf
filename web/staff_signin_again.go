package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"
)

// againPage answers a browser whose sign-in has ended, wherever it looks: it asks for a new one. What a form had sent
// is kept on the page, in fields of a form that sends it again to the same address.
type againPage struct {
	askPage
	Typed []typedValue
	Sent  bool // a form was sent
}

// typedValue is one field as it was sent.
type typedValue struct{ Name, Value string }

// signedInOnce reports whether the browser carries a sign-in, however old or wrong.
func (s *Server) signedInOnce(r *http.Request) bool {
	cookie, err := r.Cookie(s.cookieName())
	return err == nil && cookie.Value != ""
}

// signInAgain makes the page for a request. It does not look at whether the address exists, because a made-up cookie
// leads here, too.
func (s *Server) signInAgain(c echo.Context) *againPage {
	r := c.Request()
	v := &againPage{askPage: *s.askPage(r.URL.RequestURI())}
	v.Title = "Please sign in again"
	if r.Method != http.MethodPost {
		return v
	}
	v.Next = ""
	v.Sent = true
	if r.ParseForm() == nil {
		v.Typed = typedValues(r.PostForm)
	}
	return v
}

// typedValues lists the fields of a form by name.
func typedValues(sent url.Values) []typedValue {
	var all []typedValue
	for name, values := range sent {
		for _, value := range values {
			all = append(all, typedValue{name, value})
		}
	}
	slices.SortStableFunc(all, func(a, b typedValue) int { return cmp.Compare(a.Name, b.Name) })
	return all
}
