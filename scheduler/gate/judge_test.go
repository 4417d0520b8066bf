package gate_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"almanac/scheduler"
	"almanac/scheduler/gate"
)

// standing is an invite that may be handed over: an hour before its session,
// to somebody active, welcomed, and told of the same date by then.
func standing(kind scheduler.NoticeKind) gate.Facts {
	start := now().Add(48 * time.Hour)
	truth := scheduler.Moment{Expected: true, Start: start, End: start.Add(2 * time.Hour), Place: "Online"}
	s := gate.Facts{
		Notice: scheduler.Notice{
			Kind: kind, Channel: scheduler.Email, Due: now().Add(-time.Hour), NotAfter: truth.End,
			Start: start, Lead: 72 * time.Hour,
		},
		Enrollment: scheduler.Enrollment{State: scheduler.Active},
		Reach:      []scheduler.Channel{scheduler.SMS, scheduler.Email},
		Upcoming:   8,
		WelcomedAt: now().Add(-24 * time.Hour),
	}
	if kind != scheduler.Welcome {
		s.Seat = &scheduler.Seat{State: scheduler.SeatPlanned, Told: scheduler.Told{Moment: truth}}
		s.Session = &scheduler.Session{State: scheduler.SessionPlanned, Start: truth.Start, End: truth.End,
			Place: truth.Place}
	}
	return s
}

