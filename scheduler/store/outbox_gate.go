package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/reads"
)

// claimed is a notice that this transaction alone may decide about.
type claimed struct {
	scheduler.Notice
	attempts int
}

// gate decides about the notices of one clinic. Sharing the clinic's row first
// shuts out every change of sessions, seats, enrollments and consents, so what
// is read after it needs no lock of its own.
func (t *tx) gate(ctx context.Context, clinic scheduler.ID, origins []origin, now time.Time) ([]reads.Handover, error) {
	if _, err := t.share(ctx, clinic); err != nil {
		return nil, err
	}
	notices, err := t.claim(ctx, clinic, origins, now)
	if err != nil || len(notices) == 0 {
		return nil, err
	}
	truth, err := t.truth(ctx, clinic, notices, now)
	if err != nil {
		return nil, err
	}
	g := newGate(clinic, now, truth)
	for _, n := range notices {
		g.decide(n)
	}
	return g.handovers, g.settle(ctx, t)
}

// claim locks the enrollments of notices, and then the notices that may still be
// claimed. An enrollment that another gate has locked is passed over: its
// notices wait for a moment. They come with welcomes first, then by urgency.
func (t *tx) claim(ctx context.Context, clinic scheduler.ID, origins []origin, now time.Time) ([]claimed, error) {
	in, args := list(unique(origins, func(o origin) scheduler.ID { return o.enrollment }))
	rows, err := t.query(ctx, "SELECT id FROM enrollments WHERE clinic = ? AND id IN ("+in+") ORDER BY id"+t.skipLocked(),
		append([]any{clinic}, args...)...)
	if err != nil {
		return nil, err
	}
	locked, err := collect(rows, scanID)
	if err != nil {
		return nil, err
	}
	var mine, others []scheduler.ID
	for _, o := range origins {
		if slices.Contains(locked, o.enrollment) {
			mine = append(mine, o.notice)
		} else {
			others = append(others, o.notice)
		}
	}
	if err := t.putOff(ctx, clinic, others, now.Add(siblingRest)); err != nil || len(mine) == 0 {
		return nil, err
	}
	in, args = list(mine)
	at := stamp(now)
	rows, err = t.query(ctx, "SELECT "+noticeColumns+` FROM notices
		WHERE `+ofClinic+` AND id IN (`+in+`) AND state = 'planned' AND due_at <= ? AND lease_until <= ?
		ORDER BY CASE WHEN kind = 'welcome' THEN 0 ELSE 1 END, not_after, due_at, id`+t.skipLocked(),
		slices.Concat([]any{clinic}, args, []any{at, at})...)
	if err != nil {
		return nil, err
	}
	return collect(rows, scanClaimed)
}

const noticeColumns = `id, key, kind, channel, person, enrollment, session, seat, start_at, lead_seconds,
	due_at, not_after, created_at, attempts`

// scanClaimed reads noticeColumns of a planned notice.
func scanClaimed(rows *sql.Rows) (c claimed, err error) {
	var lead int64
	err = rows.Scan(&c.ID, &c.Key, &c.Kind, &c.Channel, &c.Person, &c.Enrollment, &c.Session, &c.Seat,
		when(&c.Start), &lead, when(&c.Due), when(&c.NotAfter), when(&c.CreatedAt), &c.attempts)
	c.State, c.Lead, c.Asked = scheduler.NoticePlanned, time.Duration(lead)*time.Second, scheduler.AskedAgain(c.Key)
	return c, err
}

// putOff keeps planned notices that another gate may hold from being pushed
// before until; it waits for nobody.
func (t *tx) putOff(ctx context.Context, clinic scheduler.ID, ids []scheduler.ID, until time.Time) error {
	if len(ids) == 0 {
		return nil
	}
	in, args := list(ids)
	_, err := t.exec(ctx, `
		UPDATE notices SET queued_until = ? WHERE `+ofClinic+` AND id IN (
		  SELECT id FROM notices WHERE `+ofClinic+` AND id IN (`+in+`) AND state = 'planned'`+t.skipLocked()+`)`,
		append([]any{stamp(until), clinic, clinic}, args...)...)
	return err
}

// gate holds what one transaction decides for one clinic.
type gate struct {
	clinic    scheduler.ID
	now       time.Time
	truth     *truth
	fates     map[fate][]scheduler.ID
	opened    []claimed // their attempts are open
	tasks     []scheduler.Task
	handovers []reads.Handover
}

// fate is what becomes of a notice that is not handed over now.
type fate struct {
	state  scheduler.NoticeState
	reason string
	until  string // of one that stays planned
}

func newGate(clinic scheduler.ID, now time.Time, truth *truth) *gate {
	return &gate{clinic: clinic, now: now, truth: truth, fates: map[fate][]scheduler.ID{}}
}

