package mailbox

import (
	"cmp"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"almanac/scheduler/fault"
)

// Inbox says which folder of which account a Folder reads. See ParseInbox.
type Inbox struct {
	User, Password string
	Address        string // host:port
	TLS            string // tls, starttls or none
	Folder         string // from which everything is taken
	Taken          string // the folder that taken mail is moved to
	Clinic         string // whose mailbox it is; empty: the only clinic's
	Poll           time.Duration
}

// How often the folder is looked at; a server that knows IDLE (RFC 2177) says at once that something came.
const (
	pollUsually = time.Minute
	pollAtLeast = 5 * time.Second
	pollAtMost  = time.Hour
)

// ParseInbox reads imap://USER:PASSWORD@HOST:PORT/FOLDER with tls=tls (standard), starttls or none, taken=FOLDER
// (standard Almanac), poll=TIME (standard 1m) and clinic=NAME. Without FOLDER it is INBOX. It fails with Invalid, in a
// sentence that repeats nothing of the value, because it holds a password.
func ParseInbox(value string) (Inbox, error) {
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "imap" || u.Hostname() == "" || u.User.Username() == "" {
		return Inbox{}, fault.New(fault.Invalid, "must be imap://USER:PASSWORD@HOST:PORT/FOLDER?tls=MODE")
	}
	q := u.Query()
	in := Inbox{User: u.User.Username(), TLS: cmp.Or(q.Get("tls"), "tls"), Clinic: q.Get("clinic"), Poll: pollUsually,
		Folder: cmp.Or(strings.Trim(u.Path, "/"), "INBOX"), Taken: cmp.Or(q.Get("taken"), "Almanac")}
	in.Password, _ = u.User.Password()
	port := "143"
	if in.TLS == "tls" {
		port = "993"
	}
	in.Address = net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), port))
	for name := range q {
		if !slices.Contains([]string{"tls", "taken", "poll", "clinic"}, name) {
			return Inbox{}, fault.New(fault.Invalid, "knows tls, taken, poll and clinic, and not %q", name)
		}
	}
	if poll := q.Get("poll"); poll != "" {
		if in.Poll, err = time.ParseDuration(poll); err != nil || in.Poll < pollAtLeast || in.Poll > pollAtMost {
			return Inbox{}, fault.New(fault.Invalid, "must have a poll between 5s and 1h, such as poll=1m")
		}
	}
	switch {
	case !slices.Contains([]string{"tls", "starttls", "none"}, in.TLS):
		return Inbox{}, fault.New(fault.Invalid, "must have tls=tls, tls=starttls or tls=none")
	case strings.EqualFold(in.Folder, in.Taken):
		return Inbox{}, fault.New(fault.Invalid, "must move what it took to another folder; name it with taken=FOLDER")
	}
	return in, nil
}
