package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/gate"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// staffTruth is what stands about a notice to staff.
type staffData struct {
	rows []*assignmentData // the one it is about, or those of which a text has news
	news []scheduler.News  // of a text, in the order of rows
}

// assignmentTruth is an assignment with what matters of its session and cohort.
type assignmentData struct {
	scheduler.Assignment
	session            scheduler.Session
	cohort             scheduler.ID
	cohortName, zone   string
	resting, announced bool // a calendar mail about it is planned for later; for now
}

// staffTruthColumns are read of a notice n and a member of staff f.
const staffTruthColumns = noticeColumns + `, f.name, f.email, f.disabled_at,
	CASE WHEN n.attempts = 0 THEN 0 ELSE (SELECT count(*) FROM attempts a WHERE a.notice = n.id AND a.outcome = '') END,
	CASE WHEN EXISTS (SELECT 1 FROM notices o WHERE o.staff = n.staff AND o.lease_until > ?) THEN 1 ELSE 0 END,
	coalesce((SELECT min(o.due_at) FROM notices o
	  WHERE o.staff = n.staff AND o.kind = 'assignments' AND o.state = 'planned' AND o.due_at <= n.due_at
AND o.id <> n.id), '')`

// staffNotices reads everything that the gate looks at about notices to staff.
func (t *tx) staffNotices(ctx context.Context, clinic scheduler.ID, origins []origin,
	now time.Time) ([]*noticeData, error) {
	ids := of(origins, func(o origin) bool { return o.kind.ToStaff() }, func(o origin) scheduler.ID { return o.notice })
	if len(ids) == 0 {
		return nil, nil
	}
	among, list := sqldb.Among(t.Tx, "n.id", ids)
	rows, err := t.Query(ctx,
		"SELECT "+staffTruthColumns+" FROM notices n JOIN staff f ON f.id = n.staff WHERE n."+ofClinic+" AND "+among,
		slices.Concat([]any{sqldb.Stamp(now), clinic}, list)...)
	if err != nil {
		return nil, err
	}
	all, err := sqldb.Collect(rows, scanStaffNotice)
	if err != nil {
		return nil, fmt.Errorf("reading notices to staff: %w", err)
	}
	assignments, err := t.assignmentsOf(ctx, clinic, all, now)
	if err != nil {
		return nil, fmt.Errorf("reading what staff were told: %w", err)
	}
	return slices.DeleteFunc(all, func(n *noticeData) bool { return !n.addAssignments(assignments, now) }), nil
}

func scanStaffNotice(rows *sql.Rows) (*noticeData, error) {
	n := &noticeData{staff: &staffData{}}
	var disabled string
	err := rows.Scan(append(n.into(), &n.name, &n.address, &disabled, &n.unrecorded, &n.busy,
		sqldb.When(&n.textDue))...)
	n.claimed.derive()
	if disabled == "" {
		n.reach = []scheduler.Channel{scheduler.Email}
	}
	return n, err
}

// assignmentTruths reads the assignments that some notices are about, and for texts all sessions to
// come of their members of staff, in order of start.
func (t *tx) assignmentsOf(ctx context.Context, clinic scheduler.ID, all []*noticeData,
	now time.Time) ([]*assignmentData, error) {
	among, list := sqldb.Among(t.Tx, "a.staff", unique(all, func(n *noticeData) scheduler.ID { return n.Staff }))
	sessions, args := "",
		slices.Concat([]any{sqldb.Stamp(now), sqldb.Stamp(now), clinic}, list,
			[]any{sqldb.Stamp(now), sqldb.Stamp(now)})
	if ids := unique(all, func(n *noticeData) scheduler.ID { return n.Session }); len(ids) > 0 {
		condition, list := sqldb.Among(t.Tx, "a.session", ids)
		sessions, args = " OR "+condition, append(args, list...)
	}
	rows, err := t.Query(ctx, `
		SELECT a.session, a.staff, a.uid, a.sequence, a.told_expected, a.told_start, a.told_end, a.told_place,
a.told_meeting, a.invited,
		  CASE WHEN a.attempt = '' THEN 0 ELSE 1 END, a.tried_expected, a.tried_start, a.tried_end, a.tried_place,
a.tried_meeting, a.created_at,
		  x.start_at, x.end_at, x.place, x.meeting, x.state, x.leader, x.number, x.title, c.id, c.name, c.zone,
		  CASE WHEN EXISTS (SELECT 1 FROM notices o WHERE o.staff = a.staff AND o.session = a.session
AND o.state = 'planned' AND o.due_at > ?)
		    THEN 1 ELSE 0 END,
		  CASE WHEN EXISTS (SELECT 1 FROM notices o WHERE o.staff = a.staff AND o.session = a.session
AND o.state = 'planned' AND o.due_at <= ?)
		    THEN 1 ELSE 0 END
		FROM assignments a JOIN sessions x ON x.id = a.session JOIN cohorts c ON c.id = x.cohort
		WHERE a.`+ofClinic+` AND `+among+` AND (x.end_at > ? OR a.told_end > ?`+sessions+`)
		ORDER BY x.start_at, x.id`, args...)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, func(rows *sql.Rows) (*assignmentData, error) {
		a := &assignmentData{}
		err := rows.Scan(&a.Session, &a.Staff, &a.UID, &a.Sequence, &a.Told.Expected, sqldb.When(&a.Told.Start),
			sqldb.When(&a.Told.End), &a.Told.Place, &a.Told.Meeting,
			&a.Invited, &a.InDoubt, &a.Tried.Expected, sqldb.When(&a.Tried.Start), sqldb.When(&a.Tried.End),
			&a.Tried.Place, &a.Tried.Meeting, sqldb.When(&a.CreatedAt),
			sqldb.When(&a.session.Start), sqldb.When(&a.session.End), &a.session.Place,
			&a.session.Meeting, &a.session.State, &a.session.Leader, &a.session.Number, &a.session.Title,
			&a.cohort, &a.cohortName, &a.zone, &a.resting, &a.announced)
		a.session.ID = a.Session
		return a, err
	})
}

