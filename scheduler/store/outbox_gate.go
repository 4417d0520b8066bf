package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/gate"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// claimed is a notice that this transaction alone may decide about.
type claimed struct {
	scheduler.Notice
	attempts int
	lead     int64 // seconds, as the database keeps it
}

// noticeColumns are read of a planned notice n.
const noticeColumns = `n.id, n.key, n.kind, n.channel, coalesce(n.person, ''), coalesce(n.enrollment, ''),
coalesce(n.staff, ''), n.session, n.seat, n.start_at, n.lead_seconds,
	n.due_at, n.not_after, n.created_at, n.attempts`

// into gives where noticeColumns go; call derive after scanning.
func (c *claimed) into() []any {
	return []any{
		&c.ID, &c.Key, &c.Kind, &c.Channel, &c.Person, &c.Enrollment, &c.Staff, &c.Session, &c.Seat,
		sqldb.When(&c.Start), &c.lead, sqldb.When(&c.Due), sqldb.When(&c.NotAfter),
		sqldb.When(&c.CreatedAt), &c.attempts,
	}
}

// derive sets what is not kept in a column.
func (c *claimed) derive() {
	c.State, c.Lead, c.Asked = scheduler.NoticePlanned, time.Duration(c.lead)*time.Second, scheduler.AskedAgain(c.Key)
}

// gate decides about the notices of one clinic. Sharing the clinic's row first
// shuts out every change of sessions, seats, enrollments and consents, so what
// is read after it needs no lock of its own.
func (t *tx) gate(ctx context.Context, clinic scheduler.ID, origins []origin, now time.Time) ([]reads.Handover, error) {
	if _, err := t.share(ctx, clinic); err != nil {
		return nil, err
	}
	origins, err := t.claim(ctx, clinic, origins, now)
	if err != nil || len(origins) == 0 {
		return nil, err
	}
	g, err := t.newGateRun(ctx, clinic, now)
	if err != nil {
		return nil, err
	}
	notices, err := t.noticesAt(ctx, clinic, origins, now)
	if err != nil {
		return nil, err
	}
	g.lost(origins, notices)
	slices.SortFunc(notices, welcomesFirst)
	for _, n := range notices {
		g.decide(n)
	}
	return g.handovers, g.write(ctx, t)
}

// welcomesFirst puts welcomes first, then texts about changes, and the rest by urgency.
func welcomesFirst(a, b *noticeData) int {
	rank := func(n *noticeData) int {
		return slices.Index([]scheduler.NoticeKind{scheduler.AssignedDates, scheduler.Changes, scheduler.Welcome},
			n.Kind)
	}
	return cmp.Or(cmp.Compare(rank(b), rank(a)), a.NotAfter.Compare(b.NotAfter), a.Due.Compare(b.Due),
		cmp.Compare(a.ID, b.ID))
}

// claim locks notices that may still be claimed, together with their
// enrollments, and waits for nobody: a notice that another gate has locked, or
// whose enrollment it has, rests for a moment. Where one transaction writes at a
// time there is nothing to lock.
func (t *tx) claim(ctx context.Context, clinic scheduler.ID, origins []origin, now time.Time) ([]origin, error) {
	if t.Alone() {
		return origins, nil
	}
	ids := unique(origins, func(o origin) scheduler.ID { return o.notice })
	among, list := sqldb.Among(t.Tx, "n.id", ids)
	var mine []scheduler.ID
	for _, whose := range []string{"enrollments e ON e.id = n.enrollment", "staff e ON e.id = n.staff"} {
		rows, err := t.Query(ctx, "SELECT n.id FROM notices n JOIN "+whose+`
			WHERE n.`+ofClinic+` AND `+among+` AND n.state = 'planned' AND n.due_at <= ?
AND n.lease_until <= ?`+t.SkipLocked(),
			slices.Concat([]any{clinic}, list, []any{sqldb.Stamp(now), sqldb.Stamp(now)})...)
		if err != nil {
			return nil, err
		}
		some, err := sqldb.Collect(rows, scanID)
		if err != nil {
			return nil, err
		}
		if mine = append(mine, some...); len(mine) == len(ids) {
			return origins, nil
		}
	}
	origins = slices.DeleteFunc(slices.Clone(origins), func(o origin) bool { return !slices.Contains(mine, o.notice) })
	others := slices.DeleteFunc(ids, func(id scheduler.ID) bool { return slices.Contains(mine, id) })
	return origins, t.putOff(ctx, clinic, others, now.Add(siblingRest))
}

