package scheduler

import (
	"net/mail"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/idna"

	"almanac/scheduler/fault"
)

// CheckEmail tidies one e-mail address: the bare address without characters that
// show nothing, its domain as A-labels in lower case (RFC 5890 §2.3.2.1). Empty is
// allowed and stays empty. Invalid (field "email") otherwise.
func CheckEmail(raw string) (string, *fault.Error) {
	bad := fault.In("email", "This is not an email address. Write it like pat@example.net, or leave it empty.")
	text, problem := tidyLine(plain(raw))
	if problem != "" || strings.ContainsAny(text, " <>,;\"") {
		return "", bad
	}
	if text == "" {
		return "", nil
	}
	at := strings.LastIndexByte(text, '@')
	if at < 0 || at > 64 {
		return "", bad
	}
	domain, ok := mailDomain(text[at+1:])
	if !ok {
		return "", bad
	}
	address := text[:at] + "@" + domain
	if parsed, err := mail.ParseAddress(address); err != nil || parsed.Address != address {
		return "", bad
	}
	return address, nil
}

// mailDomain is ASCIIDomain for a domain that mail can go to: two labels or more
// of letters, digits and inner hyphens (RFC 1123 §2.1), but for localhost. ok is
// false for any other.
func mailDomain(domain string) (ascii string, ok bool) {
	ascii = ASCIIDomain(domain)
	labels := strings.Split(ascii, ".")
	if len(ascii) > 255 || strings.HasSuffix(domain, ".") || len(labels) < 2 && ascii != "localhost" {
		return "", false
	}
	odd := func(r rune) bool { return r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') }
	return ascii, !slices.ContainsFunc(labels, func(label string) bool {
		if _, err := idna.Lookup.ToUnicode(label); err != nil && strings.HasPrefix(label, "xn--") {
			return true
		}
		return strings.ContainsFunc(label, odd) || label == "" || len(label) > 63 || strings.HasPrefix(label, "-") ||
			strings.HasSuffix(label, "-")
	})
}

// ShownEmail gives an address as staff read it: its domain in its own letters
// where they cannot be taken for others, else as A-labels.
func ShownEmail(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 0 || !strings.Contains(address[at:], "xn--") {
		return address
	}
	labels := strings.Split(address[at+1:], ".")
	shown := make([]string, len(labels))
	for i, label := range labels {
		shown[i] = label
		own, err := idna.Lookup.ToUnicode(label)
		if back, failed := idna.Lookup.ToASCII(own); err == nil && failed == nil && back == label {
			shown[i] = own
		}
	}
	foreign := !isASCII(shown[len(shown)-1]) // the country's own script is expected in front of it
	for i := range shown {
		if !distinct(shown[i], foreign) {
			shown[i] = labels[i]
		}
	}
	return address[:at+1] + strings.Join(shown, ".")
}

// distinct tells whether a label cannot be taken for another one: its letters are
// of one script, and of none that looks like Latin unless the domain's end is not
// Latin either (Unicode TR 39 §5).
func distinct(label string, foreign bool) bool {
	for _, table := range []*unicode.RangeTable{unicode.Latin, unicode.Arabic, unicode.Hebrew, unicode.Thai,
		unicode.Hangul, unicode.Devanagari, unicode.Bengali, unicode.Tamil} {
		if oneScript(label, table) {
			return true
		}
	}
	if oneScript(label, unicode.Han, unicode.Hiragana, unicode.Katakana) {
		return true
	}
	return foreign && (oneScript(label, unicode.Cyrillic) || oneScript(label, unicode.Greek))
}

func oneScript(label string, tables ...*unicode.RangeTable) bool {
	return !strings.ContainsFunc(label, func(r rune) bool {
		return !unicode.In(r, tables...) && !unicode.In(r, unicode.Mn, unicode.Mc) && r != '-' && r != '・' &&
			r != 'ー' && !unicode.IsDigit(r)
	})
}

func isASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxASCII })
}
