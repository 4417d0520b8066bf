package web

import (
	"fmt"
	"strconv"
	"time"

	"almanac/scheduler"
)

// settingWords is one language of the form.
type settingWords struct {
	Title, Hint, Remind, Leads, LeadsHint, Hours, HoursHint, From, Until, Disturb, Most, MostHint, Save, Back, Saved, Wrong string
	days, hours, zone                                                                                                       string // zone: %s is the city
	channels                                                                                                                map[scheduler.Channel]string
	wrong                                                                                                                   map[string]string // what to correct, by field; English says it by itself
}

var settingLanguages = map[string]*settingWords{
	"en": {
		Title: "Reminders and messages", Hint: "Messages about changes and cancellations are always sent.", Remind: "Remind me by",
		Leads: "When", LeadsHint: "If none is checked, reminders come at the usual times.", Hours: "Email only between", HoursHint: "Leave both empty for any time.",
		From: "From", Until: "Until", Disturb: "If something changes at the last minute, write to me at any time",
		Most: "Maximum reminders per week", MostHint: "Leave empty for no limit.", Save: "Save", Back: "Back", Saved: "Saved.", Wrong: "Please correct the marked fields.",
		days: "days before", hours: "hours before", zone: "%s time. ",
		channels: map[scheduler.Channel]string{scheduler.Email: "Email", scheduler.SMS: "Text message", scheduler.Voice: "Phone call"},
	},
	"es": {
		Title: "Recordatorios y mensajes", Hint: "Los cambios y las cancelaciones siempre llegan.", Remind: "Recordarme por",
		Leads: "Cuándo", LeadsHint: "Si no marca ninguno, llegan como siempre.", Hours: "Correo solo entre", HoursHint: "Deje ambos vacíos para cualquier hora.",
		From: "Desde", Until: "Hasta", Disturb: "Si algo cambia a última hora, escríbanme a cualquier hora",
		Most: "Máximo de recordatorios por semana", MostHint: "Déjelo vacío para no tener límite.", Save: "Guardar", Back: "Volver", Saved: "Guardado.", Wrong: "Por favor, corrija lo señalado.",
		days: "días antes", hours: "horas antes", zone: "Hora de %s. ",
		channels: map[scheduler.Channel]string{scheduler.Email: "Correo electrónico", scheduler.SMS: "Mensaje de texto", scheduler.Voice: "Llamada"},
		wrong: map[string]string{
			"leads": "Elija de la lista, como máximo seis.", "from": "Falta la hora, por ejemplo 08:00.",
			"until": "Indique una hora, al menos una hora después del comienzo, por ejemplo 21:00.", "max_per_week": "Escriba un número entre 1 y 50, o déjelo vacío para no tener límite.",
		},
	},
}

// lead writes a lead as a form shows it: in days from two days on.
func (w *settingWords) lead(d time.Duration) string {
	const day = 24 * time.Hour
	if d%day == 0 && d > day {
		return strconv.Itoa(int(d/day)) + " " + w.days
	}
	return strconv.FormatFloat(d.Hours(), 'f', -1, 64) + " " + w.hours
}

// settingWordsFor gives the words of a language, English for one that we do not have.
func settingWordsFor(language string) *settingWords {
	if w := settingLanguages[language]; w != nil {
		return w
	}
	return settingLanguages["en"]
}

// forStaff gives the words in which staff read the form of somebody else.
func (w settingWords) forStaff() *settingWords {
	w.Remind, w.Disturb = "Remind them by", "If something changes at the last minute, write to them at any time"
	return &w
}

// inZone gives the words with the zone in which hours are meant.
func (w settingWords) inZone(city string) *settingWords {
	w.HoursHint = fmt.Sprintf(w.zone, city) + w.HoursHint
	return &w
}

// own puts what is wrong into the words of the form's language.
func (w *settingWords) own(all []Problem) {
	for i, problem := range all {
		if said := w.wrong[problem.Field]; said != "" {
			all[i].Message = said
		}
	}
}
