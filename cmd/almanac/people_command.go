package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/web"
)

// consentText is the version of the risk text that people agree to today.
const consentText = "1"

// enrollmentBody is the API's request for a place, with the cohort that stands
// in the address there.
type enrollmentBody struct {
	Cohort string `json:"cohort"`
	web.EnrollmentBody
}

// maxBody bounds what is read from standard input.
const maxBody = 64 << 10

func enrollCommand(t terminal) *cobra.Command {
	c := t.command("enroll", "enroll a person; with - the request is read as JSON from standard input", 0, 1)
	own := c.Flags()
	clinic := clinicFlag(own)
	var body enrollmentBody
	p := &body.Participant
	own.StringVar(&body.Cohort, "cohort", "", "the cohort's id")
	own.StringVar(&p.ID, "person", "", "the id of a known person, instead of a name or when one is asked about")
	own.BoolVar(&p.New, "new-person", false, "it is somebody new, although a known person is like them")
	own.StringVar(&p.Name, "name", "", "the person's name; better read from standard input with -")
	own.StringVar(&p.Email, "email", "", "the person's e-mail address")
	own.StringVar(&p.Phone, "phone", "", "the person's phone number")
	own.StringVar(&p.Zone, "zone", "", "the person's time zone; default: the cohort's")
	own.StringVar(&p.Language, "language", "", "en or es; default: en")
	wholeNumber(own, "priority", "higher is sooner on the waitlist; default: 0", func(n int) { body.Priority = n })
	own.Func("earliest", "no entry before this date", func(value string) (err error) {
		body.Earliest, err = civil.ParseDate(value)
		return err
	})
	own.Func("fact", "a date of the person's record that the protocol asks for, as stable-dose-since=2026-01-06; "+
		"may be given again", func(value string) error {
		name, text, _ := strings.Cut(value, "=")
		date, err := civil.ParseDate(text)
		if err != nil {
			return err
		}
		if body.Facts == nil {
			body.Facts = map[string]civil.Date{}
		}
		body.Facts[name] = date
		return nil
	})
	own.StringVar(&body.Referral, "referral", "", "id of the referral that this comes of; it is ended by it")
	own.StringVar(&body.Reason, "reason", "", "why somebody comes into a closed group that has begun")
	consent := own.String("consent", "", "channels the person agreed to, as email,sms")
	t.handle(c, func(ctx context.Context, config Config, rest []string) error {
		if err := completeBody(t, &body, *consent, rest); err != nil {
			return err
		}
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			return enroll(ctx, t.out, h, found, body)
		})
	})
	return c
}

// completeBody takes the request from standard input when - was given, else
// completes what the flags said.
func completeBody(t terminal, body *enrollmentBody, consent string, rest []string) error {
	if len(rest) == 1 {
		if rest[0] != "-" {
			return wrongUse("The command enroll takes no argument %q; - reads the request from standard input.",
				rest[0])
		}
		flags := *body
		if err := readBody(t.in, body); err != nil {
			return err
		}
		body.Cohort = cmp.Or(flags.Cohort, body.Cohort)
		body.Participant.ID = cmp.Or(flags.Participant.ID, body.Participant.ID)
		body.Reason, body.Referral = cmp.Or(flags.Reason, body.Reason), cmp.Or(flags.Referral, body.Referral)
		body.Participant.New = flags.Participant.New || body.Participant.New
	}
	for _, channel := range strings.FieldsFunc(consent, func(r rune) bool { return r == ',' || r == ' ' }) {
		body.Participant.Consents = append(body.Participant.Consents,
			web.ConsentBody{Channel: channel, TextVersion: consentText})
	}
	if body.Cohort == "" {
		return wrongUse("Say which cohort with --cohort ID. `almanac cohort list` shows them all.")
	}
	return nil
}

// readBody reads one JSON object and nothing besides.
func readBody(in io.Reader, body *enrollmentBody) error {
	text, err := io.ReadAll(io.LimitReader(in, maxBody+1))
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "The request on standard input cannot be read.")
	}
	if len(text) > maxBody {
		return fault.New(fault.Invalid,
			"The request on standard input is longer than %d KiB. Send one person at a time.", maxBody>>10)
	}
	if !utf8.Valid(text) {
		return fault.New(fault.Invalid,
			"The request on standard input is not UTF-8. Save it as UTF-8 and send it again.")
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // as editors and shells of Windows begin a text
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(body); err != nil {
		return fault.Wrap(fault.Invalid, err, "The request on standard input is not the JSON that is needed: %s.",
			jsonProblem(err))
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return fault.New(fault.Invalid,
			"The request on standard input has more after its JSON object. Send one person at a time.")
	}
	return nil
}

// jsonProblem says what is wrong without repeating the input, which holds names.
func jsonProblem(err error) string {
	var kind *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &kind):
		return "the field " + strings.TrimPrefix(kind.Field, "EnrollmentBody.") + " must be " + kind.Type.String()
	case errors.As(err, &syntax):
		return fmt.Sprintf("it is malformed at octet %d", syntax.Offset)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "it ends too early"
	case strings.HasPrefix(err.Error(), "json: unknown field "):
		return "there is no field " + strings.TrimPrefix(err.Error(), "json: unknown field ")
	}
	return "a value cannot be read"
}

