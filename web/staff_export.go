package web

import (
	"bytes"

	"github.com/labstack/echo/v4"

	"almanac/scheduler/spreadsheet"
)

// exportPeople sends everybody at the clinic as CSV, as the import reads it. It is a POST because each
// export is written to the audit.
func (s *Server) exportPeople(c echo.Context, who visitor) error {
	people, err := s.Records.ExportPeople(c.Request().Context(), who.actor, who.clinic)
	if err != nil {
		return err
	}
	rows := make([]spreadsheet.Contact, len(people))
	for i, p := range people {
		rows[i] = spreadsheet.Contact{Contact: p.Contact, Zone: p.Zone, Language: p.Language}
	}
	var file bytes.Buffer
	if err := spreadsheet.WritePeople(&file, rows); err != nil {
		return err
	}
	return s.sendCSV(c, "people", file.Bytes())
}
