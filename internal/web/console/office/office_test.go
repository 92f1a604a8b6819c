package office_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"callbox/internal/officials"
	"callbox/internal/web/console/consoletest"
	"callbox/internal/web/console/office"
)

// desk is a console with the office, and an administrator beside Ada.
func desk(t *testing.T) (s *consoletest.Site, ada, carol *consoletest.Person) {
	t.Helper()
	room, err := office.Room()
	if err != nil {
		t.Fatal(err)
	}
	s = consoletest.New(t, room)
	return s, s.SignIn(s.Ada), s.SignIn(official(t, s, "carol", officials.Admin, officials.Auditor))
}

func official(t *testing.T, s *consoletest.Site, id string, roles ...officials.Role) officials.Actor {
	t.Helper()
	secret, err := s.AddOfficial(t.Context(), officials.Official{ID: id, Agency: "despp", Name: strings.ToUpper(id[:1]) + id[1:], Roles: roles})
	s.OK(err)
	a, err := s.Who(t.Context(), secret)
	s.OK(err)
	return a
}

// page opens a page and returns what it says.
func page(t *testing.T, p *consoletest.Person, path string, status int) string {
	t.Helper()
	w := p.Get("/console/live/office" + path)
	if w.Code != status {
		t.Fatalf("%s: %d, want %d: %s", path, w.Code, status, w.Body)
	}
	return w.Body.String()
}

func says(t *testing.T, what, text string, want ...string) {
	t.Helper()
	for _, x := range want {
		if !strings.Contains(text, x) {
			t.Errorf("%s does not say %q:\n%s", what, x, text)
		}
	}
}

func TestSomebodyNewIsProposedByOneAndAcceptedByAnother(t *testing.T) {
	s, ada, carol := desk(t)
	form := url.Values{"id": {"dan"}, "name": {"Dan Dole <script>"}, "role": {"drafter"}, "areas": {"West Hartford, CT"}, "call": {"2"}}
	if w := ada.Post("/console/live/office/people/new", form); w.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	waits := page(t, carol, "/proposals", 200)
	says(t, "the proposal", waits, "Dan Dole &lt;script&gt;", "Agree: it takes effect now")
	if strings.Contains(waits, "<script>") {
		t.Error("a name became a script")
	}
	says(t, "to the proposer it", page(t, ada, "/proposals", 200), "Somebody else has to agree")
	list, err := s.Proposals(t.Context(), carol.Actor)
	s.OK(err)
	if w := ada.Post("/console/live/office/proposals/"+list[0].ID+"/accept", nil); w.Code != http.StatusForbidden {
		t.Errorf("the proposer accepts: %d", w.Code)
	}
	if w := carol.Post("/console/live/office/proposals/"+list[0].ID+"/accept", nil); w.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	says(t, "the list", page(t, ada, "/people", 200), "Dan Dole", "x-west-hartford", "declare and submit")
}

func TestWhatIsWrongWithAPersonIsSaidWhereItWasTyped(t *testing.T) {
	_, ada, _ := desk(t)
	w := ada.Post("/console/live/office/people/new", url.Values{"id": {"Dan Dole"}, "name": {" "}, "role": {"drafter"}, "areas": {"Atlantis"}, "call": {"first"}})
	says(t, "the form", w.Body.String(), "#call", "#areas", "Atlantis", `value="Dan Dole"`)
	w = ada.Post("/console/live/office/people/new", url.Values{"id": {"Dan Dole"}, "name": {" "}, "role": {"drafter"}})
	says(t, "the form", w.Body.String(), `href="#id"`, `href="#name"`)
	w = ada.Post("/console/live/office/people/bob", url.Values{"name": {"Bob"}, "role": {"viewer"}})
	if w.Code != http.StatusUnprocessableEntity {
		t.Fatalf("one approver would be left: %d", w.Code)
	}
	says(t, "the form", w.Body.String(), `id="few"`, "could approve")
}

func TestAKeyIsShownOnceAndOpensNothingYet(t *testing.T) {
	s, ada, _ := desk(t)
	w := ada.Post("/console/live/office/keys", url.Values{"name": {"CAD"}, "mode": {"drill"}, "role": {"drafter"}})
	body := w.Body.String()
	says(t, "the page", body, "shown this once")
	_, rest, _ := strings.Cut(body, "<pre>")
	secret, _, _ := strings.Cut(rest, "</pre>")
	if _, err := s.Who(t.Context(), officials.Secret(secret)); err == nil {
		t.Error("it opens something before anybody agreed")
	}
	if strings.Contains(page(t, ada, "/keys", 200), secret) {
		t.Error("it is shown again")
	}
	says(t, "an empty form", ada.Post("/console/live/office/keys", url.Values{"mode": {"drill"}}).Body.String(), `href="#name"`)
}

func TestSettingsThatCutDraftsOffAskForAConfirmation(t *testing.T) {
	s, ada, carol := desk(t)
	decl, err := s.Read(t.Context(), s.Ada, []byte(`{"kind":"alert","mode":"drill","began":"11:49","next_update":"13:30","conditions":[{"area":"CT/West Hartford","voice":"down"}]}`))
	s.OK(err)
	_, err = s.Declare(t.Context(), s.Ada, "", decl)
	s.OK(err)
	form := url.Values{"name": {s.Ada.Agency.Name}, "zone": {"America/New_York"}, "jurisdiction": {"CT/Westport"}, "undo": {"1"}, "alone": {"0"}, "two_people": {"yes"}}
	w := ada.Post("/console/live/office/settings", form)
	if w.Code != http.StatusUnprocessableEntity {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	says(t, "the form", w.Body.String(), `id="cut"`, "West Hartford")
	form.Set("cut", "yes")
	if w := ada.Post("/console/live/office/settings", form); w.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	says(t, "the proposal", page(t, carol, "/proposals", 200), "jurisdiction")
	form.Set("undo", "soon")
	says(t, "the form", ada.Post("/console/live/office/settings", form).Body.String(), `href="#undo"`, `value="soon"`)
}

func TestTheTrailIsReadByAuditorsAndSaysWhatDoesNotMatch(t *testing.T) {
	s, _, carol := desk(t)
	says(t, "the trail", page(t, carol, "/audit?action=official.", 200), "Verified to entry", "official.save")
	bob := s.SignIn(s.Bob)
	page(t, bob, "/audit", 403)
	if w := carol.Get("/console/live/office/audit.jsonl"); w.Code != 200 || !strings.Contains(w.Body.String(), `"action":"official.save"`) {
		t.Errorf("the file: %d", w.Code)
	}
	s.Tamper(`UPDATE audit SET data = replace(data, '"bob"', '"bab"') WHERE seq = 4`)
	says(t, "the trail", page(t, carol, "/audit", 200), "Entry 4 does not match")
}

func TestTheOfficeSaysWhetherWeCouldSend(t *testing.T) {
	_, ada, _ := desk(t)
	says(t, "the page", page(t, ada, "/ready", 200), "Could we send now?", "Not ready:", "audit")
	says(t, "the index", page(t, ada, "", 200), "People", "Keys of machines", "Audit trail", "Settings")
}
