package store

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// callPage groups all open tasks by person, and reads one page of these calls.
func (t *tx) callPage(ctx context.Context, clinic scheduler.ID, q reads.TaskQuery) (page reads.TaskPage, err error) {
	rows, err := t.Query(ctx, `
		SELECT id, person, about, staff, due_at FROM tasks
		WHERE clinic = ? AND done_at = '' ORDER BY due_at, id`, clinic)
	if err != nil {
		return page, err
	}
	all, err := sqldb.Collect(rows, func(rows *sql.Rows) (task reads.Task, err error) {
		err = rows.Scan(&task.ID, &task.Person, &task.About, &task.Staff, sqldb.When(&task.Due))
		return task, err
	})
	if err != nil {
		return page, err
	}
	calls := reads.CallsOf(all)
	from, to := callWindow(calls, q)
	if from == to {
		return page, nil
	}
	if from > 0 {
		page.Earlier = callCursor(calls[from])
	}
	if to < len(calls) {
		page.Next = callCursor(calls[to-1])
	}
	var ids []scheduler.ID
	for _, call := range calls[from:to] {
		for _, task := range call.Tasks {
			ids = append(ids, task.ID)
		}
	}
	var tasks []reads.Task
	for some := range slices.Chunk(ids, mostListed) {
		in, args := sqldb.List(some)
		part, err := t.openTasks(ctx, clinic, "AND k.id IN ("+in+")", args...)
		if err != nil {
			return page, err
		}
		tasks = append(tasks, part...)
	}
	slices.SortFunc(tasks, func(a, b reads.Task) int {
		return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.ID, b.ID))
	})
	page.Calls = reads.CallsOf(tasks)
	return page, t.sayCalls(ctx, clinic, page.Calls)
}

// callWindow chooses a page of calls: after one cursor, or right before the other.
func callWindow(calls []reads.Call, q reads.TaskQuery) (from, to int) {
	behind := func(mark reads.Cursor, or bool) int {
		i := slices.IndexFunc(calls, func(c reads.Call) bool {
			at := callCursor(c)
			order := cmp.Or(at.At.Compare(mark.At), cmp.Compare(at.ID, mark.ID))
			return order > 0 || or && order == 0
		})
		if i < 0 {
			return len(calls)
		}
		return i
	}
	switch {
	case q.Before.ID != "":
		from = max(0, behind(q.Before, true)-q.Limit)
	case q.After.ID != "":
		from = behind(q.After, false)
	}
	return from, min(len(calls), from+q.Limit)
}

func callCursor(c reads.Call) reads.Cursor {
	return reads.Cursor{At: c.Tasks[0].Due, ID: c.Tasks[0].ID}
}

// sayCalls fills in what is to be said, and in which language and zone.
func (t *tx) sayCalls(ctx context.Context, clinic scheduler.ID, calls []reads.Call) error {
	var people []scheduler.ID
	for _, c := range calls {
		if c.Person != "" {
			people = append(people, c.Person)
		}
	}
	if len(people) == 0 {
		return nil
	}
	known, err := t.knownSeats(ctx, clinic, people)
	if err != nil {
		return err
	}
	among, args := sqldb.Among(t.Tx, "id", people)
	rows, err := t.Query(ctx, "SELECT id, zone, language FROM people WHERE clinic = ? AND "+among,
		append([]any{clinic}, args...)...)
	if err != nil {
		return err
	}
	speak := map[scheduler.ID][2]string{}
	_, err = sqldb.Collect(rows, func(rows *sql.Rows) (none struct{}, err error) {
		var id scheduler.ID
		var zone, language string
		err = rows.Scan(&id, &zone, &language)
		speak[id] = [2]string{zone, language}
		return none, err
	})
	if err != nil {
		return err
	}
	settings, err := t.settingsOf(ctx, clinic, people)
	if err != nil {
		return err
	}
	clinicOf, err := t.contactOf(ctx, clinic)
	if err != nil {
		return err
	}
	for i := range calls {
		c := &calls[i]
		c.Contact, c.Clinic = settings[c.Person].Contact, clinicOf
		c.Zone, c.Language = speak[c.Person][0], speak[c.Person][1]
		for j := range c.Tasks {
			c.Tasks[j].Says = saidDates(c.Tasks[j].Task, known[c.Person], t.db.now())
		}
		c.Version = callVersion(c)
	}
	return nil
}

// saidDates are the dates that a task says to its person.
func saidDates(task scheduler.Task, known []knownSeat, now time.Time) (dates []reads.SaidDate) {
	if !tellsOfDates(task) {
		return nil
	}
	for _, s := range saidSeats(task, known, now) {
		dates = append(dates, reads.SaidDate{Moment: s.Moment, Before: s.Before, Off: s.Off, Zone: s.Zone})
	}
	return dates
}

