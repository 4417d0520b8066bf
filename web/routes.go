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
	s.route(anybody(), get, "/signin/:token", s.signInForm)
	s.route(anybody(), post, "/signin/:token", s.signIn)
	s.route(anybody(), post, "/signout", s.signOut)

	s.route(subscriber(), get, feedPrefix+":file", s.feed)
	s.route(subscriber(), http.MethodOptions, feedPrefix+":file", s.feedOptions)
	s.route(participant(), get, "/p/:token", s.personPage)
	s.route(participant(), post, "/p/:token", s.offerAnswer)
	s.route(participant(), get, "/p/:token/settings", s.ownSettingsForm)
	s.route(participant(), post, "/p/:token/settings", s.ownSettingsSave)
	s.route(participant(), get, questionPrefix+":token", s.questionForm)
	s.route(participant(), post, questionPrefix+":token", s.question)

	s.route(staff(access.CohortView), get, "/", s.cohortList)
	s.route(staff(access.CohortOpen), get, "/cohorts/new", s.cohortNew)
	s.route(staff(access.CohortOpen), post, "/cohorts/new", s.cohortOpen)
	s.route(staff(access.CohortOpen), post, "/cohorts/preview", s.cohortPreview)
	s.route(staff(access.CohortView), get, "/cohorts/:id", s.cohortShow)
	s.route(staff(access.CohortChange), get, "/cohorts/:id/version", s.versionForm)
	s.route(staff(access.CohortChange), post, "/cohorts/:id/version", s.version)
	s.route(staff(access.CohortChange), get, "/cohorts/:id/reschedule", s.rescheduleForm)
	s.route(staff(access.CohortChange), post, "/cohorts/:id/reschedule", s.reschedule)
	s.route(staff(access.CohortChange), get, "/cohorts/:id/add", s.addedForm)
	s.route(staff(access.CohortChange), post, "/cohorts/:id/add", s.added)
	s.route(staff(access.CohortView), get, "/cohorts/:id/roster", s.roster)
	s.route(staff(access.CohortView), get, "/cohorts/:id/board", s.board)
	s.route(staff(access.CohortChange), get, "/cohorts/:id/capacity", s.capacityForm)
	s.route(staff(access.CohortChange), post, "/cohorts/:id/capacity", s.capacity)
	s.route(staff(access.CohortChange), get, "/cohorts/:id/rotation", s.rotationForm)
	s.route(staff(access.CohortChange), post, "/cohorts/:id/rotation", s.rotation)
	s.route(staff(access.CohortChange), get, "/sessions/:id/substitute", s.substituteForm)
	s.route(staff(access.CohortChange), post, "/sessions/:id/substitute", s.substitute)
	s.route(staff(access.Enroll), get, "/intake", s.intake)
	s.route(staff(access.Enroll), get, "/cohorts/:id/enroll", s.enrollForm)
	s.route(staff(access.Enroll), post, "/cohorts/:id/enroll", s.enroll)

	s.route(staff(access.CohortChange), get, "/closure", s.closureForm)
	s.route(staff(access.CohortChange), post, "/closure", s.closure)
	s.route(staff(access.SessionChange), post, "/undo", s.undo)
	s.registerDesk()
}

// registerDesk lists the addresses of sessions, enrollments and the desk's lists.
func (s *Server) registerDesk() {
	const get, post = http.MethodGet, http.MethodPost

	s.route(staff(access.SessionChange), get, "/sessions/:id/cancel", s.cancelForm)
	s.route(staff(access.SessionChange), post, "/sessions/:id/cancel", s.cancel)
	s.route(staff(access.SessionChange), get, "/sessions/:id/move", s.moveForm)
	s.route(staff(access.SessionChange), post, "/sessions/:id/move", s.move)
	s.route(staff(access.AttendanceTake), get, "/sessions/:id/attendance", s.attendanceForm)
	s.route(staff(access.AttendanceTake), post, "/sessions/:id/attendance", s.attendance)
	s.route(staff(access.AttendanceTake), get, "/sessions/:id/sheet", s.sheet)

	s.route(staff(access.PersonView), get, "/enrollments/:id", s.enrollmentShow)
	s.route(staff(access.PersonChange), get, "/enrollments/:id/settings", s.settingsForm)
	s.route(staff(access.PersonChange), post, "/enrollments/:id/settings", s.settingsSave)
	s.route(staff(access.EnrollmentChange), get, "/enrollments/:id/steps/:step", s.stepForm)
	s.route(staff(access.EnrollmentChange), post, "/enrollments/:id/steps/:step", s.step)
	s.route(staff(access.Withdraw), get, "/enrollments/:id/withdraw", s.withdrawForm)
	s.route(staff(access.Withdraw), post, "/enrollments/:id/withdraw", s.withdraw)
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
