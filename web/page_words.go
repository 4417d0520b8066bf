package web

import (
	"strconv"
	"strings"

	"almanac/protocols/civil"
	"almanac/scheduler/calendar"
)

// words are the texts for participants in one language. They reveal nothing about the clinic. Staff
// pages use the English dates.
type words struct {
	Language                                string
	Title                                   string
	Next, Later, Earlier, None, Moved       string
	Cancelled, Waiting                      string
	ZoneNote, ZoneBefore, ZoneAfter         string
	Subscribe, SubscribeHint, Open, OpenWeb string
	Copy, Copied, Address, Private          string
	Print                                   string
	NoFeed                                  string
	Settings, Details, Agreed               string
	WillYouCome, IWillCome, ICannotCome     string
	UntilPressed, ChooseOne, Answered       string
	Offer, KeptUntil, Accept, Decline       string
	EarlierOffer, InPlaceOf                 string
	Leave, LeaveHint, LeaveNow, HasLeft     string
	Accepted, Declined, OfferGone           string
	Questions, Call                         string
	Join, JoinNow, JoinFrom, JoinWaits      string
	JoinShut, JoinOrCall, JoinByCall        string
	JoinPIN, JoinTrouble, JoinTold          string
	JoinDown, ShownAs, Participant          string
	PrintedOn, CodeHint                     string
	TryNow, TryLink, TrySound               string
	CannotCome, CannotComeHint              string
	CannotComeNow, Why, WhyHint, WhyWrong   string
	Away, AwayHint, AwayFrom, AwayUntil     string
	AwayFromWrong, AwayUntilWrong           string
	AwayNow, AwayWrong, AwayDone, AwayIs    string
	AwayTo, GaveBack, CanCome, BackDone     string
	Excused, DateTaken, DateGone, AllDates  string
	Late, LateDone                          string
	Today, Tomorrow, InDays                 string // InDays: %s is a number
	ExitNow, ExitHint, Crisis               string
	AddDate, AddFile, AddGoogle, AddOutlook string
	months                                  [12]string // short, for the calendar leaf
	inDates                                 [12]string // in a full date
	of                                      string     // between day, month and year of a full date
	days                                    [7]string
	morning, afternoon                      string
}

