package protocols

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The bounds of a file, checked before the YAML library sees it. They are far above what people write and keep a
// hostile file from costing time or stack: within them nesting is bounded too.
const (
	maxFileBytes = 256 << 10
	maxLineBytes = 4 << 10
	maxBrackets  = 64
)

// canonicalSource is the text without a byte order mark and with lines ended by LF.
func canonicalSource(src []byte) []byte {
	src = bytes.TrimPrefix(src, []byte("\ufeff"))
	src = bytes.ReplaceAll(src, []byte("\r\n"), []byte("\n"))
	return src
}

// scan refuses what no YAML file of ours contains, line by line.
func scan(file string, src []byte) (text []byte, lines []string, problems Problems) {
	doc := &Document{File: file}
	if len(src) > maxFileBytes {
		return nil, nil, Problems{doc.problemAt(1, 1, fmt.Sprintf(
			"The file is larger than %d KiB; a protocol needs a few. Check that it is the right file.",
			maxFileBytes>>10))}
	}
	text = canonicalSource(src)
	doc.lines = strings.Split(string(text), "\n")
	open := 0
	for i, line := range doc.lines {
		column, message := scanLine(line)
		open += bracketsOpened(line)
		if message == "" && open > maxBrackets {
			column, message = 1,
				fmt.Sprintf("More than %d brackets are open here; close them or write the list over several lines.",
					maxBrackets)
		}
		if message == "" {
			continue
		}
		problems = append(problems, doc.problemAt(i+1, column, message))
		if len(problems) == maxProblems || open > maxBrackets {
			break
		}
	}
	return text, doc.lines, problems
}

func scanLine(line string) (column int, message string) {
	if len(line) > maxLineBytes {
		return 1, fmt.Sprintf("The line is longer than %d bytes; break it up.", maxLineBytes)
	}
	if !utf8.ValidString(line) {
		return 1, "The line is not valid UTF-8; save the file as UTF-8."
	}
	indent := true
	for i, r := range line {
		switch {
		case r == '\t' && indent:
			return utf8.RuneCountInString(line[:i]) + 1, "Indentation must be spaces; replace the tab."
		case r < ' ' && r != '\t', r == 0x7f, r >= 0x80 && r < 0xa0, r == '\ufeff':
			return utf8.RuneCountInString(line[:i]) + 1,
				fmt.Sprintf("The line has the control character U+%04X; remove it.", r)
		case r != ' ':
			indent = false
		}
	}
	return 0, ""
}

// turned refuses characters that change the direction of writing, also those written as escapes: titles would show as
// something else than they are, in the file and wherever they are printed.
func (doc *Document) turned() (problems Problems) {
	said := map[int]bool{}
	refuse := func(line, column int, r rune) {
		if len(problems) < maxProblems {
			said[line] = true
			problems = append(problems, doc.problemAt(line, column,
				fmt.Sprintf("The line has the hidden character U+%04X, which changes the direction of writing; "+
					"remove it.", r)))
		}
	}
	for i, line := range doc.lines {
		for at, r := range line {
			if unicode.Is(unicode.Bidi_Control, r) {
				refuse(i+1, utf8.RuneCountInString(line[:at])+1, r)
			}
		}
	}
	doc.Root.walk(func(n *Node) {
		for _, r := range n.Text {
			if unicode.Is(unicode.Bidi_Control, r) && !said[n.Line] {
				refuse(n.Line, n.Column, r)
			}
		}
	})
	return problems
}

// walk calls do for a node and everything in it.
func (n *Node) walk(do func(*Node)) {
	if n == nil {
		return
	}
	do(n)
	for _, f := range n.Fields {
		f.Key.walk(do)
		f.Value.walk(do)
	}
	for _, item := range n.Items {
		item.walk(do)
	}
}

// bracketsOpened counts the flow brackets that a line opens and does not close, roughly: quotes are not looked at, a
// comment ends the line.
func bracketsOpened(line string) int {
	if comment := strings.Index(line, " #"); comment >= 0 {
		line = line[:comment]
	}
	return strings.Count(line, "[") + strings.Count(line, "{") - strings.Count(line, "]") - strings.Count(line, "}")
}

// excerpt is a line short enough to print, with nothing in it that could move a terminal's cursor.
func excerpt(line string) string {
	const most = 160
	line = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || (r >= 0x80 && r < 0xa0) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(line, "\ufffd"))
	if runes := []rune(line); len(runes) > most {
		return strings.TrimRight(string(runes[:most]), " ") + "…"
	}
	return strings.TrimRight(line, " ")
}