// addAssignments finds the assignments that a notice is about; false when there is none.
func (n *noticeData) addAssignments(all []*assignmentData, now time.Time) bool {
	if n.Kind == scheduler.AssignedOne {
		i := slices.IndexFunc(all,
			func(a *assignmentData) bool { return a.Staff == n.Staff && a.Session == n.Session })
		if i >= 0 {
			n.staff.rows, n.cohort = all[i:i+1], all[i].cohort
		}
		return i >= 0
	}
	var known []scheduler.KnownAssignment
	for _, a := range all {
		if told := a.Told.Expected || a.announced || a.InDoubt; a.Staff == n.Staff && told && !a.resting {
			known = append(known, scheduler.KnownAssignment{Assignment: a.Assignment, Current: &a.session})
		}
	}
	n.staff.news = scheduler.AssignmentNews(known, now)
	for _, one := range n.staff.news {
		i := slices.IndexFunc(all,
			func(a *assignmentData) bool { return a.Staff == n.Staff && a.Session == one.Session.ID })
		n.staff.rows = append(n.staff.rows, all[i])
		n.cohort = all[i].cohort
	}
	return true
}

// standing puts together what the rules ask about a notice to staff.
func (s *staffData) facts(n *noticeData) gate.Facts {
	standing := gate.Facts{Notice: n.Notice, Reach: n.reach, News: s.news, TextDue: n.textDue}
	if n.Kind == scheduler.AssignedOne {
		standing.Assignment, standing.Session = s.rows[0].Assignment, &s.rows[0].session
	}
	return standing
}

// handover opens what a mail to a member of staff needs. They read dates in the cohort's zone.
func (s *staffData) handover(n *noticeData, clinic scheduler.ID, key *clinicKey,
	now time.Time) (h reads.Handover, err error) {
	if len(s.rows) == 0 {
		return h, fmt.Errorf("notice %s to staff has nothing to tell", n.ID)
	}
	first := s.rows[0]
	h = reads.Handover{
		Notice: n.ID, Clinic: clinic, Attempt: n.attempts + 1, GatedAt: now, Kind: n.Kind, Channel: n.Channel,
		Staff: n.Staff, Thread: scheduler.DeriveID(first.cohort, "staff", string(n.Staff)), Zone: first.zone,
	}
	if h.Name, err = openedExactly(key, place(clinic, "staff", "name", n.Staff), n.name); err != nil {
		return h, err
	}
	if h.Address, err = openedExactly(key, place(clinic, "staff", "email", n.Staff), n.address); err != nil {
		return h, err
	}
	for i, a := range s.rows {
		h.Seats = append(h.Seats, a.handover(now))
		if s.news != nil {
			h.Seats[i].Off = s.news[i].Off
		}
	}
	return h, nil
}

// handover is a session as it is true, and as its member of staff was told of it.
func (a *assignmentData) handover(now time.Time) reads.HandoverSeat {
	seat := reads.HandoverSeat{
		UID: a.UID, Sequence: a.Sequence, Moment: a.session.LedBy(a.Staff), Before: a.Known(), Zone: a.zone,
		CreatedAt: a.CreatedAt, ChangedAt: now, Invited: a.Invited, Cohort: a.cohortName, Title: a.title(),
	}
	switch {
	case seat.Expected:
	case a.session.Live():
		seat.Off = scheduler.OffReleased
	default:
		seat.Off = scheduler.OffCancelled
	}
	return seat
}

