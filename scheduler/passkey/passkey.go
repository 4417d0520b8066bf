package passkey

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/netip"
	"net/url"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"almanac/scheduler/fault"
)

// Site is the host for which passkeys are made.
type Site struct{ ceremonies *webauthn.WebAuthn }

// At returns the site at a public address. It fails with Unavailable when browsers keep no passkeys for that address:
// it must be a name, not a number, and https unless it is localhost.
func At(publicURL string) (*Site, error) {
	u, err := url.Parse(publicURL)
	if err != nil {
		return nil, unusable()
	}
	host := u.Hostname()
	if _, err := netip.ParseAddr(host); err == nil || host == "" || u.Scheme != "https" && host != "localhost" {
		return nil, unusable()
	}
	ceremonies, err := webauthn.New(&webauthn.Config{
		RPID: host, RPDisplayName: host, RPOrigins: []string{u.Scheme + "://" + u.Host},
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey:      protocol.ResidentKeyRequirementRequired,
			UserVerification: protocol.VerificationRequired,
		},
	})
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "%s", unusable().Error())
	}
	return &Site{ceremonies}, nil
}

func unusable() error {
	return fault.New(fault.Unavailable, "Passkeys do not work at the address of this site.")
}

// Holder is a member of staff with their passkeys. It implements the library's User.
type Holder struct {
	Handle []byte // the same for all passkeys of a holder; reveals nothing
	Name   string // shown by the browser where the holder chooses a passkey
	Keys   []Key
}

// Key is a passkey as it is stored.
type Key struct {
	ID      string // its credential id, base64url
	Data    []byte // its public key and flags
	Counter uint32 // of signatures; 0: it does not count
}

type user struct {
	Holder
	credentials []webauthn.Credential
}

func (u *user) WebAuthnID() []byte                         { return u.Handle }
func (u *user) WebAuthnName() string                       { return u.Name }
func (u *user) WebAuthnDisplayName() string                { return u.Name }
func (u *user) WebAuthnCredentials() []webauthn.Credential { return u.credentials }

func userOf(h Holder) (*user, error) {
	u := &user{Holder: h}
	for _, k := range h.Keys {
		var c webauthn.Credential
		if err := json.Unmarshal(k.Data, &c); err != nil {
			return nil, fmt.Errorf("reading a passkey: %w", err)
		}
		c.Authenticator.SignCount = k.Counter
		u.credentials = append(u.credentials, c)
	}
	return u, nil
}

func keyOf(c *webauthn.Credential) (Key, error) {
	c.Attestation = webauthn.CredentialAttestation{} // says which authenticator it is, and nothing uses it
	data, err := json.Marshal(c)
	if err != nil {
		return Key{}, fmt.Errorf("writing a passkey: %w", err)
	}
	return Key{ID: base64.RawURLEncoding.EncodeToString(c.ID), Data: data, Counter: c.Authenticator.SignCount}, nil
}

// BeginAdd begins adding a passkey. It returns the options for the browser, and the state for FinishAdd.
func (s *Site) BeginAdd(h Holder) (options, state []byte, err error) {
	u, err := userOf(h)
	if err != nil {
		return nil, nil, err
	}
	known := webauthn.Credentials(u.credentials).CredentialDescriptors()
	creation, session, err := s.ceremonies.BeginRegistration(u, webauthn.WithExclusions(known))
	if err != nil {
		return nil, nil, fmt.Errorf("beginning a passkey: %w", err)
	}
	return marshal(creation.Response, session)
}

// FinishAdd checks the browser's answer and returns the new passkey. It fails with Invalid when the answer is for
// another site or another ceremony, or when the holder was not verified.
func (s *Site) FinishAdd(h Holder, state, answer []byte) (Key, error) {
	u, err := userOf(h)
	if err != nil {
		return Key{}, err
	}
	var session webauthn.SessionData
	if err := json.Unmarshal(state, &session); err != nil {
		return Key{}, fmt.Errorf("reading a ceremony: %w", err)
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return Key{}, refused(err)
	}
	made, err := s.ceremonies.CreateCredential(u, session, parsed)
	if err != nil {
		return Key{}, refused(err)
	}
	return keyOf(made)
}

// BeginUse begins using a passkey, whichever the browser's user chooses. It returns the options for the browser, and
// the state for FinishUse.
func (s *Site) BeginUse() (options, state []byte, err error) {
	assertion, session, err := s.ceremonies.BeginDiscoverableLogin()
	if err != nil {
		return nil, nil, fmt.Errorf("beginning to use a passkey: %w", err)
	}
	return marshal(assertion.Response, session)
}

// FinishUse checks the browser's answer and returns the passkey as it is from now on. find returns the holder with a
// handle. FinishUse fails as FinishAdd does, with the error of find, and with Conflict when the counter went back,
// because then there is a copy of the passkey.
func (s *Site) FinishUse(state, answer []byte, find func(handle []byte) (Holder, error)) (Key, error) {
	var session webauthn.SessionData
	if err := json.Unmarshal(state, &session); err != nil {
		return Key{}, fmt.Errorf("reading a ceremony: %w", err)
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return Key{}, refused(err)
	}
	var unknown error
	_, used, err := s.ceremonies.ValidatePasskeyLogin(func(_, handle []byte) (webauthn.User, error) {
		holder, err := find(handle)
		if err != nil {
			unknown = err
			return nil, err
		}
		return userOf(holder)
	}, session, parsed)
	switch {
	case unknown != nil:
		return Key{}, unknown
	case err != nil:
		return Key{}, refused(err)
	case used.Authenticator.CloneWarning:
		return Key{}, fault.New(fault.Conflict,
			"A copy of this passkey seems to be in use, so it was not accepted. Sign in by email, remove this "+
				"passkey, and tell an admin.")
	}
	return keyOf(used)
}

func marshal(options any, session *webauthn.SessionData) (shown, state []byte, err error) {
	if shown, err = json.Marshal(options); err != nil {
		return nil, nil, fmt.Errorf("writing a ceremony: %w", err)
	}
	if state, err = json.Marshal(session); err != nil {
		return nil, nil, fmt.Errorf("writing a ceremony: %w", err)
	}
	return shown, state, nil
}

// refused answers for every passkey that is not accepted; the cause is for tests and names nobody.
func refused(cause error) error {
	return fault.Wrap(fault.Invalid, cause, "This passkey was not accepted. Try again, or sign in by email.")
}
