package main

import (
	"fmt"
	"io"
	"log/slog"
	"reflect"
)

// newLogger makes the one logger of the process. Format is text or json; any
// other word gives text.
//
// Nothing that is made of parts is printed: slog asks a value for its LogValue,
// but not the elements of a slice, a map or a struct, and a person's name would
// slip out there. Such values appear as their type with the word "withheld".
func newLogger(w io.Writer, level slog.Leveler, format string) *slog.Logger {
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: withholdParts}
	if format == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

// withholdParts is called by slog for every attribute outside and inside of
// groups, after LogValue was resolved. Errors keep their text and nothing else:
// anyone who wraps an error puts ids into it, not names.
func withholdParts(_ []string, attr slog.Attr) slog.Attr {
	if attr.Value.Kind() != slog.KindAny {
		return attr
	}
	value := attr.Value.Any()
	switch v := value.(type) {
	case nil:
		return attr
	case error:
		return slog.String(attr.Key, fmt.Sprint(v))
	case slog.Level:
		return slog.String(attr.Key, v.String())
	}
	switch reflect.TypeOf(value).Kind() {
	case reflect.Bool, reflect.String, reflect.Float32, reflect.Float64,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return attr
	default:
		return slog.String(attr.Key, fmt.Sprintf("%T withheld", value))
	}
}
