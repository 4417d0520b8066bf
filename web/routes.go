package web

import (
	"net/http"

	"almanac/scheduler/access"
)

const (
	get  = http.MethodGet
	post = http.MethodPost
)

// register registers every address with the policy that guards it.
func (s *Server) register() {
	s.registerPublic()
	s.registerPrivate()
	s.registerCohorts()
	s.registerSessions()
	s.registerEnrollments()
	s.registerClinic()
	s.registerAPI()
}

// registerPublic registers what anyone may open.
func (s *Server) registerPublic() {
	// Health and static files.
	s.route(anybody(), get, "/healthz", s.healthAlive)
	s.route(anybody(), get, "/readyz", s.healthReady)
	s.route(anybody(), get, "/robots.txt", s.robots)
	s.route(anybody(), get, "/assets/:version/:file", s.assetShow)

	// What video hosts report; event_sync of Jitsi adds the kind of event to the address.
	s.route(anybody().upTo(mostReport), post, "/hooks/video/:host", s.videoReport)
	s.route(anybody().upTo(mostReport), post, "/hooks/video/:host/events/:thing/:what", s.videoReport)

	// Texts: what there is to know about them, and what their gateway says.
	s.route(anybody(), get, "/texts", s.textsShow)
	s.route(anybody(), post, "/hooks/sms/:driver", s.textHook)
	s.route(anybody(), get, "/hooks/sms/:driver", s.textHook)

	// Sign-in of staff.
	s.route(anybody(), get, "/signin", s.signInAskForm)
	s.route(anybody(), post, "/signin", s.signInAsk)
	s.route(anybody(), post, providerPath, s.providerSignIn)
	s.route(anybody(), get, providerPath, s.providerAnswer)
	s.route(staff(access.SignInOwn).whileLocked().byLink(), post, "/account/provider/prove", s.providerProve)
	s.route(anybody(), get, "/signin/:token", s.signInForm)
	s.route(anybody(), post, "/signin/:token", s.signIn)
	s.route(anybody(), get, "/signin/first/:token", s.firstForm)
	s.route(anybody(), post, "/signin/first/:token", s.firstAdd)
	s.route(anybody(), post, "/signout", s.signOut)
	s.route(anybody(), post, "/passkey/options", s.passkeyOptions)
	s.route(anybody(), post, "/passkey/sign-in", s.passkeySignIn)
	s.route(staff(access.SignInOwn).whileLocked().byLink(), post, "/passkey/prove", s.passkeyProve)
	s.route(anybody(), get, "/locked", s.lockState)
}

// registerPrivate registers what participants open with a token in the address.
func (s *Server) registerPrivate() {
	// Calendar feeds.
	s.route(subscriber(), get, feedPrefix+":file", s.feed)
	s.route(subscriber(), http.MethodOptions, feedPrefix+":file", s.feedOptions)
	s.route(subscriber(), get, busyPrefix+":file", s.freeBusy)

	// A participant's own page, with offers, waitlist and settings.
	s.route(participant(), get, "/p/:token", s.personShow)
	s.route(participant(), post, "/p/:token", s.offerAnswer)
	s.route(participant(), post, "/p/:token/leave", s.waitlistLeave)
	s.route(participant(), get, "/p/:token/dates/:seat", s.dateShow)
	s.route(participant(), post, "/p/:token/dates/:seat", s.dateChange)
	s.route(participant(), get, "/p/:token/dates/:seat/calendar.ics", s.dateFile)
	s.route(participant(), post, "/p/:token/back", s.dateBack)
	s.route(participant(), get, "/p/:token/settings", s.ownSettingsForm)
	s.route(participant(), post, "/p/:token/settings", s.ownSettingsSave)
	s.route(participant(), post, "/p/:token/channels", s.ownChannelSave)
	s.route(participant(), get, "/p/:token/details", s.ownDetailsForm)
	s.route(participant(), post, "/p/:token/details", s.ownDetailsSave)
	s.route(participant(), get, "/p/:token/consents", s.ownConsentsForm)
	s.route(participant(), post, "/p/:token/consents", s.ownConsentsSave)

	// Confirm links.
	s.route(participant(), get, questionPrefix+":token", s.questionForm)
	s.route(participant(), post, questionPrefix+":token", s.questionAnswer)

	// Links that take another address back.
	s.route(participant(), get, stopPrefix+":token", s.stopForm)
	s.route(participant(), post, stopPrefix+":token", s.stopSave)

	// Ways into sessions.
	s.route(participant(), get, joinPrefix+":token", s.joinShow)
	s.route(participant(), post, joinPrefix+":token", s.joinEnter)
	s.route(participant(), post, joinPrefix+":token/trouble", s.joinTrouble)
}

