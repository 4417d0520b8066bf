package protocols

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"almanac/protocols/civil"
)

// The kinds of scalars. Each says in its sentence what to write instead.
var (
	boolean = scalar(map[string]any{"type": "boolean"}, func(r *reader, n *Node, into *bool) {
		if n.Quoted || (n.Text != "true" && n.Text != "false") {
			r.fail(n, "%s is %q; write true or false.", r.name("this"), civil.Clip(n.Text))
			return
		}
		*into = n.Text == "true"
	})

	identifier = scalar(map[string]any{"type": "string", "pattern": identifierPattern, "maxLength": maxIdentifier},
		func(r *reader, n *Node, into *string) {
			if !IsIdentifier(n.Text) {
				r.fail(n, "%q is not an id; write lower-case words and digits joined by hyphens, at most %d letters.",
					civil.Clip(n.Text), maxIdentifier)
				return
			}
			*into = n.Text
		})

	// phrase is a text in one line.
	phrase = text(200, "a text in one line")
	// prose is a text of some sentences, lines joined.
	prose = text(2000, "a text")

	// token is a text without spaces, such as a version or the reference of a protocol.
	word = scalar(map[string]any{"type": []string{"string", "number"}, "pattern": wordPattern},
		func(r *reader, n *Node, into *string) {
			if !wordRule.MatchString(n.Text) {
				r.fail(n, "%s is %q; write letters, digits, dots and hyphens without spaces, at most 64.",
					r.name("this"), civil.Clip(n.Text))
				return
			}
			*into = n.Text
		})

	period = scalar(map[string]any{"type": "string", "pattern": periodPattern},
		func(r *reader, n *Node, into *civil.Period) {
			p, err := civil.ParsePeriod(n.Text)
			if err != nil {
				r.fail(n, "%s: %s.", r.name("this"), err.Error())
				return
			}
			*into = p
		})

	ratio = scalar(map[string]any{"type": "number", "minimum": 0, "maximum": 1},
		func(r *reader, n *Node, into *float64) {
			f, err := strconv.ParseFloat(n.Text, 64)
			if err != nil || n.Quoted || math.IsNaN(f) || f < 0 || f > 1 {
				r.fail(n, "%s is %q; write a number from 0 to 1.", r.name("this"), civil.Clip(n.Text))
				return
			}
			*into = f
		})

	weekday = scalar(map[string]any{"enum": weekdayWords[:]}, func(r *reader, n *Node, into *time.Weekday) {
		day, err := ParseWeekday(n.Text)
		if err != nil {
			r.fail(n, "%s.", sentence(err))
			return
		}
		*into = day
	})
)

const (
	maxIdentifier     = 64
	identifierPattern = `^[a-z0-9]+(-[a-z0-9]+)*$`
	wordPattern       = `^[0-9A-Za-z][0-9A-Za-z.@_-]{0,63}$`
	periodPattern     = `^-?P([0-9]+M)?([0-9]+W)?([0-9]+D)?(T([0-9]+H)?([0-9]+M)?)?$`
)

var (
	identifierRule = regexp.MustCompile(identifierPattern)
	wordRule       = regexp.MustCompile(wordPattern)
	weekdayWords   = [...]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}
)

// ParseWeekday reads the short English names mon, tue, wed, thu, fri, sat and sun, in any case, and the long ones.
func ParseWeekday(name string) (time.Weekday, error) {
	lower := strings.ToLower(name)
	for day, short := range weekdayWords {
		if long := time.Weekday(day); lower == short || lower == strings.ToLower(long.String()) {
			return long, nil
		}
	}
	return 0, fmt.Errorf("%q is not a day of the week; write mon, tue, wed, thu, fri, sat or sun", civil.Clip(name))
}

// IsIdentifier tells whether a text can be an id in a protocol: lower-case words
// and digits joined by hyphens.
func IsIdentifier(text string) bool {
	return len(text) <= maxIdentifier && identifierRule.MatchString(text)
}

// scalar is a kind of single value; anything else is refused before read sees it.
func scalar[V any](schema map[string]any, read func(r *reader, n *Node, into *V)) value[V] {
	return value[V]{shape: &shape{scalar: schema}, read: func(r *reader, n *Node, into *V) {
		if n.Kind != NodeScalar {
			r.fail(n, "%s is %s here; write a single value.", r.name("this"), n.Kind)
			return
		}
		read(r, n, into)
	}}
}

func text(most int, want string) value[string] {
	return scalar(map[string]any{"type": "string", "maxLength": most}, func(r *reader, n *Node, into *string) {
		joined := strings.Join(strings.Fields(n.Text), " ")
		if joined == "" || utf8.RuneCountInString(joined) > most {
			r.fail(n, "%s must be %s of 1 to %d letters.", r.name("this"), want, most)
			return
		}
		*into = joined
	})
}

// number is a whole number within bounds.
func number(least, most int) value[int] {
	return scalar(map[string]any{"type": "integer", "minimum": least, "maximum": most},
		func(r *reader, n *Node, into *int) {
			i, err := strconv.Atoi(n.Text)
			if err != nil || n.Quoted || i < least || i > most {
				r.fail(n, "%s is %q; write a whole number from %d to %d.",
					r.name("this"), civil.Clip(n.Text), least, most)
				return
			}
			*into = i
		})
}

// oneOf is one of the given words.
func oneOf[V ~string](words ...V) value[V] {
	plain := make([]string, len(words))
	for i, w := range words {
		plain[i] = string(w)
	}
	return scalar(map[string]any{"enum": plain}, func(r *reader, n *Node, into *V) {
		for i, w := range plain {
			if n.Text == w {
				*into = words[i]
				return
			}
		}
		hint := "write " + orList(plain)
		if near := civil.Nearest(n.Text, plain); near != "" && len(plain) > 2 {
			hint = fmt.Sprintf("did you mean %s? It may be %s", near, orList(plain))
		}
		r.fail(n, "%s is %q; %s.", r.name("this"), civil.Clip(n.Text), hint)
	})
}

func orList(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

// sentence begins an error's text with a capital letter.
func sentence(err error) string {
	message := err.Error()
	return strings.ToUpper(message[:1]) + message[1:]
}
