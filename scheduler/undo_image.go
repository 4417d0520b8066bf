package scheduler

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"almanac/protocols"
)

// RowImage is a row that a change changed: the fields that it changed, as they
// were and as they became. Was is nil for a row that it made.
type RowImage struct {
	ID       ID
	Of       ID `json:",omitempty"` // the person of an enrollment, the session of a seat
	Was, Now fields
}

// fields are the values of a row, by name.
type fields map[string]json.RawMessage

// counters are fields of a cohort that go on counting, whatever is taken back.
func counters() []string { return []string{"QueueCounter", "SessionCounter"} }

// derived are fields that follow from others and may have changed since.
func derived() []string { return []string{"Number"} }

func fieldsOf(row any, without []string) (fields, error) {
	text, err := json.Marshal(row)
	if err != nil {
		return nil, fmt.Errorf("writing a row: %w", err)
	}
	var all fields
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, fmt.Errorf("reading a row: %w", err)
	}
	for _, name := range without {
		delete(all, name)
	}
	return all, nil
}

// compareRows keeps the fields in which two rows differ; was is nil for a new row.
func compareRows[T any](id, of ID, was, now *T, without []string) (row RowImage, differs bool) {
	row = RowImage{ID: id, Of: of}
	is, err := fieldsOf(now, without)
	if err != nil {
		return row, false // rows are plain values, which can always be written
	}
	if was == nil {
		row.Now = is
		return row, true
	}
	before, err := fieldsOf(was, without)
	if err != nil {
		return row, false
	}
	row.Was, row.Now = fields{}, fields{}
	for name, value := range is {
		if !bytes.Equal(value, before[name]) {
			row.Was[name], row.Now[name] = before[name], value
		}
	}
	return row, len(row.Was) > 0
}

// restore gives a row the fields back that it had; false when one of them has
// changed since, and then the row stays as it is.
func restore[T any](row T, image RowImage) (T, bool, error) {
	is, err := fieldsOf(row, nil)
	if err != nil {
		return row, false, err
	}
	for name, value := range image.Now {
		if !bytes.Equal(is[name], value) && !slices.Contains(derived(), name) {
			return row, false, nil
		}
	}
	for name, value := range image.Was {
		is[name] = value
	}
	text, err := json.Marshal(is)
	if err != nil {
		return row, false, fmt.Errorf("writing a row: %w", err)
	}
	var back T
	if err := json.Unmarshal(text, &back); err != nil {
		return row, false, fmt.Errorf("reading a row: %w", err)
	}
	return back, true, nil
}

// plain is an enrollment as the store gives it back: in UTC, without reasons,
// and without when people were told of offers that stand no more.
func (e *Enrollment) plain() *Enrollment {
	c := *e
	c.RequestedAt, c.EndedAt = plainTime(c.RequestedAt), plainTime(c.EndedAt)
	c.Facts, c.Offers = slices.Clone(c.Facts), slices.Clone(c.Offers)
	for i := range c.Facts {
		c.Facts[i].Reason, c.Facts[i].By, c.Facts[i].At = "", "", plainTime(c.Facts[i].At)
	}
	for i := range c.Offers {
		c.Offers[i].MadeAt, c.Offers[i].ToldAt = plainTime(c.Offers[i].MadeAt), plainTime(c.Offers[i].ToldAt)
		if c.Offers[i].State != OfferOpen {
			c.Offers[i].ToldAt = time.Time{}
		}
	}
	if c.Leave != nil {
		leave := *c.Leave
		leave.From, leave.Until = plainTime(leave.From), plainTime(leave.Until)
		c.Leave = &leave
	}
	return &c
}

// plain is a session as the store gives it back.
func (s *Session) plain() *Session {
	c := *s
	c.Start, c.End = plainTime(c.Start), plainTime(c.End)
	return &c
}

func plainTime(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Millisecond)
}

// seatFields are what a change may change of a seat: not what its person was told.
type seatFields struct {
	State SeatState
	Attendance
}

