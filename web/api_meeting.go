package web

import (
	"maps"
	"slices"

	"almanac/scheduler"
	"almanac/scheduler/reads"
)

// meetingBody is how people come into sessions from afar, as a program gives it.
type meetingBody struct {
	Kind   string `json:"kind,omitempty" enum:"none,link,phone,jitsi,bigbluebutton" doc:"Default: what the other fields show. The kind none ends the meeting. jitsi and bigbluebutton give each session a room of its own on the video host of the installation."`
	Link   string `json:"link,omitempty" doc:"Of the kind link: https, to a public host, in words that reveal nothing."`
	DialIn string `json:"dial_in,omitempty" doc:"The number to call, with its country code. Beside a link, for people who cannot open it." example:"+12025550123"`
	PIN    string `json:"pin,omitempty" doc:"Digits." example:"4711"`
}

// meeting returns what is meant, nil if the body has none.
func (b *meetingBody) meeting() *scheduler.Meeting {
	if b == nil {
		return nil
	}
	m := scheduler.Meeting{Kind: scheduler.MeetingKind(b.Kind), Link: b.Link, Phone: b.DialIn, PIN: b.PIN}
	m.Kind = m.LikelyKind()
	return &m
}

// apiMeeting is a meeting of a cohort or of some of its sessions.
type apiMeeting struct {
	ID string `json:"id" doc:"As in the field meeting of the cohort and its sessions."`
	meetingBody
}

// apiMeetings lists the meetings of a cohort, in order of id.
func apiMeetings(c reads.Cohort) []apiMeeting {
	all := []apiMeeting{}
	for _, id := range slices.Sorted(maps.Keys(c.Meetings)) {
		m := c.Meetings[id]
		all = append(all, apiMeeting{string(id), meetingBody{string(m.Kind), m.Link, m.Phone, m.PIN}})
	}
	return all
}
