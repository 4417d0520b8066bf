package reads

import (
	"log/slog"
	"time"

	"almanac/scheduler"
)

// The fates that a gateway reports of a text. Any other says nothing final.
const (
	TextDelivered = "delivered"
	TextFailed    = "failed"
)

// TextReport is what a gateway reports of one text.
type TextReport struct {
	Notice  scheduler.ID // as we named it; empty: Message is known only
	Attempt int
	Message string // the gateway's id
	Fate    string // TextDelivered, TextFailed or neither
	// NumberBad: no text can arrive at this number. OptedOut: its owner has told the gateway STOP.
	NumberBad, OptedOut bool
}

// TextCounts counts what was texted from the beginning. It holds no personal data.
type TextCounts struct {
	Texts, Segments int
}

// TextIn is a text that came in.
type TextIn struct {
	ID   string // a digest of what the gateway calls it; names it for ever
	From string // E.164
	Text string
}

// LogValue keeps number and words out of logs.
func (TextIn) LogValue() slog.Value { return slog.StringValue("inbound text (withheld)") }

// String keeps number and words out of formatted text.
func (TextIn) String() string { return "inbound text (withheld)" }

// What became of a text that came in.
const (
	TextStopped   = "stopped"    // the consent to texts has ended
	TextConfirmed = "confirmed"  // texts go to the number from now on
	TextHelped    = "helped"     // nothing but an answer
	TextNoConsent = "no-consent" // there is none to give back
	TextToRead    = "to-read"    // staff have a task
	TextAsks      = "asks"       // it answers what was asked; the desk decides
	TextWhich     = "which"      // it may mean several things, so nothing was done
	TextGivenBack = "given-back" // the next date
	TextNoDate    = "no-date"    // there is none to give back
	TextAccepted  = "accepted"   // an offer
	TextDeclined  = "declined"   // an offer
	TextGone      = "gone"       // the offer is not open any more
)

// TextTaken says what was done with a text that came in, and what its answer needs.
type TextTaken struct {
	Meaning  string // a gate.TextMeaning
	Act      string // at the clinic of the answer; empty: no clinic knows the number
	Known    bool   // some clinic knows the number
	Repeated bool   // it was taken and answered before
	Answer   bool   // it is answered now
	Language string // empty: not known
	Clinic   scheduler.ID
	Contact  scheduler.ClinicContact
	Page     string         // token of the page of the one person who has the number; a secret
	People   []scheduler.ID // who have the number, at that clinic
	Rows     []TextRow
	// Of a text that asks: the session of the last reminder by text, and the last offer that a text told.
	Reminded       scheduler.ID
	Offer, OfferTo scheduler.ID // OfferTo: the enrollment
	OfferStart     time.Time    // as it was told
	Date           time.Time    // of the answer; zero: none
	Zone           string       // of the answer's date
}

// TextRow names a text that came in, as a clinic keeps it.
type TextRow struct{ Clinic, ID scheduler.ID }
