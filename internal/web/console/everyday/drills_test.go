package everyday_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"callbox/areas"
	"callbox/internal/desk"
	"callbox/subscribers"
)

const drills = "/console/drill/drills"

// play submits, approves and releases the draft that waits in a drill.
func (s *stage) play(outage string) {
	s.T.Helper()
	ctx := s.T.Context()
	status, err := s.Status(ctx, s.ada.Actor, outage)
	s.OK(err)
	if len(status.Drafts) != 1 {
		s.T.Fatalf("%d drafts of the drill wait, want one", len(status.Drafts))
	}
	d, err := s.Submit(ctx, s.ada.Actor, status.Drafts[0].ID)
	s.OK(err)
	_, err = s.Approve(ctx, s.Bob, d.ID, desk.Word{Code: d.Code})
	s.OK(err)
	s.Pass(time.Minute)
	_, err = s.Release(ctx)
	s.OK(err)
}

func TestADrillIsAnnounced(t *testing.T) {
	s := newStage(t)
	for field, form := range map[string]url.Values{
		"day":   {"day": {"2024-10-21"}, "hour": {"10:00"}, "lasts": {"60"}},
		"lasts": {"day": {"2024-10-29"}, "hour": {"10:00"}, "lasts": {"5"}},
	} {
		s.Says(s.post(drills+"/planned", form, http.StatusUnprocessableEntity), `<a href="#`+field+`">`, `value="`+form.Get("day")+`"`)
	}
	s.Says(s.post(drills+"/planned", url.Values{"day": {"soon"}, "lasts": {"x"}}, http.StatusUnprocessableEntity), `<a href="#day">`, `<a href="#lasts">`)
	s.Says(s.page(drills, http.StatusOK), "None is announced.")
	s.post(drills+"/planned", url.Values{"day": {"2024-10-29"}, "hour": {"10:00"}, "lasts": {"90"}}, http.StatusSeeOther)
	s.Says(s.page(drills, http.StatusOK), "Sample State Police: Tuesday, October 29, 2024, 10:00 AM to 11:30 AM EDT.")
	list, err := s.AnnouncedDrills(t.Context())
	s.OK(err)
	if len(list) != 1 {
		t.Fatalf("%d drills are announced, want one", len(list))
	}
	s.post(drills+"/planned/"+list[0].ID+"/cancel", nil, http.StatusSeeOther)
	s.Says(s.page(drills, http.StatusOK), "None is announced.")
	s.post(drills+"/planned/"+list[0].ID+"/cancel", nil, http.StatusNotFound)
}

func TestADrillIsPlayedStepByStep(t *testing.T) {
	s := newStage(t)
	s.Says(s.page(drills, http.StatusOK), "There was no drill yet.", "Mobile phones only, and a wrong rumour", "Start drill for 0 drill contacts", "None yet.")
	at := s.post(drills, url.Values{"plan": {"plains"}}, http.StatusSeeOther)
	page := s.page(at, http.StatusOK)
	s.Says(page, "Step 1 of 3", "No calls from mobile phones arrive", "a light pole is set", "Go to the draft of this step", "The next step begins when this bulletin was issued")
	if strings.Contains(page, "Go on to the next step") {
		t.Error("the drill goes on before anybody spoke")
	}
	s.post(at+"/next", nil, http.StatusConflict)
	outage := at[strings.LastIndex(at, "/")+1:]
	s.Pass(2 * time.Minute)
	s.play(outage)
	s.Says(s.page(at, http.StatusOK), "Go on to the next step", "20 minutes later", "From submission to approval")
	s.post(at+"/next", nil, http.StatusSeeOther)
	s.Says(s.page(at, http.StatusOK), "Step 2 of 3", "Push does not answer for 50 of 100 messages.")
	s.play(outage)
	s.post(at+"/next", nil, http.StatusSeeOther)
	s.play(outage)
	page = s.page(at, http.StatusOK)
	s.Says(page, "Step 3 of 3", outage+"/record")
	s.post(at+"/next", nil, http.StatusConflict)
	s.Says(s.page(drills, http.StatusOK), "The last drill was", `<a href="`+at+`">Mobile phones only`, "<td>2 min 0 s</td>")
	s.Pass(92 * 24 * time.Hour)
	s.ada = s.SignIn(s.ada.Actor)
	s.Says(s.page(drills, http.StatusOK), `<p class="warning">No drill for 92 days.</p>`)
}

// Promise 3: there is no way to a drill from the live space but into the drill space.
func TestTheLiveSpaceHasNoDrills(t *testing.T) {
	s := newStage(t)
	if w := s.ada.Get("/console/live/drills"); w.Code != http.StatusSeeOther || w.Header().Get("Location") != drills {
		t.Errorf("drills in the live space: %d to %q, want to the drill space", w.Code, w.Header().Get("Location"))
	}
	s.post("/console/live/drills", url.Values{"plan": {"plains"}}, http.StatusNotFound)
	s.post(drills, url.Values{"plan": {"unheard-of"}}, http.StatusUnprocessableEntity)
	s.page(drills+"/nothing", http.StatusNotFound)
	if list, err := s.Drills(t.Context(), s.Ada); err != nil || len(list) != 0 {
		t.Errorf("drills that nobody started: %v, %v", list, err)
	}
}

// resident signs somebody up for live messages.
func (s *stage) resident(zip areas.ZIP) {
	s.T.Helper()
	s.OK(s.SignUp(s.T.Context(), subscribers.SignUp{Channel: "email", Destination: string(zip) + "@example.org", Places: []areas.Place{{ZIP: zip}}}))
	posted := s.Posted()
	s.OK(s.Confirm(s.T.Context(), posted[len(posted)-1].Token))
}
