package store

import (
	"context"
	"fmt"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// TakeHeadMail gives the mail with the newest head of a clinic's audit, when one is wanted and none was taken on this
// local day. Who takes it sends it: a second process, or one that was started anew, gets none.
func (db *DB) TakeHeadMail(ctx context.Context, a access.Actor, clinic scheduler.ID) (mail reads.HeadMail, due bool,
	err error) {
	if err := access.CheckIn(a, access.ClinicUpkeep, string(clinic)); err != nil {
		return mail, false, err
	}
	err = db.write(ctx, func(t *tx) error {
		due = false // a transaction may run twice
		c, err := t.clinicNow(ctx, clinic)
		if err != nil || c.HeadEmail == "" {
			return err
		}
		head, err := t.lastHead(ctx, clinic)
		if err != nil || head.Signed == "" {
			return err
		}
		zone, err := db.zones.Location(c.Zone)
		if err != nil {
			return err
		}
		mail = reads.HeadMail{Clinic: clinic, Email: c.HeadEmail, Zone: c.Zone, Head: head,
			Day: civil.DateOf(db.now().In(zone))}
		n, err := t.Count(ctx, "UPDATE clinics SET head_mailed = ? WHERE id = ? AND head_mailed < ?",
			mail.Day.String(), clinic, mail.Day.String())
		due = n == 1
		return err
	})
	if err != nil {
		return reads.HeadMail{}, false, fmt.Errorf("taking the mail with a head: %w", err)
	}
	return mail, due, nil
}

// ReturnHeadMail says that a mail that was taken has certainly not left, so that it is taken again.
func (db *DB) ReturnHeadMail(ctx context.Context, a access.Actor, mail reads.HeadMail) error {
	if err := access.CheckIn(a, access.ClinicUpkeep, string(mail.Clinic)); err != nil {
		return err
	}
	return db.write(ctx, func(t *tx) error {
		return t.Exec(ctx, "UPDATE clinics SET head_mailed = '' WHERE id = ? AND head_mailed = ?", mail.Clinic,
			mail.Day.String())
	})
}
