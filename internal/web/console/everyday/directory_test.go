package everyday_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"callbox/areas"
	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/internal/web/webtest"
)

const at = "/console/live/directory"

func TestTheDirectoryNamesAreasWithoutANumberAndScoresTheRest(t *testing.T) {
	s := newStage(t)
	page := s.page(at, http.StatusOK)
	s.Says(page, "No number to print", "Ring the next of 5 numbers", "Map of numbers; the table says the same", "Capitol Planning Region, CT: 2 of 3 areas with a number", `data-level="nobody"`, `/console/live/directory/areas/x-berlin">Berlin, CT`)
	if i, j := strings.Index(page, `id="missing"`), strings.Index(page, "x-berlin"); i < 0 || j < i {
		t.Error("an area without a number does not come first")
	}
	found := s.page(at+"?q=berl", http.StatusOK)
	if strings.Count(found, "Berlin, CT") != 1 || strings.Contains(found[strings.Index(found, "<tbody>"):], "Westport") {
		t.Errorf("a search for berl:\n%s", found)
	}
	s.Says(s.page(at+"?q=nowhere", http.StatusOK), "No area of yours is called that")
}

func TestNumbersAreRungOneAfterTheOther(t *testing.T) {
	s := newStage(t)
	score := func() string {
		page := s.page(at+"/areas/x-berlin", http.StatusOK)
		return page[strings.Index(page, "Score"):][:14]
	}
	page := s.page(at+"/ring", http.StatusOK)
	s.Says(page, "5 numbers are left to ring", `href="tel:+1`, "This is eve of Sample State Police", "Never confirmed by a call")
	berlin := url.Values{"area": {"x-berlin"}, "tel": {"+18605550107"}, "for": {"police"}}
	before := score()
	berlin.Set("answer", "yes")
	if to := s.post(at+"/ring", berlin, http.StatusSeeOther); to != at+"/ring" {
		t.Errorf("after an answer: %s, want the next number", to)
	}
	if after := score(); after == before {
		t.Errorf("an answered call left the score at %q", after)
	}
	s.Says(s.page(at+"/ring", http.StatusOK), "4 numbers are left to ring")
	berlin.Set("answer", "no")
	to := s.post(at+"/ring", berlin, http.StatusSeeOther)
	if next := s.page(to, http.StatusOK); strings.Contains(next, `>860-555-0107</a>`) {
		t.Error("a number that just did not answer is rung again at once")
	}
	s.Says(s.page(at+"/areas/x-berlin", http.StatusOK), "The last call was not answered")
	s.post(at+"/ring", berlin, http.StatusSeeOther)
	s.Says(s.page(at+"/areas/x-berlin", http.StatusOK), "Does not answer: left out of every new message",
		"Eve rang 860-555-0107 (police): not answered.", "Eve rang 860-555-0107 (police): answered.", "added 860-555-0107 (police)")
	s.Says(s.page(at, http.StatusOK), `<a href="/console/live/directory/areas/x-berlin">Berlin, CT</a> <small>1 ZIP code</small>`)
	berlin.Del("answer")
	s.post(at+"/ring", berlin, http.StatusUnprocessableEntity)
	berlin.Set("answer", "yes")
	berlin.Set("tel", "+18605550199")
	s.post(at+"/ring", berlin, http.StatusNotFound)
	berlin.Set("area", "25")
	s.post(at+"/ring", berlin, http.StatusNotFound)
}

func TestANumberThatDoesNotAnswerLeadsToTheUpdateOfAnOpenOutage(t *testing.T) {
	s := newStage(t)
	id := s.Issue("", webtest.Alert)
	to := s.post(at+"/areas/x-berlin/flag", url.Values{"tel": {"+18605550107"}, "for": {"police"}}, http.StatusSeeOther)
	if to != at+"/areas/x-berlin" {
		t.Errorf("a number that no outage told leads to %s", to)
	}
	to = s.post(at+"/areas/x-westport/flag", url.Values{"tel": {"+12035550103"}, "for": {"all"}}, http.StatusSeeOther)
	drafts, err := s.Drafts(t.Context(), s.Ada)
	s.OK(err)
	if len(drafts) != 1 || drafts[0].Outage != id || drafts[0].State != store.DraftOpen || to != "/console/live/drafts/"+drafts[0].ID+"/preview" {
		t.Errorf("it leads to %s, with the drafts %+v; want one update", to, drafts)
	}
	// Where nothing can be drafted that is said: the update waits already, or one may not declare.
	if to := s.post(at+"/areas/x-westport/flag", url.Values{"tel": {"+12035550103"}, "for": {"all"}}, http.StatusSeeOther); to != at+"/areas/x-westport" {
		t.Errorf("flagged again it leads to %s", to)
	}
	s.Says(s.page(at+"/areas/x-westport", http.StatusOK), "an update that takes it back waits already", "An open outage tells people to call it.", "Draft the update that takes it back")
	s.post(at+"/areas/x-westport/flag", url.Values{"tel": {"+12035550199"}, "for": {"all"}}, http.StatusNotFound)
	fairfield := url.Values{"area": {"x-fairfield"}, "tel": {"+12035550104"}, "for": {"all"}, "answer": {"no"}}
	s.post(at+"/ring", fairfield, http.StatusSeeOther)
	if to := s.post(at+"/ring", fairfield, http.StatusSeeOther); !strings.HasSuffix(to, "/preview") {
		t.Errorf("rung twice without an answer it leads to %s, want the update", to)
	}
	dan := s.SignIn(s.person("dan", officials.Directory))
	dan.Post(at+"/areas/x-west-hartford/flag", url.Values{"tel": {"+18605550101"}, "for": {"police"}})
	s.Says(dan.Get(at+"/areas/x-west-hartford").Body.String(), "somebody who may declare has to write it")
	s.post(at+"/areas/25/flag", nil, http.StatusNotFound)
	s.page(at+"/areas/25", http.StatusNotFound)
}

