package web

import (
	"context"
	"net/http"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
)

// Progress is how an enrollment stands by the rules of its protocol. It holds no name.
type Progress struct {
	ID               string         `json:"id"`
	Cohort           string         `json:"cohort"`
	State            string         `json:"state" enum:"pending,waiting,offered,active,on_hold,completed,withdrawn"`
	Outcome          string         `json:"outcome,omitempty" doc:"Of a completed enrollment."`
	Undone           []string       `json:"undone" doc:"Prerequisites that are not done, by id."`
	WaitlistPosition int            `json:"waitlist_position" doc:"1 is next. 0 when not waiting."`
	ExpectedEntry    *civil.Date    `json:"expected_entry" format:"date" doc:"While waiting: the projected local date of the first session."`
	OfferExpires     *time.Time     `json:"offer_expires" doc:"Null without an offer, and until the person is told of it."`
	Entry            *civil.Date    `json:"entry" format:"date" doc:"Local date of the first session."`
	HoldUntil        *civil.Date    `json:"hold_until" format:"date" doc:"The last local day of a hold."`
	DoseMet          *civil.Date    `json:"dose_met" format:"date" doc:"The local date on which the minimum dose was reached."`
	DoseProjected    *civil.Date    `json:"dose_projected" format:"date" doc:"The local date on which it will be, if planned seats are attended."`
	Graduation       *civil.Date    `json:"graduation" format:"date" doc:"Projected while it is to come."`
	Owed             []string       `json:"owed" doc:"Positions that are owed, in the protocol's order."`
	Seats            []ProgressSeat `json:"seats" doc:"Seats ordered by start, including those of earlier enrollments."`
	Continues        string         `json:"continues,omitempty" doc:"The earlier enrollment whose credit counts here."`
}

// ProgressSeat is one seat of a person, past or planned.
type ProgressSeat struct {
	Session    string         `json:"session"`
	Cohort     string         `json:"cohort,omitempty" doc:"Omitted for an appointment of their own."`
	LocalStart civil.WallTime `json:"local_start"`
	Position   string         `json:"position" doc:"Empty for a session without its own content."`
	State      string         `json:"state" enum:"planned,present,late,partial,excused,missed,cancelled"`
}

// ProgressOf reads the progress of an enrollment of a loaded book. NotFound when the book has no such enrollment.
func ProgressOf(book *scheduler.Book, id scheduler.ID) (Progress, error) {
	it, err := book.Itinerary(id)
	if err != nil {
		return Progress{}, err
	}
	p := Progress{
		ID: string(id), Cohort: string(it.Cohort), State: string(it.State), Outcome: string(it.Outcome),
		WaitlistPosition: it.WaitlistPosition, ExpectedEntry: dateOrNull(it.ExpectedEntry),
		OfferExpires: instantOrNull(it.OfferExpires), Entry: dateOrNull(it.Entry),
		DoseMet: dateOrNull(it.DoseMet), DoseProjected: dateOrNull(it.DoseProjected),
		Graduation: dateOrNull(it.Graduation), Undone: []string{}, Owed: append([]string{}, it.Owed...),
		Seats: []ProgressSeat{},
	}
	for _, r := range book.Rosters {
		e := r.Enrollment(id)
		if e == nil {
			continue
		}
		p.Continues = string(e.Continues)
		if e.Leave != nil {
			p.HoldUntil = dateOrNull(e.Leave.Last)
		}
		for _, one := range r.Undone(e) {
			p.Undone = append(p.Undone, one.ID)
		}
	}
	for _, seat := range it.Seats {
		p.Seats = append(p.Seats, ProgressSeat{Session: string(seat.Session), Cohort: string(seat.Cohort),
			LocalStart: seat.Wall, Position: seat.Position, State: string(seat.State)})
	}
	return p, nil
}

type progressOutput struct{ Body Progress }

// registerProgress registers the operation that reads the progress of an enrollment.
func (s *Server) registerProgress() {
	operation(s, program(access.PersonView), describe(http.MethodGet, "/enrollments/{id}/progress",
		"get-progress", "Enrollments", "What an enrollment has completed and owes, when it has the minimum dose and "+
			"graduates, and what is still to be done before it starts."), s.apiProgress)
}

func (s *Server) apiProgress(ctx context.Context, who visitor, in *struct {
	ID string `path:"id"`
}) (*progressOutput, error) {
	id, err := idParam(in.ID)
	if err != nil {
		return nil, err
	}
	book, _, _, err := s.loadEnrollment(ctx, who, id, desk.Load{})
	if err != nil {
		return nil, err
	}
	out := &progressOutput{}
	out.Body, err = ProgressOf(book, id)
	return out, err
}
