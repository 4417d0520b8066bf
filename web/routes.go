package web

import (
	"net/http"

	"almanac/scheduler/access"
)

// register lists every address with who may come there.
func (s *Server) register() {
	const get, post = http.MethodGet, http.MethodPost

	s.route(anybody(), get, "/healthz", s.alive)
	s.route(anybody(), get, "/readyz", s.ready)
	s.route(anybody(), get, "/robots.txt", s.robots)
	s.route(anybody(), get, "/assets/:version/:file", s.asset)
	s.route(anybody(), get, "/signin", s.signInNeeded)
	s.route(anybody(), get, "/signin/:token", s.signInForm)
	s.route(anybody(), post, "/signin/:token", s.signIn)
	s.route(anybody(), post, "/signout", s.signOut)

	s.route(subscriber(), get, feedPrefix+":file", s.feed)
	s.route(subscriber(), http.MethodOptions, feedPrefix+":file", s.feedOptions)
	s.route(participant(), get, "/p/:token", s.personPage)
	s.route(participant(), post, "/p/:token", s.offerAnswer)
	s.route(participant(), post, "/p/:token/leave", s.leaveWaitlist)
	s.route(participant(), get, "/p/:token/settings", s.ownSettingsForm)
	s.route(participant(), post, "/p/:token/settings", s.ownSettingsSave)
	s.route(participant(), get, questionPrefix+":token", s.questionForm)
	s.route(participant(), post, questionPrefix+":token", s.question)

	s.route(staff(access.CohortView), get, "/", s.cohortList)
	s.route(staff(access.CohortOpen), get, "/cohorts/new", s.cohortNew)
	s.route(staff(access.CohortOpen), post, "/cohorts/new", s.cohortOpen)
	s.route(staff(access.CohortOpen), post, "/cohorts/preview", s.cohortPreview)
	s.route(staff(access.CohortView), get, "/cohorts/:id", s.cohortShow)
	s.routeTwoSteps(staff(access.CohortChange), "/cohorts/:id/version", twoSteps{done: "version", page: s.versionPage, propose: s.versionProposal, after: toCohort})
	s.routeTwoSteps(staff(access.CohortChange), "/cohorts/:id/reschedule", twoSteps{done: "rescheduled", page: s.reschedulePage, propose: rescheduleProposal, after: toCohort})
	s.routeTwoSteps(staff(access.CohortChange), "/cohorts/:id/add", twoSteps{done: "added", page: s.addedPage, propose: addedProposal, after: toCohort})
	s.route(staff(access.CohortView), get, "/cohorts/:id/roster", s.roster)
	s.route(staff(access.CohortView), get, "/cohorts/:id/board", s.board)
	s.routeTwoSteps(staff(access.CohortChange), "/cohorts/:id/capacity", twoSteps{done: "seats", page: s.capacityPage, propose: capacityProposal, after: toCohort})
	s.routeTwoSteps(staff(access.CohortChange), "/cohorts/:id/set", twoSteps{done: "set", page: s.setPage, propose: setProposal, after: toCohort})
	s.routeTwoSteps(staff(access.CohortChange), "/cohorts/:id/role", twoSteps{done: "set", page: s.rolePage, propose: roleProposal, after: toCohort})
	s.routeTwoSteps(staff(access.CohortChange), "/sessions/:id/set", twoSteps{done: "set", page: s.setSessionPage, propose: setSessionProposal, after: toCohortOf})
	s.routeTwoSteps(staff(access.CohortChange), "/cohorts/:id/end", twoSteps{done: "ending", page: s.endPage, propose: endProposal, after: toCohort})
	s.routeTwoSteps(staff(access.CohortChange), "/cohorts/:id/waitlist", twoSteps{done: "waitlist", page: s.waitlistPage, propose: waitlistProposal, after: toCohort})
	s.routeTwoSteps(staff(access.CohortChange), "/cohorts/:id/rotation", twoSteps{done: "led", page: s.rotationPage, propose: rotationProposal, after: toCohort})
	s.routeTwoSteps(staff(access.CohortChange), "/sessions/:id/substitute", twoSteps{done: "led", page: s.substitutePage, propose: substituteProposal, after: toCohortOf})
	s.route(staff(access.Enroll), get, "/intake", s.intake)
	s.route(staff(access.Enroll), get, "/cohorts/:id/enroll", s.enrollForm)
	s.route(staff(access.Enroll), post, "/cohorts/:id/enroll", s.enroll)

	s.routeTwoSteps(staff(access.CohortChange), "/closure", twoSteps{done: "closed", page: s.closurePage, propose: closureProposal, after: toHome})
	s.routeTwoSteps(staff(access.CohortChange), "/closure/open", twoSteps{
		done: "reopened", page: s.reopenPage, propose: reopenProposal, after: toHome,
	})
	s.route(staff(access.ChangeUndo), post, "/undo", s.undo)
	s.registerDesk()
}

// registerDesk lists the addresses of sessions, enrollments and the desk's lists.
func (s *Server) registerDesk() {
	const get, post = http.MethodGet, http.MethodPost

	s.routeTwoSteps(staff(access.SessionChange), "/sessions/:id/cancel", twoSteps{done: "cancelled", page: s.cancelPage, propose: cancelProposal, after: toCohortOf})
	s.routeTwoSteps(staff(access.SessionChange), "/sessions/:id/move", twoSteps{done: "moved", page: s.movePage, propose: moveProposal, after: toCohortOf})
	s.route(staff(access.AttendanceTake), get, "/sessions/:id/attendance", s.attendanceForm)
	s.route(staff(access.AttendanceTake), post, "/sessions/:id/attendance", s.attendance)
	s.route(staff(access.AttendanceTake), get, "/sessions/:id/sheet", s.sheet)

	s.route(staff(access.PersonView), get, "/enrollments/:id", s.enrollmentShow)
	s.route(staff(access.PersonChange), get, "/enrollments/:id/settings", s.settingsForm)
	s.route(staff(access.PersonChange), post, "/enrollments/:id/settings", s.settingsSave)
	s.route(staff(access.EnrollmentChange), get, "/enrollments/:id/steps/:step", s.stepForm)
	s.route(staff(access.EnrollmentChange), post, "/enrollments/:id/steps/:step", s.step)
	s.routeTwoSteps(staff(access.Withdraw), "/enrollments/:id/withdraw", twoSteps{done: "withdrawn", page: s.withdrawPage, propose: withdrawProposal, after: toEnrollment, direct: true})
	s.route(staff(access.Enroll), post, "/enrollments/:id/admit", s.admitFromWaitlist)

	s.route(staff(access.TaskView), get, "/tasks", s.taskList)
	s.route(staff(access.TaskDone), post, "/tasks/:id/done", s.taskDone)
	s.route(staff(access.TaskView), get, "/notices", s.noticeList)
	s.route(staff(access.TaskDone), post, "/notices/:id/again", s.noticeAgain)
	s.route(staff(access.MailView), get, "/mail", s.mailList)
	s.route(staff(access.MailView), get, "/mail/:id", s.mailShow)
	s.route(staff(access.StaffManage), get, "/staff", s.staffList)

	s.registerAPI()
}
