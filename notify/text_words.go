package notify

// textWords are the texts of one language. They keep to the 7-bit alphabet, because one á, í, ó or ú makes a text
// more than twice as long; a test counts their words and their parts.
type textWords struct {
	sender   string // who writes, when the clinic shows no name
	welcome  string
	reminder string // %s: day and time
	changes  string // %s: the headline
	offer    string // %s: day and time; until when to answer
	waitlist string
	optIn    string // %s: the sender; the address of the page about texts
	code     string // %s: six digits
	changed  string // before the address of the page that stops it
}

var texts = map[string]textWords{
	"en": {
		sender:   "Appointments",
		welcome:  "Your appointments are on your own page. Please keep this link to yourself:",
		reminder: "Reminder of your appointment: %s. Can't come? Reply C, or see:",
		changes:  "%s. All your dates:",
		offer:    "A time is free: %s. Reply Y or N by %s:",
		waitlist: "You are on the waitlist. We will write when there is a place. Your page:",
		optIn: "%s: texts about your dates, up to 5 a day. Msg & data rates may apply. Reply Y to get them, " +
			"HELP for help, STOP to end. Terms, privacy: %s",
		code:    "Your code is %s. It is good for 15 minutes. Not you? Do nothing.",
		changed: "Your email or phone has changed. Not you? Stop it here:",
	},
	"es": {
		sender:   "Citas",
		welcome:  "Estas son sus citas. El enlace es solo para usted:",
		reminder: "Recordatorio de su cita: %s. ¿No puede venir? Responda C, o vea:",
		changes:  "%s. Todas sus fechas:",
		offer:    "Horario libre (%s). Responda SI o NO antes de %s:",
		waitlist: "Tiene un lugar en la lista de espera. Le escribiremos cuando haya sitio. Ver:",
		optIn: "%s: mensajes sobre sus citas, hasta 5 cada 24 horas. Pueden aplicarse tarifas. Responda SI para " +
			"recibirlos, AYUDA para ayuda, ALTO para terminar. Condiciones, privacidad: %s",
		code:    "Su clave es %s. Sirve por 15 minutos. Si no es suya, no haga nada.",
		changed: "Su correo o su tel. ha cambiado. Si no fue usted, vea:",
	},
}

// textsOf returns the texts of a language, or English.
func textsOf(language string) textWords {
	if w, ok := texts[language]; ok {
		return w
	}
	return texts["en"]
}
