package scheduler

import (
	"slices"
	"time"

	"almanac/protocols"
	"almanac/protocols/civil"
	"almanac/scheduler/fault"
)

// CohortSetting is what is asked for when a cohort, or one session of it, gets another place, meeting,
// length, facilitator, name or number of seats. What is nil stays as it is.
type CohortSetting struct {
	Cohort  ID
	Session ID         // it alone; empty: the sessions of Cohort from From on
	From    civil.Date // local date of the cohort; zero: from now on
	Name    *string    // for staff; of the cohort as a whole
	Place   *string    // empty: where the protocol's people meet by themselves, such as online
	Meeting *Meeting   // how people come in from afar; of kind none: not any more
	Minutes *int       // how long a session of the main series takes
	Seats   *int
	Lead    *ID    // who leads; empty: nobody for now
	Posts   []Post // people for roles that are not filled yet
	Reason  string // why a rule is set aside: a credential, a training, the seats, telling words; kept
}

// shortestSession and longestSession bound the length of a session, in minutes.
const (
	shortestSession = 5
	longestSession  = 12 * 60
)

// SetCohort changes what a CohortSetting says, of the sessions to come that it is about. People are
// told of another place, meeting or length; nobody loses a seat by fewer seats. Invalid at its field for what
// cannot be, for telling words without a reason, and when nothing would change; Conflict when who is
// to lead or somebody with a seat has something else then, or a credential is missing and no reason
// is given; Closed when the cohort has ended or no session is left; NotFound when there is none.
func (b *Book) SetCohort(q CohortSetting) error {
	r, due, err := b.settable(q)
	if err != nil {
		return err
	}
	before := r.clone()
	for _, set := range []func(*Roster, CohortSetting, []*Session) error{b.setName, b.setPlace, b.setMeeting,
		b.setMinutes, b.setSeats, b.setLead, b.setPosts} {
		if err := set(r, q, due); err != nil {
			return err
		}
	}
	if _, changed := imageOf(before, r); !changed {
		return fault.New(fault.Invalid,
			"This changes nothing. Change the place, the meeting, the length, the facilitator, the name or the seats.")
	}
	if err := b.newClashes(r).fault(clashField(q), "Choose another length or another facilitator."); err != nil {
		return err
	}
	b.noteFields("cohort.set", r.Cohort.ID, map[string]bool{"name": q.Name != nil, "place": q.Place != nil,
		"meeting": q.Meeting != nil, "minutes": q.Minutes != nil, "seats": q.Seats != nil,
		"facilitator": q.Lead != nil, "roles": len(q.Posts) > 0})
	return b.recompute()
}

// clashField is the field at which clashes are told.
func clashField(q CohortSetting) string {
	if q.Minutes == nil && q.Lead != nil {
		return "facilitator"
	}
	return "minutes"
}

// settable finds the cohort, and the sessions to come that a change of it is about.
func (b *Book) settable(q CohortSetting) (*Roster, []*Session, error) {
	if q.Session != "" {
		r, s, err := b.changeable(q.Session)
		if err == nil && q.Name != nil {
			err = fault.In("name", "The name belongs to the whole cohort. Change it there.")
		}
		return r, []*Session{s}, err
	}
	r, err := b.running(q.Cohort)
	if err != nil {
		return nil, nil, err
	}
	today, _, err := b.todayIn(r.Cohort.Zone)
	if err != nil {
		return nil, nil, err
	}
	if !q.From.IsZero() && q.From.Before(today) {
		return nil, nil, fault.In("from", "%s has passed. Choose today or a later date.", q.From)
	}
	due := slices.DeleteFunc(slices.Clone(r.since(b.Now)), func(s *Session) bool {
		return !s.Live() || !s.Start.After(b.Now) || s.Wall.Date.Before(q.From)
	})
	if len(due) == 0 && !q.From.IsZero() {
		return nil, nil, fault.New(fault.Closed, "No session is left from %s on. Choose an earlier date.",
			q.From).In("from")
	}
	return r, due, nil
}

func (b *Book) setName(r *Roster, q CohortSetting, _ []*Session) error {
	if q.Name == nil {
		return nil
	}
	name, wrong := CheckLine("name", "The name", *q.Name)
	if wrong != nil {
		return wrong
	}
	if name == "" {
		name = r.Definition.Title
	}
	r.Cohort.Name = name
	return nil
}

func (b *Book) setPlace(r *Roster, q CohortSetting, due []*Session) error {
	if q.Place == nil {
		return nil
	}
	given, wrong := CheckLine("place", "The place", *q.Place)
	if wrong != nil {
		return wrong
	}
	place := placeOf(r.Definition, protocols.Occurrence{}, given)
	if place == "" {
		return needsPlace()
	}
	if err := b.keepTelling(RuleOverride{Cohort: r.Cohort.ID, Session: q.Session, Reason: q.Reason}, "place",
		"The place", given); err != nil {
		return err
	}
	usual := r.Cohort.Place
	for _, s := range due {
		// What is online or by phone beside a group that meets somewhere stays so.
		if q.Session != "" || s.Place == usual || s.Place != DefaultPlace && s.Place != PhonePlace {
			s.Place = place
		}
	}
	if q.Session == "" {
		r.Cohort.Place = place
	}
	return nil
}

