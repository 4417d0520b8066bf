package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// minimal is a protocol of a clinic's own.
const minimal = `protocol: PROTOCOL
version: "1"
title: Evening group
summary: A weekly group of the clinic's own.
wording: neutral
clock: cohort
sources: {content: [assumption], cadence: [assumption], session.duration: [assumption],
  capacity: [assumption], entry: [assumption], completion: [assumption]}
content: {order: fixed, unit: session, count: 4}
cadence: {every: P1W}
session: {kind: group, duration: PT1H}
capacity: {max: 8}
entry: {type: closed, last_session_for_new: 1}
completion: {type: content}
`

func TestOwnProtocolsJoinTheLibrary(t *testing.T) {
	t.Parallel()
	own := func(name string) string { return strings.Replace(minimal, "PROTOCOL", name, 1) }
	dir := t.TempDir()
	folder := filepath.Join(dir, ownProtocols)
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		// its parent's file comes later
		"a-child.yaml":    own("evening-child") + "parent: evening\nadaptation: {reason: \"another room\"}\n",
		"b-parent.yaml":   own("evening"),
		"c-broken.yaml":   own("broken") + "colour: blue\n",
		"d-shadow.yaml":   own("mbsr-4w"),
		"e-not-yaml.text": "nothing",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	library, problems, err := loadLibrary(Config{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"evening", "evening-child"} {
		if _, err := library.Find(id); err != nil {
			t.Errorf("%s is not in the library: %v; problems: %v", id, err, problems)
		}
	}
	if d, err := library.Find("mbsr-4w"); err != nil || d.Title == "Evening group" {
		t.Errorf("a built-in protocol was shadowed: %v", err)
	}
	if problems == nil || !strings.Contains(problems.Error(), "c-broken.yaml:") ||
		!strings.Contains(problems.Error(), "d-shadow.yaml") {
		t.Errorf("what is wrong is not told: %v", problems)
	}
	if problems != nil &&
		(strings.Contains(problems.Error(), "a-child") || strings.Contains(problems.Error(), "b-parent")) {
		t.Errorf("what is right is told of: %v", problems)
	}
}
