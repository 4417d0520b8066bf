package web

import (
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
)

// stepPage is the form and the preview of one change.
type stepPage struct {
	Page
	Address, Back, Crumb            string // form action, and where the user came from
	About, Heading, Explain, Button string
	Ask                             string // of the button that leads to the preview; empty: Preview changes
	Fields                          []Input
	Leading                         []credentialNote
	changePreview
	Also   listLink          // below the form; empty: nothing
	Called map[string]string // field names by the desk's names, if different
}

// Given lists the filled-in fields for the confirmation.
func (v *stepPage) Given() []Choice {
	var all []Choice
	for _, in := range v.Fields {
		shown := in.Value
		if date, err := civil.ParseDate(in.Value); in.Type == "date" && err == nil {
			shown = wordsFor("en").date(date)
		}
		for _, option := range in.Options {
			if option.Chosen {
				in.Value, shown = option.Value, option.Label
			}
		}
		if shown != noChoice {
			all = append(all, Choice{Value: in.Value, Label: in.Label, Hint: shown})
		}
	}
	return all
}

// noChoice is the label of an empty choice.
const noChoice = "–"

// Stuck reports whether a required choice has no options.
func (v *stepPage) Stuck() bool {
	return slices.ContainsFunc(v.Fields, func(in Input) bool { return in.Type == "select" && len(in.Options) == 0 })
}

// stepContext holds what the fields of a step are built from.
type stepContext struct {
	page   *Page
	book   *scheduler.Book
	roster *scheduler.Roster
	e      *scheduler.Enrollment
	form   *form
	server *Server
	names  map[scheduler.ID]string
}

func (x stepContext) value(name string) string { return x.form.trimmed(name) }

// choice returns a select field with the chosen option.
func (x stepContext) choice(name, label string, options []Choice, hint string) Input {
	return x.page.Select(name, label, choose(options, x.value(name)), hint)
}

func (x stepContext) date(name, label, hint string) Input {
	return x.page.Field(name, label, "date", x.value(name), hint)
}

func (x stepContext) reason() Input {
	return x.page.Need("reason", "Reason", "area", x.form.text("reason"),
		"Saved sealed with the enrollment, so that others can see why.")
}

// ownReason asks for a reason that nobody must give.
func (x stepContext) ownReason() Input {
	return x.page.Field("reason", "Reason", "text", x.value("reason"), "Optional. Saved sealed with the enrollment.")
}

// enrollmentStep is one change of an enrollment.
type enrollmentStep struct {
	label, heading, explain, button, done string
	// wide loads the other running cohorts, and people the names of everyone in them.
	wide, people bool

	fields  func(x stepContext) []Input
	propose func(id scheduler.ID, f *form) desk.Proposal
}

