package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/fault"
	"almanac/scheduler/gate"
	"almanac/scheduler/reads"
	"almanac/scheduler/store/sqldb"
)

// What names or reaches a person goes with their key and the rows below. Seats, attendance, notices with their fates
// and the audit stay, of somebody without a name.

// erasing reads what an erasure must know. A record that was merged leads to the one that stays.
func (t *tx) erasing(ctx context.Context, clinic, person scheduler.ID, now time.Time) (*scheduler.Erasing, error) {
	e := &scheduler.Erasing{}
	var stay scheduler.ID
	err := t.Row(ctx, `SELECT CASE WHEN merged_into = '' THEN id ELSE merged_into END, erased_at <> ''
		FROM people WHERE clinic = ? AND id = ?`, clinic, person).Scan(&stay, &e.Already)
	if err != nil {
		return nil, fmt.Errorf("reading person %s: %w", person, err)
	}
	if e.People, err = t.mergedIn(ctx, clinic, stay); err != nil {
		return nil, err
	}
	of, args := sqldb.List(e.People)
	args = append([]any{clinic}, args...)
	rows, err := t.Query(ctx, `SELECT DISTINCT c.name FROM enrollments e JOIN cohorts c ON c.id = e.cohort
		WHERE e.`+ofClinic+` AND e.person IN (`+of+`) AND e.state NOT IN ('completed', 'withdrawn') ORDER BY c.name`,
		args...)
	if err != nil {
		return nil, err
	}
	e.Living, err = sqldb.Collect(rows, func(rows *sql.Rows) (name string, err error) { return name, rows.Scan(&name) })
	if err != nil {
		return nil, fmt.Errorf("reading the enrollments of person %s: %w", person, err)
	}
	return e, t.countErasure(ctx, clinic, e, now)
}

// countErasure counts what an erasure takes away and what it leaves, and what keeps it from being done.
func (t *tx) countErasure(ctx context.Context, clinic scheduler.ID, e *scheduler.Erasing, now time.Time) error {
	of, people := sqldb.List(e.People)
	c := &e.Counts
	c.Records = len(e.People)
	const theirs = " AND person IN (%s)"
	for _, one := range []struct {
		into  any
		query string
		args  []any
	}{
		{&e.Held, "SELECT count(*) > 0 FROM legal_holds WHERE clinic = ? AND lifted_at = ''" + theirs, nil},
		{&e.Fresh, "SELECT count(*) > 0 FROM enrollments WHERE clinic = ? AND ended_at > ?" + theirs,
			[]any{sqldb.Stamp(now.Add(-scheduler.ChangeDelay))}},
		{&e.Sending, "SELECT count(*) > 0 FROM notices WHERE clinic = ? AND lease_until > ?" + ofTheirs,
			[]any{sqldb.Stamp(now)}},
		{&c.ExternalIDs, "SELECT count(*) FROM external_ids x JOIN people p ON p.id = x.person WHERE p.clinic = ?" +
			theirs, nil},
		{&c.Consents, "SELECT count(*) FROM consents k JOIN people p ON p.id = k.person WHERE p.clinic = ? " +
			"AND k.revoked_at = ''" + theirs, nil},
		{&c.Notices, "SELECT count(*) FROM notices WHERE clinic = ? AND state = 'planned'" + ofTheirs, nil},
		{&c.Tasks, "SELECT count(*) FROM tasks WHERE clinic = ? AND done_at = ''" + theirs, nil},
		{&c.Enrollments, "SELECT count(*) FROM enrollments WHERE clinic = ?" + theirs, nil},
		{&c.Attendance, "SELECT count(*) FROM seats WHERE clinic = ? AND state NOT IN ('planned', 'released', " +
			"'cancelled')" + ofTheirs, nil},
		{&c.Texts, "SELECT count(*) FROM enrollment_facts WHERE clinic = ? AND reason IS NOT NULL" + ofTheirs, nil},
	} {
		query := fmt.Sprintf(one.query, of)
		if err := t.Row(ctx, query, slices.Concat([]any{clinic}, one.args, people)...).Scan(one.into); err != nil {
			return fmt.Errorf("counting what an erasure takes: %w", err)
		}
	}
	referrals, err := t.referralsOf(ctx, clinic, e.People)
	c.Referrals = len(referrals)
	return err
}

