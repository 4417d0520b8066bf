package seal

import (
	"crypto/cipher"
	"fmt"
	"io"
)

// PersonKey seals what belongs to one person. It is wrapped under the key of their clinic, and without the wrapped key
// nothing that it sealed opens again.
type PersonKey struct{ column cipher.AEAD }

// NewPersonKey makes a random key for a person. It returns the key wrapped, for the database, and ready to use.
func (k *Key) NewPersonKey(clinic, person string) (wrapped []byte, key *PersonKey, err error) {
	dataKey := randomKey()
	column, err := newAEAD(dataKey)
	if err != nil {
		return nil, nil, err
	}
	return seal(k.people, personPlace(clinic, person), dataKey), &PersonKey{column}, nil
}

// OpenPersonKey unwraps the key of a person. It fails with ErrSealed when the key belongs to another person or clinic,
// or was altered or taken away.
func (k *Key) OpenPersonKey(clinic, person string, wrapped []byte) (*PersonKey, error) {
	dataKey, err := open(k.people, personPlace(clinic, person), wrapped)
	if err != nil {
		return nil, fmt.Errorf("opening the key of person %s: %w", person, err)
	}
	column, err := newAEAD(dataKey)
	if err != nil {
		return nil, err
	}
	return &PersonKey{column}, nil
}

// Seal encrypts a text for its place, as Key.Seal does.
func (p *PersonKey) Seal(where Place, plain string) []byte {
	return seal(p.column, where.bind(), []byte(plain))
}

// Open decrypts what Seal made for the same place. It fails as Key.Open does.
func (p *PersonKey) Open(where Place, sealed []byte) (string, error) {
	return openText(p.column, where, sealed)
}

// Format prints "seal.PersonKey" for every verb.
func (p *PersonKey) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "seal.PersonKey") }

func personPlace(clinic, person string) []byte { return bind("person key", clinic, person) }
