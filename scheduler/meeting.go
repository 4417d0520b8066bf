package scheduler

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"almanac/scheduler/fault"
)

// MeetingKind is by what people meet who do not come to a place.
type MeetingKind string

// The kinds of meeting. The zero kind is none: people come to the place, or are told otherwise.
const (
	NoMeeting    MeetingKind = "none"
	LinkMeeting  MeetingKind = "link"
	PhoneMeeting MeetingKind = "phone"
	// JitsiMeeting and BigBlueButtonMeeting are rooms on a video host of the installation, another for each session.
	JitsiMeeting         MeetingKind = "jitsi"
	BigBlueButtonMeeting MeetingKind = "bigbluebutton"
)

// MeetingKinds lists the kinds in the order of a form.
func MeetingKinds() []MeetingKind {
	return []MeetingKind{NoMeeting, LinkMeeting, JitsiMeeting, BigBlueButtonMeeting, PhoneMeeting}
}

// Hosted tells whether meetings of the kind need a video host of the installation.
func (k MeetingKind) Hosted() bool { return k == JitsiMeeting || k == BigBlueButtonMeeting }

// Name is how people call the kind of a hosted meeting; empty for others.
func (k MeetingKind) Name() string {
	switch k {
	case JitsiMeeting:
		return "Jitsi"
	case BigBlueButtonMeeting:
		return "BigBlueButton"
	}
	return ""
}

// Meeting is how people come into a session from afar. Its zero value is none. A session may have a place as well:
// then people choose.
type Meeting struct {
	Kind MeetingKind
	Link string // of a LinkMeeting; https
	// Phone and PIN are the number to call: the only way of a PhoneMeeting, of others the way if the link fails.
	Phone string // E.164
	PIN   string // digits; empty: none
}

// longestLink is how many characters a link to a meeting may have, and longestPIN a PIN.
const (
	longestLink = 2000
	longestPIN  = 20
)

// None tells whether there is no meeting.
func (m Meeting) None() bool { return m.Kind == "" || m.Kind == NoMeeting }

// LikelyKind is the kind, or, where none was chosen, what the other fields show to be meant.
func (m Meeting) LikelyKind() MeetingKind {
	switch {
	case m.Kind != "":
		return m.Kind
	case m.Link != "":
		return LinkMeeting
	case m.Phone != "" || m.PIN != "":
		return PhoneMeeting
	}
	return ""
}

// InWords describes the meeting for staff: the host of a link, and the number to call.
func (m Meeting) InWords() string {
	number, way := m.ShownDialIn(), m.Kind.Name()
	switch {
	case m.None():
		return "none"
	case m.Kind == PhoneMeeting:
		return "call " + number
	case way == "":
		way = "link at " + m.host()
	}
	if number != "" {
		way += ", or call " + number
	}
	return way
}

// ShownDialIn is the number to call with its PIN, as people read it; empty without one.
func (m Meeting) ShownDialIn() string {
	if m.Phone == "" {
		return ""
	}
	number := ClinicContact{Phone: m.Phone}.ShownPhone()
	if m.PIN != "" {
		number += ", PIN " + m.PIN
	}
	return number
}

func (m Meeting) host() string {
	link, err := url.Parse(m.Link)
	if err != nil {
		return "an unknown host"
	}
	return link.Host
}

// Natural is what two equal meetings have in common, for ids and indexes. It has all secrets of the meeting.
func (m Meeting) Natural() string {
	return strings.Join([]string{string(m.Kind), m.Link, m.Phone, m.PIN}, "\x00")
}

// Check tidies a meeting; a number without a country code is read in region (ISO 3166). The zero Meeting comes back
// for none. Invalid at meeting, link, dial_in or pin.
func (m Meeting) Check(region string) (Meeting, error) {
	m.Link, m.PIN = strings.TrimSpace(m.Link), strings.TrimRight(strings.Join(strings.Fields(plain(m.PIN)), ""), "#")
	phone, wrong := checkPhone(m.Phone, region)
	if wrong != nil {
		return Meeting{}, wrong.In("dial_in")
	}
	m.Phone = phone
	if len(m.PIN) > longestPIN || strings.Trim(m.PIN, "0123456789") != "" {
		return Meeting{}, fault.In("pin", "A PIN has digits only, at most %d. Write it as it is typed on a phone.",
			longestPIN)
	}
	switch {
	case m.PIN != "" && m.Phone == "":
		return Meeting{}, fault.In("dial_in", "A PIN needs the number that people call. Give it, or remove the PIN.")
	case m.Link != "" && m.Kind != LinkMeeting:
		return Meeting{}, fault.In("meeting",
			"A link was given, but the meeting is of another kind. Choose the kind link.")
	}
	switch m.Kind {
	case "", NoMeeting:
		if m.Phone != "" {
			return Meeting{}, fault.In("meeting", "A number to call was given. Choose how people meet, or remove it.")
		}
		return Meeting{}, nil
	case PhoneMeeting:
		if m.Phone == "" {
			return Meeting{}, fault.In("dial_in", "Give the number that people call, like +1 202 555 0100.")
		}
		return m, nil
	case JitsiMeeting, BigBlueButtonMeeting:
		return m, nil
	case LinkMeeting:
		link, err := checkLink(m.Link)
		m.Link = link
		return m, err
	}
	return Meeting{}, fault.In("meeting",
		"There is no such kind of meeting. Choose none, link, jitsi, bigbluebutton or phone.")
}

