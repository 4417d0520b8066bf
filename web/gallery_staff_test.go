package web_test

import (
	"context"
	"net/http"
	"net/url"

	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/web"
)

// asRole is a shelf that somebody with another role looks at.
func asRole(s *shelf, role access.Role) *shelf {
	other := *s
	other.role = role
	return &other
}

// staffGallery shows the pages about staff.
func staffGallery(empty, many *shelf) []picture {
	many.members = []reads.Staff{
		{ID: staffID, Name: "Robin Ferro", Email: "robin@example.org", Role: "admin"},
		{ID: clinicID, Name: "Kim Ode", Email: "kim@example.org", Role: "facilitator",
			Credentials: []scheduler.Credential{
				{Name: "mbsr-teacher", Expires: civil.Date{Year: 2026, Month: 2, Day: 1}},
				{Name: "more-trained", Expires: civil.Date{Year: 2027, Month: 3, Day: 31}}, {Name: "mi-coach"}}},
		{ID: "3333333333333", Name: "يوسف <b>Wolfeschlegelsteinhausenbergerdorff</b> de la Cruz y Montemayor",
			Email: "wolfeschlegelsteinhausenbergerdorff@a-rather-long-clinic-name.example.org", Role: "coordinator"},
		{ID: "4444444444444", Name: "Lee Gone", Email: "lee@example.org", Role: "facilitator", Disabled: true},
	}
	many.signIns = someSignIns()
	empty.signIns = someSignIns()[:1]
	kim, gone := "/staff/"+string(clinicID), "/staff/4444444444444"
	mails := func(o *web.Options) {
		o.SendSignIn, o.Mail = func(context.Context, reads.SignInLink) error { return nil }, nil
	}
	named := func(o *web.Options) { o.PublicURL = func() string { return "http://localhost:8080" } }
	refuses := func(o *web.Options) {
		o.SendSignIn, o.Mail = func(context.Context, reads.SignInLink) error { return context.Canceled }, nil
	}
	post := http.MethodPost
	message := "/cohorts/" + string(many.cohort.Cohort.ID) + "/message"
	return []picture{
		{name: "audit", shelf: many, path: "/audit"},
		{name: "audit_empty", shelf: empty, path: "/audit"},
		{name: "messages", shelf: many, path: "/messages"},
		{name: "messages_cohort", shelf: many, path: "/messages?cohort=" + string(many.cohort.Cohort.ID)},
		{name: "messages_empty", shelf: empty, path: "/messages"},
		{name: "messages_wrong", shelf: many, path: "/messages?after=yesterday", status: 422},
		{name: "reports", shelf: many, path: "/reports"},
		{name: "reports_empty", shelf: empty, path: "/reports/waiting?from=2026-06-01"},
		{name: "reports_chosen", shelf: many, path: "/reports/attendance?by=month&from=2026-01-07&to=2026-03-31" +
			"&cohort=" + string(many.cohort.Cohort.ID)},
		{name: "reports_messages", shelf: many, path: "/reports/messages"},
		{name: "reports_front_desk", shelf: asRole(many, access.FrontDesk), path: "/reports/waiting"},
		{name: "reports_wrong", shelf: many, path: "/reports/stays?from=2026-02-31&to=2026-01-01", status: 422},
		{name: "reports_long", shelf: many, path: "/reports/seats?from=2001-01-01&to=2051-01-01&by=month", status: 422},
		{name: "audit_wrong", shelf: many, path: "/audit?after=yesterday", status: 422},
		{name: "cohort_front_desk", shelf: asRole(many, access.FrontDesk),
			path: "/cohorts/" + string(many.cohort.Cohort.ID)},
		{name: "enrollment_front_desk", shelf: asRole(many, access.FrontDesk),
			path: "/enrollments/" + string(many.cohort.Enrollments[0].ID)},
		{name: "enrollment_auditor", shelf: asRole(many, access.Auditor),
			path: "/enrollments/" + string(many.cohort.Enrollments[0].ID)},
		{name: "account", shelf: many, path: "/account", said: "signed-out"},
		{name: "account_passkeys", path: "/account", change: named,
			shelf: withPasskeys(many, reads.ByCommand, "My phone", "Desk in room 2 <b>, the one by the window there")},
		{name: "account_first_passkey", shelf: withPasskeys(many, reads.ByInvitation),
			path: "/account", change: named},
		{name: "account_no_passkey", shelf: withPasskeys(many, reads.ByMail), path: "/account",
			change: named},
		{name: "account_passkey_wrong", shelf: withPasskeys(many, reads.ByMail, "My phone"), method: post,
			path: "/account/passkeys", form: url.Values{"rename": {"8888888888881"}, "name-8888888888881": {" "}},
			status: 422,
			change: named},
		{name: "prove", shelf: withPasskeys(many, reads.ByMail, "My phone"), path: "/staff", change: named,
			status: 403},
		{name: "prove_typed", shelf: withPasskeys(many, reads.ByMail, "My phone"), method: post, path: "/staff/invite",
			change: named, status: 403, form: url.Values{"name": {"Robin <b> Ferro"}}},
		{name: "prove_first", shelf: withPasskeys(many, reads.ByInvitation), path: "/staff", change: named,
			status: 403},
		{name: "prove_mail", shelf: withPasskeys(many, reads.ByMail), path: "/staff", change: named, status: 403},
		{name: "prove_number", shelf: withPasskeys(many, reads.ByMail), path: "/staff", status: 403},
		{name: "staff_member_passkeys", shelf: withPasskeys(many, reads.ByCommand, "My phone", "Desk"), path: kim},
		{name: "signin_passkey", shelf: empty, path: "/signin", anyone: true,
			change: func(o *web.Options) { mails(o); named(o) }},
		{name: "locked", shelf: lockedUp(many, "My phone"), path: "/intake?sort=name", status: 423,
			change: func(o *web.Options) { mails(o); named(o) }},
		{name: "locked_typed", shelf: lockedUp(many), method: post, path: "/staff/invite", status: 423, change: mails,
			form: url.Values{"name": {"Robin <b> Ferro"}}},
		{name: "locked_no_mail", shelf: lockedUp(many), path: "/", status: 423},
		{name: "first", shelf: empty, path: "/signin/first/onetime", anyone: true},
		{name: "first_wrong", shelf: empty, method: post, path: "/signin/first/onetime", anyone: true, status: 422,
			form: url.Values{"email": {"robin@"}}},
		{name: "account_one", shelf: empty, path: "/account"},
		{name: "account_wrong", shelf: many, method: post, path: "/account/sign-ins", status: 404,
			form: url.Values{"end": {"that one"}}},
		{name: "message", shelf: many, path: message},
		{name: "message_wrong", shelf: many, method: post, path: message, status: 422,
			form: url.Values{"to": {"waitlist"}, "text": {"Your therapy group is off."}}},
		{name: "message_confirm", shelf: many, method: post, path: message,
			form: url.Values{"to": {"group"}, "text": {"Please use the side door.\nIt is open until 8."}}},
		{name: "assessments", shelf: many, path: "/assessments"},
		{name: "assessments_empty", shelf: empty, path: "/assessments?show=noted"},
		{name: "assessment", shelf: many, path: "/assessments/a222222222222"},
		{name: "assessment_wrong", shelf: many, method: post, path: "/assessments/a222222222222", status: 422,
			form: url.Values{"outcome": {"done"}, "date": {"soon"}, "mode": {"phone"}}},
		{name: "referrals", shelf: many, path: "/referrals"},
		{name: "referrals_ended", shelf: many, path: "/referrals?show=ended"},
		{name: "referrals_empty", shelf: empty, path: "/referrals"},
		{name: "referral", shelf: suiting(many), path: "/referrals/1111111111111"},
		{name: "referral_unsuited", shelf: many, path: "/referrals/1111111111111"},
		{name: "referral_new", shelf: many, path: "/referrals/new"},
		{name: "referral_wrong", shelf: many, method: post, path: "/referrals/new", status: 422,
			form: url.Values{"name": {""}, "times": {"mon 06:00-12:00"}, "other_times": {"someday"}}},
		{name: "referral_import", shelf: many, path: "/referrals/import"},
		{name: "referral_import_shown", shelf: many, method: post, path: "/referrals/import",
			form: url.Values{"table": {"name,times,from\nKim Ode,tue 17:00-20:00,x\n<b>Ben</b>,,"}}},
		{name: "referral_import_wrong", shelf: many, method: post, path: "/referrals/import", status: 422,
			form: url.Values{"table": {"name,times\nKim Ode,someday"}}},
		{name: "referral_close", shelf: many, method: post, path: "/referrals/1111111111111/close", status: 422,
			form: url.Values{"why": {" "}}},
		{name: "feeds", shelf: many, path: "/calendar/feeds"},
		{name: "feeds_empty", shelf: empty, path: "/calendar/feeds"},
		{name: "feeds_new", shelf: many, method: post, path: "/calendar/feeds",
			form: url.Values{"shows": {"own"}, "detail": {"full"}}},
		{name: "feeds_wrong", shelf: many, method: post, path: "/calendar/feeds", status: 422,
			form: url.Values{"shows": {"cohort:"}, "detail": {"full"}}},
		{name: "feeds_full", shelf: many, method: post, path: "/calendar/feeds", status: 409,
			form: url.Values{"shows": {"place:full"}}},
		{name: "staff", shelf: many, path: "/staff"},
		{name: "staff_empty", shelf: empty, path: "/staff"},
		{name: "staff_invite", shelf: many, path: "/staff/invite"},
		{name: "staff_invite_mail", shelf: many, path: "/staff/invite", change: mails},
		{name: "staff_invite_wrong", shelf: many, method: post, path: "/staff/invite", status: 422,
			form: url.Values{"email": {"pat@"}, "role": {"coordinator"}}},
		{name: "staff_invited", shelf: many, method: post, path: "/staff/invite",
			form: url.Values{"name": {"Robin Ferro"}}},
		{name: "staff_member", shelf: many, path: kim, change: mails},
		{name: "staff_member_long", shelf: many, path: "/staff/3333333333333", said: "mailed"},
		{name: "staff_member_disabled", shelf: many, path: gone, said: "disabled"},
		{name: "staff_member_missing", shelf: many, path: "/staff/5555555555555", status: 404},
		{name: "staff_link", shelf: many, method: post, path: kim + "/link"},
		{name: "staff_link_unsent", shelf: many, method: post, path: kim + "/link", change: refuses},
		{name: "staff_role_last", shelf: many, method: post, path: "/staff/" + string(staffID) + "/role", status: 409,
			form: url.Values{"role": {"facilitator"}}},
		{name: "staff_credential_wrong", shelf: many, method: post, path: kim + "/credential", status: 422,
			form: url.Values{"credential": {"MI Coach"}}},
		{name: "hand_over", shelf: many, path: kim + "/hand-over"},
		{name: "hand_over_wrong", shelf: many, method: post, path: kim + "/hand-over", status: 422,
			form: url.Values{"from": {"2026-02-30"}}},
		{name: "hand_over_confirm", shelf: many, method: post, path: kim + "/hand-over",
			form: url.Values{"facilitator": {string(staffID)}, "from": {"2026-03-05"}, "reason": {"covers for them"}}},
		{name: "hand_over_stale", shelf: many, method: post, path: kim + "/hand-over", status: 409,
			form: url.Values{"facilitator": {string(staffID)}, "from": {"2026-03-05"}, "reason": {"covers for them"},
				"change_no": {"40"}}},
	}
}
