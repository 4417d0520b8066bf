package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"almanac/protocols"
	"almanac/scheduler"
	"almanac/scheduler/reads"
)

// versionPage lets a cohort go over to another text of its protocol in two steps.
type versionPage struct {
	Page
	Cohort, CohortName string
	Now                string // the version that is followed
	Texts              []Choice
	Confirm            confirmation
	Changes            []recastLine
}

// recastLine is what a change of version does to one session to come.
type recastLine struct {
	When          When
	Before, After string // contents; no Before: an added date, no After: a cancelled one
}

// newerText is the note on a cohort's page that another text has come out;
// the zero value: there is none.
type newerText struct {
	Version string
	Edited  bool // the cohort's own version reads differently now
}

// newerTextOf looks for what has come out since a cohort was opened.
func (s *Server) newerTextOf(c reads.Cohort) newerText {
	if c.Cohort.State == scheduler.CohortEnded || c.Definition == nil {
		return newerText{}
	}
	d := c.Cohort.Newer(s.Library)
	if d == nil {
		return newerText{}
	}
	return newerText{Version: d.Version, Edited: d.Version == c.Definition.Version}
}

func (s *Server) versionPage(c echo.Context, who visitor) (*versionPage, reads.Cohort, error) {
	ctx := c.Request().Context()
	id, err := idParam(c.Param("id"))
	if err != nil {
		return nil, reads.Cohort{}, err
	}
	cohort, err := s.Cohorts.Cohort(ctx, who.actor, who.clinic, id)
	if err != nil {
		return nil, reads.Cohort{}, err
	}
	page, err := s.staffPage(ctx, who, c.Request(), "cohorts", "Change the version")
	if err != nil {
		return nil, reads.Cohort{}, err
	}
	v := &versionPage{Page: page, Cohort: string(cohort.Cohort.ID), CohortName: cohort.Cohort.Name, Now: cohort.Cohort.Protocol}
	for _, d := range cohort.Cohort.Texts(s.Library) {
		v.Texts = append(v.Texts, textChoice(d, cohort.Cohort.Protocol))
	}
	return v, cohort, nil
}

// textChoice offers one text; its value names the words as well as the version,
// so that what is confirmed is what was previewed.
func textChoice(d *protocols.Definition, followed string) Choice {
	choice := Choice{Value: d.Hash(), Label: "Version " + d.Version, Hint: d.Summary}
	if d.Ref() == followed {
		choice.Label += ", as it reads now"
	}
	return choice
}

func (s *Server) versionForm(c echo.Context, who visitor) error {
	v, cohort, err := s.versionPage(c, who)
	if err != nil {
		return err
	}
	if d := cohort.Cohort.Newer(s.Library); d != nil {
		choose(v.Texts, d.Hash())
	}
	return s.render(c, http.StatusOK, v)
}

// version previews a change of version, or does it when it carries the
// preview's change number.
func (s *Server) version(c echo.Context, who visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	v, cohort, err := s.versionPage(c, who)
	if err != nil {
		return err
	}
	choose(v.Texts, f.trimmed("protocol"))
	var to *protocols.Definition
	for _, d := range cohort.Cohort.Texts(s.Library) {
		if d.Hash() == f.trimmed("protocol") {
			to = d
		}
	}
	if to == nil {
		f.fail("protocol", "Choose a version from the list.")
		return retry(v, f.err())
	}
	ctx, id, zone := c.Request().Context(), cohort.Cohort.ID, cohort.Cohort.Zone
	show := func() error {
		preview, err := s.Desk.PreviewChangeVersion(ctx, who.request(0), id, to)
		if err != nil {
			return err
		}
		for _, r := range preview.Sessions {
			v.Changes = append(v.Changes, recastLine{When: s.staffWhen(r.Start, r.End, zone), Before: r.Before, After: r.After})
		}
		v.Confirm, err = s.confirmation(ctx, who, preview.Preview, zone)
		return err
	}
	do := func() error { return s.Desk.ChangeVersion(ctx, who.request(f.changeNo()), id, to) }
	return s.twoSteps(c, f, v, show, do, "/cohorts/"+v.Cohort, "version")
}
