package notify

import (
	"fmt"
	"strings"

	"almanac/notify/sms"
	"almanac/scheduler/gate"
	"almanac/scheduler/reads"
)

// answerWords are the answers to texts that came in. They may take two parts.
type answerWords struct {
	stopped   string // %s: the sender; how to reach the clinic
	confirmed string
	noConsent string // %s: how to reach the clinic
	help      string // %s: the sender; how to reach the clinic
	unread    string // %s: how to reach the clinic
	which     string // %s: the page, or how to reach the clinic
	givenBack string // %s: the date, with its bracket; the page
	noDate    string // %s: the page
	accepted  string // %s: the date; the page
	declined  string
	gone      string // %s: the page
	call      string // %s: a number
	crisis    string // when the clinic names no crisis line
}

var answerTexts = map[string]answerWords{
	"en": {
		stopped: "%s: you get no more texts from us. Your dates stay yours.%s To give one date back, use your page " +
			"or call. Reply START to get texts again.",
		confirmed: "Thank you, texts about your dates will come here. Reply STOP to end them.",
		noConsent: "We have no agreement to text this number.%s",
		help:      "%s: texts about your dates, up to 5 a day. Msg & data rates may apply. STOP ends them.%s",
		unread: "Nobody reads texts around the clock. In an emergency call 911.%s We see your text in working " +
			"hours.%s",
		which:     "We cannot tell which date you mean, so nothing has changed. Please choose it yourself.%s",
		givenBack: "You have given back your date%s. To take it back, or for other dates:%s",
		noDate:    "You have no date ahead that could be given back.%s",
		accepted:  "The date is yours: %s.%s",
		declined:  "Thank you, we give this date to somebody else. Your other dates stay as they are.",
		gone:      "That date is no longer free. What is yours:%s",
		call:      " Call %s.",
		crisis:    "Crisis line: call or text 988.",
	},
	"es": {
		stopped: "%s: ya no le enviaremos mensajes. Sus citas siguen siendo suyas.%s Para devolver una fecha, use " +
			"su enlace o llame. Responda START para volver a recibirlos.",
		confirmed: "Gracias, los mensajes sobre sus citas llegan a este número. Responda ALTO para terminar.",
		noConsent: "No tenemos permiso para enviar mensajes a este número.%s",
		help:      "%s: mensajes sobre sus citas, hasta 5 cada 24 horas. Pueden aplicarse tarifas. ALTO los termina.%s",
		unread: "Los mensajes no se leen a toda hora. En una emergencia llame al 911.%s Vemos su mensaje en horas de " +
			"trabajo.%s",
		which:     "No sabemos de qué fecha se trata, y nada ha cambiado. Por favor, elija usted.%s",
		givenBack: "Ha devuelto su fecha%s. Para recuperarla, o para otras fechas:%s",
		noDate:    "No tiene ninguna fecha pendiente que pueda devolver.%s",
		accepted:  "La fecha es suya: %s.%s",
		declined:  "Gracias, daremos esta fecha a otra persona. Sus otras fechas siguen igual.",
		gone:      "Ese horario ya no sigue libre. Sus fechas:%s",
		call:      " Llame al %s.",
		crisis:    "Crisis: llame al 988 o escriba.",
	},
}

// ComposeAnswer writes the answer to a text that came in; an empty Text is none. Who wrote is not named in it.
func (c *Composer) ComposeAnswer(taken reads.TextTaken, to string) sms.Message {
	m := sms.Message{Clinic: taken.Clinic, To: to}
	words, known := answerTexts[taken.Language]
	if !known {
		words = answerTexts["en"]
	}
	w := textWriter{say: textsOf(taken.Language)}
	sender, call := w.sender(taken.Contact), ""
	if taken.Contact.Phone != "" {
		call = fmt.Sprintf(words.call, taken.Contact.ShownPhone())
	}
	act := taken.Act
	switch {
	case act == "" && taken.Meaning == string(gate.TextStop):
		act = reads.TextStopped
	case act == "" && taken.Meaning == string(gate.TextHelp):
		act = reads.TextHelped
	case act == "" && taken.Meaning == string(gate.TextStart):
		act = reads.TextNoConsent
	}
	page, date := "", ""
	if taken.Page != "" {
		page = " " + strings.TrimRight(c.publicURL(), "/") + "/p/" + taken.Page
	}
	if !taken.Date.IsZero() {
		date = clock{words: wordsOf(taken.Language), zone: c.zone(taken.Zone)}.subject(taken.Date)
	}
	switch act {
	case reads.TextWhich:
		if page == "" {
			page = call
		}
		m.Text = fmt.Sprintf(words.which, page)
	case reads.TextGivenBack:
		if date != "" {
			date = " (" + date + ")"
		}
		m.Text = fmt.Sprintf(words.givenBack, date, page)
	case reads.TextNoDate:
		m.Text = fmt.Sprintf(words.noDate, page)
	case reads.TextAccepted:
		m.Text = fmt.Sprintf(words.accepted, date, page)
	case reads.TextDeclined:
		m.Text = words.declined
	case reads.TextGone:
		m.Text = fmt.Sprintf(words.gone, page)
	case reads.TextStopped:
		m.Text = fmt.Sprintf(words.stopped, sender, call)
	case reads.TextConfirmed:
		m.Text = words.confirmed
	case reads.TextNoConsent:
		m.Text = fmt.Sprintf(words.noConsent, call)
	case reads.TextHelped:
		m.Text = fmt.Sprintf(words.help, sender, call)
	default:
		crisis := words.crisis
		if taken.Contact.Crisis != "" {
			crisis = strings.TrimSuffix(taken.Contact.Crisis, ".") + "."
		}
		m.Text = fmt.Sprintf(words.unread, " "+crisis, call)
	}
	m.Text = sms.Plain(m.Text)
	return m
}
