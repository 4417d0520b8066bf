package calendar_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/emersion/go-ical"

	"almanac/scheduler/calendar"
)

// object is an iCalendar object in the form that the rules check.
type object struct {
	raw      string
	physical []string // folded lines, without line breaks
	lines    []string // content lines, unfolded
	root     *ical.Component
}

func newObject(t fails, raw []byte) object {
	t.Helper()
	text := string(raw)
	return object{
		raw:      text,
		physical: strings.Split(strings.TrimSuffix(text, "\r\n"), "\r\n"),
		lines:    strings.Split(strings.TrimSuffix(unfolded(raw), "\r\n"), "\r\n"),
		root:     decoded(t, raw),
	}
}

// count counts the content lines that start with a prefix.
func (o object) count(prefix string) int {
	n := 0
	for _, line := range o.lines {
		if strings.HasPrefix(line, prefix) {
			n++
		}
	}
	return n
}

// each tells whether all events satisfy a condition.
func (o object) each(ok func(*ical.Component) bool) bool {
	for _, child := range o.root.Children {
		if child.Name == "VEVENT" && !ok(child) {
			return false
		}
	}
	return true
}

// once tells whether properties stand exactly once.
func once(c *ical.Component, names ...string) bool {
	return !slices.ContainsFunc(names, func(name string) bool { return len(c.Props[name]) != 1 })
}

// value returns the raw value of a property, empty when there is none.
func value(c *ical.Component, name string) string {
	if prop := c.Props.Get(name); prop != nil {
		return prop.Value
	}
	return ""
}

// rule is one requirement of a standard as a check. Breaking is a replacement in a valid
// object that must make the check fail.
type rule struct {
	name     string
	holds    func(object) bool
	breaking [2]string
}

var (
	utc     = regexp.MustCompile(`^\d{8}T\d{6}Z$`)
	period  = regexp.MustCompile(`^PT([1-9]\d*H(\d+M(\d+S)?)?|[1-9]\d*M(\d+S)?|[1-9]\d*S)$`)
	content = regexp.MustCompile(`^[A-Z0-9-]+(;[A-Z0-9-]+=` +
		`("[^"\x00-\x08\x0A-\x1F\x7F]*"|[^",;:\x00-\x08\x0A-\x1F\x7F]*))*:`)
	escaped = regexp.MustCompile(`^([^\\;,]|\\[\\;,n])*$`)
	colours = regexp.MustCompile(`\\:`)
)

