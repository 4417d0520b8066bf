package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"almanac/protocols"
)

// protocolSummary is a protocol in a JSON list.
type protocolSummary struct {
	ID             string `json:"id"`
	Version        string `json:"version"`
	Title          string `json:"title"`
	Shape          string `json:"shape"`
	ContactMinutes int    `json:"contact_minutes"`
	Entry          string `json:"entry"`
	Assumptions    int    `json:"assumptions"`
}

func summarize(d *protocols.Definition) protocolSummary {
	return protocolSummary{
		ID: d.Protocol, Version: d.Version, Title: d.Title, Shape: shape(d),
		ContactMinutes: d.ContactTime().Minutes, Entry: entryText(d), Assumptions: len(d.Assumptions()),
	}
}

// shape says in words how a programme runs: "8 × 2 h, weekly; retreat 4 h".
func shape(d *protocols.Definition) string {
	var parts []string
	if main := mainShape(d); main != "" {
		parts = append(parts, main)
	}
	for _, o := range d.OneOffs {
		parts = append(parts, o.ID+" "+spanText(o.Span))
	}
	parts = append(parts, appointmentShapes(d.Appointments)...)
	if len(parts) == 0 {
		return "no sessions of its own"
	}
	return strings.Join(parts, "; ")
}

// appointmentShapes names appointments, those alike together: "3 × call 25 min to 1 h".
func appointmentShapes(appointments []protocols.Appointment) []string {
	var parts []string
	for i := 0; i < len(appointments); {
		a, times := appointments[i], 0
		for ; i < len(appointments) && appointments[i].Kind == a.Kind && appointments[i].Span == a.Span; i++ {
			times += max(1, len(appointments[i].At))
		}
		text := string(a.Kind) + " " + spanText(a.Span)
		if times > 1 {
			text = fmt.Sprintf("%d × %s", times, text)
		}
		parts = append(parts, text)
	}
	return parts
}

// mainShape says how the main series runs, phase after phase where they differ.
func mainShape(d *protocols.Definition) string {
	if len(d.Positions()) == 0 || len(d.Phases) == 0 && d.Session.Duration.Minutes() == 0 {
		return ""
	}
	var parts []string
	own := false
	for _, phase := range d.Phases {
		span, sessions := d.Session.Span, phase.Sessions
		if phase.Session != nil {
			span, own = phase.Session.Span, true
		}
		if sessions == 0 {
			sessions = phase.Weeks
		}
		parts = append(parts, fmt.Sprintf("%d × %s", sessions, spanText(span)))
	}
	if own {
		return strings.Join(parts, ", then ")
	}
	return fmt.Sprintf("%d × %s, %s", len(d.Positions()), spanText(d.Session.Span), cadenceText(d.Cadence))
}

// spanText is a length, or a range of lengths.
func spanText(s protocols.Span) string {
	least, most := s.Least(), s.Duration.Minutes()
	if least != most {
		return hours(least) + " to " + hours(most)
	}
	return hours(most)
}

func cadenceText(c protocols.Cadence) string {
	if c.Consecutive {
		return "on days in a row"
	}
	every := "every " + c.Every.String()
	switch {
	case c.Every.Months == 1:
		every = "monthly"
	case c.Every.Days == 7:
		every = "weekly"
	case c.Every.Days == 14:
		every = "every two weeks"
	case c.Every.Days == 1:
		every = "daily"
	}
	switch times := max(len(c.Offsets), len(c.Weekdays)); {
	case times == 2 && c.Every.Days == 7:
		return "twice a week"
	case times > 1:
		return fmt.Sprintf("%d times, %s", times, every)
	}
	return every
}

func entryText(d *protocols.Definition) string {
	switch d.Entry.Type {
	case protocols.EntryAny:
		return "at any session"
	case protocols.EntryModuleStart:
		return "where a module starts"
	case protocols.EntryPositions:
		return "at named sessions"
	}
	switch {
	case len(d.Positions()) == 0:
		return "none"
	case d.Clock == protocols.BasisParticipant:
		return "each person on a date of their own"
	case d.Entry.LastSessionForNew > 1:
		return fmt.Sprintf("closed, up to session %d", d.Entry.LastSessionForNew)
	}
	return "closed, all start together"
}

