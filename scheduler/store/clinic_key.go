package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"almanac/scheduler"
	"almanac/scheduler/reads"
	"almanac/scheduler/seal"
)

// clinicKey is a clinic's open data key. What is opened with it of a person is noted in the Viewing for which it is
// opened, so no reading of the store can forget to.
type clinicKey struct {
	*seal.Key
	viewing *reads.Viewing // nil: what is opened goes no further
}

// fieldOf says what of a person's a sealed column holds; 0: nothing.
func fieldOf(where seal.Place) reads.Field {
	switch {
	case where.Table == "people" && where.Column == "name":
		return reads.FieldName
	case where.Table == "people":
		return reads.FieldContact
	case where.Table == "external_ids":
		return reads.FieldExternal
	case where.Table == "referrals":
		return reads.FieldReferral
	default:
		return 0
	}
}

// Open opens a sealed column, and notes whose it was.
func (k *clinicKey) Open(where seal.Place, kept []byte) (string, error) {
	k.note(where)
	return k.Key.Open(where, kept) // it names the place
}

func (k *clinicKey) note(where seal.Place) {
	if field := fieldOf(where); k.viewing != nil && field != 0 {
		k.viewing.Saw(field, scheduler.ID(where.Row))
	}
}

// personKey opens what is sealed with a person's own key, and notes it as clinicKey does.
type personKey struct {
	of             *clinicKey
	clinic, person scheduler.ID
	wrapped        []byte // as the database keeps it
	key            *seal.PersonKey
}

// person gives the key of a person, which the database keeps wrapped. That it does not open is said when it is used.
func (k *clinicKey) person(clinic, person scheduler.ID, wrapped []byte) *personKey {
	return &personKey{of: k, clinic: clinic, person: person, wrapped: wrapped}
}

// Open opens a sealed column of the person.
func (p *personKey) Open(where seal.Place, kept []byte) (string, error) {
	p.of.note(where)
	if p.key == nil {
		var err error
		if p.key, err = p.of.OpenPersonKey(string(p.clinic), string(p.person), p.wrapped); err != nil {
			return "", err // it names the person
		}
	}
	return p.key.Open(where, kept) // it names the place
}

// quiet is the same key for what is opened to compare it, and goes no further.
func (k *clinicKey) quiet() *clinicKey { return &clinicKey{Key: k.Key} }

// key gives a clinic's open data key, kept once opened. NotFound when there is no such clinic.
func (t *tx) key(ctx context.Context, clinic scheduler.ID) (*clinicKey, error) {
	viewing := reads.ViewingOf(ctx)
	if known, ok := t.db.keys.Load(clinic); ok {
		return &clinicKey{known.(*seal.Key), viewing}, nil
	}
	var wrapped, next []byte
	err := t.Row(ctx, "SELECT data_key, next_key FROM clinics WHERE id = ?", clinic).Scan(&wrapped, &next)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, notFound("There is no such clinic.")
	}
	if err != nil {
		return nil, fmt.Errorf("reading the key of clinic %s: %w", clinic, err)
	}
	key, err := t.db.openClinic(clinic, wrapped, next)
	if err != nil {
		if keys, asked := t.secretKeys(ctx, ""); asked == nil && !keys.are(t.db.root.CheckValue()) {
			return nil, errReplaced()
		}
		return nil, err // it says all there is
	}
	t.db.keys.Store(clinic, key)
	return &clinicKey{key, viewing}, nil
}

// subjectOf finds the clinic whose key made a token that contains its subject, and gives the subject: no id when it is
// none of ours. It proves nothing, as seal.Key.Subject does not. Only a token of no known clinic reads the database.
func (t *tx) subjectOf(ctx context.Context, token string) (by *clinicKey, clinic, subject scheduler.ID, err error) {
	try := func(id, key any) bool {
		known := key.(*seal.Key)
		text, ok := known.Subject(token)
		if ok = ok && scheduler.IsID(text); ok {
			by, clinic, subject = &clinicKey{known, reads.ViewingOf(ctx)}, id.(scheduler.ID), scheduler.ID(text)
		}
		return !ok
	}
	if t.db.keys.Range(try); subject != "" {
		return by, clinic, subject, nil
	}
	if err := t.openKeys(ctx); err != nil {
		return nil, "", "", err
	}
	t.db.keys.Range(try)
	return by, clinic, subject, nil
}

// openKeys opens the keys of all clinics that are not open yet.
func (t *tx) openKeys(ctx context.Context) error {
	clinics, err := t.clinicIDs(ctx, "")
	if err != nil {
		return err
	}
	for _, clinic := range clinics {
		if _, err := t.key(ctx, clinic); err != nil {
			return err
		}
	}
	return nil
}

// openKey gives a clinic's key outside a transaction.
func (db *DB) openKey(ctx context.Context, clinic scheduler.ID) (key *clinicKey, err error) {
	if known, ok := db.keys.Load(clinic); ok {
		return &clinicKey{known.(*seal.Key), reads.ViewingOf(ctx)}, nil
	}
	err = db.view(ctx, func(t *tx) error {
		key, err = t.key(ctx, clinic)
		return err
	})
	return key, err
}