const good = "area,for,tel\nx-berlin,police,860-555-0108\n"

func TestAFileIsShownBeforeItIsTakenOver(t *testing.T) {
	s := newStage(t)
	page := s.post(at+"/import", url.Values{"csv": {good}}, http.StatusOK)
	s.Says(page, "1 line, all good", "Berlin, CT: 860-555-0108 (police)", "Numbers that go: 1", "Take it over")
	numbers := func() []areas.Number {
		book, err := s.Book(t.Context())
		s.OK(err)
		return book.Numbers("x-berlin")
	}
	if n := numbers(); n[0].Tel != "+18605550107" {
		t.Fatalf("looking at a file changed the directory: %v", n)
	}
	if to := s.post(at+"/import", url.Values{"csv": {good}, "do": {"take"}}, http.StatusSeeOther); to != at {
		t.Errorf("it leads to %s", to)
	}
	if n := numbers(); len(n) != 1 || n[0].Tel != "+18605550108" {
		t.Errorf("the directory has %v, want the number of the file", n)
	}
	file := s.page("/console/live/directory.csv", http.StatusOK)
	s.Says(file, "x-berlin,police,860-555-0108", "x-westport,all,203-555-0103")
	s.Says(s.post(at+"/import", url.Values{"csv": {file}}, http.StatusOK), "No number comes or goes.")
}

// What is wrong is told at its line, and nothing is taken or lost.
func TestAFileWithBadLinesIsNotTaken(t *testing.T) {
	s := newStage(t)
	const bad = "area,for,tel\nx-berlin,police,911\nx-berlin,fire,860-555-0109\nBoston MA,fire,860-555-0110\n"
	before := s.page("/console/live/directory.csv", http.StatusOK)
	for _, do := range []string{"", "take"} {
		page := s.post(at+"/import", url.Values{"csv": {bad}, "do": {do}}, http.StatusUnprocessableEntity)
		s.Says(page, `<a href="#csv">2 lines are wrong`, `<td class="n">2</td><td>tel</td>`, `<td class="n">4</td><td>area</td>`, "Boston MA,fire,860-555-0110")
	}
	if after := s.page("/console/live/directory.csv", http.StatusOK); after != before {
		t.Errorf("something was taken over:\n%s", after)
	}
	s.Says(s.post(at+"/import", nil, http.StatusUnprocessableEntity), `<a href="#csv">Paste the lines`)
}

func TestWhileAnOutageIsLiveAFileIsProposed(t *testing.T) {
	s := newStage(t)
	s.Issue("", webtest.Alert)
	file := url.Values{"csv": {"area,for,tel\nx-westport,all,203-555-0133\n"}}
	s.Says(s.post(at+"/import", file, http.StatusOK), "People are told to call these now", "Westport, CT: 203-555-0103 (any emergency)", "Propose it")
	file.Set("do", "take")
	if to := s.post(at+"/import", file, http.StatusSeeOther); to != "/console/live/office/proposals" {
		t.Errorf("it leads to %s, want what waits for a second person", to)
	}
	list, err := s.Proposals(t.Context(), s.Ada)
	s.OK(err)
	if len(list) != 1 {
		t.Errorf("%d proposals, want one", len(list))
	}
}

func TestAFileIsUploaded(t *testing.T) {
	s := newStage(t)
	upload := func(text string) int {
		var b bytes.Buffer
		m := multipart.NewWriter(&b)
		f, err := m.CreateFormFile("file", "directory.csv")
		s.OK(err)
		_, err = f.Write([]byte(text))
		s.OK(err)
		s.OK(m.Close())
		w := webtest.Ask(t, s, "POST", at+"/import", b.String(), "Cookie", s.ada.Cookie(), "Content-Type", m.FormDataContentType(), "Sec-Fetch-Site", "same-origin")
		if w.Code == http.StatusOK && !strings.Contains(w.Body.String(), "860-555-0108") {
			t.Errorf("the page does not show the file:\n%s", w.Body)
		}
		return w.Code
	}
	if got := upload(good); got != http.StatusOK {
		t.Errorf("a good file: %d, want 200", got)
	}
	if got := upload(good + strings.Repeat("x-berlin,police,860-555-0108\n", 40_000)); got != http.StatusRequestEntityTooLarge {
		t.Errorf("a file of more than a form can hold: %d, want 413", got)
	}
}
