package notify

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"mime/multipart"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// List returns one page of a clinic's kept mails, the newest first, without texts: at
// most n that are older than the id after (empty: from the newest). It skips files
// that are not mails. It fails with Forbidden or NotFound as the policy says.
func (k *Kept) List(a access.Actor, clinic scheduler.ID, after string, n int) (reads.KeptPage, error) {
	if err := mayRead(a, clinic); err != nil {
		return reads.KeptPage{}, err
	}
	ids, err := k.ids(clinic, after)
	if err != nil {
		return reads.KeptPage{}, err
	}
	var page reads.KeptPage
	for _, id := range slices.Backward(ids) {
		if len(page.Mails) == n {
			page.Next = page.Mails[n-1].ID
			break
		}
		mail, err := k.open(clinic, id)
		if err != nil {
			continue // deleted meanwhile, or not a mail
		}
		mail.Text, mail.HTML = "", ""
		page.Mails = append(page.Mails, mail)
	}
	return page, nil
}

// mayRead refuses who may not read a clinic's kept mail, and everybody where no clinic is named: mails without one hold
// sign-in links.
func mayRead(a access.Actor, clinic scheduler.ID) error {
	if clinic == "" {
		return fault.New(fault.NotFound, "Name the clinic whose mail is to be read.")
	}
	return access.CheckIn(a, access.MailView, string(clinic))
}

// ids lists a clinic's kept mail by name, which begins with the instant: that older than the id after; empty:
// all. Whether a name is a proper one is for open to say of those that are shown.
func (k *Kept) ids(clinic scheduler.ID, after string) ([]string, error) {
	dir, err := os.Open(k.dir)
	if err != nil {
		return nil, fmt.Errorf("opening the folder of kept mail: %w", err)
	}
	defer func() { _ = dir.Close() }()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return nil, fmt.Errorf("reading the folder of kept mail: %w", err)
	}
	var ids []string
	ending := keptFile("", clinic)
	for _, name := range names {
		if id, ours := strings.CutSuffix(name, ending); ours && (after == "" || id < after) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids, nil
}

// Older counts a clinic's kept mails that are older than before. It fails as List.
func (k *Kept) Older(a access.Actor, clinic scheduler.ID, before time.Time) (int, error) {
	if err := mayRead(a, clinic); err != nil {
		return 0, err
	}
	ids, err := k.ids(clinic, before.UTC().Format(keptStamp))
	return len(ids), err
}

// Open returns one kept mail with its text. It fails with NotFound when the clinic has
// none with this id, and with Invalid when the file is not a mail or exceeds 1 MiB.
func (k *Kept) Open(a access.Actor, clinic scheduler.ID, id string) (reads.KeptMail, error) {
	if err := mayRead(a, clinic); err != nil {
		return reads.KeptMail{}, err
	}
	return k.open(clinic, id)
}

func (k *Kept) open(clinic scheduler.ID, id string) (reads.KeptMail, error) {
	gone := fault.New(fault.NotFound, "This mail is not kept any more; mail is erased after seven days.")
	name := keptFile(id, clinic)
	at, ok := keptAt(name)
	if !ok || !keptID.MatchString(id) {
		return reads.KeptMail{}, gone
	}
	file, err := os.Open(filepath.Join(k.dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return reads.KeptMail{}, gone
	}
	if err != nil {
		return reads.KeptMail{}, fmt.Errorf("opening a kept mail: %w", err)
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return reads.KeptMail{}, fmt.Errorf("looking at a kept mail: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxKeptMail {
		return reads.KeptMail{},
			fault.New(fault.Invalid, "This file is too large to be one of our mails; it cannot be shown.")
	}
	mail, err := readKept(file)
	if err != nil {
		return reads.KeptMail{}, fault.Wrap(fault.Invalid, err, "This file is not a mail; it cannot be shown.")
	}
	mail.ID, mail.At, mail.Size = id, at, int(info.Size())
	return mail, nil
}

// maxKeptParts is how many parts of a mail are read.
const maxKeptParts = 20

// readKept reads subject, recipient, plain text and HTML of one of our mails.
func readKept(from io.Reader) (reads.KeptMail, error) {
	message, err := mail.ReadMessage(io.LimitReader(from, maxKeptMail))
	if err != nil {
		return reads.KeptMail{}, fmt.Errorf("reading the header: %w", err)
	}
	var kept reads.KeptMail
	if kept.Subject, err = new(mime.WordDecoder).DecodeHeader(message.Header.Get("Subject")); err != nil {
		return reads.KeptMail{}, fmt.Errorf("reading the subject: %w", err)
	}
	if kept.To = message.Header.Get(keptTextTo); kept.To == "" {
		to, err := message.Header.AddressList("To")
		if err != nil || len(to) == 0 {
			return reads.KeptMail{}, errors.New("the mail has no recipient")
		}
		kept.To = to[0].Address
	}
	left := maxKeptParts
	return kept, readTexts(&kept, message.Header.Get("Content-Type"), message.Body, &left)
}

// readTexts reads the first text/plain and the first text/html part of a body. It
// reads at most left parts, including nested ones.
func readTexts(kept *reads.KeptMail, contentType string, body io.Reader, left *int) error {
	kind, params, err := mime.ParseMediaType(cmp.Or(contentType, "text/plain")) // RFC 2045 §5.2
	into := map[string]*string{"text/plain": &kept.Text, "text/html": &kept.HTML}[kind]
	switch {
	case err != nil:
		return nil // an unknown type has no text
	case into != nil && *into == "":
		text, err := io.ReadAll(body)
		*into = string(text)
		return err
	case !strings.HasPrefix(kind, "multipart/"):
		return nil
	}
	parts := multipart.NewReader(body, params["boundary"]) // it decodes quoted-printable
	for *left > 0 {
		*left--
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading a part: %w", err)
		}
		if part.FileName() != "" {
			continue
		}
		if err := readTexts(kept, part.Header.Get("Content-Type"), part, left); err != nil {
			return err
		}
	}
	return nil
}
