package seal_test

import (
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"almanac/scheduler/seal"
)

var update = flag.Bool("update", false, "write the vectors anew; only for a new version of the format")

// vectors are values that the first version of the format made with the secret
// 00 01 02 … 1f. Later versions must read them.
type vectors struct {
	WrappedKey string            `json:"wrapped_key"`
	Sealed     string            `json:"sealed"`
	Plain      string            `json:"plain"`
	EmailIndex string            `json:"email_index"`
	Tokens     map[string]string `json:"tokens"`
	Hash       string            `json:"hash_of_feed_p1_1"`
}

func tokens(key *seal.Key) map[string]string {
	return map[string]string{
		"feed p1 1": key.Token("feed", "p1", 1),
		"feed p1 2": key.Token("feed", "p1", 2),
		"feed p2 1": key.Token("feed", "p2", 1),
		"page p1 1": key.Token("page", "p1", 1),
		"feedp 1 1": key.Token("feedp", "1", 1),
		"feed p 11": key.Token("feed", "p", 11),
		"feed p1 0": key.Token("feed", "p1", 0),
	}
}

func TestVectors(t *testing.T) {
	t.Parallel()
	root := testRoot(t)
	const file = "testdata/vectors.json"
	if *update {
		writeVectors(t, file, root)
	}
	var want vectors
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	key, err := root.OpenClinicKey("c1", unhex(t, want.WrappedKey))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := key.Open(place, unhex(t, want.Sealed)); err != nil || got != want.Plain {
		t.Errorf("the sealed vector opens to %q, %v; want %q", got, err, want.Plain)
	}
	if got := key.BlindIndex("email", "pat@example.net"); got != want.EmailIndex {
		t.Errorf("index %q, want %q", got, want.EmailIndex)
	}
	got := tokens(key)
	for what, token := range want.Tokens {
		if got[what] != token {
			t.Errorf("token %s is %q, want %q", what, got[what], token)
		}
	}
	if len(want.Tokens) != len(got) {
		t.Errorf("%d tokens stand in the vectors, want %d", len(want.Tokens), len(got))
	}
	if got := seal.HashToken(want.Tokens["feed p1 1"]); got != want.Hash {
		t.Errorf("hash %q, want %q", got, want.Hash)
	}
}

func TestTokensAreApartAndWellFormed(t *testing.T) {
	t.Parallel()
	all := tokens(testKey(t))
	all["random"], all["random again"] = seal.RandomToken(), seal.RandomToken()
	seen := map[string]string{}
	for what, token := range all {
		if len(token) != seal.TokenLength || strings.Trim(token, "abcdefghijklmnopqrstuvwxyz234567") != "" {
			t.Errorf("%s is %q", what, token)
		}
		if twin, found := seen[token]; found {
			t.Errorf("%s and %s are equal", what, twin)
		}
		seen[token] = what
	}
}

// TestHashToken uses the example of FIPS 180-4.
func TestHashToken(t *testing.T) {
	t.Parallel()
	const want = "xj4bnp4pahh6uqkbidpf3lrcem" // of ba7816bf 8f01cfea 414140de 5dae2223
	if got := seal.HashToken("abc"); got != want {
		t.Errorf("HashToken(abc) = %s", got)
	}
}

func writeVectors(t *testing.T, file string, root *seal.Root) {
	t.Helper()
	wrapped, key, err := root.NewClinicKey("c1")
	if err != nil {
		t.Fatal(err)
	}
	const plain = "Pat Example"
	text, err := json.MarshalIndent(vectors{
		WrappedKey: hex.EncodeToString(wrapped),
		Sealed:     hex.EncodeToString(key.Seal(place, plain)),
		Plain:      plain,
		EmailIndex: key.BlindIndex("email", "pat@example.net"),
		Tokens:     tokens(key),
		Hash:       seal.HashToken(key.Token("feed", "p1", 1)),
	}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, append(text, '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
}

func unhex(t *testing.T, text string) []byte {
	t.Helper()
	raw, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
