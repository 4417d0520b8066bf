package web

import "strings"

// known is a word of a User-Agent and what it stands for.
type known struct{ word, name string }

// browsers and systems are in order: many browsers name others that they resemble.
var (
	browsers = [...]known{
		{"Edg", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"}, {"Firefox/", "Firefox"},
		{"FxiOS/", "Firefox"}, {"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Version/", "Safari"},
	}
	systems = [...]known{
		{"iPhone", "an iPhone"}, {"iPad", "an iPad"}, {"Android", "Android"}, {"Windows", "Windows"},
		{"CrOS", "ChromeOS"}, {"Mac OS X", "a Mac"}, {"Linux", "Linux"},
	}
)

// deviceOf says in plain words which browser sends a User-Agent: "Firefox on Windows". It is empty for other programs.
func deviceOf(userAgent string) string {
	first := func(all []known) string {
		for _, k := range all {
			if strings.Contains(userAgent, k.word) {
				return k.name
			}
		}
		return ""
	}
	browser, system := first(browsers[:]), first(systems[:])
	switch {
	case browser == "" && system == "":
		return ""
	case browser == "":
		return "A browser on " + system
	case system == "":
		return browser
	default:
		return browser + " on " + system
	}
}
