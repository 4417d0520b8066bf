package scheduler_test

import (
	"testing"

	"almanac/scheduler"
)

func TestSameAddress(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"pat@example.net", "pat@example.net", true},
		{"pat@example.net", "pat@EXAMPLE.Net", true},
		{"pat@example.net", "Pat@example.net", true},
		{"Pat.Upper@example.net", "pat.upper@EXAMPLE.net", true},
		{"Pat.Upper@example.net", "pat.upper@example.org", false},
		{"Pat.Upper@example.net", "patupper@example.net", false},
		{"josé@example.net", "JOSÉ@example.net", true},
		{"pat@exämple.net", "PAT@xn--exmple-cua.net", true},
		{"pat@EXÄMPLE.net", "pat@exämple.net", true},
		{"pat@exämple.net", "pat@example.net", false},
		{"pat@example.net.", "pat@example.net", true},
		{"pat@\u00e9x..net", "pat@\u00c9x..net", true},
		{"pat@example.net", "pat+x@example.net", false},
		{"pat@example.net", "p.at@example.net", false},
		{"pat@example.net", "pat@example.org", false},
		{"pat@gmail.com", "P.a.t+groups@GoogleMail.com", true},
		{"pat@gmail.com", "pat@gmail.com.evil.example", false},
		{"pat+a@gmail.com", "sam+a@gmail.com", false},
		{"pat@gmail.com", "pat", false},
		{"", "", false},
		{"", "pat@example.net", false},
	} {
		if scheduler.SameAddress(c.a, c.b) != c.want || scheduler.SameAddress(c.b, c.a) != c.want {
			t.Errorf("%q and %q: %t", c.a, c.b, !c.want)
		}
	}
}

// Folding is what the blind index of addresses is made of: once folded, always
// folded, and two addresses of one mailbox fold alike.
func TestFoldAddress(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"Pat.Upper@Example.NET":  "pat.upper@example.net",
		"pat@exämple.net":        "pat@xn--exmple-cua.net",
		"pat@XN--exmple-cua.net": "pat@xn--exmple-cua.net",
		"a@b@Example.net":        "a@b@example.net",
		"Nobody":                 "nobody",
		"":                       "",
	} {
		if got := scheduler.FoldAddress(address); got != want || scheduler.FoldAddress(got) != want {
			t.Errorf("%q folds to %q, want %q", address, got, want)
		}
	}
}
