package web_test

import (
	"cmp"
	"context"
	"net/url"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// NoteLate keeps nothing.
func (s *shelf) NoteLate(context.Context, access.Actor, string, scheduler.ID) error { return s.trouble }

// Excused has the last person of the cohort.
func (s *shelf) Excused(_ context.Context, _ access.Actor, _, _ scheduler.ID) ([]reads.Excused, error) {
	n := len(s.cohort.Enrollments)
	if n < 4 {
		return nil, s.trouble
	}
	last := s.cohort.Enrollments[n-1]
	return []reads.Excused{{Person: last.Person, Enrollment: last.ID, At: last.RequestedAt.Add(30 * time.Hour),
		Reason: "My child is ill."}}, s.trouble
}

// OwnDetails waits for the code of a new address when the shelf says so.
func (s *shelf) OwnDetails(context.Context, access.Actor, string) (reads.OwnDetails, error) {
	d := reads.OwnDetails{Clinic: clinicID, Person: s.person.ID, Zone: s.own.Zone, Language: s.own.Language,
		Email: "a•••@canary.example", Phone: "•••42", Channels: []reads.OwnChannel{
			{Channel: scheduler.Email, On: true}, {Channel: scheduler.SMS, On: true}, {Channel: scheduler.Voice}}}
	if len(s.own.GivenBack) > 0 {
		d.Asked = []reads.AddressAsked{{Change: "1234567890123", Channel: scheduler.Email,
			Address: "new@canary.example"}}
	}
	return d, s.trouble
}

// SetOwnChannel keeps nothing.
func (s *shelf) SetOwnChannel(context.Context, access.Actor, string, reads.OwnChannel) error {
	return s.trouble
}

// AskAddress refuses every address.
func (s *shelf) AskAddress(context.Context, access.Actor, string, reads.AddressRequest) error {
	return cmp.Or(s.trouble, error(fault.In("address", "No.")))
}

// ProveAddress takes no code.
func (s *shelf) ProveAddress(context.Context, access.Actor, string, scheduler.ID,
	string) (reads.AddressProof, error) {
	return reads.AddressProof{}, cmp.Or(s.trouble, error(fault.In("code", "No.")))
}

// OwnPage has nothing new.
func (s *shelf) OwnPage(context.Context, access.Actor, scheduler.ID, scheduler.ID) (string, error) {
	return pageKey, s.trouble
}

// StoppableAddress is a change of an email address.
func (s *shelf) StoppableAddress(_ context.Context, _ access.Actor, token string) (reads.StoppableAddress, error) {
	if token != pageKey {
		return reads.StoppableAddress{}, nothing()
	}
	return reads.StoppableAddress{Clinic: clinicID, Person: s.person.ID, Channel: scheduler.Email, Zone: s.own.Zone,
		Language: s.own.Language}, s.trouble
}

// absent has the person of a shelf give a date back and be away later.
func absent(s *shelf) *shelf {
	gone := s.own.Items[len(s.own.Items)-3]
	s.own.GivenBack = []reads.GivenBack{{Seat: gone.Seat, Enrollment: gone.Enrollment, Session: gone.Session,
		Start: gone.Start, End: gone.End}}
	s.own.Items[len(s.own.Items)-3].State = scheduler.SeatReleased
	s.own.Items[len(s.own.Items)-2].State = scheduler.SeatExcused
	from := s.own.Items[len(s.own.Items)-2].Start
	s.own.Away = []reads.Away{{Enrollment: gone.Enrollment, From: from, Until: from.AddDate(0, 0, 7), Zone: gone.Zone}}
	s.own.Items = append(s.own.Items[:len(s.own.Items)-3], s.own.Items[len(s.own.Items)-2:]...)
	return s
}

// personPages are the pages that people open with their own address.
func personPages(many, spanish, absentee, ausente *shelf) []picture {
	date := func(s *shelf) string {
		return "/p/" + pageKey + "/dates/" + string(s.own.Items[len(s.own.Items)-1].Seat)
	}
	away := url.Values{"do": {"away"}, "from": {"2026-13-01"}, "until": {""}, "away_reason": {"A journey"}}
	return []picture{
		{name: "person", shelf: many, path: "/p/" + pageKey, anyone: true},
		{name: "person_spanish", shelf: spanish, path: "/p/" + pageKey, anyone: true},
		{name: "person_absent", shelf: absentee, path: "/p/" + pageKey, anyone: true, said: "excuse"},
		{name: "person_absent_spanish", shelf: ausente, path: "/p/" + pageKey, anyone: true, said: "excuse"},
		{name: "details", shelf: many, path: "/p/" + pageKey + "/details", anyone: true, said: "saved"},
		{name: "details_code", shelf: absentee, path: "/p/" + pageKey + "/details", anyone: true, said: "code"},
		{name: "details_code_spanish", shelf: ausente, path: "/p/" + pageKey + "/details", anyone: true},
		{name: "details_wrong", shelf: absentee, method: "POST", path: "/p/" + pageKey + "/details", anyone: true,
			status: 422, form: url.Values{"do": {"address"}, "channel": {"sms"}, "phone": {"12"}}},
		{name: "details_wrong_spanish", shelf: ausente, method: "POST", path: "/p/" + pageKey + "/details",
			anyone: true, status: 422,
			form: url.Values{"do": {"code"}, "change": {"1234567890123"}, "code": {"123456"}}},
		{name: "stop", shelf: many, path: "/k/" + pageKey, anyone: true},
		{name: "stop_spanish", shelf: spanish, path: "/k/" + pageKey, anyone: true},
		{name: "date", shelf: many, path: date(many), anyone: true},
		{name: "date_spanish", shelf: spanish, path: date(spanish), anyone: true},
		{name: "date_wrong", shelf: many, method: "POST", path: date(many), anyone: true, status: 422, form: away},
		{name: "date_wrong_spanish", shelf: spanish, method: "POST", path: date(spanish), anyone: true, status: 422,
			form: away},
	}
}
