package gate_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"almanac/scheduler/gate"
)

func TestReadText(t *testing.T) {
	t.Parallel()
	for meaning, texts := range map[gate.TextMeaning][]string{
		gate.TextStop: {
			"stop", "STOP", " Stop. ", "s.t.o.p", "S T O P", "quit", "END", "Revoke", "opt out", "Opt-Out",
			"OPTOUT", "cancel",
			"CANCEL!", "unsubscribe", "STOPALL", "stop all", "remove me", "“stop”", "STOP\n", "Stop\u200b", "stop 🛑",
			"please stop", "please stop texting me", "Stop texting me!", "stop sending me messages", "don't text me",
			"do not text me anymore", "dont text this number", "no more texts please", "I don't want these messages",
			"leave me alone", "take me off your list", "remove my number", "remove me from this list",
			"unsubscribe me please",
			"quit messaging me", "never text me again", "stop contacting me", "cancel these texts", "end the messages",
			"please don’t send me any more texts", "delete my number",
			"alto", "ALTO", "parar", "Basta", "basta ya", "no más", "NO MAS", "cancelar", "baja", "detener", "terminar",
			"deje de escribirme", "dejen de mandarme mensajes", "no quiero más mensajes",
			"por favor no me manden mensajes",
			"no me escriban", "quiten mi número", "paren los mensajes", "alto por favor", "déjenme en paz",
			"no más textos",
		},
		gate.TextStart: {"start", "START", "unstop", "comenzar", "Empezar"},
		gate.TextHelp:  {"help", "HELP!", "info", "ayuda", "¿Ayuda?"},
		gate.TextYes:   {"y", "Y", "yes", "Yes!", "sí", "Si", "ok", "yes please", "sí, gracias"},
		gate.TextNo:    {"n", "NO", "no thanks", "No, gracias"},
		gate.TextCannot: {"c", "C", "c.", "can't come", "I can’t come", "cannot come", "I cant make it",
			"no puedo ir", "No podré venir"},
		gate.TextOther: {
			"", "👍", "stop the group, I love it", "stop by later?", "when does it end",
			"Can I cancel tomorrow and come Thursday?",
			"I can't stop using", "I want to end it all", "can you help me find the room", "yes but later",
			"did you get my message?", "I got no message", "why do I get these messages",
			"please don't stop texting me, but slower",
			"no recibí el mensaje", "I can't stop crying", "is there no text if it is cancelled", "مرحبا",
			"quiero morir",
			"I have no phone number when I travel", "see you", "my number is not the same any more",
			"no text yesterday", "the bus does not stop here", "c u there",
		},
	} {
		for _, text := range texts {
			if got := gate.ReadText(text); got != meaning {
				t.Errorf("%q: %s, want %s", text, got, meaning)
			}
		}
	}
}

// A text of several sentences is never taken for a word.
func TestLongTextsAreForPeople(t *testing.T) {
	t.Parallel()
	if got := gate.ReadText(strings.Repeat("please stop texting me ", 9)); got != gate.TextOther {
		t.Errorf("a long text: %s", got)
	}
}

func FuzzReadText(f *testing.F) {
	for _, seed := range []string{"stop", "sí", "can’t come", "\xff\xfe", "\u202estop"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if utf8.ValidString(text) && gate.ReadText(text) != gate.ReadText(" "+text+"\n") {
			t.Errorf("%q means something else with space around it", text)
		}
	})
}
