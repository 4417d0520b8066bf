package web

import (
	"slices"
	"strconv"
	"strings"

	"almanac/protocols"
)

// protocolCard is one protocol to choose from.
type protocolCard struct {
	Ref, Title, Facts, Source string
	Chosen                    bool
}

// protocolCards makes cards of the choices, apart for participants and for staff.
func (s *Server) protocolCards(choices []Choice) (participants, staff []protocolCard) {
	for _, choice := range choices {
		d, err := s.Library.Find(choice.Value)
		if err != nil {
			continue
		}
		card := protocolCard{Ref: choice.Value, Title: d.Title, Facts: protocolFacts(d), Source: protocolSource(d),
			Chosen: choice.Chosen}
		if d.Audience == protocols.AudienceParticipants {
			participants = append(participants, card)
		} else {
			staff = append(staff, card)
		}
	}
	return participants, staff
}

// protocolFacts says weeks, minutes and seats in one line.
func protocolFacts(d *protocols.Definition) string {
	var facts []string
	switch n := len(d.Positions()); {
	case d.Weeks > 0:
		facts = append(facts, count(d.Weeks, "week", "weeks"))
	default:
		facts = append(facts, count(n, "session", "sessions"))
	}
	if minutes := d.Minutes(); minutes > 0 {
		facts[0] += " × " + span(minutes)
	}
	if seats := d.Capacity.Max; seats > 0 {
		facts = append(facts, "up to "+strconv.Itoa(seats)+" seats")
	}
	if d.Rolling() {
		facts = append(facts, "rolling")
	}
	return strings.Join(facts, " · ")
}

// protocolSource names the main publication behind a protocol, "" if it names none.
func protocolSource(d *protocols.Definition) string {
	if d.Adaptation != nil && withoutAddresses(d.Adaptation.Source) != "" {
		return withoutAddresses(d.Adaptation.Source)
	}
	for _, reference := range d.References {
		if text := withoutAddresses(reference.Text); text != "" {
			return text
		}
	}
	return ""
}

// withoutAddresses drops the parts of a text that are addresses of pages.
func withoutAddresses(text string) string {
	parts := slices.DeleteFunc(strings.Split(text, ", "),
		func(part string) bool { return !strings.Contains(part, " ") && strings.Contains(part, ".") })
	return strings.Join(parts, ", ")
}
