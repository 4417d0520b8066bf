package scheduler_test

import (
	"testing"

	"almanac/scheduler"
)

// What somebody types finds a person by the beginnings of their names in any order, and by what else tells them apart.
func TestPersonSearch(t *testing.T) {
	t.Parallel()
	ana := scheduler.Contact{Name: "Ana María López-Ruiz", Email: "a.lopez+dates@mail.example", Phone: "+12025550100",
		ExternalIDs: []scheduler.ExternalID{{System: "ehr", Value: "K-8812"}}}
	paris := scheduler.Contact{Name: "Dennis O'Neill", Phone: "+33612345678", Email: "x@xn--bcher-kva.example"}
	for text, want := range map[string][2]bool{
		"": {true, true}, "  ": {true, true},
		"lopez ana": {true, false}, "LÓPEZ": {true, false}, "ana lop": {true, false}, "ruiz mar": {true, false},
		"López-Ruiz, Ana": {true, false}, "lopezruiz": {true, false}, "nalop": {false, false}, "opez": {false, false},
		"ana neill": {false, false}, "oneill": {false, true}, "o'neill d": {false, true}, "neil": {false, true},
		"a.lopez": {true, false}, "dates": {true, false}, "@mail.example": {true, false},
		"a.lopez+dates@MAIL.example": {true, false}, "mail": {false, false}, "x@bücher.example": {false, true},
		"x@xn--bcher-kva.example": {false, true},
		"0100":                    {true, false}, "(202) 555-0100": {true, false}, "+1 202 555 0100": {true, false},
		"001 202 555 0100": {true, false}, "555.0100": {true, false}, "06 12 34 56 78": {false, true},
		"100": {true, false}, "00": {false, false}, "+1 202 555 0101": {false, false}, "lopez 0100": {true, false},
		"lopez 678": {false, false}, "k-8812": {true, false}, "K-8812 ana": {true, false}, "8812": {false, false},
	} {
		s := scheduler.NewPersonSearch(text)
		if got := [2]bool{s.Matches(ana), s.Matches(paris)}; got != want {
			t.Errorf("%q finds %v, want %v", text, got, want)
		}
	}
}
