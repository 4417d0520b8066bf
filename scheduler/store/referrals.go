package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// mostReferrals bounds the open referrals of a clinic.
const mostReferrals = 5000

// mostSearched is how many referrals one search looks through.
const mostSearched = 20_000

// referralColumns are what scanReferral reads. An enrollment that was undone is none.
const referralColumns = `f.id, f.data, f.received_at, coalesce(e.id, ''), f.closed_at
FROM referrals f LEFT JOIN enrollments e ON e.clinic = f.clinic AND e.id = f.enrollment`

// isOpen holds for referrals of people who are to be enrolled.
const isOpen = "f.closed_at = '' AND e.id IS NULL"

// AddReferrals stores referrals, all or none, and returns their ids. A repeated request gives those of the first.
// Invalid names the fields to correct, of several referrals as referrals[2].email; Full beyond 5,000 open ones.
func (db *DB) AddReferrals(ctx context.Context, a access.Actor, clinic scheduler.ID,
	q desk.ReferralRequest) (ids []scheduler.ID, err error) {
	if err := access.CheckIn(a, access.Enroll, string(clinic)); err != nil {
		return nil, err
	}
	asked := desk.Change{Clinic: clinic, Actor: a, Action: access.Enroll, Once: q.Once}
	first := randomID()
	err = db.write(ctx, func(t *tx) error {
		c, err := t.lock(ctx, clinic)
		if err != nil {
			return err
		}
		if err := t.recall(ctx, asked); err != nil {
			return err
		}
		checked, err := t.checkReferrals(ctx, c, q.Referrals)
		if err != nil {
			return err
		}
		if q.DryRun {
			return errDryRun
		}
		ids = referralIDs(first, len(checked))
		for i, r := range checked {
			r.ID, r.ReceivedAt = ids[i], db.now()
			if err := t.insertReferral(ctx, clinic, a, r); err != nil {
				return err
			}
		}
		err = t.audit(ctx, clinic, a, db.now(), scheduler.AuditEntry{Action: "referral.add", Subjects: ids})
		if err != nil {
			return err
		}
		return t.keep(ctx, asked, &scheduler.Book{Made: first})
	})
	var before *desk.Repeated
	switch {
	case errors.Is(err, errDryRun):
		return nil, nil
	case errors.As(err, &before):
		return referralIDs(before.Made, len(q.Referrals)), nil
	case err != nil:
		return nil, err
	}
	return ids, nil
}

// referralIDs gives the ids of n referrals that are stored together: those after the first follow from it.
func referralIDs(first scheduler.ID, n int) []scheduler.ID {
	ids := make([]scheduler.ID, n)
	for i := range ids {
		if ids[i] = first; i > 0 {
			ids[i] = scheduler.DeriveID(first, "referral", strconv.Itoa(i))
		}
	}
	return ids
}

// checkReferrals returns referrals as they are stored. It fails as AddReferrals does.
func (t *tx) checkReferrals(ctx context.Context, c scheduler.Clinic,
	all []scheduler.Referral) (checked []scheduler.Referral, err error) {
	var open int
	err = t.Row(ctx, "SELECT count(*) FROM referrals WHERE clinic = ? AND closed_at = '' AND enrollment = ''",
		c.ID).Scan(&open)
	if err != nil {
		return nil, fmt.Errorf("counting referrals: %w", err)
	}
	if open+len(all) > mostReferrals {
		return nil, fault.New(fault.Full, "A clinic keeps at most %d open referrals. Enroll or close some first.",
			mostReferrals)
	}
	var problems []error
	for i := range all {
		r, err := all[i].Check(c, t.db.zones, t.db.now())
		if err != nil {
			problems = append(problems, atReferral(i, len(all), err))
		}
		checked = append(checked, r)
	}
	return checked, errors.Join(problems...)
}

