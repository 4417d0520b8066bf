package main

import (
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The newest head of the audit is mailed once a day, also by a program that was started anew in between. Its text
// proves the audit.
func TestAuditHeadIsMailedOnceADay(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.says(c.prints("", "clinic", "set", "head-email", "proof@elsewhere.example", "titles", "plain", "--confirm"),
		"titles: page → plain", "head-email:  → proof@elsewhere.example")
	now := time.Date(2026, 12, 1, 13, 0, 0, 0, time.UTC)
	prove := func() (mails []string) {
		t.Helper()
		config, _, err := parseConfig([]string{"--data-dir", c.folder}, noEnvironment, os.ReadFile)
		if err != nil {
			t.Fatal(err)
		}
		h, err := openHouse(t.Context(), config, slog.New(slog.DiscardHandler), func() time.Time { return now })
		if err != nil {
			t.Fatal(err)
		}
		defer h.close()
		if h.post, err = h.openPost(); err != nil {
			t.Fatal(err)
		}
		if err := h.proveAudit(t.Context()); err != nil {
			t.Fatal(err)
		}
		mails, err = filepath.Glob(filepath.Join(c.folder, "mail", "*.eml"))
		if err != nil {
			t.Fatal(err)
		}
		return mails
	}
	kept := prove()
	if again := prove(); len(kept) != 1 || len(again) != 1 {
		t.Fatalf("%d mails, and %d after the program was started anew", len(kept), len(again))
	}
	now = now.Add(24 * time.Hour)
	if next := prove(); len(next) != 2 {
		t.Errorf("on the next day %d mails", len(next))
	}
	pasted := filepath.Join(c.folder, "proof.txt")
	if err := os.WriteFile(pasted, []byte(plainText(t, kept[0])), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{pasted, kept[0]} { // as text, and as it came
		c.says(c.prints("", "audit", "verify", "--since", file), "as they were when the head of")
	}
	c.ask("DELETE FROM audit WHERE action = 'clinic.set' RETURNING id")
	if code, _, trouble := c.run("", "audit", "verify", "--since", pasted); code != 1 {
		t.Errorf("without a row: %d, %q", code, trouble)
	}
}

// plainText gives the text of a mail as a mail program shows it.
func plainText(t *testing.T, file string) string {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	message, err := mail.ReadMessage(strings.NewReader(string(raw)))
	if err != nil {
		t.Fatal(err)
	}
	_, params, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	part, err := multipart.NewReader(message.Body, params["boundary"]).NextPart() // it decodes quoted-printable
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(part)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
