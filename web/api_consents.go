package web

import (
	"context"
	"net/http"
	"reflect"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/reads"
)

// WrittenConsentBody are the elements of a written consent (42 CFR 2.31).
type WrittenConsentBody struct {
	Kind        string     `json:"kind" enum:"tpo,disclosure,research-contact,calendar-feed,legal-proceedings,counselling-notes" doc:"The last two stand alone and are never combined with others."`
	From        string     `json:"from,omitempty" doc:"Who shares. Omitted: the clinic."`
	What        string     `json:"what,omitempty" doc:"What is shared. Omitted: what the text proposes, where it does."`
	To          string     `json:"to,omitempty" doc:"Who receives it. Omitted: whom the text proposes, where it does."`
	Purpose     string     `json:"purpose,omitempty" doc:"Omitted: what the text proposes, where it does."`
	Expires     civil.Date `json:"expires,omitzero" doc:"The last day on which it holds, in the clinic's zone."`
	Event       string     `json:"event,omitempty" doc:"What ends it, beside a date."`
	How         string     `json:"how" enum:"paper,spoken,page,email,phone" doc:"How it was given. What lets records go to others needs paper; page is only for people on their own page."`
	SignedOn    civil.Date `json:"signed_on" doc:"The day on the signature."`
	SignedBy    string     `json:"signed_by,omitempty" doc:"Who signed for the person."`
	Language    string     `json:"language,omitempty" enum:"en,es" doc:"Of the text. Omitted: the person's."`
	TextVersion string     `json:"text_version,omitempty" doc:"Omitted: today's."`
}

// consent reads the body.
func (b WrittenConsentBody) consent(person scheduler.ID) scheduler.WrittenConsent {
	return scheduler.WrittenConsent{Person: person, Kind: scheduler.ConsentKind(b.Kind), ExpiresOn: b.Expires,
		How: b.How, SignedOn: b.SignedOn, Language: b.Language, TextVersion: b.TextVersion,
		ConsentTerms: scheduler.ConsentTerms{From: b.From, What: b.What, To: b.To, Purpose: b.Purpose, Event: b.Event,
			SignedBy: b.SignedBy}}
}

// apiWrittenConsent is a written consent with its end.
type apiWrittenConsent struct {
	ID string `json:"id"`
	WrittenConsentBody
	TextHash string     `json:"text_hash" doc:"SHA-256 of the text that was agreed to."`
	At       time.Time  `json:"at" doc:"When it was recorded."`
	Ended    *time.Time `json:"ended" doc:"Null while it is in force."`
	EndedHow string     `json:"ended_how,omitempty" enum:"paper,spoken,page,email,phone,expired,changed"`
	Replaces string     `json:"replaces,omitempty" doc:"The consent that this one changed."`
}

func apiWrittenOf(c reads.WrittenConsent) apiWrittenConsent {
	return apiWrittenConsent{ID: string(c.ID), TextHash: c.Hash, At: c.GivenAt, Ended: instantOrNull(c.EndedAt),
		EndedHow: c.EndedHow, Replaces: string(c.Replaces),
		WrittenConsentBody: WrittenConsentBody{Kind: string(c.Kind), From: c.From, What: c.What, To: c.To,
			Purpose: c.Purpose, Expires: c.ExpiresOn, Event: c.Event, How: c.How, SignedOn: c.SignedOn,
			SignedBy: c.SignedBy, Language: c.Language, TextVersion: c.TextVersion}}
}

type writtenConsentsOutput struct {
	Body struct {
		Consents []apiWrittenConsent `json:"consents" doc:"Latest first, ended ones included."`
	} `nameHint:"WrittenConsents"`
}

type consentGiveInput struct {
	ID string `path:"id"`
	Repeatable
	Body struct {
		DryRun
		WrittenConsentBody
		Replaces string `json:"replaces,omitempty" doc:"A consent in force of the same kind, which ends: a change."`
	} `nameHint:"NewWrittenConsent"`
}

type consentGiveOutput struct {
	Status int
	Body   struct {
		ID string `json:"id" doc:"Empty with dry_run."`
	} `nameHint:"GivenConsent"`
}

type consentEndInput struct {
	ID      string `path:"id"`
	Consent string `path:"consent"`
	Body    struct {
		DryRun
		How string `json:"how" enum:"paper,spoken,page,email,phone"`
	} `nameHint:"EndConsent"`
}

type consentTextInput struct {
	Kind     string `path:"kind" doc:"A kind of written consent, or a channel."`
	Language string `query:"language" enum:"en,es" default:"en"`
	Version  string `query:"version" doc:"Empty: today's."`
}