var languages = map[string]*words{
	"en": {
		Language: "en", Title: "Appointments",
		Next: "Next appointment", Later: "After that", Earlier: "Earlier", None: "You have no upcoming appointments.",
		Moved: "moved from", Cancelled: "Cancelled",
		Waiting:  "You are on the waitlist. We will be in touch when a place opens up.",
		ZoneNote: "All times are", ZoneAfter: " time",
		Subscribe:     "Add these to your calendar",
		SubscribeHint: "If a date changes, your calendar will change with it.",
		Open:          "Subscribe on this device", OpenWeb: "Open the calendar file",
		Copy: "Copy address", Copied: "Copied", Address: "Link for Google and other apps",
		Private:  "This page and this address are only for you. Please do not share them.",
		Print:    "To print, use your browser's print button.",
		NoFeed:   "The calendar address is turned off. Please ask for a new one.",
		Settings: "Reminders and messages", Details: "My details", Agreed: "What I agreed to",
		WillYouCome: "Will you come?", IWillCome: "I will come", ICannotCome: "I cannot come",
		UntilPressed: "Nothing changes until you press a button.", ChooseOne: "Please choose one of the two answers.",
		Answered: "Thank you. We have noted your answer.",
		Offer:    "A time is available for you", KeptUntil: "We will keep it for you until",
		Accept: "Yes, I will take it", Decline: "No, thank you",
		Leave: "Leave the waitlist",
		LeaveHint: "You give up your place, and we will no longer write to you about one. To get back on the " +
			"waitlist, call us.",
		LeaveNow: "Yes, leave the waitlist", HasLeft: "You are no longer on the waitlist.",
		EarlierOffer: "An earlier date is available for you", InPlaceOf: "If you take it, you give up",
		Questions: "Questions?", Call: "Call",
		Join: "Join", JoinNow: "Join now", JoinFrom: "You can join from",
		JoinWaits: "This page opens by itself. Keep it open.",
		JoinShut:  "This appointment is not open.", JoinOrCall: "If that does not work, call in:",
		JoinByCall: "Call in by phone:", JoinPIN: "PIN:", JoinTrouble: "I can't get in",
		JoinTold: "The person who is there can see it now. Please try again, or call.",
		JoinDown: "It does not open now. Please try again in a minute, or call.",
		ShownAs:  "The others see you as", Participant: "Participant",
		PrintedOn: "Printed on", CodeHint: "Point your phone's camera here to see your dates. This is only for you.",
		TryNow: "Try it now", TryLink: "You see this page, so your link works.",
		TrySound: "Play a song or a video on this device. If you hear it, your sound works.",
		Today:    "today", Tomorrow: "tomorrow", InDays: "in %s days",
		ExitNow: "Leave this page fast", ExitHint: "Your browser may still keep this page in its history.",
		Crisis:  "In a crisis, call or text 988 at any time.",
		AddDate: "Add this date to your calendar", AddFile: "Calendar file", AddGoogle: "Google Calendar",
		AddOutlook:     "Outlook Calendar",
		CannotCome:     "I cannot come",
		CannotComeHint: "Tell us here. You can take it back on your page, as long as no one else has your time.",
		CannotComeNow:  "I cannot come on this date", Why: "Why?", WhyHint: "You do not have to say.",
		WhyWrong: "Please say it in fewer words.",
		Away:     "I will be away for a while", AwayHint: "You get no reminders in that time.",
		AwayFrom: "First day away", AwayUntil: "Day you are back",
		AwayFromWrong:  "Choose today or a later day.",
		AwayUntilWrong: "Choose a day after the first day. To be away for a long time, please call us.",
		AwayNow:        "I will be away", AwayWrong: "Please look at the days again.",
		AwayDone: "Thank you for telling us. If your plans change, tell us here.",
		AwayIs:   "You told us that you are away", AwayTo: "You are back on",
		GaveBack: "You told us that you cannot come", CanCome: "I can come after all",
		BackDone:  "Thank you. These are your dates now.",
		Excused:   "Thank you for telling us. If you can come after all, say so here.",
		DateTaken: "Someone else has this time now. Your other dates stay as they are.",
		DateGone:  "This date has changed. Please look at your dates again.", AllDates: "All my dates",
		Late: "I am late", LateDone: "Thank you. The person who is there can see it.",
		Accepted: "Thank you. These are your dates.", Declined: "Thank you. Everything else stays as it is.",
		OfferGone: "This offer is no longer available: it was already answered, or it has expired. You keep your " +
			"dates, or your place on the waitlist.",
		months:  [12]string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
		days:    [7]string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"},
		inDates: [12]string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
		of:      " ",
		morning: "AM", afternoon: "PM",
	},
	"es": {
		Language: "es", Title: "Citas",
		Next: "Próxima cita", Later: "Después", Earlier: "Anteriores", None: "No hay citas próximas.",
		Moved: "antes:", Cancelled: "Cancelada",
		Waiting:  "Está en la lista de espera. Le avisaremos cuando haya un lugar.",
		ZoneNote: "Todas las horas son", ZoneBefore: "hora de ",
		Subscribe:     "Ponga estas citas en su calendario",
		SubscribeHint: "Si cambia una fecha, ya lo verá en su calendario.",
		Open:          "Suscribirse en este dispositivo", OpenWeb: "Abrir el archivo de calendario",
		Copy: "Copiar dirección", Copied: "Copiada", Address: "Dirección para Google Calendar y otros",
		Private:  "Esta página y esta dirección son solo para usted. Por favor, no las comparta.",
		Print:    "Para tener esto en papel, use el botón de imprimir.",
		NoFeed:   "El enlace del calendario ya no sirve. Pida uno nuevo.",
		Settings: "Recordatorios y mensajes", Details: "Mis datos", Agreed: "Lo que acepté",
		WillYouCome: "¿Vendrá?", IWillCome: "Sí, vendré", ICannotCome: "No puedo venir",
		UntilPressed: "Nada cambia hasta que pulse un botón.", ChooseOne: "Por favor, elija una de las dos respuestas.",
		Answered: "Gracias. Su respuesta queda anotada.",
		Offer:    "Hay un horario libre para usted", KeptUntil: "Se lo reservamos hasta", Accept: "Lo tomo",
		Decline:   "No lo tomo",
		Leave:     "Salir de la lista de espera",
		LeaveHint: "Deja su lugar y ya no le escribiremos sobre un lugar. Para volver a esperar, llámenos.",
		LeaveNow:  "Sí, salir de la lista de espera", HasLeft: "Ya no está en la lista de espera.",
		EarlierOffer: "Hay una fecha libre antes para usted", InPlaceOf: "Si la toma, deja libre",
		Questions: "¿Preguntas?", Call: "Llamar al",
		Join: "Entrar", JoinNow: "Entrar ahora", JoinFrom: "Puede entrar desde",
		JoinWaits: "Esto se abre solo. No lo cierre, por favor.",
		JoinShut:  "Esta cita no está abierta.", JoinOrCall: "Si no funciona, llame:",
		JoinByCall: "Entre por teléfono:", JoinPIN: "Clave (PIN):", JoinTrouble: "No puedo entrar",
		JoinTold: "La persona que está allí ya lo puede ver. Pruebe otra vez o llame.",
		JoinDown: "Ahora no se abre. Pruebe otra vez en un minuto o llame.",
		ShownAs:  "Los demás le ven como", Participant: "Participante",
		PrintedOn: "Impreso el", CodeHint: "Apunte aquí con la cámara de su teléfono para ver sus citas. " +
			"Es solo para usted.",
		TryNow: "Pruebe ahora", TryLink: "Si usted ve esto, su enlace va bien.",
		TrySound: "Ponga una canción o un video en este aparato. Si lo oye, su sonido funciona.",
		Today:    "hoy", Tomorrow: "mañana", InDays: "en %s días",
		ExitNow: "Salir rápido de esta página", ExitHint: "Ojo: esta página puede quedar en el historial.",
		Crisis:  "En una crisis, llame o mande un mensaje al 988 a toda hora.",
		AddDate: "Ponga esta fecha en su calendario", AddFile: "Archivo de calendario",
		AddGoogle:      "Calendario de Google",
		AddOutlook:     "Calendario de Outlook",
		CannotCome:     "No puedo venir",
		CannotComeHint: "Díganos aquí. Puede cambiar de idea en su página mientras nadie más tome su hora.",
		CannotComeNow:  "No puedo venir ese día", Why: "¿Por qué?", WhyHint: "No tiene que decirlo.",
		WhyWrong: "Por favor, use menos palabras.",
		Away:     "No estaré por un tiempo", AwayHint: "En ese tiempo no le mandamos avisos.",
		AwayFrom: "Primer día fuera", AwayUntil: "Día en que vuelve",
		AwayFromWrong:  "Elija hoy o un día después.",
		AwayUntilWrong: "Elija un día después del primero. Si es por mucho tiempo, llámenos.",
		AwayNow:        "No estaré", AwayWrong: "Por favor, mire los días otra vez.",
		AwayDone: "Gracias por avisar. Si hay otro cambio, lo puede decir aquí.",
		AwayIs:   "Nos dijo que no está", AwayTo: "Vuelve el",
		GaveBack: "Nos dijo que no puede venir", CanCome: "Sí puedo venir",
		BackDone:  "Gracias. Estas son ahora sus fechas.",
		Excused:   "Gracias por avisar. Si al final puede venir, díganos aquí.",
		DateTaken: "Otra persona ya tiene esa hora. Sus otras fechas siguen igual.",
		DateGone:  "Esa fecha cambió. Por favor, mire sus fechas otra vez.", AllDates: "Todas mis fechas",
		Late: "Llego tarde", LateDone: "Gracias. La persona que está allí ya lo ve.",
		Accepted: "Gracias. Estas son sus fechas.", Declined: "Gracias. Todo lo demás sigue igual.",
		OfferGone: "Esta oferta ya no está disponible: fue respondida o terminó su plazo. Conserva sus fechas o su " +
			"lugar en la lista de espera.",
		months: [12]string{"ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"},
		days:   [7]string{"dom", "lun", "mar", "mié", "jue", "vie", "sáb"},
		// Full names, because mar is both a Tuesday and a month.
		inDates: [12]string{"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre",
			"octubre", "noviembre", "diciembre"},
		of: " de ", morning: "a. m.", afternoon: "p. m.",
	},
}