// ofTheirs finds what belongs to enrollments through their index.
const ofTheirs = " AND enrollment IN (SELECT id FROM enrollments WHERE person IN (%s))"

// referralsOf finds the referrals of people: those of which their enrollments came, and others with a like name and
// the same address, number or id.
func (t *tx) referralsOf(ctx context.Context, clinic scheduler.ID, people []scheduler.ID) ([]scheduler.ID, error) {
	ctx = reads.WithViewing(ctx, nil) // it is only compared
	var who []scheduler.Contact
	for _, id := range people {
		p, err := t.contact(ctx, clinic, id)
		if err != nil {
			return nil, err
		}
		who = append(who, p.Contact)
	}
	in, args := sqldb.List(people)
	rows, err := t.Query(ctx, "SELECT id FROM enrollments WHERE "+ofClinic+" AND person IN ("+in+")",
		append([]any{clinic}, args...)...)
	if err != nil {
		return nil, err
	}
	enrollments, err := sqldb.Collect(rows, scanID)
	if err != nil {
		return nil, fmt.Errorf("reading the enrollments of people: %w", err)
	}
	all, err := t.referralRows(ctx, clinic, "1 = 1")
	if err != nil {
		return nil, err
	}
	var found []scheduler.ID
	for _, r := range all {
		same := r.Enrollment != "" && slices.Contains(enrollments, r.Enrollment)
		for _, c := range who {
			same = same || len(c.Shares(r.Contact)) > 0 && scheduler.LikeName(c.Name, r.Contact.Name)
		}
		if same {
			found = append(found, r.ID)
		}
	}
	return found, nil
}

// erasePeople destroys the keys of people, and what else names or reaches them. What it was is told to who keeps the
// list of erasures, last of all, so that nothing is erased that is not in that list.
func (s *saving) erasePeople(ctx context.Context, l *loaded) error {
	e := l.book.Erased
	if e == nil {
		return nil
	}
	s.saved = true
	referrals, err := s.referralsOf(ctx, s.clinic, e.People)
	if err != nil {
		return err
	}
	of, people := sqldb.List(e.People)
	rows, err := s.Query(ctx, "SELECT id FROM notices WHERE clinic = ?"+fmt.Sprintf(ofTheirs, of),
		append([]any{s.clinic}, people...)...)
	if err != nil {
		return err
	}
	if e.Notices, err = sqldb.Collect(rows, scanID); err != nil {
		return fmt.Errorf("listing what was told: %w", err)
	}
	if err := s.eraseTexts(ctx, e.People); err != nil {
		return err
	}
	if err := s.eraseReferrals(ctx, referrals); err != nil {
		return err
	}
	for _, one := range s.erasures() {
		query := strings.ReplaceAll(one.query, "%s", of)
		for range strings.Count(one.query, "%s") {
			one.args = append(one.args, people...)
		}
		if err := s.Exec(ctx, query, one.args...); err != nil {
			return fmt.Errorf("erasing a person: %w", err)
		}
	}
	e.People = append(e.People, referrals...)
	return nil
}

// erasure is a statement with the arguments before the people.
type erasure struct {
	query string
	args  []any
}

