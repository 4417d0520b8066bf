package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"almanac/scheduler/access"
)

// The operator sees somebody's passkeys and removes a lost one, which they are told.
func TestStaffPasskeys(t *testing.T) {
	t.Parallel()
	h, _, c := livenessHouse(t)
	c.prints("", "staff", "add", "--email", "kim@example.org", "--name", "Kim Ode", "--role", "facilitator")
	of := func(more ...string) []string {
		return append([]string{"staff", "passkeys", "Kim@example.org"}, more...)
	}
	c.says(c.prints("", of()...), "They have no passkey.\n")
	c.says(c.prints("", of("--format", "json")...), "[]\n")
	addsPasskey(t, h, "kim@example.org", "My phone")
	c.says(c.prints("", of()...), "My phone", "never")
	c.says(c.prints("", of("--format", "json")...), `"name": "My phone"`, `"last_used": null`)
	lines := strings.Split(c.prints("", of()...), "\n")
	id, _, _ := strings.Cut(lines[1], " ")
	c.says(c.prints("", of("--remove", id)...), "would remove: My phone. Add --confirm to remove it.\n")
	code, out, trouble := c.run("", of("--remove", "0000000000000", "--confirm")...)
	if code != exitFailed || out != "" || !strings.HasPrefix(trouble, "There is no such passkey.") {
		t.Errorf("an unknown one: %d, %q, %q", code, out, trouble)
	}
	if code, _, _ := c.run("", "staff", "passkeys", "lee@example.org"); code != exitFailed {
		t.Errorf("somebody unknown: %d", code)
	}
	if mails := c.mails(); len(mails) != 0 {
		t.Errorf("told of nothing: %q", mails)
	}
	c.says(c.prints("", of("--remove", id, "--confirm")...), "removed: My phone\n")
	c.says(c.prints("", of()...), "They have no passkey.\n")
	if mails := c.mails(); len(mails) != 1 || !strings.Contains(mails[0], "My phone") ||
		!strings.Contains(mails[0], "kim@example.org") {
		t.Errorf("told by %q", mails)
	}
}

// addsPasskey gives a member of staff a passkey, as a browser would after the use of their link.
func addsPasskey(t *testing.T, h *house, email, name string) {
	t.Helper()
	ctx := t.Context()
	found, err := h.clinic(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	operator := access.Operator(string(found.ID))
	who, err := h.store.FindStaff(ctx, operator, found.ID, email)
	if err != nil {
		t.Fatal(err)
	}
	link, err := h.store.NewLink(ctx, operator, found.ID, who.ID, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	browser, err := h.store.SpendLink(ctx, access.System("web"), link, "")
	if err != nil {
		t.Fatal(err)
	}
	own := access.Staff(string(who.ID), string(found.ID), access.Role(who.Role))
	holder, err := h.store.HolderOf(ctx, access.System("web"), []byte(who.ID))
	if err != nil {
		t.Fatal(err)
	}
	key := slices.Grow(holder.Keys, 1)[:1][0] // an empty one: its package is no business of this one
	key.ID, key.Data = "first", []byte("{}")
	if err := h.store.AddPasskey(ctx, own, browser, name, key); err != nil {
		t.Fatal(err)
	}
}

// mails are the texts of the kept mails.
func (c counter) mails() (texts []string) {
	c.t.Helper()
	files, err := filepath.Glob(filepath.Join(c.folder, "mail", "*.eml"))
	if err != nil {
		c.t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			c.t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	return texts
}
