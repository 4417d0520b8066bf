package scheduler_test

import (
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
)

// teachers asks for a credential.
const teachers = "completion: {type: content}\nroles:\n  teacher: {min: 1, max: 2, credential: teacher}"

// teacher is somebody with a credential that is good to a date, or for ever.
func teacher(c *clinic, id scheduler.ID, expires string) scheduler.ID {
	return has(c, id, "teacher", expires)
}

// has records a credential beside another one, in place of what was recorded.
func has(c *clinic, id scheduler.ID, name, expires string) scheduler.ID {
	f := &scheduler.Facilitator{ID: id, Credentials: []scheduler.Credential{{Name: "swimming"}, {Name: name}}}
	if expires != "" {
		f.Credentials[1].Expires = date(expires)
	}
	if c.staff == nil {
		c.staff = map[scheduler.ID]*scheduler.Facilitator{}
	}
	c.staff[id] = f
	return id
}

// kept checks that the last change kept one reason, or none when there is none.
func kept(t *testing.T, c *clinic, cohort, session, staff scheduler.ID, credential, reason string) {
	t.Helper()
	var want []scheduler.CredentialOverride
	if reason != "" {
		want = append(want, scheduler.CredentialOverride{Cohort: cohort, Session: session, Staff: staff,
			Credential: credential, Reason: reason})
	}
	same(t, "kept", c.last.Overrides, want)
}

const (
	notOnRecord = "The protocol asks for the credential \"teacher\", which this facilitator does not have on " +
		"record. Choose another one, record it, or give a reason."
	endsBefore3 = "The credential \"teacher\" of this facilitator expires on 2026-01-19, before the session of " +
		"2026-01-20. Choose another one, renew it, or give a reason."
	endsBefore8 = "The credential \"teacher\" of this facilitator expires on 2026-02-23, before the session of " +
		"2026-02-24. Choose another one, renew it, or give a reason."
)

func TestOpenChecksTheCredential(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		source   string
		expires  string // "-" for no such credential
		reason   string
		sentence string // empty: it is opened
		kept     string // the reason that is kept; empty: none
	}{
		"without end":                         {closed, "", "", "", ""},
		"good on the last day":                {closed, "2026-02-24", "", "", ""},
		"a reason that nobody needs":          {closed, "", "has led for years", "", ""},
		"expired before the last":             {closed, "2026-02-23", "", endsBefore8, ""},
		"expired between":                     {closed, "2026-01-19", "", endsBefore3, ""},
		"missing":                             {closed, "-", "", notOnRecord, ""},
		"missing, and nothing but spaces":     {closed, "-", " \n", notOnRecord, ""},
		"missing, all agreed":                 {closed, "-", " learns by leading ", "", "learns by leading"},
		"expired between, all agreed":         {closed, "2026-01-19", "renewed by then", "", "renewed by then"},
		"rolling, good for a turn":            {rolling, "2026-02-24", "", "", ""},
		"rolling, expired before its end":     {rolling, "2026-02-23", "", endsBefore8, ""},
		"rolling, missing":                    {rolling, "-", "", notOnRecord, ""},
		"rolling, expired before, all agreed": {rolling, "2026-02-23", "renewed by then", "", "renewed by then"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, o := newClinic(t), opening(define(t, tt.source, teachers))
			if o.Lead, o.Reason = teacher(c, "F", ""), tt.reason; tt.expires == "-" {
				c.staff["F"].Credentials = c.staff["F"].Credentials[:1]
			} else {
				teacher(c, "F", tt.expires)
			}
			id, err := c.desk().OpenCohort(t.Context(), c.request(), o)
			if tt.sentence != "" {
				refused(t, err, fault.Conflict, "facilitator", tt.sentence)
				same(t, "cohorts", len(c.rosters), 0)
				return
			}
			same(t, "opened", err, nil)
			kept(t, c, id, "", "F", "teacher", tt.kept)
			for _, leader := range leaders(c, id) {
				same(t, "leader", leader, "F")
			}
		})
	}
	t.Run("nobody leads", func(t *testing.T) {
		t.Parallel()
		c := newClinic(t)
		kept(t, c, c.open(opening(define(t, closed, teachers))), "", "", "", "")
	})
	t.Run("what is over", func(t *testing.T) {
		t.Parallel()
		c, o := newClinic(t), opening(define(t, rolling, teachers))
		c.now, o.Past, o.Lead = instant("2026-07-01T12:00:00Z"), true, teacher(c, "F", "2026-07-06")
		_, err := c.desk().OpenCohort(t.Context(), c.request(), o)
		refused(t, err, fault.Conflict, "facilitator",
			"The credential \"teacher\" of this facilitator expires on 2026-07-06, before the session of "+
				"2026-07-07. Choose another one, renew it, or give a reason.")
		o.Definition = define(t, closed, teachers)
		c.open(o) // all of it is over
	})
}

