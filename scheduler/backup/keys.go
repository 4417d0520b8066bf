package backup

import (
	"errors"
	"io"
	"strings"

	"filippo.io/age"

	"almanac/scheduler/fault"
)

// Recipients are public keys. The identity of any of them opens the backup.
type Recipients []age.Recipient

// Identities are private keys.
type Identities []age.Identity

// ParseRecipients reads public keys, which begin with age1. Invalid (field "recipient") when there is none, or one is
// no such key.
func ParseRecipients(texts []string) (Recipients, error) {
	var all Recipients
	for _, text := range texts {
		text = strings.TrimSpace(text)
		if text == "" {
			continue
		}
		if strings.HasPrefix(text, "AGE-SECRET-KEY-") {
			return nil, fault.In("recipient",
				"This is a private key. Give the public one, which begins with age1, and make a new pair: "+
					"the private key may now stand in the history of the shell.")
		}
		found, err := age.ParseRecipients(strings.NewReader(text))
		if err != nil || len(found) != 1 {
			return nil, fault.Wrap(fault.Invalid, err,
				"%q is no public key. It begins with age1; `almanac backup key FILE` makes one.", shortened(text)).
				In("recipient")
		}
		all = append(all, found[0])
	}
	if len(all) == 0 {
		return nil, fault.In("recipient",
			"Give the public key to which the backup is encrypted with --recipient. `almanac backup key FILE` makes "+
				"one.")
	}
	return all, nil
}

// shortened keeps a message short, whatever was typed.
func shortened(text string) string {
	const most = 20
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

// ReadIdentities reads private keys, one on each line; lines with # are comments. Invalid (field "identity") when
// there is none.
func ReadIdentities(r io.Reader) (Identities, error) {
	found, err := age.ParseIdentities(io.LimitReader(r, 1<<20))
	if err != nil || len(found) == 0 {
		return nil, fault.Wrap(fault.Invalid, errors.Join(errNoIdentity, err),
			"The file has no private key of a backup: a line that begins with AGE-SECRET-KEY-.").In("identity")
	}
	return found, nil
}

var errNoIdentity = errors.New("no identity")

// NewIdentity makes a pair of keys: the text of a file with the private one, and the public one.
func NewIdentity() (file, recipient string, err error) {
	made, err := age.GenerateX25519Identity()
	if err != nil {
		return "", "", err
	}
	recipient = made.Recipient().String()
	return "# public key: " + recipient + "\n" + made.String() + "\n", recipient, nil
}
