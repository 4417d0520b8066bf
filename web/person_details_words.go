package web

import "almanac/scheduler"

// detailWords are the texts of the pages on which people change who they are, in one language.
type detailWords struct {
	Title, Mine, Zone, ZoneHint, ZoneOther, ZoneOtherHint, Language, Save, Saved, Back, Wrong string
	Email, Phone, None, NewEmail, NewPhone, SendCode, SendHint                                string
	CodeSent, CodeTo, Code, CodeHint, CodeEnter, CodeAgain                                    string
	AddressWrong, CodeWrong, TooOften, CodeOld, Done, WeCall, ZoneWrong, LanguageWrong        string
	Stop, StopHint, StopEmail, StopSMS, StopVoice, AgainEmail, AgainSMS, AgainVoice           string
	StopDone, AgainDone, AgainText                                                            string
	WasYou, WasEmail, WasPhone, NotMe, NotMeNow, NotMeDone                                    string
}

var detailLanguages = map[string]*detailWords{
	"en": {
		Title: "My details", Mine: "Time and language", Zone: "Your time zone", ZoneHint: "All times follow it.",
		ZoneOther: "Some other place", ZoneOtherHint: "Like Europe/Madrid. Leave it empty to use the list.",
		Language: "Your language", Save: "Save", Saved: "Saved.", Back: "Back", Wrong: "Please look at this again.",
		Email: "Email", Phone: "Phone", None: "none", NewEmail: "New email", NewPhone: "New phone number",
		SendCode: "Send me a code", SendHint: "We send a code there. Nothing changes until you type it in here.",
		CodeSent: "We sent a code. It may take a minute.", CodeTo: "We sent a code to",
		Code: "The six digits", CodeHint: "The code is good for 15 minutes.", CodeEnter: "Use this from now on",
		CodeAgain:     "No code came? Check what you typed, and ask for one more.",
		AddressWrong:  "We can't use this. Look at each letter and digit. It must be new.",
		CodeWrong:     "That is not the code. Look at our last message.",
		TooOften:      "We can't send a code there now. Wait a bit and try again, or call us.",
		CodeOld:       "This code is too old, or was tried too often. Ask for a new one.",
		Done:          "Done. We told your old one, too. Your page has a new link. You are on it now.",
		WeCall:        "Thank you. To be safe, we will call you before we change it.",
		ZoneWrong:     "We do not know this place. Choose one from the list.",
		LanguageWrong: "Choose one from the list.",
		Stop:          "Stop all messages",
		StopHint: "It works at once, and you can turn it on again here. We then call " +
			"you, if a date of yours changes.",
		StopEmail: "Stop all email", StopSMS: "Stop all texts", StopVoice: "Stop all calls",
		AgainEmail: "Send me email again", AgainSMS: "Send me texts again", AgainVoice: "You may call me again",
		StopDone: "Done. It has stopped.", AgainDone: "Done. It is on again.", AgainText: "What you agree to",
		WasYou: "Was this you?", WasEmail: "Your email was changed on your page.",
		WasPhone: "Your phone number was changed on your page.",
		NotMe: "If you did not do this, press the button. " +
			"Your old one then holds again. The link to your page changes, and we call you.",
		NotMeNow: "That was not me", NotMeDone: "Thank you. Your old one holds again. We will call you.",
	},
	"es": {
		Title: "Mis datos", Mine: "Hora e idioma", Zone: "Su zona horaria", ZoneHint: "Todas las horas van con ella.",
		ZoneOther: "Otro lugar", ZoneOtherHint: "Como Europe/Madrid. Si usa la lista, no ponga nada.",
		Language: "Su idioma", Save: "Guardar", Saved: "Ya está guardado.", Back: "Volver",
		Wrong: "Por favor, mire esto otra vez.", Email: "Correo", Phone: "Teléfono", None: "ninguno",
		NewEmail: "Correo nuevo", NewPhone: "Teléfono nuevo", SendCode: "Pedir una clave",
		SendHint: "Le mandamos una clave allí. Nada cambia hasta que la ponga aquí.",
		CodeSent: "Le mandamos una clave. Puede tardar un minuto.", CodeTo: "Mandamos una clave a",
		Code: "Los seis números", CodeHint: "La clave sirve por 15 minutos.", CodeEnter: "Usar esto desde ahora",
		CodeAgain:    "¿No le llega? Mire lo que puso y pida otra.",
		AddressWrong: "Eso no se puede usar. Mire cada letra y cada número. Debe ser algo nuevo.",
		CodeWrong:    "Esa no es la clave. Mire nuestro último mensaje.",
		TooOften:     "Ahora no le podemos mandar una clave allí. Espere un poco o llámenos.",
		CodeOld:      "Esta clave ya no sirve. Pida una nueva.",
		Done:         "Hecho. Avisamos también al de antes. Su página tiene otro enlace. Ya está en ella.",
		WeCall:       "Gracias. Para que todo vaya bien, le llamamos antes de hacer el cambio.",
		ZoneWrong:    "No se halla ese lugar. Elija uno de la lista.", LanguageWrong: "Elija uno de la lista.",
		Stop: "Parar los mensajes",
		StopHint: "Vale al momento y puede volver atrás aquí. Si cambia una de sus " +
			"fechas, le llamamos.",
		StopEmail: "Parar los correos", StopSMS: "Parar los textos", StopVoice: "Parar las llamadas",
		AgainEmail: "Quiero correos otra vez", AgainSMS: "Quiero textos otra vez", AgainVoice: "Me pueden llamar",
		StopDone: "Hecho. Ya no le llega nada por ahí.", AgainDone: "Hecho. Le llega otra vez.",
		AgainText: "A qué dice que sí", WasYou: "¿Fue usted?", WasEmail: "Su correo cambió en su página.",
		WasPhone: "Su teléfono cambió en su página.", NotMe: "Si no fue usted, pulse el botón. Vale otra vez lo de " +
			"antes. Su página tendrá otro enlace y le llamamos.",
		NotMeNow: "No fui yo", NotMeDone: "Gracias. Vale otra vez lo de antes. Le vamos a llamar.",
	},
}

// detailWordsFor returns the words of a language, English by default.
func detailWordsFor(language string) *detailWords {
	if w := detailLanguages[language]; w != nil {
		return w
	}
	return detailLanguages["en"]
}

// channel is the button that stops a channel, or has it go on.
func (w *detailWords) channel(c scheduler.Channel) (stop, again string) {
	switch c {
	case scheduler.Email:
		return w.StopEmail, w.AgainEmail
	case scheduler.SMS:
		return w.StopSMS, w.AgainSMS
	}
	return w.StopVoice, w.AgainVoice
}
