package gate_test

import (
	"fmt"
	"testing"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/gate"
)

// nights are the hours of somebody who sleeps from ten to seven.
var nights = gate.Hours{From: civil.Clock{Hour: 7}, Until: civil.Clock{Hour: 22}}

// What a person chose decides about everything that is true and in time.
func TestJudgeBySettings(t *testing.T) {
	t.Parallel()
	zone, at := instants(t, "America/New_York")
	morning := at("2026-01-10T07:00")
	quiet := func(until time.Time) gate.Verdict {
		return gate.Verdict{Act: gate.Defer, Reason: "quiet hours", Until: until}
	}
	call := func(until time.Time) gate.Verdict {
		v := quiet(until)
		v.CallBy = at("2026-01-09T23:00").Add(scheduler.UrgentCall)
		return v
	}
	drop := func(reason string) gate.Verdict { return gate.Verdict{Act: gate.Drop, Reason: reason} }
	request := gate.Verdict{Act: gate.HandOver, Method: gate.MethodRequest}
	cancel := gate.Verdict{Act: gate.HandOver, Method: gate.MethodCancel}
	handOver, late := gate.Verdict{Act: gate.HandOver}, gate.Verdict{Act: gate.Expire, Reason: gate.ReasonLate}
	struck := func(s *gate.Facts) {
		s.Session.State, s.Seat.State = scheduler.SessionCancelled, scheduler.SeatCancelled
	}
	later := func(s *gate.Facts) {
		s.Session.Start, s.Session.End = s.Session.Start.Add(26*time.Hour), s.Session.End.Add(26*time.Hour)
	}
	may := func(s *gate.Facts) { s.Settings.Disturb = gate.DisturbUrgent }
	linked := func(s *gate.Facts) { s.Linked = true }
	for name, tt := range map[string]struct {
		kind    scheduler.NoticeKind
		now     string
		start   string
		changes []func(*gate.Facts)
		want    gate.Verdict
	}{
		"welcome by day": {scheduler.Welcome, "2026-01-09T21:59", "2026-01-12T18:00", nil, handOver},
		"welcome at night": {scheduler.Welcome, "2026-01-09T23:00", "2026-01-12T18:00", nil,
			quiet(morning)},
		"invite at night": {scheduler.Calendar, "2026-01-09T23:00", "2026-01-12T18:00", nil,
			quiet(morning)},
		"invite at night, may be disturbed": {scheduler.Calendar, "2026-01-09T23:00", "2026-01-10T06:00",
			[]func(*gate.Facts){may}, quiet(morning)},
		"question at night": {scheduler.Confirm, "2026-01-09T23:00", "2026-01-12T18:00",
			[]func(*gate.Facts){linked}, quiet(morning)},
		"question, begins before morning": {scheduler.Confirm, "2026-01-09T23:00", "2026-01-10T06:00",
			[]func(*gate.Facts){linked}, late},
		"change by day": {scheduler.Calendar, "2026-01-09T21:00", "2026-01-10T06:00",
			[]func(*gate.Facts){struck}, cancel},
		"change that can wait": {scheduler.Calendar, "2026-01-09T23:00", "2026-01-10T18:00",
			[]func(*gate.Facts){struck}, quiet(morning)},
		"cancelled before morning": {scheduler.Calendar, "2026-01-09T23:00", "2026-01-10T06:00",
			[]func(*gate.Facts){struck}, call(morning)},
		"cancelled, may be disturbed": {scheduler.Calendar, "2026-01-09T23:00", "2026-01-10T06:00",
			[]func(*gate.Facts){struck, may}, cancel},
		"moved from before morning": {scheduler.Calendar, "2026-01-09T23:00", "2026-01-10T06:00",
			[]func(*gate.Facts){later}, call(morning)},
		"moved, may be disturbed": {scheduler.Calendar, "2026-01-09T23:00", "2026-01-10T06:00",
			[]func(*gate.Facts){later, may}, request},
		"reminder": {scheduler.Reminder, "2026-01-09T18:00", "2026-01-10T18:00",
			nil, handOver},
		"reminder at night, by mistake": {scheduler.Reminder, "2026-01-10T05:00", "2026-01-11T05:00", nil,
			drop("outside the hours")},
		"reminder too early by mistake": {scheduler.Reminder, "2026-01-09T20:00", "2026-01-11T05:00", nil,
			quiet(at("2026-01-09T21:59"))},
		"reminder that was held up": {scheduler.Reminder, "2026-01-09T23:00", "2026-01-10T21:00", nil,
			quiet(morning)},
		"held up, and morning is too late": {scheduler.Reminder, "2026-01-10T05:00", "2026-01-10T07:30",
			[]func(*gate.Facts){func(s *gate.Facts) {
				s.Notice.Lead = 10 * time.Hour
				s.Notice.NotAfter = at("2026-01-10T06:30")
			}}, drop("outside the hours")},
		"reminders off": {scheduler.Reminder, "2026-01-09T18:00", "2026-01-10T18:00",
			[]func(*gate.Facts){func(s *gate.Facts) { s.Settings.Muted = []scheduler.Channel{scheduler.Email} }},
			drop("reminders off")},
		"reminders off by text only": {scheduler.Reminder, "2026-01-09T18:00", "2026-01-10T18:00",
			[]func(*gate.Facts){func(s *gate.Facts) { s.Settings.Muted = []scheduler.Channel{scheduler.SMS} }},
			handOver},
		"changes come with reminders off": {scheduler.Calendar, "2026-01-09T18:00", "2026-01-10T18:00",
			[]func(*gate.Facts){struck,
				func(s *gate.Facts) { s.Settings.Muted = []scheduler.Channel{scheduler.Email} }}, cancel},
		"another reminder was chosen": {scheduler.Reminder, "2026-01-09T18:00", "2026-01-10T18:00",
			[]func(*gate.Facts){func(s *gate.Facts) { s.Settings.Leads = []time.Duration{2 * time.Hour} }},
			drop("not this reminder")},
		"this reminder was chosen": {scheduler.Reminder, "2026-01-09T18:00", "2026-01-10T18:00",
			[]func(*gate.Facts){func(s *gate.Facts) {
				s.Settings.Leads = []time.Duration{2 * time.Hour,
					24 * time.Hour}
			}}, handOver},
		"the second in a week of two": {scheduler.Reminder, "2026-01-09T18:00", "2026-01-10T18:00",
			[]func(*gate.Facts){func(s *gate.Facts) { s.Settings.MaxPerWeek, s.Reminded = 2, 1 }}, handOver},
		"the third in a week of two": {scheduler.Reminder, "2026-01-09T18:00", "2026-01-10T18:00",
			[]func(*gate.Facts){func(s *gate.Facts) { s.Settings.MaxPerWeek, s.Reminded = 2, 2 }},
			drop("enough this week")},
		"a change after enough reminders": {scheduler.Calendar, "2026-01-09T18:00", "2026-01-10T18:00",
			[]func(*gate.Facts){struck, func(s *gate.Facts) { s.Settings.MaxPerWeek, s.Reminded = 2, 2 }}, cancel},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := standing(tt.kind)
			start := at(tt.start)
			s.Notice.Start, s.Notice.Lead, s.Notice.NotAfter = start, 24*time.Hour, start
			if s.Session != nil {
				s.Session.Start, s.Session.End = start, start.Add(2*time.Hour)
				s.Seat.Told.Start, s.Seat.Told.End, s.Notice.NotAfter = start, start.Add(2*time.Hour),
					start.Add(26*time.Hour)
			}
			if tt.kind == scheduler.Confirm {
				s.Notice.NotAfter = start
			}
			s.WelcomedAt, s.Zone, s.Settings.EmailHours = start.AddDate(0, 0, -9), zone, nights
			for _, change := range tt.changes {
				change(&s)
			}
			s.Notice.Due = start.Add(-s.Notice.Lead)
			if got := gate.Judge(s, at(tt.now)); got.Act != tt.want.Act || got.Reason != tt.want.Reason ||
				got.Method != tt.want.Method ||
				!got.Until.Equal(tt.want.Until) || !got.CallBy.Equal(tt.want.CallBy) {
				t.Errorf("%+v, want %+v", got, tt.want)
			}
		})
	}
}