// registerCohorts registers the pages of cohorts.
func (s *Server) registerCohorts() {
	// Today, the list of cohorts, and opening a cohort.
	s.route(staff(access.SignInOwn), get, "/", s.homeShow)
	s.route(staff(access.CohortView), get, "/calendar", s.calendarShow)
	s.route(staff(access.CohortView), get, "/calendar/feeds", s.staffFeedList)
	s.route(staff(access.CohortView), post, "/calendar/feeds", s.staffFeedAdd)
	s.route(staff(access.CohortView), post, "/calendar/feeds/:id/end", s.staffFeedEnd)
	s.route(staff(access.CohortView), get, "/cohorts", s.cohortList)
	s.route(staff(access.CohortOpen), get, "/cohorts/new", s.cohortOpenForm)
	s.route(staff(access.CohortOpen), post, "/cohorts/new", s.cohortOpen)
	s.route(staff(access.CohortOpen), post, "/cohorts/preview", s.cohortOpenPreview)

	// One cohort: its page, its board, and its roster on paper.
	s.route(staff(access.CohortView), get, "/cohorts/:id", s.cohortShow)
	s.route(staff(access.AttendanceView), get, "/cohorts/:id/board", s.cohortBoard)
	s.route(staff(access.CohortView), get, "/cohorts/:id/roster", s.cohortRoster)
	s.route(staff(access.PersonView), get, "/cohorts/:id/letters", s.cohortLetters)

	// Changes of a cohort.
	change := func(path string, f changeForm) {
		f.next = toCohort
		s.routeChange(staff(access.CohortChange), path, f)
	}
	change("/cohorts/:id/version", changeForm{
		flash: "version", page: s.cohortVersionPage, propose: s.cohortVersionProposal,
	})
	change("/cohorts/:id/reschedule", changeForm{
		flash: "rescheduled", page: s.cohortReschedulePage, propose: cohortRescheduleProposal,
	})
	change("/cohorts/:id/add", changeForm{flash: "added", page: s.sessionAddPage, propose: sessionAddProposal})
	change("/cohorts/:id/set", changeForm{flash: "set", page: s.cohortSetPage, propose: cohortSetProposal})
	change("/cohorts/:id/role", changeForm{flash: "set", page: s.cohortRolePage, propose: cohortRoleProposal})
	change("/cohorts/:id/phase", changeForm{flash: "set", page: s.cohortPhasePage, propose: cohortPhaseProposal})
	change("/cohorts/:id/rotation", changeForm{
		flash: "led", page: s.cohortRotationPage, propose: cohortRotationProposal,
	})
	change("/cohorts/:id/capacity", changeForm{
		flash: "seats", page: s.cohortCapacityPage, propose: cohortCapacityProposal,
	})
	change("/cohorts/:id/end", changeForm{flash: "ending", page: s.cohortEndPage, propose: cohortEndProposal})
	s.routeChange(staff(access.MessageSend), "/cohorts/:id/message", changeForm{
		flash: "message", page: s.cohortMessagePage, propose: cohortMessageProposal, next: toCohort,
	})
	s.route(staff(access.MessageView), get, "/messages", s.messageList)
	change("/cohorts/:id/waitlist", changeForm{
		flash: "waitlist", page: s.cohortWaitlistPage, propose: cohortWaitlistProposal,
	})
}

// registerSessions registers the pages of sessions.
func (s *Server) registerSessions() {
	// Changes of a session.
	change := func(action access.Action, path string, f changeForm) {
		f.next = toCohortOf
		s.routeChange(staff(action), path, f)
	}
	change(access.SessionChange, "/sessions/:id/cancel", changeForm{
		flash: "cancelled", page: s.sessionCancelPage, propose: sessionCancelProposal,
	})
	change(access.SessionChange, "/sessions/:id/move", changeForm{
		flash: "moved", page: s.sessionMovePage, propose: sessionMoveProposal,
	})
	change(access.CohortChange, "/sessions/:id/set", changeForm{
		flash: "set", page: s.sessionSetPage, propose: sessionSetProposal,
	})
	change(access.CohortChange, "/sessions/:id/substitute", changeForm{
		flash: "led", page: s.sessionSubstitutePage, propose: sessionSubstituteProposal,
	})

	// Attendance.
	s.route(staff(access.AttendanceTake), get, "/sessions/:id/attendance", s.attendanceForm)
	s.route(staff(access.AttendanceTake), post, "/sessions/:id/attendance", s.attendanceSave)
	s.route(staff(access.AttendanceTake), get, "/sessions/:id/sheet", s.sessionSheet)

	// A running session.
	s.route(staff(access.AttendanceTake), get, "/sessions/:id/live", s.liveShow)
	s.route(staff(access.AttendanceTake), post, "/sessions/:id/live/join", s.liveJoin)
	s.route(staff(access.AttendanceTake), post, "/sessions/:id/live/end", s.liveEnd)
}