// steps are all changes of an enrollment, by the last word of their address.
var steps = map[string]enrollmentStep{
	"done": {
		label: "Record a step", heading: "Record a step", button: "Record it", done: "changed",
		explain: "Once all prerequisites are done, the person gets a seat or goes on the waitlist.",
		fields: func(x stepContext) []Input {
			return []Input{x.choice("done", "What was done",
				x.undone(toBeDone), "")}
		},
		propose: func(id scheduler.ID, f *form) desk.Proposal {
			return desk.DonePrerequisite(id, f.trimmed("done"))
		},
	},
	"date": {
		label: "Record a date", heading: "Record a date", button: "Record it", done: "changed",
		explain: "The protocol counts the earliest start from this date. Once all prerequisites are done, the " +
			"person gets a seat or goes on the waitlist.",
		fields: func(x stepContext) []Input {
			return []Input{x.choice("field", "What", x.undone(toBeDated), ""), x.date("facts", "Since", "")}
		},
		propose: func(id scheduler.ID, f *form) desk.Proposal {
			return desk.RecordDate(id, f.trimmed("field"), f.date("facts"))
		},
	},
	"override": {
		label: "Skip a prerequisite", heading: "Skip a prerequisite", button: "Skip a prerequisite", done: "changed",
		explain: "The person may start although a prerequisite is not done.",
		fields: func(x stepContext) []Input {
			return []Input{x.choice("done", "Prerequisite to skip", x.undone(allUndone), ""), x.reason()}
		},
		propose: func(id scheduler.ID, f *form) desk.Proposal {
			return desk.OverridePrerequisite(id, f.trimmed("done"), f.trimmed("reason"))
		},
	},
	"tell": {
		label: "Told about the offer", heading: "Told about the offer", button: "They were told", done: "unheard",
		explain: "The time to answer the offer starts now.", fields: noFields,
		propose: func(id scheduler.ID, _ *form) desk.Proposal { return desk.TellOffer(id) },
	},
	"accept": {
		label: "They accept", heading: "Accept the offer", button: "They accept", done: "changed",
		explain: "The person takes the seats that are kept for them.", fields: noFields,
		propose: func(id scheduler.ID, _ *form) desk.Proposal { return desk.Accept(id) },
	},
	"decline": {
		label: "They decline", heading: "Decline the offer", button: "They decline", done: "changed",
		explain: "The seats are offered to the next person. This person keeps their place on the waitlist.",
		fields:  noFields,
		propose: func(id scheduler.ID, _ *form) desk.Proposal { return desk.Decline(id) },
	},
	"hold": {
		label: "Put on hold", heading: "Put on hold", button: "Put on hold", done: "changed",
		explain: "Sessions during the hold are excused and owed, and no reminders are sent for them.",
		fields: func(x stepContext) []Input {
			return []Input{
				x.date("from", "First day", "If empty: today."),
				x.date("until", "Back on", "If empty: the longest hold that the protocol allows."),
				x.choice("seat", "Seat",
					[]Choice{{Value: "keep", Label: "Keep it"}, {Value: "release", Label: "Give it up"}}, ""),
				x.ownReason(),
			}
		},
		propose: func(id scheduler.ID, f *form) desk.Proposal {
			return desk.Hold(scheduler.HoldRequest{Enrollment: id, From: f.date("from"), Until: f.date("until"),
				Release: f.trimmed("seat") == "release", Reason: f.trimmed("reason")})
		},
	},
	"excuse": {
		label: "Cannot come once", heading: "Cannot come on one date", button: "Give the date back", done: "changed",
		explain: "After an hour the seat on that date is free for others. Its content is owed, and comes around " +
			"again at its next turn with a free seat.",
		fields: func(x stepContext) []Input {
			return []Input{x.choice("session", "Date", x.ownDates(), ""), x.ownReason()}
		},
		propose: func(id scheduler.ID, f *form) desk.Proposal {
			return desk.Excuse(scheduler.ExcuseRequest{Enrollment: id, Session: scheduler.ID(f.trimmed("session")),
				Reason: f.trimmed("reason")})
		},
	},
	"excuse-undo": {
		label: "Can come after all", heading: "Can come after all", button: "Take the date back", done: "changed",
		explain: "The person has the date again, unless another person has taken the seat. An offer of the seat that " +
			"is not answered yet ends.",
		fields: func(x stepContext) []Input {
			return []Input{x.choice("session", "Date", x.givenBack(), "")}
		},
		propose: func(id scheduler.ID, f *form) desk.Proposal {
			return desk.UndoExcuse(id, scheduler.ID(f.trimmed("session")))
		},
	},
	"again": {
		label: "Offer seats again", heading: "Offer seats again", button: "Offer seats again", done: "changed",
		explain: "Several offers expired or were declined, so no more are made. From now on, this person is offered " +
			"seats again.", fields: noFields,
		propose: func(id scheduler.ID, _ *form) desk.Proposal { return desk.Resume(id) },
	},
	"resume": {
		label: "Back from hold", heading: "Back from hold", button: "They are back", done: "changed",
		explain: "A kept seat continues. A seat that was given up is taken again if it is free. If not, the person " +
			"is first on the waitlist.", fields: noFields,
		propose: func(id scheduler.ID, _ *form) desk.Proposal { return desk.Resume(id) },
	},
	"makeup": {
		label: "Make up in another cohort", heading: "Make up in another cohort", button: "Seat them there",
		done: "changed", wide: true,
		explain: "The person gets a seat in one session of another cohort that covers what they owe.",
		fields: func(x stepContext) []Input {
			return []Input{x.choice("session", "Session", x.parallel(), "Upcoming sessions with a free seat.")}
		},
		propose: func(id scheduler.ID, f *form) desk.Proposal {
			position, session, _ := strings.Cut(f.trimmed("session"), "/")
			return desk.MakeUp(id, position, scheduler.ID(session))
		},
	},
	"individual": {
		label: "Individual make-up", heading: "Individual make-up", button: "Make the appointment", done: "changed",
		explain: "The person gets an individual appointment for what they owe.",
		fields: func(x stepContext) []Input {
			fields := []Input{
				x.choice("position", "Content to make up", x.owed(), ""), x.date("at_time", "Date", ""),
				x.page.Field("at_clock", "Time", "time", x.value("at_clock"), zoneName(x.roster.Cohort.Zone)+" time"),
				x.page.Field("minutes", "Minutes", "number", x.value("minutes"), "If empty: as long as a session."),
			}
			return append(fields, x.overrideFields("at_time")...)
		},
		propose: func(id scheduler.ID, f *form) desk.Proposal {
			minutes, _ := f.number("minutes")
			return desk.Individual(scheduler.AppointmentRequest{
				Enrollment: id, Position: f.trimmed("position"), At: f.wall("at_time", "at_clock"), Minutes: minutes,
				AcceptShift: f.ticked("accept_shift"), Far: f.ticked("far"), Reason: f.trimmed("reason"),
			})
		},
	},
	"waive": {
		label: "Waive", heading: "Waive owed content", button: "Waive it", done: "changed",
		explain: "The person can graduate without it. It does not count toward the dose.",
		fields: func(x stepContext) []Input {
			return []Input{x.choice("position", "Content to waive", x.owed(), ""), x.reason()}
		},
		propose: func(id scheduler.ID, f *form) desk.Proposal {
			return desk.Waive(id, f.trimmed("position"), f.trimmed("reason"))
		},
	},
	"transfer": {
		label: "Transfer", heading: "Transfer to another cohort", button: "Transfer", done: "transferred", wide: true,
		explain: "What they have completed counts there. The calendar address stays the same.",
		fields: func(x stepContext) []Input {
			return []Input{x.choice("to", "To", x.siblings(), "Open cohorts of the same protocol and version.")}
		},
		propose: func(id scheduler.ID, f *form) desk.Proposal {
			return desk.Transfer(id, scheduler.ID(f.trimmed("to")))
		},
	},
	"reenter": {
		label: "Re-enroll", heading: "Re-enroll", button: "Re-enroll", done: "transferred",
		explain: "A new enrollment in the same cohort.",
		fields: func(x stepContext) []Input {
			return []Input{x.choice("mode", "How", x.ways(),
				"What they completed before counts, unless they start over.")}
		},
		propose: func(id scheduler.ID, f *form) desk.Proposal {
			return desk.Reenter(id, scheduler.EntryMode(f.trimmed("mode")))
		},
	},
	"advance": {
		label: "Next phase", heading: "Advance to another phase", button: "Advance", done: "transferred", wide: true,
		explain: "Earlier than the protocol schedules it.",
		fields: func(x stepContext) []Input {
			return []Input{x.choice("phase", "Phase", x.phases(), ""), x.reason()}
		},
		propose: func(id scheduler.ID, f *form) desk.Proposal {
			return desk.Advance(id, f.trimmed("phase"), f.trimmed("reason"))
		},
	},
	"apart": {
		label: "Keep apart", heading: "Keep apart from someone", button: "Keep them apart", done: "unheard",
		wide: true, people: true,
		explain: "From now on, neither is given a session that the other attends. Sessions they already share stay.",
		fields: func(x stepContext) []Input {
			return []Input{x.choice("pair", "From whom", x.others(), "People in the open cohorts.")}
		},
		propose: func(_ scheduler.ID, f *form) desk.Proposal { return desk.KeepApart(pairOf(f)) },
	},
	"together": {
		label: "Stop keeping apart", heading: "Stop keeping apart", button: "They may meet again",
		done: "unheard", people: true,
		explain: "The two may share sessions again. If one was waiting because of the other, they are offered a " +
			"free seat within the hour.",
		fields:  func(x stepContext) []Input { return []Input{x.choice("pair", "From whom", x.apart(), "")} },
		propose: func(_ scheduler.ID, f *form) desk.Proposal { return desk.EndApart(pairOf(f)) },
	},
}

