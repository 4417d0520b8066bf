package protocols_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"almanac/protocols"
)

// Text that changes the direction of writing is refused where it stands, written as
// itself or as an escape.
func TestTextThatTurnsIsRefused(t *testing.T) {
	t.Parallel()
	src, err := os.ReadFile("library/mbsr-4w.yaml")
	if err != nil {
		t.Fatal(err)
	}
	library, err := protocols.BuiltinLibrary()
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(src), "\ntitle: ")
	title, _, _ := strings.Cut(after, "\n")
	for name, turned := range map[string]string{"itself": "title: Four\u202e weeks",
		"escaped": `title: "Four\u202E weeks"`} {
		_, err := library.Parse("own.yaml", []byte(strings.Replace(string(src), "title: "+title, turned, 1)))
		var problems protocols.Problems
		if !errors.As(err, &problems) ||
			!strings.Contains(err.Error(), "U+202E, which changes the direction of writing") {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := protocols.ReadYAML("story.yaml", []byte(turned+"\n")); err == nil ||
			!strings.HasPrefix(err.Error(), "story.yaml:1:") {
			t.Errorf("%s in a replay file: %v", name, err)
		}
	}
}