// registerEnrollments registers the pages of people and their enrollments.
func (s *Server) registerEnrollments() {
	// Intake and enrolling.
	s.route(staff(access.Enroll), get, "/intake", s.intakeShow)
	s.route(staff(access.EnrollmentChange), post, "/intake/done", s.intakeDone)
	s.route(staff(access.Enroll), get, "/people/import", s.importForm)
	s.route(staff(access.Enroll).upTo(mostUpload), post, "/people/import", s.importPeople)
	s.registerExports()
	s.registerReferrals()
	s.registerAssessments()
	s.route(staff(access.Enroll), get, "/cohorts/:id/enroll", s.enrollForm)
	s.route(staff(access.Enroll), post, "/cohorts/:id/enroll", s.enroll)
	s.route(staff(access.Enroll), post, "/enrollments/:id/admit", s.enrollmentAdmit)

	// People: the list, the search, and the pages of each.
	s.registerPeoplePages()
	s.registerRights()

	// One enrollment, its person's settings, and its changes.
	s.route(staff(access.PersonView), get, "/enrollments/:id", s.enrollmentShow)
	s.route(staff(access.PersonChange), get, "/enrollments/:id/settings", s.personSettingsForm)
	s.route(staff(access.PersonChange), post, "/enrollments/:id/settings", s.personSettingsSave)
	s.route(staff(access.EnrollmentChange), get, "/enrollments/:id/steps/:step", s.enrollmentStepForm)
	s.route(staff(access.EnrollmentChange), post, "/enrollments/:id/steps/:step", s.enrollmentStepSave)
	s.routeChange(staff(access.Withdraw), "/enrollments/:id/withdraw", changeForm{
		flash: "withdrawn", page: s.enrollmentWithdrawPage, propose: enrollmentWithdrawProposal,
		next: toEnrollment, previewFirst: true,
	})
}

// registerClinic registers the pages about a whole clinic.
func (s *Server) registerClinic() {
	// Settings, closed days, and undo.
	s.route(staff(access.ClinicChange), get, "/clinic", s.clinicForm)
	s.route(staff(access.ClinicChange), post, "/clinic", s.clinicSave)
	s.routeChange(staff(access.CohortChange), "/closure", changeForm{
		flash: "closed", page: s.closurePage, propose: closureProposal, next: toHome,
	})
	s.routeChange(staff(access.CohortChange), "/closure/open", changeForm{
		flash: "reopened", page: s.reopenPage, propose: reopenProposal, next: toHome,
	})
	s.route(staff(access.ChangeUndo), post, "/undo", s.changeUndo)

	// Tasks, notices, unsent mail and staff.
	s.route(staff(access.TaskView), get, "/tasks", s.taskList)
	s.route(staff(access.TaskDone), post, "/tasks/:id/done", s.taskDone)
	s.route(staff(access.TaskDone), post, "/tasks/:id/outcome", s.taskOutcome)
	s.route(staff(access.TaskView), get, "/notices", s.noticeList)
	s.route(staff(access.TaskDone), post, "/notices/:id/again", s.noticeRetry)
	s.route(staff(access.MailView), get, "/mail", s.mailList)
	s.route(staff(access.MailView), get, "/mail/:id", s.mailShow)
	s.route(staff(access.MailView), get, "/mail/:id/body", s.mailBody)
	s.route(staff(access.AuditView), get, "/audit", s.auditList)
	s.registerReports()
	s.registerStaff()
}

// registerStaff registers the pages about the people who work at a clinic, and one's own.
func (s *Server) registerStaff() {
	s.route(staff(access.SignInOwn).byLink(), get, "/account", s.accountShow)
	s.route(staff(access.SignInOwn), post, "/account/sign-ins", s.accountSignIns)
	s.route(staff(access.SignInOwn), post, "/account/use", s.screenUse)
	s.route(staff(access.SignInOwn), post, "/account/passkeys", s.accountPasskey)
	s.route(staff(access.SignInOwn).byLink(), post, "/account/passkeys/options", s.passkeyAddOptions)
	s.route(staff(access.SignInOwn).byLink(), post, "/account/passkeys/new", s.passkeyAdd)
	s.route(staff(access.SignInOwn).byLink(), post, "/account/provider/link", s.providerLink)
	s.route(staff(access.SignInOwn), post, "/account/provider/unlink", s.accountUnlink)
	s.route(staff(access.StaffManage), get, "/staff", s.staffList)
	s.route(staff(access.StaffManage), get, "/staff/invite", s.staffInviteForm)
	s.route(staff(access.StaffManage), post, "/staff/invite", s.staffInvite)
	s.route(staff(access.StaffManage), get, "/staff/:id", s.staffMember)
	s.route(staff(access.StaffManage), post, "/staff/:id/role", s.staffRole)
	s.route(staff(access.StaffManage), post, "/staff/:id/link", s.staffLink)
	s.route(staff(access.StaffManage), post, "/staff/:id/disable", s.staffDisable)
	s.route(staff(access.StaffManage), post, "/staff/:id/enable", s.staffEnable)
	s.route(staff(access.StaffManage), post, "/staff/:id/credential", s.staffCredential)
	s.route(staff(access.StaffManage), post, "/staff/:id/sign-ins", s.staffSignIns)
	s.route(staff(access.StaffManage), post, "/staff/:id/passkeys", s.staffPasskey)
	s.route(staff(access.StaffManage), post, "/staff/:id/unlink", s.staffUnlink)
	s.routeChange(staff(access.StaffManage), "/staff/:id/hand-over", changeForm{
		flash: "handed-over", page: s.staffHandOverPage, propose: staffHandOverProposal, next: toMember,
	})
}