// erasures are the statements that leave nothing of people but what happened.
func (s *saving) erasures() []erasure {
	at, by := sqldb.Stamp(s.now), s.actor.String()
	clinic := []any{s.clinic}
	const seats = "(SELECT id FROM seats WHERE enrollment IN (SELECT id FROM enrollments WHERE person IN (%s)))"
	const numbers = "(SELECT phone_index FROM people WHERE id IN (%s) AND phone_index <> '')"
	return []erasure{
		{"UPDATE texts_in SET text = NULL, number = '' WHERE clinic = ? AND (person IN (%s) OR number IN " + numbers +
			")", clinic},
		{"DELETE FROM text_numbers WHERE clinic = ? AND number IN " + numbers + ` AND NOT EXISTS (SELECT 1 FROM people o
  WHERE o.clinic = text_numbers.clinic AND o.phone_index = text_numbers.number AND o.id NOT IN (%s))`, clinic},
		{`UPDATE people SET data_key = NULL, name = ?, email = NULL, email_index = '', phone = NULL, phone_index = '',
  email_bad_at = '', zone = (SELECT c.zone FROM clinics c WHERE c.id = people.clinic), language = 'en',
  rev = rev + 1, erased_at = ? WHERE clinic = ? AND id IN (%s)`, []any{[]byte{}, at, s.clinic}},
		{"DELETE FROM external_ids WHERE person IN (%s)", nil},
		{"DELETE FROM feed_fetches WHERE person IN (%s)", nil},
		{"UPDATE tokens SET revoked_at = ?, mac = '' WHERE clinic = ? AND revoked_at = '' AND subject IN " +
			"(SELECT id FROM address_changes WHERE person IN (%s))", []any{at, s.clinic}},
		{"DELETE FROM address_changes WHERE clinic = ? AND person IN (%s)", clinic},
		{"DELETE FROM settings WHERE clinic = ? AND person IN (%s)", clinic},
		{"DELETE FROM keep_apart WHERE clinic = ? AND (person_a IN (%s) OR person_b IN (%s))", clinic},
		{"UPDATE consents SET revoked_at = ?, revoked_by = ? WHERE revoked_at = '' AND person IN (%s)", []any{at, by}},
		{"UPDATE written_consents SET ended_at = ?, ended_by = ? WHERE clinic = ? AND ended_at = '' AND person IN (%s)",
			[]any{at, by, s.clinic}},
		{"UPDATE written_consents SET terms = ? WHERE clinic = ? AND person IN (%s)", []any{[]byte{}, s.clinic}},
		{"UPDATE tokens SET revoked_at = ?, mac = '' WHERE clinic = ? AND revoked_at = '' AND " +
			"(subject IN (%s) OR subject IN " + seats + ")", []any{at, s.clinic}},
		{"DELETE FROM join_events WHERE clinic = ? AND seat IN " + seats, clinic},
		{"UPDATE notices SET state = 'dropped', reason = ?, done_at = ?, lease_until = '', queued_until = '' " +
			"WHERE clinic = ? AND state = 'planned'" + ofTheirs, []any{gate.ReasonErased, at, s.clinic}},
		{"UPDATE attempts SET reply = NULL WHERE notice IN (SELECT id FROM notices WHERE clinic = ?" + ofTheirs + ")",
			clinic},
		{"UPDATE tasks SET done_at = ?, done_by = ? WHERE clinic = ? AND done_at = '' AND person IN (%s)",
			[]any{at, by, s.clinic}},
		{"UPDATE tasks SET note = NULL WHERE clinic = ? AND person IN (%s)", clinic},
		{"DELETE FROM assessments WHERE clinic = ? AND outcome = ''" + ofTheirs, clinic},
		{"UPDATE enrollment_facts SET reason = NULL WHERE clinic = ?" + ofTheirs, clinic},
		{"UPDATE rule_overrides SET reason = ? WHERE clinic = ?" + ofTheirs, []any{[]byte{}, s.clinic}},
		{"UPDATE break_glass SET reason = ? WHERE clinic = ? AND person IN (%s)", []any{[]byte{}, s.clinic}},
		{"UPDATE legal_holds SET reason = NULL WHERE clinic = ? AND person IN (%s)", clinic},
	}
}