// putOff keeps planned notices that another gate may hold from being pushed
// before until; it waits for nobody.
func (t *tx) putOff(ctx context.Context, clinic scheduler.ID, ids []scheduler.ID, until time.Time) error {
	if len(ids) == 0 {
		return nil
	}
	among, args := sqldb.Among(t.Tx, "id", ids)
	return t.Exec(ctx, `
		UPDATE notices SET queued_until = ? WHERE `+ofClinic+` AND id IN (
		  SELECT id FROM notices WHERE `+ofClinic+` AND `+among+` AND state = 'planned'`+t.SkipLocked()+`)`,
		append([]any{sqldb.Stamp(until), clinic, clinic}, args...)...)
}

// gateRun holds what one transaction decides for one clinic.
type gateRun struct {
	clinic       scheduler.ID
	key          *clinicKey
	contact      scheduler.ClinicContact
	now          time.Time
	location     func(zone string) *time.Location
	rule         Judge
	busy         map[scheduler.ID]bool // enrollments and staff that this gate opens an attempt to
	reminded     map[scheduler.ID]int  // reminders that it hands over, by person
	dispositions map[disposition][]scheduler.ID
	opened       []*noticeData // their attempts are open
	suspects     int           // how many of them have their last chance
	moved        []moved       // notices that look for another channel
	tried        []string      // keys of moved notices on channels on which they were tried
	notices      []scheduler.Notice
	texted       map[scheduler.ID][]gate.Texted // texts that it hands over, by person
	tasks        []scheduler.Task
	handovers    []reads.Handover
}

// disposition is what happens to a notice that is not handed over now.
type disposition struct {
	state  scheduler.NoticeState
	reason string
	until  string // of one that stays planned
}

func (t *tx) newGateRun(ctx context.Context, clinic scheduler.ID, now time.Time) (*gateRun, error) {
	key, err := t.key(ctx, clinic)
	if err != nil {
		return nil, err
	}
	contact, err := t.contactOf(ctx, clinic)
	return &gateRun{
		clinic: clinic, key: key, contact: contact, now: now, location: t.location, rule: t.db.judge,
		texted: map[scheduler.ID][]gate.Texted{},
		busy:   map[scheduler.ID]bool{}, reminded: map[scheduler.ID]int{},
		dispositions: map[disposition][]scheduler.ID{},
	}, err
}

// lost ends notices of which nothing was found: their seat is gone, and a broken
// row must not stop the others.
func (g *gateRun) lost(origins []origin, found []*noticeData) {
	if len(found) == len(origins) {
		return
	}
	for _, o := range origins {
		if !slices.ContainsFunc(found, func(n *noticeData) bool { return n.ID == o.notice }) {
			g.end(o.notice, scheduler.NoticeFailed, "nothing to tell about")
		}
	}
}

// decide finds what becomes of one notice.
func (g *gateRun) decide(n *noticeData) {
	switch {
	case n.unrecorded >= maxUnrecorded:
		g.end(n.ID, scheduler.NoticeFailed, "three attempts and no answer")
		g.tasks = append(g.tasks, g.unsent(n))
	case n.superseded:
		g.end(n.ID, scheduler.NoticeDropped, gate.ReasonSuperseded)
	case n.busy || g.busy[n.recipient()]:
		g.wait(n, g.now.Add(siblingRest))
	case n.unrecorded == maxUnrecorded-1 && g.suspects == mostSuspects:
		g.wait(n, g.now.Add(siblingRest))
	default:
		g.judge(n)
	}
}

// judge asks the rules and does as they say.
func (g *gateRun) judge(n *noticeData) {
	standing := n.facts(g.location, g.now)
	standing.Reminded += g.reminded[n.Person]
	standing.Texted = append(standing.Texted, g.texted[n.Person]...)
	verdict := g.rule(standing, g.now)
	switch verdict.Act {
	case gate.HandOver:
		g.handOver(n, verdict)
	case gate.Defer:
		g.wait(n, verdict.Until)
		if !verdict.CallBy.IsZero() {
			g.tasks = append(g.tasks, urgentCall(g.clinic, standing, n.cohort, verdict.CallBy, g.now))
		}
	case gate.Expire:
		g.end(n.ID, scheduler.NoticeExpired, verdict.Reason)
		g.tasks = append(g.tasks, g.unsent(n))
	default:
		g.end(n.ID, scheduler.NoticeDropped, verdict.Reason)
		more := verdict.Reason == gate.ReasonTexts && n.Kind != scheduler.Reminder
		if n.staff == nil && (verdict.Reason == gate.ReasonNoConsent || more) {
			g.moved = append(g.moved, moved{n, standing})
		}
	}
}

