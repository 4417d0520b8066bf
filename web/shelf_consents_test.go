package web_test

import (
	"context"
	"slices"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// consentID is one of the consents of a shelf.
const consentID = scheduler.ID("4444444444444")

// WrittenConsents gives three consents: one without end, one with a date, one that ran out.
func (s *shelf) WrittenConsents(context.Context, access.Actor, scheduler.ID,
	scheduler.ID) ([]reads.WrittenConsent, error) {
	if s.record.ID == "" {
		return nil, s.trouble
	}
	given := beforeSpring.AddDate(0, -2, 0)
	one := func(id scheduler.ID, kind scheduler.ConsentKind, terms scheduler.ConsentTerms) reads.WrittenConsent {
		text, _ := scheduler.ConsentTextOf(kind, "", "en")
		terms.From = "Riverside"
		return reads.WrittenConsent{By: "Kim Ode", WrittenConsent: scheduler.WrittenConsent{ID: id, Kind: kind,
			ConsentTerms: terms, TextVersion: text.Version, Language: "en", Hash: text.Hash, How: "paper",
			SignedOn: civil.DateOf(given), GivenAt: given}}
	}
	tpo, _ := scheduler.ConsentTextOf(scheduler.ConsentTPO, "", "en")
	all := []reads.WrittenConsent{
		one(consentID, scheduler.ConsentTPO,
			scheduler.ConsentTerms{What: tpo.What, To: tpo.To, Purpose: tpo.Purpose, SignedBy: "Ana Ruiz, guardian"}),
		one("5555555555555", scheduler.ConsentDisclosure, scheduler.ConsentTerms{What: "Dates & attendance",
			To: "Oak Street <Probation>", Purpose: "To show that they come", Event: "the end of probation"}),
		one("6666666666666", scheduler.ConsentLegal, scheduler.ConsentTerms{What: "Attendance since January",
			To: "County Court, case 12-345", Purpose: "Custody hearing"}),
	}
	all[1].ExpiresOn = civil.DateOf(beforeSpring).AddDays(30)
	all[1].ExpiresAt = beforeSpring.AddDate(0, 0, 31)
	all[2].Hash = "0000"
	all[2].EndedAt, all[2].EndedHow = given.Add(24*time.Hour), "expired"
	return all, s.trouble
}

func (s *shelf) GiveConsent(_ context.Context, _ access.Actor, _ scheduler.ID,
	q desk.ConsentRequest) (scheduler.ID, error) {
	if _, err := q.Consent.Check(beforeSpring, time.UTC); err != nil {
		return "", err
	}
	return consentID, s.trouble
}

func (s *shelf) EndConsent(context.Context, access.Actor, scheduler.ID, desk.ConsentEnd) error {
	return s.trouble
}

func (s *shelf) OwnConsents(ctx context.Context, a access.Actor, token string) (reads.OwnConsents, error) {
	if token != pageKey {
		return reads.OwnConsents{}, nothing()
	}
	own := reads.OwnConsents{Language: s.own.Language, Zone: s.own.Zone}
	all, err := s.WrittenConsents(ctx, a, clinicID, s.person.ID)
	own.Consents = slices.DeleteFunc(all, func(c reads.WrittenConsent) bool { return !c.InForce(beforeSpring) })
	return own, err
}

func (s *shelf) GiveOwnConsent(_ context.Context, _ access.Actor, _ string, _ scheduler.ConsentKind,
	signedBy string) error {
	if signedBy == "" {
		return fault.In("signed_by", "Type the name, as a signature.")
	}
	return s.trouble
}

func (s *shelf) EndOwnConsent(context.Context, access.Actor, string, scheduler.ID) error {
	return s.trouble
}

// Disclosures gives one of each kind.
func (s *shelf) Disclosures(context.Context, access.Actor, scheduler.ID, scheduler.ID) ([]reads.Disclosed, error) {
	if s.record.ID == "" {
		return nil, s.trouble
	}
	line := func(d scheduler.Disclosure, times int) reads.Disclosed {
		return reads.Disclosed{Disclosure: d, At: beforeSpring.Add(-time.Hour), Last: beforeSpring, Times: times,
			By: "Kim Ode"}
	}
	return []reads.Disclosed{
		line(scheduler.Disclosure{Basis: scheduler.BasisConsent, Consent: "5555555555555", How: "api",
			DisclosureTerms: scheduler.DisclosureTerms{To: "Oak Street <Probation>", Purpose: "As the consent says",
				What: "name,care"}}, 4),
		line(scheduler.Disclosure{Basis: scheduler.BasisEmergency, How: "phone",
			DisclosureTerms: scheduler.DisclosureTerms{To: "Dr. Lee, County Hospital", Purpose: "Unconscious at home",
				What: "What they take"}}, 1),
	}, s.trouble
}

func (s *shelf) LogDisclosure(_ context.Context, _ access.Actor, _ scheduler.ID, d scheduler.Disclosure, _ desk.Once,
	_ reads.Mode) error {
	if _, err := d.Check(); err != nil {
		return err
	}
	return s.trouble
}

func (s *shelf) Outgoing(_ context.Context, _ access.Actor, _ scheduler.ID,
	o scheduler.Outside) (out reads.Outgoing, err error) {
	_, err = o.Check()
	return out, err
}

func (s *shelf) RecordDisclosures(context.Context, access.Actor, scheduler.ID, scheduler.Outside, string,
	[]scheduler.ID) error {
	return s.trouble
}

func (s *shelf) BreakGlass(_ context.Context, _ access.Actor, _ scheduler.ID, _, reason string) (reads.Glass, error) {
	if reason == "" {
		return reads.Glass{}, fault.In("reason",
			"Say why you need to see this person now. The privacy officer reads it.")
	}
	return reads.Glass{Person: s.person.ID}, s.trouble
}

// Glasses gives one that was looked at and one that was not.
func (s *shelf) Glasses(context.Context, access.Actor, scheduler.ID) ([]reads.Glass, error) {
	one := reads.Glass{ID: consentID, Person: s.person.ID, PersonName: "Ben <Carter>", By: "Kim Ode",
		Reason: "Fell on the stairs & cannot speak", From: beforeSpring, Until: beforeSpring.Add(time.Hour)}
	seen := one
	seen.PersonName, seen.Reviewed, seen.ReviewedBy = "", beforeSpring.Add(2*time.Hour), "Robin Ferro"
	return []reads.Glass{one, seen}, s.trouble
}

func (s *shelf) ReviewGlass(context.Context, access.Actor, scheduler.ID, scheduler.ID) error {
	return s.trouble
}
