package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"almanac/protocols"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/scheduler/seal"
	"almanac/scheduler/store/sqldb"
)

// saveClinic writes the clinic's closed days when the change closed some or opened some again.
func (s *saving) saveClinic(ctx context.Context, l *loaded) error {
	if slices.Equal(l.closed, l.book.Clinic.Closed) {
		return nil
	}
	s.saved = true
	return s.Exec(ctx, "UPDATE clinics SET closed = ? WHERE id = ?", writeClosed(l.book.Clinic.Closed), s.clinic)
}

// saveExceptions writes which rules the change set aside, and why. A row never changes.
func (s *saving) saveExceptions(ctx context.Context, l *loaded) error {
	if len(l.book.Exceptions) == 0 {
		return nil
	}
	s.saved = true
	key, err := s.key(ctx, s.clinic)
	if err != nil {
		return err
	}
	rows := make([][]any, len(l.book.Exceptions))
	for i, o := range l.book.Exceptions {
		id := randomID()
		reason := sealed(key, exceptionPlace(s.clinic, id), o.Reason)
		rows[i] = []any{id, s.clinic, o.Rule, o.Cohort, o.Session, o.Enrollment, reason, sqldb.Stamp(s.now),
			s.actor.String()}
	}
	return s.Insert(ctx,
		"INSERT INTO rule_overrides (id, clinic, rule, cohort, session, enrollment, reason, at, by_actor)", rows, "")
}

// exceptionPlace binds a reason to its row.
func exceptionPlace(clinic, id scheduler.ID) seal.Place {
	return place(clinic, "rule_overrides", "reason", id)
}

// exceptionsOf reads which rules were set aside in a cohort, the oldest first. The reason and
// the name are empty unless the actor may change the cohort.
func (t *tx) exceptionsOf(ctx context.Context, a access.Actor, clinic, cohort scheduler.ID,
	key *clinicKey) ([]reads.RuleOverride, error) {
	rows, err := t.Query(ctx, `
		SELECT id, rule, session, enrollment, reason, at, by_actor FROM rule_overrides
		WHERE clinic = ? AND cohort = ? ORDER BY at, id`, clinic, cohort)
	if err != nil {
		return nil, err
	}
	all, err := sqldb.Collect(rows, func(rows *sql.Rows) (o reads.RuleOverride, err error) {
		var id scheduler.ID
		var reason []byte
		if err := rows.Scan(&id, &o.Rule, &o.Session, &o.Enrollment, &reason, sqldb.When(&o.At), &o.By); err != nil {
			return o, err
		}
		o.Cohort = cohort
		if !access.Can(a, access.CohortChange) {
			o.By = ""
			return o, nil
		}
		o.Reason, err = opened(key, exceptionPlace(clinic, id), reason)
		return o, err
	})
	if err != nil {
		return nil, fmt.Errorf("reading which rules were set aside: %w", err)
	}
	for i := range all {
		by, staff := strings.CutPrefix(all[i].By, string(access.KindStaff)+":")
		if all[i].By = ""; !staff {
			continue
		}
		if all[i].By, err = t.staffName(ctx, clinic, scheduler.ID(by), key); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// equipmentTaken reads when other open cohorts of the clinic take some of its equipment, from now on.
func (t *tx) equipmentTaken(ctx context.Context, clinic scheduler.ID, rosters []*scheduler.Roster,
	wanted []string) ([]scheduler.Commitment, error) {
	loaded := map[scheduler.ID]bool{}
	for _, r := range rosters {
		loaded[r.Cohort.ID] = true
		for _, resource := range r.Definition.Resources {
			wanted = append(wanted, resource.ID)
		}
	}
	if len(wanted) == 0 {
		return nil, nil
	}
	rows, err := t.Query(ctx,
		"SELECT id, definition, capacity FROM cohorts WHERE clinic = ? AND state = 'open'", clinic)
	if err != nil {
		return nil, err
	}
	others, err := sqldb.Collect(rows, func(rows *sql.Rows) (c scheduler.Cohort, err error) {
		return c, rows.Scan(&c.ID, &c.Hash, &c.Capacity)
	})
	if err != nil {
		return nil, fmt.Errorf("reading who takes equipment: %w", err)
	}
	var busy []scheduler.Commitment
	for _, c := range others {
		if loaded[c.ID] {
			continue
		}
		definition, err := t.definition(ctx, c.Hash)
		if err != nil {
			return nil, err
		}
		taken := slices.DeleteFunc(slices.Clone(definition.Resources),
			func(r protocols.Resource) bool { return !slices.Contains(wanted, r.ID) })
		if len(taken) == 0 {
			continue
		}
		sessions, err := t.comingOf(ctx, clinic, c.ID)
		if err != nil {
			return nil, err
		}
		for _, resource := range taken {
			for _, s := range sessions {
				s.Who, s.Units = scheduler.EquipmentKey(resource.ID), scheduler.Needs(resource, c.Capacity)
				busy = append(busy, s)
			}
		}
	}
	return busy, nil
}

// comingOf reads the sessions of a cohort that stand and are not over, as commitments of nobody yet.
func (t *tx) comingOf(ctx context.Context, clinic, cohort scheduler.ID) ([]scheduler.Commitment, error) {
	rows, err := t.Query(ctx,
		"SELECT '', id, start_at, end_at FROM sessions WHERE clinic = ? AND cohort = ? AND state <> 'cancelled' AND "+
			"end_at > ?",
		clinic, cohort, sqldb.Stamp(t.db.now()))
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, scanCommitment)
}
