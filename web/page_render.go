package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
	"reflect"
	"sync"

	"github.com/labstack/echo/v4"
)

//go:embed templates/*.html
var templateFiles embed.FS

// binding ties a typed page to its template and layout.
type binding struct {
	file, layout string
	zero         func() view
}

// The layouts: for staff, for participants and visitors without a sign-in, for paper, and none.
const (
	staffLayout    = "staff"
	discreetLayout = "discreet"
	paperLayout    = "paper"
	noLayout       = "fragment"
)

// bindings is the table of all pages.
var bindings = []binding{
	{"trouble", staffLayout, func() view { return &errorPage{} }},
	{"stranger", discreetLayout, func() view { return &strangerPage{} }},
	{"signin_ask", discreetLayout, func() view { return &askPage{} }},
	{"signin_again", discreetLayout, func() view { return &againPage{} }},
	{"provider", discreetLayout, func() view { return &providerPage{} }},
	{"first", discreetLayout, func() view { return &firstPage{} }},
	{"signin", discreetLayout, func() view { return &signInPage{} }},
	{"clinic", staffLayout, func() view { return &clinicPage{} }},
	{"calendar", staffLayout, func() view { return &calendarPage{} }},
	{"today", staffLayout, func() view { return &todayPage{} }},
	{"cohort_list", staffLayout, func() view { return &cohortListPage{} }},
	{"cohort_new", staffLayout, func() view { return &cohortNewPage{} }},
	{"cohort_preview", noLayout, func() view { return &previewFragment{} }},
	{"cohort_show", staffLayout, func() view { return &cohortPage{} }},
	{"cohort_version", staffLayout, func() view { return &cohortVersionPage{} }},
	{"cohort_reschedule", staffLayout, func() view { return &cohortReschedulePage{} }},
	{"cohort_add", staffLayout, func() view { return &sessionAddPage{} }},
	{"closure", staffLayout, func() view { return &closurePage{} }},
	{"reopen", staffLayout, func() view { return &reopenPage{} }},
	{"export", staffLayout, func() view { return &exportPage{} }},
	{"person_merge", staffLayout, func() view { return &personMergePage{} }},
	{"person_record_ask", staffLayout, func() view { return &personRecordAskPage{} }},
	{"person_record_file", paperLayout, func() view { return &personRecordFilePage{} }},
	{"person_erase", staffLayout, func() view { return &personErasePage{} }},
	{"person_hold", staffLayout, func() view { return &personHoldPage{} }},
	{"import", staffLayout, func() view { return &importPage{} }},
	{"import_preview", staffLayout, func() view { return &importPreview{} }},
	{"enroll", staffLayout, func() view { return &enrollPage{} }},
	{"session_cancel", staffLayout, func() view { return &sessionCancelPage{} }},
	{"session_move", staffLayout, func() view { return &sessionMovePage{} }},
	{"step", staffLayout, func() view { return &stepPage{} }},
	{"intake", staffLayout, func() view { return &intakePage{} }},
	{"board", staffLayout, func() view { return &cohortBoardPage{} }},
	{"attendance", staffLayout, func() view { return &attendancePage{} }},
	{"sheet", paperLayout, func() view { return &sessionSheetPage{} }},
	{"roster", paperLayout, func() view { return &cohortRosterPage{} }},
	{"letters", paperLayout, func() view { return &lettersPage{} }},
	{"people", staffLayout, func() view { return &peoplePage{} }},
	{"person_edit", staffLayout, func() view { return &personEditPage{} }},
	{"person_consents", staffLayout, func() view { return &personConsentsPage{} }},
	{"consents", staffLayout, func() view { return &writtenConsentsPage{} }},
	{"disclosures", staffLayout, func() view { return &disclosuresPage{} }},
	{"accounting", paperLayout, func() view { return &accountingPage{} }},
	{"legal_answer", paperLayout, func() view { return &legalAnswerPage{} }},
	{"breach", staffLayout, func() view { return &breachPage{} }},
	{"breach_paper", paperLayout, func() view { return &breachPaperPage{} }},
	{"glass", staffLayout, func() view { return &glassPage{} }},
	{"glasses", staffLayout, func() view { return &glassesPage{} }},
	{"consent_new", staffLayout, func() view { return &consentPage{} }},
	{"consent_paper", paperLayout, func() view { return &consentPaperPage{} }},
	{"own_consents", discreetLayout, func() view { return &ownConsentsPage{} }},
	{"person_record", staffLayout, func() view { return &personRecordPage{} }},
	{"enrollment", staffLayout, func() view { return &enrollmentPage{} }},
	{"withdraw", staffLayout, func() view { return &enrollmentWithdrawPage{} }},
	{"tasks", staffLayout, func() view { return &taskPage{} }},
	{"notices", staffLayout, func() view { return &ledgerPage{} }},
	{"mail_list", staffLayout, func() view { return &mailListPage{} }},
	{"mail", staffLayout, func() view { return &mailPage{} }},
	{"staff", staffLayout, func() view { return &staffListPage{} }},
	{"messages", staffLayout, func() view { return &messagesPage{} }},
	{"reports", staffLayout, func() view { return &reportPage{} }},
	{"audit", staffLayout, func() view { return &auditPage{} }},
	{"assessments", staffLayout, func() view { return &assessmentsPage{} }},
	{"assessment", staffLayout, func() view { return &assessmentPage{} }},
	{"referrals", staffLayout, func() view { return &referralsPage{} }},
	{"referral_import", staffLayout, func() view { return &referralImportPage{} }},
	{"referral", staffLayout, func() view { return &referralPage{} }},
	{"feeds", staffLayout, func() view { return &staffFeedsPage{} }},
	{"staff_invite", staffLayout, func() view { return &staffInvitePage{} }},
	{"staff_member", staffLayout, func() view { return &staffMemberPage{} }},
	{"locked", discreetLayout, func() view { return &lockPage{} }},
	{"prove", staffLayout, func() view { return &provePage{} }},
	{"account", staffLayout, func() view { return &accountPage{} }},
	{"staff_handover", staffLayout, func() view { return &handOverPage{} }},
	{"api_docs", staffLayout, func() view { return &apiDocsPage{} }},
	{"person", discreetLayout, func() view { return &personPage{} }},
	{"settings", discreetLayout, func() view { return &settingsPage{} }},
	{"staff_settings", staffLayout, func() view { return &staffSettingsPage{} }},
	{"question", discreetLayout, func() view { return &questionPage{} }},
	{"details", discreetLayout, func() view { return &detailsPage{} }},
	{"stop", discreetLayout, func() view { return &stopPage{} }},
	{"date", discreetLayout, func() view { return &datePage{} }},
	{"texts", discreetLayout, func() view { return &textsPage{} }},
	{"join", discreetLayout, func() view { return &joinPage{} }},
	{"live", staffLayout, func() view { return &livePage{} }},
	{"person_trouble", discreetLayout, func() view { return &personErrorPage{} }},
}

