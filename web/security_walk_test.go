package web_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/reads"
	"almanac/scheduler/store"
	"almanac/web"
)

// stock is one cohort of a walk with what belongs to it, by the prefix of the
// addresses, and the words by which it would be recognised anywhere.
type stock struct {
	clinic scheduler.ID
	ids    map[string]string // by prefix: /cohorts/, /sessions/ …
	tokens map[string]string // by prefix: /p/, /f/
	words  []string          // names and contact data
	links  []string          // private addresses
}

// walkActor is who walks: how they are recognised, and what they may read.
type walkActor struct {
	name, cookie, token string
	clinic              scheduler.ID
	reads               map[string]bool // the stocks whose words they may read
	links               bool            // and whose private addresses
	action              func(access.Action) bool
	blind               bool // they reach assessments, and read no words
}

// walk is two clinics with two cohorts each, and everybody who might ask.
type walk struct {
	*house
	stocks map[string]*stock // "1a", "1b", "2a", "2b"
	actors []*walkActor
	folder string
}

func newWalk(t *testing.T, change func(*web.Options)) *walk {
	t.Helper()
	w := &walk{stocks: map[string]*stock{}}
	w.house, w.folder = withKeptMail(t)
	if change != nil {
		w.house = newHouse(t, change)
	}
	w.actors = []*walkActor{{name: "a stranger"}, {name: "a forged cookie", cookie: "forged"},
		{name: "a forged token", token: "almanac_forged"}}
	first := w.clinic
	second, err := w.db.AddClinic(t.Context(), access.Operator(""), "Walk two", "America/Chicago")
	if err != nil {
		t.Fatal(err)
	}
	for n, clinic := range []scheduler.ID{first, second} {
		w.clinic, w.browsers = clinic, map[access.Role]string{}
		w.populate(n + 1)
	}
	return w
}

// populate fills a clinic and makes its actors.
func (w *walk) populate(n int) {
	w.t.Helper()
	w.facilitatorsSee(store.FacilitatorsOwn)
	keepMail(w.t.(*testing.T), w.folder, w.clinic, 1)
	subCookie, sub := w.signInAs(fmt.Sprintf("Sub%d", n), access.Facilitator)
	both := map[string]bool{}
	for i, letter := range []string{"a", "b"} {
		name := fmt.Sprintf("%d%s", n, letter)
		cookie, lead := w.signInAs("Lead"+name, access.Facilitator)
		w.stocks[name] = w.stocked(name, lead, fmt.Sprintf("%02d:00", 10+4*i), n*10+i)
		w.add(&walkActor{name: "facilitator " + name, cookie: cookie, reads: map[string]bool{name: true}},
			access.Staff("s", "c", access.Facilitator))
		both[name] = true
	}
	one := fmt.Sprintf("%da", n)
	w.substitutes("/sessions/"+w.stocks[one].ids["/sessions/"], sub)
	w.add(&walkActor{name: "substitute in " + one, cookie: subCookie, reads: map[string]bool{one: true}},
		access.Staff("s", "c", access.Facilitator))
	for _, role := range access.Roles() {
		if as := access.Staff("s", "c", role); role != access.Facilitator {
			a := &walkActor{name: fmt.Sprintf("%s %d", role, n), cookie: w.signIn(role), reads: both,
				links: access.Can(as, access.LinkView)}
			if as.Blinded() {
				a.reads, a.blind = nil, true
			}
			w.add(a, as)
		}
	}
	for _, scope := range access.Scopes() {
		token := access.Token("t", "c", scope)
		w.add(&walkActor{name: fmt.Sprintf("token %s %d", scope, n), token: w.program(scope).token,
			links: access.Can(token, access.LinkView)}, token)
	}
	gone, id := w.signInAs(fmt.Sprintf("Gone%d", n), access.Admin)
	if err := w.db.DisableStaff(w.t.Context(), w.operator(), w.clinic, id); err != nil {
		w.t.Fatal(err)
	}
	w.actors = append(w.actors, &walkActor{name: fmt.Sprintf("disabled %d", n), cookie: gone},
		&walkActor{name: fmt.Sprintf("revoked token %d", n), token: w.revoked().token})
}

func (w *walk) add(a *walkActor, as access.Actor) {
	a.clinic, a.action = w.clinic, func(action access.Action) bool { return access.Can(as, action) }
	w.actors = append(w.actors, a)
}