// checkLink reads a link that leads browsers to a meeting.
func checkLink(raw string) (string, error) {
	refuse := func(format string, args ...any) (string, error) { return "", fault.In("link", format, args...) }
	if raw == "" {
		return refuse("Give the link to the meeting. It begins with https://.")
	}
	if len(raw) > longestLink {
		return refuse("The link is longer than %d characters. Use a shorter one.", longestLink)
	}
	if strings.ContainsFunc(raw, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || hidden(r) }) {
		return refuse("The link has a space or a character that cannot be seen. Copy it again.")
	}
	link, err := url.Parse(raw)
	switch {
	case err != nil || link.Opaque != "":
		return refuse("This is not a link. Copy it as a whole; it begins with https://.")
	case link.Scheme != "https":
		return refuse("The link must begin with https://, so that nobody on the way can read along.")
	case link.User != nil:
		return refuse("The link has a name or password in front of the host. Use a link without them.")
	case !publicHost(link.Hostname()):
		return refuse("People cannot reach the host of this link from outside. Use a public address.")
	}
	return link.String(), nil
}

// publicHost tells whether a host may be reached from everywhere: a name with a dot that is not reserved for local
// use (RFC 6761, RFC 6762, RFC 8375), or an address of the open internet.
func publicHost(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if address, err := netip.ParseAddr(host); err == nil {
		address = address.Unmap()
		shared := netip.MustParsePrefix("100.64.0.0/10") // RFC 6598
		return address.IsGlobalUnicast() && !address.IsPrivate() && !shared.Contains(address) && address.Zone() == ""
	}
	dot := strings.LastIndexByte(host, '.')
	if dot <= 0 || strings.IndexFunc(host[dot+1:], unicode.IsLetter) != 0 { // browsers read 127.1 as an address
		return false
	}
	for _, local := range []string{"localhost", "local", "internal", "lan", "home", "intranet", "test", "home.arpa"} {
		if strings.HasSuffix(host, "."+local) {
			return false
		}
	}
	return true
}

// tellingLink is the text of a link in which telling words are looked for: also behind percent signs.
func (m Meeting) tellingLink() string {
	text, err := url.PathUnescape(m.Link)
	if err != nil || text == m.Link {
		return m.Link
	}
	return m.Link + " " + text
}

// setMeeting gives sessions another meeting, and what is planned later when it is the whole cohort's. Invalid for a
// meeting that cannot be, and for telling words in its link without a reason.
func (b *Book) setMeeting(r *Roster, q CohortSetting, due []*Session) error {
	if q.Meeting == nil {
		return nil
	}
	o := RuleOverride{Cohort: r.Cohort.ID, Session: q.Session, Reason: q.Reason}
	id, err := b.keepMeeting(*q.Meeting, r.Cohort.Zone, o)
	if err != nil {
		return err
	}
	for _, s := range due {
		if q.Session != "" || !r.elsewhere(s) {
			s.Meeting = id
		}
	}
	if q.Session == "" {
		r.Cohort.Meeting = id
	}
	return nil
}

// keepMeeting checks a meeting and names it, so that the store keeps it. Equal meetings have one name; none is "".
func (b *Book) keepMeeting(m Meeting, zone string, o RuleOverride) (ID, error) {
	m, err := m.Check(b.Zones.Country(zone))
	if err != nil || m.None() {
		return "", err
	}
	if m.Kind.Hosted() && !slices.Contains(b.VideoHosts, m.Kind) {
		return "", fault.In("meeting", "%s is not set up here. Choose another kind, or ask who runs this program.",
			m.Kind.Name())
	}
	if err := b.keepTelling(o, "link", "The link", m.tellingLink()); err != nil {
		return "", err
	}
	id := b.meetingID(m)
	if b.Meetings == nil {
		b.Meetings = map[ID]Meeting{}
	}
	b.Meetings[id] = m
	return id, nil
}

// meetingID names a meeting. Only the store can name it so that the name says nothing of its secrets.
func (b *Book) meetingID(m Meeting) ID {
	if b.NameMeeting != nil {
		return b.NameMeeting(m)
	}
	return DeriveID(b.Clinic.ID, "meeting", m.Natural())
}

// elsewhere tells whether people of a session meet in another way than the rest of the cohort: by phone, or at a
// place although the others are online.
func (r *Roster) elsewhere(s *Session) bool {
	return s.Place == PhonePlace || r.Cohort.Place == DefaultPlace && s.Place != DefaultPlace
}