// keepTelling refuses a text that people will read when it tells why they come, and keeps the
// reason of who insists.
func (b *Book) keepTelling(o RuleOverride, field, what, text string) error {
	if refusal := refuseTelling(field, what, text, o.Reason); refusal != nil {
		return refusal
	}
	if _, telling := Denied(text); !telling {
		return nil
	}
	o.Rule = RuleTelling
	return b.setAside(o, fault.In(field, "%s tells others why people come here.", what))
}

func (b *Book) setMinutes(r *Roster, q CohortSetting, due []*Session) error {
	if q.Minutes == nil {
		return nil
	}
	if *q.Minutes < shortestSession || *q.Minutes > longestSession {
		return fault.In("minutes", "A session takes between %d and %d minutes. Give a number between them.",
			shortestSession, longestSession)
	}
	var longer []*Session
	for _, s := range due {
		if !s.Main && q.Session == "" {
			continue
		}
		if !s.Start.After(b.Now) {
			continue // it is under way
		}
		if *q.Minutes > s.Minutes {
			longer = append(longer, s)
		}
		s.Minutes, s.End = *q.Minutes, s.Start.Add(time.Duration(*q.Minutes)*time.Minute)
	}
	for _, s := range longer {
		if err := r.checkAlone(s, s.Start, s.End, "minutes"); err != nil {
			return err
		}
	}
	return b.checkEquipment(r, r.Cohort.Capacity, q.Reason, "minutes", longer...)
}

// setSeats gives the cohort another number of seats, or sessions one of their own.
func (b *Book) setSeats(r *Roster, q CohortSetting, due []*Session) error {
	if q.Seats == nil {
		return nil
	}
	if q.Session == "" && q.From.IsZero() {
		return b.resize(r, ResizeRequest{Cohort: r.Cohort.ID, Seats: *q.Seats, Reason: q.Reason})
	}
	if err := b.keepSeats(r, *q.Seats, q.Reason); err != nil {
		return err
	}
	var more []*Session
	for _, s := range due {
		if s.Kind == string(protocols.KindIndividual) || s.Appointment() {
			continue
		}
		if *q.Seats > s.SeatsIn(r.Cohort) {
			more = append(more, s)
		}
		s.Seats = *q.Seats
	}
	return b.checkEquipment(r, *q.Seats, q.Reason, "capacity", more...)
}

// setLead names who leads sessions, and of the cohort as a whole who leads what is planned later.
func (b *Book) setLead(r *Roster, q CohortSetting, due []*Session) error {
	if q.Lead == nil {
		return nil
	}
	led := due
	if q.Session == "" {
		led = slices.DeleteFunc(slices.Clone(due), func(s *Session) bool { return s.For != "" || r.roleOf(s) != "" })
	}
	asked := led
	if r.Cohort.Rolling && q.Session == "" { // it has no last session by which a credential must be good
		asked = led[:min(1, len(led))]
	}
	if err := b.mayLead(leading{Staff: *q.Lead, Session: q.Session, Reason: q.Reason}, "facilitator", r,
		asked...); err != nil {
		return err
	}
	for _, s := range led {
		s.Leader = *q.Lead
	}
	if q.Session != "" {
		return nil
	}
	r.Cohort.Lead, r.Cohort.Rotation = *q.Lead, nil
	if len(r.Definition.Roles) == 0 {
		return nil
	}
	role := r.Definition.Roles[0]
	posts := slices.DeleteFunc(slices.Clone(r.Cohort.Staffing),
		func(p Post) bool { return p.Role == role.ID && p.Staff != *q.Lead })
	if i := slices.Index(posts, Post{role.ID, *q.Lead}); *q.Lead != "" && i < 0 {
		posts = slices.Insert(posts, 0, Post{role.ID, *q.Lead})
	}
	r.Cohort.Staffing = posts
	b.askRoles(r)
	return b.checkTrained(r, role, *q.Lead, q.Reason)
}

// roleOf is the role of who leads an appointment beside the series; empty: who leads the cohort.
func (r *Roster) roleOf(s *Session) string {
	if rule, ok := r.Definition.Appointment(s.Position); ok && s.Appointment() {
		return rule.Role
	}
	return ""
}

// setPosts names people for roles. Who is named for a role that leads appointments leads those to
// come that nobody leads yet.
func (b *Book) setPosts(r *Roster, q CohortSetting, due []*Session) error {
	if len(q.Posts) == 0 {
		return nil
	}
	if q.Session != "" {
		return fault.In("role", "A role is filled for the whole cohort. For one session choose its facilitator.")
	}
	posts, err := assign(r.Definition, slices.Concat(r.Cohort.Staffing, q.Posts))
	if err != nil {
		return err
	}
	added := posts[len(posts)-len(q.Posts):]
	if slices.ContainsFunc(added, func(p Post) bool { return p.Staff == "" }) {
		return fault.In("facilitator", "Say who fills the role.")
	}
	r.Cohort.Staffing = posts
	if err := b.checkPosts(r, added, q.Reason, due); err != nil {
		return err
	}
	for _, named := range added {
		first := len(r.Definition.Roles) > 0 && r.Definition.Roles[0].ID == named.Role
		if first && r.Cohort.Lead == "" && len(r.Cohort.Rotation) == 0 {
			if err := b.setLead(r, CohortSetting{Lead: &named.Staff, Reason: q.Reason}, due); err != nil {
				return err
			}
		}
		for _, s := range due {
			if s.Leader != "" || r.roleOf(s) != named.Role || named.Role == "" {
				continue
			}
			s.Leader = named.Staff
		}
	}
	b.askRoles(r)
	return nil
}