// Each credential that is missing is kept by itself, and each once.
func TestOneReasonForSeveralCredentials(t *testing.T) {
	t.Parallel()
	c, o := newClinic(t),
		opening(define(t, closed,
			"completion: {type: content}\nroles:\n  first: {min: 1, credential: opener, sessions: [1, 2]}\n"+
				"  then: {min: 1, credential: teacher}"))
	o.Lead, o.Reason = "F", "the only one"
	cohort := c.open(o)
	override := scheduler.CredentialOverride{Cohort: cohort, Staff: "F", Credential: "opener", Reason: "the only one"}
	other := override
	other.Credential = "teacher"
	same(t, "kept", c.last.Overrides, []scheduler.CredentialOverride{override, other})
}

// Who was let lead a cohort leads what is added to it, and nobody asks again.
func TestNobodyIsAskedTwice(t *testing.T) {
	t.Parallel()
	c, o := newClinic(t), opening(define(t, rolling, teachers))
	o.Lead, o.Reason = "F", "the only one"
	cohort := c.open(o)
	if err := c.cancel(scheduler.CancelRequest{Session: c.on(cohort, "2026-01-20").ID, Content: scheduler.Makeup,
		On: wall("2026-01-22T18:00")}); err != nil {
		t.Fatal(err)
	}
	same(t, "the added date", c.on(cohort, "2026-01-22").Leader, "F")
	kept(t, c, cohort, "", "", "", "")
	c.now = instant("2026-01-27T12:00:00Z")
	same(t, "extended", c.desk().Confirm(t.Context(), c.request(), desk.Extend(cohort)), nil)
	kept(t, c, cohort, "", "", "", "")
}

func TestAnAppointmentChecksTheCredential(t *testing.T) {
	t.Parallel()
	c, home, _, p := parallel(t, teachers)
	alone := scheduler.AppointmentRequest{Enrollment: p, Position: "m6", At: wall("2026-02-13T10:00"),
		Leader: teacher(c, "F", "2026-02-12")}
	refused(t, c.confirm(desk.Individual(alone)), fault.Conflict, "leader",
		"The credential \"teacher\" of this facilitator expires on 2026-02-12, before the session of 2026-02-13. "+
			"Choose another one, renew it, or give a reason.")
	alone.Reason = "knows the person"
	c.must(desk.Individual(alone))
	kept(t, c, home, c.on(home, "2026-02-13").ID, "F", "teacher", "knows the person")
	same(t, "leader", c.on(home, "2026-02-13").Leader, "F")
}

// An appointment asks for what its content asks for in the series.
func TestAnAppointmentIsLedLikeItsContent(t *testing.T) {
	t.Parallel()
	c, home, _, p := parallel(t,
		"completion: {type: content}\nroles:\n  teacher: {min: 1, credential: teacher, sessions: [6]}")
	alone := scheduler.AppointmentRequest{Enrollment: p, Position: "m6", At: wall("2026-02-13T10:00"), Leader: "F"}
	refused(t, c.confirm(desk.Individual(alone)), fault.Conflict, "leader", notOnRecord)
	alone.Position = "m5"
	c.must(desk.Individual(alone))
	kept(t, c, home, "", "", "", "")
}
