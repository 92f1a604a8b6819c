package desk

import (
	"context"
	"fmt"
	"slices"
	"time"

	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/templates"
)

// WordingVersion is one published version of the wordings. Version 0 is as they came with the program.
type WordingVersion struct {
	Version   int64          `json:"version"`
	At        time.Time      `json:"at,omitzero"`
	Author    string         `json:"author,omitempty"`
	Publisher string         `json:"publisher,omitempty"`
	Changes   []PhraseChange `json:"changes"` // against the version before
}

// PhraseChange is a phrase that differs between two versions.
type PhraseChange struct {
	Key    string         `json:"key"`
	Lang   templates.Lang `json:"lang"`
	Before string         `json:"before"`
	After  string         `json:"after"`
}

// WordingVersions returns every version of the wordings with what it changed, newest first.
func (d *Desk) WordingVersions(ctx context.Context, a officials.Actor) ([]WordingVersion, error) {
	if err := may(a, officials.Wording, ""); err != nil {
		return nil, err
	}
	past, err := d.Store.Wordings(ctx)
	if err != nil {
		return nil, err
	}
	before := d.Words
	out := []WordingVersion{{Changes: []PhraseChange{}}}
	for _, w := range past {
		words, err := d.Words.With(w.Edits)
		if err != nil {
			return nil, fmt.Errorf("version %d of the wordings: %w", w.Version, err)
		}
		out = append(out, WordingVersion{w.Version, w.At, w.Author, w.Publisher, changed(before, words)})
		before = words
	}
	slices.Reverse(out)
	return out, nil
}

// ReturnWording proposes the words of an earlier version, 0 for those of the program, as an edit like any
// other: another person publishes it, as a new version.
func (d *Desk) ReturnWording(ctx context.Context, a officials.Actor, version int64) (store.Proposal, error) {
	if err := may(a, officials.Wording, ""); err != nil {
		return store.Proposal{}, err
	}
	past, err := d.Store.Wordings(ctx)
	if err != nil {
		return store.Proposal{}, err
	}
	i := slices.IndexFunc(past, func(w store.Wording) bool { return w.Version == version })
	then, now := d.Words, d.Words
	switch {
	case i >= 0:
		then, err = d.Words.With(past[i].Edits)
	case version != 0:
		err = fmt.Errorf("version %d of the wordings: %w", version, ErrNotFound)
	}
	if err != nil {
		return store.Proposal{}, err
	}
	if len(past) > 0 {
		if now, err = d.Words.With(past[len(past)-1].Edits); err != nil {
			return store.Proposal{}, err
		}
	}
	edits := templates.Edits{}
	for _, c := range changed(now, then) {
		if edits[c.Lang] == nil {
			edits[c.Lang] = map[string]string{}
		}
		edits[c.Lang][c.Key] = c.After
	}
	return d.ProposeWording(ctx, a, edits)
}

// changed lists the phrases that differ, by key and language.
func changed(from, to *templates.Wordings) []PhraseChange {
	out := []PhraseChange{}
	for _, key := range to.Keys() {
		for _, lang := range to.Langs() {
			if was, is := from.Phrase(lang, key), to.Phrase(lang, key); was != is {
				out = append(out, PhraseChange{key, lang, was, is})
			}
		}
	}
	return out
}
