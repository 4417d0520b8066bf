package web

import (
	"strings"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/reads"
)

// sayWords are what staff say to a person, in one language. They say no more than the messages would.
type sayWords struct {
	dates                            string            // with the zone
	now, before, new, off, cancelled string            // labels of dates
	join                             string            // another way to join on the same date
	opening                          map[string]string // by the subject of a task
}

var sayLanguages = map[string]sayWords{
	"en": {
		dates: "All times are %s.", now: "Now", before: "Until now", new: "New", off: "No longer yours",
		cancelled: "Does not take place", join: "Another way to join",
		opening: map[string]string{
			scheduler.AboutWelcome:   "These are your appointments.",
			scheduler.AboutAdded:     "There is a new appointment for you.",
			scheduler.AboutMoved:     "Your appointment has changed.",
			scheduler.AboutCancelled: "This appointment is cancelled. You need not do anything.",
			scheduler.AboutLeft: "You have left, so this appointment is no longer yours. " +
				"You need not do anything.",
			scheduler.AboutOff:      "This appointment is no longer yours. You need not do anything.",
			scheduler.AboutChanges:  "Your appointments have changed. This is what is off and what holds instead.",
			scheduler.AboutReminder: "This is a reminder of your appointment.",
			scheduler.AboutOffer:    "A time is available for you. Would you like to take it?",
			scheduler.AboutWaiting:  "You are on the waitlist. We will be in touch when a place opens up.",
			scheduler.AboutOutreach: "We missed you and wanted to ask how you are. You are welcome on your next date.",
			scheduler.AboutUnsent:   "We could not write to you. This is what we wanted to say.",
			scheduler.AboutStopped:  "You get no more texts from us. How may we tell you about changes?",
			scheduler.AboutSentBack: "A message to you came back. Which address may we write to?",
			scheduler.AboutAddress:  "Did you ask us to use another email address or phone number?",
			scheduler.AboutAddressStopped: "You told us that another email address or phone number was not your " +
				"wish. Which one may we use?",
		},
	},
	"es": {
		dates: "Todas las horas son %s.", now: "Ahora", before: "Hasta ahora", new: "Nueva",
		off: "Ya no es suya", cancelled: "No tiene lugar", join: "Otra forma de entrar",
		opening: map[string]string{
			scheduler.AboutWelcome:        "Estas son sus citas.",
			scheduler.AboutAdded:          "Hay una nueva cita para usted.",
			scheduler.AboutMoved:          "Su cita ha cambiado.",
			scheduler.AboutCancelled:      "Esta cita queda cancelada. No tiene que hacer nada.",
			scheduler.AboutLeft:           "Ha salido, así que esta cita ya no es suya. No tiene que hacer nada.",
			scheduler.AboutOff:            "Esta cita ya no es suya. No tiene que hacer nada.",
			scheduler.AboutChanges:        "Sus citas han cambiado. Esto es lo que ya no vale y lo que vale ahora.",
			scheduler.AboutReminder:       "Le recordamos su cita.",
			scheduler.AboutOffer:          "Hay un horario libre para usted. ¿Lo quiere tomar?",
			scheduler.AboutWaiting:        "Está en la lista de espera. Le avisaremos cuando haya un lugar.",
			scheduler.AboutOutreach:       "Le echamos de menos. ¿Cómo está? Será un gusto verle en su próxima cita.",
			scheduler.AboutUnsent:         "No pudimos escribirle. Esto es lo que queríamos decirle.",
			scheduler.AboutStopped:        "Ya no recibe textos nuestros. ¿Cómo podemos avisarle de cambios?",
			scheduler.AboutSentBack:       "Un mensaje para usted volvió. ¿A qué dirección podemos escribirle?",
			scheduler.AboutAddress:        "¿Nos pidió usar otro correo u otro teléfono?",
			scheduler.AboutAddressStopped: "Nos dijo que no pidió otro correo ni otro teléfono. ¿Cuál podemos usar?",
		},
	},
}

// saying is what to say of one task, in the person's language.
type saying struct {
	Language, Opening string
	Lines             []sayLine
	Zone              string // a sentence; empty without dates
}

// sayLine is one date with a label.
type sayLine struct {
	Label string // empty: none
	When  When
	Place string
	Off   bool
}

// saying returns what to say of a task. Its Opening is empty when there are no words for it.
func (s *Server) saying(t reads.Task, c reads.Call) saying {
	w, own := wordsFor(c.Language), sayLanguages[c.Language]
	if own.opening == nil {
		own = sayLanguages["en"]
	}
	say := saying{Language: w.Language, Opening: own.opening[t.About]}
	if t.About == scheduler.AboutMessage {
		say.Opening = t.Note
	}
	loc := s.location(c.Zone)
	line := func(label string, m scheduler.Moment, off bool) {
		say.Lines = append(say.Lines, sayLine{Label: label, When: whenIn(m.Start, m.End, loc, w),
			Place: w.place(m.Place), Off: off})
	}
	for _, d := range t.Says {
		switch {
		case d.Off == scheduler.OffCancelled:
			line(own.cancelled, d.Before, true)
		case d.Off != scheduler.OffNot:
			line(own.off, d.Before, true)
		case d.Before.Expected && d.OnlyMeeting(d.Before):
			line(own.join, d.Moment, false)
		case d.Before.Expected && d.Before != d.Moment:
			line(own.now, d.Moment, false)
			line(own.before, d.Before, true)
		case t.About == scheduler.AboutChanges:
			line(own.new, d.Moment, false)
		default:
			line("", d.Moment, false)
		}
	}
	if offer := t.About == scheduler.AboutOffer; offer && t.Session.Zone != "" {
		line("", scheduler.Moment{Start: t.Session.Start, End: t.Session.Start}, false)
	}
	if len(say.Lines) > 0 {
		city := strings.TrimSpace(w.ZoneBefore + w.place(zoneName(c.Zone)) + w.ZoneAfter)
		say.Zone = strings.Replace(own.dates, "%s", city, 1)
	}
	return say
}

// triedText says how often a person was called in vain, "" when never.
func (s *Server) triedText(t reads.Task, zone string) string {
	if t.Tries == 0 {
		return ""
	}
	at := s.staffWhen(t.TriedAt, time.Time{}, zone)
	last := map[scheduler.CallOutcome]string{scheduler.CallNoAnswer: "no answer", scheduler.CallLeftWord: "left word"}
	return count(t.Tries, "try", "tries") + ", last " + at.Date + ", " + at.Time + ": " + last[t.Tried]
}
