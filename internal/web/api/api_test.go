package api_test

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"callbox/internal/desk"
	"callbox/internal/officials"
	"callbox/internal/web/api"
	"callbox/internal/web/webtest"
	"callbox/outages"
)

// server is a room with its API, and the document that every answer is held against.
type server struct {
	*webtest.Room
	api  *api.API
	spec *spec
}

func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{Room: webtest.New(t)}
	var err error
	s.api, err = api.New(api.Config{Desk: s.Desk, Now: s.Now, Board: func() *desk.Board {
		b, err := s.Board(context.Background(), outages.Live)
		s.OK(err)
		return b
	}})
	s.OK(err)
	s.spec = readSpec(t, s)
	return s
}

// answer is what the server said.
type answer struct {
	*httptest.ResponseRecorder
	t *testing.T
}

// field returns a field of the body.
func (a answer) field(name string) any {
	a.t.Helper()
	var m map[string]any
	if err := json.Unmarshal(a.Body.Bytes(), &m); err != nil {
		a.t.Fatalf("%v in %s", err, a.Body)
	}
	return m[name]
}

func (a answer) text(name string) string {
	s, _ := a.field(name).(string)
	return s
}

// ask calls the route of a pattern at a path, as somebody, and holds the answer against the document.
func (s *server) ask(t *testing.T, route, path string, who officials.Secret, body string, header ...string) answer {
	t.Helper()
	method, pattern, _ := strings.Cut(route, " ")
	if who != "" {
		header = append(header, "Authorization", "Bearer "+who.Reveal())
	}
	if body != "" && !slices.Contains(header, "Content-Type") {
		header = append(header, "Content-Type", "application/json")
	}
	w := webtest.Ask(t, s.api, method, path, body, header...)
	media, _, _ := strings.Cut(w.Header().Get("Content-Type"), ";")
	s.spec.check(method, pattern, w.Code, media, w.Body.Bytes())
	return answer{w, t}
}

func want(t *testing.T, what string, a answer, code int, says ...string) {
	t.Helper()
	if a.Code != code {
		t.Errorf("%s: %d %s, want %d", what, a.Code, a.Body, code)
	}
	for _, text := range says {
		if !strings.Contains(a.Body.String(), text) {
			t.Errorf("%s does not say %q: %s", what, text, a.Body)
		}
	}
}

const (
	newOutage = "POST /api/v1/outages"
	oneDraft  = "GET /api/v1/drafts/{id}"
	submit    = "POST /api/v1/drafts/{id}/submit"
	approve   = "POST /api/v1/drafts/{id}/approve"
	withdraw  = "POST /api/v1/drafts/{id}/withdraw"
	revise    = "PUT /api/v1/drafts/{id}"
	oneOutage = "GET /api/v1/outages/{id}"
	next      = "POST /api/v1/outages/{id}/bulletins"
	stop      = "POST /api/v1/outages/{id}/stop"
	retract   = "POST /api/v1/outages/{id}/retract"
	lint      = "POST /api/v1/lint"
	notice    = "POST /api/v1/notices"
	status    = "GET /api/v1/status"
)

// early is an update that could be issued at once.
const early = `{"kind":"update","mode":"live","next_update":"14:30","conditions":[{"area":"CT/Westport","voice":"down","text":"working"}]}`

func TestEveryRouteIsInTheDocumentAndTheOtherWayRound(t *testing.T) {
	s := newServer(t)
	var routes []string
	for _, r := range s.api.Routes() {
		routes = append(routes, r.Method+" "+r.Path)
	}
	slices.Sort(routes)
	if got := s.spec.operations(); !slices.Equal(got, routes) {
		t.Errorf("the document describes\n%v\nand the server has\n%v", got, routes)
	}
	for _, r := range s.api.Routes() {
		operation := s.spec.at(s.spec.root, "paths", r.Path, strings.ToLower(r.Method))
		if _, open := operation["security"]; open != r.Public {
			t.Errorf("%s %s: public in the document %v, in the server %v", r.Method, r.Path, open, r.Public)
		}
		path := strings.NewReplacer("{id}", "x", "{zip}", "x").Replace(r.Path)
		if w := webtest.Ask(t, s.api, r.Method, path, ""); !r.Public && (w.Code != 401 || w.Header().Get("WWW-Authenticate") == "") {
			t.Errorf("%s %s without a key: %d", r.Method, r.Path, w.Code)
		}
		if w := webtest.Ask(t, s.api, "DELETE", path, "", "Authorization", "Bearer "+s.AdaKey.Reveal()); w.Code != 405 ||
			!strings.Contains(w.Header().Get("Allow"), r.Method) || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("DELETE %s: %d, Allow %q, want 405", r.Path, w.Code, w.Header().Get("Allow"))
		}
	}
	if w := webtest.Ask(t, s.api, "GET", "/api/v2/", ""); w.Code != 404 || w.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("an address that does not exist: %d", w.Code)
	}
}

