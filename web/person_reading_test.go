package web_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"almanac/web"
)

var (
	sentenceEnd   = regexp.MustCompile(`[.!?:]+(?:\s|$)`)
	englishVowels = regexp.MustCompile(`[aeiouy]+`)
	spanishVowels = regexp.MustCompile(`[aeouáéíóúüi]`)
	spanishPairs  = regexp.MustCompile(`[iu][aeoáéó]|[aeoáéó][iu]|ui|iu`)
)

// syllablesOf counts the syllables of a word: groups of vowels, in English without a silent e at the end.
func syllablesOf(word, language string) int {
	word = strings.ToLower(word)
	if language == "es" {
		return max(1, len(spanishVowels.FindAllString(spanishPairs.ReplaceAllString(word, "a"), -1)))
	}
	n := len(englishVowels.FindAllString(word, -1))
	silent := strings.HasSuffix(word, "e") && !strings.HasSuffix(word, "le") ||
		strings.HasSuffix(word, "ed") && !strings.HasSuffix(word, "ted") && !strings.HasSuffix(word, "ded") ||
		strings.HasSuffix(word, "es") && !strings.HasSuffix(word, "ses") && !strings.HasSuffix(word, "ges")
	if silent && n > 1 {
		n--
	}
	return max(1, n)
}

// measured counts the words, sentences and syllables of a text.
func measured(text, language string) (words, sentences, syllables float64) {
	sentences = float64(max(1, len(sentenceEnd.FindAllString(text, -1))))
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return !letterOf(r) }) {
		words++
		syllables += float64(syllablesOf(word, language))
	}
	return words, sentences, syllables
}

func letterOf(r rune) bool {
	return r == '\'' || r == '’' || r > 127 && r != utf8.RuneError || isASCIILetter(r)
}

func isASCIILetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }

// gradeOf is the Flesch-Kincaid grade of an English text.
func gradeOf(text string) float64 {
	words, sentences, syllables := measured(text, "en")
	return 0.39*words/sentences + 11.8*syllables/words - 15.59
}

// easeOf is the Fernández-Huerta ease of a Spanish text.
func easeOf(text string) float64 {
	words, sentences, syllables := measured(text, "es")
	return 206.84 - 60*syllables/words - 1.02*words/sentences
}

// shortest is how many words a text has of which the measures say something; shorter ones count together.
const shortest = 7

// What people read on their pages is no harder than the sixth grade, and easy in Spanish.
func TestWhatPeopleReadIsEasy(t *testing.T) {
	t.Parallel()
	for _, language := range []string{"en", "es"} {
		var labels strings.Builder
		hard := func(name, text string) {
			t.Helper()
			if grade, ease := gradeOf(text), easeOf(text); language == "en" && grade > 6 {
				t.Errorf("%s: grade %.1f: %q", name, grade, text)
			} else if language == "es" && ease < 80 {
				t.Errorf("%s: ease %.0f: %q", name, ease, text)
			}
		}
		for name, text := range web.Texts(language) {
			if strings.HasPrefix(name, "feed.") { // of programs
				continue
			}
			if words, _, _ := measured(text, language); words < shortest {
				labels.WriteString(text + ". ")
				continue
			}
			hard(name, text)
		}
		hard("labels", labels.String())
	}
}

// A page of a person is light enough for an old phone, with all that it loads.
func TestPagesOfPeopleAreSmall(t *testing.T) {
	t.Parallel()
	assets := 0
	for _, name := range []string{"page.css", "page.js"} {
		data, err := os.ReadFile(filepath.Join("assets", name))
		if err != nil {
			t.Fatal(err)
		}
		assets += len(data)
	}
	t.Logf("%d octets of style and script", assets)
	for _, pattern := range []string{"person*.html", "date*.html", "join*.html", "settings*.html", "question*.html",
		"details*.html", "stop*.html"} {
		pages, err := filepath.Glob(filepath.Join("testdata", "gallery", pattern))
		if err != nil || len(pages) == 0 {
			t.Fatalf("no pages %s: %v", pattern, err)
		}
		for _, page := range pages {
			data, err := os.ReadFile(page)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(data), `<main class="own">`) && len(data)+assets > 30<<10 {
				t.Errorf("%s: %d octets with style and script", page, len(data)+assets)
			}
		}
	}
}
