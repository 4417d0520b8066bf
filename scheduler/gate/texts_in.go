package gate

import (
	"slices"
	"strings"
	"unicode"

	"almanac/scheduler"
)

// TextMeaning is what a text that came in says, as far as a program may tell.
type TextMeaning string

// The meanings of a text. What is none of these, people must read.
const (
	TextStop   TextMeaning = "stop"   // no more texts (47 CFR 64.1200(a)(10))
	TextStart  TextMeaning = "start"  // texts again
	TextHelp   TextMeaning = "help"   // who writes, and how to end it
	TextYes    TextMeaning = "yes"    // to what was asked
	TextNo     TextMeaning = "no"     // to what was asked
	TextCannot TextMeaning = "cannot" // the person cannot come to the next date
	TextOther  TextMeaning = "other"
)

// wholeTexts are texts that mean something as a whole. Case, accents, spaces and punctuation do not count. The first
// seven of TextStop are those of 47 CFR 64.1200(a)(10).
var wholeTexts = map[TextMeaning][]string{
	TextStop: {"stop", "quit", "end", "revoke", "optout", "cancel", "unsubscribe", "stopall", "remove", "removeme",
		"stoptexts", "stoptexting", "stopit", "stopplease", "pleasestop", "stopnow", "stopthis", "leavemealone",
		"unsubscribeme", "optmeout", "takemeoff", "nomore", "nomoretexts", "nomoremessages", "donttext",
		"alto", "parar", "pare", "paren", "basta", "cancelar", "cancele", "baja", "darsedebaja", "detener", "detengan",
		"terminar", "nomas", "nomasmensajes", "nomastextos", "borrarme", "dejemeenpaz", "dejenmeenpaz", "quitar",
		"stopporfavor", "unsubscribemeplease", "pleaseunsubscribe", "pleaseunsubscribeme",
		"altoporfavor", "bastaya", "finalizar", "eliminar"},
	TextStart: {"start", "unstop", "restart", "subscribe", "resume", "comenzar", "empezar", "iniciar", "reanudar",
		"alta"},
	TextHelp: {"help", "info", "information", "helpme", "ayuda", "ayudame", "informacion"},
	TextYes:  {"y", "yes", "yesplease", "yep", "yeah", "ok", "okay", "si", "s", "claro", "sigracias", "siporfavor"},
	TextNo:   {"n", "no", "nothanks", "nothankyou", "nope", "nogracias"},
	TextCannot: {"c", "cantcome", "icantcome", "cannotcome", "icannotcome", "cantmakeit", "icantmakeit", "cannotmakeit",
		"icannotmakeit", "wontcome", "iwontcome", "wontmakeit", "iwontmakeit", "cantattend", "icantattend",
		"nopuedoir", "nopuedovenir", "nopodreir", "nopodrevenir", "novoy", "nopuedoasistir", "nopodreasistir",
		"sorryicantcome", "sorrycantcome", "sorryicantmakeit", "sorrycantmakeit", "icantcometoday", "icantcometomorrow",
		"cantcometoday", "cantcometomorrow", "cantmakeittoday", "cantmakeittomorrow", "icantmakeittoday",
		"icantmakeittomorrow", "nopuedoirhoy", "nopuedoirmanana", "nopuedovenirhoy", "nopuedovenirmanana"},
}

// stopVerbs and textNouns make a clear wording together: "please stop texting me", "no quiero más mensajes".
var (
	stopVerbs = []string{"stop", "quit", "dont", "donot", "never", "nomore", "unsubscribe", "remove", "optout",
		"cease", "end", "nomas", "noquiero", "nome", "deje", "dejen", "deja", "pare", "paren", "para", "basta",
		"alto", "quiten",
		"quite", "borren", "borre", "eliminen", "cancele", "cancelen", "cancel", "delete"}
	textNouns = []string{"text", "texts", "texting", "sms", "message", "messages", "messaging", "msgs", "msg",
		"contacting", "contact", "mensaje", "mensajes", "textos", "escribirme", "escribiendome", "escriban", "escriba",
		"mandarme", "mandeme", "manden", "enviarme", "envie", "envien", "textearme", "texteen", "contactarme"}
	// offVerbs and lists make another: "take me off your list".
	offVerbs = []string{"remove", "delete", "off", "quiten", "quite", "borren", "borre", "eliminen"}
	lists    = []string{"number", "numero", "list", "lista"}
	// otherwise are words after which a text says more than that: people must read it.
	otherwise = []string{"but", "love", "except", "until", "unless", "if", "why", "when", "who", "did", "pero", "si",
		"encanta", "cuando", "porque", "hasta", "menos", "quien", "group", "grupo", "class", "clase", "bus", "drinking",
		"using", "get", "got", "received", "see", "recibi", "llega", "llego", "worry"}
)

// mostStopWords is how long a clear wording may be.
const mostStopWords = 12

// ReadText says what a text means. Only what is clear counts; "stop the group, I love it" is for people to read.
func ReadText(text string) TextMeaning {
	words := textWords(text)
	whole := strings.Join(words, "")
	for _, meaning := range []TextMeaning{TextStop, TextStart, TextHelp, TextYes, TextNo, TextCannot} {
		if slices.Contains(wholeTexts[meaning], whole) {
			return meaning
		}
	}
	if len(words) == 0 || len(words) > mostStopWords {
		return TextOther
	}
	for i := 1; i < len(words); i++ { // "do not", "no more"
		if pair := words[i-1] + words[i]; slices.Contains(stopVerbs, pair) {
			words = append(words, pair)
		}
	}
	has := func(list []string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(list, w) })
	}
	if (has(stopVerbs) && has(textNouns) || has(offVerbs) && has(lists)) && !has(otherwise) {
		return TextStop
	}
	return TextOther
}

// SpanishText tells whether a text has words of ours that are Spanish alone.
func SpanishText(text string) bool {
	spanish := []string{"alto", "parar", "pare", "paren", "basta", "cancelar", "cancele", "baja", "detener", "terminar",
		"nomas", "deje", "dejen", "mensajes", "mensaje", "textos", "ayuda", "informacion", "comenzar", "empezar",
		"iniciar",
		"reanudar", "alta", "si", "puedo", "podre", "voy", "quiero", "gracias", "favor", "quiten", "borren", "mas"}
	return slices.ContainsFunc(textWords(text), func(w string) bool { return slices.Contains(spanish, w) })
}

// unspoken are the marks inside words that people leave out.
var unspoken = strings.NewReplacer("'", "", "’", "", "‘", "", "`", "")

// textWords are the words of a text without case, accents, apostrophes and punctuation.
func textWords(text string) []string {
	return strings.FieldsFunc(scheduler.Folded(unspoken.Replace(text)),
		func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}
