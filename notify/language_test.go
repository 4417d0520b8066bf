package notify_test

import (
	"mime"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	wordPattern = regexp.MustCompile(`\p{L}{2,}`)
	tagPattern  = regexp.MustCompile(`(?s)<[^>]*>`)
	linkPattern = regexp.MustCompile(`(?:https?|webcal|mailto):[^ <"\n]*|[^ <"\n]*@[^ >"\n]*`)
)

// said is all text that a person reads in a mail: subject, names, texts and calendar.
func said(t *testing.T, data []byte) []string {
	header, parts := leaves(t, data)
	decoder := new(mime.WordDecoder)
	text := ""
	for _, field := range []string{"Subject", "From"} {
		value, err := decoder.DecodeHeader(header.Get(field))
		if err != nil {
			t.Fatal(err)
		}
		text += value + "\n"
	}
	for _, p := range parts {
		if _, params, err := mime.ParseMediaType(p.disposition); err == nil {
			text += params["filename"] + "\n"
		}
		if !strings.Contains(p.body, "BEGIN:VCALENDAR") {
			text += tagPattern.ReplaceAllString(p.body, " ") + "\n"
			continue
		}
		for line := range strings.SplitSeq(strings.ReplaceAll(p.body, "\r\n ", ""), "\r\n") {
			name, value, _ := strings.Cut(line, ":")
			switch name, _, _ = strings.Cut(name, ";"); name {
			case "SUMMARY", "DESCRIPTION", "LOCATION", "PRODID":
				text += strings.ReplaceAll(value, "//", " ") + "\n"
			case "ORGANIZER":
				text += line[:strings.Index(line, ":")] + "\n"
			}
		}
	}
	return wordPattern.FindAllString(strings.ToLower(linkPattern.ReplaceAllString(text, " ")), -1)
}

// English and Spanish mails have no word in common, except names.
func TestSpanishMailsAreSpanish(t *testing.T) {
	t.Parallel()
	names := strings.Fields("almanac appointments no mar en organizer cn pat example utc google outlook iphone ipad " +
		"mac url ics york street room main kolkata jr дмитрий очень длинноеимя")
	for name, h := range samples(t) {
		h.Language = "en"
		english := said(t, compose(t, h).Data)
		h = inLanguage(h, "es")
		for _, word := range said(t, compose(t, h).Data) {
			if slices.Contains(english, word) && !slices.Contains(names, word) {
				t.Errorf("%s: %q stands in both", name, word)
			}
		}
	}
}
