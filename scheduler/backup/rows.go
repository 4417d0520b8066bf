package backup

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// Octets stand as {"b": base64}, and text that is not UTF-8, which JSON cannot hold, as {"t": base64}.
type packed struct {
	Octets *string `json:"b,omitempty"`
	Text   *string `json:"t,omitempty"`
}

// appendRow writes a row as one line.
func appendRow(to *bytes.Buffer, values []any) error {
	line := json.NewEncoder(to)
	line.SetEscapeHTML(false)
	row := make([]any, len(values))
	for i, value := range values {
		switch v := value.(type) {
		case nil, int64:
			row[i] = v
		case int32:
			row[i] = int64(v)
		case []byte:
			text := base64.StdEncoding.EncodeToString(v)
			row[i] = packed{Octets: &text}
		case string:
			row[i] = v
			if !utf8.ValidString(v) {
				text := base64.StdEncoding.EncodeToString([]byte(v))
				row[i] = packed{Text: &text}
			}
		default:
			return fmt.Errorf("a value is a %T", value)
		}
	}
	return line.Encode(row)
}

// readRow reads what appendRow wrote.
func readRow(line []byte) ([]any, error) {
	var raw []json.RawMessage
	if err := json.Unmarshal(line, &raw); err != nil {
		return nil, err
	}
	row := make([]any, len(raw))
	for i, text := range raw {
		var err error
		if row[i], err = readValue(text); err != nil {
			return nil, err
		}
	}
	return row, nil
}

func readValue(text json.RawMessage) (any, error) {
	switch text[0] {
	case 'n':
		return nil, nil
	case '"':
		var s string
		err := json.Unmarshal(text, &s)
		return s, err
	case '{':
		var p packed
		if err := json.Unmarshal(text, &p); err != nil {
			return nil, err
		}
		switch {
		case p.Octets != nil:
			octets, err := base64.StdEncoding.DecodeString(*p.Octets)
			return octets, err
		case p.Text != nil:
			octets, err := base64.StdEncoding.DecodeString(*p.Text)
			return string(octets), err
		}
		return nil, fmt.Errorf("a value is %s", text)
	default:
		return strconv.ParseInt(string(text), 10, 64)
	}
}
