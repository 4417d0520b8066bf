package seal_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"almanac/scheduler/seal"
)

var place = seal.Place{Clinic: "c1", Table: "people", Column: "name", Row: "p1"}

func testRoot(t testing.TB) *seal.Root {
	t.Helper()
	secret := make([]byte, seal.SecretSize)
	for i := range secret {
		secret[i] = byte(i)
	}
	root, err := seal.NewRoot(secret)
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func testKey(t *testing.T) *seal.Key {
	t.Helper()
	_, key, err := testRoot(t).NewClinicKey("c1")
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestSealedOpensAtItsPlaceOnly(t *testing.T) {
	t.Parallel()
	key := testKey(t)
	const plain = "Pat Example, Straße 1"
	sealed := key.Seal(place, plain)
	if got, err := key.Open(place, sealed); err != nil || got != plain {
		t.Fatalf("Open = %q, %v", got, err)
	}
	if bytes.Contains(sealed, []byte("Pat")) || len(sealed) != len(plain)+seal.Overhead {
		t.Errorf("sealed is %d bytes: %q", len(sealed), sealed)
	}
	elsewhere := map[string]seal.Place{
		"clinic":              {Clinic: "c2", Table: "people", Column: "name", Row: "p1"},
		"table":               {Clinic: "c1", Table: "staff", Column: "name", Row: "p1"},
		"column":              {Clinic: "c1", Table: "people", Column: "email", Row: "p1"},
		"row":                 {Clinic: "c1", Table: "people", Column: "name", Row: "p2"},
		"no row":              {Clinic: "c1", Table: "people", Column: "name"},
		"letters across":      {Clinic: "c1p", Table: "eople", Column: "name", Row: "p1"},
		"letters across back": {Clinic: "c", Table: "1people", Column: "name", Row: "p1"},
		"column and row":      {Clinic: "c1", Table: "people", Column: "p1", Row: "name"},
	}
	for what, other := range elsewhere {
		if got, err := key.Open(other, sealed); !errors.Is(err, seal.ErrSealed) || got != "" {
			t.Errorf("moved to another %s: Open = %q, %v", what, got, err)
		}
	}
}

func TestAlteredValueDoesNotOpen(t *testing.T) {
	t.Parallel()
	key := testKey(t)
	sealed := key.Seal(place, "pat@example.net")
	for i := range sealed {
		altered := bytes.Clone(sealed)
		altered[i] ^= 1
		if _, err := key.Open(place, altered); !errors.Is(err, seal.ErrSealed) {
			t.Errorf("byte %d altered: %v", i, err)
		}
	}
	for n := range sealed {
		if _, err := key.Open(place, sealed[:n]); !errors.Is(err, seal.ErrSealed) {
			t.Errorf("cut to %d bytes: %v", n, err)
		}
	}
	if _, err := key.Open(place, append(bytes.Clone(sealed), 0)); !errors.Is(err, seal.ErrSealed) {
		t.Errorf("lengthened: %v", err)
	}
	if _, err := testKey(t).Open(place, sealed); !errors.Is(err, seal.ErrSealed) {
		t.Errorf("another clinic key: %v", err)
	}
}

func TestSameTextSealsDifferently(t *testing.T) {
	t.Parallel()
	key := testKey(t)
	if bytes.Equal(key.Seal(place, "x"), key.Seal(place, "x")) {
		t.Error("two seals of one text are equal")
	}
	if got, err := key.Open(place, key.Seal(place, "")); err != nil || got != "" {
		t.Errorf("the empty text: %q, %v", got, err)
	}
}

func TestClinicKeyIsBoundToClinicAndSecret(t *testing.T) {
	t.Parallel()
	root := testRoot(t)
	wrapped, key, err := root.NewClinicKey("c1")
	if err != nil {
		t.Fatal(err)
	}
	again, err := root.OpenClinicKey("c1", wrapped)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := again.Open(place, key.Seal(place, "x")); err != nil || got != "x" {
		t.Errorf("the reopened key gives %q, %v", got, err)
	}
	if again.BlindIndex("email", "a@b") != key.BlindIndex("email", "a@b") {
		t.Error("the reopened key has another index")
	}
	if again.Token("feed", "p1", 1) != key.Token("feed", "p1", 1) {
		t.Error("the reopened key makes other tokens")
	}
	if _, err := root.OpenClinicKey("c2", wrapped); !errors.Is(err, seal.ErrSealed) {
		t.Errorf("another clinic: %v", err)
	}
	other, err := seal.NewRoot(bytes.Repeat([]byte{7}, seal.SecretSize))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.OpenClinicKey("c1", wrapped); !errors.Is(err, seal.ErrSealed) {
		t.Errorf("another secret: %v", err)
	}
}

func TestBlindIndexKeepsKindsAndClinicsApart(t *testing.T) {
	t.Parallel()
	key, other := testKey(t), testKey(t)
	seen := map[string]string{}
	for what, index := range map[string]string{
		"email":          key.BlindIndex("email", "pat@example.net"),
		"phone":          key.BlindIndex("phone", "pat@example.net"),
		"letters across": key.BlindIndex("emailp", "at@example.net"),
		"another value":  key.BlindIndex("email", "pam@example.net"),
		"another clinic": other.BlindIndex("email", "pat@example.net"),
	} {
		if len(index) != 26 {
			t.Errorf("%s has %d characters", what, len(index))
		}
		if twin, found := seen[index]; found {
			t.Errorf("%s equals %s", what, twin)
		}
		seen[index] = what
	}
	if key.BlindIndex("email", "pat@example.net") != key.BlindIndex("email", "pat@example.net") {
		t.Error("equal values give different indexes")
	}
}

func TestParseSecret(t *testing.T) {
	t.Parallel()
	secret := bytes.Repeat([]byte{0xfb, 0xff}, 16)
	for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding,
		base64.RawURLEncoding} {
		if got, err := seal.ParseSecret("  " + enc.EncodeToString(secret) + "\n"); err != nil ||
			!bytes.Equal(got, secret) {
			t.Errorf("%q: %v", enc.EncodeToString(secret), err)
		}
	}
	if got, err := seal.ParseSecret(seal.NewSecret()); err != nil || len(got) != seal.SecretSize {
		t.Errorf("a new secret: %d bytes, %v", len(got), err)
	}
	if seal.NewSecret() == seal.NewSecret() {
		t.Error("two new secrets are equal")
	}
	for _, bad := range []string{"", "hunter2", base64.StdEncoding.EncodeToString(secret[:31]),
		base64.StdEncoding.EncodeToString(append(secret, 1))} {
		_, err := seal.ParseSecret(bad)
		if !errors.Is(err, seal.ErrSecret) {
			t.Errorf("%q: %v", bad, err)
		} else if bad != "" && strings.Contains(err.Error(), bad) {
			t.Errorf("the error repeats the secret %q", bad)
		}
	}
	if _, err := seal.NewRoot(secret[:16]); !errors.Is(err, seal.ErrSecret) {
		t.Errorf("a root of 16 bytes: %v", err)
	}
}

func TestKeysNeverPrint(t *testing.T) {
	t.Parallel()
	root, key := testRoot(t), testKey(t)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d", "%q"} {
		if got := fmt.Sprintf(verb+" "+verb, root, key); got != "seal.Root seal.Key" {
			t.Errorf("%s prints %q", verb, got)
		}
	}
	if got, err := json.Marshal([]any{root, key}); err != nil || string(got) != "[{},{}]" {
		t.Errorf("as JSON: %s, %v", got, err)
	}
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	key := testKey(t)
	token, index := key.Token("feed", "p1", 1), key.BlindIndex("email", "x")
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 200 {
				text := fmt.Sprint("text ", i)
				if got, err := key.Open(place, key.Seal(place, text)); err != nil || got != text {
					t.Errorf("Open = %q, %v", got, err)
				}
				if key.Token("feed", "p1", 1) != token || key.BlindIndex("email", "x") != index {
					t.Error("a derivation changed")
				}
			}
		})
	}
	wg.Wait()
}