// decide finds what becomes of one notice.
func (g *gate) decide(n claimed) {
	switch {
	case g.truth.struck[n.ID] >= strikes:
		g.end(n, scheduler.NoticeFailed, "three attempts and no answer")
		g.tasks = append(g.tasks, g.unsent(n))
	case g.truth.superseded(n):
		g.end(n, scheduler.NoticeDropped, scheduler.ReasonSuperseded)
	case g.truth.busy[n.Enrollment]:
		g.wait(n, g.now.Add(siblingRest))
	default:
		g.judge(n)
	}
}

// judge asks the rules and does as they say.
func (g *gate) judge(n claimed) {
	standing, known := g.truth.standing(n)
	if !known { // its enrollment or seat is gone: a broken row must not stop the others
		g.end(n, scheduler.NoticeFailed, "nothing to tell about")
		return
	}
	verdict := judge(standing, g.now)
	switch verdict.Act {
	case scheduler.HandOver:
		g.handOver(n, verdict)
	case scheduler.Defer:
		g.wait(n, verdict.Until)
		if !verdict.CallBy.IsZero() {
			g.tasks = append(g.tasks, urgentCall(g.clinic, standing, g.truth.cohort(n), verdict.CallBy, g.now))
		}
	case scheduler.Expire:
		g.end(n, scheduler.NoticeExpired, verdict.Reason)
		g.tasks = append(g.tasks, g.unsent(n))
	default:
		g.end(n, scheduler.NoticeDropped, verdict.Reason)
		if verdict.Reason == scheduler.ReasonNoConsent {
			g.tasks = append(g.tasks, unreachedTasks(g.clinic, standing, g.truth.cohort(n), g.now)...)
		}
	}
}

// handOver opens an attempt. A name or an address that cannot be opened fails
// this notice alone.
func (g *gate) handOver(n claimed, v scheduler.Verdict) {
	h, err := g.truth.handover(n)
	if err != nil {
		g.end(n, scheduler.NoticeFailed, "sealed data does not open")
		g.tasks = append(g.tasks, g.unsent(n))
		return
	}
	h.Method = v.Method
	g.truth.busy[n.Enrollment] = true
	g.opened = append(g.opened, n)
	if n.Kind == scheduler.Reminder {
		g.truth.reminded[n.Person]++
	}
	g.handovers = append(g.handovers, h)
}

func (g *gate) end(n claimed, state scheduler.NoticeState, reason string) {
	f := fate{state: state, reason: reason}
	g.fates[f] = append(g.fates[f], n.ID)
}

func (g *gate) wait(n claimed, until time.Time) {
	f := fate{state: scheduler.NoticePlanned, until: stamp(until)}
	g.fates[f] = append(g.fates[f], n.ID)
}

// unsent asks staff to look at what was not told in time.
func (g *gate) unsent(n claimed) scheduler.Task {
	return unsentTask(g.clinic, g.truth.cohort(n), n.Notice, g.now)
}

// settle writes all decisions: attempts are counted before anybody tries.
func (g *gate) settle(ctx context.Context, t *tx) error {
	for _, f := range slices.SortedFunc(maps.Keys(g.fates), compareFates) {
		in, args := list(g.fates[f])
		done := ""
		if f.state != scheduler.NoticePlanned {
			done = stamp(g.now)
		}
		_, err := t.exec(ctx, `
			UPDATE notices SET state = ?, reason = ?, done_at = ?, queued_until = CASE WHEN ? = '' THEN queued_until ELSE ? END
			WHERE `+ofClinic+` AND id IN (`+in+`)`,
			append([]any{f.state, f.reason, done, f.until, f.until, g.clinic}, args...)...)
		if err != nil {
			return fmt.Errorf("ending notices: %w", err)
		}
	}
	if err := g.open(ctx, t); err != nil {
		return fmt.Errorf("opening attempts: %w", err)
	}
	return t.saveTasks(ctx, g.clinic, g.tasks)
}

func (g *gate) open(ctx context.Context, t *tx) error {
	if len(g.opened) == 0 {
		return nil
	}
	at := stamp(g.now)
	in, args := list(unique(g.opened, func(n claimed) scheduler.ID { return n.ID }))
	_, err := t.exec(ctx, "UPDATE notices SET attempts = attempts + 1, lease_until = ? WHERE "+ofClinic+" AND id IN ("+in+")",
		append([]any{stamp(g.now.Add(lease)), g.clinic}, args...)...)
	if err != nil {
		return err
	}
	rows := make([][]any, len(g.opened))
	for i, n := range g.opened {
		rows[i] = []any{n.ID, n.attempts + 1, at}
	}
	return t.insert(ctx, "INSERT INTO attempts (notice, number, started_at)", rows, "")
}

func compareFates(a, b fate) int {
	return cmp.Or(cmp.Compare(a.state, b.state), cmp.Compare(a.reason, b.reason), cmp.Compare(a.until, b.until))
}

// attemptRow names an attempt's row where its reply is sealed.
func attemptRow(notice scheduler.ID, number int) scheduler.ID {
	return notice + ":" + scheduler.ID(strconv.Itoa(number))
}
