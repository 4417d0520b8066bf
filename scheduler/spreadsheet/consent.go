package spreadsheet

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
)

// consentChannels are the channels by the columns that hold one consent each.
var consentChannels = map[meaning]scheduler.Channel{
	consentEmail: scheduler.Email, consentSMS: scheduler.SMS, consentVoice: scheduler.Voice,
}

// channelWords are the names of the channels in a column that holds all consents.
var channelWords = map[string]scheduler.Channel{
	"email": scheduler.Email, "e mail": scheduler.Email, "mail": scheduler.Email, "correo": scheduler.Email,
	"correo electronico": scheduler.Email, "sms": scheduler.SMS, "text": scheduler.SMS, "texts": scheduler.SMS,
	"text message": scheduler.SMS, "text messages": scheduler.SMS, "mensaje": scheduler.SMS, "mensajes": scheduler.SMS,
	"mensaje de texto": scheduler.SMS, "mensajes de texto": scheduler.SMS, "voice": scheduler.Voice,
	"phone": scheduler.Voice, "call": scheduler.Voice, "calls": scheduler.Voice, "phone call": scheduler.Voice,
	"voz": scheduler.Voice, "llamada": scheduler.Voice, "llamadas": scheduler.Voice, "telefono": scheduler.Voice,
}

// Words that say yes and no.
var (
	yesWords = []string{"yes", "y", "si", "s", "x", "true", "verdadero", "1", "ok", "agreed", "acepta"}
	noWords  = []string{"no", "n", "false", "falso", "0", "none", "ninguno", "declined", "rechaza"}
)

// writtenConsent is a consent as WritePeople writes it: the instant, the version of the text, and how.
var writtenConsent = regexp.MustCompile(`^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z) (.+)$`)

// consents takes the consents of a row.
func (x *reading) consents() {
	version, given := x.options.ConsentText, time.Time{}
	for i, c := range x.columns {
		value := x.value(i)
		switch {
		case value == "":
		case c.meaning == consentText:
			version = value
		case c.meaning == consentDate:
			given = x.instant(x.date(i, value))
		}
	}
	for i, c := range x.columns {
		value := x.value(i)
		if value == "" {
			continue
		}
		if c.meaning == consents {
			for _, channel := range x.channels(i, value) {
				x.consent(channel, version, given, "")
			}
		} else if channel := consentChannels[c.meaning]; channel != "" {
			x.consentCell(i, channel, value, version, given)
		}
	}
}

// instant gives the begin of a day where the clinic is; the zero date has none.
func (x *reading) instant(d civil.Date) time.Time {
	if d.IsZero() {
		return time.Time{}
	}
	return civil.Resolve(civil.WallTime{Date: d}, x.options.Zone).Instant.UTC()
}

func (x *reading) consent(channel scheduler.Channel, version string, given time.Time, how string) {
	all := &x.row.Who.Contact.Consents
	one := scheduler.Consent{Channel: channel, TextVersion: version, GivenAt: given, How: how}
	if !slices.Contains(*all, one) {
		*all = append(*all, one)
	}
}

// channels reads a list of channels.
func (x *reading) channels(i int, value string) (channels []scheduler.Channel) {
	for _, word := range strings.FieldsFunc(value, func(r rune) bool { return strings.ContainsRune(",;/&+|\n", r) }) {
		word = fold(word)
		channel, found := channelWords[word]
		switch {
		case word == "" || slices.Contains(noWords, word):
		case slices.Contains(yesWords, word):
			x.wrong(i, "“"+shortened(value)+"” does not say to what the person agreed. Write email, sms or voice.")
			return nil
		case !found:
			x.wrong(i, "“"+shortened(value)+"” is no list of channels. Write email, sms or voice, with commas between.")
			return nil
		default:
			channels = append(channels, channel)
		}
	}
	return channels
}

// consentCell reads a column of one channel: yes, no, the day on which it was given, or what WritePeople wrote.
func (x *reading) consentCell(i int, channel scheduler.Channel, value, version string, given time.Time) {
	lines := strings.Split(value, "\n")
	if writtenConsent.MatchString(strings.TrimSpace(lines[0])) {
		for _, one := range lines {
			m := writtenConsent.FindStringSubmatch(strings.TrimSpace(one))
			if m == nil {
				x.wrong(i, "This consent cannot be read. Write yes, no, or the day on which it was given.")
				return
			}
			at, err := time.Parse(time.RFC3339Nano, m[1])
			if err != nil {
				x.wrong(i, "There is no such day in the calendar. Write dates like 2026-01-31.")
				return
			}
			version, how := m[2], ""
			for _, way := range scheduler.ConsentWays() {
				if rest, is := strings.CutSuffix(version, " ("+way+")"); is {
					version, how = rest, way
				}
			}
			x.consent(channel, version, at, how)
		}
		return
	}
	switch word := fold(value); {
	case slices.Contains(noWords, word):
	case slices.Contains(yesWords, word):
		x.consent(channel, version, given, "")
	default:
		d, sentence := readDate(value, x.orders[i])
		if sentence != "" {
			x.wrong(i, "This is no answer to whether they agreed. Write yes, no, or the day on which they did.")
			return
		}
		x.consent(channel, version, x.instant(d), "")
	}
}