// wordsFor returns the words of a language, English by default.
func wordsFor(language string) *words {
	if w := languages[language]; w != nil {
		return w
	}
	return languages["en"]
}

// place translates a place or city.
func (w *words) place(name string) string {
	return calendar.PlaceName(w.Language, strings.TrimSpace(name))
}

// date formats Tue 6 Jan 2026, or mar 6 de enero de 2026. The zero date is "".
func (w *words) date(d civil.Date) string {
	if d.IsZero() {
		return ""
	}
	return w.days[d.Weekday()] + " " + strconv.Itoa(d.Day) + w.of + w.inDates[d.Month-1] + w.of + strconv.Itoa(d.Year)
}

// daysTo says how far ahead a date is.
func (w *words) daysTo(days int) string {
	switch days {
	case 0:
		return w.Today
	case 1:
		return w.Tomorrow
	}
	return strings.Replace(w.InDays, "%s", strconv.Itoa(days), 1)
}

// clock formats 6:00 PM.
func (w *words) clock(c civil.Clock) string {
	half, hour := w.morning, c.Hour
	if hour >= 12 {
		half, hour = w.afternoon, hour-12
	}
	if hour == 0 {
		hour = 12
	}
	minutes := strconv.Itoa(c.Minute)
	if c.Minute < 10 {
		minutes = "0" + minutes
	}
	return strconv.Itoa(hour) + ":" + minutes + "\u00a0" + half
}

// wall formats a wall time without a zone. The zero one is no moment.
func (w *words) wall(t civil.WallTime) When {
	if t.IsZero() {
		return When{}
	}
	return When{
		Machine: t.String(), Weekday: w.days[t.Date.Weekday()], Day: strconv.Itoa(t.Date.Day),
		Month: w.months[t.Date.Month-1],
		Year:  strconv.Itoa(t.Date.Year), Date: w.date(t.Date), Time: w.clock(t.Clock),
	}
}