func TestAnOutageIsToldThroughTheAPIAndEveryAnswerIsAsDocumented(t *testing.T) {
	s := newServer(t)
	s.declare(t)
	id, draft, code := s.draftedTwice(t)
	s.approved(t, draft, code)
	s.read(t, id)
	s.nextAndEnd(t, id)
	s.carrier(t)
	s.public(t)
	s.strangers(t, id, draft)
	for _, op := range s.spec.operations() {
		method, path, _ := strings.Cut(op, " ")
		for code := range s.spec.at(s.spec.root, "paths", path, strings.ToLower(method), "responses") {
			if !s.spec.used[op+" "+code] {
				t.Errorf("no test had the answer %s %s", op, code)
			}
		}
	}
}

// declare tries what a declaration can have wrong.
func (s *server) declare(t *testing.T) {
	t.Helper()
	ask := func(body string, header ...string) answer {
		return s.ask(t, newOutage, "/api/v1/outages", s.AdaKey, body, header...)
	}
	want(t, "an area that does not exist", ask(strings.Replace(webtest.Alert, "CT/West Hartford", "CT/Atlantis", 1)), 422,
		`"path":"/conditions/0/area"`, `"field":"conditions[0].area"`, "Atlantis")
	want(t, "a key that is not known", ask(`{"kind":"alert","mode":"live","colour":"red"}`), 422, "colour")
	want(t, "no JSON", ask(`{"kind":`), 400, `"code":"json"`)
	want(t, "a list", ask(`[]`), 400)
	want(t, "nothing", ask(``), 400)
	want(t, "YAML", ask("kind: alert", "Content-Type", "application/yaml"), 415)
	want(t, "too much", ask(`{"x":"`+strings.Repeat("x", 300<<10)+`"}`), 413)
	want(t, "an update of nothing", ask(early), 409, `"code":"conflict"`)
	want(t, "a drill with a live key", s.ask(t, newOutage, "/api/v1/outages", s.Machine, strings.Replace(webtest.Alert, "live", "drill", 1)), 403, `"code":"denied"`)
	want(t, "a lint", s.ask(t, lint, "/api/v1/lint", s.AdaKey, webtest.Alert), 200, `"findings"`, "860-555-0101", `"recipients"`)
	want(t, "a lint of a mistake", s.ask(t, lint, "/api/v1/lint", s.AdaKey, `{"kind":"party"}`), 422)
	want(t, "a lint of no JSON", s.ask(t, lint, "/api/v1/lint", s.AdaKey, `{`), 400)
	want(t, "a lint without the role", s.ask(t, lint, "/api/v1/lint", s.BobKey, webtest.Alert), 403)
	want(t, "a lint of an unknown outage", s.ask(t, lint, "/api/v1/lint?outage=x", s.AdaKey, early), 404)
	want(t, "no draft was written", s.ask(t, "GET /api/v1/drafts", "/api/v1/drafts", s.AdaKey, ""), 200, `"drafts":[]`)
}