// eraseTexts erases what staff wrote to these people and to nobody else.
func (s *saving) eraseTexts(ctx context.Context, people []scheduler.ID) error {
	of, args := sqldb.List(people)
	rows, err := s.Query(ctx, "SELECT key FROM notices WHERE clinic = ? AND kind = ?"+fmt.Sprintf(ofTheirs, of),
		slices.Concat([]any{s.clinic, scheduler.StaffMessage}, args)...)
	if err != nil {
		return err
	}
	keys, err := sqldb.Collect(rows, func(rows *sql.Rows) (key string, err error) { return key, rows.Scan(&key) })
	if err != nil {
		return fmt.Errorf("reading which messages a person got: %w", err)
	}
	for _, key := range keys {
		message := scheduler.MessageOf(key)
		err := s.Exec(ctx, `UPDATE messages SET text = ?, spanish = NULL WHERE clinic = ? AND id = ? AND NOT EXISTS (
  SELECT 1 FROM enrollments e JOIN notices n ON n.enrollment = e.id
  WHERE e.cohort = messages.cohort AND n.kind = ? AND n.key LIKE ? AND e.person NOT IN (`+of+`))`,
			slices.Concat([]any{[]byte{}, s.clinic, message, scheduler.StaffMessage,
				"message:" + string(message) + "%"}, args)...)
		if err != nil {
			return fmt.Errorf("erasing what was written to a person: %w", err)
		}
	}
	return nil
}

// eraseReferralRows deletes referrals, and how the audit names them.
func (t *tx) eraseReferralRows(ctx context.Context, clinic scheduler.ID, referrals []scheduler.ID) error {
	if len(referrals) == 0 {
		return nil
	}
	in, args := sqldb.List(referrals)
	args = append([]any{clinic}, args...)
	if err := t.Exec(ctx, "DELETE FROM referrals WHERE clinic = ? AND id IN ("+in+")", args...); err != nil {
		return fmt.Errorf("erasing referrals: %w", err)
	}
	return t.forgetAliases(ctx, clinic, referrals)
}

func (s *saving) eraseReferrals(ctx context.Context, referrals []scheduler.ID) error {
	return s.eraseReferralRows(ctx, s.clinic, referrals)
}

// forgetAliases deletes who is meant by what the audit calls somebody.
func (t *tx) forgetAliases(ctx context.Context, clinic scheduler.ID, of []scheduler.ID) error {
	in, args := sqldb.List(of)
	err := t.Exec(ctx, "DELETE FROM audit_aliases WHERE clinic = ? AND person IN ("+in+")",
		append([]any{clinic}, args...)...)
	if err != nil {
		return fmt.Errorf("forgetting how the audit names a person: %w", err)
	}
	return nil
}

// keepErasure ends an erasure, behind its row of the audit: nobody can tell any more whom the audit means, and the list
// outside the database knows.
func (t *tx) keepErasure(ctx context.Context, e *scheduler.Erasure) error {
	if err := t.forgetAliases(ctx, e.Clinic, e.People); err != nil {
		return err
	}
	if t.db.erased == nil {
		return fault.New(fault.Unavailable, "There is no list of erasures, without which a restore would bring this "+
			"person back. Name a file with the option erasures.")
	}
	return t.db.erased(ctx, *e)
}

// scrub makes sure that the database's files hold nothing of what was erased, and forgets what is in memory. That it
// fails is logged: what was erased is erased, and the next checkpoint does the same.
func (db *DB) scrub(ctx context.Context, e *scheduler.Erasure) {
	for _, id := range e.People {
		db.aliases.Delete([2]scheduler.ID{e.Clinic, id})
	}
	tables := []string{"people", "external_ids", "attempts", "tasks", "enrollment_facts", "rule_overrides",
		"legal_holds", "written_consents", "referrals", "texts_in", "text_numbers", "break_glass",
		"messages", "audit_aliases"}
	if err := db.sql.Scrub(ctx, tables...); err != nil {
		db.log.WarnContext(ctx, "what was erased may still stand in free pages of the database", "error", err)
	}
}
