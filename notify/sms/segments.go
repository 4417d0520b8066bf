package sms

import (
	"strings"
	"unicode/utf16"
)

// The characters of the GSM 7-bit default alphabet (3GPP TS 23.038 §6.2.1); those of the extension count twice.
const (
	gsmBasic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿" +
		"abcdefghijklmnopqrstuvwxyzäöñüà"
	gsmExtended = "^{}\\[~]|€"
)

// Characters in one part, and in each of several parts (3GPP TS 23.040 §9.2.3.24.1).
const (
	gsmSingle, gsmEach   = 160, 153
	ucs2Single, ucs2Each = 70, 67
)

// Segments counts the parts in which a phone gets a text, and tells whether they are of the 7-bit alphabet. One
// character outside of it makes the whole text UCS-2.
func Segments(text string) (parts int, gsm bool) {
	units := 0
	for _, r := range text {
		switch {
		case strings.ContainsRune(gsmBasic, r):
			units++
		case strings.ContainsRune(gsmExtended, r):
			units += 2
		default:
			return split(len(utf16.Encode([]rune(text))), ucs2Single, ucs2Each), false
		}
	}
	return split(units, gsmSingle, gsmEach), true
}

func split(units, single, each int) int {
	if units <= single {
		return 1
	}
	return (units + each - 1) / each
}

// plainer are letters that the 7-bit alphabet lacks, with those to write instead; what stands there already is left.
var plainer = strings.NewReplacer("á", "a", "í", "i", "ó", "o", "ú", "u", "Á", "A", "Í", "I", "Ó", "O", "Ú", "U",
	"ç", "c", "“", "\"", "”", "\"", "‘", "'", "’", "'", "«", "\"", "»", "\"", "–", "-", "—", "-", "…", "...",
	"\u00a0", " ",
	"\u202f", " ")

// Plain writes a text so that it fits the 7-bit alphabet where that costs an accent only.
func Plain(text string) string { return plainer.Replace(text) }