// Own reminders take the place of the protocol's, and the hours move them.
func TestForeseeBySettings(t *testing.T) {
	t.Parallel()
	zone, at := instants(t, "America/New_York")
	const day = 24 * time.Hour
	for name, tt := range map[string]struct {
		now, start string
		settings   gate.Settings
		want       string
	}{
		"as the protocol says": {"2026-01-09T12:00", "2026-01-10T18:00", gate.Settings{},
			"[24h0m0s at 9 18:00]"},
		"own": {"2026-01-09T19:00", "2026-01-10T18:00",
			gate.Settings{Leads: []time.Duration{4 * time.Hour, 2 * time.Hour}},
			"[2h0m0s at 10 16:00 4h0m0s at 10 14:00]"},
		"off": {"2026-01-09T12:00", "2026-01-10T18:00",
			gate.Settings{Muted: []scheduler.Channel{scheduler.Email, scheduler.SMS}}, "[]"},
		"moved to the evening before": {"2026-01-09T12:00", "2026-01-10T05:00",
			gate.Settings{EmailHours: nights, Leads: []time.Duration{2 * time.Hour}}, "[2h0m0s at 9 21:59]"},
		"the last minute is this one": {"2026-01-09T21:59", "2026-01-10T06:00",
			gate.Settings{EmailHours: nights, Leads: []time.Duration{2 * time.Hour}}, "[2h0m0s at 9 21:59]"},
		"not at all, it is night": {"2026-01-09T22:30", "2026-01-10T05:00",
			gate.Settings{EmailHours: nights, Leads: []time.Duration{2 * time.Hour}},
			"[2h0m0s at 10 03:00 dropped outside the hours]"},
		"one of two on the same evening": {"2026-01-09T12:00", "2026-01-10T05:30",
			gate.Settings{EmailHours: nights, Leads: []time.Duration{2 * time.Hour, 7 * time.Hour}},
			"[2h0m0s at 9 21:59]"},
		"chosen when it was due already": {"2026-01-09T19:00", "2026-01-10T18:00",
			gate.Settings{Leads: []time.Duration{day}, ChangedAt: at("2026-01-09T18:30")}, "[]"},
		"chosen before it was due": {"2026-01-09T19:00", "2026-01-10T18:00",
			gate.Settings{Leads: []time.Duration{day}, ChangedAt: at("2026-01-09T17:30")}, "[24h0m0s at 9 18:00]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := reminded()
			f.Zone, f.Settings, f.Leads = zone, tt.settings, []time.Duration{day}
			f.Session.Start = at(tt.start)
			f.Session.End, f.Seat.Told.Start = f.Session.Start.Add(2*time.Hour), f.Session.Start
			f.Seat.ChangedAt, f.Seat.Told.Invited = f.Session.Start.AddDate(0, 0, -9), true
			notices, tasks := gate.Foresee(f, at(tt.now))
			var got []string
			for _, n := range notices {
				line := fmt.Sprintf("%s at %s", n.Lead, n.Due.In(zone).Format("2 15:04"))
				if n.State == scheduler.NoticeDropped {
					line += " dropped " + n.Reason
				}
				got = append([]string{line}, got...)
			}
			same(t, "foreseen", fmt.Sprint(got), tt.want)
			if len(tasks) > 0 {
				t.Errorf("staff are asked: %v", tasks)
			}
		})
	}
}

