package web

import (
	"cmp"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"rsc.io/qr"

	"almanac/scheduler"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// lettersPage is letters on paper, one for each person: their dates in large type and their language, under a heading
// that reveals nothing.
type lettersPage struct {
	Page
	Back      string // path of the page from which they are printed
	BackLabel string
	Letters   []letter
	// CodeAddress leads to the same letters with, or without, a code that opens the person's own page; empty: staff
	// may not see that page.
	CodeAddress string
	Coded       bool
	ByHand      []string // who did not allow letters by post
}

// letter is what one person gets.
type letter struct {
	Words    *words
	Name     string
	Dates    []ownLine
	ZoneName string
	Printed  When
	Code     template.HTML // an SVG; empty: none
	Contact  scheduler.ClinicContact
	Long     bool // many dates, in smaller type
}

// longLetter is from how many dates on the type is smaller, so that 24 weeks fit on a page.
const longLetter = 14

// personLetter prints the dates of one person.
func (s *Server) personLetter(c echo.Context, who visitor) error {
	id, err := idParam(c.Param("id"))
	if err != nil {
		return err
	}
	v := &lettersPage{Back: "/people/" + string(id), BackLabel: "Back to the person"}
	return s.showLetters(c, who, v, []scheduler.ID{id})
}

// cohortLetters prints the dates of everybody who is in a cohort.
func (s *Server) cohortLetters(c echo.Context, who visitor) error {
	id, err := idParam(c.Param("id"))
	if err != nil {
		return err
	}
	cohort, err := s.Cohorts.Cohort(c.Request().Context(), who.actor, who.clinic, id)
	if err != nil {
		return err
	}
	var people []scheduler.ID
	for _, e := range cohort.Enrollments {
		if e.State.Live() {
			people = append(people, e.Person)
		}
	}
	return s.showLetters(c, who, &lettersPage{Back: "/cohorts/" + string(id), BackLabel: "Back to the cohort"}, people)
}

func (s *Server) showLetters(c echo.Context, who visitor, v *lettersPage, people []scheduler.ID) error {
	ctx := c.Request().Context()
	found, err := s.Records.Letters(ctx, who.actor, who.clinic, people)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return fault.New(fault.Conflict, "There are no dates to come, so there is nothing to print.")
	}
	if v.Page, err = s.paperPage(ctx, who, "Letters"); err != nil {
		return err
	}
	v.Coded = c.QueryParam("code") != ""
	for _, one := range found {
		if one.Page != "" {
			v.CodeAddress = c.Request().URL.Path
			if !v.Coded {
				v.CodeAddress += "?code=yes"
			}
		}
		l, err := s.letterOf(one, v.Coded)
		if err != nil {
			return err
		}
		v.Letters = append(v.Letters, l)
		if !one.Post {
			v.ByHand = append(v.ByHand, one.Name)
		}
	}
	slices.SortStableFunc(v.Letters, func(a, b letter) int { return cmp.Compare(a.Name, b.Name) })
	return s.render(c, http.StatusOK, v)
}

func (s *Server) letterOf(one reads.Letter, coded bool) (letter, error) {
	w, loc := wordsFor(one.Language), s.location(one.Zone)
	l := letter{Words: w, Name: one.Name, Contact: one.Contact, Long: len(one.Items) > longLetter,
		Printed: whenIn(s.Now(), time.Time{}, loc, w)}
	l.ZoneName = w.place(l.Printed.Zone)
	for _, item := range one.Items {
		l.Dates = append(l.Dates, ownLine{When: whenIn(item.Start, item.End, loc, w), Place: w.place(item.Place)})
	}
	if !coded || one.Page == "" {
		return l, nil
	}
	code, err := qr.Encode(s.link("/p/"+one.Page), qr.M)
	if err != nil {
		return l, fmt.Errorf("encoding an address: %w", err)
	}
	l.Code = codeSVG(code)
	return l, nil
}

// codeSVG draws a QR code (ISO/IEC 18004) with the four modules of margin that it needs, one path for all of it.
func codeSVG(code *qr.Code) template.HTML {
	const margin = 4
	var path strings.Builder
	for y := range code.Size {
		for x := range code.Size {
			if code.Black(x, y) {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x+margin, y+margin)
			}
		}
	}
	size := code.Size + 2*margin
	return template.HTML(fmt.Sprintf(`<svg class="code" viewBox="0 0 %d %d" role="img" aria-hidden="true" `+
		`shape-rendering="crispEdges"><rect width="100%%" height="100%%" fill="#fff"/><path d="%s"/></svg>`,
		size, size, path.String())) // numbers only
}