func noFields(stepContext) []Input { return nil }

// enrollmentStepChange returns the change that the address names. It fails with NotFound for an
// unknown one.
func (s *Server) enrollmentStepChange(c echo.Context) (changeForm, error) {
	kind, known := steps[c.Param("step")]
	if !known {
		return changeForm{},
			fault.New(fault.NotFound, "There is nothing at this address. Go back to the enrollment's page.")
	}
	return changeForm{
		flash: kind.done, next: toEnrollment,
		page: func(c echo.Context, who visitor, f *form) (proposalPage, error) { return s.stepPage(c, who, kind, f) },
		propose: func(c echo.Context, f *form) desk.Proposal {
			return kind.propose(scheduler.ID(c.Param("id")), f)
		},
	}, nil
}

// stepPage builds the page of one change of the enrollment in the address.
func (s *Server) stepPage(c echo.Context, who visitor, kind enrollmentStep, f *form) (*stepPage, error) {
	ctx := c.Request().Context()
	if f == nil {
		f = &form{values: c.QueryParams()}
	}
	id, err := idParam(c.Param("id"))
	if err != nil {
		return nil, err
	}
	book, r, e, err := s.loadEnrollment(ctx, who, id, desk.Load{Running: kind.wide})
	if err != nil {
		return nil, err
	}
	page, err := s.staffPage(ctx, who, c.Request(), "cohorts", kind.heading)
	if err != nil {
		return nil, err
	}
	named := []scheduler.ID{e.Person}
	if kind.people {
		named = append(named, peopleOf(book)...)
	}
	names, err := s.names(ctx, who, named)
	if err != nil {
		return nil, err
	}
	v := &stepPage{
		Page: page, Back: "/enrollments/" + string(id), Crumb: names[e.Person],
		About:   names[e.Person] + ", " + r.Cohort.Name,
		Heading: kind.heading, Explain: kind.explain, Button: kind.button,
	}
	v.Address = v.Back + "/steps/" + c.Param("step")
	v.Fields = kind.fields(stepContext{&v.Page, book, r, e, f, s, names})
	return v, nil
}

func (s *Server) enrollmentStepForm(c echo.Context, who visitor) error {
	t, err := s.enrollmentStepChange(c)
	if err != nil {
		return err
	}
	return s.changeFormShow(c, who, t)
}

// enrollmentStepSave previews or makes a change of an enrollment.
func (s *Server) enrollmentStepSave(c echo.Context, who visitor) error {
	t, err := s.enrollmentStepChange(c)
	if err != nil {
		return err
	}
	return s.changeFormSend(c, who, t)
}

// reject shows the form again, with each problem at its field.
func (v *stepPage) reject(err error) error {
	for _, problem := range fault.All(err) {
		if name, other := v.Called[problem.Field]; other {
			problem.Field = name
		}
		for i := range v.Fields {
			if v.Fields[i].Name == problem.Field {
				v.Fields[i].Problem = problem.Message
			}
		}
		if !slices.ContainsFunc(v.Fields, func(in Input) bool { return in.Name == problem.Field }) {
			problem.Field = ""
		}
	}
	return rejectForm(v, err)
}
