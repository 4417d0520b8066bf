package web_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/gate"
	"almanac/scheduler/reads"
	"almanac/web"
)

// beforeSpring is a Monday before the clocks of New York go forward on 8 March.
var (
	beforeSpring = time.Date(2026, time.March, 2, 15, 0, 0, 0, time.UTC)
	firstDay     = civil.Date{Year: 2026, Month: time.February, Day: 17}
)

// picture is one page in one state.
type picture struct {
	name   string
	shelf  *shelf
	method string // empty: GET
	path   string
	form   url.Values
	anyone bool   // without a sign-in
	cookie string // of a sign-in that is none; empty: a good one
	said   string // what was done right before
	status int    // 0: 200
	change func(*web.Options)
}

// gallery shows every page empty, with one, with many, with names that are
// long, written from right to left or look like markup, and across a change of
// the clocks.
func gallery(t *testing.T) []picture {
	empty, one, many := emptyShelf(), filled(t, "more-telehealth", firstDay, 1, beforeSpring),
		filled(t, "more-telehealth", firstDay, 8, beforeSpring)
	rolling := filled(t, "more-rolling", firstDay, 2, beforeSpring)
	telling(many)
	trial, revised := filled(t, "m-rocc", firstDay, 5, beforeSpring), filled(t, "mbsr-4w", firstDay, 1, beforeSpring)
	revised.cohort.Cohort.Protocol, revised.cohort.Cohort.Hash = "mbsr-4w@0", "an older text"
	grant := textOf(t, "m-rocc@grant")
	spanish := filled(t, "m-rocc", firstDay, 1, beforeSpring)
	spanish.own.Language, spanish.own.Zone = "es", "America/Bogota"
	spanish.own.Items[3].State = scheduler.SeatCancelled
	spanish.own.Items[2].MovedFrom = civil.WallTime{Date: civil.Date{Year: 2026, Month: 3, Day: 4},
		Clock: civil.Clock{Hour: 18}}
	asked := reads.Question{Zone: "America/New_York", Start: beforeSpring.Add(31 * time.Hour),
		End: beforeSpring.Add(33 * time.Hour), Place: "Online"}
	many.question, spanish.question, one.question = asked, asked, asked
	spanish.question.Language, one.question.Answered = "es", true
	offer, oferta := offering(filled(t, "more-rolling", firstDay, 2, beforeSpring)),
		offering(filled(t, "more-rolling", firstDay, 2, beforeSpring))
	oferta.own.Language = "es"
	chosen := gate.Settings{Leads: []time.Duration{24 * time.Hour},
		EmailHours: gate.Hours{From: civil.Clock{Hour: 8}, Until: civil.Clock{Hour: 21}}, MaxPerWeek: 3}
	many.own.Settings, spanish.own.Settings, many.person.Settings = chosen, chosen, chosen
	many.own.Reach, spanish.own.Reach = []scheduler.Channel{scheduler.Email}, []scheduler.Channel{scheduler.Email}
	waiting := emptyShelf()
	waiting.own = reads.Page{Zone: "Asia/Kolkata", Language: "en", Waits: []scheduler.ID{"waits"}}
	facilitator := led(filled(t, "more-telehealth", firstDay, 2, beforeSpring))
	facilitator.role, facilitator.mail = access.Facilitator, nil
	for i := range facilitator.cohort.Overrides { // the store keeps reasons from them
		facilitator.cohort.Overrides[i].Reason, facilitator.cohort.Overrides[i].By = "", ""
	}
	for i := range facilitator.cohort.Exceptions {
		facilitator.cohort.Exceptions[i].Reason, facilitator.cohort.Exceptions[i].By = "", ""
	}
	calendar := busy(crowd(t, many, rolling))
	calendar.clinic.Closed = []civil.DateRange{{From: firstDay.AddDays(16), To: firstDay.AddDays(17)}}
	reachable := scheduler.ClinicContact{Name: "Riverside <West>", Phone: "+12025550100",
		Crisis: "In a crisis, call or text 988 at any time."}
	calendar.clinic.Contact, spanish.own.Contact = reachable, reachable
	calendar.clinic.Hours, calendar.clinic.Facilitators = chosen.EmailHours, "own"
	unassigned := emptyShelf()
	unassigned.role, unassigned.mail = access.Facilitator, nil
	coaching := filled(t, "train-mi", firstDay, 2, beforeSpring)
	coaching.members = []reads.Staff{{ID: staffID, Name: "Robin Ferro",
		Credentials: []scheduler.Credential{{Name: "mi-coach"}}}, {ID: clinicID, Name: "Kim Ode"}}
	reasons := led(filled(t, "more-telehealth", firstDay, 2, beforeSpring))
	undoable := filled(t, "more-telehealth", firstDay, 9, beforeSpring)
	telling(undoable)
	undoable.undos = restingOn(undoable)
	broken := emptyShelf()
	broken.trouble = fault.New(fault.Unavailable, "The database is busy. Nothing was changed; try again in a moment.")

	crowded, bare := manyPeople(emptyShelf()), emptyShelf()
	written := filled(t, "more-telehealth", firstDay, 8, beforeSpring)
	telling(written)
	recorded(written)
	twin := twinned(recorded(filled(t, "more-telehealth", firstDay, 8, beforeSpring)))
	withheld := held(recorded(filled(t, "more-telehealth", firstDay, 8, beforeSpring)))
	gone := erased(recorded(filled(t, "more-telehealth", firstDay, 8, beforeSpring)))
	bare.person = reads.Person{Person: scheduler.Person{ID: "0000000000000", Zone: "America/New_York", Language: "es"},
		Contact: scheduler.Contact{Name: "Only Name"}}
	cohort, session := "/cohorts/"+string(many.cohort.Cohort.ID), "/sessions/"+string(many.cohort.Sessions[3].ID)
	person, last := "/enrollments/"+string(many.cohort.Enrollments[0].ID),
		"/enrollments/"+string(many.cohort.Enrollments[6].ID)
	met, rollingEmpty := "/sessions/"+string(trial.cohort.Sessions[1].ID),
		filled(t, "more-rolling", firstDay, 0, beforeSpring)
	alive := lively(t, filled(t, "more-rolling", firstDay.AddDays(-21), 12, beforeSpring))
	demo := func(o *web.Options) { o.Demo = true }
	mails := func(o *web.Options) { o.SendSignIn = func(context.Context, reads.SignInLink) error { return nil } }
	demoMails := func(o *web.Options) { demo(o); mails(o) }
	post := http.MethodPost
	seen := led(filled(t, "more-telehealth", firstDay, 8, beforeSpring))
	absentee, ausente := absent(filled(t, "more-telehealth", firstDay, 8, beforeSpring)),
		absent(filled(t, "m-rocc", firstDay, 1, beforeSpring))
	ausente.own.Language = "es"
	own := personPages(many, spanish, absentee, ausente)
	return append(slices.Concat(staffGallery(empty, seen), providerGallery(empty, seen), own), []picture{
		{name: "signin_needed", shelf: empty, path: "/signin", anyone: true},
		{name: "signin_ask", shelf: empty, path: "/signin?next=/intake", anyone: true, change: mails},
		{name: "signin_ask_wrong", shelf: empty, method: post, path: "/signin", status: 422,
			form: url.Values{"email": {"pat@"}}, anyone: true, change: mails},
		{name: "signin_asked", shelf: empty, method: post, path: "/signin",
			form: url.Values{"email": {"pat@example.net"}}, anyone: true, change: mails},
		{name: "signin_asked_demo", shelf: empty, method: post, path: "/signin",
			form: url.Values{"email": {"pat@example.net"}}, anyone: true, change: demoMails},
		{name: "signin_again", shelf: empty, path: "/intake", cookie: "old", status: 404, change: mails},
		{name: "signin_again_form", shelf: empty, method: post, path: cohort + "/enroll", cookie: "old", status: 404,
			form: url.Values{"name": {"Zoë <Example>"}, "consent": {"email", "sms"}}, change: mails},
		{name: "people_empty", shelf: empty, path: "/people"},
		{name: "people", shelf: crowded, path: "/people"},
		{name: "people_found", shelf: crowded, method: post, path: "/people",
			form: url.Values{"query": {"carter ben"}}},
		{name: "people_nobody", shelf: crowded, method: post, path: "/people",
			form: url.Values{"query": {"<Nobody>"}}},
		{name: "record", shelf: written, path: "/people/" + string(written.person.ID)},
		{name: "record_one", shelf: one, path: "/people/" + string(one.person.ID)},
		{name: "record_edit", shelf: written, path: "/people/" + string(written.person.ID) + "/edit"},
		{name: "record_edit_wrong", shelf: written, method: post,
			path:   "/people/" + string(written.person.ID) + "/edit",
			form:   url.Values{"name": {"<b>"}, "external_ids": {"8812"}, "zone": {"Mars"}},
			status: 422},
		{name: "record_consents", shelf: written, path: "/people/" + string(written.person.ID) + "/consents"},
		{name: "record_consents_wrong", shelf: written, method: post, status: 422,
			path: "/people/" + string(written.person.ID) + "/consents", form: url.Values{"consents": {"sms"}}},
		{name: "consents", shelf: written, path: "/people/" + string(written.person.ID) + "/consents/written"},
		{name: "consents_none", shelf: one, path: "/people/" + string(one.person.ID) + "/consents/written"},
		{name: "consents_end_wrong", shelf: written, method: post, status: 422,
			path: "/people/" + string(written.person.ID) + "/consents/end", form: url.Values{}},
		{name: "consent_new", shelf: written,
			path: "/people/" + string(written.person.ID) + "/consents/new?kind=disclosure"},
		{name: "consent_change", shelf: written,
			path: "/people/" + string(written.person.ID) + "/consents/new?replaces=" + string(consentID)},
		{name: "consent_wrong", shelf: written, method: post, status: 422,
			path: "/people/" + string(written.person.ID) + "/consents/new",
			form: url.Values{"kind": {"legal-proceedings"}, "to": {"<b>Court"}, "expires": {"2001-01-01"}}},
		{name: "consent_paper", shelf: written,
			path: "/people/" + string(written.person.ID) + "/consents/paper?kind=legal-proceedings"},
		{name: "consent_copy", shelf: written,
			path: "/people/" + string(written.person.ID) + "/consents/paper?consent=" + string(consentID)},
		{name: "glass", shelf: facilitator, path: "/glass/new"},
		{name: "glass_wrong", shelf: facilitator, method: post, path: "/glass/new", status: 422,
			form: url.Values{"who": {"<b>Ben"}}},
		{name: "breach", shelf: written, path: "/breach"},
		{name: "breach_wrong", shelf: written, method: post, path: "/breach", status: 422,
			form: url.Values{"from": {"<b>May"}}},
		{name: "breach_paper", shelf: written, method: post, path: "/breach",
			form: url.Values{"from": {"2026-03-01"}, "until": {"2026-03-02"}, "actor": {"staff:" + string(staffID)}}},
		{name: "legal_answer", shelf: written, path: "/legal-answer"},
		{name: "glasses", shelf: written, path: "/glass"},
		{name: "disclosures", shelf: written, path: "/people/" + string(written.person.ID) + "/disclosures"},
		{name: "disclosures_wrong", shelf: one, method: post, status: 422,
			path: "/people/" + string(one.person.ID) + "/disclosures",
			form: url.Values{"to": {"<i>Court"}, "basis": {"court-order"}}},
		{name: "accounting", shelf: written, path: "/people/" + string(written.person.ID) + "/disclosures/print"},
		{name: "export_leaves_wrong", shelf: one, method: post, path: "/export/rosters", status: 422,
			form: url.Values{"to": {"<b>Oak Street"}}},
		{name: "export", shelf: one, path: "/export"},
		{name: "export_cohort", shelf: one, path: "/export?cohort=" + string(one.cohort.Cohort.ID)},
		{name: "export_wrong", shelf: one, method: post, path: "/export/attendance", status: 422,
			form: url.Values{"from": {"2026-02-30"}, "until": {""}}},
		{name: "merge", shelf: twin, path: "/people/" + string(twin.person.ID) + "/merge"},
		{name: "merge_found", shelf: twin, method: post, path: "/people/" + string(twin.person.ID) + "/merge",
			form: url.Values{"find": {"canary"}, "again": {"yes"}}},
		{name: "merge_nobody", shelf: twin, method: post, path: "/people/" + string(twin.person.ID) + "/merge",
			form: url.Values{"find": {"<Nobody>"}, "again": {"yes"}}},
		{name: "merge_wrong", shelf: twin, method: post, path: "/people/" + string(twin.person.ID) + "/merge",
			form: url.Values{}, status: 422},
		{name: "merge_compare", shelf: twin,
			path: "/people/" + string(twin.person.ID) + "/merge?with=" + string(twinID)},
		{name: "merge_confirm", shelf: twin, method: post, path: "/people/" + string(twin.person.ID) + "/merge",
			form: url.Values{"with": {string(twinID)}, "step": {"choices"}, "consents": {"sms"},
				"name": {string(twin.person.ID)}}},
		{name: "merge_same", shelf: twin,
			path: "/people/" + string(twin.person.ID) + "/merge?with=" + string(twin.person.ID)},
		{name: "export_record", shelf: written, path: "/people/" + string(written.person.ID) + "/record"},
		{name: "export_record_paper", shelf: written, method: post, form: url.Values{"as": {"page"}},
			path: "/people/" + string(written.person.ID) + "/record"},
		{name: "erase", shelf: written, path: "/people/" + string(written.person.ID) + "/erase"},
		{name: "erase_held", shelf: withheld, path: "/people/" + string(withheld.person.ID) + "/erase", status: 409},
		{name: "hold", shelf: written, path: "/people/" + string(written.person.ID) + "/hold"},
		{name: "hold_stands", shelf: withheld, path: "/people/" + string(withheld.person.ID) + "/hold"},
		{name: "record_held", shelf: withheld, path: "/people/" + string(withheld.person.ID)},
		{name: "record_erased", shelf: gone, path: "/people/" + string(gone.person.ID)},
		{name: "record_nothing", shelf: bare, path: "/people/0000000000000"},
		{name: "record_facilitator", shelf: facilitator, path: "/people/" + string(facilitator.person.ID)},
		{name: "stranger", shelf: empty, path: "/", anyone: true, status: 404},
		{name: "signin", shelf: empty, path: "/signin/onetime", anyone: true},
		{name: "today_empty", shelf: empty, path: "/", said: "welcome", change: demo},
		{name: "today_one", shelf: one, path: "/"},
		{name: "today_many", shelf: busy(crowd(t, many, rolling)), path: "/"},
		{name: "today_facilitator", shelf: facilitator, path: "/"},
		{name: "today_unassigned", shelf: unassigned, path: "/"},
		{name: "clinic", shelf: calendar, path: "/clinic"},
		{name: "clinic_new", shelf: empty, path: "/clinic"},
		{name: "clinic_wrong", shelf: calendar, method: post, path: "/clinic", status: 422,
			form: url.Values{"name": {"<i>Kept</i>"}, "zone": {"America/Chicago"}, "facilitators": {"all"},
				"hours_from": {"21:00"}, "hours_until": {"08:00"}}},
		{name: "clinic_effect", shelf: calendar, method: post, path: "/clinic",
			form: url.Values{"name": {"Riverside"}, "zone": {"America/Chicago"}, "facilitators": {"all"},
				"remind": {"chosen"}, "lead": {"48h0m0s", "4h0m0s"}}},
		{name: "calendar_week", shelf: calendar, path: "/calendar"},
		{name: "calendar_month", shelf: calendar, path: "/calendar?view=month&from=2026-03-31"},
		{name: "calendar_agenda", shelf: calendar, path: "/calendar?view=agenda"},
		{name: "calendar_empty", shelf: empty, path: "/calendar?from=2031-01-01"},
		{name: "calendar_wrong", shelf: one, path: "/calendar?view=agenda&from=2026-02-30", status: 422},
		{name: "cohorts_empty", shelf: empty, path: "/cohorts"},
		{name: "cohorts_one", shelf: one, path: "/cohorts"},
		{name: "cohorts_many", shelf: crowd(t, many, rolling), path: "/cohorts"},
		{name: "cohorts_ended", shelf: crowd(t, many, rolling), path: "/cohorts?show=ended&sort=name"},
		{name: "cohorts_nothing", shelf: one, path: "/cohorts?q=<b>Nobody"},
		{name: "cohorts_facilitator", shelf: facilitator, path: "/cohorts"},
		{name: "new", shelf: many, path: "/cohorts/new"},
		{name: "new_preview", shelf: many, method: post, path: "/cohorts/new",
			form: url.Values{"step": {"preview"}, "protocol": {"more-telehealth@1"}, "start": {"2026-02-17"},
				"time": {"18:00"}, "zone": {"America/New_York"}, "closed": {"2026-03-17"}, "past": {"yes"}}},
		{name: "new_wrong", shelf: many, method: post, path: "/cohorts/new", status: 422,
			form: url.Values{"step": {"open"}, "protocol": {"more-telehealth@1"}, "start": {"2026-02-30"},
				"time": {"6pm"}, "zone": {"EST"}, "capacity": {"few"}, "name": {"<i>Kept</i>"}}},
		{name: "new_gap", shelf: many, method: post, path: "/cohorts/new", status: 422,
			form: url.Values{"step": {"open"}, "protocol": {"mbsr-4w@1"}, "start": {"2026-03-08"}, "time": {"02:30"},
				"zone": {"America/New_York"}}},
		{name: "preview", shelf: many, method: post, path: "/cohorts/preview",
			form: url.Values{"protocol": {"mbsr-4w@1"}, "start": {"2026-03-04"}, "time": {"12:00"},
				"zone": {"Europe/London"}}},
		{name: "cohort_one", shelf: one, path: cohort, said: "opened"},
		{name: "cohort_many", shelf: many, path: cohort},
		{name: "cohort_facilitator", shelf: facilitator, path: cohort},
		{name: "cohort_revised", shelf: revised, path: cohort, said: "version"},
		{name: "version", shelf: trial, path: cohort + "/version"},
		{name: "version_confirm", shelf: trial, method: post, path: cohort + "/version",
			form: url.Values{"protocol": {grant}}},
		{name: "version_wrong", shelf: trial, method: post, path: cohort + "/version", status: 422, form: url.Values{}},
		{name: "version_stale", shelf: trial, method: post, path: cohort + "/version", status: 409,
			form: url.Values{"protocol": {grant}, "change_no": {"40"}}},
		{name: "version_none", shelf: many, path: cohort + "/version"},
		{name: "cohort_undo", shelf: undoable, path: cohort, said: "cancelled"},
		{name: "reschedule", shelf: many, path: cohort + "/reschedule"},
		{name: "reschedule_confirm", shelf: many, method: post, path: cohort + "/reschedule",
			form: url.Values{"from": {"2026-03-05"}, "days": {"thu"}, "at": {"17:00"}, "zone": {"America/New_York"}}},
		{name: "reschedule_wrong", shelf: many, method: post, path: cohort + "/reschedule", status: 422,
			form: url.Values{"from": {"2026-02-30"}, "at": {"6pm"}, "zone": {"EST"}}},
		{name: "reschedule_stale", shelf: many, method: post, path: cohort + "/reschedule", status: 409,
			form: url.Values{"from": {"2026-03-05"}, "at": {"17:00"}, "zone": {"America/New_York"},
				"change_no": {"40"}}},
		{name: "add", shelf: many, path: cohort + "/add"},
		{name: "add_confirm", shelf: many, method: post, path: cohort + "/add",
			form: url.Values{"at": {"2026-03-14"}, "at_time": {"10:00"}, "kind": {"retreat"}, "minutes": {"240"}}},
		{name: "add_wrong", shelf: many, method: post, path: cohort + "/add", status: 422,
			form: url.Values{"at": {"2026-03-14"}, "at_time": {"10:00"}, "kind": {"call"}}},
		{name: "closure", shelf: many, path: "/closure"},
		{name: "reopen", shelf: many, path: "/closure/open"},
		{name: "closure_confirm", shelf: many, method: post, path: "/closure",
			form: url.Values{"days": {"2026-03-10"}, "until": {"2026-03-12"}}},
		{name: "closure_wrong", shelf: many, method: post, path: "/closure", status: 422,
			form: url.Values{"days": {"2026-03-10"}, "until": {"2026-03-09"}}},
		{name: "enroll", shelf: one, path: cohort + "/enroll"},
		{name: "enroll_full", shelf: many, path: cohort + "/enroll"},
		{name: "enroll_wrong", shelf: many, method: post, path: cohort + "/enroll", status: 422,
			form: url.Values{"name": {""}, "email": {"pat at example"}, "phone": {"12"}, "zone": {"New York"},
				"language": {"fr"}, "consents": {"email"}}},
		{name: "enroll_known", shelf: known(t), method: post, path: cohort + "/enroll", status: 409,
			form: url.Values{"name": {"Amina Canary"}, "email": {"amina@example.net"}, "phone": {"+1 202 555 0100"},
				"language": {"en"}}},
		{name: "import", shelf: many, path: "/people/import"},
		{name: "import_wrong", shelf: many, method: post, path: "/people/import", status: 422,
			form: url.Values{"step": {"preview"}, "table": {"Zoë <Example>,zoe@example.net"}}},
		{name: "import_preview", shelf: known(t), method: post, path: "/people/import",
			form: url.Values{"step": {"preview"}, "table": {importedTable}}},
		{name: "import_undecided", shelf: known(t), method: post, path: "/people/import", status: 409,
			form: url.Values{"step": {"import"}, "table": {importedTable}}},
		{name: "cancel", shelf: many, path: session + "/cancel"},
		{name: "cancel_confirm", shelf: many, method: post, path: session + "/cancel",
			form: url.Values{"content": {"append"}}},
		{name: "cancel_wrong", shelf: many, method: post, path: session + "/cancel", status: 422,
			form: url.Values{"content": {"makeup"}}},
		{name: "cancel_stale", shelf: many, method: post, path: session + "/cancel", status: 409,
			form: url.Values{"content": {"append"}, "change_no": {"40"}}},
		{name: "move", shelf: many, path: session + "/move"},
		{name: "move_confirm", shelf: many, method: post, path: session + "/move",
			form: url.Values{"to": {"2026-03-12"}, "to_time": {"19:30"}}},
		{name: "move_wrong", shelf: many, method: post, path: session + "/move", status: 422,
			form: url.Values{"to": {"2026-04-30"}, "to_time": {"19:30"}}},
		{name: "intake", shelf: alive, path: "/intake"},
		{name: "intake_free", shelf: rolling, path: "/intake"},
		{name: "intake_closed", shelf: filled(t, "more-telehealth", firstDay.AddDays(28), 3, beforeSpring),
			path: "/intake?day=tue&part=evening"},
		{name: "intake_nothing", shelf: rolling, path: "/intake?day=sun"},
		{name: "intake_wrong", shelf: alive, path: "/intake?earliest=2026-02-31", status: 422},
		{name: "enroll_earliest", shelf: rolling, path: cohort + "/enroll?earliest=2026-03-17"},
		{name: "intake_empty", shelf: rollingEmpty, path: "/intake"},
		{name: "step_waive", shelf: alive, path: person + "/steps/waive"},
		{name: "step_waive_wrong", shelf: alive, method: post, path: person + "/steps/waive", status: 422,
			form: url.Values{"position": {"none"}, "reason": {""}}},
		{name: "step_hold_confirm", shelf: alive, method: post, path: person + "/steps/hold",
			form: url.Values{"until": {"2026-03-12"}, "seat": {"keep"}}},
		{name: "step_hold_stale", shelf: alive, method: post, path: person + "/steps/hold", status: 409,
			form: url.Values{"until": {"2026-03-12"}, "seat": {"keep"}, "change_no": {"40"}}},
		{name: "step_nothing", shelf: alive, path: person + "/steps/transfer"},
		{name: "enrollment_owes", shelf: alive, path: person},
		{name: "enrollment_offered", shelf: alive, path: last},
		{name: "enrollment_prepared", shelf: halfPrepared(t,
			lively(t, filled(t, "more-rolling", firstDay.AddDays(-21), 12, beforeSpring))),
			path: "/enrollments/" + string(alive.cohort.Enrollments[11].ID)},
		{name: "substitute", shelf: many, path: session + "/substitute"},
		{name: "substitute_reason", shelf: reasons, path: session + "/substitute"},
		{name: "cohort_reasons", shelf: reasons, path: cohort},
		{name: "set", shelf: many, path: cohort + "/set"},
		{name: "set_confirm", shelf: many, method: post, path: cohort + "/set",
			form: url.Values{"from": {"2026-03-10"}, "place": {"Room <5>"}, "minutes": {"90"},
				"name": {"Tuesday room"}}},
		{name: "set_wrong", shelf: many, method: post, path: session + "/set", status: 422,
			form: url.Values{"place": {"Detox, Room 5"}, "minutes": {"2"}, "capacity": {"few"}}},
		{name: "set_session", shelf: many, path: session + "/set"},
		{name: "role", shelf: coaching, path: cohort + "/role?role=coach"},
		{name: "cohort_coaching", shelf: coaching, path: cohort},
		{name: "move_coaching", shelf: coaching, path: "/sessions/" + string(coaching.cohort.Sessions[3].ID) + "/move"},
		{name: "phase", shelf: many, path: cohort + "/phase"},
		{name: "phase_wrong", shelf: many, method: post, path: cohort + "/phase", status: 422,
			form: url.Values{"phase": {"No such phase"}, "number": {"first"}}},
		{name: "rotation_wrong", shelf: many, method: post, path: cohort + "/rotation", status: 422,
			form: url.Values{"leader-1": {string(staffID)}, "leader-2": {string(staffID)}}},
		{name: "capacity_wrong", shelf: many, method: post, path: cohort + "/capacity", status: 422,
			form: url.Values{"capacity": {"0"}}},
		{name: "board", shelf: alive, path: cohort + "/board"},
		{name: "board_empty", shelf: rollingEmpty, path: cohort + "/board"},
		{name: "attendance", shelf: trial, path: met + "/attendance"},
		{name: "live", shelf: trial, path: met + "/live"},
		{name: "cohort_lively", shelf: alive, path: "/cohorts/" + string(alive.cohort.Cohort.ID)},
		{name: "attendance_noted", shelf: alive,
			path: "/sessions/" + string(alive.cohort.Sessions[1].ID) + "/attendance"},
		{name: "attendance_wrong", shelf: trial, method: post, path: met + "/attendance", status: 422,
			form: wrongMarks(trial)},
		{name: "attendance_future", shelf: many, path: session + "/attendance"},
		{name: "attendance_nobody", shelf: rollingEmpty,
			path: "/sessions/" + string(rollingEmpty.cohort.Sessions[0].ID) + "/attendance"},
		{name: "sheet", shelf: many, path: session + "/sheet"},
		{name: "letters", shelf: many, path: cohort + "/letters"},
		{name: "letters_code", shelf: many, path: cohort + "/letters?code=yes"},
		{name: "letters_none", shelf: empty, path: "/people/" + string(clinicID) + "/letter", status: 409},
		{name: "roster", shelf: many, path: cohort + "/roster"},
		{name: "enrollment", shelf: many, path: person, said: "seated"},
		{name: "enrollment_waiting", shelf: many, path: last},
		{name: "withdraw", shelf: many, path: person + "/withdraw"},
		{name: "tasks", shelf: many, path: "/tasks"},
		{name: "tasks_wrong", shelf: many, method: post, path: "/tasks/" + string(many.tasks[0].ID) + "/outcome",
			form:   url.Values{"outcome": {"no-answer"}, "version": {"v1"}, "date": {"2026-03-01"}, "time": {"09:00"}},
			status: 422},
		{name: "tasks_stale", shelf: many, method: post, path: "/tasks/" + string(many.tasks[0].ID) + "/outcome",
			form: url.Values{"outcome": {"reached"}, "version": {"v0"}}, status: 409},
		{name: "tasks_empty", shelf: empty, path: "/tasks", said: "done"},
		{name: "notices", shelf: many, path: "/notices"},
		{name: "notices_empty", shelf: empty, path: "/notices"},
		{name: "notices_nobody", shelf: many, path: "/notices?name=Nobody&show=wrong"},
		{name: "notices_wrong", shelf: many, path: "/notices?day=2026-02-30", status: 422},
		{name: "notices_late", shelf: many, method: post, path: "/notices/" + string(clinicID) + "/again", status: 409},
		{name: "mail_list", shelf: many, path: "/mail"},
		{name: "mail_empty", shelf: empty, path: "/mail"},
		{name: "mail", shelf: many, path: "/mail/m1"},
		{name: "trouble_missing", shelf: many, path: "/nowhere", status: 404},
		{name: "trouble_busy", shelf: broken, path: "/", status: 503},
		{name: "trouble_forbidden", shelf: facilitator, path: "/staff", status: 403},
		{name: "api_docs", shelf: empty, path: "/api/v1/docs",
			change: func(o *web.Options) { o.Programs = noPrograms{} }},
		{name: "person_offer", shelf: offer, path: "/p/" + pageKey, anyone: true},
		{name: "person_offer_spanish", shelf: oferta, path: "/p/" + pageKey, anyone: true},
		{name: "person_offer_gone", shelf: offer, method: post, path: "/p/" + pageKey, anyone: true, status: 409,
			form: url.Values{"answer": {"accept"}, "enrollment": {string(clinicID)}}},
		{name: "person_waiting", shelf: waiting, path: "/p/" + pageKey, anyone: true},
		{name: "join_open", shelf: many, path: "/j/" + openKey, anyone: true},
		{name: "join_open_spanish", shelf: spanish, path: "/j/" + openKey, anyone: true},
		{name: "join_phone", shelf: many, path: "/j/" + phoneKey, anyone: true},
		{name: "join_room", shelf: many, path: "/j/" + roomKey, anyone: true},
		{name: "join_room_spanish", shelf: spanish, path: "/j/" + roomKey, anyone: true},
		{name: "join_room_down", shelf: many, method: post, path: "/j/" + roomKey, anyone: true, status: 503,
			form: url.Values{}},
		{name: "join_early", shelf: many, path: "/j/" + earlyKey, anyone: true},
		{name: "join_early_spanish", shelf: spanish, path: "/j/" + earlyKey, anyone: true},
		{name: "join_shut", shelf: many, path: "/j/" + shutKey, anyone: true, status: 404},
		{name: "join_shut_spanish", shelf: spanish, path: "/j/" + shutKey, anyone: true, status: 404},
		{name: "question", shelf: many, path: "/c/" + confirmKey, anyone: true},
		{name: "question_spanish", shelf: spanish, path: "/c/" + confirmKey, anyone: true},
		{name: "question_answered", shelf: one, path: "/c/" + confirmKey, anyone: true},
		{name: "question_nothing", shelf: many, method: post, path: "/c/" + confirmKey, anyone: true, status: 422,
			form: url.Values{}},
		{name: "texts", shelf: many, path: "/texts", anyone: true},
		{name: "question_missing", shelf: many, path: "/c/unknown", anyone: true, status: 404},
		{name: "settings", shelf: many, path: "/p/" + pageKey + "/settings", said: "saved", anyone: true},
		{name: "settings_spanish", shelf: spanish, path: "/p/" + pageKey + "/settings", anyone: true},
		{name: "settings_wrong", shelf: many, method: post, path: "/p/" + pageKey + "/settings", anyone: true,
			status: 422, form: url.Values{"from": {"22:00"}, "until": {"07:00"}}},
		{name: "staff_settings", shelf: many, path: person + "/settings"},
		{name: "staff_settings_wrong", shelf: many, method: post, path: person + "/settings", status: 422,
			form: url.Values{"max_per_week": {"many"}, "from": {"8"}}},
		{name: "own_consents", shelf: written, path: "/p/" + pageKey + "/consents", anyone: true},
		{name: "own_consents_spanish", shelf: spanish, path: "/p/" + pageKey + "/consents", said: "consented",
			anyone: true},
		{name: "own_consents_wrong", shelf: many, method: post, path: "/p/" + pageKey + "/consents", anyone: true,
			status: 422, form: url.Values{"kind": {"research-contact"}}},
		{name: "person_missing", shelf: many, path: "/p/unknown", anyone: true, status: 404},
	}...)
}
