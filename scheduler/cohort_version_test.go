package scheduler_test

import (
	"context"
	"fmt"
	"testing"

	"almanac/protocols"
	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
)

const (
	longer  = `content: {order: fixed, unit: session, count: 10}`
	shorter = `content: {order: fixed, unit: session, count: 6}`
	other   = `content: {order: fixed, modules: [{id: session-1, title: Welcome, sessions: 1}, ` +
		`{id: session-2, title: Breath, sessions: 1}, {id: walk, title: Walking, sessions: 4}, ` +
		`{id: end, title: The end, sessions: 2}]}`
)

// second is another version of a definition of the tests.
func second(t *testing.T, source string, lines ...string) *protocols.Definition {
	t.Helper()
	return define(t, source, append([]string{`version: "2"`}, lines...)...)
}

func (c *clinic) changeVersion(cohort scheduler.ID, to *protocols.Definition) error {
	return c.desk().Confirm(context.Background(), c.request(),
		desk.ChangeVersion(scheduler.VersionRequest{Cohort: cohort, To: to}))
}

func TestChangeVersion(t *testing.T) {
	t.Parallel()
	const past = "1 01-06 Session 1 planned 2 01-13 Session 2 planned "
	for name, tt := range map[string]struct{ content, rows, told string }{
		"longer": {
			longer,
			past + "3 01-20 Session 3 planned 4 01-27 Session 4 planned 5 02-03 Session 5 planned 6 02-10 Session 6 " +
				"planned" +
				" 7 02-17 Session 7 planned 8 02-24 Session 8 planned 9 03-03 Session 9 planned 10 03-10 Session 10 " +
				"planned",
			"[a added 03-03 a added 03-10 b added 03-03 b added 03-10]",
		},
		"shorter": {
			shorter,
			past + "3 01-20 Session 3 planned 4 01-27 Session 4 planned 5 02-03 Session 5 planned 6 02-10 Session 6 " +
				"planned" +
				" 0 02-17 Session 7 cancelled 0 02-24 Session 8 cancelled",
			"[a cancelled 02-17 a cancelled 02-24 b cancelled 02-17 b cancelled 02-24]",
		},
		"other contents": {
			other,
			past + "3 01-20 Walking, 1 of 4 planned 4 01-27 Walking, 2 of 4 planned 5 02-03 Walking, 3 of 4 planned" +
				" 6 02-10 Walking, 4 of 4 planned 7 02-17 The end, 1 of 2 planned 8 02-24 The end, 2 of 2 planned",
			"[]",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, cohort := group(t)
			c.now = instant("2026-01-13T23:30:00Z") // in the middle of the second session
			before, to := copyRoster(c.roster(cohort)), second(t, closed, tt.content)
			if err := c.changeVersion(cohort, to); err != nil {
				t.Fatal(err)
			}
			r := c.roster(cohort)
			same(t, "sessions", rows(r), "["+tt.rows+"]")
			same(t, "told", news(c.last), tt.told)
			same(t, "audit", c.last.Audit, "[{cohort.version ["+string(cohort)+"] []}]")
			same(t, "text", r.Cohort.Protocol+" "+r.Cohort.Hash+" "+r.Definition.Hash(),
				"closed@2 "+to.Hash()+" "+to.Hash())
			for _, was := range before.Sessions {
				is := r.Session(was.ID)
				if is == nil || is.Wall != was.Wall || !is.Start.Equal(was.Start) || !is.End.Equal(was.End) ||
					is.Counter != was.Counter {
					t.Errorf("the session of %s is %+v now", was.Wall, is)
				}
			}
			for _, was := range before.Seats {
				is := r.Seats[0]
				for _, seat := range r.Seats {
					if seat.ID == was.ID {
						is = seat
					}
				}
				stands := r.Session(was.Session).Live()
				if is.UID != was.UID || is.State.Occupies() != stands || is.Sequence > was.Sequence == stands {
					t.Errorf("the seat of %s was %+v and is %+v", r.Session(was.Session).Wall, was, is)
				}
			}
		})
	}
}

// news lists whom a change tells what of which date.
func news(b *scheduler.Book) []string {
	var all []string
	for _, told := range b.Announcements {
		moment := told.After
		if !moment.Expected {
			moment = told.Before
		}
		all = append(all, fmt.Sprintf("%s %s %s", told.Person, told.About, moment.Start.Format("01-02")))
	}
	return all
}

