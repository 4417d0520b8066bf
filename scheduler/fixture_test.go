package scheduler_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"almanac/protocols"
	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
)

// now is a Monday, the day before the first session of most cohorts here.
func now() time.Time { return instant("2026-01-05T15:00:00Z") }

func instant(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

func date(text string) civil.Date {
	d, err := civil.ParseDate(text)
	if err != nil {
		panic(err)
	}
	return d
}

func wall(text string) civil.WallTime {
	w, err := civil.ParseWallTime(text)
	if err != nil {
		panic(err)
	}
	return w
}

func clock(text string) civil.Clock {
	c, err := civil.ParseClock(text)
	if err != nil {
		panic(err)
	}
	return c
}

type fatal interface {
	Helper()
	Fatalf(format string, args ...any)
}

func zones(t fatal) *civil.Zones {
	t.Helper()
	z, err := civil.BuiltinZones()
	if err != nil {
		t.Fatalf("zones: %v", err)
	}
	return z
}

func builtin(t fatal, id string) *protocols.Definition {
	t.Helper()
	library, err := protocols.BuiltinLibrary()
	if err != nil {
		t.Fatalf("library: %v", err)
	}
	d, err := library.Find(id)
	if err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	return d
}

// rolling is a weekly group of eight modules without end; parts replace its lines by their key.
const rolling = `
protocol: rolling
version: "1"
title: A rolling group
content: {order: cyclic, modules: [{id: m1, title: One, sessions: 1}, {id: m2, title: Two, sessions: 1}, ` +
	`{id: m3, title: Three, sessions: 1}, {id: m4, title: Four, sessions: 1}, {id: m5, title: Five, sessions: 1}, ` +
	`{id: m6, title: Six, sessions: 1}, {id: m7, title: Seven, sessions: 1}, {id: m8, title: Eight, sessions: 1}]}
cadence: {every: P1W}
session: {kind: group, duration: PT2H}
capacity: {max: 12}
entry: {type: positions, positions: [1, 3, 5, 7], lead: P0D}
completion: {type: content}
on_cancel: append
on_holiday: append
reminders: {leads: [PT72H, PT24H]}
`

// closed is a weekly group of eight sessions with one start.
const closed = `
protocol: closed
version: "1"
title: A closed group
content: {order: fixed, unit: session, count: 8}
cadence: {every: P1W}
session: {kind: group, duration: PT2H}
capacity: {max: 3}
entry: {type: closed, last_session_for_new: 1}
completion: {type: content}
on_cancel: append
on_holiday: append
reminders: {leads: [PT72H, PT24H]}
`

// define parses a definition after replacing whole lines by their key.
func define(t fatal, source string, lines ...string) *protocols.Definition {
	t.Helper()
	all := strings.Split(strings.TrimSpace(source), "\n")
	for _, line := range lines {
		key, _, _ := strings.Cut(line, ":")
		i := slices.IndexFunc(all, func(l string) bool { return strings.HasPrefix(l, key+":") })
		if i < 0 {
			t.Fatalf("no line %q to replace", key)
		}
		all[i] = line
	}
	d, err := protocols.Parse("test.yaml", []byte(strings.Join(all, "\n")+"\n"))
	if err != nil {
		t.Fatalf("definition: %v", err)
	}
	return d
}

// opening is a cohort on Tuesdays at 18:00 in New York from 2026-01-06.
func opening(d *protocols.Definition) scheduler.OpenRequest {
	return scheduler.OpenRequest{Definition: d, Start: date("2026-01-06"), At: clock("18:00"), Zone: "America/New_York"}
}

// clinic is a Store in memory, one clinic of it.
type clinic struct {
	t       fatal
	now     time.Time
	zones   *civil.Zones
	self    scheduler.Clinic
	rosters []*scheduler.Roster
	people  map[scheduler.ID]*scheduler.Person
	drawn   int  // random ids so far
	twice   bool // run every change twice, as a store may
	last    *scheduler.Book
	notices map[string]scheduler.Notice
	tasks   map[string]scheduler.Task
	minted  int
	undos   map[int64]*scheduler.Undo
	patient bool           // seats that a change frees rest as they do; else what follows is seen at once
	done    []scheduler.ID // tasks that staff have done
	staff   map[scheduler.ID]*scheduler.Facilitator
	apart   [][2]scheduler.ID
	// contacts holds the contact data of people who were enrolled with some.
	contacts map[scheduler.ID]scheduler.Contact
}

func newClinic(t fatal) *clinic {
	return &clinic{
		t: t, now: now(), zones: zones(t), self: scheduler.Clinic{ID: "clinic", Zone: "America/New_York", ChangeNo: 1},
		people: map[scheduler.ID]*scheduler.Person{}, contacts: map[scheduler.ID]scheduler.Contact{},
		notices: map[string]scheduler.Notice{}, tasks: map[string]scheduler.Task{},
		undos: map[int64]*scheduler.Undo{},
	}
}

func (c *clinic) desk() *desk.Desk {
	return desk.New(c, c.zones, func() time.Time { return c.now }, func() scheduler.ID {
		c.drawn++
		return scheduler.DeriveID("test", "drawn", fmt.Sprint(c.drawn))
	})
}

func (c *clinic) request() desk.Request {
	return desk.Request{Actor: access.Staff("staff", "clinic", access.Coordinator), Clinic: "clinic"}
}

// Change runs do on a copy and keeps it when all went well.
func (c *clinic) Change(ctx context.Context, change desk.Change, load desk.Load, do func(*scheduler.Book) error) error {
	if change.Expect != 0 && change.Expect != c.self.ChangeNo {
		return fault.New(fault.Stale, "Somebody else changed this meanwhile.")
	}
	if c.twice {
		b, err := c.Look(ctx, change, load)
		if err != nil {
			return err
		}
		_ = do(b)
	}
	b, err := c.Look(ctx, change, load)
	if err != nil {
		return err
	}
	if err := do(b); err != nil {
		return err
	}
	c.save(b)
	c.keepUndo(change, b)
	if !c.patient && b.Undo != nil && len(b.Undo.Image.Resting) > 0 {
		c.hurry(b)
	}
	return nil
}

func (c *clinic) save(b *scheduler.Book) {
	for _, r := range b.Rosters {
		for _, seat := range r.Seats {
			if seat.UID == "" {
				c.minted++
				seat.UID = fmt.Sprintf("uid-%d", c.minted)
			}
		}
		i := slices.IndexFunc(c.rosters, func(old *scheduler.Roster) bool { return old.Cohort.ID == r.Cohort.ID })
		if i < 0 {
			c.rosters = append(c.rosters, r)
		} else {
			c.rosters[i] = r
		}
	}
	for id, p := range b.People {
		c.people[id] = p
	}
	maps.Copy(c.contacts, b.Contacts)
	for _, n := range b.Notices {
		if _, twice := c.notices[n.Key]; twice {
			c.t.Fatalf("the notice %s is owed a second time", n.Key)
		}
		c.notices[n.Key] = n
	}
	c.apart = b.KeptApart
	for _, task := range b.Tasks {
		switch _, twice := c.tasks[task.Key]; {
		case twice && (task.Kind == scheduler.LookTask || task.About == scheduler.AboutOutreach):
			continue // staff are asked once
		case twice:
			c.t.Fatalf("the task %s is there a second time", task.Key)
		}
		c.tasks[task.Key] = task
	}
	for key, task := range c.tasks {
		closed := slices.ContainsFunc(b.ClosedTasks, func(s scheduler.ClosedTask) bool { return s.Task == task.ID })
		if (closed || slices.Contains(b.Dropped, task.ID)) && !slices.Contains(c.done, task.ID) {
			delete(c.tasks, key)
		}
	}
	c.self.ChangeNo++
	c.self.Closed = b.Clinic.Closed
	c.last = b
}

// Look makes a book of copies.
func (c *clinic) Look(_ context.Context, _ desk.Change, load desk.Load) (*scheduler.Book, error) {
	var loaded []*scheduler.Roster
	undoing := c.undoing(load.Undo)
	for _, r := range c.rosters {
		wanted := slices.Contains(load.Cohorts, r.Cohort.ID) ||
			load.Running && r.Cohort.State == scheduler.CohortOpen ||
			slices.ContainsFunc(load.Sessions, func(id scheduler.ID) bool { return r.Session(id) != nil }) ||
			slices.ContainsFunc(load.Enrollments, func(id scheduler.ID) bool { return r.Enrollment(id) != nil }) ||
			touches(undoing, r.Cohort.ID)
		if wanted {
			loaded = append(loaded, copyRoster(r))
		}
	}
	if len(load.Cohorts)+len(load.Sessions)+len(load.Enrollments) > 0 && len(loaded) == 0 {
		return nil, fault.New(fault.NotFound, "There is no such thing here.")
	}
	people := map[scheduler.ID]*scheduler.Person{}
	for id, p := range c.people {
		same := *p
		people[id] = &same
	}
	loaded = c.whole(loaded)
	c.rest(loaded)
	b := scheduler.NewBook(c.self, c.now, c.zones, loaded, people, append(c.busy(loaded), c.equipment(loaded)...))
	b.Undoing, b.Staff, b.KeptApart = undoing, c.staff, slices.Clone(c.apart)
	if load.Newcomer == nil {
		return b, nil
	}
	var err error
	if b.Newcomer, err = load.Newcomer(c.self, b.Roster(load.Cohorts[0])); err != nil {
		return nil, err
	}
	for _, id := range slices.Sorted(maps.Keys(c.contacts)) {
		b.Known = append(b.Known, scheduler.Known{Person: id, Contact: c.contacts[id]})
	}
	return b, nil
}

// busy lists everything that anybody does from now on in the cohorts that are not loaded.
func (c *clinic) busy(loaded []*scheduler.Roster) []scheduler.Commitment {
	var busy []scheduler.Commitment
	for _, r := range c.rosters {
		if slices.ContainsFunc(loaded, func(l *scheduler.Roster) bool { return l.Cohort.ID == r.Cohort.ID }) {
			continue
		}
		for _, s := range r.Sessions {
			if s.Live() && s.Leader != "" && !s.Past(c.now) {
				busy = append(busy, scheduler.Commitment{Who: s.Leader, Session: s.ID, Start: s.Start, End: s.End})
			}
		}
		for _, seat := range r.Seats {
			if s := r.Session(seat.Session); seat.State.Occupies() && !s.Past(c.now) {
				who := seat.Person
				if e := r.Enrollment(seat.Enrollment); e != nil {
					who = e.Person
				}
				busy = append(busy, scheduler.Commitment{Who: who, Session: s.ID, Start: s.Start, End: s.End})
			}
		}
	}
	return busy
}

// equipment lists what other cohorts take of the clinic's equipment.
func (c *clinic) equipment(loaded []*scheduler.Roster) []scheduler.Commitment {
	var busy []scheduler.Commitment
	for _, r := range c.rosters {
		if slices.ContainsFunc(loaded, func(l *scheduler.Roster) bool { return l.Cohort.ID == r.Cohort.ID }) {
			continue
		}
		for _, resource := range r.Definition.Resources {
			for _, s := range r.Sessions {
				if s.Live() && !s.Past(c.now) {
					busy = append(busy, scheduler.Commitment{
						Who: scheduler.EquipmentKey(resource.ID), Session: s.ID, Start: s.Start, End: s.End,
						Units: scheduler.Needs(resource, r.Cohort.Capacity),
					})
				}
			}
		}
	}
	return busy
}

func copyRoster(r *scheduler.Roster) *scheduler.Roster {
	same := &scheduler.Roster{Cohort: r.Cohort, Definition: r.Definition}
	for _, s := range r.Sessions {
		one := *s
		same.Sessions = append(same.Sessions, &one)
	}
	for _, e := range r.Enrollments {
		one := *e
		same.Enrollments = append(same.Enrollments, &one)
	}
	for _, s := range r.Seats {
		one := *s
		same.Seats = append(same.Seats, &one)
	}
	return same
}

// refused checks that err is one fault of a kind at a field with a sentence.
func refused(t *testing.T, err error, kind fault.Kind, field, sentence string) {
	t.Helper()
	all := fault.All(err)
	if len(all) != 1 {
		t.Fatalf("got %v, want one fault", err)
	}
	if f := all[0]; f.Kind != kind || f.Field != field || f.Message != sentence {
		t.Errorf("got  %s %q: %s\nwant %s %q: %s", f.Kind, f.Field, f.Message, kind, field, sentence)
	}
}

// same checks that got and want print alike.
func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if g, w := fmt.Sprint(got), fmt.Sprint(want); g != w {
		t.Errorf("%s:\ngot  %s\nwant %s", what, g, w)
	}
}
