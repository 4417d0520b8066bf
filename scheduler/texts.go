package scheduler

import "strings"

// The characters of a text message (3GPP TS 23.038 §6.2.1): each of the first
// takes one place of seven bits, each of the second two.
const (
	gsmPlain = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	gsmTwice = "\f^{}\\[~]|€"
)

// How many places a part has: alone, and as one of several (3GPP TS 23.040
// §9.2.3.24.1 takes some for the numbering).
const (
	gsmAlone, gsmJoined   = 160, 153
	wideAlone, wideJoined = 70, 67
)

// TextParts tells in how many parts a text message leaves. A text with one
// character outside the GSM alphabet, such as á, í, ó or ú, is written in UCS-2
// as a whole; a character beyond its plane takes two places and is never cut.
func TextParts(text string) int {
	if strings.ContainsFunc(text, func(r rune) bool { return !strings.ContainsRune(gsmPlain+gsmTwice, r) }) {
		return parts(text, wideAlone, wideJoined, func(r rune) int {
			if r > 0xFFFF {
				return 2
			}
			return 1
		})
	}
	return parts(text, gsmAlone, gsmJoined, func(r rune) int {
		if strings.ContainsRune(gsmTwice, r) {
			return 2
		}
		return 1
	})
}

// parts fills parts one after another; no character is cut in two.
func parts(text string, alone, joined int, places func(rune) int) int {
	total, n, left := 0, 1, joined
	for _, r := range text {
		need := places(r)
		total += need
		if need > left {
			n, left = n+1, joined
		}
		left -= need
	}
	if total <= alone {
		return min(1, total)
	}
	return n
}
