package web

import (
	"context"
	"net/http"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// redisclosureHeader stands in each answer to a program of another organization, with the statement of 42 CFR 2.32.
const redisclosureHeader = "Redisclosure-Notice"

// DisclosureBody is a disclosure that was made by letter, by telephone or in another way.
type DisclosureBody struct {
	To      string `json:"to" doc:"Who received it."`
	What    string `json:"what" doc:"What was shared."`
	Purpose string `json:"purpose" doc:"What for; in an emergency, what the emergency was."`
	Basis   string `json:"basis" enum:"consent,medical-emergency,court-order,audit"`
	Consent string `json:"consent,omitempty" doc:"With basis consent: the id of one in force that lets records go."`
	How     string `json:"how" enum:"api,file,letter,phone,fax,email,in-person" doc:"The first two are logged by themselves."`
}

// apiDisclosed is one line of the accounting.
type apiDisclosed struct {
	ID string `json:"id"`
	DisclosureBody
	At    time.Time `json:"at"`
	Last  time.Time `json:"last" doc:"The last time within that hour."`
	Times int       `json:"times"`
	By    string    `json:"by"`
}

type disclosuresOutput struct {
	Body struct {
		Disclosures []apiDisclosed `json:"disclosures" doc:"Latest first."`
	} `nameHint:"Disclosures"`
}

type disclosureInput struct {
	ID string `path:"id"`
	Repeatable
	Body struct {
		DryRun
		DisclosureBody
	} `nameHint:"NewDisclosure"`
}

// registerDisclosureOperations registers the operations about what leaves the programme.
func (s *Server) registerDisclosureOperations() {
	operation(s, program(access.ConsentView), describe(http.MethodGet, "/people/{id}/disclosures",
		"list-disclosures", "People", "The accounting of disclosures of a person (42 CFR 2.25)."), s.apiDisclosures)
	operation(s, program(access.DisclosureLog), s.withResponse(describe(http.MethodPost, "/people/{id}/disclosures",
		"log-disclosure", "People", "Log a disclosure that was made by letter, by telephone or in another way."),
		http.StatusNoContent, "Logged. With dry_run: it could be logged", nil, ""), s.apiDisclosureLog)
}

func (s *Server) apiDisclosures(ctx context.Context, who visitor, in *personInput) (*disclosuresOutput, error) {
	id, err := idParam(in.ID)
	if err != nil {
		return nil, err
	}
	all, err := s.Disclosures.Disclosures(ctx, who.actor, who.clinic, id)
	if err != nil {
		return nil, err
	}
	out := &disclosuresOutput{}
	out.Body.Disclosures = make([]apiDisclosed, len(all))
	for i, d := range all {
		out.Body.Disclosures[i] = apiDisclosed{ID: string(d.ID), At: d.At, Last: d.Last, Times: d.Times, By: d.By,
			DisclosureBody: DisclosureBody{To: d.To, What: d.What, Purpose: d.Purpose, Basis: string(d.Basis),
				Consent: string(d.Consent), How: d.How}}
	}
	return out, nil
}

func (s *Server) apiDisclosureLog(ctx context.Context, who visitor, in *disclosureInput) (*struct{}, error) {
	id, err := idParam(in.ID)
	if err != nil {
		return nil, err
	}
	once, err := onceOf(in.IdempotencyKey, "disclosure", in.ID, in.Body)
	if err != nil {
		return nil, err
	}
	b, mode := in.Body, reads.Do
	if b.DryRun.DryRun {
		mode = reads.OnlyCheck
	}
	return nil, s.Disclosures.LogDisclosure(ctx, who.actor, who.clinic, scheduler.Disclosure{Person: id,
		Basis: scheduler.DisclosureBasis(b.Basis), Consent: scheduler.ID(b.Consent), How: b.How,
		DisclosureTerms: scheduler.DisclosureTerms{To: b.To, Purpose: b.Purpose, What: b.What}}, once, mode)
}