func TestSettingsAreChecked(t *testing.T) {
	t.Parallel()
	clock := func(hour, minute int) civil.Clock { return civil.Clock{Hour: hour, Minute: minute} }
	good := []gate.Settings{
		{}, {EmailHours: nights, Leads: gate.LeadChoices(), Muted: []scheduler.Channel{scheduler.Email},
			Disturb: gate.DisturbUrgent, MaxPerWeek: 50},
		{EmailHours: gate.Hours{From: clock(0, 0), Until: clock(1, 0)}},
	}
	for i, s := range good {
		if err := s.Check(); err != nil {
			t.Errorf("good %d: %v", i, err)
		}
	}
	for i, s := range []gate.Settings{
		{Muted: []scheduler.Channel{"fax"}}, {Leads: []time.Duration{time.Minute}},
		{Leads: []time.Duration{15 * 24 * time.Hour}},
		{Leads: []time.Duration{2 * time.Hour, 2 * time.Hour}}, {Leads: make([]time.Duration, 7)},
		{Leads: []time.Duration{2*time.Hour + 1}},
		{EmailHours: gate.Hours{From: clock(22, 0), Until: clock(7, 0)}},
		{EmailHours: gate.Hours{From: clock(8, 0), Until: clock(8, 59)}},
		{Disturb: "always"}, {MaxPerWeek: -1}, {MaxPerWeek: 51},
	} {
		if s.Check() == nil {
			t.Errorf("bad %d is kept", i)
		}
	}
}
