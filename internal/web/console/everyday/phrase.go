package everyday

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"callbox/internal/desk"
	"callbox/internal/web/console/account"
	"callbox/internal/web/console/frame"
	"callbox/internal/web/console/words"
	"callbox/outages"
	"callbox/templates"
)

// phraseView is one phrase in every language, and what its change does to texts.
type phraseView struct {
	Key, At      string
	Placeholders []string // that it has, and keeps
	Texts        []phraseText
	Tried        bool
	Samples      []sample
	More         int // samples that change and are not shown
	Findings     outages.Findings
	Errors       frame.Errors
}

// phraseText is the field of one language.
type phraseText struct {
	Lang        templates.Lang
	Field, Name string
	Now, Text   string // as it is in use, and as it was typed
	Stale       bool   // older than the English one
	Still       bool   // somebody read it again and found it right
}

// sample is a text before and after the change.
type sample struct {
	desk.Sample
	Name, Before string
}

var placeholder = regexp.MustCompile(`\{[^{}]*\}`)

// oneLine makes one line of what was typed on several: a phrase is a part of a sentence.
var oneLine = strings.NewReplacer("\r\n", " ", "\n", " ")

// samplesShown is how many texts a page shows that a change makes different.
const samplesShown = 6

// phraseOf reads the phrase that a call names.
func phraseOf(c *frame.Call) (phraseView, error) {
	list, _, err := c.Desk.Phrases(c.Context(), c.Actor)
	if err != nil {
		return phraseView{}, err
	}
	key := c.PathValue("key")
	i := slices.IndexFunc(list, func(p desk.Phrase) bool { return p.Key == key })
	if i < 0 {
		return phraseView{}, fmt.Errorf("phrase %q: %w", key, desk.ErrNotFound)
	}
	p := list[i]
	v := phraseView{Key: key, At: c.Path("/wordings"), Placeholders: placeholder.FindAllString(p.Texts[templates.English], -1)}
	for lang, text := range p.Texts {
		v.Texts = append(v.Texts, phraseText{Lang: lang, Field: "text-" + string(lang), Name: words.Language(lang), Now: text, Text: text,
			Stale: slices.Contains(p.Stale, lang)})
	}
	slices.SortFunc(v.Texts, func(a, b phraseText) int { // English is the measure of the others
		return strings.Compare(strings.TrimPrefix(string(a.Lang), "en"), strings.TrimPrefix(string(b.Lang), "en"))
	})
	return v, nil
}

func showPhrase(c *frame.Call) error {
	v, err := phraseOf(c)
	if err != nil {
		return err
	}
	return v.show(c, http.StatusOK)
}

func (v phraseView) show(c *frame.Call, status int) error {
	return c.Show(status, "everyday-phrase", "Wording "+v.Key, v)
}

// editPhrase tries what was typed in sample texts, or proposes it to a second person.
func editPhrase(c *frame.Call) error {
	v, err := phraseOf(c)
	if err != nil {
		return err
	}
	edits := v.read(c)
	if len(v.Errors) > 0 {
		return v.show(c, http.StatusUnprocessableEntity)
	}
	if c.PostFormValue("do") != "propose" {
		return v.try(c, edits)
	}
	_, err = c.Desk.ProposeWording(c.Context(), c.Actor, edits)
	if blocked, ok := errors.AsType[*desk.Blocked](err); ok {
		v.Findings = blocked.Findings
		v.Errors = frame.Errors{{Field: v.Texts[0].Field, Text: "A rule stops this wording. What it finds stands below."}}
		return v.show(c, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	c.Say("Another person who edits wordings has to agree before it is published.")
	return c.See(c.Path("/office/proposals"))
}

// read takes over what was typed, and returns what differs from what is in use.
func (v *phraseView) read(c *frame.Call) templates.Edits {
	edits, typed := templates.Edits{}, map[templates.Lang]string{}
	for i := range v.Texts {
		t := &v.Texts[i]
		t.Text = oneLine.Replace(strings.TrimRight(c.PostFormValue(t.Field), "\r\n"))
		t.Still = c.PostFormValue("still-"+string(t.Lang)) != ""
		typed[t.Lang] = t.Text
		if t.Text != t.Now || t.Still {
			edits[t.Lang] = map[string]string{v.Key: t.Text}
		}
	}
	faults := c.Desk.PhraseFaults(v.Key, typed)
	for _, t := range v.Texts {
		if len(faults[t.Lang]) > 0 {
			v.Errors = append(v.Errors, frame.Error{Field: t.Field, Text: t.Name + " " + strings.Join(faults[t.Lang], " and ") + "."})
		}
	}
	if len(edits) == 0 {
		v.Errors = append(v.Errors, frame.Error{Field: v.Texts[0].Field, Text: "Nothing was changed yet."})
	}
	return edits
}

// try shows the sample texts that the change makes different, and what the rules find in them that they did
// not find before.
func (v phraseView) try(c *frame.Call, edits templates.Edits) error {
	before, known, err := c.Desk.TryWording(c.Context(), c.Actor, nil)
	if err != nil {
		return err
	}
	after, found, err := c.Desk.TryWording(c.Context(), c.Actor, edits)
	if err != nil {
		return err
	}
	v.Tried = true
	for i := range min(len(before), len(after)) {
		if before[i].Text == after[i].Text {
			continue
		}
		if len(v.Samples) == samplesShown {
			v.More++
			continue
		}
		v.Samples = append(v.Samples, sample{after[i], account.Sentence(after[i].What) + ", " + words.Language(after[i].Lang), before[i].Text})
	}
	for _, f := range found {
		if f.Block || !slices.Contains(known, f) {
			v.Findings = append(v.Findings, f)
		}
	}
	return v.show(c, http.StatusOK)
}
