package sms_test

import (
	"strings"
	"testing"

	"almanac/notify/sms"
)

// Figures of 3GPP TS 23.038 and 23.040: 160 and 153 characters of the 7-bit alphabet, 70 and 67 of UCS-2.
func TestSegments(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text  string
		parts int
		gsm   bool
	}{
		"empty":           {"", 1, true},
		"one part":        {strings.Repeat("a", 160), 1, true},
		"two parts":       {strings.Repeat("a", 161), 2, true},
		"two whole parts": {strings.Repeat("a", 306), 2, true},
		"three parts":     {strings.Repeat("a", 307), 3, true},
		"euros":           {strings.Repeat("€", 80), 1, true},
		"one euro more":   {strings.Repeat("€", 81), 2, true},
		"Spanish é ñ ¿":   {"mañana ¿qué? él", 1, true},
		"one á":           {"á" + strings.Repeat("a", 69), 1, false},
		"one á, too long": {"á" + strings.Repeat("a", 70), 2, false},
		"emoji":           {strings.Repeat("😀", 35), 1, false},
		"one emoji more":  {strings.Repeat("😀", 36), 2, false},
	} {
		if parts, gsm := sms.Segments(c.text); parts != c.parts || gsm != c.gsm {
			t.Errorf("%s: %d parts, 7-bit %v; want %d, %v", name, parts, gsm, c.parts, c.gsm)
		}
	}
	if plain := sms.Plain("sáb 2 ene, 7:00 “a. m.” – aquí"); plain != `sab 2 ene, 7:00 "a. m." - aqui` {
		t.Errorf("plainer: %s", plain)
	}
}
