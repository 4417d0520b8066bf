package scheduler

import (
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"almanac/protocols"
	"almanac/protocols/civil"
	"almanac/scheduler/fault"
)

// Bounds of a referral.
const (
	// MostPreferred is how many preferred times a referral may have.
	MostPreferred = 50
	// MaxReferralText is how long each text of a referral may be, in characters.
	MaxReferralText = 1000
)

// Referral is somebody who was sent to the clinic and is enrolled nowhere yet. It holds a name and addresses. Its JSON
// is what is stored sealed; what has columns of its own is left out.
type Referral struct {
	ID             ID `json:"-"`
	Contact        Contact
	Zone, Language string          // empty: the clinic's zone, "en"
	Protocol       string          // id of the protocol that they are to follow; empty: any
	Times          []PreferredTime // when they can come; empty: any time
	Earliest       civil.Date      // no entry before this local date; zero: none
	Source         string          // who referred them
	Waiting        string          // how to reach them while they wait, and what to know then
	ReceivedAt     time.Time       `json:"-"` // UTC instant
	Enrollment     ID              `json:"-"` // that came of it; empty: none yet
	ClosedAt       time.Time       `json:"-"` // UTC instant; zero: it was not closed
	ClosedWhy      string
}

// ReferralState says what became of a referral.
type ReferralState string

// The states of a referral.
const (
	ReferralOpen     ReferralState = "open" // somebody is to be enrolled still
	ReferralEnrolled ReferralState = "enrolled"
	ReferralClosed   ReferralState = "closed" // without an enrollment
)

// State says what became of it.
func (r *Referral) State() ReferralState {
	switch {
	case r.Enrollment != "":
		return ReferralEnrolled
	case !r.ClosedAt.IsZero():
		return ReferralClosed
	}
	return ReferralOpen
}

// LogValue logs a referral as its id.
func (r Referral) LogValue() slog.Value { return slog.StringValue(string(r.ID)) }

// String keeps a referral out of formatted text.
func (r Referral) String() string { return "referral " + string(r.ID) }

// PreferredTime is a part of a weekday at which somebody can come, in their own time zone.
type PreferredTime struct {
	Day         time.Weekday
	From, Until civil.Clock // Until is later, and not included
}

// String writes it as "tue 17:00-20:00".
func (p PreferredTime) String() string {
	return strings.ToLower(p.Day.String()[:3]) + " " + p.From.String() + "-" + p.Until.String()
}

// ParsePreferredTimes reads times such as "tue,thu 17:00-20:00; sat 09:00-12:00". A day without hours is all of it.
// Invalid, in field "times", names the part that cannot be read.
func ParsePreferredTimes(text string) (times []PreferredTime, err error) {
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == ';' || r == '\n' }) {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		days, hours, timed := strings.Cut(part, " ")
		from, until := civil.Clock{}, civil.Clock{Hour: 23, Minute: 59}
		if timed {
			first, last, _ := strings.Cut(strings.ReplaceAll(hours, " ", ""), "-")
			var wrong error
			if from, wrong = civil.ParseClock(first); wrong == nil {
				until, wrong = civil.ParseClock(last)
			}
			if wrong != nil {
				return nil, errPreferred(part)
			}
		}
		for _, name := range strings.Split(days, ",") {
			day, wrong := protocols.ParseWeekday(strings.ToLower(strings.TrimSpace(name)))
			if wrong != nil {
				return nil, errPreferred(part)
			}
			times = append(times, PreferredTime{day, from, until})
		}
	}
	return times, nil
}

func errPreferred(part string) error {
	return fault.In("times", "“%s” is no time of a week. Write it like tue,thu 17:00-20:00; sat 09:00-12:00.", part)
}

// WritePreferredTimes writes times as ParsePreferredTimes reads them.
func WritePreferredTimes(times []PreferredTime) string {
	all := make([]string, len(times))
	for i, one := range times {
		all[i] = one.String()
	}
	return strings.Join(all, "; ")
}

// Suits tells whether a session that starts at an instant is at one of the preferred times, in the person's zone loc.
// Everything suits somebody without preferred times.
func (r *Referral) Suits(start time.Time, loc *time.Location) bool {
	at := start.In(loc)
	minutes := at.Hour()*60 + at.Minute()
	return len(r.Times) == 0 || slices.ContainsFunc(r.Times, func(p PreferredTime) bool {
		return p.Day == at.Weekday() && p.From.Minutes() <= minutes && minutes < p.Until.Minutes()
	})
}

// Check returns the referral as it is stored. Invalid names every field to correct.
func (r Referral) Check(clinic Clinic, zones *civil.Zones, now time.Time) (Referral, error) {
	var problems []error
	checked, err := EnrollRequest{Contact: r.Contact, Zone: r.Zone, Language: r.Language}.
		checkPerson(clinic, nil, zones, now)
	if err != nil {
		problems = append(problems, err)
	}
	r.Contact, r.Zone, r.Language = checked.Contact, checked.Zone, checked.Language
	if len(r.Times) > MostPreferred {
		problems = append(problems, fault.In("times", "These are more than %d times. Put some of them together.",
			MostPreferred))
	}
	for _, one := range r.Times {
		if one.From.Minutes() >= one.Until.Minutes() {
			problems = append(problems,
				fault.In("times", "%s ends before it begins. Write the earlier hour first.", one))
			break
		}
	}
	for _, text := range []struct {
		field, name string
		value       *string
	}{{"source", "Who referred them", &r.Source}, {"waiting", "The note", &r.Waiting},
		{"why", "The reason", &r.ClosedWhy}} {
		tidy, wrong := CheckReason(text.field, text.name, *text.value)
		if *text.value = tidy; wrong != nil {
			problems = append(problems, wrong)
		} else if utf8.RuneCountInString(tidy) > MaxReferralText {
			problems = append(problems, fault.In(text.field, "%s is longer than %d characters. Shorten it.", text.name,
				MaxReferralText))
		}
	}
	return r, errors.Join(problems...)
}

// Placement is the enrollment that came of a referral, for the store to save.
type Placement struct{ Referral, Enrollment ID }
