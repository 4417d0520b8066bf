package web

import (
	"context"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/reads"
)

// SentMessage is a message to a group or a waitlist with what became of it. It names no one.
type SentMessage struct {
	ID        string       `json:"id"`
	Cohort    string       `json:"cohort"`
	To        string       `json:"to" enum:"group,waitlist"`
	Text      string       `json:"text"`
	Spanish   string       `json:"spanish,omitempty" doc:"What people who read Spanish got. Omitted: the same text."`
	At        time.Time    `json:"at"`
	By        string       `json:"by" doc:"Who wrote it, as kind:id." example:"staff:4f2c"`
	TakenBack bool         `json:"taken_back"`
	Fates     MessageFates `json:"fates"`
}

// MessageFates counts the people of a message.
type MessageFates struct {
	People   int `json:"people" doc:"All of them."`
	OnTheWay int `json:"on_the_way"`
	Sent     int `json:"sent"`
	Failed   int `json:"failed"`
	Dropped  int `json:"dropped" doc:"Not needed any more."`
	ToCall   int `json:"to_call" doc:"Staff have a task to call them."`
	Called   int `json:"called" doc:"Staff told them."`
}

// SentMessageOf converts a message.
func SentMessageOf(m reads.MessageRow) SentMessage {
	f := m.Fates
	return SentMessage{ID: string(m.ID), Cohort: string(m.Cohort), To: string(m.To), Text: m.Text, Spanish: m.Spanish,
		At: m.At, By: m.Actor, TakenBack: m.TakenBack, Fates: MessageFates{People: f.People(), OnTheWay: f.OnTheWay,
			Sent: f.Sent, Failed: f.Failed, Dropped: f.Dropped, ToCall: f.ToCall, Called: f.Called}}
}

type messagesInput struct {
	Cohort string `query:"cohort" doc:"Only messages to this cohort."`
	Paging
}

type messagesOutput struct {
	Link string `header:"Link"`
	Body struct {
		Messages []SentMessage `json:"messages" doc:"The newest first."`
	} `nameHint:"Messages"`
}

func (s *Server) apiMessages(ctx context.Context, who visitor, in *messagesInput) (*messagesOutput, error) {
	q := reads.MessageQuery{Cohort: scheduler.ID(in.Cohort), Limit: in.Limit}
	var err error
	if q.After, err = in.cursor(); err != nil {
		return nil, err
	}
	found, err := s.Messages.Messages(ctx, who.actor, who.clinic, q)
	if err != nil {
		return nil, err
	}
	out := &messagesOutput{Link: s.nextByCursor("/messages", filtersOf("cohort", in.Cohort), in.Limit, found.Next)}
	out.Body.Messages = make([]SentMessage, len(found.Rows))
	for i, m := range found.Rows {
		out.Body.Messages[i] = SentMessageOf(m)
	}
	return out, nil
}
