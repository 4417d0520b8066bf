package calendar_test

import (
	"testing"

	"almanac/scheduler/calendar"
)

func TestDeniedFinds(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Group session":           "group",
		"your GROUPS":             "group",
		"La sesión es a las 7":    "sesion",
		"sesio\u0301n":            "sesion",
		"Grupo de martes":         "grup",
		"group_session.ics":       "group",
		"Therapist":               "therap",
		"psychotherapy":           "therap",
		"Terapia":                 "terapi",
		"ther\u00adapy":           "therap",
		"treatment plan":          "treatment",
		"Tratamiento":             "tratamiento",
		"Mindfulness":             "mindful",
		"atención plena":          "atencion plena",
		"MORE on Tuesday":         "more",
		"(MORE)":                  "more",
		"MBSR week 2":             "mbsr",
		"mbrp":                    "mbrp",
		"M-ROCC":                  "rocc",
		"m.b.s.r.":                "mbsr",
		"MROCC1":                  "mrocc",
		"Clínica del Sol":         "clinic",
		"policlinic":              "clinic",
		"Counselling":             "counsel",
		"Consejería":              "consejer",
		"opioids":                 "opioid",
		"OUD":                     "oud",
		"SUD":                     "sud",
		"MAT":                     "mat",
		"moud":                    "moud",
		"substance use":           "substance",
		"uso de sustancias":       "sustancia",
		"Addiction":               "addict",
		"Adicción":                "adicci",
		"Recovery":                "recovery",
		"recuperación":            "recuperaci",
		"relapse":                 "relaps",
		"recaída":                 "recaid",
		"methadone":               "methadon",
		"Metadona":                "metadon",
		"buprenorfina":            "buprenor",
		"Suboxone":                "suboxon",
		"naltrexone":              "naltrexon",
		"Rehab":                   "rehab",
		"drugs":                   "drug",
		"drogas":                  "droga",
		"more.example.org":        "more",
		"https://mat.example/p/x": "mat",
		"desk@more-example.org":   "more",
		"more@example.org":        "more",
		"sud.example":             "sud",
		"mindfulcare.example":     "mindful",
		"ourgroup.example":        "group",
		"https://oasisrecovery.example:8443/f/a.ics":  "recovery",
		"m-rocc.example.org":                          "rocc",
		"citymbsr.example":                            "mbsr",
		"Front desk <hello@citydrug.example>":         "drug",
		"SUMMARY:Appointment\r\nLOCATION:Group room":  "group",
		"https://example.org/group/7":                 "group",
		"https://example.org/f/k3v7.ics?next=therapy": "therap",
	} {
		if got, found := calendar.Denied(text); !found || got != want {
			t.Errorf("Denied(%q) = %q, %t; want %q", text, got, found, want)
		}
	}
}

// Words that were found in trials, and obfuscated forms of them.
func TestDeniedFindsHidden(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"Opioid recovery group, Room 2", "Detox unit", "Sober house", "overdose", "Sobredosis", "Heroin desk",
		"heroína", "Fentanyl", "fentanilo", "Narcan room",
		"Kloxxado", "Vivitrol", "Mental health center", "salud mental", "Psychiatry", "Psicología", "Meditation room",
		"meditación", "Patient entrance", "Pacientes",
		"OTP building", "12-step room", "12 steps", "Twelve-Step", "doce pasos", "M.O.R.E.", "m.o.r.e. room", "M-O-R-E",
		"O.U.D.", "opi-oid", "re-covery", "mind.ful",
		"оpioid", "ορioid", "ｏｐｉｏｉｄ", "ＭＯＲＥ", "МОRЕ", "reсovery", "meth\u200badone", "sobriedad", "Sobriety",
		"desintoxicación", "clínica", "Psych ward",
	} {
		if _, found := calendar.Denied(text); !found {
			t.Errorf("Denied(%q) finds nothing", text)
		}
	}
	for _, text := range []string{
		"more parking", "Moreland Ave", "Moreno Street 12", "Room 2, second floor", "12 Steppe Road", "Heroines' Park",
		"Soberanía 5", "impatient",
		"Otppa", "matinee", "St. Patrick's, M.L.K. Blvd", "e-mail", "U.S. Route 12", "Obsession Drive",
		"Library, Room B-12", "Sobrino 4", "Step 12", "Casa de la Cultura",
		"Health Street", "Suite 4-A", "drop-in", "Cataloniës", "Zürich", "Łódź", "Москва, ул. Тверская 12", "Αθήνα",
	} {
		if word, found := calendar.Denied(text); found {
			t.Errorf("Denied(%q) finds %q", text, word)
		}
	}
}

func TestDeniedLeavesAlone(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"",
		calendar.CalendarName, calendar.FileName, calendar.Summary, calendar.Location, "Cancelled: " + calendar.Summary,
		"Appointment, Wed 2 Dec, 7:00 PM",
		"Appointments <appointments@localhost>",
		"Appointments <appointments@example.org>",
		"One more thing. Read more, or even More.",
		"Bring a mat.", "Al sud de la ciudad", "material", "Matthew", "furthermore",
		"an obsession", "in possession of", "regroup", "contradicción", "e.g. p.m. U.S.",
		"https://example.org/f/k3v7more2xqmat5sud.ics",
		"https://example.org/p/xxgroupxx",
		"UID:6f1c2b0e-8d7a-4c55-9b1e-2f40c1d3a9e7",
		"Su cita es el martes a las 19:00. Si tiene preguntas, llame.",
		"\xff\xfe \u0301 @ . - @. .-",
	} {
		if word, found := calendar.Denied(text); found {
			t.Errorf("Denied(%q) finds %q", text, word)
		}
	}
}