// callVersion changes with everything that there is to say, and with every try.
func callVersion(c *reads.Call) string {
	sum := sha256.New()
	for _, task := range c.Tasks {
		fmt.Fprintln(sum, task.ID, task.Tries)
		for _, d := range task.Says {
			fmt.Fprintln(sum, d.Expected, sqldb.Stamp(d.Start), sqldb.Stamp(d.End), d.Place, d.Off)
		}
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// RecordCall ends the call that a task belongs to. A person who is reached was told every date of it.
func (db *DB) RecordCall(ctx context.Context, a access.Actor, clinic, task scheduler.ID,
	q desk.CallChange) (done desk.CallRecorded, err error) {
	if err := access.CheckIn(a, access.TaskDone, string(clinic)); err != nil {
		return done, err
	}
	if !slices.Contains(scheduler.CallOutcomes(), q.Outcome) {
		return done, fault.In("outcome", "A call ends as reached, no-answer or left-word. Choose one of them.")
	}
	err = db.write(ctx, func(t *tx) error {
		done = desk.CallRecorded{}
		now := db.now()
		if _, err := t.share(ctx, clinic); err != nil {
			return err
		}
		call, err := t.openCall(ctx, clinic, task)
		if err != nil || len(call.Tasks) == 0 && q.Outcome == scheduler.CallReached {
			return err
		}
		if done, err = checkCall(call, q, now, t.location(call.Zone)); err != nil {
			return err
		}
		if q.DryRun {
			return errDryRun
		}
		return t.settleCall(ctx, clinic, a, call, q.Outcome, done, now)
	})
	if errors.Is(err, errDryRun) {
		err = nil
	}
	return done, err
}

// openCall reads and locks all that is said in one call with a task. It is empty when the task is done.
func (t *tx) openCall(ctx context.Context, clinic, id scheduler.ID) (call reads.Call, err error) {
	var ended string
	task := scheduler.Task{ID: id}
	err = t.Row(ctx, "SELECT done_at, about, person, staff FROM tasks WHERE clinic = ? AND id = ?"+t.ForUpdate(),
		clinic, id).Scan(&ended, &task.About, &task.Person, &task.Staff)
	if errors.Is(err, sql.ErrNoRows) {
		return call, notFound("There is no such task. Look at the list again.")
	}
	if err != nil || ended != "" {
		return call, err
	}
	clause, args := "AND k.id = ?", []any{id}
	if task.Spoken() {
		clause, args = "AND k.person = ?", []any{task.Person}
		rows, err := t.Query(ctx, "SELECT id FROM tasks WHERE clinic = ? AND person = ? AND done_at = '' ORDER BY id"+
			t.ForUpdate(), clinic, task.Person)
		if err != nil {
			return call, err
		}
		if _, err := sqldb.Collect(rows, scanID); err != nil {
			return call, err
		}
	}
	tasks, err := t.openTasks(ctx, clinic, clause+" ORDER BY k.due_at, k.id", args...)
	if err != nil {
		return call, err
	}
	for _, c := range reads.CallsOf(tasks) {
		if slices.ContainsFunc(c.Tasks, func(k reads.Task) bool { return k.ID == id }) {
			calls := []reads.Call{c}
			err = t.sayCalls(ctx, clinic, calls)
			call = calls[0]
		}
	}
	return call, err
}

// checkCall says what an outcome would do.
func checkCall(call reads.Call, q desk.CallChange, now time.Time, zone *time.Location) (done desk.CallRecorded,
	err error) {
	switch {
	case len(call.Tasks) == 0:
		return done, fault.New(fault.Closed, "This task is done already. Look at the list again.")
	case q.Version != "" && q.Version != call.Version:
		return done, fault.New(fault.Stale,
			"What there is to say has changed since this page was shown. Look at it again before you tell them.")
	}
	done.Person = call.Person
	for _, task := range call.Tasks {
		done.Tasks = append(done.Tasks, task.ID)
		done.Dates += len(task.Says)
		if task.About == scheduler.AboutOffer && task.Enrollment != "" {
			done.Offers = append(done.Offers, task.Enrollment)
		}
	}
	if q.Outcome == scheduler.CallReached {
		return done, nil
	}
	first := call.FirstSaid(now)
	done.Dates, done.Offers, done.Again = 0, nil, q.Again
	switch {
	case call.Person == "":
		err = fault.In("outcome", "This task is not a call. Mark it done, or leave it open.")
	case q.Again.IsZero():
		done.Again = call.NextTry(now, zone)
	case !q.Again.After(now):
		err = fault.In("again", "This time is over. Choose a later one for the next try.")
	case q.Again.After(now.Add(scheduler.MaxCallRest)):
		err = fault.In("again", "The next try is more than 60 days ahead. Choose an earlier time.")
	case !first.IsZero() && !q.Again.Before(first):
		err = fault.In("again", "The first date to tell is over by then. Choose an earlier time for the next try.")
	}
	return done, err
}

// settleCall saves an outcome that was checked.
func (t *tx) settleCall(ctx context.Context, clinic scheduler.ID, a access.Actor, call reads.Call,
	outcome scheduler.CallOutcome, done desk.CallRecorded, now time.Time) error {
	entry := scheduler.AuditEntry{Action: "call." + string(outcome), Subjects: slices.Clone(done.Tasks)}
	if call.Person == "" {
		entry.Action = "task.done"
	} else {
		entry.Subjects = append(entry.Subjects, call.Person)
	}
	for _, task := range call.Tasks {
		if outcome == scheduler.CallReached {
			if err := t.finish(ctx, clinic, a, task.Task, now); err != nil {
				return err
			}
			continue
		}
		err := t.Exec(ctx, `
			UPDATE tasks SET due_at = ?, tries = tries + 1, tried_at = ?, tried = ? WHERE clinic = ? AND id = ?`,
			sqldb.Stamp(done.Again), sqldb.Stamp(now), outcome, clinic, task.ID)
		if err != nil {
			return fmt.Errorf("noting a try: %w", err)
		}
	}
	return t.audit(ctx, clinic, a, now, entry)
}