// handOver opens an attempt. A name or an address that cannot be opened fails
// this notice alone.
func (g *gateRun) handOver(n *noticeData, v gate.Verdict) {
	h, err := n.handover(g.clinic, g.key, g.now)
	if err != nil {
		g.end(n.ID, scheduler.NoticeFailed, "sealed data does not open")
		g.tasks = append(g.tasks, g.unsent(n))
		return
	}
	h.Method = v.Method
	if n.staff == nil {
		h.Contact = g.contact
	}
	g.busy[n.recipient()] = true
	if n.unrecorded == maxUnrecorded-1 {
		g.suspects++
	}
	g.opened = append(g.opened, n)
	if n.Kind == scheduler.Reminder {
		g.reminded[n.Person]++
	}
	if n.Channel == scheduler.SMS {
		g.texted[n.Person] = append(g.texted[n.Person], gate.Texted{Kind: n.Kind, At: g.now})
	}
	g.handovers = append(g.handovers, h)
}

func (g *gateRun) end(notice scheduler.ID, state scheduler.NoticeState, reason string) {
	f := disposition{state: state, reason: reason}
	g.dispositions[f] = append(g.dispositions[f], notice)
}

func (g *gateRun) wait(n *noticeData, until time.Time) {
	f := disposition{state: scheduler.NoticePlanned, until: sqldb.Stamp(until)}
	g.dispositions[f] = append(g.dispositions[f], n.ID)
}

// unsent asks staff to look at what was not told in time.
func (g *gateRun) unsent(n *noticeData) scheduler.Task {
	return unsentTask(g.clinic, n.cohort, n.Notice, g.now)
}

// write saves all decisions. Attempts are counted before anybody tries.
func (g *gateRun) write(ctx context.Context, t *tx) error {
	if err := g.moveAll(ctx, t); err != nil {
		return fmt.Errorf("looking for another channel: %w", err)
	}
	for _, f := range slices.SortedFunc(maps.Keys(g.dispositions), compareDispositions) {
		among, args := sqldb.Among(t.Tx, "id", g.dispositions[f])
		done := ""
		if f.state != scheduler.NoticePlanned {
			done = sqldb.Stamp(g.now)
		}
		err := t.Exec(ctx, `
			UPDATE notices SET state = ?, reason = ?, done_at = ?, queued_until = CASE WHEN ? = '' THEN queued_until
ELSE ? END
			WHERE `+ofClinic+` AND `+among,
			append([]any{f.state, f.reason, done, f.until, f.until, g.clinic}, args...)...)
		if err != nil {
			return fmt.Errorf("ending notices: %w", err)
		}
	}
	if err := g.open(ctx, t); err != nil {
		return fmt.Errorf("opening attempts: %w", err)
	}
	if err := g.saveToldDates(ctx, t); err != nil {
		return fmt.Errorf("writing what texts tell: %w", err)
	}
	if err := g.tryAssignments(ctx, t); err != nil {
		return fmt.Errorf("writing what staff are told: %w", err)
	}
	if err := t.saveNotices(ctx, g.clinic, g.notices); err != nil {
		return err
	}
	return t.saveTasks(ctx, g.clinic, g.tasks)
}

func (g *gateRun) open(ctx context.Context, t *tx) error {
	if len(g.opened) == 0 {
		return nil
	}
	at := sqldb.Stamp(g.now)
	among, args := sqldb.Among(t.Tx, "id", unique(g.opened, func(n *noticeData) scheduler.ID { return n.ID }))
	err := t.Exec(ctx, "UPDATE notices SET attempts = attempts + 1, lease_until = ? WHERE "+ofClinic+" AND "+among,
		append([]any{sqldb.Stamp(g.now.Add(lease)), g.clinic}, args...)...)
	if err != nil {
		return err
	}
	rows := make([][]any, len(g.opened))
	for i, n := range g.opened {
		rows[i] = []any{n.ID, n.attempts + 1, at}
	}
	return t.Insert(ctx, "INSERT INTO attempts (notice, number, started_at)", rows, "")
}

func compareDispositions(a, b disposition) int {
	return cmp.Or(cmp.Compare(a.state, b.state), cmp.Compare(a.reason, b.reason), cmp.Compare(a.until, b.until))
}

// attemptRow names an attempt's row where its reply is sealed.
func attemptRow(notice scheduler.ID, number int) scheduler.ID {
	return notice + ":" + scheduler.ID(strconv.Itoa(number))
}
