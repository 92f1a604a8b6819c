package console_test

import (
	"strings"
	"testing"
	"time"

	"callbox/internal/officials"
	"callbox/internal/web/console/consoletest"
	"callbox/internal/web/webtest"
	"callbox/outages"
)

func TestTheHomePageAnswersItsThreeQuestions(t *testing.T) {
	s := consoletest.New(t)
	ada := s.SignIn(s.Ada)
	page := func(p *consoletest.Person, space outages.Mode) string {
		return p.Get("/console/" + string(space) + "/").Body.String()
	}
	if body := page(ada, outages.Live); !strings.Contains(body, "No outages. Last checked 12:20:00\u00a0PM.") || !strings.Contains(body, "Declare an outage") {
		t.Errorf("with nothing open:\n%s", body)
	}
	id := s.Issue("", webtest.Alert)
	s.Pass(50 * time.Minute)
	decl, err := s.Read(t.Context(), s.Ada, []byte(webtest.Update))
	s.OK(err)
	d, err := s.Declare(t.Context(), s.Ada, id, decl)
	s.OK(err)
	if body := page(ada, outages.Live); !strings.Contains(body, "Go on with the update "+d.ID) {
		t.Errorf("one's own draft is not listed:\n%s", body)
	}
	_, err = s.Submit(t.Context(), s.Ada, d.ID)
	s.OK(err)
	bob := s.SignIn(s.Bob)
	body := page(bob, outages.Live)
	for _, want := range []string{"/console/live/outages/" + id, "West Hartford", "Next update due 1:30\u00a0PM", "Approve the update " + d.ID, "/console/live/drafts/" + d.ID, "signed in beside you: ada"} {
		if !strings.Contains(body, want) {
			t.Errorf("%q is missing:\n%s", want, body)
		}
	}
	if strings.Contains(body, "Declare an outage") {
		t.Error("who may only approve is offered to declare")
	}
	if body := page(ada, outages.Live); !strings.Contains(body, "Waiting for a second person: the update "+d.ID) || strings.Contains(body, "Approve the update") {
		t.Errorf("the submitter is offered to approve, or not told that it waits:\n%s", body)
	}
	if body := page(bob, outages.Drill); strings.Contains(body, id) || strings.Contains(body, d.ID) || !strings.Contains(body, "No drill is running") {
		t.Errorf("the drill space shows what is live:\n%s", body)
	}
	s.Pass(90 * time.Minute)
	ada = s.SignIn(s.Ada)
	if body := page(ada, outages.Live); !strings.Contains(body, "An update was promised for 1:30\u00a0PM") {
		t.Errorf("the overdue update does not wait for its drafter:\n%s", body)
	}
}

func TestAnotherAgencysOutagesAreNotShown(t *testing.T) {
	s := consoletest.New(t)
	id := s.Issue("", webtest.Alert)
	s.OK(s.SaveAgency(t.Context(), officials.Agency{ID: "other", Name: "Other", Jurisdiction: s.Ada.Agency.Jurisdiction,
		Zone: "America/New_York", Sender: "other@example.gov", Policy: outages.Policy{TwoPeople: true}}))
	o := officials.Official{ID: "eve", Agency: "other", Name: "Eve", Roles: officials.Roles}
	_, err := s.AddOfficial(t.Context(), o)
	s.OK(err)
	agency, err := s.Store.Agency(t.Context(), "other")
	s.OK(err)
	eve := s.SignIn(officials.Actor{Agency: agency, Official: &o, Scopes: o.Roles})
	if body := eve.Get("/console/live/").Body.String(); strings.Contains(body, id) {
		t.Errorf("another agency's outage is shown:\n%s", body)
	}
}