// draftedTwice lets a machine propose, and its call be repeated; the draft is revised and submitted.
func (s *server) draftedTwice(t *testing.T) (outage, draft, code string) {
	t.Helper()
	propose := func(body string) answer {
		return s.ask(t, newOutage, "/api/v1/outages", s.Machine, body, "Idempotency-Key", "once")
	}
	first := propose(webtest.Alert)
	want(t, "a proposal", first, 201, `"state":"draft"`, "860-555-0101")
	again := propose(webtest.Alert)
	if again.Code != 201 || again.Body.String() != first.Body.String() || again.Header().Get("Location") != first.Header().Get("Location") {
		t.Errorf("repeated: %d %s, want the first answer", again.Code, again.Body)
	}
	want(t, "the same key for another request", propose(webtest.AllClear), 422, `"code":"idempotency-key"`)
	outage, draft = first.text("outage"), first.text("id")
	at := "/api/v1/drafts/" + draft
	if first.Header().Get("Location") != at || first.Header().Get("ETag") != `"1"` {
		t.Errorf("Location %q, ETag %q", first.Header().Get("Location"), first.Header().Get("ETag"))
	}
	want(t, "no version named", s.ask(t, revise, at, s.AdaKey, webtest.Alert), 428)
	want(t, "an old version", s.ask(t, revise, at, s.AdaKey, webtest.Alert, "If-Match", `"7"`), 412)
	want(t, "no JSON", s.ask(t, revise, at, s.AdaKey, `{`, "If-Match", `"1"`), 400)
	want(t, "a mistake", s.ask(t, revise, at, s.AdaKey, `{"kind":"party"}`, "If-Match", `"1"`), 422)
	want(t, "another mode", s.ask(t, revise, at, s.AdaKey, strings.Replace(webtest.Alert, "live", "drill", 1), "If-Match", `"1"`), 422, `"field":"mode"`)
	want(t, "without the role", s.ask(t, revise, at, s.BobKey, webtest.Alert, "If-Match", `"1"`), 403)
	blocked := s.ask(t, revise, at, s.AdaKey, strings.Replace(webtest.Alert, "CT/West Hartford", "MA", 1), "If-Match", `"1"`)
	want(t, "a foreign area is kept", blocked, 200, `"rule":"foreign-area"`)
	want(t, "and blocks", s.ask(t, submit, at+"/submit", s.AdaKey, ""), 422, `"code":"blocked"`, `"rule":"foreign-area"`)
	want(t, "mended", s.ask(t, revise, at, s.AdaKey, webtest.Alert, "If-Match", blocked.Header().Get("ETag")), 200)
	want(t, "submitted of an old version", s.ask(t, submit, at+"/submit", s.AdaKey, "", "If-Match", `"1"`), 412)
	want(t, "submitted without the role", s.ask(t, submit, at+"/submit", s.BobKey, ""), 403)
	done := s.ask(t, submit, at+"/submit", s.Machine, "")
	want(t, "submitted", done, 200, `"state":"submitted"`)
	want(t, "submitted twice", s.ask(t, submit, at+"/submit", s.AdaKey, ""), 409)
	want(t, "read", s.ask(t, oneDraft, at, s.BobKey, ""), 200, done.text("code"))
	return outage, draft, done.text("code")
}

// approved has the draft approved by the only one who may.
func (s *server) approved(t *testing.T, draft, code string) {
	t.Helper()
	at := "/api/v1/drafts/" + draft + "/approve"
	word := func(code string) string { return `{"code":"` + code + `"}` }
	want(t, "a machine approves", s.ask(t, approve, at, s.Machine, word(code)), 403, `"code":"denied"`) // promise 4
	want(t, "an editor approves", s.ask(t, approve, at, s.AdaKey, word(code)), 403, `"code":"second-person"`)
	want(t, "another code", s.ask(t, approve, at, s.BobKey, word("AA-AA-AA")), 409)
	want(t, "an old version", s.ask(t, approve, at, s.BobKey, word(code), "If-Match", `"1"`), 412)
	want(t, "a field that is not known", s.ask(t, approve, at, s.BobKey, `{"word":"x"}`), 422)
	want(t, "nothing", s.ask(t, approve, at, s.BobKey, ``), 400)
	want(t, "the second person", s.ask(t, approve, at, s.BobKey, word(code)), 200, `"state":"approved"`, `"release_at"`)
	back := "/api/v1/drafts/" + draft + "/withdraw"
	want(t, "withdrawn without the role", s.ask(t, withdraw, back, s.Machine, ""), 403)
	want(t, "withdrawn of an old version", s.ask(t, withdraw, back, s.BobKey, "", "If-Match", `"1"`), 412)
	want(t, "withdrawn", s.ask(t, withdraw, back, s.BobKey, ""), 200, `"state":"submitted"`)
	want(t, "approved again", s.ask(t, approve, at, s.BobKey, word(code)), 200)
	s.release(t)
	want(t, "withdrawn too late", s.ask(t, withdraw, back, s.AdaKey, ""), 409)
	want(t, "revised too late", s.ask(t, revise, "/api/v1/drafts/"+draft, s.AdaKey, webtest.Alert, "If-Match", "*"), 409)
}

