package web

import (
	"context"
	"slices"
	"strings"

	"almanac/scheduler"
)

// toldView is who would be told what by a change: the heart of every confirmation.
type toldView struct {
	People        []toldPerson
	ByMail, Calls int // people, not messages
}

// Nobody tells whether the change concerns no one.
func (t toldView) Nobody() bool { return len(t.People) == 0 }

// Summary says it in one sentence.
func (t toldView) Summary() string {
	if t.Nobody() {
		return "Nobody needs to be told."
	}
	var ways []string
	if t.ByMail > 0 {
		ways = append(ways, count(t.ByMail, "person", "people")+" by e-mail")
	}
	if t.Calls > 0 {
		ways = append(ways, count(t.Calls, "person", "people")+" through a task for staff")
	}
	return "This tells " + strings.Join(ways, " and ") + "."
}

// toldPerson is one person with everything the change tells them.
type toldPerson struct {
	Enrollment, Name string
	Call             bool // nobody may write to them: staff get a task
	Lines            []toldLine
}

// toldLine is one piece of news.
type toldLine struct {
	What          string // New date, Moved, Cancelled, All dates
	Before, After When
}

// newsNames are what a change tells, in a word or two.
var newsNames = map[string]string{
	scheduler.AboutWelcome: "Welcome with all dates", scheduler.AboutAdded: "New date",
	scheduler.AboutMoved: "Moved", scheduler.AboutCancelled: "Cancelled",
}

// told names the people of a preview and puts the news of each together.
func (s *Server) told(ctx context.Context, who visitor, p scheduler.Preview, zone string) (toldView, error) {
	var ids []scheduler.ID
	for _, t := range p.Told {
		if !slices.Contains(ids, t.Person) {
			ids = append(ids, t.Person)
		}
	}
	if len(ids) == 0 {
		return toldView{}, nil
	}
	names, err := s.People.Names(ctx, who.actor, who.clinic, ids)
	if err != nil {
		return toldView{}, err
	}
	var v toldView
	for _, id := range ids {
		person := toldPerson{Name: names[id]}
		for _, t := range p.Told {
			if t.Person == id {
				person.Enrollment, person.Call = string(t.Enrollment), t.Channel == ""
				person.Lines = append(person.Lines, s.toldLine(t, zone))
			}
		}
		if person.Call {
			v.Calls++
		} else {
			v.ByMail++
		}
		v.People = append(v.People, person)
	}
	slices.SortStableFunc(v.People, func(a, b toldPerson) int { return strings.Compare(a.Name, b.Name) })
	return v, nil
}

func (s *Server) toldLine(t scheduler.Telling, zone string) toldLine {
	line := toldLine{What: newsNames[t.About]}
	if line.What == "" {
		line.What = t.About
	}
	if t.Before.Expected {
		line.Before = s.staffWhen(t.Before.Start, t.Before.End, zone)
	}
	if t.After.Expected {
		line.After = s.staffWhen(t.After.Start, t.After.End, zone)
	}
	return line
}
