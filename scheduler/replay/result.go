package replay

import (
	"fmt"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/fault"
)

// Result is where everything stands at the end, in the form that is printed as JSON. Moments are local to the cohort.
type Result struct {
	Now          string            `json:"now"`
	Cohorts      map[string]Cohort `json:"cohorts"`
	Participants map[string]Person `json:"participants"`
	Notices      []Notice          `json:"notices"`
	Tasks        []Task            `json:"tasks"`
	Explanation  []string          `json:"explanation,omitempty"`

	People []string `json:"-"` // their names in the order of asking
	Keys   []string `json:"-"` // of the cohorts, in the order of the file
}

// Cohort is how one cohort of the file stands; its key is empty when the file has one.
type Cohort struct {
	State    string    `json:"state"`
	Sessions []Session `json:"sessions"`
}

// Session is one session of a cohort.
type Session struct {
	Number    int    `json:"number"`
	Date      string `json:"date"`
	Position  string `json:"position"`
	State     string `json:"state"`
	MovedFrom string `json:"moved_from,omitempty"`
}

// Person is how one person stands.
type Person struct {
	Cohort           string   `json:"cohort"`
	State            string   `json:"state"`
	Entry            *string  `json:"entry"`
	Graduation       *string  `json:"graduation"`
	DoseMet          *string  `json:"dose_met"`
	DoseProjected    *string  `json:"dose_projected"`
	Seats            []Seat   `json:"seats"`
	Owed             []string `json:"owed"`
	WaitlistPosition int      `json:"waitlist_position"`
	OfferExpires     *string  `json:"offer_expires"`
	ExpectedEntry    *string  `json:"expected_entry"`
	Outcome          *string  `json:"outcome"`
}

// Seat is one date of a person.
type Seat struct {
	Date     string `json:"date"`
	Position string `json:"position"`
	State    string `json:"state"`
	Cohort   string `json:"cohort,omitempty"` // when it is not the person's
	Alone    bool   `json:"alone,omitempty"`  // an appointment of one person
}

// Notice is one thing that was told to a person.
type Notice struct {
	At    string   `json:"at"`
	To    string   `json:"to"`
	Kind  string   `json:"kind"`
	Dates []string `json:"dates,omitempty"`
}

// Task is what staff were asked to look at.
type Task struct {
	At    string `json:"at"`
	Kind  string `json:"kind"`
	About string `json:"about"`
}

// Result is where everything stands at the end, with the steps of one person when a name is given. NotFound when the
// file enrolls nobody of that name.
func (p *Player) Result(explained string) (Result, error) {
	zone := p.cohorts[0].zone
	r := Result{
		Now: p.now.String(), Cohorts: map[string]Cohort{}, Participants: map[string]Person{},
		Notices: []Notice{}, Tasks: []Task{}, People: p.names,
	}
	names := map[scheduler.ID]string{}
	for name, id := range p.people {
		names[id] = name
	}
	for _, c := range p.cohorts {
		sessions, err := p.sessions(c)
		if err != nil {
			return r, err
		}
		r.Keys = append(r.Keys, c.key)
		roster, err := p.replay.Roster(c.id)
		if err != nil {
			return r, err
		}
		r.Cohorts[c.key] = Cohort{string(roster.Cohort.State), sessions}
	}
	for _, name := range p.names {
		it, err := p.replay.Itinerary(p.people[name])
		if err != nil {
			return r, err
		}
		r.Participants[name] = p.standing(it)
	}
	for _, n := range p.replay.Notices {
		notice := Notice{At: local(n.At, zone), To: names[n.Person], Kind: n.About}
		for _, d := range n.Dates {
			notice.Dates = append(notice.Dates, d.String())
		}
		r.Notices = append(r.Notices, notice)
	}
	for _, t := range p.replay.Tasks() {
		r.Tasks = append(r.Tasks, Task{At: local(t.CreatedAt, zone), Kind: t.About, About: names[t.Person]})
	}
	if explained == "" {
		return r, nil
	}
	if _, known := p.people[explained]; !known {
		return r, fault.New(fault.NotFound, "Nobody called %q is enrolled in this file.", explained)
	}
	for _, s := range p.replay.Steps() {
		if names[s.Person] == explained {
			r.Explanation = append(r.Explanation, local(s.At, zone)+"  "+s.Text)
		}
	}
	x := r.Participants[explained]
	r.Explanation = append(r.Explanation,
		fmt.Sprintf("%s  So they are %s; graduation %s, dose %s.", r.Now, x.State, shown(x.Graduation),
			shown(x.DoseProjected)))
	return r, nil
}

func local(t time.Time, zone *time.Location) string { return civil.WallOf(t, zone).String() }

// sessions lists a cohort's sessions up to the date that the file names.
func (p *Player) sessions(c *playedCohort) ([]Session, error) {
	roster, err := p.replay.Roster(c.id)
	if err != nil {
		return nil, err
	}
	list := []Session{}
	for _, s := range roster.Sessions {
		if s.For != "" {
			continue // somebody's appointment alone
		}
		if !p.until.IsZero() && s.Wall.Date.After(p.until) {
			continue
		}
		session := Session{
			Number: s.Number, Date: s.Wall.Date.String(), Position: s.Position, State: string(s.State),
			MovedFrom: s.MovedFrom.String(),
		}
		if s.State == scheduler.SessionPlanned && s.Past(p.replay.Now()) {
			session.State = string(scheduler.SessionMet)
		}
		list = append(list, session)
	}
	return list, nil
}

func (p *Player) standing(it scheduler.Itinerary) Person {
	r := Person{
		Cohort: p.keyOf(it.Cohort), State: string(it.State), Entry: orNull(it.Entry), Graduation: orNull(it.Graduation),
		DoseMet: orNull(it.DoseMet), DoseProjected: orNull(it.DoseProjected), Seats: []Seat{}, Owed: it.Owed,
		WaitlistPosition: it.WaitlistPosition, ExpectedEntry: orNull(it.ExpectedEntry),
	}
	if it.Outcome != "" {
		outcome := string(it.Outcome)
		r.Outcome = &outcome
	}
	if !it.OfferExpires.IsZero() {
		expires := local(it.OfferExpires, p.cohort(r.Cohort).zone)
		r.OfferExpires = &expires
	}
	for _, s := range it.Seats {
		seat := Seat{Date: s.Wall.Date.String(), Position: s.Position, State: string(s.State), Alone: s.Cohort == ""}
		if s.Cohort != it.Cohort {
			seat.Cohort = p.keyOf(s.Cohort)
		}
		r.Seats = append(r.Seats, seat)
	}
	return r
}

func orNull(d civil.Date) *string {
	if d.IsZero() {
		return nil
	}
	text := d.String()
	return &text
}

func shown(date *string) string {
	if date == nil {
		return "-"
	}
	return *date
}
