package web_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"almanac/scheduler/access"
)

// upload sends a form with a file, as a browser does.
func (h *house) upload(path, file string, fields map[string]string, cookie string) reply {
	h.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, value := range fields {
		if err := form.WriteField(name, value); err != nil {
			h.t.Fatal(err)
		}
	}
	if file != "" {
		part, err := form.CreateFormFile("file", "people.csv")
		if err != nil {
			h.t.Fatal(err)
		}
		if _, err := part.Write([]byte(file)); err != nil {
			h.t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		h.t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, path, &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return h.send(r, cookie)
}

var hiddenField = regexp.MustCompile(`(?s)<input type="hidden" name="(\w+)" value="([^"]*)"`)

// hidden gives the hidden fields of a page, as a browser sends them.
func hidden(body string) map[string]string {
	fields := map[string]string{}
	text := strings.NewReplacer("&#34;", `"`, "&#39;", "'", "&lt;", "<", "&gt;", ">", "&#43;", "+", "&amp;", "&")
	for _, m := range hiddenField.FindAllStringSubmatch(body, -1) {
		fields[m[1]] = text.Replace(m[2])
	}
	return fields
}

// A file is shown, a question answered, and its people are enrolled; the rows that are left out come back as a file.
func TestPeopleAreImported(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk, cohort := h.signIn(access.Coordinator), h.opened()
	h.enrolled(h.openedAt("Canary noon", "2026-01-06", "12:00"), "Amina Canary", "amina@canary.example")
	file := "\xef\xbb\xbfname;email;phone;consent\r\nAmina B. Canary;amina@canary.example;;\r\n" +
		"Íñigo \"Bo\" Canary;bo@canary.example;202 555 0143;email\r\nCy Canary;cy@;;\r\n=1+1;;;\r\n"
	file = strings.Replace(file, `Íñigo "Bo" Canary`, `"Íñigo ""Bo"" Canary"`, 1)
	fields := map[string]string{"cohort": strings.TrimPrefix(cohort, "/cohorts/"), "step": "preview", "agreed": "yes"}
	shown := h.upload("/people/import", file, fields, desk)
	shows(t, shown, http.StatusOK, "It is <bdi>Amina Canary</bdi>, who is here already", "Line 2: <bdi>Amina B. Canary",
		"Gets a seat from", "Import and enroll 2 people", "This cell is a formula", "Canary noon")
	// Enter in a form presses its first button.
	if step := h.find(regexp.MustCompile(`name="step" value="([^"]+)"`), shown.body); step != "import" {
		t.Errorf("Enter on a choice does %q", step)
	}
	if n := h.count("SELECT count(*) FROM people"); n != 1 {
		t.Fatalf("a preview leaves %d people", n)
	}
	sent := hidden(shown.body)
	sent["step"] = "import"
	undecided := h.upload("/people/import", "", sent, desk)
	shows(t, undecided, http.StatusConflict, "Line 2: choose who this is, or leave the row out.", `id="e-row-2"`)

	sent = hidden(undecided.body)
	sent["step"] = "rejects"
	rejects := h.upload("/people/import", "", sent, desk)
	shows(t, rejects, http.StatusOK, `Cy Canary,cy@,,,"Email: This is not an email address.`, "\r\n'=1+1,")
	if name := rejects.Header.Get("Content-Disposition"); !strings.HasPrefix(name,
		`attachment; filename="left-out-20`) {
		t.Errorf("the file is %s", name)
	}
	sent["step"], sent["row-2"] = "import", h.find(regexp.MustCompile(`name="row-2" value="([^"]+)"`), shown.body)
	if to := h.goesTo(h.upload("/people/import", "", sent, desk), "/cohorts/"); to != cohort {
		t.Errorf("it goes to %s", to)
	}
	shows(t, h.get(cohort, desk), http.StatusOK, "Amina Canary", "Íñigo &#34;Bo&#34; Canary",
		"/people/import?cohort="+strings.TrimPrefix(cohort, "/cohorts/"))
	if n := h.count("SELECT count(*) FROM people"); n != 2 {
		t.Errorf("there are %d people", n)
	}
	if n := h.count("SELECT count(*) FROM consents WHERE channel = 'email' AND text_version = '1'"); n != 2 {
		t.Errorf("there are %d consents", n) // one of them of the first
	}
	if strings.Contains(h.log.String(), "Canary") {
		t.Error("a name is in the log")
	}
}

// Bad files are refused in a sentence, what was pasted stays, and nothing is half done.
func TestBadTablesAreRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	desk := h.signIn(access.Coordinator)
	for name, x := range map[string]struct{ file, table, sentence string }{
		"50 MB": {strings.Repeat("Ana Ruiz,ana@clinic.example\n", 50<<20/28), "",
			"The table is larger than 4 MB."},
		"nothing":         {"", "", "There is nothing in it."},
		"file and paste":  {"name\nAna", "name\nBo", "Keep one of them."},
		"no column names": {"", "Ana Ruiz\tana@clinic.example", "The first line holds people and no column names."},
		"a workbook":      {"PK\x03\x04", "", "This is a workbook, not a CSV file."},
	} {
		answer := h.upload("/people/import", x.file, map[string]string{"table": x.table, "step": "preview"}, desk)
		shows(t, answer, http.StatusUnprocessableEntity, x.sentence)
		if !strings.Contains(answer.body, x.table) {
			t.Errorf("%s: what was pasted is gone", name)
		}
	}
	wrong := h.upload("/people/import", "name,email\n,a@\n,b@\n", map[string]string{"step": "preview"}, desk)
	shows(t, wrong, http.StatusOK, "with something wrong")
	if strings.Contains(wrong.body, `value="import"`) {
		t.Error("nothing can be imported, and there is a button for it")
	}
	begun := h.opened()
	h.at(moved.AddDate(0, 1, 0))
	desk, _ = h.signInAs("Later", access.Coordinator)
	shows(t, h.upload("/people/import", "name\nAna Ruiz\n", map[string]string{"step": "preview",
		"cohort": strings.TrimPrefix(begun, "/cohorts/")}, desk), http.StatusConflict, "This cohort has begun")
	if n := h.count("SELECT count(*) FROM people"); n != 0 {
		t.Errorf("%d people were added", n)
	}
}
