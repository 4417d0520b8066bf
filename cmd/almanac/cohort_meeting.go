package main

import (
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"almanac/scheduler"
)

// meetingFlags registers how people come into sessions from afar. The result is nil until one of the flags is given.
func meetingFlags(set *pflag.FlagSet) **scheduler.Meeting {
	var asked *scheduler.Meeting
	given := func() *scheduler.Meeting {
		if asked == nil {
			asked = &scheduler.Meeting{}
		}
		return asked
	}
	set.Func("meeting",
		"how people come in from afar: none, phone, jitsi, bigbluebutton, or a link that begins with https://",
		func(value string) error {
			m := given()
			kind := scheduler.MeetingKind(value)
			if kind != scheduler.LinkMeeting && slices.Contains(scheduler.MeetingKinds(), kind) {
				m.Kind = kind
			} else {
				m.Kind, m.Link = scheduler.LinkMeeting, value
			}
			return nil
		})
	set.Func("dial-in", "the number that people call, alone or if the link fails; for it alone say --meeting phone",
		func(value string) error {
			given().Phone = value
			return nil
		})
	set.Func("pin", "PIN of that number", func(value string) error {
		given().PIN = strings.TrimSpace(value)
		return nil
	})
	return &asked
}
