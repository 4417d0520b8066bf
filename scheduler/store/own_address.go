package store

import (
	"context"
	"crypto/subtle"
	"database/sql"
	"encoding/binary"
	"fmt"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/seal"
	"almanac/scheduler/store/sqldb"
)

// stopPurpose is that of the links by which who has an old address takes another one back; the subject is the change.
const stopPurpose = "stop"

// addressCode derives the six digits that prove a new address.
func (k *clinicKey) addressCode(change scheduler.ID) string {
	token := k.Token("address code", string(change), 0)
	return fmt.Sprintf("%06d", binary.BigEndian.Uint64([]byte(seal.HashToken(token)))%1_000_000)
}

// ProveAddress takes the code that was sent to another address. The change itself comes after: desk.OwnDetails. When
// nobody can be told at the old address, staff are asked to call instead. It fails with Invalid in field "code", and
// with Closed when the code is too old or was tried too often; NotFound as OwnDetails does.
func (db *DB) ProveAddress(ctx context.Context, a access.Actor, token string, change scheduler.ID,
	code string) (proof reads.AddressProof, err error) {
	h, err := db.ownHolder(ctx, a, token)
	if err != nil {
		return proof, err
	}
	actor := access.Person(string(h.Person), string(h.Clinic))
	if err := access.CheckIn(actor, access.SettingsOwn, string(h.Clinic)); err != nil {
		return proof, err
	}
	var refused error
	err = db.write(ctx, func(t *tx) error {
		if _, err := t.lock(ctx, h.Clinic); err != nil {
			return err
		}
		proof = reads.AddressProof{Clinic: h.Clinic, Person: h.Person}
		asked, err := t.addressesAsked(ctx, h.Clinic, h.Person)
		if err != nil {
			return err
		}
		for _, one := range asked {
			if one.Change == change {
				proof.AddressAsked = one
			}
		}
		if proof.Change == "" {
			refused = fault.New(fault.Closed, "This code is too old, or it was tried too often. Ask for a new one.")
			return nil
		}
		key, err := t.key(ctx, h.Clinic)
		if err != nil {
			return err
		}
		if subtle.ConstantTimeCompare([]byte(code), []byte(key.addressCode(change))) != 1 {
			refused = fault.In("code", "This is not the code. Look at the last message again.")
			return t.Exec(ctx, "UPDATE address_changes SET tries = tries + 1 WHERE clinic = ? AND id = ?", h.Clinic,
				change)
		}
		err = t.Exec(ctx, "UPDATE address_changes SET proven_at = ? WHERE clinic = ? AND id = ?",
			sqldb.Stamp(db.now()), h.Clinic, change)
		if err != nil {
			return err
		}
		return t.callUnlessTold(ctx, &proof)
	})
	if err == nil {
		err = refused
	}
	return proof, err
}

// callUnlessTold asks staff to call when the old address cannot be told.
func (t *tx) callUnlessTold(ctx context.Context, proof *reads.AddressProof) error {
	p, err := t.contact(ctx, proof.Clinic, proof.Person)
	if err != nil {
		return err
	}
	if on, _ := scheduler.TellFormer(proof.Channel, p.Contact, p.Reach); on != "" {
		return nil
	}
	proof.Called = true
	now := t.db.now()
	err = t.Exec(ctx, "UPDATE address_changes SET stopped_at = ? WHERE clinic = ? AND id = ?", sqldb.Stamp(now),
		proof.Clinic, proof.Change)
	if err != nil {
		return err
	}
	enrollment, err := t.someStay(ctx, proof.Clinic, proof.Person)
	if err != nil {
		return err
	}
	return t.askCall(ctx, &addressAsk{clinic: proof.Clinic, person: proof.Person, enrollment: enrollment,
		address: proof.Address, now: now}, proof.Change)
}

// saveReaddress notes that another address came into force, or that some are taken back.
func (s *saving) saveReaddress(ctx context.Context, l *loaded) error {
	r := l.book.Readdress
	if r == nil {
		return nil
	}
	s.saved = true
	at := sqldb.Stamp(s.now)
	if r.Stopped {
		return s.stopReaddressed(ctx, r, at)
	}
	key, err := s.key(ctx, s.clinic)
	if err != nil {
		return err
	}
	theirs, err := s.ownKey(ctx, key, s.clinic, r.Person)
	if err != nil {
		return err
	}
	n, err := s.Count(ctx, `
		UPDATE address_changes SET done_at = ?, former = ?, told = ?
		WHERE clinic = ? AND id = ? AND person = ? AND proven_at > ? AND done_at = '' AND stopped_at = ''`, at,
		sealed(theirs, place(s.clinic, "address_changes", "former", r.Change), r.Former),
		sealed(theirs, place(s.clinic, "address_changes", "told", r.Change), r.Told), s.clinic, r.Change, r.Person,
		sqldb.Stamp(s.now.Add(-scheduler.CodeLife)))
	if err != nil {
		return err
	}
	if n != 1 {
		return fault.New(fault.Closed, "This code is too old. Ask for a new one.")
	}
	if r.Confirmed != "" {
		number, err := s.numberState(ctx, s.clinic, phoneIndex(key, r.Confirmed))
		if err != nil {
			return err
		}
		number.confirmed = at
		if err := s.saveNumber(ctx, s.clinic, phoneIndex(key, r.Confirmed), number); err != nil {
			return err
		}
	}
	return s.Insert(ctx, insertToken, [][]any{key.tokenRow(s.clinic, stopPurpose, r.Change, 0)}, "")
}

