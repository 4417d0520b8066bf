package web

import "strings"

// actionTexts are the actions of the audit in words.
var actionTexts = map[string]string{
	"change.undo":            "Undid a change",
	"clinic.add":             "Added the clinic",
	"clinic.close":           "Closed days of the clinic",
	"clinic.facilitators":    "Changed what facilitators see",
	"clinic.open":            "Reopened days of the clinic",
	"clinic.set":             "Changed the clinic's settings",
	"cohort.capacity":        "Changed seats",
	"cohort.close":           "Closed days of a cohort",
	"cohort.end":             "Set the last date of a cohort",
	"cohort.ended":           "A cohort ended",
	"cohort.hand-over":       "Handed over sessions",
	"cohort.open":            "Opened a cohort",
	"cohort.phase":           "Tied a cohort to a phase",
	"cohort.place-insisted":  "Kept a place with telling words",
	"cohort.reschedule":      "Changed day or time",
	"cohort.rotate":          "Set a rotation of facilitators",
	"cohort.set":             "Changed a cohort",
	"cohort.version":         "Changed the version of the protocol",
	"enroll":                 "Enrolled",
	"enrollment.admit":       "Moved from the waitlist to a seat",
	"enrollment.advance":     "Moved to another phase",
	"enrollment.appointment": "Made an appointment",
	"enrollment.assessment":  "Recorded an assessment",
	"enrollment.excuse":      "Gave a date back",
	"enrollment.hold":        "Put on hold",
	"enrollment.makeup":      "Planned a make-up",
	"enrollment.move":        "Moved to another waitlist",
	"enrollment.offers":      "Offered a seat",
	"enrollment.reenter":     "Enrolled again",
	"enrollment.resume":      "Ended a hold",
	"enrollment.transfer":    "Transferred",
	"enrollment.waive":       "Waived a session",
	"enrollment.withdraw":    "Ended an enrollment",
	"mail.bounce":            "A message bounced",
	"notice.again":           "Tried a message again",
	"offer.accept":           "Accepted an offer",
	"offer.decline":          "Declined an offer",
	"offer.tell":             "Told about an offer",
	"people.export":          "Exported people",
	"people.import":          "Imported people",
	"person.apart":           "Kept two people apart",
	"person.change":          "Changed contact data",
	"person.consents":        "Changed consents",
	"person.links":           "Renewed private links",
	"person.settings":        "Changed reminders",
	"person.together":        "Ended keeping two people apart",
	"reply.confirm":          "Confirmed an answer",
	"reply.task":             "Made a task of an answer",
	"session.add":            "Added a session",
	"session.attendance":     "Took attendance",
	"session.cancel":         "Cancelled a session",
	"session.move":           "Moved a session",
	"session.substitute":     "Changed who leads a session",
	"staff.add":              "Added to the staff",
	"staff.disable":          "Disabled",
	"staff.enable":           "Enabled",
	"staff.feed":             "Made a calendar address",
	"staff.feed-end":         "Ended a calendar address",
	"staff.link":             "Made a sign-in link",
	"staff.role":             "Changed a role",
	"staff.sign-in":          "Signed in",
	"staff.sign-out":         "Ended sign-ins",
	"credential.record":      "Recorded a credential",
	"credential.withdraw":    "Removed a credential",
	"task.done":              "Ticked off a task",
	"task.close":             "A task closed itself",
	"token.add":              "Made an API token",
	"token.revoke":           "Revoked an API token",
}

// actionInWords returns an action in words. One without words is shown as it is stored, without its dots.
func actionInWords(action string) string {
	if text, ok := actionTexts[action]; ok {
		return text
	}
	words := strings.NewReplacer(".", ": ", "-", " ").Replace(action)
	return strings.ToUpper(words[:min(1, len(words))]) + words[min(1, len(words)):]
}