func printProtocols(w io.Writer, definitions []*protocols.Definition, format string) error {
	if format == "json" {
		all := make([]protocolSummary, len(definitions))
		for i, d := range definitions {
			all[i] = summarize(d)
		}
		return printJSON(w, all)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "protocol\ttitle\tshape\tcontact\tentry")
	for _, d := range definitions {
		s := summarize(d)
		fmt.Fprintf(table, "%s@%s\t%s\t%s\t%s\t%s\n", s.ID, s.Version, s.Title, s.Shape,
			hours(s.ContactMinutes), s.Entry)
	}
	return table.Flush()
}

// printProtocol shows a programme in plain language, and below it where each
// figure comes from.
func printProtocol(w io.Writer, d *protocols.Definition) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "%s (%s)\n%s\n\n", d.Title, d.Ref(), strings.TrimSpace(d.Summary))
	fmt.Fprintf(table, "shape\t%s\n", shape(d))
	fmt.Fprintf(table, "contact\t%s\n", contactText(d.ContactTime()))
	fmt.Fprintf(table, "entry\t%s\n", entryText(d))
	fmt.Fprintf(table, "seats\t%s\n", seatsText(d.Capacity))
	fmt.Fprintf(table, "dose\t%s\n", doseText(d.Dose))
	fmt.Fprintf(table, "when a session is cancelled\t%s\n", d.OnCancel)
	if a := d.Adaptation; a != nil {
		fmt.Fprintf(table, "adaptation\t%s; approved by %s\n", a.Reason, orNone(a.ApprovedBy))
	}
	for _, doubt := range d.Doubts {
		fmt.Fprintf(table, "doubt\t%s\n", doubt)
	}
	printSegments(table, d)
	fmt.Fprintln(table, "\nsession\tcontent")
	for _, p := range d.Positions() {
		fmt.Fprintf(table, "%s\t%s\n", p.ID, p.Title)
	}
	for _, a := range d.Assessments {
		fmt.Fprintf(table, "assessment %s\t%s\n", a.ID, a.Title)
	}
	fmt.Fprintln(table, "\nfigure\tsource")
	for _, s := range d.Sources {
		fmt.Fprintf(table, "%s\t%s\n", s.Path, strings.Join(s.Marks, ", "))
	}
	if len(d.References) > 0 {
		fmt.Fprintln(table, "\nmark\tstands for")
	}
	for _, r := range d.References {
		fmt.Fprintf(table, "%s\t%s\n", r.Mark, r.Text)
	}
	if n := len(d.Assumptions()); n > 0 {
		fmt.Fprintf(table, "\n%d figures are assumptions: check them before you run this.\n", n)
	}
	return table.Flush()
}

// contactText says how much contact a programme brings, a range where it is one.
func contactText(c protocols.ContactTime) string {
	if c.MinutesMin != c.Minutes {
		return hours(c.MinutesMin) + " to " + hours(c.Minutes)
	}
	return hours(c.Minutes)
}

func printSegments(w io.Writer, d *protocols.Definition) {
	if len(d.Session.Segments) == 0 {
		return
	}
	fmt.Fprintln(w, "\nsegment\tminutes")
	for _, s := range d.Session.Segments {
		name := s.Title
		if name == "" {
			name = s.ID
		}
		fmt.Fprintf(w, "%s\t%d\n", name, s.Minutes)
	}
}

func seatsText(c protocols.Capacity) string {
	text := fmt.Sprintf("up to %d", c.Max)
	if c.MinToStart > 0 {
		text += fmt.Sprintf(", at least %d to start", c.MinToStart)
	}
	return text
}

func doseText(d protocols.Dose) string {
	if d.AtLeast == 0 {
		return "none is published"
	}
	if d.Of == 0 {
		return fmt.Sprintf("at least %d sessions", d.AtLeast)
	}
	return fmt.Sprintf("at least %d of %d sessions", d.AtLeast, d.Of)
}
