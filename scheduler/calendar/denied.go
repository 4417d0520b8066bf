package calendar

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The denylist: what must not stand in anything that a person's calendar, mail
// or telephone shows. The entries are lower case without accents.
var (
	// deniedAnywhere are stems so telling that they count inside longer words:
	// psychotherapy, policlinic, teletherapy.
	deniedAnywhere = []string{
		"opioid", "addict", "methadon", "metadon", "buprenor", "suboxon", "naltrexon", "naloxon",
		"rehab", "mindful", "therap", "terapi", "terapeu", "relaps", "clinic", "counsel",
	}
	// deniedStarts are stems that count at the start of a word only, because
	// "obsession", "regroup" and "contradicción" are innocent.
	deniedStarts = []string{
		"substance", "sustancia", "recovery", "recuperaci", "recaid", "drug", "droga", "drogod",
		"adicci", "adicto", "adicta", "adictiv", "opiat", "opiac", "group", "grup", "session", "sesion",
		"treatment", "tratamiento", "consejer", "mbsr", "mbrp", "mrocc",
	}
	// deniedWords are whole words and acronyms that mean nothing else.
	deniedWords = []string{"moud", "rocc"}
	// deniedCapitals are acronyms that in lower case are ordinary words or may
	// be: "more", "a mat", the Spanish "sud". In running text they count in
	// capitals only; in a host name or mail address, which has no capitals,
	// they count as a whole label.
	deniedCapitals = []string{"more", "mat", "oud", "sud", "tam", "tuo"}
	// deniedPhrases are pairs of words, each innocent alone.
	deniedPhrases = []string{"atencion plena", "conciencia plena", "consciencia plena"}
)

// Denied finds the first word of text that would give away why somebody has
// appointments, in English or Spanish, and names the entry of the denylist
// that it meets. Case and accents do not matter, except for acronyms that are
// also ordinary words. Text may be prose, an iCalendar object with its lines
// unfolded, a host name, a mail address or a URL: in the host of a URL, in
// mail addresses and in dotted names the words count run together, too
// (mindfulcare.example), and acronyms in lower case; the path of a URL counts
// as prose, because its tokens are random letters.
func Denied(text string) (word string, found bool) {
	before := "" // the previous word, for phrases
	for offset := 0; offset < len(text); {
		size := runOctets(text[offset:])
		if size == 0 {
			_, size = utf8.DecodeRuneInString(text[offset:])
			offset += size
			continue
		}
		run := text[offset : offset+size]
		name := dotted(run) && !inPath(text[:offset])
		for _, raw := range strings.FieldsFunc(run, func(r rune) bool { return !wordRune(r) }) {
			folded := foldWord(raw)
			if entry, found := deniedWord(raw, folded, name); found {
				return entry, true
			}
			if phrase := before + " " + folded; slices.Contains(deniedPhrases, phrase) {
				return phrase, true
			}
			before = folded
		}
		if entry, found := deniedRun(run, name); found {
			return entry, true
		}
		offset += size
	}
	return "", false
}

// deniedWord looks one word up: as it stands, and folded.
func deniedWord(raw, folded string, name bool) (entry string, found bool) {
	for _, stem := range deniedAnywhere {
		if strings.Contains(folded, stem) {
			return stem, true
		}
	}
	for _, stem := range deniedStarts {
		if strings.HasPrefix(folded, stem) || name && strings.Contains(folded, stem) {
			return stem, true
		}
	}
	bare := strings.TrimRight(folded, "0123456789")
	if slices.Contains(deniedWords, bare) {
		return bare, true
	}
	if (name || capitals(raw)) && slices.Contains(deniedCapitals, bare) {
		return bare, true
	}
	return "", false
}

// deniedRun looks for acronyms that hyphens or dots take apart (M-ROCC, M.B.S.R.)
// and, in names, for stems across them.
func deniedRun(run string, name bool) (entry string, found bool) {
	joined := foldWord(strings.Map(func(r rune) rune {
		if r == '-' || r == '.' || r == '_' {
			return -1
		}
		return r
	}, run))
	for _, acronym := range [...]string{"mbsr", "mbrp", "mrocc", "moud"} {
		if joined == acronym || name && strings.Contains(joined, acronym) {
			return acronym, true
		}
	}
	return "", false
}

// runOctets counts the leading octets of text that may form one name or one
// hyphenated word: letters, digits, marks and "-._+%@".
func runOctets(text string) int {
	for i, r := range text {
		if !wordRune(r) && !strings.ContainsRune("-._+%@", r) {
			return i
		}
	}
	return len(text)
}

// dotted tells a host name or mail address from prose: it has an "@", or a dot
// between letters or digits and two letters or more after the last.
func dotted(run string) bool {
	if strings.Contains(run, "@") {
		return true
	}
	run = strings.Trim(run, ".-_+%")
	dot := strings.LastIndexByte(run, '.')
	if dot <= 0 {
		return false
	}
	top := run[dot+1:]
	return utf8.RuneCountInString(top) > 1 && strings.IndexFunc(top, unicode.IsLetter) == 0
}

// inPath tells whether what follows head belongs to the path of a URL: it
// comes after a single slash.
func inPath(head string) bool {
	return strings.HasSuffix(head, "/") && !strings.HasSuffix(head, "//")
}

// wordRune tells what words are made of; marks and invisible joiners included,
// so that they cannot hide a word.
func wordRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.In(r, unicode.Mn, unicode.Cf)
}

// foldWord gives a word in lower case without accents, marks and joiners.
func foldWord(word string) string {
	return strings.Map(func(r rune) rune {
		switch r = unicode.ToLower(r); r {
		case 'á', 'à', 'â', 'ä':
			return 'a'
		case 'é', 'è', 'ê', 'ë':
			return 'e'
		case 'í', 'ì', 'î', 'ï':
			return 'i'
		case 'ó', 'ò', 'ô', 'ö':
			return 'o'
		case 'ú', 'ù', 'û', 'ü':
			return 'u'
		}
		if unicode.In(r, unicode.Mn, unicode.Cf) {
			return -1
		}
		return r
	}, word)
}

// capitals tells whether a word has no lower-case letter.
func capitals(word string) bool { return strings.IndexFunc(word, unicode.IsLower) < 0 }
