package scheduler

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// MostSearchText is how long the text of a search for people may be, in bytes.
const MostSearchText = 200

// PersonSearch is what somebody typed to find a person. Every word of it must match the name, an address, the end of
// the phone number or an id of another system. The zero value matches everybody.
type PersonSearch struct {
	words  []searchWord
	digits string // of a text that is one phone number; empty: it is not
}

// searchWord is one word of a search.
type searchWord struct {
	typed  string
	text   string   // in lower case
	names  []string // its parts, as names are compared
	digits string   // of a word that is the end of a phone number; empty: it is not
}

// fewestDigits is how many digits of a phone number find it.
const fewestDigits = 3

// NewPersonSearch reads what was typed.
func NewPersonSearch(text string) PersonSearch {
	s := PersonSearch{digits: dialled(text)}
	for _, typed := range strings.Fields(text) {
		word := searchWord{typed: typed, text: strings.ToLower(typed), digits: dialled(typed)}
		word.names = strings.FieldsFunc(FoldName(typed), notInName)
		if len(word.names) > 0 || word.digits != "" || strings.Contains(typed, "@") {
			s.words = append(s.words, word)
		}
	}
	return s
}

// IsEmpty tells whether the search matches everybody.
func (s PersonSearch) IsEmpty() bool { return len(s.words) == 0 }

// Words lists the words as they were typed.
func (s PersonSearch) Words() []string {
	all := make([]string, len(s.words))
	for i, w := range s.words {
		all[i] = w.typed
	}
	return all
}

// AsksPhones tells whether a phone number may match.
func (s PersonSearch) AsksPhones() bool {
	for _, w := range s.words {
		if w.digits != "" {
			return true
		}
	}
	return s.digits != ""
}

// AsksEmails tells whether an address may match: a word has what names do not have.
func (s PersonSearch) AsksEmails() bool {
	for _, w := range s.words {
		if w.digits == "" && strings.ContainsAny(w.text, "@._+0123456789") {
			return true
		}
	}
	return false
}

// Matches tells whether a contact is meant. Ids of other systems count only when they stand in the contact.
func (s PersonSearch) Matches(c Contact) bool {
	if s.digits != "" && endsWith(c.Phone, s.digits) {
		return true
	}
	var words []string
	for _, w := range s.words {
		if w.inEmail(c.Email) || endsWith(c.Phone, w.digits) || w.isID(c.ExternalIDs) {
			continue
		}
		if words == nil {
			words = searchWords(c.Name)
		}
		if !w.inName(words) {
			return false
		}
	}
	return true
}

// inName tells whether each part of a word begins a word of the name.
func (w searchWord) inName(words []string) bool {
	for _, part := range w.names {
		found := false
		for _, word := range words {
			found = found || strings.HasPrefix(word, part)
		}
		if !found {
			return false
		}
	}
	return len(w.names) > 0
}

// inEmail tells whether a word begins a part of the address before the @, or stands in it with the @.
func (w searchWord) inEmail(email string) bool {
	if email == "" || w.digits != "" {
		return false
	}
	email = strings.ToLower(email)
	if strings.Contains(w.text, "@") {
		return strings.Contains(email, w.text) || strings.Contains(email, FoldAddress(w.text))
	}
	local, _, _ := strings.Cut(email, "@")
	for {
		if strings.HasPrefix(local, w.text) {
			return true
		}
		next := strings.IndexAny(local, ".-_+")
		if next < 0 {
			return false
		}
		local = local[next+1:]
	}
}

// isID tells whether a word is what another system calls the person.
func (w searchWord) isID(ids []ExternalID) bool {
	for _, id := range ids {
		if strings.EqualFold(id.Value, w.text) {
			return true
		}
	}
	return false
}

// dialled gives the digits of a text that may be a phone number or its end, "" when it is none.
func dialled(text string) string {
	var digits strings.Builder
	for _, r := range plain(text) {
		switch {
		case r >= '0' && r <= '9':
			digits.WriteRune(r)
		case !strings.ContainsRune("+()-./ \u00a0\u2011\u2013", r):
			return ""
		}
	}
	if digits.Len() < fewestDigits {
		return ""
	}
	return digits.String()
}

// endsWith tells whether a number in E.164 ends with digits that were typed. Of a whole number the zeros in front,
// which stand for "abroad" or "in this country", do not count.
func endsWith(phone, digits string) bool {
	if phone == "" || digits == "" {
		return false
	}
	const whole = 7
	bare := strings.TrimLeft(digits, "0")
	return strings.HasSuffix(phone, digits) || len(bare) >= whole && strings.HasSuffix(phone, bare)
}

// FoldName gives the form in which names are compared and put in order: without case and accents. Names of plain
// letters take the short way.
func FoldName(name string) string {
	for i := range len(name) {
		if name[i] >= utf8.RuneSelf {
			return foldName(name)
		}
	}
	return strings.ToLower(name)
}

// searchWords gives the words of a name by which it is found: O'Neill by neill and by oneill.
func searchWords(name string) []string {
	words := strings.FieldsFunc(FoldName(name), notInName)
	if strings.ContainsFunc(name, tiesWords) {
		words = append(words, joined(name)...)
	}
	return words
}

// tiesWords tells whether a rune is a hyphen or an apostrophe.
func tiesWords(r rune) bool {
	if r < utf8.RuneSelf {
		return r == '-' || r == '\''
	}
	return unicode.In(r, unicode.Pd) || strings.ContainsRune("’‘ʼ", r)
}

// notInName tells whether a rune parts two words of a name.
func notInName(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }
