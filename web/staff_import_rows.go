package web

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"almanac/scheduler"
	"almanac/scheduler/spreadsheet"
)

// importFates are the fates in words, and their badges.
var importFates = map[scheduler.Fate]struct{ word, state string }{
	scheduler.FateNew:   {"new", "good"},
	scheduler.FateKnown: {"already here", ""},
	scheduler.FateTwice: {"twice in the table", "warn"},
	scheduler.FateWrong: {"wrong", "bad"},
	scheduler.FateLeft:  {"left out", ""},
	scheduler.FateLike:  {"a question", "warn"},
}

// addImportLine adds a row to the lists of the page. Of those that are taken only the first are listed.
func (s *Server) addImportLine(v *importPreview, r scheduler.ImportedRow) {
	fate := importFates[r.Fate]
	line := importLine{Line: r.Line, Name: r.Name, Fate: fate.word, State: fate.state, Why: r.Why(),
		Person: string(r.Here)}
	if r.Fate == scheduler.FateWrong {
		v.LeftOut = append(v.LeftOut, line)
		return
	}
	if len(v.Taken) == importShown {
		v.Hidden++
		return
	}
	if v.Cohort != "" {
		line.Why = append(line.Why, enrolledWords(r))
	}
	v.Taken = append(v.Taken, line)
}

// enrolledWords say what becomes of somebody in the cohort.
func enrolledWords(r scheduler.ImportedRow) string {
	switch {
	case r.Here != "":
		return "Is in this cohort already."
	case r.Enrolled.State == scheduler.Waiting:
		return "Goes on the waitlist, as number " + strconv.Itoa(r.Enrolled.WaitlistPosition) + "."
	case r.Enrolled.State == scheduler.Pending:
		return "Is pending until everything that comes first is recorded."
	case r.Enrolled.Entry.IsZero():
		return "Is enrolled."
	}
	return "Gets a seat from " + wordsFor("en").date(r.Enrolled.Entry) + "."
}

// importQuestion asks who a row is about, with what tells the people apart.
func (s *Server) importQuestion(ctx context.Context, who visitor, typed importForm, row spreadsheet.Row,
	r scheduler.ImportedRow) (importQuestion, error) {
	choice := typed.choices[r.Line]
	q := importQuestion{Line: r.Line, Field: fmt.Sprintf("row-%d", r.Line), Name: r.Name, Earlier: r.Earlier,
		New: choice == newPerson, Leave: choice == leaveOut || choice == "" && r.Fate == scheduler.FateTwice}
	c := row.Who.Contact
	said := slices.DeleteFunc([]string{c.Email, c.Phone}, func(text string) bool { return text == "" })
	q.Says = strings.Join(said, ", ")
	like := r.Like
	if len(like) == 0 && choice != newPerson && choice != leaveOut && choice != "" {
		like = []scheduler.Candidate{{Person: scheduler.ID(choice)}} // chosen before
	}
	for _, k := range like {
		p, err := s.People.Person(ctx, who.actor, who.clinic, k.Person)
		if err != nil {
			return q, err
		}
		line := knownLine{ID: string(k.Person), Name: p.Contact.Name, Chosen: choice == string(k.Person)}
		var shared []string
		for _, by := range k.By {
			shared = append(shared, sharedWords[by])
		}
		line.Shared = strings.Join(shared, " and ")
		for _, e := range p.Enrollments {
			line.Groups = append(line.Groups,
				otherEnrollment{string(e.ID), e.CohortName, string(e.State), stateNames[e.State]})
		}
		q.Known = append(q.Known, line)
	}
	return q, nil
}

// importSums count the rows by what becomes of them, and name the button.
func importSums(done scheduler.Imported, cohort string) (sums []importSum, button string, may bool) {
	seats, waits := 0, 0
	for _, r := range done.Rows {
		switch r.Enrolled.State {
		case scheduler.Waiting:
			waits++
		case "":
		default:
			seats++
		}
	}
	add := func(n int, text string) {
		if n > 0 {
			sums = append(sums, importSum{strconv.Itoa(n), text})
		}
	}
	fresh, known, asked := done.Count(scheduler.FateNew), done.Count(scheduler.FateKnown),
		done.Count(scheduler.FateLike)
	add(fresh, "new")
	add(known, "already here")
	add(asked, "to decide")
	add(done.Count(scheduler.FateWrong), "with something wrong")
	add(done.Count(scheduler.FateTwice), "twice in the table")
	add(done.Count(scheduler.FateLeft), "left out")
	add(seats, "enrolled")
	add(waits, "on the waitlist")
	total := fresh + known + asked
	people := "1 person"
	if total != 1 {
		people = strconv.Itoa(total) + " people"
	}
	button = "Import " + people
	if cohort != "" {
		button = "Import and enroll " + people
	}
	return sums, button, total > 0
}