func (s *server) release(t *testing.T) {
	t.Helper()
	s.Pass(time.Second)
	if n, err := s.Release(t.Context()); err != nil || n != 1 {
		t.Fatalf("released %d, %v, want 1", n, err)
	}
}

func (s *server) read(t *testing.T, id string) {
	t.Helper()
	want(t, "the outages", s.ask(t, "GET /api/v1/outages", "/api/v1/outages?open=true", s.Machine, ""), 200, id, `"open":true`)
	want(t, "the outage", s.ask(t, oneOutage, "/api/v1/outages/"+id, s.AdaKey, ""), 200, `"figures"`, `"kind":"alert"`)
}

func (s *server) nextAndEnd(t *testing.T, id string) {
	t.Helper()
	at := "/api/v1/outages/" + id
	want(t, "no JSON", s.ask(t, next, at+"/bulletins", s.AdaKey, `{`), 400)
	want(t, "a mistake", s.ask(t, next, at+"/bulletins", s.AdaKey, `{"kind":"party"}`), 422)
	want(t, "without the role", s.ask(t, next, at+"/bulletins", s.BobKey, early), 403)
	s.Pass(time.Hour)
	want(t, "the next bulletin", s.ask(t, next, at+"/bulletins", s.AdaKey, webtest.Update), 201, `"seq":2`)
	want(t, "it waits", s.ask(t, "GET /api/v1/drafts", "/api/v1/drafts", s.BobKey, ""), 200, id)
	want(t, "a machine stops", s.ask(t, stop, at+"/stop", s.Machine, ""), 403)
	want(t, "stopped", s.ask(t, stop, at+"/stop", s.AdaKey, ""), 200)
	want(t, "a machine retracts", s.ask(t, retract, at+"/retract", s.Machine, `{"reason":"wrong area"}`), 403)
	want(t, "retracted without a body", s.ask(t, retract, at+"/retract", s.BobKey, ``), 400)
	want(t, "retracted without a reason", s.ask(t, retract, at+"/retract", s.BobKey, `{"reason":" "}`), 422, `"path":"/reason"`)
	want(t, "retracted", s.ask(t, retract, at+"/retract", s.BobKey, `{"reason":"wrong area"}`), 201, `"kind":"retract"`)
	s.release(t)
	want(t, "the outage is over", s.ask(t, oneOutage, at, s.AdaKey, ""), 200, `"open":false`)
}

// carrier sends in a notice: it opens a draft and nothing else.
func (s *server) carrier(t *testing.T) {
	t.Helper()
	notify := func(key officials.Secret, body string) answer { return s.ask(t, notice, "/api/v1/notices", key, body) }
	const sound = `{"id":"CR-7","provider":"Sample Wireless","contact":{"tel":"203-555-0190"},"stage":"initial",
		"began":"2024-10-22T11:49-04:00","effect":{"voice":"down"},"extent":["CT/West Hartford"]}`
	want(t, "no JSON", notify(s.Machine, `{`), 400)
	want(t, "nowhere", notify(s.Machine, strings.Replace(sound, `"CT/West Hartford"`, "", 1)), 422, `"field":"extent"`)
	want(t, "without the role", notify(s.BobKey, sound), 403)
	want(t, "of an unknown outage", s.ask(t, notice, "/api/v1/notices?outage=x", s.Machine, sound), 404)
	first := notify(s.Machine, sound)
	want(t, "a notice", first, 201, `"state":"draft"`, `"confidence":"suspected"`)
	at := "/api/v1/drafts/" + first.text("id")
	want(t, "taken away", s.ask(t, withdraw, at+"/withdraw", s.AdaKey, ""), 200)
}

