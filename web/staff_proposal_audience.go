package web

import (
	"context"
	"slices"
	"strings"
	"time"

	"almanac/scheduler"
)

// audience is who a change would notify, and of what.
type audience struct {
	Groups         []audienceGroup
	ByEmail, Calls int // people, not messages
	Staff          int // facilitators of changed sessions
}

// Empty reports whether no one would be notified.
func (t audience) Empty() bool { return len(t.Groups) == 0 }

// Summary describes the audience in one sentence.
func (t audience) Summary() string {
	var ways []string
	if t.ByEmail > 0 {
		ways = append(ways, count(t.ByEmail, "person", "people")+" by email")
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

// audienceGroup is people who get the same news, so that the page shows it once.
type audienceGroup struct {
	Names []string
	Call  bool // no consent to write to them: staff get a task
	Lines []newsLine
}

// Count returns the number of people, "" for one.
func (g audienceGroup) Count() string {
	if len(g.Names) < 2 {
		return ""
	}
	return count(len(g.Names), "person", "people")
}

// newsLine is one piece of news.
type newsLine struct {
	What          string // New date, Moved, Cancelled and so on
	Before, After When
	Place         string // another place or length, such as "Room 2 → Room 5"
}

// newsNames are the labels of news.
var newsNames = map[string]string{
	scheduler.AboutWelcome: "Welcome message with all dates", scheduler.AboutAdded: "New date",
	scheduler.AboutWaiting: "Place on the waitlist", scheduler.AboutMessage: "Your message",
	scheduler.AboutOffer: "Offer of a seat", scheduler.AboutMoved: "Moved", scheduler.AboutCancelled: "Cancelled",
	scheduler.AboutLeft: "No longer theirs, because they have left", scheduler.AboutOff: "No longer theirs",
}

// audienceNames returns the names of the people of a preview.
func (s *Server) audienceNames(ctx context.Context, who visitor,
	all []scheduler.Announcement) (map[scheduler.ID]string, error) {
	if ids := distinctPeople(all); len(ids) > 0 {
		return s.names(ctx, who, ids)
	}
	return map[scheduler.ID]string{}, nil
}

// distinctPeople lists the notified people, each once, in order.
func distinctPeople(all []scheduler.Announcement) []scheduler.ID {
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

// audienceOf groups people who get the same news. News is ordered by date, and people by name.
func (s *Server) audienceOf(names map[scheduler.ID]string, all []scheduler.Announcement) audience {
	var v audience
	news := map[scheduler.ID][]scheduler.Announcement{}
	for _, t := range all {
		news[t.Person] = append(news[t.Person], t)
	}
	people := distinctPeople(all)
	slices.SortStableFunc(people, func(a, b scheduler.ID) int { return strings.Compare(names[a], names[b]) })
	for _, id := range people {
		slices.SortStableFunc(news[id],
			func(a, b scheduler.Announcement) int { return announcementTime(a).Compare(announcementTime(b)) })
		one := audienceGroup{Names: []string{names[id]}}
		for _, t := range news[id] {
			one.Call = t.Channel == ""
			one.Lines = append(one.Lines, s.newsLine(t))
		}
		if one.Call {
			v.Calls++
		} else {
			v.ByEmail++
		}
		same := func(g audienceGroup) bool { return g.Call == one.Call && slices.Equal(g.Lines, one.Lines) }
		if i := slices.IndexFunc(v.Groups, same); i >= 0 {
			v.Groups[i].Names = append(v.Groups[i].Names, names[id])
		} else {
			v.Groups = append(v.Groups, one)
		}
	}
	return v
}

// announcementTime returns the date that news is about: the known one, else the new one. News about
// all dates is zero, so it comes first.
func announcementTime(t scheduler.Announcement) time.Time {
	switch {
	case t.Before.Expected:
		return t.Before.Start
	case t.After.Expected:
		return t.After.Start
	default:
		return time.Time{}
	}
}

func (s *Server) newsLine(t scheduler.Announcement) newsLine {
	line := newsLine{What: newsNames[t.About]}
	if line.What == "" {
		line.What = t.About
	}
	line.Place = placeChangeText(t.Before, t.After)
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

// listing joins words as "a", "a and b" or "a, b and c".
func listing(all []string) string {
	if len(all) < 2 {
		return strings.Join(all, "")
	}
	last := len(all) - 1
	return strings.Join(all[:last], ", ") + " and " + all[last]
}