// loadPages parses the embedded templates once.
var loadPages = sync.OnceValues(parsePages)

// parsePages parses every template with its layout and the shared parts.
func parsePages() (map[reflect.Type]*template.Template, error) {
	shared, err := template.New("parts").Option("missingkey=error").ParseFS(templateFiles, "templates/parts*.html")
	if err != nil {
		return nil, fmt.Errorf("parsing the shared parts: %w", err)
	}
	pages := make(map[reflect.Type]*template.Template, len(bindings))
	for _, b := range bindings {
		t, err := shared.Clone()
		if err != nil {
			return nil, fmt.Errorf("copying the shared parts: %w", err)
		}
		t, err = t.ParseFS(templateFiles, "templates/layout_"+b.layout+".html", "templates/"+b.file+".html")
		if err != nil {
			return nil, fmt.Errorf("parsing the page %s: %w", b.file, err)
		}
		pages[reflect.TypeOf(b.zero())] = t
	}
	return pages, nil
}

// tryPages renders every page with its zero value.
func (s *Server) tryPages() error {
	for _, b := range bindings {
		if err := s.execute(io.Discard, b.zero()); err != nil {
			return fmt.Errorf("trying the page %s: %w", b.file, err)
		}
	}
	return nil
}

func (s *Server) execute(w io.Writer, v view) error {
	t := s.pages[reflect.TypeOf(v)]
	if t == nil {
		return fmt.Errorf("no page is bound to %T", v)
	}
	return t.ExecuteTemplate(w, "layout", v)
}

// render writes a page. It renders to memory first, so that an error never leaves half a page.
func (s *Server) render(c echo.Context, status int, v view) error {
	var body bytes.Buffer
	if err := s.execute(&body, v); err != nil {
		return fmt.Errorf("rendering %T: %w", v, err)
	}
	return c.HTMLBlob(status, body.Bytes())
}
