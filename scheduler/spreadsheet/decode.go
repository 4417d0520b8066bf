package spreadsheet

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"almanac/scheduler/fault"
)

// The marks with which files begin that are no text.
var workbooks = []struct{ mark, sentence string }{
	{"PK\x03\x04", "This is a workbook, not a CSV file. In the spreadsheet, choose “Save as” and “CSV UTF-8”."},
	{"\xd0\xcf\x11\xe0", "This is an old Excel workbook, not a CSV file. In Excel, choose “Save as” and “CSV UTF-8”."},
	{"%PDF", "This is a PDF, not a CSV file. Save the table from the program that made it as CSV."},
}

// Text gives the content of a file as UTF-8 without a byte order mark, line breaks as \n. note says which other
// encoding was assumed, "" when none was. Invalid for a workbook and for anything else that is no text.
func Text(data []byte) (text, note string, err error) {
	if len(data) > MostBytes {
		return "", "", tooLarge()
	}
	for _, w := range workbooks {
		if bytes.HasPrefix(data, []byte(w.mark)) {
			return "", "", fault.In("file", "%s", w.sentence)
		}
	}
	from, note := encodingOf(data)
	if from != nil {
		if data, err = from.NewDecoder().Bytes(data); err != nil {
			return "", "", notText()
		}
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if bytes.IndexByte(data, 0) >= 0 || !utf8.Valid(data) {
		return "", "", notText()
	}
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(data)), note, nil
}

func notText() error {
	return fault.In("file", "This file is not text. In the spreadsheet, choose “Save as” and “CSV UTF-8”.")
}

// encodingOf finds the encoding of a file, nil for UTF-8, and says it when it is not certain.
func encodingOf(data []byte) (from encoding.Encoding, note string) {
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), ""
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM), ""
	}
	head := data[:min(len(data), 4096)]
	even, odd := 0, 0
	for i, b := range head {
		if b == 0 && i%2 == 0 {
			even++
		} else if b == 0 {
			odd++
		}
	}
	switch half := len(head) / 2; {
	case odd > half/2 && even < odd/8:
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "The file was read as UTF-16."
	case even > half/2 && odd < even/8:
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), "The file was read as UTF-16."
	case even+odd > 0, utf8.Valid(data):
		return nil, ""
	}
	return charmap.Windows1252, "The file is not UTF-8 and was read as Windows-1252. Check a name with an accent."
}
