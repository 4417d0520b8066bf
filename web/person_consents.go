package web

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"almanac/scheduler"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// consentWords are the texts of a person's own page of consents.
type consentWords struct {
	Title, None, Given, Until, To, Purpose, Text, End, EndHint, EndNow, Offer, Sign, Agree, Back, Ended, Agreed,
	Other, WrongName, WrongKind, Gone string
}

var consentLanguages = map[string]*consentWords{
	"en": {
		Title: "What I agreed to", None: "There is nothing here so far.", Given: "Agreed on", Until: "Holds until",
		To: "Shared with:", Purpose: "Purpose:", Text: "Read the text", End: "Take this back",
		EndHint: "It ends at once. It does not undo what was shared before.", EndNow: "Yes, end it now",
		Offer: "You can agree to this", Sign: "Your name, as your signature", Agree: "I agree", Back: "Back",
		Ended: "Done. It has ended.", Agreed: "Thank you. It holds from now on.", Other: "Something else, in writing",
		WrongName: "Type your name, as your signature. Up to 200 letters.", WrongKind: "Choose one from this page.",
		Gone: "This has ended already.",
	},
	"es": {
		Title: "Lo que acepté", None: "Todavía no hay nada aquí.", Given: "Aceptado el", Until: "Vale hasta",
		To: "Se comparte con:", Purpose: "Para qué:", Text: "Leer el texto", End: "Retirar este permiso",
		EndHint: "Acaba en el acto. Lo que se dio antes no cambia.", EndNow: "Sí, terminar ahora",
		Offer: "Usted puede aceptar esto", Sign: "Su nombre, como firma", Agree: "Acepto", Back: "Volver",
		Ended: "Hecho. Ha terminado.", Agreed: "Gracias. Vale desde ahora.", Other: "Otro permiso, por escrito",
		WrongName: "Escriba su nombre, como firma. Hasta 200 letras.", WrongKind: "Elija uno de esta página.",
		Gone: "Esto ya había terminado.",
	},
}

// consentWordsFor returns the words of a language, English by default.
func consentWordsFor(language string) *consentWords {
	if w := consentLanguages[language]; w != nil {
		return w
	}
	return consentLanguages["en"]
}

// ownConsentsPage lets a person see and end what they agreed to, and agree to some more. Texts with a word that
// tells why somebody has appointments stay on paper.
type ownConsentsPage struct {
	Page
	W        *consentWords
	Token    string
	Back     string
	Refused  string
	Standing []ownConsent
	Open     []ownConsent
}

// ownConsent is one consent as its person sees it.
type ownConsent struct {
	ID, Kind, Title, To, Purpose string
	Given, Until                 string
	Body                         []string
	Problem                      string // at the name
	Typed                        string
}

func (s *Server) ownConsents(c echo.Context) (*ownConsentsPage, error) {
	token := c.Param("token")
	if len(token) > longestToken {
		return nil, errNoFeed
	}
	own, err := s.Consents.OwnConsents(c.Request().Context(), s.system, token)
	if err != nil {
		return nil, err
	}
	read, w := wordsFor(own.Language), consentWordsFor(own.Language)
	v := &ownConsentsPage{Page: s.ownPage(read, w.Title), W: w, Back: "/p/" + token}
	v.Token = token
	for _, one := range own.Consents {
		line := ownConsent{ID: string(one.ID), Title: w.Other, Given: read.date(one.SignedOn),
			Purpose: untelling(one.Purpose)}
		if one.Kind != scheduler.ConsentFeed {
			line.To = untelling(one.To)
		}
		if !one.ExpiresOn.IsZero() {
			line.Until = read.date(one.ExpiresOn)
		} else {
			line.Until = untelling(one.Event)
		}
		if text, err := scheduler.ConsentTextOf(one.Kind, one.TextVersion, own.Language); err == nil &&
			untelling(text.Title) != "" {
			line.Title, line.Body = text.Title, text.Body
		}
		v.Standing = append(v.Standing, line)
	}
	for _, kind := range scheduler.OwnConsentKinds() {
		stands := func(c reads.WrittenConsent) bool { return c.Kind == kind }
		text, err := scheduler.ConsentTextOf(kind, "", read.Language)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(own.Consents, stands) {
			v.Open = append(v.Open, ownConsent{Kind: string(kind), Title: text.Title, To: text.To,
				Purpose: text.Purpose, Body: text.Body})
		}
	}
	v.Flash = map[string]string{"consent-off": w.Ended, "consented": w.Agreed}[s.flash(c.Request(), token)]
	return v, nil
}

// untelling gives a text unless it tells why somebody has appointments.
func untelling(text string) string {
	if _, tells := scheduler.Denied(text); tells {
		return ""
	}
	return text
}

func (s *Server) ownConsentsForm(c echo.Context, _ visitor) error {
	v, err := s.ownConsents(c)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, v)
}

// ownConsentsSave gives or ends one consent: with a consent it ends it, with a kind it gives one.
func (s *Server) ownConsentsSave(c echo.Context, _ visitor) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	v, err := s.ownConsents(c)
	if err != nil {
		return err
	}
	ctx, token, flash := c.Request().Context(), c.Param("token"), "consented"
	if consent := f.trimmed("consent"); consent != "" {
		flash = "consent-off"
		err = s.Consents.EndOwnConsent(ctx, s.system, token, scheduler.ID(consent))
	} else {
		err = s.Consents.GiveOwnConsent(ctx, s.system, token, scheduler.ConsentKind(f.trimmed("kind")), f.text("name"))
	}
	switch {
	case err == nil:
		return s.redirect(c, token, v.Back+"/consents", flash)
	case fault.Is(err, fault.Closed):
		v.Refused = v.W.Gone
	case fault.Is(err, fault.Invalid):
		v.Refused = v.W.WrongKind
		for i := range v.Open {
			if one := &v.Open[i]; one.Kind == f.trimmed("kind") {
				one.Problem, one.Typed, v.Refused = v.W.WrongName, f.text("name"), v.W.WrongName
			}
		}
	default:
		return err
	}
	return s.render(c, statusOf(err), v)
}
