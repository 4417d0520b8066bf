package web

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/spreadsheet"
)

type exportInput struct {
	Name   string     `path:"name" enum:"people,rosters,attendance,notices,tasks"`
	Cohort string     `query:"cohort" doc:"Rosters and attendance: only of this cohort. Omitted: all; rosters of all open ones."`
	From   civil.Date `query:"from" format:"date" doc:"Attendance: the first day. Required."`
	Until  civil.Date `query:"until" format:"date" doc:"Attendance: the last day, at most a year later. Required."`
	Day    civil.Date `query:"day" format:"date" doc:"Notices: only about sessions of this local day."`
	Outward
	State []string `query:"state" enum:"planned,sent,delivered,dropped,expired,failed" doc:"Notices: only these states."`
}

// Outward is where a table goes that leaves the programme.
type Outward struct {
	To       string `query:"to" maxLength:"400" doc:"Rosters and attendance: who receives the file outside the programme. Then it has only people with a consent in force to them, and the statement of 42 CFR 2.32. Omitted, with the next two: it stays inside."`
	Purpose  string `query:"purpose" maxLength:"400" doc:"What the file is for, when it leaves."`
	ReliesOn string `query:"relies_on" enum:"tpo,disclosure" doc:"The kind of consent that it rests on, when it leaves."`
}

// outside reads the parameters.
func (o Outward) outside() scheduler.Outside {
	return scheduler.Outside{To: o.To, Purpose: o.Purpose, Relies: scheduler.ConsentKind(o.ReliesOn)}
}

type exportOutput struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

// registerExportOperations registers the operation that gives tables.
func (s *Server) registerExportOperations() {
	op := describe(http.MethodGet, "/exports/{name}", "export", "Exports",
		"A table of the clinic as CSV, safe for spreadsheets. It holds names and addresses. Every export is in the "+
			"audit.")
	op.Responses = map[string]*huma.Response{"200": {Description: "The table, in UTF-8.",
		Content: map[string]*huma.MediaType{csvType: {Schema: huma.SchemaFromType(s.api.OpenAPI().Components.Schemas,
			reflect.TypeFor[string]())}}}}
	operation(s, program(access.PersonExport), op, s.apiExport)
}

// csvType is the media type of tables (RFC 7111).
const csvType = "text/csv; charset=utf-8"

func (s *Server) apiExport(ctx context.Context, who visitor, in *exportInput) (*exportOutput, error) {
	clinic, err := s.Cohorts.Clinic(ctx, who.actor, who.clinic)
	if err != nil {
		return nil, err
	}
	var file bytes.Buffer
	if in.outside().Leaves() && in.Name != "rosters" && in.Name != "attendance" {
		return nil, fault.In("query.to",
			"This table stays inside the programme. Only rosters and attendance can leave.")
	}
	if in.Name == "people" {
		err = s.peopleTable(ctx, who, &file)
	} else {
		err = s.exportTable(ctx, who, in, s.location(clinic.Zone), &file)
	}
	if err != nil {
		return nil, relocateFields(err, map[string]string{"from": "query.from", "until": "query.until",
			"day": "query.day", "to": "query.to", "purpose": "query.purpose", "relies_on": "query.relies_on"})
	}
	return &exportOutput{ContentType: csvType, Disposition: `attachment; filename="` + in.Name + `.csv"`,
		Body: file.Bytes()}, nil
}

// orElse does what comes next, unless there was an error.
func orElse(err error, next func() error) error {
	if err != nil {
		return err
	}
	return next()
}

// exportTable writes every table but that of people.
func (s *Server) exportTable(ctx context.Context, who visitor, in *exportInput, zone *time.Location,
	file *bytes.Buffer) error {
	header := map[string][]string{"rosters": RosterHeader(), "attendance": AttendanceHeader(),
		"notices": NoticeHeader(), "tasks": TaskHeader()}[in.Name]
	table := &OutgoingTable{Store: s.Disclosures, Actor: who.actor, Clinic: who.clinic, Outside: in.outside()}
	if err := table.Begin(ctx); err != nil {
		return err
	}
	out, err := spreadsheet.NewWriter(file, table.Header(header)...)
	if err != nil {
		return err
	}
	switch in.Name {
	case "rosters":
		var cohorts []scheduler.ID
		if in.Cohort != "" {
			cohorts = append(cohorts, scheduler.ID(in.Cohort))
		}
		err = s.Exports.ExportRosters(ctx, who.actor, who.clinic, cohorts,
			func(r reads.RosterRow) error { return table.Row(r.Person, RosterCells(r, zone), out.Row) })
		err = orElse(err, func() error { return table.End(ctx, rosterWhat) })
	case "attendance":
		q := reads.AttendanceQuery{From: in.From, Until: in.Until, Cohort: scheduler.ID(in.Cohort)}
		err = s.Exports.ExportAttendance(ctx, who.actor, who.clinic, q,
			func(r reads.AttendanceRow) error { return table.Row(r.Person, AttendanceCells(r), out.Row) })
		err = orElse(err, func() error { return table.End(ctx, attendanceWhat) })
	case "notices":
		q := reads.LedgerQuery{Day: in.Day}
		for _, state := range in.State {
			q.State = append(q.State, scheduler.NoticeState(state))
		}
		err = s.Exports.ExportNotices(ctx, who.actor, who.clinic, q,
			func(r reads.LedgerRow) error { return out.Row(NoticeCells(r, zone)...) })
	case "tasks":
		err = s.Exports.ExportTasks(ctx, who.actor, who.clinic,
			func(t reads.Task) error { return out.Row(TaskCells(t, zone)...) })
	}
	if err != nil {
		return fmt.Errorf("exporting %s: %w", in.Name, err)
	}
	return out.Close()
}
