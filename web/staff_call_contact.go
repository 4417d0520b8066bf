package web

import (
	"strings"

	"almanac/scheduler"
	"almanac/scheduler/gate"
	"almanac/scheduler/reads"
)

// safeCall says on a call's card how the person may be called.
type safeCall struct {
	Asked             bool
	Rules             []string
	Hours             string
	Outside           bool // it is not their time for calls now
	Voicemail         string
	VoicemailLanguage string
}

// voicemailWords are what may be left as word: who calls, and the number to call back.
type voicemailWords struct{ named, atNumber, noNumber string }

var voicemailLanguages = map[string]voicemailWords{
	"en": {named: "This is a call from %s. ", atNumber: "Please call back at %s. Thank you.",
		noNumber: "Please call back. Thank you."},
	"es": {named: "Le llamamos de %s. ", atNumber: "Por favor, llame al %s. Gracias.",
		noNumber: "Por favor, devuelva la llamada. Gracias."},
}

// safeCall says how a person may be called: what they allowed, and the words for a machine.
func (s *Server) safeCall(call reads.Call) safeCall {
	rules, zone := call.Contact, s.location(call.Zone)
	hours, clock := rules.CallHours(), wordsFor(staffLanguage).clock
	card := safeCall{Asked: rules.Asked, Outside: !hours.Open(s.Now(), zone),
		Hours: clock(hours.From) + " and " + clock(hours.Until) + ", " + zoneName(call.Zone) + " time"}
	if !rules.Asked {
		card.Rules = []string{"Nobody has asked them yet: leave no word, say no name, and ask when you reach them."}
		return card
	}
	card.Rules = contactRules(rules)
	if rules.LeaveWord {
		card.Voicemail, card.VoicemailLanguage = voicemail(rules, call.Clinic, call.Language)
	}
	return card
}

// contactRules are the rules in words for staff.
func contactRules(c gate.SafeContact) []string {
	say := func(allowed bool, yes, no string) string {
		if allowed {
			return yes
		}
		return no
	}
	return []string{
		say(c.LeaveWord, "You may leave word to call back.", "Leave no word, with a machine or with anybody."),
		say(c.SayWho, "You may say who is calling.", "Do not say who is calling, unless it is them."),
		say(c.Post, "Letters may come by post.", "Hand letters over; send none by post."),
	}
}

// voicemail gives the words that may be left, in the person's language. They never say what it is about.
func voicemail(c gate.SafeContact, clinic scheduler.ClinicContact, language string) (text, in string) {
	in = language
	w, known := voicemailLanguages[in]
	if !known {
		in = "en"
		w = voicemailLanguages[in]
	}
	if c.SayWho && clinic.Name != "" {
		text = strings.Replace(w.named, "%s", clinic.Name, 1)
	}
	if clinic.Phone == "" {
		return text + w.noNumber, in
	}
	return text + strings.Replace(w.atNumber, "%s", clinic.ShownPhone(), 1), in
}
