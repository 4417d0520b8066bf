package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"almanac/protocols"
	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/reads"
)

func printJSON(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		return fmt.Errorf("printing JSON: %w", err)
	}
	return nil
}

// planUID names one session of a plan, the same at each run.
func planUID(laid *protocols.Calendar, i int) string {
	return scheduler.DeriveUID(laid.Protocol+"@"+laid.Version, "occurrence",
		fmt.Sprint(laid.Sessions[0].LocalStart, laid.Zone, i))
}

// printCalendar shows a plan as a table: one line a session, windows and
// skipped dates below, the sums at the end.
func printCalendar(w io.Writer, d *protocols.Definition, laid *protocols.Calendar) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "%s (%s@%s), times in %s\n\n", d.Title, laid.Protocol, laid.Version, laid.Zone)
	fmt.Fprintln(table, "number\tdate\ttime\tminutes\tUTC\tcontent")
	for _, s := range laid.Sessions {
		content := s.Title
		if s.Phase != "" {
			content = s.Phase + ": " + content
		}
		if s.Note != "" {
			content += " (" + noteText(s) + ")"
		}
		fmt.Fprintf(table, "%d\t%s %s\t%s\t%d\t%s\t%s\n", s.Number, s.LocalStart.Date.Weekday().String()[:3],
			s.LocalStart.Date, s.LocalStart.Clock, s.Minutes, s.Start.Format("2006-01-02 15:04"), content)
	}
	if len(laid.Windows) > 0 {
		fmt.Fprintln(table, "\nassessment\topens\ttarget\tcloses")
	}
	for _, x := range laid.Windows {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", x.ID, x.Opens, x.Target, x.Closes)
	}
	if len(laid.Skipped) > 0 {
		fmt.Fprintln(table, "\nno session\tbecause")
	}
	for _, x := range laid.Skipped {
		fmt.Fprintf(table, "%s\t%s\n", x.Date, x.Reason)
	}
	fmt.Fprintf(table, "\n%d sessions, %s of contact, %s of it countable; zone data %s\n",
		len(laid.Sessions), hours(laid.ContactMinutes), hours(laid.CountableMinutes), laid.ZoneData)
	return table.Flush()
}

// noteText says what a clock change does to a wall time.
func noteText(s protocols.Occurrence) string {
	readings := make([]string, len(s.Readings))
	for i, r := range s.Readings {
		readings[i] = r.Format("15:04") + " UTC"
	}
	return s.Note + ": " + strings.Join(readings, " or ")
}

func hours(minutes int) string {
	switch {
	case minutes < 60 && minutes > 0:
		return fmt.Sprintf("%d min", minutes)
	case minutes%60 == 0:
		return fmt.Sprintf("%d h", minutes/60)
	}
	return fmt.Sprintf("%d h %d min", minutes/60, minutes%60)
}

// cohortSummary is a cohort in a JSON list.
type cohortSummary struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Protocol string    `json:"protocol"`
	Rolling  bool      `json:"rolling"`
	Zone     string    `json:"zone"`
	State    string    `json:"state"`
	Capacity int       `json:"capacity"`
	Seated   int       `json:"seated"`
	Waiting  int       `json:"waiting"`
	Sessions int       `json:"sessions"`
	Next     time.Time `json:"next,omitzero"`
}

func cohortRows(rows []reads.CohortRow) []cohortSummary {
	all := make([]cohortSummary, len(rows))
	for i, r := range rows {
		all[i] = cohortSummary{
			ID: string(r.ID), Name: r.Name, Protocol: r.Protocol, Rolling: r.Rolling, Zone: r.Zone,
			State:    string(r.State),
			Capacity: r.Capacity, Seated: r.Seated, Waiting: r.Waiting, Sessions: r.Sessions, Next: r.Next,
		}
	}
	return all
}

// cohortDetail is a cohort with its sessions and people in JSON.
type cohortDetail struct {
	ID          string             `json:"id"`
	Name        string             `json:"name"`
	Protocol    string             `json:"protocol"`
	Rolling     bool               `json:"rolling"`
	Zone        string             `json:"zone"`
	Place       string             `json:"place"`
	Meeting     string             `json:"meeting,omitempty"`
	Meetings    []meetingDetail    `json:"meetings"`
	Capacity    int                `json:"capacity"`
	Unfilled    []string           `json:"unfilled_roles"`
	Sessions    []sessionDetail    `json:"sessions"`
	Enrollments []enrollmentDetail `json:"enrollments"`
	Exceptions  []exceptionDetail  `json:"exceptions"`
}

// exceptionDetail is a rule that was set aside, and why.
type exceptionDetail struct {
	Rule       string    `json:"rule"`
	Session    string    `json:"session,omitempty"`
	Enrollment string    `json:"enrollment,omitempty"`
	Credential string    `json:"credential,omitempty"`
	Leader     string    `json:"facilitator,omitempty"`
	Reason     string    `json:"reason"`
	At         time.Time `json:"at"`
}

// meetingDetail is how people come into sessions from afar.
type meetingDetail struct {
	ID     string `json:"id"`
	Kind   string `json:"kind"`
	Link   string `json:"link,omitempty"`
	DialIn string `json:"dial_in,omitempty"`
	PIN    string `json:"pin,omitempty"`
}

type sessionDetail struct {
	ID         string         `json:"id"`
	Number     int            `json:"number"`
	Kind       string         `json:"kind"`
	Phase      string         `json:"phase"`
	Module     string         `json:"module"`
	Title      string         `json:"title"`
	LocalStart civil.WallTime `json:"local_start"`
	Start      time.Time      `json:"start"`
	End        time.Time      `json:"end"`
	Minutes    int            `json:"minutes"`
	State      string         `json:"state"`
	MovedFrom  string         `json:"moved_from,omitempty"`
	Place      string         `json:"place"`
	Meeting    string         `json:"meeting,omitempty"`
	Leader     string         `json:"facilitator,omitempty"`
	Enrollment string         `json:"enrollment,omitempty"`
	Seated     int            `json:"seated"`
	SeatLimit  int            `json:"seat_limit"`
	Opens      string         `json:"opens,omitempty"`
	Closes     string         `json:"closes,omitempty"`
}

type enrollmentDetail struct {
	ID               string `json:"id"`
	Participant      string `json:"participant"`
	State            string `json:"state"`
	Entry            string `json:"entry,omitempty"`
	WaitlistPosition int    `json:"waitlist_position"`
	Unreachable      bool   `json:"unreachable"`
}

// cohortJSON holds ids instead of names, since JSON is made to be passed on.
func cohortJSON(c reads.Cohort) cohortDetail {
	detail := cohortDetail{
		ID: string(c.Cohort.ID), Name: c.Cohort.Name, Protocol: c.Cohort.Protocol, Rolling: c.Cohort.Rolling,
		Zone: c.Cohort.Zone, Place: c.Cohort.Place, Capacity: c.Cohort.Capacity,
		Meeting: string(c.Cohort.Meeting), Meetings: []meetingDetail{},
		Unfilled: append([]string{}, scheduler.Unfilled(c.Definition, c.Cohort)...),
		Sessions: []sessionDetail{}, Enrollments: []enrollmentDetail{}, Exceptions: []exceptionDetail{},
	}
	for _, id := range slices.Sorted(maps.Keys(c.Meetings)) {
		m := c.Meetings[id]
		detail.Meetings = append(detail.Meetings, meetingDetail{string(id), string(m.Kind), m.Link, m.Phone, m.PIN})
	}
	for _, s := range c.Sessions {
		detail.Sessions = append(detail.Sessions, sessionDetail{
			ID: string(s.ID), Number: s.Number, Kind: s.Kind, Phase: s.Phase, Module: s.Position, Title: s.Title,
			LocalStart: s.Wall, Start: s.Start, End: s.End, Minutes: s.Minutes, State: string(s.State),
			MovedFrom: s.MovedFrom.String(), Seated: s.Seated, SeatLimit: s.SeatLimit, Opens: s.Opens.String(),
			Closes: s.Closes.String(),
			Place:  s.Place, Meeting: string(s.Meeting), Leader: string(s.Leader), Enrollment: string(s.For),
		})
	}
	for _, e := range c.Enrollments {
		detail.Enrollments = append(detail.Enrollments, enrollmentDetail{
			ID: string(e.ID), Participant: string(e.Person), State: string(e.State), Entry: e.EntryWall.Date.String(),
			WaitlistPosition: e.WaitlistPosition, Unreachable: e.Unreachable,
		})
	}
	for _, o := range c.Overrides {
		detail.Exceptions = append(detail.Exceptions, exceptionDetail{
			Rule: "credential", Session: string(o.Session), Credential: o.Credential, Leader: string(o.Staff),
			Reason: o.Reason, At: o.At,
		})
	}
	for _, o := range c.Exceptions {
		detail.Exceptions = append(detail.Exceptions, exceptionDetail{
			Rule: string(o.Rule), Session: string(o.Session), Enrollment: string(o.Enrollment),
			Reason: o.Reason, At: o.At,
		})
	}
	return detail
}