// atReferral says which of n referrals a problem is about.
func atReferral(i, n int, err error) error {
	if n == 1 {
		return err
	}
	var moved []error
	for _, f := range fault.All(err) {
		moved = append(moved, f.In(fmt.Sprintf("referrals[%d].%s", i, f.Field)))
	}
	return errors.Join(moved...)
}

func (t *tx) insertReferral(ctx context.Context, clinic scheduler.ID, a access.Actor, r scheduler.Referral) error {
	data, err := t.referralData(ctx, clinic, r)
	if err != nil {
		return err
	}
	err = t.Exec(ctx, "INSERT INTO referrals (id, clinic, data, received_at, by_actor) VALUES (?, ?, ?, ?, ?)", r.ID,
		clinic, data, sqldb.Stamp(r.ReceivedAt), a.String())
	if err != nil {
		return fmt.Errorf("writing a referral: %w", err)
	}
	return nil
}

// referralData seals what a referral says.
func (t *tx) referralData(ctx context.Context, clinic scheduler.ID, r scheduler.Referral) (any, error) {
	key, err := t.key(ctx, clinic)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("writing a referral: %w", err)
	}
	return sealed(key, place(clinic, "referrals", "data", r.ID), string(text)), nil
}

// SetReferral replaces what an open referral says. With ClosedAt set, to any instant, it is closed now. NotFound when
// there is no such referral; Closed when it is not open; Invalid names the fields to correct.
func (db *DB) SetReferral(ctx context.Context, a access.Actor, clinic scheduler.ID, r scheduler.Referral,
	m reads.Mode) error {
	if err := access.CheckIn(a, access.Enroll, string(clinic)); err != nil {
		return err
	}
	err := db.write(ctx, func(t *tx) error {
		c, err := t.lock(ctx, clinic)
		if err != nil {
			return err
		}
		before, err := t.referral(ctx, clinic, r.ID)
		if err != nil {
			return err
		}
		if before.State() != scheduler.ReferralOpen {
			return errReferralEnded()
		}
		checked, err := r.Check(c, db.zones, db.now())
		if err != nil {
			return err
		}
		if m == reads.OnlyCheck {
			return errDryRun
		}
		action, closed := "referral.change", ""
		checked.ReceivedAt, checked.Enrollment = before.ReceivedAt, ""
		if !r.ClosedAt.IsZero() {
			action, closed, checked.ClosedAt = "referral.close", sqldb.Stamp(db.now()), db.now()
		}
		data, err := t.referralData(ctx, clinic, checked)
		if err != nil {
			return err
		}
		err = t.Exec(ctx, "UPDATE referrals SET data = ?, closed_at = ? WHERE clinic = ? AND id = ?", data, closed,
			clinic, r.ID)
		if err != nil {
			return fmt.Errorf("changing a referral: %w", err)
		}
		return t.audit(ctx, clinic, a, db.now(),
			scheduler.AuditEntry{Action: action, Subjects: []scheduler.ID{r.ID},
				Fields: referralFields(before, checked)})
	})
	if errors.Is(err, errDryRun) {
		return nil
	}
	return err
}

func errReferralEnded() error {
	return fault.New(fault.Closed, "This referral is enrolled or closed already. Look at the list again.")
}

// Referral returns one referral. NotFound when there is none with this id.
func (db *DB) Referral(ctx context.Context, a access.Actor, clinic, id scheduler.ID) (r scheduler.Referral, err error) {
	if err := access.CheckIn(a, access.Enroll, string(clinic)); err != nil {
		return r, err
	}
	err = db.view(ctx, func(t *tx) error {
		r, err = t.referral(ctx, clinic, id)
		return err
	})
	return r, err
}

func (t *tx) referral(ctx context.Context, clinic, id scheduler.ID) (r scheduler.Referral, err error) {
	all, err := t.referralRows(ctx, clinic, "f.id = ?", id)
	if err == nil && len(all) == 0 {
		err = notFound("There is no such referral. Choose one from the list.")
	}
	if err != nil {
		return r, err
	}
	return all[0], nil
}

