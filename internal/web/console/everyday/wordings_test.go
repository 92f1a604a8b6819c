package everyday_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"callbox/internal/officials"
	"callbox/templates"
)

const wordings = "/console/live/wordings"

// phrase is one that the samples use.
const phrase = wordings + "/opening.all_clear"

func TestAWordingIsTriedAndThenProposed(t *testing.T) {
	s := newStage(t)
	s.Says(s.page(wordings, http.StatusOK), "As they came with the program", "opening.all_clear", "{agency}: the 911 outage is over.")
	found := s.page(wordings+"?q=fast+busy", http.StatusOK)
	if !strings.Contains(found, "symptom.fast-busy") || strings.Contains(found, "opening.all_clear") {
		t.Errorf("a search finds\n%s", found)
	}
	page := s.page(phrase, http.StatusOK)
	s.Says(page, "<code>{agency}</code>", `<textarea id="text-en"`, `<textarea id="text-es"`)
	if strings.Index(page, "text-en") > strings.Index(page, "text-es") {
		t.Error("English, the measure of the others, does not come first")
	}
	spanish := page[strings.Index(page, `id="text-es"`):]
	spanish = spanish[strings.Index(spanish, "\n")+1 : strings.Index(spanish, "</textarea>")]
	form := url.Values{"text-en": {"{agency} says: the 911 outage is over."}, "text-es": {spanish}, "do": {"try"}}
	page = s.post(phrase, form, http.StatusOK)
	s.Says(page, "Sample State Police says: the 911 outage is over.", "As it is now", "The rules find nothing new.", "In use: ")
	if list, err := s.Proposals(t.Context(), s.ada.Actor); err != nil || len(list) != 0 {
		t.Errorf("trying a wording proposed it: %v, %v", list, err)
	}
	form.Set("do", "propose")
	if to := s.post(phrase, form, http.StatusSeeOther); to != "/console/live/office/proposals" {
		t.Errorf("it leads to %s", to)
	}
	list, err := s.Proposals(t.Context(), s.ada.Actor)
	s.OK(err)
	if len(list) != 1 || len(list[0].Says) != 1 {
		t.Fatalf("the proposals are %+v, want one that changes English only", list)
	}
	_, err = s.Accept(t.Context(), s.person("pat", officials.Wording), list[0].ID)
	s.OK(err)
	s.Says(s.page(wordings, http.StatusOK), "Version 1.", "Spanish is stale", "1 phrase changed in English", "1 to read again")
	s.Says(s.page(phrase, http.StatusOK), "stale: English changed since")
	form = url.Values{"text-en": {"{agency} says: the 911 outage is over."}, "text-es": {spanish}, "still-es": {"yes"}, "do": {"propose"}}
	s.post(phrase, form, http.StatusSeeOther)
}

func TestAnOldVersionIsReturnedToByTwoPeople(t *testing.T) {
	s := newStage(t)
	pat := s.person("pat", officials.Wording)
	publish := func() {
		list, err := s.Proposals(t.Context(), pat)
		s.OK(err)
		if len(list) != 1 {
			t.Fatalf("%d proposals wait, want one", len(list))
		}
		_, err = s.Accept(t.Context(), pat, list[0].ID)
		s.OK(err)
	}
	for _, words := range []string{"{agency} says: it is over.", "{agency}: it is over now."} {
		_, err := s.ProposeWording(t.Context(), s.ada.Actor, templates.Edits{templates.English: {"opening.all_clear": words}})
		s.OK(err)
		publish()
	}
	s.Says(s.page(wordings+"/versions", http.StatusOK), "Version 2", "Version 1", "As they came with the program", "Written by eve, published by pat",
		"opening.all_clear, English", "<del>{agency} says: it is over.</del>", "<ins>{agency}: it is over now.</ins>")
	if to := s.post(wordings+"/versions", url.Values{"version": {"1"}}, http.StatusSeeOther); to != "/console/live/office/proposals" {
		t.Errorf("it leads to %s, want where a second person decides", to)
	}
	now := func() string { return s.page(phrase, http.StatusOK) }
	s.Says(now(), "{agency}: it is over now.")
	publish()
	s.Says(now(), "{agency} says: it is over.")
	s.Says(s.page(wordings+"/versions", http.StatusOK), "Version 3")
	s.post(wordings+"/versions", url.Values{"version": {"3"}}, http.StatusConflict) // nothing would change
	s.post(wordings+"/versions", url.Values{"version": {"0"}}, http.StatusSeeOther)
	publish()
	s.Says(now(), "{agency}: the 911 outage is over.")
	s.post(wordings+"/versions", url.Values{"version": {"9"}}, http.StatusNotFound)
	s.post(wordings+"/versions", nil, http.StatusUnprocessableEntity)
}

// What is wrong is told at the field, and what was typed stays.
func TestAWordingThatCannotBeUsedStaysInItsField(t *testing.T) {
	s := newStage(t)
	for name, x := range map[string]struct {
		text, do, field, says string
	}{
		"a lost placeholder":   {"It is over.", "try", `<a href="#text-en">`, "English lacks {agency}."},
		"one that is unknown":  {"{agency} and {mayor}: it is over.", "propose", `<a href="#text-en">`, "English has the unknown placeholder {mayor}."},
		"forbidden words":      {"This is not a drill. {agency}: over.", "propose", `<a href="#text-en">`, "Stops"},
		"nothing but an error": {"{agency}: <script>alert(1)</script> {", "try", `<a href="#text-en">`, "brace that is not closed"},
	} {
		w := s.ada.Post(phrase, url.Values{"text-en": {x.text}, "text-es": {"{agency}: terminó."}, "do": {x.do}})
		body := w.Body.String()
		if w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: status %d, want 422", name, w.Code)
		}
		if strings.Contains(body, "<script>alert") {
			t.Errorf("%s: what was typed is a part of the page", name)
		}
		for _, want := range []string{x.field, x.says, `aria-invalid="true"`, "{agency}: terminó."} {
			if !strings.Contains(body, want) {
				t.Errorf("%s: the page does not say %q:\n%s", name, want, body)
			}
		}
	}
	if list, err := s.Proposals(t.Context(), s.ada.Actor); err != nil || len(list) != 0 {
		t.Errorf("proposed all the same: %v, %v", list, err)
	}
	page := s.page(phrase, http.StatusOK)
	now := url.Values{}
	for _, field := range []string{"text-en", "text-es"} {
		rest := page[strings.Index(page, `id="`+field):]
		now.Set(field, rest[strings.Index(rest, "\n")+1:strings.Index(rest, "</textarea>")])
	}
	s.Says(s.post(phrase, now, http.StatusUnprocessableEntity), "Nothing was changed yet.")
	s.page(wordings+"/no.such", http.StatusNotFound)
}

func TestSubscribersAreCountedWithoutAnAddress(t *testing.T) {
	s := newStage(t)
	s.Says(s.page("/console/live/subscribers", http.StatusOK), "No subscribers yet.")
	s.resident("06880")
	s.resident("06107")
	page := s.page("/console/live/subscribers", http.StatusOK)
	s.Says(page, "2 addresses hear it one by one.", "E-mail<svg", "English<svg", "Westport, CT", `aria-labelledby="months-t months-d"`,
		"Between 2024-10 and 2024-10, at most 2 in a month", "once your areas file says how many live there")
	if strings.Contains(page, "@example.org") {
		t.Error("an address is shown")
	}
	s.Says(s.page("/console/drill/subscribers", http.StatusOK), "No drill contacts yet.")
}
