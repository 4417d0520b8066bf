package web

import (
	"cmp"

	"github.com/labstack/echo/v4"

	"almanac/protocols"
	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/reads"
)

// cohortVersionPage changes a cohort to another version of its protocol.
type cohortVersionPage struct {
	Page
	Cohort, CohortName string
	Now                string // the present version
	Texts              []Choice
	Changes            []versionLine
	changePreview
}

// versionLine is what a change of version does to one upcoming session.
type versionLine struct {
	When          When
	Before, After string // content; empty Before: added, empty After: cancelled
}

// newerVersion is the note that a newer version is available. The zero value: there is none.
type newerVersion struct {
	Version string
	Edited  bool // the text of the cohort's own version has changed
}

// newerVersionOf returns the version that is newer than the cohort's.
func (s *Server) newerVersionOf(c reads.Cohort) newerVersion {
	if c.Cohort.State == scheduler.CohortEnded || c.Definition == nil {
		return newerVersion{}
	}
	d := c.Cohort.Newer(s.Library)
	if d == nil {
		return newerVersion{}
	}
	return newerVersion{Version: d.Version, Edited: d.Version == c.Definition.Version}
}

func (s *Server) cohortVersionPage(c echo.Context, who visitor, f *form) (proposalPage, error) {
	cohort, page, err := s.loadCohortHead(c, who, "Change the version")
	if err != nil {
		return nil, err
	}
	v := &cohortVersionPage{Page: page, Cohort: string(cohort.Cohort.ID), CohortName: cohort.Cohort.Name,
		Now: cohort.Cohort.Protocol}
	for _, d := range cohort.Cohort.Texts(s.Library) {
		v.Texts = append(v.Texts, versionChoice(d, cohort.Cohort.Protocol))
	}
	if f != nil {
		choose(v.Texts, f.trimmed("protocol"))
	} else if d := cohort.Cohort.Newer(s.Library); d != nil {
		choose(v.Texts, d.Hash())
	}
	return v, nil
}

// versionChoice returns the choice of a version. Its value is the hash of the text, so that what is
// confirmed is what was previewed.
func versionChoice(d *protocols.Definition, followed string) Choice {
	choice := Choice{Value: d.Hash(), Label: "Version " + d.Version, Hint: d.Summary}
	if d.Ref() == followed {
		choice.Label += ", current text"
	}
	return choice
}

// cohortVersionProposal proposes the chosen version. It fails at its field if the library no longer
// has it.
func (s *Server) cohortVersionProposal(c echo.Context, f *form) desk.Proposal {
	var to *protocols.Definition
	for _, d := range s.Library.List() {
		if d.Hash() == f.trimmed("protocol") {
			to = d
		}
	}
	if to == nil {
		f.fail("protocol", "Choose a version from the list.")
	}
	return desk.ChangeVersion(scheduler.VersionRequest{Cohort: scheduler.ID(c.Param("id")), To: to,
		AcceptShift: f.ticked("accept_shift")})
}

// preview shows the content of each upcoming session.
func (v *cohortVersionPage) preview(s *Server, _ map[scheduler.ID]string, p scheduler.Preview) {
	for _, c := range p.Cohorts {
		for _, e := range c.Sessions {
			line := versionLine{When: s.staffWhen(e.After.Start, e.After.End, c.Zone), Before: e.Was, After: e.Title}
			if !e.After.Expected {
				line.Before, line.After = cmp.Or(e.Was, e.Title), ""
			}
			v.Changes = append(v.Changes, line)
		}
	}
}
