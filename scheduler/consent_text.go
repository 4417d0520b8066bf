package scheduler

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"strings"

	"almanac/scheduler/fault"
)

// ConsentTextVersion is the version of the texts that people agree to today.
const ConsentTextVersion = "1"

// consentFiles are the texts, as kind.version.language.txt. One that somebody may have agreed to never changes: a new
// wording is a new version.
//
//go:embed consents/*.txt
var consentFiles embed.FS

// ConsentText is one version of what a person agrees to, in one language.
type ConsentText struct {
	Kind              ConsentKind // also a channel
	Version, Language string
	Hash              string // SHA-256 of the file, in hexadecimal
	Title             string
	// What, To and Purpose are what the text proposes; empty: each consent says it.
	What, To, Purpose string
	Body              []string // paragraphs
}

// ConsentTextOf gives a text of a kind or channel. An empty version is today's. It is Invalid in field "text_version"
// when there is no such text.
func ConsentTextOf(kind ConsentKind, version, language string) (ConsentText, error) {
	if version == "" {
		version = ConsentTextVersion
	}
	name := fmt.Sprintf("consents/%s.%s.%s.txt", kind, version, language)
	file, err := consentFiles.ReadFile(name)
	if err != nil || strings.ContainsAny(string(kind)+version+language, "/.") {
		return ConsentText{}, fault.In("text_version",
			"There is no text of that kind, version and language. `almanac consent text KIND` shows today's.")
	}
	sum := sha256.Sum256(file)
	text := ConsentText{Kind: kind, Version: version, Language: language, Hash: hex.EncodeToString(sum[:])}
	head, body, _ := strings.Cut(strings.TrimSpace(string(file)), "\n\n")
	for line := range strings.Lines(head) {
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch name {
		case "Title":
			text.Title = value
		case "What":
			text.What = value
		case "To":
			text.To = value
		case "Purpose":
			text.Purpose = value
		}
	}
	text.Body = strings.Split(body, "\n")
	return text, nil
}
