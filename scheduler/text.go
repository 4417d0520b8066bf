package scheduler

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"almanac/scheduler/fault"
)

// MaxText is how many characters a name or another single line may have.
const MaxText = 200

// CheckLine tidies one line that somebody typed: spaces around it and characters
// that show nothing are removed. Invalid at field when it has a line break, a
// control character, one that reorders text, or more than MaxText characters.
// what begins the sentence, as "The name".
func CheckLine(field, what, raw string) (string, *fault.Error) {
	tidy, problem := tidyLine(raw)
	if problem != "" {
		return "", fault.In(field, "%s %s.", what, problem)
	}
	return tidy, nil
}

// CheckReason is CheckLine for text that may run over several lines.
func CheckReason(field, what, raw string) (string, *fault.Error) {
	lines := strings.Split(strings.ReplaceAll(raw, "\r\n", "\n"), "\n")
	for i, line := range lines {
		tidy := visible(line)
		if problem := unreadable(strings.ReplaceAll(tidy, "\t", " ")); problem != "" {
			return "", fault.In(field, "%s %s.", what, problem)
		}
		lines[i] = strings.TrimRightFunc(tidy, unicode.IsSpace)
	}
	return strings.TrimSpace(strings.Join(lines, "\n")), nil
}

// needReason is CheckReason for a reason that must be given; doing begins the
// sentence, as "Waiving".
func needReason(doing, raw string) (string, error) {
	reason, err := CheckReason("reason", "The reason", raw)
	switch {
	case err != nil:
		return "", err
	case reason == "":
		return "", fault.In("reason", "%s needs a reason, so that others can follow it.", doing)
	}
	return reason, nil
}

// isBlank tells whether a text shows nothing at all.
func isBlank(text string) bool { return strings.TrimSpace(visible(text)) == "" }

// tidyLine is CheckLine without the sentence: problem says in words what keeps
// text from being one line that shows as it is, "" when nothing does.
func tidyLine(text string) (tidy, problem string) {
	tidy = strings.TrimFunc(visible(text), func(r rune) bool { return unicode.Is(unicode.Zs, r) })
	if utf8.RuneCountInString(tidy) > MaxText {
		return tidy, "is longer than 200 characters; shorten it"
	}
	return tidy, unreadable(tidy)
}

// unreadable says what keeps text from showing as it is, "" when nothing does.
func unreadable(text string) string {
	for _, r := range text {
		switch {
		case unicode.Is(unicode.Bidi_Control, r):
			return "has a hidden character that changes the direction of writing; type it again instead of pasting it"
		case unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r == unicode.ReplacementChar:
			return "has a line break or a character that cannot be shown; type it again"
		}
	}
	return ""
}

// visible removes the characters that show nothing. It leaves those that turn the
// direction of writing, for unreadable to refuse, and joiners inside words whose
// scripts need them.
func visible(text string) string {
	if !strings.ContainsFunc(text, hidden) {
		return text
	}
	all := []rune(text)
	kept := make([]rune, 0, len(all))
	for i, r := range all {
		joins := (r == '\u200c' || r == '\u200d') && i > 0 && joining(all[i-1]) && i+1 < len(all) && joining(all[i+1])
		if !hidden(r) || unicode.Is(unicode.Bidi_Control, r) || joins {
			kept = append(kept, r)
		}
	}
	return string(kept)
}

// plain removes every character that shows nothing or turns the direction of
// writing: addresses and phone numbers need none, and address books add them.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if hidden(r) {
			return -1
		}
		return r
	}, text)
}

// hidden tells whether a character shows nothing of its own: formatting other than
// the signs of Arabic script that enclose a number, and fillers.
func hidden(r rune) bool {
	return unicode.Is(unicode.Cf, r) && !unicode.Is(unicode.Prepended_Concatenation_Mark, r) ||
		unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r)
}

// joining tells whether a character belongs to a script in whose words joiners
// change the letters beside them (RFC 5892 appendix A).
func joining(r rune) bool {
	return unicode.In(r, unicode.Arabic, unicode.Syriac, unicode.Mongolian, unicode.Devanagari, unicode.Bengali,
		unicode.Gurmukhi,
		unicode.Gujarati, unicode.Oriya, unicode.Tamil, unicode.Telugu, unicode.Kannada, unicode.Malayalam,
		unicode.Sinhala, unicode.Khmer, unicode.Myanmar)
}
