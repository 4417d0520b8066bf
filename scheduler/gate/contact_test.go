package gate_test

import (
	"testing"

	"almanac/protocols/civil"
	"almanac/scheduler/fault"
	"almanac/scheduler/gate"
)

func TestSafeContact(t *testing.T) {
	t.Parallel()
	hours := gate.Hours{From: civil.Clock{Hour: 10}, Until: civil.Clock{Hour: 18, Minute: 30}}
	for _, c := range []gate.SafeContact{{}, {Asked: true}, {Asked: true, LeaveWord: true, Hours: hours},
		{Asked: true, LeaveWord: true, SayWho: true, Post: true}, {Asked: true, Post: true, Hours: hours}} {
		again, err := gate.ParseSafeContact(c.Text())
		if err != nil || again != c || c.Check() != nil {
			t.Errorf("%q is %+v, %v, want %+v", c.Text(), again, err, c)
		}
	}
	if got := (gate.SafeContact{}).CallHours(); got.From.Hour != 9 || got.Until.Hour != 20 {
		t.Errorf("calls are from %s to %s", got.From, got.Until)
	}
	late := gate.SafeContact{Asked: true, Hours: gate.Hours{From: hours.Until, Until: hours.From}}
	if err := late.Check(); !fault.Is(err, fault.Invalid) {
		t.Errorf("hours that end before they begin: %v", err)
	}
}
