package desk

import (
	"errors"
	"strings"
	"testing"

	"callbox/areas"
	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/templates"
)

const allClearPhrase = "opening.all_clear"

func TestAnEditedWordingIsPublishedByASecondPersonAndMarksTranslationsStale(t *testing.T) {
	r := newRoom(t)
	editor, publisher := r.official("eve", officials.Wording), r.official("pat", officials.Wording)
	edit := templates.Edits{templates.English: {allClearPhrase: "{agency} says: the 911 outage is over."}}
	samples, findings, err := r.TryWording(r.ctx, editor, edit)
	r.ok(err)
	if findings.Blocked() {
		t.Fatalf("the samples are blocked: %v", findings)
	}
	seen := false
	for _, s := range samples {
		seen = seen || strings.Contains(s.Text, "says: the 911 outage is over")
	}
	if !seen {
		t.Error("no sample shows the edited phrase")
	}
	p, err := r.ProposeWording(r.ctx, editor, edit)
	r.ok(err)
	if _, err := r.Accept(r.ctx, editor, p.ID); !errors.Is(err, ErrDenied) {
		t.Errorf("the editor publishes: %v", err)
	}
	said := func() string {
		outage := r.issued("", alertFile)
		d := r.submitted(outage, "kind: all-clear\nmode: live\n")
		return strings.Join(d.Texts.Areas[0].Paragraphs(), " ")
	}
	if text := said(); strings.Contains(text, "says:") {
		t.Errorf("unpublished words were used: %s", text)
	}
	_, err = r.Accept(r.ctx, publisher, p.ID)
	r.ok(err)
	if text := said(); !strings.Contains(text, "says: the 911 outage is over") {
		t.Errorf("published words are not used: %s", text)
	}
	phrases, version, err := r.Phrases(r.ctx, editor)
	r.ok(err)
	for _, x := range phrases {
		if (x.Key == allClearPhrase) != (len(x.Stale) == 1) {
			t.Errorf("%s is stale in %v", x.Key, x.Stale)
		}
	}
	if version != 1 {
		t.Errorf("version %d, want 1", version)
	}
	// Read again and found right, a translation is not stale any more.
	words, err := r.Desk.Words.With(nil)
	r.ok(err)
	p, err = r.ProposeWording(r.ctx, editor, templates.Edits{templates.Spanish: {allClearPhrase: words.Phrase(templates.Spanish, allClearPhrase)}})
	r.ok(err)
	_, err = r.Accept(r.ctx, publisher, p.ID)
	r.ok(err)
	phrases, _, err = r.Phrases(r.ctx, editor)
	r.ok(err)
	for _, x := range phrases {
		if len(x.Stale) > 0 {
			t.Errorf("%s is still stale in %v", x.Key, x.Stale)
		}
	}
}

func TestAWordingThatLosesAPlaceholderIsRefusedWhereItWasTyped(t *testing.T) {
	r := newRoom(t)
	editor := r.official("eve", officials.Wording)
	_, err := r.ProposeWording(r.ctx, editor, templates.Edits{templates.English: {allClearPhrase: "It is over."}})
	if err == nil || !strings.Contains(err.Error(), allClearPhrase) || !strings.Contains(err.Error(), "{agency}") {
		t.Errorf("got %v, want the phrase and the placeholder named", err)
	}
	_, err = r.ProposeWording(r.ctx, editor, templates.Edits{templates.English: {allClearPhrase: "This is not a drill. {agency}: over."}})
	if _, blocked := errors.AsType[*Blocked](err); !blocked {
		t.Errorf("forbidden words: %v, want them blocked by a rule", err)
	}
	if _, _, err := r.TryWording(r.ctx, r.bob, nil); !errors.Is(err, ErrDenied) {
		t.Errorf("one who edits no wordings: %v", err)
	}
}

func TestWhileAnOutageIsLiveTheDirectoryIsChangedByTwo(t *testing.T) {
	r := newRoom(t)
	pat := r.official("pat", officials.Directory)
	const file = "area,for,tel\nx-clinton,police,860-555-0155\n"
	numbers := func() int {
		book, err := r.Book(r.ctx)
		r.ok(err)
		n := 0
		for _, x := range book.Numbers("x-clinton") {
			if x.Tel == "+18605550155" {
				n++
			}
		}
		return n
	}
	r.issued("", alertFile)
	in, err := r.ImportDirectory(r.ctx, r.ada, strings.NewReader(file))
	r.ok(err)
	if in.Proposal == "" || numbers() != 0 {
		t.Fatalf("one person changed the directory of a live outage: %+v", in)
	}
	_, err = r.Accept(r.ctx, pat, in.Proposal)
	r.ok(err)
	if numbers() != 1 {
		t.Error("another agreed, and nothing changed")
	}
}

func TestANumberThatDoesNotAnswerDropsOutAndAnUpdateIsOffered(t *testing.T) {
	r := newRoom(t)
	outage := r.issued("", alertFile)
	clinton := areas.Number{Area: "x-clinton", Tel: "+18605550105", For: areas.Police}
	drafts, err := r.FlagNumber(r.ctx, r.ada, clinton)
	r.ok(err)
	if len(drafts) != 1 || drafts[0].Outage != outage || drafts[0].State != store.DraftOpen {
		t.Fatalf("the drafts are %+v, want an update of the outage that printed it", drafts)
	}
	if len(drafts[0].Texts.All()) == 0 {
		t.Error("the update says nothing")
	}
	for _, text := range drafts[0].Texts.All() {
		if strings.Contains(strings.Join(text.Paragraphs(), " "), "860-555-0105") {
			t.Errorf("the update prints the number that does not answer: %v", text.Paragraphs())
		}
	}
	if more, err := r.FlagNumber(r.ctx, r.ada, clinton); err != nil || len(more) != 0 {
		t.Errorf("flagged again: %d drafts, %v; one waits already", len(more), err)
	}
}