// referralRows reads the referrals that a condition selects.
func (t *tx) referralRows(ctx context.Context, clinic scheduler.ID, where string,
	args ...any) ([]scheduler.Referral, error) {
	key, err := t.key(ctx, clinic)
	if err != nil {
		return nil, err
	}
	rows, err := t.Query(ctx, "SELECT "+referralColumns+" WHERE f.clinic = ? AND "+where,
		append([]any{clinic}, args...)...)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, func(rows *sql.Rows) (r scheduler.Referral, err error) {
		var data []byte
		err = rows.Scan(&r.ID, &data, sqldb.When(&r.ReceivedAt), &r.Enrollment, sqldb.When(&r.ClosedAt))
		if err != nil {
			return r, err
		}
		text, err := openedExactly(key, place(clinic, "referrals", "data", r.ID), data)
		if err == nil {
			err = json.Unmarshal([]byte(text), &r)
		}
		if err != nil {
			return r, fmt.Errorf("reading referral %s: %w", r.ID, err)
		}
		return r, nil
	})
}

// Referrals lists referrals, the longest waiting first. A search looks at names, addresses, numbers and ids.
func (db *DB) Referrals(ctx context.Context, a access.Actor, clinic scheduler.ID,
	q reads.ReferralQuery) (page reads.Referrals, err error) {
	if err := access.CheckIn(a, access.Enroll, string(clinic)); err != nil {
		return page, err
	}
	where, args := isOpen, []any{}
	if q.Ended {
		where = "NOT (" + isOpen + ")"
	}
	if q.After.ID != "" {
		where += " AND (f.received_at, f.id) > (?, ?)"
		args = append(args, sqldb.Stamp(q.After.At), q.After.ID)
	}
	where += " ORDER BY f.received_at, f.id LIMIT ?"
	err = db.view(ctx, func(t *tx) error {
		page = reads.Referrals{}
		var err error
		if name := scheduler.NewPersonSearch(q.Name); !name.IsEmpty() {
			// Names are sealed, so every one is opened.
			page.Rows, err = t.referralRows(reads.WithViewing(ctx, nil), clinic, where, append(args, mostSearched)...)
			page.Rows = slices.DeleteFunc(page.Rows,
				func(r scheduler.Referral) bool { return !name.Matches(r.Contact) })
		} else {
			page.Rows, err = t.referralRows(ctx, clinic, where, append(args, q.Limit+1)...)
		}
		if err != nil {
			return err
		}
		if len(page.Rows) > q.Limit {
			page.Rows = page.Rows[:q.Limit]
			page.Next = reads.Cursor{At: page.Rows[q.Limit-1].ReceivedAt, ID: page.Rows[q.Limit-1].ID}
		}
		for _, r := range page.Rows {
			reads.ViewingOf(ctx).Saw(reads.FieldReferral, r.ID)
		}
		return t.Row(ctx, `SELECT count(*) FROM referrals f LEFT JOIN enrollments e
ON e.clinic = f.clinic AND e.id = f.enrollment WHERE f.clinic = ? AND `+isOpen, clinic).Scan(&page.Open)
	})
	return page, err
}

// placeReferral notes which enrollment came of a referral. Closed when the referral is not open any more.
func (s *saving) placeReferral(ctx context.Context, l *loaded) error {
	p := l.book.Placed
	if p == nil {
		return nil
	}
	before, err := s.referral(ctx, s.clinic, p.Referral)
	if err != nil {
		return err
	}
	if before.State() != scheduler.ReferralOpen {
		return errReferralEnded()
	}
	s.saved = true
	err = s.Exec(ctx, "UPDATE referrals SET enrollment = ? WHERE clinic = ? AND id = ?", p.Enrollment, s.clinic,
		p.Referral)
	if err != nil {
		return fmt.Errorf("noting the enrollment of a referral: %w", err)
	}
	return nil
}