// A preview shows all of it and changes nothing; a confirmation that somebody
// else's change has overtaken is refused.
func TestPreviewChangeVersion(t *testing.T) {
	t.Parallel()
	c, cohort := group(t)
	before, to := fmt.Sprint(rows(c.roster(cohort))),
		second(t, closed, `content: {order: fixed, modules: [{id: session-1, title: Welcome, sessions: 1}, `+
			`{id: session-2, title: Session 2, sessions: 1}, {id: session-3, title: Breath, sessions: 1}]}`)
	preview, err := c.desk().Preview(t.Context(), c.request(),
		desk.ChangeVersion(scheduler.VersionRequest{Cohort: cohort, To: to}))
	if err != nil {
		t.Fatal(err)
	}
	var shown []string
	for _, s := range preview.Effects() {
		before, after := s.Was, s.Title
		if !s.After.Expected {
			before, after = s.Title, ""
		}
		shown = append(shown, fmt.Sprintf("%s %q→%q", s.After.Start.Format("01-02"), before, after))
	}
	same(t, "shown", shown,
		`[01-06 "Session 1"→"Welcome" 01-20 "Session 3"→"Breath"`+
			` 01-27 "Session 4"→"" 02-03 "Session 5"→"" 02-10 "Session 6"→""`+
			` 02-17 "Session 7"→"" 02-24 "Session 8"→""]`)
	same(t, "people told", len(preview.Told), 10)
	same(t, "sessions after the preview", rows(c.roster(cohort)), before)
	same(t, "text after the preview", c.roster(cohort).Cohort.Protocol, "closed@1")
	c.enroll(cohort, "c")
	q := c.request()
	q.Expect = preview.ChangeNo
	if err := c.desk().Confirm(t.Context(), q,
		desk.ChangeVersion(scheduler.VersionRequest{Cohort: cohort, To: to})); !fault.Is(err, fault.Stale) {
		t.Errorf("an old preview was confirmed: %v", err)
	}
}

// What was let go with a cancelled session does not come back with another version.
func TestChangeVersionBringsNothingBack(t *testing.T) {
	t.Parallel()
	c, cohort := group(t)
	if err := c.cancel(scheduler.CancelRequest{Session: c.on(cohort, "2026-01-20").ID,
		Content: scheduler.Skip}); err != nil {
		t.Fatal(err)
	}
	c.now = instant("2026-01-14T15:00:00Z")
	for _, to := range []*protocols.Definition{second(t, closed, longer), define(t, closed)} { // there and back
		if err := c.changeVersion(cohort, to); err != nil {
			t.Fatal(err)
		}
	}
	same(t, "sessions", rows(c.roster(cohort)),
		"[1 01-06 Session 1 planned 2 01-13 Session 2 planned 0 01-20 Session 3 cancelled 3 01-27 Session 4 planned"+
			" 4 02-03 Session 5 planned 5 02-10 Session 6 planned "+
			"6 02-17 Session 7 planned 7 02-24 Session 8 planned 0 "+
			"03-03 Session 9 cancelled 0 03-10 Session 10 cancelled]")
}

// A rolling cohort goes on behind what it had last; who has had a content is
// not sent to it again, and everybody gets what the new text adds.
func TestChangeVersionOfRolling(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	cohort := c.open(opening(define(t, rolling)))
	a := c.enroll(cohort, "a")
	c.now = instant("2026-01-14T15:00:00Z") // after m1 and m2
	to := second(t, rolling,
		`content: {order: cyclic, modules: [{id: m1, title: One, sessions: 1}, `+
			`{id: m2, title: Two, sessions: 1}, {id: new, title: New, sessions: 1}, `+
			`{id: m3, title: Three, sessions: 1}]}`,
		`entry: {type: any, lead: P0D}`)
	if err := c.changeVersion(cohort, to); err != nil {
		t.Fatal(err)
	}
	same(t, "dates", c.dates(cohort, a.Enrollment), "[01-06 m1 01-13 m2 01-20 new 01-27 m3]")
	var positions []string
	for _, s := range c.roster(cohort).Sessions[:8] {
		positions = append(positions, s.Position)
	}
	same(t, "contents", positions, "[m1 m2 new m3 m1 m2 new m3]")
	for _, s := range c.roster(cohort).Sessions {
		if !s.Live() {
			t.Errorf("the session of %s was cancelled", s.Wall)
		}
	}
}

