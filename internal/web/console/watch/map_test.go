package watch_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"callbox/areas"
	"callbox/internal/dispatch"
	"callbox/internal/web/webtest"
)

func TestTheLivePageDrawsWhoHasIt(t *testing.T) {
	s := emptyStage(t)
	_, err := s.ImportAreas(t.Context(), s.Ada, strings.NewReader("id,name,state,within,residents,zips\nx-westport,Westport,CT,09190,4000,06880 06824\n"))
	s.OK(err)
	for _, n := range []areas.Number{{Area: "x-westport", Tel: "+12035550103", For: areas.All}, {Area: "x-fairfield", Tel: "+12035550104", For: areas.All}} {
		_, err := s.ConfirmNumber(t.Context(), s.Ada, n, true)
		s.OK(err)
	}
	for _, zip := range []areas.ZIP{"06107", "06117", "06880"} {
		s.resident(zip, "")
	}
	s.outage = s.Issue("", webtest.Alert)
	s.send(dispatch.Accepted, dispatch.Refused, dispatch.Accepted)
	page := s.page(s.path(""), http.StatusOK)
	s.Says(page, "Map of who has it; the table by area says the same", `data-level="most"`, `data-level="full"`, `data-level="blank"`,
		"Capitol Planning Region, CT: 1 of 2 have it", "Fewer than half", "Signed up for 1,000 residents", `<td class="n">0.2</td>`,
		"no number has answered a call lately: West Hartford, CT.")
	s.Pass(time.Minute)
	_, err = s.ConfirmNumber(t.Context(), s.Ada, areas.Number{Area: "x-west-hartford", Tel: "+18605550101", For: areas.Police}, true)
	s.OK(err)
	if page := s.page(s.path(""), http.StatusOK); strings.Contains(page, "no number has answered") {
		t.Error("the warning stays although a number answered in every area")
	}
}
