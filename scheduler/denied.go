package scheduler

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"almanac/scheduler/fault"
)

// The denylist: what must not stand in anything that a person's calendar, mail
// or telephone shows. The entries are lower case without accents.
var (
	// deniedAnywhere are stems so telling that they count inside longer words:
	// psychotherapy, policlinic, teletherapy.
	deniedAnywhere = []string{
		"opioid", "addict", "methadon", "metadon", "buprenor", "suboxon", "naltrexon", "naloxon",
		"rehab", "mindful", "therap", "terapi", "terapeu", "relaps", "clinic", "counsel",
		"detox", "desintoxic", "overdos", "sobredos", "fentan", "narcan", "kloxxado", "vivitrol", "sublocade",
		"brixadi", "zubsolv",
		"psych", "psico", "psiqui", "siquiatr", "narcot", "methamph", "metanfet", "cocain", "toxicoman",
	}
	// deniedStarts are stems that count at the start of a word only, because
	// "obsession", "regroup" and "contradicción" are innocent.
	deniedStarts = []string{
		"substance", "sustancia", "recovery", "recuperaci", "recaid", "drug", "droga", "drogod",
		"adicci", "adicto", "adicta", "adictiv", "opiat", "opiac", "group", "grup", "session", "sesion",
		"treatment", "tratamiento", "consejer", "mbsr", "mbrp", "mrocc", "meditat", "meditac", "sobriet", "sobried",
		"zimhi", "evzio", "sicolog",
	}
	// deniedWords are whole words and acronyms that mean nothing else.
	deniedWords = []string{
		"moud", "rocc", "sober", "sobrio", "sobria", "heroin", "heroina", "patient", "patients",
		"paciente", "pacientes",
	}
	// deniedCapitals are acronyms that in lower case are ordinary words or may
	// be: "more", "a mat", the Spanish "sud". In running text they count in
	// capitals only; in a host name or mail address, which has no capitals,
	// they count as a whole label.
	deniedCapitals = []string{"more", "mat", "oud", "sud", "otp", "tam", "tuo"}
	// deniedPhrases are pairs of words, each innocent alone.
	deniedPhrases = []string{
		"atencion plena", "conciencia plena", "consciencia plena", "mental health", "salud mental",
		"12 step", "12 steps", "twelve step", "twelve steps", "12 pasos", "doce pasos",
	}
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
	word, _, found = denied(text)
	return word, found
}

// denied does the same, and gives the word as it stands in the text, too.
func denied(text string) (entry, typed string, found bool) {
	before, previous := "", "" // the previous word, for phrases: folded, and as typed
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
				return entry, raw, true
			}
			if phrase := before + " " + folded; slices.Contains(deniedPhrases, phrase) {
				return phrase, previous + " " + raw, true
			}
			before, previous = folded, raw
		}
		if entry, found := deniedRun(run, name); found {
			return entry, strings.Trim(run, "-._+%@"), true
		}
		offset += size
	}
	return "", "", false
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

// deniedRun looks for what hyphens or dots take apart: acronyms (M-ROCC, M.O.R.E.)
// and stems (opi-oid).
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
	if joined == "" || !strings.ContainsAny(strings.Trim(run, "-._+%@"), "-._") {
		return "", false
	}
	if spelled(run) && slices.Contains(deniedCapitals, joined) {
		return joined, true
	}
	for _, stem := range deniedAnywhere {
		if strings.Contains(joined, stem) {
			return stem, true
		}
	}
	for _, stem := range deniedStarts {
		if strings.HasPrefix(joined, stem) {
			return stem, true
		}
	}
	return "", false
}

// spelled tells whether every part of a run is one letter: M.O.R.E., m-a-t.
func spelled(run string) bool {
	parts := strings.FieldsFunc(run, func(r rune) bool { return !wordRune(r) })
	return !slices.ContainsFunc(parts, func(part string) bool { return utf8.RuneCountInString(foldWord(part)) > 1 })
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

// lookAlikes are letters of other scripts, and Latin ones with strokes, that read as a
// Latin letter.
var lookAlikes = map[rune]rune{
	'а': 'a', 'в': 'b', 'е': 'e', 'ѕ': 's', 'і': 'i', 'ј': 'j', 'к': 'k', 'м': 'm', 'н': 'h', 'о': 'o', 'р': 'p',
	'с': 'c', 'т': 't', 'у': 'y', 'х': 'x',
	'һ': 'h', 'ӏ': 'l', 'ԁ': 'd', 'ԛ': 'q', 'ԝ': 'w', 'α': 'a', 'β': 'b', 'ε': 'e', 'ζ': 'z', 'η': 'h', 'ι': 'i',
	'κ': 'k', 'μ': 'm', 'ν': 'v', 'ο': 'o',
	'ρ': 'p', 'τ': 't', 'υ': 'u', 'χ': 'x', 'ϲ': 'c', 'ı': 'i', 'ł': 'l', 'ø': 'o', 'đ': 'd', 'ã': 'a', 'å': 'a',
	'ā': 'a', 'ē': 'e', 'ę': 'e', 'ī': 'i',
	'õ': 'o', 'ō': 'o', 'ū': 'u', 'ý': 'y', 'ÿ': 'y', 'ç': 'c', 'š': 's', 'ñ': 'n',
}

// foldWord gives a word in lower case without accents, marks and joiners, in Latin letters.
func foldWord(word string) string {
	return strings.Map(func(r rune) rune {
		if r >= '！' && r <= '～' { // full-width forms stand in the order of ASCII
			r -= '！' - '!'
		}
		r = unicode.ToLower(r)
		if latin, alike := lookAlikes[r]; alike {
			return latin
		}
		switch r {
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

// refuseTelling refuses a text that people will read when a word of it tells why
// they come; nil when no word does, or a reason is given.
func refuseTelling(field, what, text, reason string) *fault.Error {
	_, word, found := denied(text)
	if !found || !isBlank(reason) {
		return nil
	}
	return fault.Wrap(fault.Invalid, ErrNeedsReason,
		"%s says %q, which tells others why people come here. Write it without that word, or give a reason to insist.",
		what, word).In(field)
}
