package notify

// words are all texts of messages in one language. They never say why a person has
// appointments; a test compares them with calendar.Denied.
type words struct {
	lang     string
	weekdays [7]string  // from Sunday
	months   [12]string // from January
	am, pm   string

	subject     string // %s: day and time
	greeting    string // %s: the name
	moment      string // day with year, time, zone, offset, end
	span        string // day with year, time, end, offset
	zoneTime    string // %s: the city
	allTimes    string // %s: zoneTime
	clockChange string // day, new time, old time

	welcome, invite, update, reminder, cancelled string
	confirm, answer, notYou                      string
	waitlistSubject, waitlist, waitlistPage      string
	messageSubject, message                      string
	offerSubject                                 string // %s: day and time
	offer, earlier, take, replaces, answerBy     string
	when, where, before, whereBefore, after      string
	join, joinChanged, joinEnded                 string
	subscribe, phones, programs, page            string
	cannotCome                                   string // before the address of the page
	private, contacts, attached, automatic       string
	call, callName                               string // with the number; with the name and the number
	codeSubject, code, codeGood, codeNotYou      string // code: %s
	addressSubject, address                      string
	addressFine, addressStop                     string

	// For a message about changes: subjects, openings, and labels of dates.
	offSubject, insteadSubject, leftSubject, changedSubject string // offSubject: a day; insteadSubject: two days
	offOpening, leftOpening, changedOpening                 string
	offOne, leftOne                                         string // of a calendar mail
	notTaken, notYours, instead, added                      string // labels
	othersStay, calendarFollows, calendarOnly               string
	calendarSubject                                         string // the subject of the text
}

