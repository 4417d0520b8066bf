package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/gate"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// Here and in files called system_… stand the queries that cannot name one clinic, with reasons. A test finds any other
// that leaves it out.

// CohortRef names a cohort and the clinic it belongs to.
type CohortRef struct{ Clinic, Cohort scheduler.ID }

// rollingCohorts: the projection reaches on at every clinic at once.
func (t *tx) rollingCohorts(ctx context.Context) ([]CohortRef, error) {
	rows, err := t.Query(ctx, "SELECT clinic, id FROM cohorts WHERE rolling = 1 AND state = ? ORDER BY clinic, id",
		scheduler.CohortOpen)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, scanCohortRef)
}

// openCohorts: people graduate at every clinic, and what is not done is asked for.
func (t *tx) openCohorts(ctx context.Context) ([]CohortRef, error) {
	rows, err := t.Query(ctx, "SELECT clinic, id FROM cohorts WHERE state = ? ORDER BY clinic, id",
		scheduler.CohortOpen)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, scanCohortRef)
}

// restlessCohorts: offers lapse, leaves end and seats rest no longer at every
// clinic. Little stands in the three partial indexes and among what can be taken
// back, so this is read every minute.
func (t *tx) restlessCohorts(ctx context.Context, now time.Time) ([]CohortRef, error) {
	rows, err := t.Query(ctx, `SELECT e.clinic, e.cohort FROM offers o JOIN enrollments e ON e.id = o.enrollment
WHERE o.state = 'open'
UNION SELECT e.clinic, e.cohort FROM leaves l JOIN enrollments e ON e.id = l.enrollment WHERE l.ended_at = ''
AND l.until_at <= ?
UNION SELECT x.clinic, x.cohort FROM enrollment_facts f JOIN sessions x ON x.id = f.what WHERE f.kind = 'excused'
AND f.at <= ? AND f.at > ?
ORDER BY 1, 2`, sqldb.Stamp(now), sqldb.Stamp(now.Add(-scheduler.ExcuseRest)),
		sqldb.Stamp(now.Add(-scheduler.ExcuseRest-lookedAt)))
	if err != nil {
		return nil, err
	}
	restless, err := sqldb.Collect(rows, scanCohortRef)
	if err != nil {
		return nil, err
	}
	rested, err := t.restedCohorts(ctx, now)
	for _, ref := range rested {
		if !slices.Contains(restless, ref) {
			restless = append(restless, ref)
		}
	}
	return restless, err
}

// restedCohorts: changes stop resting at every clinic. Each is found for some
// minutes, should one look fail; later the hourly upkeep finds its seats.
func (t *tx) restedCohorts(ctx context.Context, now time.Time) ([]CohortRef, error) {
	rows, err := t.Query(ctx,
		"SELECT clinic, image FROM undos WHERE expires_at <= ? AND expires_at > ? AND resting <> '{}' ORDER BY "+
			"clinic, change_no",
		sqldb.Stamp(now), sqldb.Stamp(now.Add(-lookedAt)))
	if err != nil {
		return nil, err
	}
	var refs []CohortRef
	_, err = sqldb.Collect(rows, func(rows *sql.Rows) (struct{}, error) {
		var clinic scheduler.ID
		var packed []byte
		if err := rows.Scan(&clinic, &packed); err != nil {
			return struct{}{}, err
		}
		image, err := unpackImage(packed)
		if err != nil || len(image.Resting) == 0 {
			return struct{}{}, err
		}
		for _, c := range image.Cohorts {
			refs = append(refs, CohortRef{clinic, c.Cohort.ID})
		}
		return struct{}{}, nil
	})
	return refs, err
}

func scanCohortRef(rows *sql.Rows) (ref CohortRef, err error) {
	return ref, rows.Scan(&ref.Clinic, &ref.Cohort)
}

// dutyDue and claimDuty: duties belong to the installation, not to a clinic.
// Reading first spares a write for every node and tick that has nothing to do.
func (db *DB) dutyDue(ctx context.Context, name string, now time.Time) (due bool, err error) {
	err = db.view(ctx, func(t *tx) error {
		var next string
		err := t.Row(ctx, "SELECT next_run FROM duties WHERE name = ?", name).Scan(&next)
		if errors.Is(err, sql.ErrNoRows) {
			due = true
			return nil
		}
		due = next <= sqldb.Stamp(now)
		return err
	})
	return due, err
}

func (t *tx) claimDuty(ctx context.Context, name string, now, next time.Time) (int64, error) {
	return t.Count(ctx, `
		INSERT INTO duties (name, next_run) VALUES (?, ?)
		ON CONFLICT (name) DO UPDATE SET next_run = excluded.next_run WHERE duties.next_run <= ?`,
		name, sqldb.Stamp(next), sqldb.Stamp(now))
}

