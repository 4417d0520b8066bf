package web

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// textsPage says what there is to know about texts, as carriers ask: what comes, how often, what it costs, and how to
// end it. It is public, the same for everybody, and neutral.
type textsPage struct {
	Page
	English, Spanish textTerms
}

// textTerms are the terms of texts in one language.
type textTerms struct{ Title, What, Often, Cost, Stop, Help, Consent, Privacy string }

var textTermsOf = map[string]textTerms{
	"en": {
		Title: "Texts about your appointments",
		What:  "We text dates, changes of dates and free times to people who agreed to it. We text no advertising.",
		Often: "How often: one reminder a day and three a week at most, and news of changes; never more than " +
			"five texts a day.",
		Cost: "We charge nothing for them. Message and data rates of your carrier may apply.",
		Stop: "To end: reply STOP to any text. Your appointments stay yours.",
		Help: "For help: reply HELP, or call the number in your letters.",
		Consent: "How to agree: tell us that you want texts. We then send one text, and you reply Y. Nothing else " +
			"comes before. You need not agree to have appointments.",
		Privacy: "Privacy: texts hold no name and do not say what an appointment is for. We give your number and " +
			"your agreement to nobody for advertising; only the company that delivers the texts sees the number.",
	},
	"es": {
		Title: "Mensajes de texto sobre sus citas",
		What: "Enviamos fechas, cambios de fechas y horarios libres a quienes lo aceptaron. No enviamos " +
			"publicidad.",
		Often: "Con qué frecuencia: como máximo un recordatorio al día y tres por semana, y avisos de cambios; " +
			"nunca más de cinco mensajes al día.",
		Cost: "No cobramos por ellos. Su compañía puede cobrar tarifas de mensajes y datos.",
		Stop: "Para terminar: responda ALTO a cualquier mensaje. Sus citas siguen siendo suyas.",
		Help: "Para recibir ayuda: responda AYUDA, o llame al número que está en sus cartas.",
		Consent: "Cómo aceptar: díganos que quiere mensajes. Le enviamos uno y usted responde SI. Antes no llega " +
			"ningún otro. No hace falta aceptar para tener citas.",
		Privacy: "Privacidad: los mensajes no llevan nombres ni dicen para qué es una cita. No damos su número ni " +
			"su permiso a nadie para publicidad; solo la compañía que entrega los mensajes ve el número.",
	},
}

func (s *Server) textsShow(c echo.Context, _ visitor) error {
	v := &textsPage{Page: s.basePage(textTermsOf["en"].Title), English: textTermsOf["en"], Spanish: textTermsOf["es"]}
	return s.render(c, http.StatusOK, v)
}