func (s *server) public(t *testing.T) {
	t.Helper()
	want(t, "the document", s.ask(t, "GET /api/v1/openapi.json", "/api/v1/openapi.json", "", ""), 200)
	areas := "GET /api/v1/areas"
	want(t, "an area by its name", s.ask(t, areas, "/api/v1/areas?query=West+Hartford,+CT", "", ""), 200, `"exact":true`, "x-west-hartford")
	want(t, "a mistyped area", s.ask(t, areas, "/api/v1/areas?query=West+Hardford,+CT", "", ""), 200, `"exact":false`, "x-west-hartford")
	want(t, "no query", s.ask(t, areas, "/api/v1/areas", "", ""), 400)
	want(t, "an area", s.ask(t, "GET /api/v1/areas/{id}", "/api/v1/areas/x-berlin", "", ""), 200, "Berlin, CT")
	want(t, "no area", s.ask(t, "GET /api/v1/areas/{id}", "/api/v1/areas/x-nowhere", "", ""), 404)
	want(t, "a ZIP code", s.ask(t, "GET /api/v1/zips/{zip}", "/api/v1/zips/06824", "", ""), 200, "x-westport", "x-fairfield")
	want(t, "no ZIP code", s.ask(t, "GET /api/v1/zips/{zip}", "/api/v1/zips/06100", "", ""), 404, "is one")
	after := s.ask(t, status, "/api/v1/status?zip=06107", "", "")
	want(t, "the status after a retraction", after, 200, `"status":"none-reported"`, `"kind":"retract"`)
	if after.Header().Get("Access-Control-Allow-Origin") != "*" || !strings.Contains(after.Header().Get("Cache-Control"), "max-age=15") {
		t.Errorf("the status has the headers %v", after.Header())
	}
	want(t, "the status elsewhere", s.ask(t, status, "/api/v1/status?zip=90210", "", ""), 200, `"status":"not-served"`)
	want(t, "the status of no ZIP code", s.ask(t, status, "/api/v1/status?zip=x", "", ""), 404)
	s.Issue("", webtest.Alert)
	want(t, "the status in an outage", s.ask(t, status, "/api/v1/status?zip=06107", "", ""), 200, `"status":"outage"`, `"overdue":false`, "860-555-0101")
	s.Pass(3 * time.Hour)
	want(t, "the status when nobody spoke again", s.ask(t, status, "/api/v1/status?zip=06107", "", ""), 200, `"status":"outage"`, `"overdue":true`)
}

// strangers ask for everything: without a key, with the key of another mode, and for what is not there.
func (s *server) strangers(t *testing.T, outage, draft string) {
	t.Helper()
	driller, err := s.AddMachineKey(t.Context(), officials.Key{Agency: "despp", Name: "driller", Mode: outages.Drill, Scopes: []officials.Role{officials.Drafter}})
	s.OK(err)
	for _, r := range s.api.Routes() {
		if r.Public {
			continue
		}
		route := r.Method + " " + r.Path
		body := ""
		switch {
		case strings.HasSuffix(r.Path, "/approve"):
			body = `{"code":"x"}`
		case strings.HasSuffix(r.Path, "/retract"):
			body = `{"reason":"wrong area"}`
		case r.Creates, r.Method == "PUT", strings.HasSuffix(r.Path, "/lint"):
			body = webtest.AllClear
		}
		own := outage
		if strings.Contains(r.Path, "/drafts/") {
			own = draft
		}
		want(t, route+" without a key", s.ask(t, route, strings.ReplaceAll(r.Path, "{id}", own), "", body), 401)
		want(t, route+" with a wrong key", s.ask(t, route, strings.ReplaceAll(r.Path, "{id}", own), officials.Secret("cbx_a_b_c"), body), 401)
		if !strings.Contains(r.Path, "{id}") {
			continue
		}
		want(t, route+" of another mode", s.ask(t, route, strings.ReplaceAll(r.Path, "{id}", own), driller, body, "If-Match", "*"), 403)
		want(t, route+" of nothing", s.ask(t, route, strings.ReplaceAll(r.Path, "{id}", "nothing"), s.AdaKey, body, "If-Match", "*"), 404)
	}
}

// What goes wrong on our side is told without its innards.
func TestAFailureShowsNothingOfItself(t *testing.T) {
	s := newServer(t)
	s.OK(s.Store.Close())
	w := webtest.Ask(t, s.api, "GET", "/api/v1/drafts", "", "Authorization", "Bearer "+s.AdaKey.Reveal())
	if w.Code != 503 || strings.Contains(w.Body.String(), "sql") || strings.Contains(w.Body.String(), "cbx_") || w.Header().Get("Retry-After") == "" {
		t.Errorf("with a lost database: %d %s", w.Code, w.Body)
	}
}