// stocked opens a cohort with one person and one who cannot be written to.
func (w *walk) stocked(name string, lead scheduler.ID, at string, number int) *stock {
	w.t.Helper()
	cohort := w.openedLedBy(lead, "Walk"+name+" evening", at)
	person, mail := "Amy"+name+" Walker", "amy"+name+"@walk.example"
	enrollment := w.enrolled(cohort, person, mail)
	w.enrolled(cohort, "Nomail"+name+" Walker", "")
	page, feed := w.links(enrollment)
	s := &stock{clinic: w.clinic, words: []string{"Walk" + name + " evening", person, mail, "Nomail" + name},
		links: []string{page, strings.TrimSuffix(feed, ".ics")}}
	s.tokens = map[string]string{"/p/": strings.TrimPrefix(page, "/p/"), "/f/": strings.TrimPrefix(feed, "/f/")}
	s.ids = map[string]string{
		"/cohorts/":     strings.TrimPrefix(cohort, "/cohorts/"),
		"/enrollments/": strings.TrimPrefix(enrollment, "/enrollments/"),
		"/sessions/":    strings.TrimPrefix(w.sessions(cohort)[2], "/sessions/"), "/protocols/": "mbsr-4w",
		"/mail/": "none", "/notices/": "none", "/tasks/": "none",
	}
	tasks, err := w.db.Tasks(w.t.Context(), w.operator(), w.clinic)
	if err != nil || len(tasks) == 0 {
		w.t.Fatal(len(tasks), err)
	}
	standing, err := w.db.Enrollment(w.t.Context(), w.operator(), w.clinic, scheduler.ID(s.ids["/enrollments/"]))
	if err != nil {
		w.t.Fatal(err)
	}
	s.ids["/people/"] = string(standing.Person)
	windows, err := w.db.Assessments(w.t.Context(), w.operator(), w.clinic,
		reads.AssessmentQuery{Enrollment: standing.ID})
	if err != nil || len(windows.Rows) == 0 {
		w.t.Fatal(len(windows.Rows), err)
	}
	s.ids["/assessments/"] = string(windows.Rows[0].ID)
	s.ids["/tasks/"] = string(tasks[0].ID)
	s.ids["/notices/"] = string(tasks[0].ID)
	if w.Mail() != nil {
		kept, err := w.Mail().List(w.operator(), w.clinic, "", 1)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, m := range kept.Mails {
			s.ids["/mail/"], s.words = m.ID, append(s.words, m.Subject)
		}
	}
	return s
}

// Mail gives the kept mail of the house.
func (w *walk) Mail() web.Mail { return w.server.Mail }

// address fills a route's parameters with what belongs to a stock.
func (s *stock) address(path, version string) string {
	for prefix, id := range s.ids {
		if at := strings.TrimPrefix(path, "/api/v1"); strings.HasPrefix(at, prefix) {
			path = strings.Replace(path, ":id", id, 1)
		}
	}
	for prefix, token := range s.tokens {
		if strings.HasPrefix(path, prefix) {
			path = strings.NewReplacer(":token", token, ":file", token).Replace(path)
		}
	}
	return strings.NewReplacer(":id", s.ids["/tasks/"], ":token", "nothing", ":step", "waive", ":version", version,
		":file", "page.css").Replace(path)
}

// unknown is a stock that does not exist.
func unknown() *stock {
	ids := map[string]string{}
	for _, prefix := range []string{"/cohorts/", "/enrollments/", "/sessions/", "/tasks/", "/notices/", "/mail/",
		"/people/", "/assessments/"} {
		ids[prefix] = "0000000000000"
	}
	return &stock{ids: ids, tokens: map[string]string{"/p/": "nobody", "/f/": "nobody.ics"}}
}

// filledIn is a form that would do something at every address that lets it.
func filledIn(changeNo int64) url.Values {
	return url.Values{
		"change_no": {fmt.Sprint(changeNo)}, "content": {"skip"}, "to": {"2026-02-03"}, "to_time": {"12:30"},
		"on": {"2026-02-03"}, "capacity": {"9"},
		"reason": {"asked for"}, "position": {"session-2"}, "name": {"Walk new"}, "zone": {"America/Chicago"},
		"language": {"en"}, "email": {"new@walk.example"},
		"start": {"2026-03-03"}, "time": {"12:00"}, "from": {"2026-02-03"}, "days": {"2026-02-03"},
		"answer": {"accept"},
	}
}

