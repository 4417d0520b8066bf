package web

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"almanac/scheduler/fault"
	"almanac/scheduler/spreadsheet"
)

// mostUpload bounds the body of a form with a file. More than a file may have is read and thrown away, so that the
// browser shows why the file is refused instead of a broken connection.
const mostUpload = 64 << 20

// mostFields bounds what all fields of such a form may have beside the file.
const mostFields = 1 << 20

// readUpload reads a form of type multipart/form-data, whose files are kept in memory and never on disk. A file
// stands under the name of its field, as it is.
func readUpload(c echo.Context) (*form, error) {
	r := c.Request()
	parts, err := r.MultipartReader()
	if errors.Is(err, http.ErrNotMultipart) {
		return readForm(c)
	}
	if err != nil {
		return nil, unreadableForm(err)
	}
	f, fields := &form{values: map[string][]string{}}, int64(0)
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return f, nil
		}
		if err != nil {
			return nil, unreadableForm(err)
		}
		most := int64(spreadsheet.MostBytes)
		value, err := io.ReadAll(io.LimitReader(part, most+1))
		if err != nil {
			return nil, unreadableForm(err)
		}
		name := part.FormName()
		if int64(len(value)) > most {
			f.fail("file", "The table is larger than %d MB. Leave out columns that are not needed, or import it in "+
				"parts.",
				most>>20)
			value = nil
			if _, err := io.Copy(io.Discard, part); err != nil {
				return nil, unreadableForm(err)
			}
		}
		if fields += int64(len(value)); fields > 2*most+mostFields {
			return nil, fault.New(fault.Invalid, "The form has more in it than a table. Go back and send the table "+
				"alone.")
		}
		f.values[name] = append(f.values[name], string(value))
	}
}

func unreadableForm(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return fmt.Errorf("reading a form: %w", err)
	}
	return fault.Wrap(fault.Invalid, err, "The form could not be read. Go back and send it again.")
}

// table returns the table of a form: the file that was chosen, or else what was pasted.
func (f *form) table() string {
	file, pasted := "", f.text("table")
	if len(f.values["file"]) > 0 {
		file = f.values["file"][0]
	}
	switch {
	case file != "" && strings.TrimSpace(pasted) != "":
		f.fail("file", "There is a file and a pasted table. Keep one of them.")
	case file != "":
		return file
	}
	return pasted
}
