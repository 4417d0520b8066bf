package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"

	"almanac/scheduler"
	"almanac/scheduler/seal"
	"almanac/scheduler/store/sqldb"
)

// tx is one transaction of the store: that of the database, and the store that it belongs to.
type tx struct {
	*sqldb.Tx
	db *DB
}

// write runs do in a transaction that may write; see sqldb.DB.Write.
func (db *DB) write(ctx context.Context, do func(*tx) error) error {
	defer db.feedKeys.empty() // also after an error: a commit may have come through
	return db.sql.Write(ctx, func(t *sqldb.Tx) error { return do(&tx{t, db}) })
}

// view runs do in a transaction that only reads and sees one moment.
func (db *DB) view(ctx context.Context, do func(*tx) error) error {
	return db.sql.View(ctx, func(t *sqldb.Tx) error { return do(&tx{t, db}) })
}

// lock takes a clinic's row, so that its changes happen one after another, and
// gives the clinic as the holder before left it. NotFound when there is none.
func (t *tx) lock(ctx context.Context, clinic scheduler.ID) (scheduler.Clinic, error) {
	return t.clinic(ctx, clinic, t.ForUpdate())
}

// share keeps a clinic from being changed, together with others who share it:
// taken first, it makes every further lock of rows of the clinic unnecessary.
func (t *tx) share(ctx context.Context, clinic scheduler.ID) (scheduler.Clinic, error) {
	return t.clinic(ctx, clinic, t.ForShare())
}

func (t *tx) clinic(ctx context.Context, id scheduler.ID, lock string) (scheduler.Clinic, error) {
	c := scheduler.Clinic{ID: id}
	var closed string
	err := t.Row(ctx, "SELECT zone, change_no, closed FROM clinics WHERE id = ?"+lock, id).Scan(&c.Zone,
		&c.ChangeNo, &closed)
	if errors.Is(err, sql.ErrNoRows) {
		return c, notFound("There is no such clinic. `almanac clinic add` makes one.")
	}
	if err != nil {
		return c, fmt.Errorf("reading clinic %s: %w", id, err)
	}
	c.Closed, err = readClosed(closed)
	return c, err
}

// place is where a sealed column lives.
func place(clinic scheduler.ID, table, column string, row scheduler.ID) seal.Place {
	return seal.Place{Clinic: string(clinic), Table: table, Column: column, Row: string(row)}
}

// sealer and opener are the key of a clinic, or of a person.
type (
	sealer interface {
		Seal(where seal.Place, plain string) []byte
	}
	opener interface {
		Open(where seal.Place, kept []byte) (string, error)
	}
)

// sealed seals a text for its place; nil, which the database keeps as NULL, for
// the empty text.
func sealed(key sealer, where seal.Place, plain string) any {
	if plain == "" {
		return nil
	}
	return key.Seal(where, plain)
}

// unreadable stands where a sealed text does not open.
const unreadable = "cannot be read"

// opened opens what sealed made, to be shown. One that does not open reads as
// unreadable, so that one broken row never hides the others.
func opened(key opener, where seal.Place, kept []byte) (string, error) {
	text, err := openedExactly(key, where, kept)
	if errors.Is(err, seal.ErrSealed) {
		return unreadable, nil
	}
	return text, err
}

// openedForUse opens what is used and not shown, such as an address to write to: one
// that does not open is empty, as if it had never been given.
func openedForUse(key opener, where seal.Place, kept []byte) (string, error) {
	text, err := openedExactly(key, where, kept)
	if errors.Is(err, seal.ErrSealed) {
		return "", nil
	}
	return text, err
}

func openedExactly(key opener, where seal.Place, kept []byte) (string, error) {
	switch {
	case len(kept) > 0:
		return key.Open(where, kept) // it names the place
	case where.Table == "people" && where.Column == "name" && where.Row != "": // everybody else has a name
		return scheduler.ErasedName, nil
	default:
		return "", nil
	}
}

// randomID draws an id.
func randomID() scheduler.ID {
	var octets [9]byte
	_, _ = rand.Read(octets[:]) // never fails: it ends the program instead
	return scheduler.RandomID(octets)
}

// randomUID makes an iCalendar UID.
func randomUID() string {
	var octets [16]byte
	_, _ = rand.Read(octets[:])
	return scheduler.RandomUID(octets)
}

// yes gives how the database keeps a yes or a no.
func yes(is bool) int {
	if is {
		return 1
	}
	return 0
}
