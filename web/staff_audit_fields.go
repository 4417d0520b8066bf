package web

import "strings"

// fieldTexts are the fields that rows of the audit name, in words. Those that staff call the same are left out.
var fieldTexts = map[string]string{
	"actor":             "by whom",
	"calendar-feed":     "calendar address",
	"care":              "dates and attendance",
	"counselling-notes": "counselling notes",
	"court-order":       "court order",
	"crisis":            "crisis line",
	"disclosure":        "disclosure to someone named",
	"disturb":           "what may come outside the hours",
	"earliest":          "earliest date",
	"external-ids":      "ids of other systems",
	"external_ids":      "ids of other systems",
	"facilitators":      "what facilitators see",
	"head_email":        "daily proof of the audit",
	"hours":             "hours for messages",
	"legal-proceedings": "legal proceedings",
	"lock_minutes":      "when screens are locked",
	"mail_days":         "how long kept mail stays",
	"max_per_week":      "reminders in a week",
	"medical-emergency": "medical emergency",
	"minutes":           "length",
	"muted":             "channels without reminders",
	"reminder_hours":    "times of reminders",
	"research-contact":  "contact about research",
	"short_notice":      "dates at short notice",
	"shown_name":        "name shown to people",
	"sign_in":           "how staff sign in",
	"sms":               "texts",
	"source":            "who referred them",
	"text_years":        "how long texts stay",
	"times":             "when they can come",
	"titles":            "titles of pages",
	"tpo":               "treatment, payment and operations",
	"voice":             "calls",
	"waiting":           "how to reach them while they wait",
	"zone":              "time zone",
}

// FieldsInWords says which fields a row of the audit is about, for staff; empty: it names none.
func FieldsInWords(fields string) string {
	if fields == "" {
		return ""
	}
	all := strings.Split(fields, ",")
	for i, field := range all {
		if text, ok := fieldTexts[field]; ok {
			all[i] = text
		}
	}
	return strings.Join(all, ", ")
}