// languages holds the words by language; English is the default.
var languages = map[string]words{
	"en": {
		lang:     "en",
		weekdays: [7]string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"},
		months:   [12]string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
		am:       "AM", pm: "PM",

		subject:     "Appointment, %s",
		greeting:    "Hello %s,",
		moment:      "%s, %s %s (%s), until %s",
		span:        "%s, %s to %s (%s)",
		zoneTime:    "%s time",
		allTimes:    "All times are %s.",
		clockChange: "From %s on it is %s for you instead of %s, because clocks change.",

		welcome:   "These are your appointments.",
		invite:    "This is your appointment. Please keep the time free.",
		update:    "Your appointment has changed.",
		reminder:  "This is a reminder of your appointment.",
		cancelled: "This appointment is cancelled. You need not do anything.",
		confirm: "We have an answer about this appointment and cannot tell whether it is yours " +
			"and meant for this time. Please say here whether you will come.",
		answer:   "Say whether you will come",
		notYou:   "Until then nothing has changed. If you did not answer, you need not do anything.",
		take:     "Say whether you take it",
		replaces: "In place of",
		answerBy: "Please answer by",

		messageSubject: "A message about your appointments", message: "Here is a message for you:",
		waitlistSubject: "Your place on the waitlist",
		waitlist: "You are on the waitlist. We will write to you when there is a place; " +
			"until then you need not do anything.",
		waitlistPage: "Your own page, where you can also leave the waitlist",

		offerSubject: "A place is free: please answer by %s",
		offer: "A time is available for you, and this is the first date. " +
			"It is kept for you; please say whether you take it.",
		earlier: "An earlier date is available for you. It is kept for you, " +
			"and the date that you have stays yours unless you take this one.",

		when:        "When",
		where:       "Where",
		before:      "Until now",
		whereBefore: "Until now at",
		after:       "Now",
		join:        "How to join",
		joinChanged: "This has changed. When it is time, open the link in this message.",
		joinEnded:   "No longer by link or phone.",

		subscribe:   "Keep all dates in your calendar. Subscribe once, and changes arrive by themselves.",
		phones:      "iPhone, iPad or Mac: open",
		programs:    "Google, Outlook and others: choose “add calendar from URL” and paste",
		page:        "Your own page, always up to date",
		cannotCome:  "If you cannot come, tell us here",
		private:     "These addresses are yours alone; please do not pass them on.",
		contacts:    "Please add %s to your contacts, so that messages reach you.",
		attached:    "The date for your calendar comes with this message.",
		automatic:   "This message was sent automatically.",
		codeSubject: "Your code", code: "Your code is %s.",
		codeGood:       "It is good for 15 minutes. Type it in on the page where you asked for it.",
		codeNotYou:     "If you did not ask for it, do nothing: nothing changes without this code.",
		addressSubject: "Your email or phone has changed",
		address:        "We now use another email or phone of yours, as you asked on your page.",
		addressFine: "If that was you, do nothing. If not, stop it here within seven days. " +
			"Your old one then holds again.",
		addressStop: "That was not me",

		call: "Questions? Call %s.", callName: "Questions? Call %s at %s.",

		offSubject:      "%s is off",
		insteadSubject:  "%s is off; instead %s",
		leftSubject:     "Appointments that are no longer yours",
		changedSubject:  "Your appointments have changed",
		offOpening:      "Some appointments are off. You need not do anything.",
		leftOpening:     "You have left, so these appointments are no longer yours. You need not do anything.",
		changedOpening:  "Your appointments have changed. This is what is off and what holds instead.",
		offOne:          "This appointment is no longer yours. You need not do anything.",
		leftOne:         "You have left, so this appointment is no longer yours. You need not do anything.",
		notTaken:        "Does not take place",
		notYours:        "No longer yours",
		instead:         "Instead",
		added:           "New",
		othersStay:      "All other dates stay as they are.",
		calendarFollows: "Dates that stand in your calendar are put right by separate messages, one for each date.",
		calendarOnly:    "This message only puts your calendar right.",
		calendarSubject: "For your calendar: %s",
	},
	"es": {
		lang:     "es",
		weekdays: [7]string{"dom", "lun", "mar", "mié", "jue", "vie", "sáb"},
		months:   [12]string{"ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"},
		am:       "a. m.", pm: "p. m.",

		subject:     "Cita, %s",
		greeting:    "Hola, %s:",
		moment:      "%s, %s, %s (%s), hasta las %s",
		span:        "%s, de %s a %s (%s)",
		zoneTime:    "hora de %s",
		allTimes:    "Todas las horas son %s.",
		clockChange: "Desde el %s serán las %s para usted en lugar de las %s, porque cambian los relojes.",

		welcome:   "Estas son sus citas.",
		invite:    "Esta es su cita. Por favor, reserve este tiempo.",
		update:    "Su cita ha cambiado.",
		reminder:  "Le recordamos su cita.",
		cancelled: "Esta cita queda cancelada. No tiene que hacer nada.",
		confirm: "Tenemos una respuesta sobre esta cita y no sabemos si es suya y para este horario. " +
			"Por favor, díganos aquí si vendrá.",
		answer:   "Diga si vendrá",
		notYou:   "Hasta entonces nada cambia. Si no respondió, no tiene que hacer nada.",
		take:     "Diga si lo toma",
		replaces: "En lugar de",
		answerBy: "Responda antes de",

		messageSubject: "Un mensaje sobre sus citas", message: "Tenemos un mensaje para usted:",
		waitlistSubject: "Su lugar en la lista de espera",
		waitlist: "Está en la lista de espera. Le escribiremos cuando haya un lugar; " +
			"hasta entonces no tiene que hacer nada.",
		waitlistPage: "Su propia página, donde también puede salir de la lista de espera",

		offerSubject: "Hay un lugar libre: por favor, responda antes de %s",
		offer: "Hay un horario libre para usted, y esta es la primera fecha. " +
			"Se lo reservamos; por favor, díganos si lo toma.",
		earlier: "Hay una fecha anterior libre para usted. Se la reservamos, " +
			"y la fecha que tiene sigue siendo suya a menos que tome esta.",

		when:        "Cuándo",
		where:       "Dónde",
		before:      "Hasta ahora",
		whereBefore: "Hasta ahora en",
		after:       "Ahora",
		join:        "Cómo entrar",
		joinChanged: "Esto ha cambiado. A la hora, abra el enlace de este mensaje.",
		joinEnded:   "Ya no es por enlace ni por teléfono.",

		subscribe:   "Tenga todas las fechas en su calendario. Suscríbase una vez y los cambios llegarán solos.",
		phones:      "iPhone, iPad o Mac: abra",
		programs:    "Google, Outlook y otros: elija «añadir calendario desde URL» y pegue",
		page:        "Su propia página, siempre al día",
		cannotCome:  "Si no puede venir, díganos aquí",
		private:     "Estas direcciones son solo suyas; por favor, no las comparta.",
		contacts:    "Por favor, añada %s a sus contactos para que los mensajes le lleguen.",
		attached:    "La fecha para su calendario viene con este mensaje.",
		automatic:   "Este mensaje se envió automáticamente.",
		codeSubject: "Su clave", code: "Su clave es %s.",
		codeGood:       "Sirve por 15 minutos. Póngala en la página donde la pidió.",
		codeNotYou:     "Si no la pidió, no haga nada: nada cambia sin esta clave.",
		addressSubject: "Cambió su correo o su teléfono",
		address:        "Ahora usamos otro correo u otro teléfono suyo, como pidió en su página.",
		addressFine: "Si fue usted, no haga nada. Si no, deténgalo aquí antes de siete días. " +
			"Entonces vale otra vez lo de antes.",
		addressStop: "No fui yo",

		call: "¿Preguntas? Llame al %s.", callName: "¿Preguntas? Llame a %s al %s.",

		offSubject:      "%s: queda sin efecto",
		insteadSubject:  "%s: queda sin efecto; en su lugar, %s",
		leftSubject:     "Citas que ya no son suyas",
		changedSubject:  "Sus citas han cambiado",
		offOpening:      "Algunas citas quedan sin efecto. No tiene que hacer nada.",
		leftOpening:     "Usted ya no participa, así que estas citas ya no son suyas. No tiene que hacer nada.",
		changedOpening:  "Sus citas han cambiado. Esto es lo que queda sin efecto y lo que vale en su lugar.",
		offOne:          "Esta cita ya no es suya. No tiene que hacer nada.",
		leftOne:         "Usted ya no participa, así que esta cita ya no es suya. No tiene que hacer nada.",
		notTaken:        "No tiene lugar",
		notYours:        "Ya no es suya",
		instead:         "En su lugar",
		added:           "Nueva",
		othersStay:      "Todas las demás fechas siguen igual.",
		calendarFollows: "Las fechas que están en su calendario se corrigen con mensajes aparte, uno por fecha.",
		calendarOnly:    "Este mensaje solo corrige su calendario.",
		calendarSubject: "Para su calendario: %s",
	},
}

// wordsOf returns the words of a language, or English.
func wordsOf(language string) words {
	if w, ok := languages[language]; ok {
		return w
	}
	return languages["en"]
}