// title is what staff call the session.
func (a *assignmentData) title() string {
	if a.session.Number == 0 || a.session.Title == fmt.Sprintf("Session %d", a.session.Number) {
		return a.session.Title
	}
	return strings.TrimSuffix(fmt.Sprintf("%d. %s", a.session.Number, a.session.Title), ". ")
}

// tryAssignments writes down what the mails to staff say that this gate lets pass: a calendar mail
// takes the next SEQUENCE, and a text tells what stands in no calendar.
func (g *gateRun) tryAssignments(ctx context.Context, t *tx) error {
	for _, n := range g.opened {
		if n.staff == nil {
			continue
		}
		attempt := attemptRow(n.ID, n.attempts+1)
		next, which := 1, ""
		if n.Kind == scheduler.AssignedDates {
			next, which = 0, " AND invited = 0"
		}
		for _, a := range n.staff.rows {
			m := a.session.LedBy(a.Staff)
			err := t.Exec(ctx, `
				UPDATE assignments SET sequence = sequence + ?, attempt = ?, tried_expected = ?, tried_start = ?,
tried_end = ?, tried_place = ?, tried_meeting = ?
				WHERE clinic = ? AND session = ? AND staff = ?`+which,
				next, attempt, yes(m.Expected), sqldb.Stamp(m.Start), sqldb.Stamp(m.End), m.Place, m.Meeting, g.clinic,
				a.Session, a.Staff)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// toldStaff remembers what members of staff were told by mails that have left. A text says nothing
// to a calendar.
func (r *recorder) toldStaff(ctx context.Context, handovers []reads.Handover) error {
	for _, h := range handovers {
		if !h.Kind.ToStaff() {
			continue
		}
		invited := "invited"
		if h.Kind == scheduler.AssignedOne {
			invited = fmt.Sprint(yes(h.Method == gate.MethodRequest))
		}
		err := r.tx.Exec(ctx, `
			UPDATE assignments SET told_expected = tried_expected, told_start = tried_start, told_end = tried_end,
told_place = tried_place, told_meeting = tried_meeting,
			  invited = `+invited+`, attempt = ''
			WHERE `+ofClinic+` AND attempt <> '' AND attempt = ?`, r.clinic, attemptRow(h.Notice, h.Attempt))
		if err != nil {
			return fmt.Errorf("writing what staff were told: %w", err)
		}
	}
	return nil
}

// saveAssignments makes a row for each session that a member of staff is to be told of.
func (t *tx) saveAssignments(ctx context.Context, clinic scheduler.ID, notices []scheduler.Notice) error {
	var rows [][]any
	seen := map[string]bool{}
	for _, n := range notices {
		if pair := string(n.Session + " " + n.Staff); n.Kind == scheduler.AssignedOne && !seen[pair] {
			seen[pair] = true
			rows = append(rows, []any{n.Session, n.Staff, clinic, randomUID(), sqldb.Stamp(n.CreatedAt)})
		}
	}
	return t.Insert(ctx, "INSERT INTO assignments (session, staff, clinic, uid, created_at)", rows,
		" ON CONFLICT (session, staff) DO NOTHING")
}

// supersedeStaff drops the planned notices to staff in whose place newer ones stand: a text tells all
// there is to tell, and a calendar mail all about its session.
func (s *saving) supersedeStaff(ctx context.Context, notices []scheduler.Notice) error {
	for _, n := range notices {
		if !n.Kind.ToStaff() {
			continue
		}
		err := s.Exec(ctx, `
			UPDATE notices SET state = 'dropped', reason = ?, done_at = ?
			WHERE `+ofClinic+` AND staff IS NOT NULL AND staff = ? AND session = ? AND kind = ? AND state = 'planned'
AND lease_until <= ?`,
			gate.ReasonSuperseded, sqldb.Stamp(s.now), s.clinic, n.Staff, n.Session, n.Kind, sqldb.Stamp(s.now))
		if err != nil {
			return fmt.Errorf("dropping older notices to staff: %w", err)
		}
	}
	return nil
}

// forgetAssignments erases what was promised to staff about sessions that are taken back. Closed when
// somebody is being told.
func (s *saving) forgetAssignments(ctx context.Context, sessions []scheduler.ID) error {
	in, args := sqldb.List(sessions)
	args = append([]any{s.clinic}, args...)
	tried, err := s.any(ctx,
		"SELECT session FROM assignments WHERE "+ofClinic+" AND (attempt <> '' OR told_start <> '') AND session IN ("+
			in+") LIMIT 1", args)
	if err != nil {
		return err
	}
	if tried {
		return toldAlready()
	}
	for _, from := range []string{"notices WHERE " + ofClinic + " AND staff IS NOT NULL",
		"assignments WHERE " + ofClinic} {
		if err := s.Exec(ctx, "DELETE FROM "+from+" AND session IN ("+in+")", args...); err != nil {
			return err
		}
	}
	return nil
}