// imageOf compares a roster with what it was.
func imageOf(old, r *Roster) (image CohortImage, changed bool) {
	image.Cohort, changed = compareRows(r.Cohort.ID, "", &old.Cohort, &r.Cohort, counters())
	for _, s := range r.Sessions {
		was := old.Session(s.ID)
		if was != nil && *was == *s {
			continue
		}
		if was != nil {
			was = was.plain()
		}
		if row, differs := compareRows(s.ID, "", was, s.plain(), nil); differs {
			image.Sessions = append(image.Sessions, row)
		}
	}
	for _, e := range r.Enrollments {
		was := old.Enrollment(e.ID)
		if was != nil && was.State == e.State && was.Entry == e.Entry && was.EndedAt.Equal(e.EndedAt) &&
			was.History.Equal(&e.History) {
			continue
		}
		if was != nil {
			was = was.plain()
		}
		if row, differs := compareRows(e.ID, e.Person, was, e.plain(), nil); differs {
			image.Enrollments = append(image.Enrollments, row)
		}
	}
	for _, seat := range r.Seats {
		now := seatFields{seat.State, seat.Attendance}
		var was *seatFields
		if before := old.seat(seat.Enrollment, seat.Session); before != nil {
			was = &seatFields{before.State, before.Attendance}
		}
		if was != nil && *was == now {
			continue
		}
		if row, differs := compareRows(seat.ID, seat.Session, was, &now, nil); differs {
			image.Seats = append(image.Seats, row)
		}
	}
	return image, changed || len(image.Sessions)+len(image.Enrollments)+len(image.Seats) > 0
}

// putBack makes a roster what it was before a change; false when one of the same
// rows has changed since. The roster is then half changed.
func (r *Roster) putBack(image *CohortImage, definitions map[string]*protocols.Definition) (bool, error) {
	for _, step := range []func(*CohortImage) (bool, error){r.restoreSeats, r.restoreEnrollments, r.restoreSessions} {
		if same, err := step(image); err != nil || !same {
			return same, err
		}
	}
	back, same, err := restore(r.Cohort, image.Cohort)
	if err != nil || !same {
		return same, err
	}
	r.Cohort = back
	if d := definitions[r.Cohort.Hash]; d != nil {
		r.Definition = d
	}
	sessions, enrollments := added(image.Sessions), added(image.Enrollments)
	r.Sessions = slices.DeleteFunc(r.Sessions, func(s *Session) bool { return slices.Contains(sessions, s.ID) })
	r.Enrollments = slices.DeleteFunc(r.Enrollments,
		func(e *Enrollment) bool { return slices.Contains(enrollments, e.ID) })
	r.Seats = slices.DeleteFunc(r.Seats, func(s *Seat) bool {
		return slices.Contains(sessions, s.Session) || slices.Contains(enrollments, s.Enrollment)
	})
	r.index = index{}
	r.keepForOffers()
	r.arrange()
	return true, nil
}

func (r *Roster) restoreSessions(image *CohortImage) (bool, error) {
	for _, row := range image.Sessions {
		s := r.Session(row.ID)
		if s == nil {
			return false, nil
		}
		back, same, err := restore(*s.plain(), row)
		if err != nil || !same {
			return same, err
		}
		*s = back
	}
	return true, nil
}

// restoreEnrollments gives enrollments back what they had. An offer that was made
// since is taken back, because what was said to somebody is not forgotten.
func (r *Roster) restoreEnrollments(image *CohortImage) (bool, error) {
	for _, row := range image.Enrollments {
		e := r.Enrollment(row.ID)
		if e == nil {
			return false, nil
		}
		offers := e.Offers
		back, same, err := restore(*e.plain(), row)
		if err != nil || !same {
			return same, err
		}
		*e = back
		for _, offer := range offers[min(len(offers), len(back.Offers)):] {
			offer.State = OfferTaken
			e.Offers = append(e.Offers, offer)
		}
	}
	return true, nil
}

// restoreSeats gives seats their state back. One that the change made is given up.
func (r *Roster) restoreSeats(image *CohortImage) (bool, error) {
	seats := make(map[ID]*Seat, len(r.Seats))
	for _, seat := range r.Seats {
		seats[seat.ID] = seat
	}
	for _, row := range image.Seats {
		seat := seats[row.ID]
		if seat == nil {
			return false, nil
		}
		back, same, err := restore(seatFields{seat.State, seat.Attendance}, row)
		if err != nil || !same {
			return same, err
		}
		if row.Was == nil {
			back.State = SeatReleased
		}
		seat.State, seat.Attendance = back.State, back.Attendance
	}
	return true, nil
}