func TestSubjectTokens(t *testing.T) {
	t.Parallel()
	key, other := testKey(t), testKey(t)
	const subject = "c1s0001"
	token := key.SubjectToken("join", subject, 1)
	if got, ok := key.Subject(token); !ok || got != subject {
		t.Errorf("the subject is %q, %v", got, ok)
	}
	if got, _ := other.Subject(token); got == subject {
		t.Error("another clinic's key reads the subject")
	}
	for what, twin := range map[string]string{
		"purpose": key.SubjectToken("room", subject, 1), "generation": key.SubjectToken("join", subject, 2),
		"clinic": other.SubjectToken("join", subject, 1),
	} {
		if twin == token {
			t.Errorf("another %s gives the same token", what)
		}
	}
	if got, ok := key.Subject("abc"); ok {
		t.Errorf("a short token has the subject %q", got)
	}
}

// A MAC is of its clinic, its purpose and all of its values in their order.
func TestMACs(t *testing.T) {
	t.Parallel()
	key, other := testKey(t), testKey(t)
	right := key.MAC("staff", "ab", "c")
	if right != key.MAC("staff", "ab", "c") || len(right) != 26 {
		t.Errorf("the MAC is %q", right)
	}
	for what, mac := range map[string]string{
		"clinic": other.MAC("staff", "ab", "c"), "purpose": key.MAC("signins", "ab", "c"),
		"border": key.MAC("staff", "a", "bc"), "order": key.MAC("staff", "c", "ab"),
		"number": key.MAC("staff", "ab", "c", ""),
		"use":    key.Token("staff", "ab", 0), "index": key.BlindIndex("staff", "ab"),
	} {
		if mac == right {
			t.Errorf("another %s gives the same MAC", what)
		}
	}
}

func BenchmarkMAC(b *testing.B) {
	_, key, err := testRoot(b).NewClinicKey("c1")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		key.MAC("signins", "aaaaaaaaaaaaaaaaaaaaaaaaaa", "75rm2rytdbbs1", "browser", "mail", "2026-01-06T23:00:00.000Z",
			"2026-01-06T23:00:00.000Z")
	}
}
