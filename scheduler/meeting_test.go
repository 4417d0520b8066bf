package scheduler_test

import (
	"slices"
	"strings"
	"testing"

	"almanac/scheduler"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
)

// A meeting is tidied, and what people could not reach or should not read is refused with a sentence.
func TestMeetingCheck(t *testing.T) {
	t.Parallel()
	link := func(text string) scheduler.Meeting {
		return scheduler.Meeting{Kind: scheduler.LinkMeeting, Link: text}
	}
	for name, good := range map[string]struct{ asked, want scheduler.Meeting }{
		"none":  {scheduler.Meeting{Kind: scheduler.NoMeeting}, scheduler.Meeting{}},
		"empty": {scheduler.Meeting{}, scheduler.Meeting{}},
		"link":  {link("  https://meet.example.org/a7k2?x=1 "), link("https://meet.example.org/a7k2?x=1")},
		"ip":    {link("https://93.184.216.34/a"), link("https://93.184.216.34/a")},
		"phone": {scheduler.Meeting{Kind: scheduler.PhoneMeeting, Phone: "(202) 555-0123", PIN: "47 11#"},
			scheduler.Meeting{Kind: scheduler.PhoneMeeting, Phone: "+12025550123", PIN: "4711"}},
		"both": {scheduler.Meeting{Kind: scheduler.LinkMeeting, Link: "https://meet.example.org/",
			Phone: "+442071838750"},
			scheduler.Meeting{Kind: scheduler.LinkMeeting, Link: "https://meet.example.org/", Phone: "+442071838750"}},
	} {
		if got, err := good.asked.Check("US"); err != nil || got != good.want {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	for name, bad := range map[string]struct {
		asked       scheduler.Meeting
		field, says string
	}{
		"no link":      {link(""), "link", "begins with https://"},
		"http":         {link("http://meet.example.org/a"), "link", "must begin with https://"},
		"script":       {link("javascript:alert(1)"), "link", "This is not a link"},
		"no scheme":    {link("meet.example.org/a"), "link", "must begin with https://"},
		"user":         {link("https://me:pw@meet.example.org/a"), "link", "name or password"},
		"space":        {link("https://meet.example.org/a b"), "link", "has a space"},
		"hidden":       {link("https://meet.example.org/a\u200bb"), "link", "cannot be seen"},
		"long":         {link("https://meet.example.org/" + strings.Repeat("a", 3000)), "link", "longer than 2000"},
		"localhost":    {link("https://localhost/a"), "link", "cannot reach"},
		"sub":          {link("https://x.LOCALHOST./a"), "link", "cannot reach"},
		"mdns":         {link("https://printer.local/a"), "link", "cannot reach"},
		"one label":    {link("https://meet/a"), "link", "cannot reach"},
		"no host":      {link("https:///a"), "link", "cannot reach"},
		"dots":         {link("https://a../x"), "link", "cannot reach"},
		"loopback":     {link("https://127.0.0.1/a"), "link", "cannot reach"},
		"short ip":     {link("https://127.1/a"), "link", "cannot reach"},
		"number":       {link("https://2130706433/a"), "link", "cannot reach"},
		"hex":          {link("https://0x7f.0x1/a"), "link", "cannot reach"},
		"private":      {link("https://10.1.2.3/a"), "link", "cannot reach"},
		"shared":       {link("https://100.64.1.1/a"), "link", "cannot reach"},
		"loopback 6":   {link("https://[::1]/a"), "link", "cannot reach"},
		"mapped":       {link("https://[::ffff:192.168.1.1]/a"), "link", "cannot reach"},
		"link-local":   {link("https://[fe80::1]/a"), "link", "cannot reach"},
		"kind":         {scheduler.Meeting{Kind: "zoom"}, "meeting", "no such kind"},
		"other kind":   {scheduler.Meeting{Kind: "phone", Link: "https://a.example.org"}, "meeting", "another kind"},
		"number alone": {scheduler.Meeting{Kind: "none", Phone: "+12025550123"}, "meeting", "A number to call"},
		"no number":    {scheduler.Meeting{Kind: "phone"}, "dial_in", "Give the number"},
		"bad number":   {scheduler.Meeting{Kind: "phone", Phone: "12"}, "dial_in", "phone number"},
		"PIN alone":    {scheduler.Meeting{Kind: "link", Link: "https://a.example.org", PIN: "12"}, "dial_in", "A PIN"},
		"PIN letters":  {scheduler.Meeting{Kind: "phone", Phone: "+12025550123", PIN: "group"}, "pin", "digits only"},
		"PIN long": {scheduler.Meeting{Kind: "phone", Phone: "+12025550123", PIN: strings.Repeat("1", 21)}, "pin",
			"digits only"},
	} {
		_, err := bad.asked.Check("US")
		all := fault.All(err)
		if len(all) != 1 || all[0].Kind != fault.Invalid || all[0].Field != bad.field ||
			!strings.Contains(all[0].Message, bad.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A meeting is set from a date on or once, is told once, and does not reach who meets at a place or by phone.
func TestMeetingIsSetAndTold(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	o := opening(define(t, rolling))
	o.Meeting = scheduler.Meeting{Kind: scheduler.LinkMeeting, Link: "https://meet.example.org/one"}
	cohort := c.open(o)
	c.enroll(cohort, c.person("p", scheduler.Email))
	c.welcomed()
	first := c.roster(cohort).Cohort.Meeting
	once := c.on(cohort, "2026-01-27").ID
	c.set(scheduler.CohortSetting{Session: once, Place: ptr("Room 5"), Meeting: &scheduler.Meeting{Kind: "none"}})
	second := &scheduler.Meeting{Kind: scheduler.LinkMeeting, Link: "https://meet.example.org/two",
		Phone: "+12025550123"}
	c.set(scheduler.CohortSetting{Cohort: cohort, From: date("2026-01-20"), Meeting: second})
	var told []string
	for _, x := range c.last.Announcements {
		if x.Before.Meeting != first || x.After.Meeting == first || !x.After.OnlyMeeting(x.Before) {
			t.Errorf("told %+v", x)
		}
		told = append(told, x.About)
	}
	if told = slices.Compact(told); len(told) != 1 || told[0] != scheduler.AboutMoved {
		t.Errorf("told %q", told)
	}
	later := c.roster(cohort).Cohort.Meeting
	for _, s := range c.roster(cohort).Sessions {
		want := later
		switch {
		case s.ID == once:
			want = ""
		case s.Wall.Date.Before(date("2026-01-20")):
			want = first
		}
		if s.Meeting != want {
			t.Errorf("%s meets by %q, want %q", s.Wall, s.Meeting, want)
		}
	}
	again := scheduler.CohortSetting{Cohort: cohort, From: date("2026-02-03"), Meeting: second}
	refused(t, c.confirm(desk.SetCohort(again)), fault.Invalid, "",
		"This changes nothing. Change the place, the meeting, the length, the facilitator, the name or the seats.")
	again.Meeting = &scheduler.Meeting{Kind: scheduler.LinkMeeting, Link: "https://meet.example.org/opi%6Fid-help"}
	refused(t, c.confirm(desk.SetCohort(again)), fault.Invalid, "link", "The link says \"opioid\", which tells others "+
		"why people come here. Write it without that word, or give a reason to insist.")
}