// stopReaddressed ends a change of an address and every later one of its person, with their links.
func (s *saving) stopReaddressed(ctx context.Context, r *scheduler.Readdress, at string) error {
	const since = `person = ? AND stopped_at = ''
		AND asked_at >= (SELECT o.asked_at FROM address_changes o WHERE o.id = ?)`
	err := s.Exec(ctx, "UPDATE tokens SET revoked_at = ?, mac = '' WHERE clinic = ? AND purpose = ? AND "+
		"revoked_at = '' AND subject IN (SELECT id FROM address_changes WHERE "+since+")", at, s.clinic, stopPurpose,
		r.Person, r.Change)
	if err != nil {
		return err
	}
	return s.Exec(ctx, "UPDATE address_changes SET stopped_at = ? WHERE clinic = ? AND "+since, at, s.clinic, r.Person,
		r.Change)
}

// StoppableAddress gives what a link to stop another address leads to. NotFound, with the same words as for every
// address that leads nowhere, when it is unknown, used, or older than scheduler.StopWithin.
func (db *DB) StoppableAddress(ctx context.Context, a access.Actor,
	token string) (s reads.StoppableAddress, err error) {
	if err := access.Check(a, access.TokenFind); err != nil {
		return s, err
	}
	err = db.view(ctx, func(t *tx) error {
		s = reads.StoppableAddress{}
		var done time.Time
		var asked string
		clinic, change, used, err := t.tokenOf(ctx, stopPurpose, token)
		if sqldb.IsNoRows(err) || err == nil && !used.IsZero() {
			return errNoAddress()
		}
		if err != nil {
			return fmt.Errorf("looking up a link to stop another address: %w", err)
		}
		s.Clinic, s.Change = clinic, change
		err = t.Row(ctx, `SELECT a.person, a.channel, a.asked_at, a.done_at, p.zone, p.language
			FROM address_changes a JOIN people p ON p.id = a.person WHERE a.clinic = ? AND a.id = ?`, clinic, change).
			Scan(&s.Person, &s.Channel, &asked, sqldb.When(&done), &s.Zone, &s.Language)
		if sqldb.IsNoRows(err) || err == nil && !db.now().Before(done.Add(scheduler.StopWithin)) {
			return errNoAddress()
		}
		if err != nil {
			return fmt.Errorf("reading address change %s: %w", change, err)
		}
		if s.Contact, err = t.contactOf(ctx, clinic); err != nil {
			return err
		}
		return t.formerAddresses(ctx, &s, asked)
	})
	return s, err
}

// formerAddresses reads what stood before the first change of each channel since an instant.
func (t *tx) formerAddresses(ctx context.Context, s *reads.StoppableAddress, since string) error {
	key, err := t.key(ctx, s.Clinic)
	if err != nil {
		return err
	}
	rows, err := t.Query(ctx, `SELECT a.id, a.channel, a.former, p.data_key
		FROM address_changes a JOIN people p ON p.id = a.person
		WHERE a.clinic = ? AND a.person = ? AND a.asked_at >= ? AND a.done_at <> '' AND a.stopped_at = ''
		ORDER BY a.asked_at DESC`, s.Clinic, s.Person, since)
	if err != nil {
		return err
	}
	_, err = sqldb.Collect(rows, func(rows *sql.Rows) (id scheduler.ID, err error) {
		var channel scheduler.Channel
		var kept, own []byte
		if err := rows.Scan(&id, &channel, &kept, &own); err != nil {
			return id, err
		}
		former, err := openedExactly(key.person(s.Clinic, s.Person, own),
			place(s.Clinic, "address_changes", "former", id), kept)
		if channel == scheduler.Email {
			s.Email = &former
		} else {
			s.Phone = &former
		}
		return id, err
	})
	return err
}

// readdressed is what a notice about another address needs.
type readdressed struct {
	id         scheduler.ID
	code, stop string
	address    []byte // sealed: where it goes
	column     string
}

// readReaddressed reads where notices about another address go.
func (t *tx) readReaddressed(ctx context.Context, clinic scheduler.ID, all []*noticeData) error {
	key, err := t.key(ctx, clinic)
	if err != nil {
		return err
	}
	for _, n := range all {
		if !n.Kind.AboutAddress() {
			continue
		}
		r := readdressed{id: scheduler.AddressChangeOf(n.Key), column: "told"}
		if n.Kind == scheduler.AddressCode {
			r.column, r.code = "address", key.addressCode(r.id)
		} else {
			r.stop = key.Token(stopPurpose, string(r.id), 0)
		}
		err := t.Row(ctx, "SELECT "+r.column+" FROM address_changes WHERE clinic = ? AND id = ?", clinic, r.id).
			Scan(&r.address)
		if err != nil && !sqldb.IsNoRows(err) {
			return err
		}
		n.readdressed = r
	}
	return nil
}

// handover completes a message about another address. It names nobody and has no link to their page, because who reads
// it may be somebody else.
func (r readdressed) handover(h reads.Handover, theirs *personKey) (reads.Handover, error) {
	h.Links, h.Code, h.Stop = reads.Links{}, r.code, r.stop
	var err error
	h.Address, err = openedExactly(theirs, place(h.Clinic, "address_changes", r.column, r.id), r.address)
	return h, err
}

// ForgetAddresses deletes changes of addresses that can no longer be taken back, of all clinics, and tells how many.
func (db *DB) ForgetAddresses(ctx context.Context, a access.Actor) (n int64, err error) {
	if err := access.Check(a, access.DutyRun); err != nil {
		return 0, err
	}
	err = db.write(ctx, func(t *tx) (err error) {
		n, err = t.forgetAddresses(ctx, db.now().Add(-scheduler.StopWithin-24*time.Hour))
		return err
	})
	return n, err
}
