package sms

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// place is where a value stands in a request or an answer; the zero value is nowhere.
type place struct {
	kind, name string
	pattern    *regexp.Regexp // of kind text: its first group
}

// parsePlace reads query:NAME, form:NAME, json:NAME.0.NAME, header:NAME or text:PATTERN.
func parsePlace(text string) (place, error) {
	if text == "" {
		return place{}, nil
	}
	kind, name, _ := strings.Cut(text, ":")
	switch kind {
	case kindQuery, kindForm, kindJSON, kindHeader:
		if name == "" {
			return place{}, errors.New("a name is missing")
		}
		return place{kind: kind, name: name}, nil
	case kindText:
		pattern, err := regexp.Compile(name)
		if err == nil && pattern.NumSubexp() == 0 {
			err = errors.New("a group is missing")
		}
		return place{kind: kind, pattern: pattern}, err
	}
	return place{}, errors.New("there is no such place")
}

// said is a request or an answer of a gateway.
type said struct {
	query, form url.Values
	header      http.Header
	body        []byte
}

// at gives the value at a place; empty when there is none.
func (s said) at(p place) string {
	switch p.kind {
	case kindQuery:
		return s.query.Get(p.name)
	case kindForm:
		return s.form.Get(p.name)
	case kindHeader:
		return s.header.Get(p.name)
	case kindText:
		if found := p.pattern.FindSubmatch(s.body); found != nil {
			return string(found[1])
		}
	case kindJSON:
		return jsonAt(s.body, p.name)
	}
	return ""
}

// jsonAt walks names and numbers, joined by dots, into a JSON text.
func jsonAt(body []byte, path string) string {
	var value any
	if json.Unmarshal(body, &value) != nil {
		return ""
	}
	for step := range strings.SplitSeq(path, ".") {
		switch v := value.(type) {
		case map[string]any:
			value = v[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(v) {
				return ""
			}
			value = v[i]
		default:
			return ""
		}
	}
	switch v := value.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}
