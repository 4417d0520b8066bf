package notify_test

import (
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/calendar"
	"almanac/scheduler/gate"
)

// An invite repeats the person's answer while the time is the same, and asks again for
// a new time.
func TestKnownAnswersAreKept(t *testing.T) {
	t.Parallel()
	again := sample(t, scheduler.Calendar)
	again.Seats[0].Before = again.Seats[0].Moment
	all := samples(t)
	all["the same once more"] = again
	for name, want := range map[string]string{
		"the same once more": "DECLINED", "update-place": "DECLINED", "update": "NEEDS-ACTION",
		"invite": "NEEDS-ACTION",
	} {
		h := all[name]
		h.Seats[0].Intent = gate.IntentNo
		_, parts := leaves(t, compose(t, h).Data)
		object, err := calendar.Read([]byte(parts[2].body))
		if err != nil {
			t.Fatal(err)
		}
		attendee, _ := object.Components[0].First("ATTENDEE")
		if got := attendee.Params["PARTSTAT"]; len(got) != 1 || got[0] != want {
			t.Errorf("%s has PARTSTAT %v, want %s", name, got, want)
		}
	}
}
