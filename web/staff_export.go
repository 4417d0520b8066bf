package web

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/scheduler/spreadsheet"
)

// exportPage lists what can be exported, of the clinic or of one cohort.
type exportPage struct {
	Page
	Cohort, CohortName string // empty: all of the clinic
	From, Until        Input
	Sitting, Roster    leavesForm // of the tables of attendance and of rosters
}

// leavesForm says where a table goes: to whom, what for, and on which kind of consent. Empty: it stays inside.
type leavesForm struct {
	Fields []Input
	Asked  bool // this table was asked for, so problems lead here
	Open   bool
}

// exportDays is how many days the page proposes for attendance.
const exportDays = 90

func (s *Server) exportForm(c echo.Context, who visitor) error {
	v, err := s.exportPage(c, who, nil)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, v)
}

func (s *Server) exportPage(c echo.Context, who visitor, f *form) (*exportPage, error) {
	ctx := c.Request().Context()
	page, err := s.staffPage(ctx, who, c.Request(), "people", "Exports")
	if err != nil {
		return nil, err
	}
	v := &exportPage{Page: page, Cohort: c.QueryParam("cohort")}
	today := civil.WallOf(s.Now(), s.location(page.Zone)).Date
	from, until := today.AddDays(-exportDays).String(), today.String()
	if f != nil {
		v.Cohort, from, until = f.trimmed("cohort"), f.text("from"), f.text("until")
	}
	if v.Cohort != "" {
		id, err := idParam(v.Cohort)
		if err != nil {
			return nil, err
		}
		head, err := s.Heads.CohortHead(ctx, who.actor, who.clinic, id)
		if err != nil {
			return nil, err
		}
		v.CohortName = head.Cohort.Name
	}
	v.fillLeaves(f, c.Path())
	v.From = v.Need("from", "From", "date", from, "")
	v.Until = v.Need("until", "Until", "date", until, "Both days are included, at most a year.")
	return v, nil
}

// exportPeople sends everybody at the clinic as CSV, as the import reads it. It is a POST because each
// export is written to the audit.
func (s *Server) exportPeople(c echo.Context, who visitor) error {
	var file bytes.Buffer
	if err := s.peopleTable(c.Request().Context(), who, &file); err != nil {
		return err
	}
	return s.sendCSV(c, "people", file.Bytes())
}

// peopleTable writes everybody as the import reads them.
func (s *Server) peopleTable(ctx context.Context, who visitor, file *bytes.Buffer) error {
	people, err := s.Exports.ExportPeople(ctx, who.actor, who.clinic)
	if err != nil {
		return err
	}
	rows := make([]spreadsheet.Contact, len(people))
	for i, p := range people {
		rows[i] = spreadsheet.Contact{Contact: p.Contact, Zone: p.Zone, Language: p.Language}
	}
	return spreadsheet.WritePeople(file, rows)
}

// clinicZone is the zone in which exports write instants.
func (s *Server) clinicZone(c echo.Context, who visitor) (*time.Location, error) {
	clinic, err := s.Cohorts.Clinic(c.Request().Context(), who.actor, who.clinic)
	if err != nil {
		return nil, err
	}
	return s.location(clinic.Zone), nil
}

// sendTable sends what fill writes as CSV. Nothing is sent before all of it is there, so that no file is cut off.
func (s *Server) sendTable(c echo.Context, name string, header []string, fill func(*spreadsheet.Writer) error) error {
	var file bytes.Buffer
	out, err := spreadsheet.NewWriter(&file, header...)
	if err != nil {
		return err
	}
	if err := fill(out); err != nil {
		return err
	}
	if err := out.Close(); err != nil {
		return err
	}
	return s.sendCSV(c, name, file.Bytes())
}

// exportRosters sends the people of one cohort, or of the cohorts that a list shows.
func (s *Server) exportRosters(c echo.Context, who visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	zone, err := s.clinicZone(c, who)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	cohorts := []scheduler.ID{scheduler.ID(f.trimmed("cohort"))}
	if cohorts[0] == "" {
		query, _ := cohortQueryOf(url.Values(f.values))
		query.Limit = mostCohorts
		page, err := s.Lists.CohortPage(ctx, who.actor, who.clinic, query)
		if err != nil {
			return err
		}
		cohorts = nil
		for _, row := range page.Rows {
			cohorts = append(cohorts, row.ID)
		}
	}
	table := s.outgoing(who, f)
	err = table.Begin(ctx)
	if err == nil {
		err = s.sendTable(c, "rosters", table.Header(RosterHeader()), func(out *spreadsheet.Writer) error {
			err := s.Exports.ExportRosters(ctx, who.actor, who.clinic, cohorts, func(r reads.RosterRow) error {
				return table.Row(r.Person, RosterCells(r, zone), out.Row)
			})
			if err != nil {
				return err
			}
			return table.End(ctx, rosterWhat)
		})
	}
	if err != nil && table.Outside.Leaves() {
		return s.rejectExport(c, who, f, err)
	}
	return err
}

// What a table shows of people, as the accounting says it.
const (
	rosterWhat     = "Name, contact, cohort and dates of the stay"
	attendanceWhat = "Name, sessions and attendance"
)