func enroll(ctx context.Context, out io.Writer, h *house, found reads.Clinic, body enrollmentBody) error {
	result, err := h.desk.Enroll(ctx, request(found), body.Request(scheduler.ID(body.Cohort)))
	if err != nil {
		return h.askWho(ctx, found, err)
	}
	links, err := h.store.Links(ctx, access.Operator(string(found.ID)), found.ID, result.Person)
	if err != nil {
		return err
	}
	base := h.publicURL()
	fmt.Fprintf(out, "enrollment: %s\nstate: %s\nfeed: %s\npage: %s\n", result.Enrollment, result.State,
		feedURL(base, links), pageURL(base, links))
	if result.WaitlistPosition > 0 {
		fmt.Fprintf(out, "waitlist: %d\n", result.WaitlistPosition)
	}
	if result.Unreachable {
		fmt.Fprintln(out, "unreachable: no channel with consent; staff have a task")
	}
	return h.printWayBack(out, found, result.ChangeNo, result.Until)
}

// askWho adds to a refusal who may be meant, with the groups they are in, and how to
// say it. Other errors stay as they are.
func (h *house) askWho(ctx context.Context, found reads.Clinic, err error) error {
	var known *scheduler.KnownPeople
	if !errors.As(err, &known) {
		return err
	}
	lines := []error{err}
	for _, c := range known.Candidates {
		p, failed := h.store.Person(ctx, access.Operator(string(found.ID)), found.ID, c.Person)
		if failed != nil {
			return errors.Join(err, failed)
		}
		group := "in no group yet"
		if len(p.Enrollments) > 0 {
			group = "of " + p.Enrollments[0].CohortName
		}
		lines = append(lines,
			fault.New(fault.Conflict, "For the person %s (%s): --person %s.", c.Person, group, c.Person))
	}
	if fault.All(err)[0].Field == "" { // an id of another system is never somebody new
		lines = append(lines, fault.New(fault.Conflict, "For somebody new: --new-person."))
	}
	return errors.Join(lines...)
}

func feedURL(base string, links reads.Links) string { return base + "/f/" + links.Feed + ".ics" }

// staffFeedURL is the address of a calendar of staff, or of free/busy times.
func staffFeedURL(base string, detail reads.FeedDetail, token string) string {
	if detail == reads.FeedBusy {
		return base + "/b/" + token + ".ifb"
	}
	return feedURL(base, reads.Links{Feed: token})
}

func pageURL(base string, links reads.Links) string { return base + "/p/" + links.Page }

// linkLife is how long a sign-in link made at the shell is good for.
const linkLife = 24 * time.Hour

func staffAddCommand(t terminal) *cobra.Command {
	c := t.command("add", "add somebody who works here, or give them a new sign-in link", 0, 0)
	own := c.Flags()
	clinic := clinicFlag(own)
	email := own.String("email", "", "their e-mail address")
	role := own.String("role", "", roleWords)
	name := own.String("name", "", "their name; default: the address")
	t.handle(c, func(ctx context.Context, config Config, _ []string) error {
		if *email == "" {
			return wrongUse("Say who with --email ADDRESS.")
		}
		return t.atClinic(ctx, config, *clinic, func(h *house, found reads.Clinic) error {
			id, err := h.staffMember(ctx, found, *name, *email, *role)
			if err != nil {
				return err
			}
			link, err := h.signInURL(ctx, found, id)
			if err != nil {
				return err
			}
			fmt.Fprintf(t.out, "%s\nThis link signs in once, within 24 hours. Run the command again for a new one.\n",
				link)
			return nil
		})
	})
	return c
}

// staffMember finds somebody by address, or adds them.
func (h *house) staffMember(ctx context.Context, found reads.Clinic, name, email, role string) (scheduler.ID, error) {
	operator := access.Operator(string(found.ID))
	known, err := h.store.FindStaff(ctx, operator, found.ID, email)
	switch {
	case err == nil && role != "" && known.Role != role:
		return "", fault.New(fault.Conflict,
			"This person works here as %s already. Leave out --role for a new sign-in link.", known.Role)
	case err == nil:
		return known.ID, nil
	case !fault.Is(err, fault.NotFound):
		return "", err
	case role == "":
		return "", wrongUse("Say what they do with --role: " + roleWords + ".")
	}
	if name == "" {
		name = email
	}
	return h.store.AddStaff(ctx, operator, found.ID, name, email, role)
}

func (h *house) signInURL(ctx context.Context, found reads.Clinic, staff scheduler.ID) (string, error) {
	token, err := h.store.NewLink(ctx, access.Operator(string(found.ID)), found.ID, staff, linkLife)
	if err != nil {
		return "", err
	}
	return h.publicURL() + "/signin/" + token, nil
}
