package web

import (
	"cmp"
	"fmt"
	"net/http"
	"regexp"
	"strconv"

	"github.com/labstack/echo/v4"

	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/spreadsheet"
)

// referralImportPage takes a table of referrals, shows what is wrong with it, and then stores it.
type referralImportPage struct {
	Page
	Table  string // pasted, or of the file
	Notes  []string
	Wrong  []ReferralProblem
	Names  []string // of the people that can be added, at most importShown
	People int      // that can be added
}

// ReferralProblem is what is wrong with a row of a table.
type ReferralProblem struct {
	Line      int
	Name, Why string
}

// FileProblem returns what is wrong with the file.
func (v *referralImportPage) FileProblem() string { return v.problem("file") }

func (s *Server) referralImportForm(c echo.Context, who visitor) error {
	page, err := s.staffPage(c.Request().Context(), who, c.Request(), "intake", "Import referrals")
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, &referralImportPage{Page: page})
}

// referralImport shows a table of referrals, or stores it once it has been shown.
func (s *Server) referralImport(c echo.Context, who visitor) error {
	f, err := readUpload(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	page, err := s.staffPage(ctx, who, c.Request(), "intake", "Import referrals")
	if err != nil {
		return err
	}
	v := &referralImportPage{Page: page, Table: f.table()}
	if err := f.err(); err != nil {
		v.Table = f.text("table")
		return rejectForm(v, err)
	}
	people, err := spreadsheet.ReadReferrals([]byte(v.Table), spreadsheet.Options{Zone: s.location(page.Zone)})
	if err != nil {
		return rejectForm(v, err)
	}
	if text, _, err := spreadsheet.Text([]byte(v.Table)); err == nil {
		v.Table = text
	}
	all, wrong := ReferralsOf(people)
	q := desk.ReferralRequest{Referrals: all, DryRun: true}
	_, err = s.Referrals.AddReferrals(ctx, who.actor, who.clinic, q)
	more, err := ReferralProblems(people, err)
	if err != nil {
		return rejectForm(v, err)
	}
	v.Notes, v.Wrong, v.People = people.Notes, append(wrong, more...), len(all)
	for _, r := range all[:min(len(all), importShown)] {
		v.Names = append(v.Names, r.Contact.Name)
	}
	if len(v.Wrong) > 0 || f.trimmed("step") != "add" {
		status := http.StatusOK
		if len(v.Wrong) > 0 {
			status = http.StatusUnprocessableEntity
		}
		return s.render(c, status, v)
	}
	q.DryRun, q.Once = false, f.once(c)
	if _, err := s.Referrals.AddReferrals(ctx, who.actor, who.clinic, q); err != nil {
		return rejectForm(v, formSentError(err))
	}
	return s.redirect(c, who.token, "/referrals", "inboxed")
}

// ReferralsOf returns the referrals of a table, and the cells that cannot be read.
func ReferralsOf(people spreadsheet.People) (all []scheduler.Referral, wrong []ReferralProblem) {
	for _, row := range people.Rows {
		all = append(all, row.Referral)
		for _, f := range row.Wrong {
			wrong = append(wrong, ReferralProblem{row.Line, row.Referral.Contact.Name, inColumn(f)})
		}
	}
	return all, wrong
}

func inColumn(f *fault.Error) string {
	if f.Field == "" {
		return f.Message
	}
	return f.Field + ": " + f.Message
}

// referralField is a field of one of several referrals, as AddReferrals names it.
var referralField = regexp.MustCompile(`^referrals\[(\d+)\]\.(.*)$`)

// ReferralProblems tells which rows of a table the faults of AddReferrals are about. An error that is about none of
// them is returned unchanged.
func ReferralProblems(people spreadsheet.People, err error) (wrong []ReferralProblem, other error) {
	for _, f := range fault.All(err) {
		row, field := 0, f.Field
		if parts := referralField.FindStringSubmatch(f.Field); parts != nil {
			row, _ = strconv.Atoi(parts[1])
			field = parts[2]
		} else if len(people.Rows) != 1 || f.Kind != fault.Invalid {
			return nil, err
		}
		r := people.Rows[row]
		wrong = append(wrong, ReferralProblem{r.Line, r.Referral.Contact.Name, inColumn(f.In(field))})
	}
	if len(wrong) == 0 {
		return nil, err
	}
	return wrong, nil
}

// Text writes a problem with its line.
func (p ReferralProblem) Text() string {
	return fmt.Sprintf("line %d, %s: %s", p.Line, cmp.Or(p.Name, "no name"), p.Why)
}