// holder is whom a private address belongs to, and how far they have come.
type holder struct {
	reads.FeedKey
	revoked time.Time
	ended   time.Time // when the last enrollment ended; zero while one lives, or when there was none
}

// living stands for the end of an enrollment that has none; it sorts behind
// every instant, so one of them is the greatest.
const living = "living"

// holderQuery: anyone who comes with a token has not said which clinic they mean. The address of a record that was
// merged is that of the person who stays.
const holderQuery = `
	SELECT k.clinic, w.id, k.subject, k.generation, k.mac, p.merged_into, p.merged_mac, k.revoked_at,
	  w.rev, c.rev, w.language,
	  coalesce((SELECT max(CASE WHEN e.state IN ('completed', 'withdrawn') THEN e.ended_at ELSE 'living' END)
	    FROM enrollments e WHERE e.person = w.id), '')
	FROM tokens k JOIN people p ON p.id = k.subject
	  JOIN people w ON w.id = CASE WHEN p.merged_into = '' THEN p.id ELSE p.merged_into END
	  JOIN clinics c ON c.id = k.clinic
	WHERE k.hash = ? AND k.purpose = ?`

// forgetKeys: answers of the API grow old alike at all clinics.
func (t *tx) forgetKeys(ctx context.Context, before time.Time) (int64, error) {
	return t.Count(ctx, "DELETE FROM idempotency_keys WHERE created_at <= ?", sqldb.Stamp(before))
}

// dueNotices gives the ids of planned notices that are due and rest no longer, the
// most urgent first: one queue serves all clinics. An actor that was narrowed to
// one clinic sees that one only.
func (t *tx) dueNotices(ctx context.Context, a access.Actor, now time.Time, limit int) ([]scheduler.ID, error) {
	at := sqldb.Stamp(now)
	rows, err := t.Query(ctx, `
		SELECT id FROM notices
		WHERE state = 'planned' AND due_at <= ? AND queued_until <= ? AND lease_until <= ? AND (? = '' OR clinic = ?)
		ORDER BY not_after, due_at, id LIMIT ?`, at, at, at, a.Clinic, a.Clinic, limit)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, scanID)
}

// markQueued keeps due notices from being pushed again before until, and gives
// those that nobody else has just marked. Rows that another node holds are
// passed over, not waited for.
func (t *tx) markQueued(ctx context.Context, ids []scheduler.ID, now, until time.Time) ([]reads.Ticket, error) {
	at := sqldb.Stamp(now)
	in, args := sqldb.List(ids)
	rows, err := t.Query(ctx, `
		UPDATE notices SET queued_until = ? WHERE id IN (
		  SELECT id FROM notices WHERE id IN (`+in+`)
		  AND state = 'planned' AND queued_until <= ? AND lease_until <= ?`+t.SkipLocked()+`)
		RETURNING id, not_after`, slices.Concat([]any{sqldb.Stamp(until)}, args, []any{at, at})...)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, func(rows *sql.Rows) (ticket reads.Ticket, err error) {
		return ticket, rows.Scan(&ticket.ID, sqldb.When(&ticket.Deadline))
	})
}

// claimable tells whose notices of these could be claimed now: the queue
// carries ids and nothing else, so the clinic is only known from here on.
func (t *tx) claimable(ctx context.Context, a access.Actor, ids []scheduler.ID, now time.Time) ([]origin, error) {
	at := sqldb.Stamp(now)
	among, args := sqldb.Among(t.Tx, "id", ids)
	rows, err := t.Query(ctx, `
		SELECT id, clinic, kind FROM notices
		WHERE `+among+` AND state = 'planned' AND due_at <= ? AND lease_until <= ? AND (? = '' OR clinic = ?)
		ORDER BY clinic, id`, append(args, at, at, a.Clinic, a.Clinic)...)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, func(rows *sql.Rows) (o origin, err error) {
		return o, rows.Scan(&o.notice, &o.clinic, &o.kind)
	})
}

// seatOfUID tells whose seat has a UID: anyone who answers an invite has not said
// which clinic they mean.
func (t *tx) seatOfUID(ctx context.Context, uid string) (clinic, seat scheduler.ID, err error) {
	err = t.Row(ctx, "SELECT clinic, id FROM seats WHERE uid = ?", uid).Scan(&clinic, &seat)
	return clinic, seat, err
}

// noticeSentBack and welcomeSentBack tell whose mail came back: a report names
// our Message-ID and no clinic.
func (t *tx) noticeSentBack(ctx context.Context, id scheduler.ID) (clinic, notice scheduler.ID, err error) {
	err = t.Row(ctx, "SELECT clinic, id FROM notices WHERE id = ? AND channel = 'email'", id).Scan(&clinic, &notice)
	return clinic, notice, err
}

