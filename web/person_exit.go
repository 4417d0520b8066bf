package web

import (
	"almanac/scheduler"
)

// ownPage returns the common parts of a page of a person, in their language. It can be left fast.
func (s *Server) ownPage(w *words, title string) Page {
	p := s.basePage(title)
	p.Language, p.Exit = w.Language, w
	return p
}

// ExitTo is where the quick exit of a page leads: to a page that tells nothing.
func (w *words) ExitTo() string { return "https://www.weather.gov/" }

// shown returns what a clinic shows to people, with the crisis line of their country where it names none.
func (s *Server) shown(c scheduler.ClinicContact, zone string, w *words) scheduler.ClinicContact {
	if c.Crisis == "" && s.Zones.Country(zone) == "US" {
		c.Crisis = w.Crisis
	}
	return c
}
