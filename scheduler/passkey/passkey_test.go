package passkey_test

import (
	"errors"
	"testing"

	"almanac/scheduler/fault"
	"almanac/scheduler/passkey"
	"almanac/scheduler/passkey/passkeytest"
)

func site(t *testing.T) *passkey.Site {
	t.Helper()
	s, err := passkey.At("https://care.example")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// added is a holder with one passkey, which the authenticator keeps.
func added(t *testing.T, s *passkey.Site, a *passkeytest.Authenticator) passkey.Holder {
	t.Helper()
	h := passkey.Holder{Handle: []byte("y5xtftqcs12cc"), Name: "sam@care.example"}
	options, state, err := s.BeginAdd(h)
	if err != nil {
		t.Fatal(err)
	}
	key, err := s.FinishAdd(h, state, a.Create(t, options))
	if err != nil {
		t.Fatal(err, errors.Unwrap(err))
	}
	h.Keys = []passkey.Key{key}
	return h
}

// A passkey that was added is accepted, each time with a higher counter.
func TestAddAndUse(t *testing.T) {
	t.Parallel()
	s, a := site(t), &passkeytest.Authenticator{Origin: "https://care.example", Site: "care.example"}
	h := added(t, s, a)
	for n := uint32(1); n <= 3; n++ {
		options, state, err := s.BeginUse()
		if err != nil {
			t.Fatal(err)
		}
		key, err := s.FinishUse(state, a.Sign(t, options), func([]byte) (passkey.Holder, error) { return h, nil })
		if err != nil || key.ID != h.Keys[0].ID || key.Counter != n {
			t.Fatalf("use %d: %+v (%v, %v)", n, key, err, errors.Unwrap(err))
		}
		h.Keys[0] = key
	}
}

// What a passkey is refused for.
func TestRefusals(t *testing.T) {
	t.Parallel()
	s := site(t)
	for name, c := range map[string]struct {
		spoil func(a *passkeytest.Authenticator, h *passkey.Holder)
		kind  fault.Kind
	}{
		"another origin": {func(a *passkeytest.Authenticator, _ *passkey.Holder) {
			a.Origin = "https://evil.example"
		}, fault.Invalid},
		"plain http": {func(a *passkeytest.Authenticator, _ *passkey.Holder) {
			a.Origin = "http://care.example"
		}, fault.Invalid},
		"another host": {func(a *passkeytest.Authenticator, _ *passkey.Holder) {
			a.Site = "evil.example"
		}, fault.Invalid},
		"not verified": {func(a *passkeytest.Authenticator, _ *passkey.Holder) {
			a.Unverified = true
		}, fault.Invalid},
		"removed": {func(_ *passkeytest.Authenticator, h *passkey.Holder) { h.Keys = nil }, fault.Invalid},
		"the counter goes back": {func(a *passkeytest.Authenticator, h *passkey.Holder) {
			h.Keys[0].Counter = 9
		}, fault.Conflict},
	} {
		a := &passkeytest.Authenticator{Origin: "https://care.example", Site: "care.example"}
		h := added(t, s, a)
		c.spoil(a, &h)
		options, state, err := s.BeginUse()
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.FinishUse(state, a.Sign(t, options), func([]byte) (passkey.Holder, error) { return h, nil })
		if fault.KindOf(err) != c.kind {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// An answer counts for the ceremony that asked for it alone.
func TestAnswersOfOtherCeremonies(t *testing.T) {
	t.Parallel()
	s, a := site(t), &passkeytest.Authenticator{Origin: "https://care.example", Site: "care.example"}
	h := added(t, s, a)
	find := func([]byte) (passkey.Holder, error) { return h, nil }
	options, _, err := s.BeginUse()
	if err != nil {
		t.Fatal(err)
	}
	_, other, err := s.BeginUse()
	if err != nil {
		t.Fatal(err)
	}
	_, adding, err := s.BeginAdd(h)
	if err != nil {
		t.Fatal(err)
	}
	for _, state := range [][]byte{other, adding} {
		if _, err := s.FinishUse(state, a.Sign(t, options), find); !fault.Is(err, fault.Invalid) {
			t.Errorf("another challenge: %v", err)
		}
	}
	for _, answer := range []string{"", "{}", "[]", `{"id": "x", "rawId": "x", "type": "public-key"}`} {
		if _, err := s.FinishUse(other, []byte(answer), find); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", answer, err)
		}
		if _, err := s.FinishAdd(h, adding, []byte(answer)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", answer, err)
		}
	}
}

// Browsers keep passkeys for names alone, and for localhost without https.
func TestSites(t *testing.T) {
	t.Parallel()
	for address, good := range map[string]bool{
		"https://care.example": true, "https://care.example:8443": true, "http://localhost:8080": true,
		"http://care.example": false, "http://127.0.0.1:8080": false, "https://[::1]": false, "": false, "x": false,
	} {
		if _, err := passkey.At(address); (err == nil) != good || err != nil && !fault.Is(err, fault.Unavailable) {
			t.Errorf("%q: %v", address, err)
		}
	}
}
