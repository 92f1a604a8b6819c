//go:build browser

package office_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"callbox/internal/browser"
	"callbox/internal/officials"
	"callbox/internal/web/console/consoletest"
	"callbox/internal/web/console/office"
)

// Acceptance check 19 in the eyes of an auditor, and every page of the office at both widths.
func TestEveryPageOfTheOfficeIsAccessibleAndTheTrailShowsTampering(t *testing.T) {
	room, err := office.Room()
	if err != nil {
		t.Fatal(err)
	}
	s, address := consoletest.Serve(t, room)
	carol := s.SignIn(official(t, s, "carol", officials.Admin, officials.Auditor))
	_, _, err = s.ProposeKey(t.Context(), s.Ada, officials.Key{Name: "CAD", Mode: "live", Scopes: []officials.Role{officials.Drafter}})
	s.OK(err)
	b := browser.Start(t)
	for _, width := range []int{browser.Phone, browser.Desk} {
		tab := b.Tab(width)
		tab.Go(address + "/console/sign-in")
		browser.Eval[string](tab, "document.cookie = '"+carol.Cookie()+"; Path=/; Secure; SameSite=Strict'")
		for _, path := range []string{"", "/ready", "/people", "/people/new", "/people/bob", "/keys", "/proposals", "/settings", "/audit"} {
			if status := tab.Go(address + "/console/live/office" + path); status != http.StatusOK {
				t.Fatalf("%s: status %d", path, status)
			}
			tab.Accessible()
			tab.Picture("office-" + strings.ReplaceAll(strings.Trim(path, "/"), "/", "-") + "-" + strconv.Itoa(width))
		}
		if other := tab.Foreign(); len(other) > 0 {
			t.Errorf("requests left the site: %v", other)
		}
	}
	tab := b.Tab(browser.Phone)
	tab.Go(address + "/console/sign-in")
	browser.Eval[string](tab, "document.cookie = '"+carol.Cookie()+"; Path=/; Secure; SameSite=Strict'")
	tab.Go(address + "/console/live/office/proposals")
	tab.Press("form[action$=accept] button")
	if page := tab.Text("main"); !strings.Contains(page, "It has taken effect") {
		t.Errorf("after agreeing the page says:\n%s", page)
	}
	s.Tamper(`UPDATE audit SET data = replace(data, '"bob"', '"bab"') WHERE seq = 4`)
	tab.Go(address + "/console/live/office/audit")
	if page := tab.Text("main"); !strings.Contains(page, "Entry 4 does not match") {
		t.Errorf("one changed byte, and the page says:\n%s", page)
	}
}