func (t *tx) welcomeSentBack(ctx context.Context, thread scheduler.ID) (clinic, notice scheduler.ID, err error) {
	err = t.Row(ctx, "SELECT clinic, id FROM notices WHERE id = ? AND kind = 'welcome' AND channel = 'email'",
		thread).Scan(&clinic, &notice)
	return clinic, notice, err
}

// backlog and fates: the operator watches the whole installation.
func (t *tx) backlog(ctx context.Context, now time.Time) (b reads.Backlog, err error) {
	at := sqldb.Stamp(now)
	var oldest time.Time
	err = t.Row(ctx, `
		SELECT count(*), coalesce(sum(CASE WHEN due_at < ? THEN 1 ELSE 0 END), 0), coalesce(sum(CASE
WHEN lease_until > ? THEN 1 ELSE 0 END), 0),
		  coalesce(min(due_at), '')
		FROM notices WHERE state = 'planned' AND due_at <= ?`, sqldb.Stamp(now.Add(-reads.LateAfter)), at, at).
		Scan(&b.Due, &b.Late, &b.Open, sqldb.When(&oldest))
	if !oldest.IsZero() {
		b.OldestDue = now.Sub(oldest)
	}
	return b, err
}

// nextDue takes for each notice the latest of due_at, queued_until and lease_until.
func (t *tx) nextDue(ctx context.Context) (at time.Time, err error) {
	return at, t.Row(ctx, `
		SELECT coalesce(min(
		  CASE
		    WHEN due_at >= queued_until AND due_at >= lease_until THEN due_at
		    WHEN queued_until >= lease_until THEN queued_until
		    ELSE lease_until
		  END), '')
		FROM notices WHERE state = 'planned'`).Scan(sqldb.When(&at))
}

// unusedClinic: whether a clinic is the only one concerns the whole installation.
func (t *tx) unusedClinic(ctx context.Context) (id scheduler.ID, err error) {
	err = t.Row(ctx, `SELECT c.id FROM clinics c WHERE c.name = ? AND c.change_no = 0 AND (SELECT count(*)
FROM clinics) = 1
AND NOT EXISTS (SELECT 1 FROM staff s WHERE s.clinic = c.id) AND NOT EXISTS (SELECT 1 FROM api_tokens k
WHERE k.clinic = c.id)`,
		defaultClinic).Scan(&id)
	return id, err
}

// overdue counts the messages of all clinics that should have left by now, and
// gives for how long the oldest has been due.
func (t *tx) overdue(ctx context.Context, now time.Time) (count int, oldest time.Duration, err error) {
	var first time.Time
	err = t.Row(ctx, "SELECT count(*), coalesce(min(due_at), '') FROM notices WHERE state = 'planned' AND due_at <= ?",
		sqldb.Stamp(now.Add(-reads.OverdueAfter))).Scan(&count, sqldb.When(&first))
	if !first.IsZero() {
		oldest = now.Sub(first)
	}
	return count, oldest, err
}

func (t *tx) fates(ctx context.Context) ([]reads.NoticeCount, error) {
	rows, err := t.Query(ctx,
		"SELECT state, reason, count(*) FROM notices GROUP BY state, reason ORDER BY state, reason")
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, func(rows *sql.Rows) (f reads.NoticeCount, err error) {
		return f, rows.Scan(&f.State, &f.Reason, &f.Count)
	})
}

// strays: the operator sees a storm of answers whichever mailbox it comes to.
func (t *tx) strays(ctx context.Context) (answers int, err error) {
	return answers, t.Row(ctx, "SELECT coalesce(sum(answers), 0) FROM strays").Scan(&answers)
}

// openDefinitions and foresightSeats: the near future comes to all clinics at once.
func (t *tx) openDefinitions(ctx context.Context) ([]string, error) {
	rows, err := t.Query(ctx, "SELECT DISTINCT definition FROM cohorts WHERE state = 'open'")
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, func(rows *sql.Rows) (hash string, err error) { return hash, rows.Scan(&hash) })
}

// foresightSeats gives the seats whose session starts until soon, and of those
// without an invite the ones until far.
func (t *tx) foresightSeats(ctx context.Context, a access.Actor, now, soon, far time.Time) ([]foresightSeat, error) {
	rows, err := t.Query(ctx,
		"SELECT c.clinic, c.id, c.definition, e.id, e.state, p.id, p.zone, "+seatColumns+", "+sessionTruth+`
		FROM sessions x JOIN seats s ON s.session = x.id JOIN enrollments e ON e.id = s.enrollment
		JOIN people p ON p.id = e.person JOIN cohorts c ON c.id = x.cohort
		WHERE x.state = 'planned' AND x.start_at > ? AND x.start_at <= ? AND (s.invited = 0 OR x.start_at <= ?)
		  AND s.state = 'planned' AND e.state = 'active' AND (? = '' OR x.clinic = ?)
		ORDER BY c.clinic, x.start_at, s.id`, sqldb.Stamp(now), sqldb.Stamp(far), sqldb.Stamp(soon), a.Clinic, a.Clinic)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, scanForesight)
}