type consentTextOutput struct {
	Body struct {
		Kind     string   `json:"kind"`
		Version  string   `json:"version"`
		Language string   `json:"language"`
		Hash     string   `json:"hash" doc:"SHA-256 of the whole text, in hexadecimal."`
		Title    string   `json:"title"`
		What     string   `json:"what,omitempty"`
		To       string   `json:"to,omitempty"`
		Purpose  string   `json:"purpose,omitempty"`
		Body     []string `json:"body" doc:"Paragraphs."`
	} `nameHint:"ConsentText"`
}

// registerConsentOperations registers the operations about written consents.
func (s *Server) registerConsentOperations() {
	operation(s, program(access.ConsentView), describe(http.MethodGet, "/people/{id}/written-consents",
		"list-written-consents", "People", "A person's consents with every element of 42 CFR 2.31."),
		s.apiWrittenConsents)
	operation(s, program(access.PersonChange), s.withResponse(created(describe(http.MethodPost,
		"/people/{id}/written-consents", "give-written-consent", "People",
		"Record a written consent, or change one. It holds from now on.")), http.StatusOK,
		"With dry_run: it could be recorded", reflect.TypeFor[struct{}](), "Nothing"), s.apiConsentGive)
	operation(s, program(access.PersonChange), s.withResponse(describe(http.MethodPost,
		"/people/{id}/written-consents/{consent}/end", "end-written-consent", "People",
		"End a written consent. What it allowed stops at once."), http.StatusNoContent,
		"Ended. With dry_run: it could be ended", nil, ""), s.apiConsentEnd)
	operation(s, program(access.ClinicView), describe(http.MethodGet, "/consent-texts/{kind}", "get-consent-text",
		"People", "What people agree to, by kind, version and language."), s.apiConsentText)
}

func (s *Server) apiWrittenConsents(ctx context.Context, who visitor, in *personInput) (*writtenConsentsOutput, error) {
	id, err := idParam(in.ID)
	if err != nil {
		return nil, err
	}
	all, err := s.Consents.WrittenConsents(ctx, who.actor, who.clinic, id)
	if err != nil {
		return nil, err
	}
	out := &writtenConsentsOutput{}
	out.Body.Consents = make([]apiWrittenConsent, len(all))
	for i, c := range all {
		out.Body.Consents[i] = apiWrittenOf(c)
	}
	return out, nil
}

func (s *Server) apiConsentGive(ctx context.Context, who visitor, in *consentGiveInput) (*consentGiveOutput, error) {
	id, err := idParam(in.ID)
	if err != nil {
		return nil, err
	}
	q := desk.ConsentRequest{Consent: in.Body.consent(id), DryRun: in.Body.DryRun.DryRun}
	q.Consent.Replaces = scheduler.ID(in.Body.Replaces)
	if q.Once, err = onceOf(in.IdempotencyKey, "written-consent", in.ID, in.Body); err != nil {
		return nil, err
	}
	given, err := s.Consents.GiveConsent(ctx, who.actor, who.clinic, q)
	if err != nil {
		return nil, err
	}
	out := &consentGiveOutput{Status: http.StatusCreated}
	if q.DryRun {
		out.Status = http.StatusOK
	}
	out.Body.ID = string(given)
	return out, nil
}

func (s *Server) apiConsentEnd(ctx context.Context, who visitor, in *consentEndInput) (*struct{}, error) {
	id, err := idParam(in.ID)
	if err != nil {
		return nil, err
	}
	consent, err := idParam(in.Consent)
	if err != nil {
		return nil, err
	}
	return nil, s.Consents.EndConsent(ctx, who.actor, who.clinic,
		desk.ConsentEnd{Person: id, Consent: consent, How: in.Body.How, DryRun: in.Body.DryRun.DryRun})
}

func (s *Server) apiConsentText(_ context.Context, _ visitor, in *consentTextInput) (*consentTextOutput, error) {
	text, err := scheduler.ConsentTextOf(scheduler.ConsentKind(in.Kind), in.Version, in.Language)
	if err != nil {
		return nil, err
	}
	out := &consentTextOutput{}
	out.Body.Kind, out.Body.Version, out.Body.Language = string(text.Kind), text.Version, text.Language
	out.Body.Hash, out.Body.Title, out.Body.Body = text.Hash, text.Title, text.Body
	out.Body.What, out.Body.To, out.Body.Purpose = text.What, text.To, text.Purpose
	return out, nil
}
