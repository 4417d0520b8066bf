package main

import (
	"fmt"
	"strings"
	"testing"
)

func TestTokenCommands(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	if out := c.prints("", "token", "list"); !strings.HasPrefix(out, "There is no API token yet.") {
		t.Errorf("the empty list prints:\n%s", out)
	}
	out := c.prints("", "token", "add", "--clinic", "default", "--scope", "enroll,read")
	token, rest, _ := strings.Cut(out, "\n")
	id := c.ask("SELECT id FROM api_tokens")[0]
	if len(token) != len("almanac_")+52 || !strings.Contains(rest, "almanac token revoke "+id) {
		t.Errorf("it printed:\n%s", out)
	}
	if rows := fmt.Sprint(c.ask("SELECT id || hash || scopes || created_at FROM api_tokens")); strings.Contains(rows,
		token) {
		t.Errorf("the token is kept: %s", rows)
	}
	listed := c.prints("", "token", "list", "--format", "json")
	if !strings.Contains(listed, id) || !strings.Contains(listed, `"revoked": null`) ||
		strings.Contains(listed, token) {
		t.Errorf("the list is:\n%s", listed)
	}
	c.prints("", "token", "revoke", id)
	if out := c.prints("", "token", "list"); !strings.Contains(out, "read,enroll") || strings.Contains(out, " –\n") {
		t.Errorf("after revoking, the list is:\n%s", out)
	}
	out = c.prints("", "token", "add", "--scope", "read", "--days", "0")
	if !strings.Contains(out, "good until `almanac") {
		t.Errorf("a token without an end prints %q", out)
	}
	before := c.rows()
	for name, bad := range map[string]struct {
		args []string
		code int
		says string
	}{
		"no scope": {[]string{"token", "add"}, exitWrongUse,
			"Say what the token is for with --scope read,write,enroll,attendance, or some of them.\n"},
		"unknown scope": {[]string{"token", "add", "--scope", "read,admin"}, exitWrongUse,
			"There is no such scope; choose read, write, enroll, attendance, staff, audit or export.\n"},
		"no network": {[]string{"token", "add", "--scope", "read", "--network", "10.0.0.0/33"}, exitWrongUse,
			"network must be networks such as 10.0.0.0/8, with commas; \"10.0.0.0/33\" is not one.\n"},
		"too long": {[]string{"token", "add", "--scope", "read", "--days", "4000"}, exitWrongUse,
			"A token is good for 1 to 3650 days; with --days 0 until it is revoked.\n"},
		"unknown token": {[]string{"token", "revoke", "none"}, exitFailed,
			"There is no such token. `almanac token list` shows them all.\n"},
		"no token": {[]string{"token", "revoke"}, exitWrongUse,
			"The command token revoke needs an argument. `almanac token revoke --help` shows which.\n"},
	} {
		code, out, trouble := c.run("", bad.args...)
		if code != bad.code || out != "" || trouble != bad.says {
			t.Errorf("%s: it ended with %d, printed %q and said %q", name, code, out, trouble)
		}
	}
	if after := c.rows(); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("something was stored: before %v, after %v", before, after)
	}
}