// foreseenAssignments gives the invites that are due to staff who lead a session soon and stand in no
// calendar yet, by clinic.
func (t *tx) foreseenAssignments(ctx context.Context, a access.Actor,
	now time.Time) (map[scheduler.ID][]scheduler.Notice, error) {
	rows, err := t.Query(ctx, `
		SELECT x.clinic, x.id, x.start_at, x.end_at, x.leader
		FROM sessions x JOIN staff f ON f.id = x.leader LEFT JOIN assignments d ON d.session = x.id
AND d.staff = x.leader
		WHERE x.state = 'planned' AND x.start_at > ? AND x.start_at <= ? AND f.disabled_at = ''
AND coalesce(d.invited, 0) = 0
		  AND (? = '' OR x.clinic = ?) AND NOT EXISTS (
		    SELECT 1 FROM notices o WHERE o.staff = x.leader AND o.session = x.id AND o.state = 'planned')
		ORDER BY x.start_at, x.id`, sqldb.Stamp(now), sqldb.Stamp(now.Add(scheduler.InviteWindow)), a.Clinic, a.Clinic)
	if err != nil {
		return nil, err
	}
	due := map[scheduler.ID][]scheduler.Notice{}
	_, err = sqldb.Collect(rows, func(rows *sql.Rows) (s scheduler.Session, err error) {
		var clinic scheduler.ID
		err = rows.Scan(&clinic, &s.ID, sqldb.When(&s.Start), sqldb.When(&s.End), &s.Leader)
		due[clinic] = append(due[clinic], gate.ForeseeAssignment(&s, now))
		return s, err
	})
	return due, err
}

// assignmentOfUID finds the session and the member of staff of an invite, and their sealed address.
func (t *tx) assignmentOfUID(ctx context.Context, uid string) (a staffAnswer, err error) {
	err = t.Row(ctx, `
		SELECT a.clinic, a.session, a.staff, x.cohort, x.start_at, x.leader, f.email
		FROM assignments a JOIN sessions x ON x.id = a.session JOIN staff f ON f.id = a.staff WHERE a.uid = ?`, uid).
		Scan(&a.clinic, &a.session, &a.staff, &a.cohort, sqldb.When(&a.start), &a.leader, &a.email)
	return a, err
}

// allSettings: the near future comes to all clinics at once, and few people have
// settings. longest is the longest of their own leads, early by how much their
// hours may move a reminder.
func (t *tx) allSettings(
	ctx context.Context,
) (all map[scheduler.ID]gate.Settings, longest, early time.Duration, err error) {
	rows, err := t.Query(ctx, "SELECT "+settingColumns+" FROM settings")
	if err != nil {
		return nil, 0, 0, err
	}
	all = map[scheduler.ID]gate.Settings{}
	if err := collectSettings(rows, all); err != nil {
		return nil, 0, 0, err
	}
	for _, s := range all {
		for _, lead := range s.Leads {
			longest = max(longest, lead)
		}
		if s.EmailHours != (gate.Hours{}) {
			early = 24 * time.Hour
		}
	}
	return all, longest, early, nil
}

// allDefaults gives what clinics ever chose for who chose nothing: the near future comes to all clinics at once.
func (t *tx) allDefaults(ctx context.Context) ([]clinicDefault, error) {
	rows, err := t.Query(ctx, `
		SELECT id, hours_from, hours_until, leads, leads_at FROM clinics WHERE hours_from <> '' OR leads_at <> ''`)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, scanClinicDefault)
}

func scanID(rows *sql.Rows) (id scheduler.ID, err error) { return id, rows.Scan(&id) }

// quick runs one query for one row outside a transaction, for the looking up of
// tokens that every request begins with.
func (db *DB) quick(ctx context.Context, query string, args ...any) *sql.Row {
	return db.sql.Row(ctx, query, args...)
}

// holder: a passkey says nothing of its clinic, and the handle in it is the id of its member of staff.
func (t *tx) holder(ctx context.Context, staff scheduler.ID) (clinic scheduler.ID, err error) {
	return clinic, t.Row(ctx, "SELECT clinic FROM staff WHERE id = ? AND disabled_at = ''", staff).Scan(&clinic)
}