// bodies are what programs send; everything else gets an empty object.
var bodies = map[string]string{
	"cancel": `{"content": "skip"}`, "move": `{"to": "2026-02-03T12:30"}`, "enrollments": patBody("walk"),
	"cohorts": openingBody,
	"hold":    `{"until": "2026-01-20"}`, "waive": `{"position": "session-2", "reason": "asked for"}`,
	"closed-days": `{"days": "2026-02-03"}`,
	"open":        `{"days": "2026-02-03"}`, "override": `{"done": "orientation", "reason": "asked for"}`,
	"end": `{"after": "2026-02-03", "dry_run": true}`,
}

// ask sends one case and gives the answer.
func (w *walk) ask(a *walkActor, method, path string, form url.Values) reply {
	var r *http.Request
	if strings.HasPrefix(path, "/api/") {
		body, known := bodies[path[strings.LastIndexByte(path, '/')+1:]]
		switch {
		case method == http.MethodPatch:
			body = `{"minutes": 75, "place": "Room 7"}`
		case !known:
			body = "{}"
		}
		r = httptest.NewRequest(method, path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
	} else {
		r = httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	if a.token != "" {
		r.Header.Set("Authorization", "Bearer "+a.token)
	}
	return w.send(r, a.cookie)
}

// leaked returns the first word of a response that the actor may not read. An actor with
// a private address may read that address.
func (w *walk) leaked(a *walkActor, answer reply, path string) string {
	all := answer.body
	for name, values := range answer.Header {
		all += "\n" + name + ": " + strings.Join(values, " ")
	}
	for name, s := range w.stocks {
		own := a.reads[name]
		for _, word := range s.words {
			// programs read the names of cohorts, and of people where they look for them
			programs := a.token != "" && a.clinic == s.clinic &&
				(strings.HasPrefix(word, "Walk") || strings.HasPrefix(path, "/api/v1/people") ||
					strings.HasPrefix(path, "/api/v1/tasks"))
			if !own && !programs && strings.Contains(all, word) {
				return word
			}
		}
		for _, link := range s.links {
			holder := strings.Contains(path, s.tokens["/p/"]) || strings.Contains(path, s.tokens["/f/"])
			if !(a.links && a.clinic == s.clinic) && !holder && strings.Contains(all, link) {
				return link
			}
		}
	}
	return ""
}

// reaches tells whether an object is within an actor's reach.
func (a *walkActor) reaches(name string, s *stock) bool {
	return a.reads[name] || a.token != "" && a.clinic == s.clinic && a.clinic != ""
}

// assesses tells whether an address is that of an assessment which a blinded actor may note.
func (a *walkActor) assesses(path string, s *stock) bool {
	return a.blind && a.clinic == s.clinic && strings.HasPrefix(path, "/assessments/")
}

var walkVerbs = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

// visit is one case of a walk.
type visit struct {
	actor        *walkActor
	verb, path   string
	stock        string // the object; empty: the address names none
	out, refused bool   // the object is out of reach; the answer must be a refusal
}

// visits lists every route x verb x actor x object. What an actor may not reach
// comes first, and /signout, which ends the walk of an actor, last.
func (w *walk) visits() []visit {
	paths, policies := map[string]bool{}, map[string]string{}
	for _, route := range w.server.Routes() {
		paths[route.Path] = true
		policies[route.Path] = route.Policy
	}
	stocks := maps.Clone(w.stocks)
	stocks["unknown"] = unknown()
	var all []visit
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		guarded := strings.HasPrefix(policies[path], "staff ") || strings.HasPrefix(policies[path], "token ")
		objects := slices.Sorted(maps.Keys(stocks))
		named := strings.Contains(path, ":")
		if !named {
			objects = []string{"unknown"}
		}
		for _, object := range objects {
			s := stocks[object]
			for _, a := range w.actors {
				out := named && !a.reaches(object, s) && !a.assesses(path, s) || a.clinic == ""
				library := strings.HasPrefix(path, "/api/v1/protocols") && a.clinic != ""
				for _, verb := range walkVerbs {
					all = append(all, visit{a, verb, s.address(path, w.server.AssetsVersion()), object, out,
						out && guarded && !library})
				}
			}
		}
	}
	slices.SortStableFunc(all, func(a, b visit) int {
		order := func(v visit) int {
			switch {
			case v.path == "/signout":
				return 2
			case v.refused:
				return 0
			}
			return 1
		}
		return order(a) - order(b)
	})
	return all
}

// run walks and gives in how many cases something of one's own was shown, and what
// was wrong.
func (w *walk) run(visits []visit) (shown int, wrong []string) {
	form := filledIn(w.changeNo())
	for _, v := range visits {
		answer := w.ask(v.actor, v.verb, v.path, form)
		if strings.Contains(answer.body, "Walk") && answer.StatusCode == http.StatusOK {
			shown++
		}
		if word := w.leaked(v.actor, answer, v.path); word != "" {
			wrong = append(wrong, fmt.Sprintf("%s: %s %s of %s leaks %q", v.actor.name, v.verb, v.path, v.stock, word))
		}
		if v.refused && answer.StatusCode < 400 && v.verb != "OPTIONS" {
			wrong = append(wrong,
				fmt.Sprintf("%s: %s %s of %s is %d", v.actor.name, v.verb, v.path, v.stock, answer.StatusCode))
		}
	}
	return shown, wrong
}

// changeNo gives the change number of the clinic that the house stands at.
func (w *walk) changeNo() int64 {
	rows, err := w.db.Cohorts(w.t.Context(), w.operator(), w.clinic)
	if err != nil || len(rows) == 0 {
		w.t.Fatal(len(rows), err)
	}
	cohort, err := w.db.Cohort(w.t.Context(), w.operator(), w.clinic, rows[0].ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return cohort.ChangeNo
}

// state is what both clinics hold.
func (w *walk) state() string {
	at, all := w.clinic, ""
	for _, name := range slices.Sorted(maps.Keys(w.stocks)) {
		w.clinic = w.stocks[name].clinic
		all += w.everything()
	}
	w.clinic = at
	return all
}

// Every route x verb x actor x object, with two clinics and two facilitators who
// lead their own, and addresses without an object: nobody reads or changes what is
// not theirs.
func TestWalker(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long")
	}
	t.Parallel()
	w := newWalk(t, nil)
	visits := w.visits()
	if total := len(visits); total < 35_000 {
		t.Errorf("only %d cases", total)
	}
	if racers < 500 { // the race detector: every eighth case; in full without it
		visits = slices.DeleteFunc(visits,
			func(v visit) bool { return (len(v.path)+len(v.actor.name)*3+len(v.verb)*5)%8 != 0 })
	}
	first := slices.IndexFunc(visits, func(v visit) bool { return !v.refused })
	before := w.state()
	_, wrong := w.run(visits[:first])
	if w.state() != before {
		t.Error("who may not change anything changed something")
	}
	shown, more := w.run(visits[first:])
	wrong = append(wrong, more...)
	for _, line := range wrong[:min(len(wrong), 20)] {
		t.Error(line)
	}
	if shown < len(visits)/200 { // else nobody would have read what is theirs, and nothing could leak
		t.Errorf("only %d of %d answers show something", shown, len(visits))
	}
	t.Logf("%d cases, %d of them show what is one's own, %d leaks", len(visits), shown, len(wrong))
}

// leakyMail shows everybody the mail of a clinic, as it was before.
type leakyMail struct{ text string }

func (m leakyMail) List(access.Actor, scheduler.ID, string, int) (reads.KeptPage, error) {
	return reads.KeptPage{Mails: []reads.KeptMail{{ID: "m1", At: moved, Subject: m.text}}}, nil
}

func (m leakyMail) Older(access.Actor, scheduler.ID, time.Time) (int, error) { return 1, nil }

func (m leakyMail) Open(access.Actor, scheduler.ID, string) (reads.KeptMail, error) {
	return reads.KeptMail{ID: "m1", At: moved, Subject: m.text}, nil
}

// The control: a door that forgets the clinic, and one that forgets whose cohort it
// is, are found.
func TestWalkerFindsLeaks(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long")
	}
	t.Parallel()
	w := newWalk(t, func(o *web.Options) { o.Mail = leakyMail{"Amy2b Walker"} })
	mail := slices.DeleteFunc(w.visits(), func(v visit) bool { return !strings.HasPrefix(v.path, "/mail") })
	if _, wrong := w.run(mail); len(wrong) == 0 {
		t.Error("mail of another clinic is not found")
	}
	for _, s := range w.stocks {
		w.clinic = s.clinic
		w.facilitatorsSee(store.FacilitatorsAll)
	}
	cohorts := slices.DeleteFunc(w.visits(),
		func(v visit) bool { return !strings.HasPrefix(v.path, "/cohorts/") || v.verb != "GET" })
	if _, wrong := w.run(cohorts); len(wrong) == 0 {
		t.Error("a facilitator who sees all cohorts is not found")
	}
}
