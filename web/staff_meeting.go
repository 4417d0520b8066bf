package web

import (
	"almanac/scheduler"
)

// meetingLabels are the kinds of meeting as forms name them; the hosted ones have the names of their hosts.
var meetingLabels = map[scheduler.MeetingKind]string{
	scheduler.NoMeeting: "None: people come to the place", scheduler.LinkMeeting: "A link",
	scheduler.PhoneMeeting: "A phone number to call",
}

// meetingChoices lists the kinds of meeting, with what an empty choice means in front.
func (s *Server) meetingChoices(empty, chosen string) []Choice {
	var choices []Choice
	if empty != "" {
		choices = append(choices, Choice{Label: empty})
	}
	for _, kind := range scheduler.MeetingKinds() {
		switch host := s.Video[kind]; {
		case host != nil:
			choices = append(choices, Choice{Value: string(kind),
				Label: "A room of its own for each session, by " + kind.Name() + " at " + host.Site()})
		case !kind.Hosted():
			choices = append(choices, Choice{Value: string(kind), Label: meetingLabels[kind]})
		}
	}
	return choose(choices, chosen)
}

// meetingInputs are the fields of a form that gives sessions another meeting.
func (x stepContext) meetingInputs(now scheduler.Meeting) []Input {
	link := "It begins with https://."
	if now.Link != "" {
		link = currentText(now.Link) + " " + link
	}
	return []Input{
		x.page.Select("meeting", "Meeting", x.server.meetingChoices(noChoice, x.value("meeting")),
			currentText(now.InWords())+" What is chosen replaces all of it."),
		x.page.Field("link", "Link", "text", x.value("link"), link),
		x.page.Field("dial_in", "Number to call", "tel", x.value("dial_in"),
			"Also beside a link, for people who cannot open it."),
		x.page.Field("pin", "PIN of that number", "text", x.value("pin"), "Digits only."),
	}
}

// readMeeting reads the fields of meetingInputs, nil if all are empty. A link or number without a kind says it.
func readMeeting(f *form) *scheduler.Meeting {
	m := scheduler.Meeting{Kind: scheduler.MeetingKind(f.trimmed("meeting")), Link: f.trimmed("link"),
		Phone: f.trimmed("dial_in"), PIN: f.trimmed("pin")}
	if m == (scheduler.Meeting{}) {
		return nil
	}
	m.Kind = m.LikelyKind()
	return &m
}

// meetingChangeText says of a session that its meeting is another one.
func meetingChangeText(after scheduler.Moment) string {
	if after.Meeting == "" {
		return "no meeting by link or phone any more"
	}
	return "another meeting"
}