// commonRules hold for every object.
var commonRules = []rule{
	{"RFC 5545 §3.1: lines end in CRLF, the last one too", func(o object) bool {
		bare := strings.ReplaceAll(o.raw, "\r\n", "")
		return strings.HasSuffix(o.raw, "\r\n") && !strings.ContainsAny(bare, "\r\n")
	}, [2]string{"VERSION:2.0\r\n", "VERSION:2.0\n"}},
	{"RFC 5545 §3.1: lines are not longer than 75 octets", func(o object) bool {
		return !slices.ContainsFunc(o.physical, func(l string) bool { return len(l) > 75 || l == "" })
	}, [2]string{"PRODID:", "PRODID:" + strings.Repeat("a", 70)}},
	{"RFC 5545 §3.1: a fold never splits a character", func(o object) bool {
		return !slices.ContainsFunc(o.physical, func(l string) bool { return !utf8.ValidString(l) })
	}, [2]string{"PRODID:", "PRODID:\xc3\r\n \xa9"}},
	{"RFC 5545 §3.1: no control characters but TAB", func(o object) bool {
		return !strings.ContainsFunc(strings.ReplaceAll(o.raw, "\r\n", ""),
			func(r rune) bool { return unicode.IsControl(r) && r != '\t' })
	}, [2]string{"PRODID:", "PRODID:\x07"}},
	{"RFC 5545 §3.1.1: names, quoted parameters, colon", func(o object) bool {
		return !slices.ContainsFunc(o.lines, func(l string) bool { return !content.MatchString(l) })
	}, [2]string{"VERSION:", "VER SION:"}},
	{"RFC 5545 §3.3.11: backslash, semicolon, comma and line break are escaped, the colon is not", func(o object) bool {
		return !slices.ContainsFunc(o.lines, func(l string) bool {
			name, text, _ := strings.Cut(l, ":")
			return slices.Contains(texts, name) &&
				(!escaped.MatchString(text) || colours.MatchString(strings.ReplaceAll(text, `\\`, "")))
		})
	}, [2]string{"LOCATION:", "LOCATION:a,b"}},
	{"RFC 5545 §3.6: PRODID and VERSION exactly once, at least one component", func(o object) bool {
		return once(o.root, "PRODID", "VERSION") && len(o.root.Children) > 0
	}, [2]string{"VERSION:2.0\r\n", "VERSION:2.0\r\nVERSION:2.0\r\n"}},
	{"RFC 5545 §3.6.1: UID, DTSTAMP and DTSTART exactly once", func(o object) bool {
		return o.each(func(e *ical.Component) bool { return once(e, "UID", "DTSTAMP", "DTSTART") })
	}, [2]string{"DTSTART:", "UID:2\r\nDTSTART:"}},
	{"RFC 5545 §3.8.7: DTSTAMP, CREATED and LAST-MODIFIED in UTC; start and end, too", func(o object) bool {
		return o.each(func(e *ical.Component) bool {
			for _, name := range []string{"DTSTAMP", "CREATED", "LAST-MODIFIED", "DTSTART", "DTEND"} {
				if e.Props[name] != nil && !utc.MatchString(value(e, name)) {
					return false
				}
			}
			return true
		})
	}, [2]string{"T230000Z", "T230000"}},
	{"RFC 5545 §3.6.1, §3.8.2.2: DTEND later than DTSTART and without DURATION", func(o object) bool {
		return o.each(func(e *ical.Component) bool {
			end := value(e, "DTEND")
			return e.Props["DURATION"] == nil && (end == "" || end > value(e, "DTSTART"))
		})
	}, [2]string{"DTEND:20", "DTEND:19"}},
	{"RFC 5545 §3.2.19: no time zone is referred to", func(o object) bool {
		return !slices.ContainsFunc(o.lines,
			func(l string) bool { return strings.Contains(strings.SplitN(l, ":", 2)[0], "TZID=") })
	}, [2]string{"DTSTART:", "DTSTART;TZID=Etc/UTC:"}},
	{"RFC 7986 §5.3: UID is opaque and shorter than 255 octets", func(o object) bool {
		return o.each(func(e *ical.Component) bool { return plainUID.MatchString(value(e, "UID")) })
	}, [2]string{"UID:", "UID:pat@"}},
	{"RFC 5545 §3.8.4.7: UIDs are unique", func(o object) bool {
		seen := map[string]bool{}
		return o.each(func(e *ical.Component) bool {
			again := seen[value(e, "UID")]
			seen[value(e, "UID")] = true
			return !again
		})
	}, [2]string{"END:VEVENT\r\n",
		"END:VEVENT\r\nBEGIN:VEVENT\r\nUID:6f1c2b0e-8d7a-4c55-9b1e-000000000001\r\nEND:VEVENT\r\n"}},
}

// feedRules hold for feeds.
var feedRules = append(slices.Clone(commonRules), []rule{
	{"RFC 5545 §3.7.2: a snapshot has no METHOD", func(o object) bool { return o.count("METHOD") == 0 },
		[2]string{"CALSCALE:", "METHOD:PUBLISH\r\nCALSCALE:"}},
	{"RFC 5545 §3.8.4.1, §3.8.4.3: no ATTENDEE and no ORGANIZER when publishing", func(o object) bool {
		return o.count("ATTENDEE")+o.count("ORGANIZER") == 0
	}, [2]string{"SEQUENCE:", "ORGANIZER:mailto:a@example.net\r\nSEQUENCE:"}},
	{"RFC 5545 §3.8.7.2: DTSTAMP equals LAST-MODIFIED without METHOD", func(o object) bool {
		return o.each(func(e *ical.Component) bool { return value(e, "DTSTAMP") == value(e, "LAST-MODIFIED") })
	}, [2]string{"DTSTAMP:2025", "DTSTAMP:2024"}},
	{"RFC 5546 §2.1.4: SEQUENCE always stands", func(o object) bool {
		return o.each(func(e *ical.Component) bool { return once(e, "SEQUENCE") })
	}, [2]string{"SEQUENCE:", "X-SEQUENCE:"}},
	{"RFC 7986 §5.7: REFRESH-INTERVAL has VALUE=DURATION and is positive", func(o object) bool {
		return once(o.root, "REFRESH-INTERVAL", "X-PUBLISHED-TTL") &&
			o.count("REFRESH-INTERVAL;VALUE=DURATION:") == 1 &&
			period.MatchString(value(o.root, "REFRESH-INTERVAL")) &&
			period.MatchString(value(o.root, "X-PUBLISHED-TTL"))
	}, [2]string{"REFRESH-INTERVAL;VALUE=DURATION:", "REFRESH-INTERVAL:"}},
	{"RFC 7986 §5.1: one NAME", func(o object) bool { return once(o.root, "NAME", "X-WR-CALNAME") },
		[2]string{"NAME:", "NAME:a\r\nNAME:"}},
	{"RFC 7986 §5.3, §5.4: the calendar itself has no UID", func(o object) bool { return o.root.Props["UID"] == nil },
		[2]string{"CALSCALE:", "UID:1\r\nCALSCALE:"}},
	{"RFC 5545 §3.6.6: no alarms in feeds", func(o object) bool { return o.count("BEGIN:VALARM") == 0 },
		[2]string{"END:VEVENT", "BEGIN:VALARM\r\nEND:VALARM\r\nEND:VEVENT"}},
}...)

