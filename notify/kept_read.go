package notify

import (
	"errors"
	"fmt"
	"io"

	"github.com/emersion/go-message/mail"

	"almanac/scheduler/reads"
)

// maxKeptParts is how many parts of a mail are looked at.
const maxKeptParts = 20

// readKept reads subject, recipient and plain text of a mail.
func readKept(from io.Reader) (reads.KeptMail, error) {
	reader, err := mail.CreateReader(io.LimitReader(from, maxKeptMail))
	if err != nil {
		return reads.KeptMail{}, fmt.Errorf("reading the header: %w", err)
	}
	defer func() { _ = reader.Close() }()
	var kept reads.KeptMail
	if kept.Subject, err = reader.Header.Subject(); err != nil {
		return reads.KeptMail{}, fmt.Errorf("reading the subject: %w", err)
	}
	to, err := reader.Header.AddressList("To")
	if err != nil || len(to) == 0 {
		return reads.KeptMail{}, errors.New("the mail has no recipient")
	}
	kept.To = to[0].Address
	kept.Text, err = plainText(reader)
	return kept, err
}

// plainText gives the first text/plain part; empty when there is none.
func plainText(reader *mail.Reader) (string, error) {
	for range maxKeptParts {
		part, err := reader.NextPart()
		if errors.Is(err, io.EOF) {
			return "", nil
		}
		if err != nil {
			return "", fmt.Errorf("reading a part: %w", err)
		}
		header, inline := part.Header.(*mail.InlineHeader)
		if !inline {
			continue
		}
		if kind, _, err := header.ContentType(); err != nil || kind != "text/plain" {
			continue
		}
		text, err := io.ReadAll(part.Body)
		if err != nil {
			return "", fmt.Errorf("reading the text: %w", err)
		}
		return string(text), nil
	}
	return "", nil
}
