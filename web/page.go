package web

import (
	"context"
	"net/http"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
)

// Page is what every page has, whatever it shows.
type Page struct {
	Title    string
	Language string // "en" or "es"
	Assets   string // where style, script and pictures of this build are
	Demo     bool
	Section  string    // which part of the navigation it belongs to
	Nav      []NavItem // empty: no navigation, because nobody is signed in
	Who      string    // name of who is signed in
	Role     string
	Clinic   string
	Zone     string   // of the clinic, for what belongs to no cohort
	Alarms   []string // what keeps messages from leaving; empty: nothing
	Kept     bool     // mail is kept here instead of being sent
	KeptLink bool     // and this visitor may read it
	Flash    string
	Resting  []resting // changes of what it shows that can still be taken back, at most mostResting
	// RestingMore are those beyond.
	RestingMore []resting
	Problems    []Problem
	Once        string // the one-time value of its forms
	// Stale: what the page showed has changed meanwhile.
	Stale  bool
	Insist insist
}

// NavItem is one entry of the navigation.
type NavItem struct{ Section, Name, Address string }

// Problem is one thing to correct. Field is the id of an input on the page;
// empty: it is about the whole.
type Problem struct{ Field, Message string }

// view is a page of its own: a struct that embeds Page.
type view interface{ page() *Page }

func (p *Page) page() *Page { return p }

// explain writes every sentence of err on the page.
func (p *Page) explain(err error) {
	for _, f := range fault.All(err) {
		p.Problems = append(p.Problems, Problem{Field: f.Field, Message: f.Message})
		p.Stale = p.Stale || f.Kind == fault.Stale
	}
	p.asks(err)
}

// problem finds what is wrong with one field, "" when nothing is.
func (p *Page) problem(field string) string {
	for _, problem := range p.Problems {
		if problem.Field == field {
			return problem.Message
		}
	}
	return ""
}

// Input is one field of a form as the template draws it.
type Input struct {
	Name, Label, Type, Value, Hint, Problem string
	Required                                string // "required" or empty
	Options                                 []Choice
}

// Choice is one option of a select, radio or checkbox field.
type Choice struct {
	Value, Label, Hint string
	Chosen             bool
}

// Field makes a field with what is wrong with it. Type is an input type,
// "zone" or "area"; a Hint may be empty.
func (p *Page) Field(name, label, kind, value, hint string) Input {
	return Input{Name: name, Label: label, Type: kind, Value: value, Hint: hint, Problem: p.problem(name)}
}

// Need is Field for one that must be filled in.
func (p *Page) Need(name, label, kind, value, hint string) Input {
	in := p.Field(name, label, kind, value, hint)
	in.Required = "required"
	return in
}

// Select makes a field with choices.
func (p *Page) Select(name, label string, choices []Choice, hint string) Input {
	return Input{Name: name, Label: label, Type: "select", Options: choices, Hint: hint, Problem: p.problem(name)}
}

// choose marks the option with this value.
func choose(choices []Choice, values ...string) []Choice {
	for i := range choices {
		for _, v := range values {
			choices[i].Chosen = choices[i].Chosen || choices[i].Value == v
		}
	}
	return choices
}

// blank is a page without navigation.
func (s *Server) blank(title string) Page {
	return Page{Title: title, Language: "en", Assets: s.assets.base, Demo: s.Demo}
}

// sections is the navigation with what one must be allowed to do to see it.
var sections = []struct {
	NavItem
	action access.Action
}{
	{NavItem{"cohorts", "Cohorts", "/"}, access.CohortView},
	{NavItem{"intake", "Intake", "/intake"}, access.Enroll},
	{NavItem{"tasks", "Tasks", "/tasks"}, access.TaskView},
	{NavItem{"notices", "Notices", "/notices"}, access.TaskView},
	{NavItem{"mail", "Kept mail", "/mail"}, access.MailView},
	{NavItem{"staff", "Staff", "/staff"}, access.StaffManage},
}

// flashes are what a page says once after something was done.
var flashes = map[string]string{
	"opened":      "The cohort is open. Its sessions are below; now enroll people.",
	"seated":      "Enrolled and seated. Their dates and links are below.",
	"waiting":     "Added to the waitlist. They keep their place and you get a task when a seat comes free.",
	"pending":     "Enrolled. They are seated once what must be done first is recorded.",
	"withdrawn":   "The enrollment has ended and the seats are free.",
	"admitted":    "Seated from the waitlist.",
	"cancelled":   "The session is cancelled. Everybody concerned hears of it.",
	"moved":       "The session was moved. Everybody concerned hears of it.",
	"reopened":    "The days are open again. No session has moved.",
	"closed":      "The days are closed. Everybody concerned hears of it.",
	"rescheduled": "The cohort meets in the new way. Everybody concerned hears of it.",
	"added":       "The session is there. Everybody concerned hears of it.",
	"undone":      "It is undone. Everything is as it was, and nobody hears of it.",
	"version":     "The cohort follows the other version now. Everybody concerned hears of it.",
	"settings":    "Saved. Reminders follow from now on.",
	"done":        "Done. One thing less.",
	"again":       "It is tried again. Look here in a minute.",
	"welcome":     "You are signed in.",
	"changed":     "It is done. Everybody concerned hears of it.",
	"unheard":     "It is done. Nobody is told of it.",
	"transferred": "It is done. The new enrollment is among the others below.",
	"set":         "It is changed. Whoever must know is told.",
	"led":         "It is done. The sessions name who leads them from now on.",
	"seats":       "The cohort has another number of seats now.",
	"ending":      "The group ends after that date. Everybody concerned hears of it.",
	"waitlist":    "They wait for the other group now. Who can have a seat there is offered one.",
	"noted":       "The attendance is noted.",
}

// staffPage is the frame of a page for signed-in staff.
func (s *Server) staffPage(ctx context.Context, who visitor, r *http.Request, section, title string) (Page, error) {
	p := s.blank(title)
	p.Section, p.Who, p.Role, p.Once = section, who.staff.Name, string(who.actor.Role), newOnce()
	clinic, err := s.Cohorts.Clinic(ctx, who.actor, who.clinic)
	if err != nil {
		return Page{}, err
	}
	p.Clinic, p.Zone = clinic.Name, clinic.Zone
	if p.Alarms, err = s.alarms(ctx); err != nil {
		return Page{}, err
	}
	p.Kept, p.KeptLink = s.Mail != nil, access.Can(who.actor, access.MailView)
	for _, item := range sections {
		if access.Can(who.actor, item.action) && (item.action != access.MailView || p.Kept) {
			p.Nav = append(p.Nav, item.NavItem)
		}
	}
	p.Flash = flashes[s.said(r, who.token)]
	return p, nil
}

// retry shows a form again when err can be mended by the person who filled it in.
func retry(v view, err error) error {
	if !mendable[fault.KindOf(err)] {
		return err
	}
	return &again{view: v, err: err}
}

// idParam reads an id from the address.
func idParam(value string) (scheduler.ID, error) {
	if len(value) != 36 {
		return "", fault.New(fault.NotFound, "There is nothing at this address. Check it, or start again from the list of cohorts.")
	}
	return scheduler.ID(value), nil
}
