package web

import (
	"context"
	"slices"
	"strings"
	"time"

	"almanac/scheduler"
)

// toldView is who would be told what by a change: the heart of every confirmation.
type toldView struct {
	Groups        []toldGroup
	ByMail, Calls int // people, not messages
	Staff         int // facilitators whose sessions change
}

// Nobody tells whether the change concerns no one.
func (t toldView) Nobody() bool { return len(t.Groups) == 0 }

// Summary says it in one sentence.
func (t toldView) Summary() string {
	var ways []string
	if t.ByMail > 0 {
		ways = append(ways, count(t.ByMail, "person", "people")+" by email")
	}
	if t.Calls > 0 {
		ways = append(ways, count(t.Calls, "person", "people")+" through a staff task")
	}
	if t.Staff > 0 {
		ways = append(ways, count(t.Staff, "facilitator", "facilitators")+" by email")
	}
	if len(ways) == 0 {
		return "No one needs to be notified."
	}
	return "This will notify " + listing(ways) + "."
}

// toldGroup is everything that the change tells some people, the same to each, so
// that twelve who lose a session are not the same lines twelve times.
type toldGroup struct {
	Names []string
	Call  bool // nobody may write to them: staff get a task
	Lines []toldLine
}

// Count says how many they are, "" of one.
func (g toldGroup) Count() string {
	if len(g.Names) < 2 {
		return ""
	}
	return count(len(g.Names), "person", "people")
}

// toldLine is one piece of news.
type toldLine struct {
	What          string // New date, Moved, Cancelled, All dates
	Before, After When
	Place         string // another place or length, as "Room 2 → Room 5"; empty: it stays
}

// newsNames are what a change tells, in a word or two.
var newsNames = map[string]string{
	scheduler.AboutWelcome: "Welcome message with all dates", scheduler.AboutAdded: "New date",
	scheduler.AboutWaiting: "Place on the waitlist",
	scheduler.AboutOffer:   "Offer of a seat", scheduler.AboutMoved: "Moved", scheduler.AboutCancelled: "Cancelled",
	scheduler.AboutLeft: "No longer theirs, because they have left", scheduler.AboutOff: "No longer theirs",
}

// toldNames gives the names of the people of a preview.
func (s *Server) toldNames(ctx context.Context, who visitor, all []scheduler.Announcement) (map[scheduler.ID]string, error) {
	if ids := toldPeople(all); len(ids) > 0 {
		return s.People.Names(ctx, who.actor, who.clinic, ids)
	}
	return map[scheduler.ID]string{}, nil
}

// toldPeople lists those who are told something, each once, in order.
func toldPeople(all []scheduler.Announcement) []scheduler.ID {
	var ids []scheduler.ID
	known := map[scheduler.ID]bool{}
	for _, t := range all {
		if !known[t.Person] {
			known[t.Person] = true
			ids = append(ids, t.Person)
		}
	}
	return ids
}

// toldBy puts the news of each person together in order of date, and the people who
// are told the same, in order of their names.
func (s *Server) toldBy(names map[scheduler.ID]string, all []scheduler.Announcement) toldView {
	var v toldView
	news := map[scheduler.ID][]scheduler.Announcement{}
	for _, t := range all {
		news[t.Person] = append(news[t.Person], t)
	}
	people := toldPeople(all)
	slices.SortStableFunc(people, func(a, b scheduler.ID) int { return strings.Compare(names[a], names[b]) })
	for _, id := range people {
		slices.SortStableFunc(news[id], func(a, b scheduler.Announcement) int { return toldOf(a).Compare(toldOf(b)) })
		one := toldGroup{Names: []string{names[id]}}
		for _, t := range news[id] {
			one.Call = t.Channel == ""
			one.Lines = append(one.Lines, s.toldLine(t))
		}
		if one.Call {
			v.Calls++
		} else {
			v.ByMail++
		}
		same := func(g toldGroup) bool { return g.Call == one.Call && slices.Equal(g.Lines, one.Lines) }
		if i := slices.IndexFunc(v.Groups, same); i >= 0 {
			v.Groups[i].Names = append(v.Groups[i].Names, names[id])
		} else {
			v.Groups = append(v.Groups, one)
		}
	}
	return v
}

// toldOf is the date that a piece of news is about: the one that a person knows,
// else the new one; zero for news about all dates, which so come first.
func toldOf(t scheduler.Announcement) time.Time {
	switch {
	case t.Before.Expected:
		return t.Before.Start
	case t.After.Expected:
		return t.After.Start
	default:
		return time.Time{}
	}
}

func (s *Server) toldLine(t scheduler.Announcement) toldLine {
	line := toldLine{What: newsNames[t.About]}
	if line.What == "" {
		line.What = t.About
	}
	line.Place = placesText(t.Before, t.After)
	if line.Place != "" && t.Before.Start.Equal(t.After.Start) {
		line.What, line.After = "Changed", s.staffWhen(t.After.Start, t.After.End, t.Zone)
		return line
	}
	if t.Before.Expected {
		line.Before = s.staffWhen(t.Before.Start, t.Before.End, t.Zone)
	}
	if t.After.Expected {
		line.After = s.staffWhen(t.After.Start, t.After.End, t.Zone)
	}
	return line
}

// listing writes "a", "a and b" or "a, b and c".
func listing(all []string) string {
	if len(all) < 2 {
		return strings.Join(all, "")
	}
	last := len(all) - 1
	return strings.Join(all[:last], ", ") + " and " + all[last]
}