// invitationRules hold for REQUEST and CANCEL.
var invitationRules = append(slices.Clone(commonRules), []rule{
	{"RFC 5546 §3.2.2, §3.2.5: one METHOD, one event, one each of what is required, no REQUEST-STATUS",
		func(o object) bool {
			return once(o.root, "METHOD") && len(o.root.Children) == 1 && o.count("REQUEST-STATUS") == 0 &&
				o.each(func(e *ical.Component) bool {
					return once(e, "DTSTAMP", "DTSTART", "ORGANIZER", "SEQUENCE", "SUMMARY", "UID", "STATUS")
				})
		}, [2]string{"ORGANIZER;", "X-ORGANIZER;"}},
	{"exactly one ATTENDEE", func(o object) bool {
		return o.each(func(e *ical.Component) bool { return once(e, "ATTENDEE") })
	}, [2]string{"ATTENDEE;", "ATTENDEE:mailto:b@example.net\r\nATTENDEE;"}},
	{"RFC 6047 §2.3: ORGANIZER and ATTENDEE are mailto addresses", func(o object) bool {
		return o.each(func(e *ical.Component) bool {
			return strings.HasPrefix(value(e, "ORGANIZER"), "mailto:") &&
				strings.HasPrefix(value(e, "ATTENDEE"), "mailto:")
		})
	}, [2]string{":mailto:", ":https:"}},
	{"RFC 5546 §3.2.2, §3.2.5: CANCELLED in a CANCEL and never in a REQUEST", func(o object) bool {
		want := map[string]string{"REQUEST": "CONFIRMED", "CANCEL": "CANCELLED"}[value(o.root, "METHOD")]
		return o.each(func(e *ical.Component) bool { return value(e, "STATUS") == want })
	}, [2]string{"STATUS:CONFIRMED", "STATUS:CANCELLED"}},
	{"RFC 5545 §3.6.6, RFC 5546 §3.2.5: one whole alarm at most, none in a CANCEL", func(o object) bool {
		return o.each(func(e *ical.Component) bool {
			if value(o.root, "METHOD") == "CANCEL" {
				return len(e.Children) == 0
			}
			return len(e.Children) == 0 ||
				len(e.Children) == 1 && once(e.Children[0], "ACTION", "TRIGGER", "DESCRIPTION") &&
					len(e.Children[0].Props) == 3
		})
	}, [2]string{"ACTION:DISPLAY\r\n", ""}},
}...)

// conform checks an object against rules and gives it as go-ical reads it.
func conform(t fails, raw []byte, rules []rule) *ical.Component {
	t.Helper()
	o := newObject(t, raw)
	for _, rule := range rules {
		if !rule.holds(o) {
			t.Errorf("broken: %s\n%s", rule.name, raw)
		}
	}
	return o.root
}

// TestRulesCanFail breaks a good object once for each rule.
func TestRulesCanFail(t *testing.T) {
	t.Parallel()
	good := map[string][]byte{
		"feed":       calendar.AppendFeed(nil, feeds(t)["feed-one"]),
		"invitation": calendar.AppendInvitation(nil, invitations(t)["request"]),
	}
	for kind, rules := range map[string][]rule{"feed": feedRules, "invitation": invitationRules} {
		for _, rule := range rules {
			bad := strings.Replace(string(good[kind]), rule.breaking[0], rule.breaking[1], 1)
			if rule.holds(newObject(t, []byte(bad))) {
				t.Errorf("%s: replacing %q by %q passes unnoticed: %s", kind, rule.breaking[0],
					rule.breaking[1], rule.name)
			}
		}
	}
}
