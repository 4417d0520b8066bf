package web

import (
	"fmt"
	"strconv"
	"time"

	"almanac/scheduler"
)

// settingWords are the texts of the form in one language.
type settingWords struct {
	Title, Hint, Remind, Leads, LeadsHint, Hours, HoursHint, From, Until, Disturb, Most, MostHint, Save, Back,
	Saved, Wrong, ShortNotice, Contact, ContactHint, LeaveWord, SayWho, Post string
	// %s is the city
	days, hours, zone string
	channels          map[scheduler.Channel]string
	// messages by field; English uses those of the error
	wrong map[string]string
}

var settingLanguages = map[string]*settingWords{
	"en": {
		Title: "Reminders and messages", Hint: "If a date of yours changes, we will always write to you.",
		Remind: "Remind me by",
		Leads:  "When", LeadsHint: "If none is checked, reminders come at the usual times.",
		Hours:     "Email only between",
		HoursHint: "Leave both empty for any time.",
		From:      "From", Until: "Until", Disturb: "If something changes at the last minute, write to me at any time",
		Most: "Maximum reminders per week", MostHint: "Leave empty for no limit.", Save: "Save", Back: "Back",
		ShortNotice: "If a time is free on short notice, offer it to me",
		Contact:     "If you call me or send a letter", ContactHint: "Leave the times empty for 9 AM to 8 PM.",
		LeaveWord: "You may leave a message that asks me to call back", SayWho: "You may say who is calling",
		Post:  "You may send letters to me by mail",
		Saved: "Saved.", Wrong: "Please correct the marked fields.",
		days: "days before", hours: "hours before", zone: "%s time. ",
		channels: map[scheduler.Channel]string{scheduler.Email: "Email", scheduler.SMS: "Text message",
			scheduler.Voice: "Phone call"},
	},
	"es": {
		Title: "Recordatorios y mensajes", Hint: "Si cambia una de sus fechas, siempre le escribimos.",
		Remind: "Recordarme por",
		Leads:  "Cuándo", LeadsHint: "Si no marca ninguno, llegan como siempre.", Hours: "Correo solo entre",
		HoursHint: "Deje ambos vacíos para cualquier hora.",
		From:      "Desde", Until: "Hasta", Disturb: "Si algo cambia muy tarde, me pueden escribir a toda hora",
		Most: "Máximo de recordatorios por semana", MostHint: "Déjelo vacío para no tener límite.", Save: "Guardar",
		ShortNotice: "Si hay una hora libre de un día para otro, ofrézcanmela",
		Contact:     "Si me llaman o me mandan una carta",
		ContactHint: "Deje las horas vacías para de 9 a. m. a 8 p. m.",
		LeaveWord:   "Pueden dejar un mensaje para que yo llame", SayWho: "Pueden decir quién llama",
		Post: "Me pueden mandar cartas por correo",
		Back: "Volver", Saved: "Guardado.", Wrong: "Por favor, corrija lo señalado.",
		days: "días antes", hours: "horas antes", zone: "Hora de %s. ",
		channels: map[scheduler.Channel]string{scheduler.Email: "Correo electrónico", scheduler.SMS: "Mensaje de texto",
			scheduler.Voice: "Llamada"},
		wrong: map[string]string{
			"leads": "Elija de la lista, como máximo seis.", "from": "Falta la hora, por ejemplo 08:00.",
			"until":        "Ponga una hora que sea más de una hora después. Por ejemplo, 21:00.",
			"call_from":    "Falta la hora, por ejemplo 09:00.",
			"call_until":   "Ponga una hora que sea más de una hora después. Por ejemplo, 18:00.",
			"max_per_week": "Ponga un número del 1 al 50. Si no pone nada, no hay tope.",
		},
	},
}

// lead formats a lead time, in days from two days up.
func (w *settingWords) lead(d time.Duration) string {
	const day = 24 * time.Hour
	if d%day == 0 && d > day {
		return strconv.Itoa(int(d/day)) + " " + w.days
	}
	return strconv.FormatFloat(d.Hours(), 'f', -1, 64) + " " + w.hours
}

// settingWordsFor returns the words of a language, English by default.
func settingWordsFor(language string) *settingWords {
	if w := settingLanguages[language]; w != nil {
		return w
	}
	return settingLanguages["en"]
}

// forStaff returns the words for staff who edit a person's settings.
func (w settingWords) forStaff() *settingWords {
	w.ShortNotice = "If someone gives a date back less than 48 hours ahead, offer it to them"
	w.Contact, w.Post = "When we call them or send a letter, they allow", "Letters by post"
	w.LeaveWord, w.SayWho = "Word that asks them to call back", "To say who is calling"
	w.ContactHint = "In their own time. Leave the times empty for 09:00 to 20:00."
	w.Remind, w.Disturb = "Remind them by", "If something changes at the last minute, write to them at any time"
	return &w
}

// inZone returns the words with the zone of the hours.
func (w settingWords) inZone(city string) *settingWords {
	w.HoursHint = fmt.Sprintf(w.zone, city) + w.HoursHint
	return &w
}

// own replaces messages by those of the form's language.
func (w *settingWords) own(all []Problem) {
	for i, problem := range all {
		if said := w.wrong[problem.Field]; said != "" {
			all[i].Message = said
		}
	}
}
