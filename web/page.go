package web

import (
	"cmp"
	"context"
	"net/http"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/calendar"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// Page is what all pages have in common.
type Page struct {
	Title    string
	PlainTab string // what the browser calls it instead; empty: the title
	Language string // "en" or "es"
	Assets   string // base address of the static files
	Demo     bool
	Section  string    // section of the navigation
	Nav      []NavItem // empty when no one is signed in
	Who      string    // name of the signed-in person
	MayFind  bool      // people: the search box is shown
	Sought   string    // what the search box holds
	Lock     int       // idle minutes after which the screen is locked; 0: never
	Holder   string    // whose screen it is, as a digest
	Role     string
	Clinic   string
	Zone     string   // of the clinic, for what belongs to no cohort
	Alarms   []string // what keeps messages from being sent
	Kept     bool     // mail is kept instead of being sent
	KeptLink bool     // the visitor may read it
	Flash    string
	Exit     *words           // of a page of a person, which can be left fast; nil: another page
	Undoable []undoableChange // changes that can still be undone, at most undoableShown
	// UndoableMore are the remaining ones.
	UndoableMore []undoableChange
	Problems     []Problem
	Once         string // the one-time value of its forms
	// Stale: the data has changed since the page was shown.
	Stale     bool
	Overrides overrides
}

// NavItem is one link of the navigation.
type NavItem struct{ Section, Name, Address string }

// Problem is one thing to correct. Field is the id of an input, or empty for the whole page.
type Problem struct{ Field, Message string }

// view is a typed page: a struct that embeds Page.
type view interface{ page() *Page }

func (p *Page) page() *Page { return p }

// explain adds every message of err to the page.
func (p *Page) explain(err error) {
	for _, f := range fault.All(err) {
		p.Problems = append(p.Problems, Problem{Field: f.Field, Message: f.Message})
		p.Stale = p.Stale || f.Kind == fault.Stale
	}
	p.askOverrides(err)
}

// problem returns the message for a field, "" if there is none.
func (p *Page) problem(field string) string {
	for _, problem := range p.Problems {
		if problem.Field == field {
			return problem.Message
		}
	}
	return ""
}

// Input is one field of a form.
type Input struct {
	Name, Label, Type, Value, Hint, Problem string
	Required                                string // "required" or empty
	Complete                                string // what browsers may fill in; empty: nothing
	Options                                 []Choice
}

// Choice is one option of a select, radio or checkbox field.
type Choice struct {
	Value, Label, Hint string
	Chosen             bool
}

// Field returns a field with its problem. kind is an input type, "zone" or "area". hint may be
// empty.
func (p *Page) Field(name, label, kind, value, hint string) Input {
	return Input{Name: name, Label: label, Type: kind, Value: value, Hint: hint, Problem: p.problem(name)}
}

// Need returns a required Field.
func (p *Page) Need(name, label, kind, value, hint string) Input {
	in := p.Field(name, label, kind, value, hint)
	in.Required = "required"
	return in
}

// Group returns a field with its problem, for a fieldset whose inputs the template lists.
func (p *Page) Group(name string) Input { return Input{Name: name, Problem: p.problem(name)} }

// Select returns a field with choices.
func (p *Page) Select(name, label string, choices []Choice, hint string) Input {
	return Input{Name: name, Label: label, Type: "select", Options: choices, Hint: hint, Problem: p.problem(name)}
}

// choose marks the choices with these values.
func choose(choices []Choice, values ...string) []Choice {
	for i := range choices {
		for _, v := range values {
			choices[i].Chosen = choices[i].Chosen || choices[i].Value == v
		}
	}
	return choices
}

// basePage returns a page without navigation.
func (s *Server) basePage(title string) Page {
	return Page{Title: title, Language: "en", Assets: s.assets.base, Demo: s.Demo}
}

// sections is the navigation, with the action that each section requires.
var sections = []struct {
	NavItem
	action access.Action
}{
	{NavItem{"today", "Today", "/"}, access.CohortView},
	{NavItem{"calendar", "Calendar", "/calendar"}, access.CohortView},
	{NavItem{"cohorts", "Cohorts", "/cohorts"}, access.CohortView},
	{NavItem{"people", "People", "/people"}, access.PersonView},
	{NavItem{"intake", "Intake", "/intake"}, access.Enroll},
	{NavItem{"assessments", "Assessments", "/assessments"}, access.AssessmentView},
	{NavItem{"reports", "Reports", "/reports"}, access.CohortView},
	{NavItem{"tasks", "Tasks", "/tasks"}, access.TaskView},
	{NavItem{"notices", "Notices", "/notices"}, access.TaskView},
	{NavItem{"mail", "Unsent mail", "/mail"}, access.MailView},
	{NavItem{"clinic", "Clinic", "/clinic"}, access.ClinicChange},
	{NavItem{"staff", "Staff", "/staff"}, access.StaffManage},
	{NavItem{"audit", "Audit", "/audit"}, access.AuditView},
}

// flashes are the messages shown once after a change.
var flashes = map[string]string{
	"opened":      "The cohort is open. Its sessions are listed below. Next, enroll people.",
	"seated":      "Enrolled, with a seat. Their dates and links are below.",
	"imported":    "Imported. The people are in the clinic's records now.",
	"enrolled":    "Imported and enrolled. Everyone who agreed to email will be welcomed.",
	"unchanged":   "Nothing had to be changed: everyone in the table is here already.",
	"waiting":     "Added to the waitlist. They keep their place in line, and you get a task when a seat opens up.",
	"pending":     "Enrolled. They get a seat once everything that must be done first is recorded.",
	"withdrawn":   "The enrollment has ended, and its seats are free.",
	"admitted":    "Moved from the waitlist to a seat.",
	"cancelled":   "The session is cancelled. Everyone affected will be notified.",
	"moved":       "The session has been moved. Everyone affected will be notified.",
	"reopened":    "The days are open again. No sessions were moved.",
	"closed":      "The days are closed. Everyone affected will be notified.",
	"rescheduled": "The schedule has changed. Everyone affected will be notified.",
	"added":       "The session has been added. Everyone affected will be notified.",
	"undone":      "Undone. Everything is back as it was, and no one will be notified.",
	"version":     "The cohort now follows the version you chose. Everyone affected will be notified.",
	"settings":    "Saved. Reminders will follow these settings from now on.",
	"done":        "Task done.",
	"told":        "Noted that they were told.",
	"ticked":      "Recorded. Once nothing is missing, they get a seat or go on the waitlist.",
	"tried":       "Noted. The call comes up again.",
	"again":       "Trying again. Check back here in a minute.",
	"welcome":     "You are signed in.",
	"changed":     "Done. Everyone affected will be notified.",
	"unheard":     "Done. No one will be notified.",
	"transferred": "Done. The new enrollment is listed below with the other enrollments.",
	"set":         "Saved. Everyone who needs to know will be notified.",
	"led":         "Done. From now on, each session shows who leads it.",
	"seats":       "The number of seats has been changed.",
	"over":        "The session has ended. No one can join any more.",
	"ending":      "The cohort will end after that date. Everyone affected will be notified.",
	"waitlist":    "They are now on the other cohort's waitlist. Anyone who can have a seat there will be offered one.",
	"clinic":      "Saved. The new settings hold from now on.",
	"noted":       "Attendance saved.",
	"assessed":    "Saved.",
	"mailed":      "A sign-in link is on its way to them by email.",
	"invited":     "They are on the staff. Make them a sign-in link below.",
	"role":        "Saved. The role counts from their next click on.",
	"disabled":    "Their access has ended. Every sign-in and link of theirs is closed.",
	"enabled":     "They can sign in again, with a new link.",
	"credential":  "The record is saved.",
	"handed-over": "Handed over. Everyone who leads is notified.",
	"proved":      "That was you. If you were typing in another tab, go on there.",
	"linked":      "Your organization's account is linked. We have told you by email, too.",
	"unlinked":    "The organization's account is unlinked.",
	"key-added":   "The passkey is added. We have told you by email, too.",
	"key-removed": "The passkey is removed, and its holder told by email.",
	"key-renamed": "The passkey has its new name.",
	"signed-out":  "Ended. The next click there leads to the sign-in page.",
	"merged":      "The two records are one now.",
	"merged-into": "That record was merged into this one.",
	"erased":      "Erased. Nothing names or reaches this person any more.",
	"held":        "The hold stands. Nobody can erase this person.",
	"hold-lifted": "The hold is lifted.",
	"edited":      "Saved. Everyone who needs to know will be notified.",
	"consents":    "Saved. From now on, nothing is sent without these consents.",
	"disclosed":   "Logged. Send the statement with it.",
	"glass":       "You can see this person for one hour. The privacy officer is told.",
	"reviewed":    "Noted.",
	"consented":   "Recorded. The consent holds.",
	"consent-off": "Ended. What it allowed stops at once.",
	"referred":    "The referral is in the inbox. These groups suit.",
	"inboxed":     "The people are in the inbox.",
	"dismissed":   "The referral is closed.",
	"feed-ended":  "The address has ended. Calendars that use it become empty.",
	"message":     "Your message will be sent, unless you undo it.",
	"renewed":     "Both links are new, and the old ones have ended. Give the new ones to this person.",
}

// staffPage returns the common parts of a page for signed-in staff.
func (s *Server) staffPage(ctx context.Context, who visitor, r *http.Request, section, title string) (Page, error) {
	p := s.basePage(title)
	p.Section, p.Who, p.Role, p.Once = section, who.staff.Name, roleName(string(who.actor.Role)), newOneTimeValue()
	p.guard(who)
	clinic, err := s.Cohorts.Clinic(ctx, who.actor, who.clinic)
	if err != nil {
		return Page{}, err
	}
	p.Clinic, p.Zone, p.PlainTab = clinic.Name, clinic.Zone, plainTab(clinic)
	if p.Alarms, err = s.alarms(ctx); err != nil {
		return Page{}, err
	}
	p.MayFind = access.Can(who.actor, access.PersonView)
	p.Kept, p.KeptLink = s.Mail != nil && !s.SendsMail, access.Can(who.actor, access.MailView)
	for _, item := range sections {
		if access.Can(who.actor, item.action) && (item.action != access.MailView || p.Kept) {
			p.Nav = append(p.Nav, item.NavItem)
		}
	}
	p.Flash = flashes[s.flash(r, who.token)]
	return p, nil
}

// paperPage is the page of a print: no navigation, and the title that the clinic chose.
func (s *Server) paperPage(ctx context.Context, who visitor, title string) (Page, error) {
	p := s.basePage(title)
	clinic, err := s.Cohorts.Clinic(ctx, who.actor, who.clinic)
	if err != nil {
		return Page{}, err
	}
	p.PlainTab, p.Zone = plainTab(clinic), clinic.Zone
	p.guard(who)
	return p, nil
}

// plainTab is what browsers call all pages of staff alike; empty: each has its title.
func plainTab(clinic reads.Clinic) string {
	if clinic.Titles != reads.TitlesPlain {
		return ""
	}
	return cmp.Or(clinic.Contact.Name, calendar.CalendarName)
}

// guard has the script of a page cover it when the screen is locked, and leave it when somebody else is signed in.
func (p *Page) guard(who visitor) { p.Lock, p.Holder = who.lock, who.screen.Holder }

// readCursor reads which page of a list an address means. It fails with Invalid.
func readCursor(text string) (reads.Cursor, error) {
	c, ok := reads.ParseCursor(text)
	if !ok {
		return c, fault.New(fault.Invalid, "This page of the list does not exist. Start again from the first page.")
	}
	return c, nil
}

// rejectForm returns an error that shows the form again. Errors that the user cannot correct are
// returned unchanged.
func rejectForm(v view, err error) error {
	if !correctable[fault.KindOf(err)] {
		return err
	}
	return &formError{view: v, err: err}
}

// atFields puts each problem of an error at its field, and gives the error back.
func atFields(err error, fields ...*Input) error {
	for _, problem := range fault.All(err) {
		for _, in := range fields {
			if in.Name == problem.Field {
				in.Problem = problem.Message
			}
		}
	}
	return err
}

// idParam reads an id from the address.
func idParam(value string) (scheduler.ID, error) {
	if !scheduler.IsID(value) {
		return "", fault.New(fault.NotFound,
			"There is nothing at this address. Check it, or start again from the list of cohorts.")
	}
	return scheduler.ID(value), nil
}
