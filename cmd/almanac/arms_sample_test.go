package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// isSample holds a mail against the file of that name in docs/samples.
func isSample(t *testing.T, name, mail string) {
	t.Helper()
	file := filepath.Join("../../docs/samples", name)
	if *update {
		if err := os.WriteFile(file, []byte(mail), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if mail != read(t, file) {
		t.Errorf("%s is another mail now; look at it and run the test with -update:\n%s", file, mail)
	}
}

// firstInvite gives the kept invite to the earliest session, as a sample.
func (w *world) firstInvite() string {
	w.t.Helper()
	var file string
	for name, l := range w.kept {
		if l.kind == "REQUEST" && (file == "" || l.start.Before(w.kept[file].start)) {
			file = name
		}
	}
	if file == "" {
		w.t.Fatal("no invite is kept")
	}
	return asSample(read(w.t, filepath.Join(w.config.DataDir, "mail", file)))
}

// asSample puts others in the place of the ids, UUIDs and tokens of a mail, in the order in
// which they come: those were drawn for it alone. It stays a mail, calendar
// objects in base64 included, and no line becomes longer or shorter.
func asSample(mail string) string {
	others := map[string]string{}
	rename := func(one string) string {
		if others[one] == "" {
			switch n := len(others) + 1; len(one) {
			case 36:
				others[one] = fmt.Sprintf("00000000-0000-4000-8000-%012d", n)
			case 26:
				others[one] = fmt.Sprintf("tokentokentokentokentoken%c", 'a'+n-1)
			default:
				others[one] = fmt.Sprintf("%0*d", len(one), n)
			}
		}
		return others[one]
	}
	mail = encoded.ReplaceAllStringFunc(mail, func(block string) string {
		// what is none becomes empty, and shows
		object, _ := base64.StdEncoding.DecodeString(strings.NewReplacer("\r", "", "\n", "").Replace(block))
		plain := base64.StdEncoding.EncodeToString([]byte(drawn.ReplaceAllStringFunc(string(object), rename)))
		var lines strings.Builder
		for len(plain) > 76 {
			lines.WriteString(plain[:76] + "\r\n")
			plain = plain[76:]
		}
		return lines.String() + plain + "\r"
	})
	for _, one := range drawn.FindAllString(strings.ReplaceAll(mail, "=\r\n", ""), -1) {
		mail = renamed(mail, one, rename(one))
	}
	return mail
}

// renamed puts another name of the same length in the place of one, also where a
// soft line break (RFC 2045 §6.7) lies inside.
func renamed(mail, one, other string) string {
	letters := strings.Split(one, "")
	broken := regexp.MustCompile(strings.Join(letters, "(?:=\r\n)?"))
	return broken.ReplaceAllStringFunc(mail, func(found string) string {
		var b strings.Builder
		next := 0
		for i := 0; i < len(found); i++ {
			if found[i] == '=' {
				b.WriteString("=\r\n")
				i += len("=\r\n") - 1
				continue
			}
			b.WriteByte(other[next])
			next++
		}
		return b.String()
	})
}
