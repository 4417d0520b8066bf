package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/fault"
)

// replayed is what a replay prints as JSON. Moments are local to the cohort.
type replayed struct {
	Now          string                    `json:"now"`
	Cohorts      map[string]replayedCohort `json:"cohorts"`
	Participants map[string]replayedPerson `json:"participants"`
	Notices      []replayedNotice          `json:"notices"`
	Tasks        []replayedTask            `json:"tasks"`
	Explanation  []string                  `json:"explanation,omitempty"`

	order []string // of the people
	keys  []string // of the cohorts
}

type replayedCohort struct {
	State    string            `json:"state"`
	Sessions []replayedSession `json:"sessions"`
}

type replayedSession struct {
	Number    int    `json:"number"`
	Date      string `json:"date"`
	Position  string `json:"position"`
	State     string `json:"state"`
	MovedFrom string `json:"moved_from,omitempty"`
}

type replayedPerson struct {
	Cohort           string         `json:"cohort"`
	State            string         `json:"state"`
	Entry            *string        `json:"entry"`
	Graduation       *string        `json:"graduation"`
	DoseMet          *string        `json:"dose_met"`
	DoseProjected    *string        `json:"dose_projected"`
	Seats            []replayedSeat `json:"seats"`
	Owed             []string       `json:"owed"`
	WaitlistPosition int            `json:"waitlist_position"`
	OfferExpires     *string        `json:"offer_expires"`
	ExpectedEntry    *string        `json:"expected_entry"`
	Outcome          *string        `json:"outcome"`
}

type replayedSeat struct {
	Date     string `json:"date"`
	Position string `json:"position"`
	State    string `json:"state"`
	Cohort   string `json:"cohort,omitempty"` // when it is not the person's
	Alone    bool   `json:"alone,omitempty"`  // an appointment of one person
}

type replayedNotice struct {
	At    string   `json:"at"`
	To    string   `json:"to"`
	Kind  string   `json:"kind"`
	Dates []string `json:"dates,omitempty"`
}

type replayedTask struct {
	At    string `json:"at"`
	Kind  string `json:"kind"`
	About string `json:"about"`
}

// result is where everything stands at the end, with the steps of one person
// when a name is given.
func (p *player) result(explained string) (replayed, error) {
	zone := p.cohorts[0].zone
	r := replayed{
		Now: p.now.String(), Cohorts: map[string]replayedCohort{}, Participants: map[string]replayedPerson{},
		Notices: []replayedNotice{}, Tasks: []replayedTask{}, order: p.names,
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
		r.keys = append(r.keys, c.key)
		roster, err := p.replay.Roster(c.id)
		if err != nil {
			return r, err
		}
		r.Cohorts[c.key] = replayedCohort{string(roster.Cohort.State), sessions}
	}
	for _, name := range p.names {
		it, err := p.replay.Itinerary(p.people[name])
		if err != nil {
			return r, err
		}
		r.Participants[name] = p.standing(it)
	}
	for _, n := range p.replay.Notices {
		notice := replayedNotice{At: local(n.At, zone), To: names[n.Person], Kind: n.About}
		for _, d := range n.Dates {
			notice.Dates = append(notice.Dates, d.String())
		}
		r.Notices = append(r.Notices, notice)
	}
	for _, t := range p.replay.Tasks() {
		r.Tasks = append(r.Tasks, replayedTask{At: local(t.CreatedAt, zone), Kind: t.About, About: names[t.Person]})
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
	r.Explanation = append(r.Explanation, fmt.Sprintf("%s  So they are %s; graduation %s, dose %s.", r.Now, x.State, shown(x.Graduation), shown(x.DoseProjected)))
	return r, nil
}

func local(t time.Time, zone *time.Location) string { return civil.WallOf(t, zone).String() }

// sessions lists a cohort's sessions up to the date that the file names.
func (p *player) sessions(c *playedCohort) ([]replayedSession, error) {
	roster, err := p.replay.Roster(c.id)
	if err != nil {
		return nil, err
	}
	list := []replayedSession{}
	for _, s := range roster.Sessions {
		if s.For != "" {
			continue // somebody's appointment alone
		}
		if !p.until.IsZero() && s.Wall.Date.After(p.until) {
			continue
		}
		session := replayedSession{
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

func (p *player) standing(it scheduler.Itinerary) replayedPerson {
	r := replayedPerson{
		Cohort: p.keyOf(it.Cohort), State: string(it.State), Entry: orNull(it.Entry), Graduation: orNull(it.Graduation),
		DoseMet: orNull(it.DoseMet), DoseProjected: orNull(it.DoseProjected), Seats: []replayedSeat{}, Owed: it.Owed,
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
		seat := replayedSeat{Date: s.Wall.Date.String(), Position: s.Position, State: string(s.State), Alone: s.Cohort == ""}
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

// printReplay shows a replay as tables: cohorts, people, what they were told,
// and the steps of one person.
func printReplay(w io.Writer, r replayed) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "now %s\n", r.Now)
	for _, key := range r.keys {
		fmt.Fprintf(table, "\ncohort %s\t%s\nnumber\tdate\tcontent\tstate\n", key, r.Cohorts[key].State)
		for _, s := range r.Cohorts[key].Sessions {
			fmt.Fprintf(table, "%d\t%s\t%s\t%s\n", s.Number, s.Date, s.Position, s.State)
		}
	}
	for _, name := range r.order {
		x := r.Participants[name]
		fmt.Fprintf(table, "\n%s\t%s\tentry %s\tgraduation %s\tdose %s\n", name, x.State, shown(x.Entry), shown(x.Graduation), shown(x.DoseProjected))
		if x.Outcome != nil {
			fmt.Fprintf(table, "outcome\t%s\n", *x.Outcome)
		}
		if x.WaitlistPosition > 0 {
			fmt.Fprintf(table, "place %d on the waitlist\texpected %s\n", x.WaitlistPosition, shown(x.ExpectedEntry))
		}
		if x.OfferExpires != nil {
			fmt.Fprintf(table, "the offer lapses\t%s\n", *x.OfferExpires)
		}
		for _, s := range x.Seats {
			fmt.Fprintf(table, "%s\t%s\t%s\n", s.Date, s.Position, s.State)
		}
		if len(x.Owed) > 0 {
			fmt.Fprintf(table, "owed\t%s\n", strings.Join(x.Owed, ", "))
		}
	}
	fmt.Fprintln(table)
	for _, n := range r.Notices {
		fmt.Fprintf(table, "%s\t%s is told\t%s\t%s\n", n.At, n.To, n.Kind, strings.Join(n.Dates, ", "))
	}
	for _, t := range r.Tasks {
		fmt.Fprintf(table, "%s\ttask\t%s\t%s\n", t.At, t.Kind, t.About)
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("printing the replay: %w", err)
	}
	for _, step := range r.Explanation {
		fmt.Fprintln(w, step)
	}
	return nil
}

func shown(date *string) string {
	if date == nil {
		return "-"
	}
	return *date
}