func TestJudge(t *testing.T) {
	t.Parallel()
	handOver := gate.Verdict{Act: gate.HandOver}
	request := gate.Verdict{Act: gate.HandOver, Method: gate.MethodRequest}
	cancel := gate.Verdict{Act: gate.HandOver, Method: gate.MethodCancel}
	drop := func(reason string) gate.Verdict { return gate.Verdict{Act: gate.Drop, Reason: reason} }
	late := gate.Verdict{Act: gate.Expire, Reason: gate.ReasonLate}
	moved := func(s *gate.Facts) { s.Session.Start = s.Session.Start.Add(time.Hour) }
	begun := func(s *gate.Facts) {
		for _, at := range []*time.Time{&s.Session.Start, &s.Session.End, &s.Seat.Told.Start, &s.Seat.Told.End,
			&s.Notice.Start, &s.Notice.NotAfter} {
			*at = at.Add(-48 * time.Hour)
		}
	}
	far := func(s *gate.Facts) {
		for _, at := range []*time.Time{&s.Session.Start, &s.Session.End, &s.Seat.Told.Start, &s.Seat.Told.End,
			&s.Notice.NotAfter} {
			*at = at.Add(12*24*time.Hour + time.Second)
		}
	}
	both := func(changes ...func(*gate.Facts)) func(*gate.Facts) {
		return func(s *gate.Facts) {
			for _, change := range changes {
				change(s)
			}
		}
	}
	invited := func(s *gate.Facts) { s.Seat.Told.Invited = true }
	untold := func(s *gate.Facts) { s.Seat.Told = scheduler.Told{} }
	struck := func(s *gate.Facts) {
		s.Session.State, s.Seat.State = scheduler.SessionCancelled, scheduler.SeatCancelled
	}
	released := func(s *gate.Facts) { s.Seat.State = scheduler.SeatReleased }
	linked := func(s *gate.Facts) { s.Linked = true }
	left := func(s *gate.Facts) { s.Enrollment.State = scheduler.Withdrawn }
	for name, tt := range map[string]struct {
		kind   scheduler.NoticeKind
		change func(*gate.Facts)
		want   gate.Verdict
	}{
		"welcome": {scheduler.Welcome, func(*gate.Facts) {}, handOver},
		"welcome at the deadline": {scheduler.Welcome,
			func(s *gate.Facts) { s.Notice.NotAfter = now() }, late},
		"welcome before the deadline": {scheduler.Welcome,
			func(s *gate.Facts) { s.Notice.NotAfter = now().Add(1) }, handOver},
		"welcome without consent": {scheduler.Welcome,
			func(s *gate.Facts) { s.Reach = []scheduler.Channel{scheduler.SMS} }, drop("no consent")},
		"welcome to who left": {scheduler.Welcome, left, drop("not enrolled")},
		"welcome to who waits": {scheduler.Welcome,
			func(s *gate.Facts) { s.Enrollment.State = scheduler.Waiting }, drop("not enrolled")},
		"welcome without dates": {scheduler.Welcome, func(s *gate.Facts) { s.Upcoming = 0 },
			drop("nothing new")},
		"first invite in the window": {scheduler.Calendar, func(*gate.Facts) {}, request},
		"invite before the welcome": {scheduler.Calendar, func(s *gate.Facts) { s.WelcomePending = true },
			gate.Verdict{Act: gate.Defer, Reason: "the welcome goes first", Until: now().Add(time.Minute)}},
		"invite without consent": {scheduler.Calendar, func(s *gate.Facts) { s.Reach = nil },
			drop("no consent")},
		"invite that stands already":     {scheduler.Calendar, invited, drop("nothing new")},
		"invite that is far":             {scheduler.Calendar, far, drop("nothing new")},
		"invite that is far and new":     {scheduler.Calendar, both(far, untold), request},
		"invite to who left":             {scheduler.Calendar, left, drop("not enrolled")},
		"first invite once it has begun": {scheduler.Calendar, begun, drop("nothing new")},
		"added date once it has begun":   {scheduler.Calendar, both(begun, untold), late},
		"update":                         {scheduler.Calendar, both(invited, moved), request},
		"update of what has begun": {scheduler.Calendar,
			both(invited, begun, func(s *gate.Facts) { s.Session.Start = s.Session.Start.Add(-time.Hour) }), request},
		"update that is far": {scheduler.Calendar, both(far, moved), request},
		"update of the place": {scheduler.Calendar,
			both(invited, func(s *gate.Facts) { s.Session.Place = "Room 2" }), request},
		"cancellation":                   {scheduler.Calendar, both(invited, struck), cancel},
		"cancellation of a told date":    {scheduler.Calendar, struck, cancel},
		"cancellation of an untold date": {scheduler.Calendar, both(struck, untold), drop("nothing new")},
		"cancellation told already": {scheduler.Calendar,
			both(struck, func(s *gate.Facts) { s.Seat.Told.Moment.Expected = false }), drop("nothing new")},
		"a date that fell away":            {scheduler.Calendar, released, cancel},
		"withdrawal after an invite":       {scheduler.Calendar, both(released, left, invited), cancel},
		"withdrawal without an invite":     {scheduler.Calendar, both(released, left), drop("nothing new")},
		"cancelled, then withdrawn":        {scheduler.Calendar, both(struck, left), drop("nothing new")},
		"cancelled, withdrawn, invited":    {scheduler.Calendar, both(struck, left, invited), cancel},
		"an invite left over after cancel": {scheduler.Calendar, both(struck, untold, invited), cancel},
		"reminder":                         {scheduler.Reminder, func(*gate.Facts) {}, handOver},
		"reminder before the welcome": {scheduler.Reminder, func(s *gate.Facts) { s.WelcomePending = true },
			gate.Verdict{Act: gate.Defer, Reason: "the welcome goes first", Until: now().Add(time.Minute)}},
		"reminder without consent": {scheduler.Reminder, func(s *gate.Facts) { s.Reach = nil },
			drop("no consent")},
		"reminder to who is away": {scheduler.Reminder,
			func(s *gate.Facts) { s.Enrollment.State = scheduler.OnHold }, drop("not enrolled")},
		"reminder of a cancelled session": {scheduler.Reminder, struck, drop("cancelled")},
		"reminder of a seat given up":     {scheduler.Reminder, released, drop("cancelled")},
		"reminder of another time":        {scheduler.Reminder, moved, drop("moved")},
		"reminder at the start": {scheduler.Reminder,
			func(s *gate.Facts) { begun(s); s.Notice.Start = s.Session.Start }, late},
		"reminder just before the start": {scheduler.Reminder, func(s *gate.Facts) {
			begun(s)
			s.Session.Start = now().Add(1)
			s.Notice.Start = s.Session.Start
		}, handOver},
		"reminder after the welcome": {scheduler.Reminder,
			func(s *gate.Facts) { s.WelcomedAt = now().Add(-2*time.Hour + 1) }, drop("just welcomed")},
		"reminder two hours after it": {scheduler.Reminder,
			func(s *gate.Facts) { s.WelcomedAt = now().Add(-2 * time.Hour) }, handOver},
		"question":                       {scheduler.Confirm, linked, handOver},
		"question that is answered":      {scheduler.Confirm, func(*gate.Facts) {}, drop("answered")},
		"question to who left":           {scheduler.Confirm, both(linked, left), drop("not enrolled")},
		"question about a cancelled one": {scheduler.Confirm, both(linked, struck), drop("cancelled")},
		"question once it has begun":     {scheduler.Confirm, both(linked, begun), late},
		"question without consent": {scheduler.Confirm, both(linked, func(s *gate.Facts) { s.Reach = nil }),
			drop("no consent")},
		"late, and cancelled besides": {scheduler.Reminder,
			both(struck, func(s *gate.Facts) { s.Notice.NotAfter = now() }), drop("cancelled")},
		"reminder past its own deadline": {scheduler.Reminder, func(s *gate.Facts) { s.Notice.NotAfter = now() }, late},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := standing(tt.kind)
			tt.change(&s)
			if got := gate.Judge(s, now()); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

// anyStanding draws a truth, told or not, around now.
func anyStanding(t *rapid.T) gate.Facts {
	hours := func(name string) time.Time {
		return now().Add(time.Duration(rapid.IntRange(-3, 5).Draw(t,
			name)) * time.Hour * rapid.SampledFrom([]time.Duration{1, 100}).Draw(t, name+" scale"))
	}
	start := hours("start")
	told := rapid.SampledFrom([]time.Time{start, hours("told")}).Draw(t, "told start")
	s := gate.Facts{
		Notice: scheduler.Notice{
			Kind: rapid.SampledFrom([]scheduler.NoticeKind{scheduler.Welcome, scheduler.Calendar,
				scheduler.Reminder}).Draw(t, "kind"),
			Channel: rapid.SampledFrom([]scheduler.Channel{scheduler.Email, scheduler.SMS}).Draw(t, "channel"),
			Start:   rapid.SampledFrom([]time.Time{start, told}).Draw(t, "notice start"), NotAfter: hours("not after"),
		},
		Enrollment: scheduler.Enrollment{State: mostly(t, "state", scheduler.Active, scheduler.EnrollmentStates())},
		Reach: rapid.SampledFrom([][]scheduler.Channel{{scheduler.Email, scheduler.SMS}, {scheduler.Email},
			{scheduler.SMS}, nil}).Draw(t, "reach"),
		Seat: &scheduler.Seat{
			State: mostly(t, "seat", scheduler.SeatPlanned, scheduler.SeatStates()),
			Told: scheduler.Told{
				Moment: scheduler.Moment{Expected: rapid.Bool().Draw(t, "expected"), Start: told,
					End: told.Add(time.Hour)},
				Invited: rapid.Bool().Draw(t, "invited"),
			},
		},
		Session: &scheduler.Session{
			State: mostly(t, "session", scheduler.SessionPlanned, []scheduler.SessionState{scheduler.SessionCancelled}),
			Start: start, End: start.Add(time.Hour),
		},
		Upcoming:       rapid.IntRange(0, 2).Draw(t, "upcoming"),
		WelcomePending: rapid.Bool().Draw(t, "pending"),
		WelcomedAt:     hours("welcomed"),
	}
	return s
}

// mostly draws the usual value in two of three cases, else any.
func mostly[T any](t *rapid.T, name string, usual T, all []T) T {
	if rapid.IntRange(0, 2).Draw(t, name+" is usual") > 0 {
		return usual
	}
	return rapid.SampledFrom(all).Draw(t, name)
}

func TestWhatIsNeverHandedOver(t *testing.T) {
	t.Parallel()
	handed := map[scheduler.NoticeKind]int{}
	rapid.Check(t, func(t *rapid.T) {
		for range 200 {
			s := anyStanding(t)
			verdict := gate.Judge(s, now())
			if verdict.Act == gate.HandOver {
				handed[s.Notice.Kind]++
				checkHandOver(t, s, verdict)
			} else if verdict.Reason == "" || verdict.Method != "" {
				t.Fatalf("%+v gives no reason", verdict)
			}
		}
	})
	for _, kind := range []scheduler.NoticeKind{scheduler.Welcome, scheduler.Calendar, scheduler.Reminder} {
		if handed[kind] == 0 {
			t.Errorf("no %s was ever handed over, so nothing was shown", kind)
		}
	}
}

// checkHandOver fails when what is about to be handed over should not be.
func checkHandOver(t *rapid.T, s gate.Facts, verdict gate.Verdict) {
	truth, told := scheduler.MomentOf(s.Seat, s.Session), s.Seat.Told
	switch {
	case !now().Before(s.Notice.NotAfter):
		t.Fatal("handed over too late")
	case !slices.Contains(s.Reach, s.Notice.Channel):
		t.Fatal("handed over without consent")
	case s.Notice.Kind == scheduler.Reminder && !now().Before(truth.Start):
		t.Fatal("a reminder of what has begun")
	case s.Notice.Kind == scheduler.Reminder && (!truth.Expected || s.Enrollment.State != scheduler.Active):
		t.Fatal("a reminder to who is not expected")
	case s.Notice.Kind != scheduler.Calendar:
	case (verdict.Method == gate.MethodRequest) != truth.Expected:
		t.Fatalf("%s, and expected is %v", verdict.Method, truth.Expected)
	case told.Expected && truth.Equal(told.Moment):
		first := !told.Invited && now().Before(truth.Start) && truth.Start.Sub(now()) <= scheduler.InviteWindow
		if !first {
			t.Fatal("told again what is known")
		}
	case !told.Expected && !truth.Expected && !told.Invited:
		t.Fatal("a cancellation of what was never told")
	}
}
