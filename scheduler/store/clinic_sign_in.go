package store

import (
	"context"
	"fmt"

	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// SignInRule counts whom the rule of a clinic's settings would ask for more than they have. Invalid when the rule
// would begin and lock out its own admin: somebody on the staff needs a passkey or a linked account first, and
// programs and commands need an admin who has one.
func (db *DB) SignInRule(ctx context.Context, a access.Actor, c reads.Clinic) (n reads.StaffKeys, err error) {
	if err := access.CheckIn(a, access.ClinicView, string(c.ID)); err != nil {
		return n, err
	}
	err = db.view(ctx, func(t *tx) error {
		n, err = t.signInRule(ctx, a, c)
		return err
	})
	return n, err
}

func (t *tx) signInRule(ctx context.Context, a access.Actor, c reads.Clinic) (n reads.StaffKeys, err error) {
	var was string
	if err := t.Row(ctx, "SELECT sign_in FROM clinics WHERE id = ?", c.ID).Scan(&was); err != nil {
		return n, fmt.Errorf("reading the rule of clinic %s: %w", c.ID, err)
	}
	var own, admins int
	err = t.Row(ctx, `
		SELECT count(*), coalesce(sum(CASE WHEN have THEN 0 ELSE 1 END), 0),
		  coalesce(sum(CASE WHEN have AND id = ? THEN 1 ELSE 0 END), 0),
		  coalesce(sum(CASE WHEN have AND role = ? THEN 1 ELSE 0 END), 0)
		FROM (SELECT s.id, s.role, EXISTS (SELECT 1 FROM passkeys p WHERE p.staff = s.id)
		    OR EXISTS (SELECT 1 FROM identities i WHERE i.staff = s.id) AS have
		  FROM staff s WHERE s.clinic = ? AND s.disabled_at = '') everybody`,
		a.ID, access.Admin, c.ID).Scan(&n.All, &n.Without, &own, &admins)
	switch {
	case err != nil:
		return n, fmt.Errorf("counting who has a passkey: %w", err)
	case c.SignIn != reads.SignInStrong || was == reads.SignInStrong:
		return n, nil
	case a.Kind == access.KindStaff && own == 0:
		return n, fault.In("sign_in",
			"Add a passkey or link your organization's account first, on the page Your account. Otherwise this would "+
				"lock you out.")
	case a.Kind != access.KindStaff && admins == 0:
		return n, fault.In("sign_in",
			"An admin must have a passkey or a linked account first. Otherwise this would lock every admin out.")
	}
	return n, nil
}
