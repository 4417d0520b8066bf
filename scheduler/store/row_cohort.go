package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"almanac/protocols"
	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/store/sqldb"
)

// A cohort's row: first what never changes, then what cohortValues gives. A new field stands in cohortFields,
// scanCohort and cohortValues.
const (
	cohortFields = `name, protocol, definition, zone, zone_data, start_date, local_time, weekdays, closed, holidays,
capacity, place, lead, state, queue_counter, session_counter, series, phase, phase_no, rotation, ends_after,
accept_shift, staffing, meeting`
	cohortColumns = "id, clinic, rolling, opened_at, " + cohortFields
)

// scanCohort reads cohortColumns, and what comes behind them.
func scanCohort(scan func(...any) error, behind ...any) (c scheduler.Cohort, err error) {
	var weekdays, closed, rotation, staffing string
	err = scan(append([]any{
		&c.ID, &c.Clinic, &c.Rolling, sqldb.When(&c.OpenedAt), &c.Name, &c.Protocol, &c.Hash, &c.Zone, &c.ZoneData,
		sqldb.Text(&c.Start), sqldb.Text(&c.At), &weekdays, &closed, &c.Holidays, &c.Capacity, &c.Place, &c.Lead,
		&c.State, &c.QueueCounter, &c.SessionCounter, &c.Series, &c.Phase, &c.PhaseNo, &rotation,
		sqldb.Text(&c.EndsAfter), &c.AcceptShift, &staffing, &c.Meeting,
	}, behind...)...)
	if err != nil {
		return c, err
	}
	if c.Weekdays, err = readWeekdays(weekdays); err != nil {
		return c, err
	}
	c.Rotation, c.Staffing = readRotation(rotation), readStaffing(staffing)
	c.Closed, err = readClosed(closed)
	return c, err
}

// cohortValues are what cohortFields hold.
func cohortValues(c *scheduler.Cohort) []any {
	return []any{
		c.Name, c.Protocol, c.Hash, c.Zone, c.ZoneData, c.Start.String(), c.At.String(), writeWeekdays(c.Weekdays),
		writeClosed(c.Closed), c.Holidays, c.Capacity, c.Place, c.Lead, c.State, c.QueueCounter, c.SessionCounter,
		c.Series, c.Phase, c.PhaseNo, writeRotation(c.Rotation), c.EndsAfter.String(), yes(c.AcceptShift),
		writeStaffing(c.Staffing), c.Meeting,
	}
}

func sameCohort(a, b *scheduler.Cohort) bool { return slices.Equal(cohortValues(a), cohortValues(b)) }

// saveCohort writes the cohort's row.
func (s *saving) saveCohort(ctx context.Context, c *rosterChange) error {
	k := &c.now.Cohort
	if c.before == nil {
		if err := s.saveDefinition(ctx, c.now.Definition); err != nil {
			return err
		}
		row := append([]any{k.ID, s.clinic, yes(k.Rolling), sqldb.Stamp(k.OpenedAt)}, cohortValues(k)...)
		return s.Insert(ctx, "INSERT INTO cohorts ("+cohortColumns+")", [][]any{row}, "")
	}
	counted := c.before.Cohort
	counted.QueueCounter, counted.SessionCounter = k.QueueCounter, k.SessionCounter
	if sameCohort(&counted, k) { // as for most changes; no index has these columns
		return s.Exec(ctx, "UPDATE cohorts SET queue_counter = ?, session_counter = ? WHERE clinic = ? AND id = ?",
			k.QueueCounter, k.SessionCounter, s.clinic, k.ID)
	}
	if c.before.Cohort.Hash != k.Hash {
		if err := s.saveDefinition(ctx, c.now.Definition); err != nil {
			return err
		}
	}
	return s.Exec(ctx, "UPDATE cohorts SET "+setting(cohortFields)+" WHERE clinic = ? AND id = ?",
		append(cohortValues(k), s.clinic, k.ID)...)
}

// saveDefinition freezes the definition that a cohort follows.
func (s *saving) saveDefinition(ctx context.Context, d *protocols.Definition) error {
	return s.Exec(ctx, "INSERT INTO definitions (hash, ref, source) VALUES (?, ?, ?) ON CONFLICT (hash) DO NOTHING",
		d.Hash(), d.Ref(), string(d.Source()))
}

// weekdayWords are how the database names the days of the week, from Sunday on.
var weekdayWords = [...]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

func writeWeekdays(days []time.Weekday) string {
	words := make([]string, len(days))
	for i, day := range days {
		words[i] = weekdayWords[day]
	}
	return strings.Join(words, ",")
}

func readWeekdays(text string) ([]time.Weekday, error) {
	var days []time.Weekday
	for word := range strings.SplitSeq(text, ",") {
		if word == "" {
			continue
		}
		day := slices.Index(weekdayWords[:], word)
		if day < 0 {
			return nil, fmt.Errorf("there is no weekday %q", word)
		}
		days = append(days, time.Weekday(day))
	}
	return days, nil
}

func writeClosed(ranges []civil.DateRange) string {
	words := make([]string, len(ranges))
	for i, r := range ranges {
		words[i] = r.String()
	}
	return strings.Join(words, ",")
}

func readClosed(text string) ([]civil.DateRange, error) {
	var ranges []civil.DateRange
	for word := range strings.SplitSeq(text, ",") {
		if word == "" {
			continue
		}
		r, err := civil.ParseDateRange(word)
		if err != nil {
			return nil, fmt.Errorf("reading a closed range: %w", err)
		}
		ranges = append(ranges, r)
	}
	return ranges, nil
}

func writeRotation(staff []scheduler.ID) string {
	words := make([]string, len(staff))
	for i, id := range staff {
		words[i] = string(id)
	}
	return strings.Join(words, ",")
}

func readRotation(text string) []scheduler.ID {
	var staff []scheduler.ID
	for word := range strings.SplitSeq(text, ",") {
		if word != "" {
			staff = append(staff, scheduler.ID(word))
		}
	}
	return staff
}

func writeStaffing(posts []scheduler.Post) string {
	words := make([]string, len(posts))
	for i, p := range posts {
		words[i] = p.Role + "=" + string(p.Staff)
	}
	return strings.Join(words, ",")
}

func readStaffing(text string) []scheduler.Post {
	var posts []scheduler.Post
	for word := range strings.SplitSeq(text, ",") {
		if role, staff, ok := strings.Cut(word, "="); ok {
			posts = append(posts, scheduler.Post{Role: role, Staff: scheduler.ID(staff)})
		}
	}
	return posts
}