// outgoing reads from a form whether a table leaves the programme.
func (s *Server) outgoing(who visitor, f *form) *OutgoingTable {
	return &OutgoingTable{Store: s.Disclosures, Actor: who.actor, Clinic: who.clinic, Outside: scheduler.Outside{
		To: f.trimmed("to"), Purpose: f.trimmed("purpose"), Relies: scheduler.ConsentKind(f.trimmed("relies_on"))}}
}

// fillLeaves puts the fields of a table that leaves on the page.
func (v *exportPage) fillLeaves(f *form, path string) {
	value := func(name string) string {
		if f == nil {
			return ""
		}
		return f.text(name)
	}
	kinds := []Choice{{Value: "", Label: "It stays inside"}}
	for _, kind := range []scheduler.ConsentKind{scheduler.ConsentTPO, scheduler.ConsentDisclosure} {
		kinds = append(kinds, Choice{Value: string(kind), Label: consentKindNames[kind][0]})
	}
	fields := func() []Input {
		return []Input{
			v.Field("to", "Who receives it", "text", "", "As consents to one recipient name it."),
			v.Field("purpose", "What for", "text", "", ""),
			v.Select("relies_on", "The consent that it rests on", slices.Clone(kinds), ""),
		}
	}
	v.Sitting, v.Roster = leavesForm{Fields: fields()}, leavesForm{Fields: fields()}
	asked := &v.Sitting
	if strings.HasSuffix(path, "/rosters") {
		asked = &v.Roster
	}
	asked.Asked = true
	asked.Open = value("to")+value("purpose")+value("relies_on") != ""
	asked.Fields[0].Value, asked.Fields[1].Value = value("to"), value("purpose")
	choose(asked.Fields[2].Options, value("relies_on"))
}

// rejectExport shows the page again with what was typed.
func (s *Server) rejectExport(c echo.Context, who visitor, f *form, problem error) error {
	v, err := s.exportPage(c, who, f)
	if err != nil {
		return err
	}
	fields := []*Input{&v.From, &v.Until}
	for _, leaves := range []leavesForm{v.Sitting, v.Roster} {
		for i := range leaves.Fields {
			if leaves.Asked {
				fields = append(fields, &leaves.Fields[i])
			}
		}
	}
	return rejectForm(v, atFields(problem, fields...))
}

// mostCohorts is how many cohorts one file of rosters has.
const mostCohorts = 10_000

// exportAttendance sends who came to the sessions of a period.
func (s *Server) exportAttendance(c echo.Context, who visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	v, err := s.exportPage(c, who, f)
	if err != nil {
		return err
	}
	q := reads.AttendanceQuery{From: f.date("from"), Until: f.date("until"), Cohort: scheduler.ID(v.Cohort)}
	if f.err() != nil {
		return rejectForm(v, atFields(f.err(), &v.From, &v.Until))
	}
	ctx, table := c.Request().Context(), s.outgoing(who, f)
	err = table.Begin(ctx)
	if err == nil {
		err = s.sendTable(c, "attendance", table.Header(AttendanceHeader()), func(out *spreadsheet.Writer) error {
			err := s.Exports.ExportAttendance(ctx, who.actor, who.clinic, q, func(r reads.AttendanceRow) error {
				return table.Row(r.Person, AttendanceCells(r), out.Row)
			})
			if err != nil {
				return err
			}
			return table.End(ctx, attendanceWhat)
		})
	}
	if err != nil {
		return s.rejectExport(c, who, f, err)
	}
	return nil
}

// exportNotices sends the messages that a search finds, with their fates.
func (s *Server) exportNotices(c echo.Context, who visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	zone, err := s.clinicZone(c, who)
	if err != nil {
		return err
	}
	params := ledgerPlace(url.Values(f.values))
	params.Del("after")
	query, err := (&ledgerPage{}).search(params)
	if err == nil {
		err = s.sendTable(c, "notices", NoticeHeader(), func(out *spreadsheet.Writer) error {
			return s.Exports.ExportNotices(c.Request().Context(), who.actor, who.clinic, query,
				func(r reads.LedgerRow) error { return out.Row(NoticeCells(r, zone)...) })
		})
	}
	if err != nil {
		return s.rejectLedger(c, who, params, err)
	}
	return nil
}

// exportTasks sends the open tasks.
func (s *Server) exportTasks(c echo.Context, who visitor) error {
	zone, err := s.clinicZone(c, who)
	if err != nil {
		return err
	}
	return s.sendTable(c, "tasks", TaskHeader(), func(out *spreadsheet.Writer) error {
		return s.Exports.ExportTasks(c.Request().Context(), who.actor, who.clinic,
			func(t reads.Task) error { return out.Row(TaskCells(t, zone)...) })
	})
}

// registerExports registers the exports. Each is a POST because it is written to the audit.
func (s *Server) registerExports() {
	s.route(staff(access.PersonExport), get, "/export", s.exportForm)
	s.route(staff(access.PersonExport), post, "/export/people", s.exportPeople)
	s.route(staff(access.PersonExport), post, "/export/rosters", s.exportRosters)
	s.route(staff(access.PersonExport), post, "/export/attendance", s.exportAttendance)
	s.route(staff(access.PersonExport), post, "/export/notices", s.exportNotices)
	s.route(staff(access.PersonExport), post, "/export/tasks", s.exportTasks)
}