func TestChangeVersionRefused(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		to       *protocols.Definition
		at       string // empty: before the first session
		kind     fault.Kind
		field    string
		sentence string
	}{
		"nothing": {nil, "", fault.Invalid, "protocol", "Choose a version of closed."},
		"another protocol": {define(t, closed, "protocol: elsewhere"), "", fault.Invalid, "protocol",
			"This cohort follows closed and can change to another version of it, but not to elsewhere. Open a " +
				"new cohort for that."},
		"the same text": {define(t, closed), "", fault.Invalid, "protocol",
			"This cohort already follows closed@1. There is nothing to change."},
		"rolling": {second(t, rolling, "protocol: closed"), "", fault.Invalid, "protocol",
			"closed@2 takes newcomers all the time, and this cohort has one start for all. Open a new cohort for it."},
		"over": {second(t, closed, longer), "2026-02-25T15:00:00Z", fault.Closed, "",
			"This cohort has no upcoming session, so there is nothing to change. Open a new cohort."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, cohort := group(t)
			if tt.at != "" {
				c.now = instant(tt.at)
			}
			before := fmt.Sprint(rows(c.roster(cohort)))
			refused(t, c.changeVersion(cohort, tt.to), tt.kind, tt.field, tt.sentence)
			same(t, "sessions", rows(c.roster(cohort)), before)
		})
	}
	t.Run("unknown cohort", func(t *testing.T) {
		t.Parallel()
		c, _ := group(t)
		if err := c.changeVersion("nobody", second(t, closed)); !fault.Is(err, fault.NotFound) {
			t.Errorf("got %v", err)
		}
	})
}

// Nobody gets two things at one time by a longer version.
func TestChangeVersionClashes(t *testing.T) {
	t.Parallel()
	for name, lead := range map[string]scheduler.ID{"a person": "", "the facilitator": "lead"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, cohort := group(t)
			next := opening(define(t, closed, "protocol: next"))
			next.Start, next.Lead = date("2026-03-03"), lead
			beside := c.open(next)
			sentence := "The facilitator already has a session at the time of the added date, 2026-03-03T18:00. " +
				"Choose a substitute for that one first."
			if lead == "" {
				c.enroll(beside, "b")
				sentence = "A participant of this cohort already has a session at the time of the added date, " +
					"2026-03-03T18:00. Move that one first."
			}
			refused(t, c.changeVersion(cohort, second(t, closed, longer)), fault.Conflict, "protocol", sentence)
		})
	}
}

// A text with the same version but other words is another text.
func TestNewerText(t *testing.T) {
	t.Parallel()
	own, edited, next, word := define(t, closed), define(t, closed, longer), define(t, closed, `version: "10"`),
		define(t, closed, `version: draft`)
	cohort := scheduler.Cohort{Protocol: own.Ref(), Hash: own.Hash()}
	for name, tt := range map[string]struct {
		library []*protocols.Definition
		newer   *protocols.Definition
		texts   int
	}{
		"the text it follows": {[]*protocols.Definition{own}, nil, 0},
		"gone":                {nil, nil, 0},
		"edited":              {[]*protocols.Definition{edited}, edited, 1},
		"edited, and a later": {[]*protocols.Definition{next, edited}, next, 2},
		"a second and tenth":  {[]*protocols.Definition{next, second(t, closed)}, next, 2},
		"without a number":    {[]*protocols.Definition{own, word}, nil, 1},
		"another protocol":    {[]*protocols.Definition{second(t, closed, "protocol: elsewhere")}, nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			library, err := (&protocols.Library{}).With(tt.library...)
			if err != nil {
				t.Fatal(err)
			}
			if got := cohort.Newer(library); got != tt.newer {
				t.Errorf("newer: %v", got)
			}
			if got := len(cohort.Texts(library)); got != tt.texts {
				t.Errorf("%d texts, want %d", got, tt.texts)
			}
		})
	}
}
