package web

import (
	"context"
	"net/http"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
)

// messageBody is the request to write to people of a cohort.
type messageBody struct {
	DryRun
	To      string `json:"to" enum:"group,waitlist" doc:"Who gets it: everyone with seats, or everyone on the waitlist."`
	Text    string `json:"text" maxLength:"1000" doc:"What it says. Words that reveal why people come are refused."`
	Spanish string `json:"spanish,omitempty" maxLength:"1000" doc:"For people who read Spanish. Omitted: the same text."`
	Reason  string `json:"reason,omitempty" maxLength:"1000" doc:"Why revealing words are sent all the same. Stored sealed."`
}

type messageInput struct {
	ID string `path:"id"`
	Repeatable
	Body messageBody
}

type messageOutput struct {
	Status int
	UndoHeaders
	Body struct {
		Sent    bool        `json:"sent" doc:"false with dry_run."`
		Preview *apiPreview `json:"preview,omitempty" doc:"With dry_run: who would get it."`
	} `nameHint:"Message"`
}

// registerMessages registers the operations that write to people.
func (s *Server) registerMessages() {
	operation(s, program(access.MessageSend), describe(http.MethodPost, "/cohorts/{id}/messages", "send-message",
		"Cohorts", "Write to everyone in a cohort, or on its waitlist. Staff get tasks for those who cannot be "+
			"written to."),
		s.apiMessage)
	operation(s, program(access.MessageView), describe(http.MethodGet, "/messages", "list-messages", "Cohorts",
		"Messages to groups and waitlists, with how many people got them. Each message to one person is a notice."),
		s.apiMessages)
}

// apiMessage writes to people of a cohort, or previews that.
func (s *Server) apiMessage(ctx context.Context, who visitor, in *messageInput) (*messageOutput, error) {
	id, err := idParam(in.ID)
	if err != nil {
		return nil, err
	}
	q := scheduler.MessageRequest{Cohort: id, To: scheduler.Audience(in.Body.To), Text: in.Body.Text,
		Spanish: in.Body.Spanish, Reason: in.Body.Reason}
	request := who.request(0)
	if request.Once, err = onceOf(in.IdempotencyKey, "message", in.ID, in.Body); err != nil {
		return nil, err
	}
	out := &messageOutput{Status: http.StatusOK}
	out.Body.Sent = !in.Body.DryRun.DryRun
	out.UndoHeaders, out.Body.Preview, err = s.changeOrPreview(ctx, request, desk.SendMessage(q), in.Body.DryRun)
	if err != nil {
		return nil, err
	}
	return out, nil
}
