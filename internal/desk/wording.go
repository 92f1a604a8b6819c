package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"callbox/areas"
	"callbox/internal/drills"
	"callbox/internal/officials"
	"callbox/internal/store"
	"callbox/outages"
	"callbox/templates"
)

// Phrase is one phrase of the wordings as its editors see it.
type Phrase struct {
	Key   string                    `json:"key"`
	Texts map[templates.Lang]string `json:"texts"`
	// Stale are the languages whose phrase is older than the English one: somebody should read them again.
	Stale []templates.Lang `json:"stale,omitempty"`
}

// Phrases returns every phrase in every language that is on, and the version they are of.
func (d *Desk) Phrases(ctx context.Context, a officials.Actor) ([]Phrase, int64, error) {
	if err := may(a, officials.Wording, ""); err != nil {
		return nil, 0, err
	}
	now, err := d.Store.Wording(ctx)
	if err != nil {
		return nil, 0, err
	}
	words, err := d.Words.With(now.Edits)
	if err != nil {
		return nil, 0, err
	}
	var out []Phrase
	for _, key := range words.Keys() {
		p := Phrase{Key: key, Texts: map[templates.Lang]string{}}
		for _, lang := range words.Langs() {
			p.Texts[lang] = words.Phrase(lang, key)
			if now.Since[lang][key] < now.Since[templates.English][key] {
				p.Stale = append(p.Stale, lang)
			}
		}
		out = append(out, p)
	}
	return out, now.Version, nil
}

// Sample is a text that edited phrases make.
type Sample struct {
	What string         `json:"what"` // "alert", "update": of which drill, at which step
	Lang templates.Lang `json:"lang"`
	Text string         `json:"text"`
}

// TryWording words sample outages in the agency's own areas with edited phrases, and returns what rules find.
// Nothing is stored. An error names the phrase that cannot be used.
func (d *Desk) TryWording(ctx context.Context, a officials.Actor, e templates.Edits) ([]Sample, outages.Findings, error) {
	if err := may(a, officials.Wording, ""); err != nil {
		return nil, nil, err
	}
	now, err := d.Store.Wording(ctx)
	if err != nil {
		return nil, nil, err
	}
	words, err := d.Words.With(merged(now, e, 0).Edits)
	if err != nil {
		return nil, nil, err
	}
	plans, err := drills.Plans()
	if err != nil {
		return nil, nil, err
	}
	var samples []Sample
	var findings outages.Findings
	for _, p := range plans {
		more, found, err := d.samples(ctx, a, words, p)
		if err != nil {
			return nil, nil, err
		}
		samples, findings = append(samples, more...), append(findings, found...)
	}
	return samples, findings, nil
}

// samples plays one drill's facts through the wordings, for one area and as if live.
func (d *Desk) samples(ctx context.Context, a officials.Actor, words *templates.Wordings, p drills.Plan) (out []Sample, found outages.Findings, err error) {
	book, err := d.Book(ctx)
	if err != nil {
		return nil, nil, err
	}
	ground := d.ground(a, book)
	if len(ground.Areas) == 0 {
		return nil, nil, fmt.Errorf("%w: the agency has no areas to try it in", ErrConflict)
	}
	ground.Areas = ground.Areas[:1]
	at := d.Now().UTC().Truncate(time.Second)
	o := outages.Outage{ID: "sample", Agency: a.Agency.ID, Mode: outages.Live, Speaker: a.Agency.Speaker()}
	for i, step := range p.Steps {
		at = at.Add(time.Duration(step.Pause) * time.Minute)
		ground.Now = at
		draft := outages.Draft{Outage: o.ID, Seq: i + 1, Declaration: p.Declaration(i, ground)}
		draft.Declaration.Mode = outages.Live
		draft.Facts, _ = outages.Resolve(o, draft.Declaration, book, at)
		var texts []templates.Text
		for _, advice := range draft.Facts.Advice {
			list, err := words.Render(draft, templates.Reader{Areas: []areas.ID{advice.Area.ID}, Langs: words.Langs()})
			if err != nil {
				return nil, nil, err
			}
			texts = append(texts, list...)
		}
		for _, text := range texts {
			out = append(out, Sample{fmt.Sprintf("%s %d: %s", p.ID, i+1, step.Kind), text.Lang, strings.Join(text.Paragraphs(), "\n")})
		}
		found = append(found, words.Lint(draft, texts)...)
		o.Bulletins = append(o.Bulletins, outages.Bulletin{Outage: o.ID, Seq: i + 1, Kind: step.Kind, Mode: o.Mode, Issued: at, Declaration: draft.Declaration, Facts: draft.Facts})
	}
	return out, found, nil
}

// wordingChange is a proposal's value.
type wordingChange struct {
	Edits templates.Edits `json:"edits"`
}

// ProposeWording files edited phrases for another person to publish. What a rule blocks in the samples is a
// *Blocked; a phrase that cannot be used is an error that names it.
func (d *Desk) ProposeWording(ctx context.Context, a officials.Actor, e templates.Edits) (store.Proposal, error) {
	_, findings, err := d.TryWording(ctx, a, e)
	if err != nil {
		return store.Proposal{}, err
	}
	if findings.Blocked() {
		_, before, err := d.TryWording(ctx, a, nil)
		if err != nil {
			return store.Proposal{}, err
		}
		if added := addedBlocks(before, findings); len(added) > 0 {
			return store.Proposal{}, &Blocked{added}
		}
	}
	now, err := d.Store.Wording(ctx)
	if err != nil {
		return store.Proposal{}, err
	}
	words, err := d.Words.With(now.Edits)
	if err != nil {
		return store.Proposal{}, err
	}
	var says []string
	for _, lang := range slices.Sorted(maps.Keys(e)) {
		for _, key := range slices.Sorted(maps.Keys(e[lang])) {
			switch before := words.Phrase(lang, key); {
			case before != e[lang][key]:
				says = append(says, fmt.Sprintf("%s, %s: %q, before %q.", key, lang, e[lang][key], before))
			case now.Since[lang][key] < now.Since[templates.English][key]:
				says = append(says, fmt.Sprintf("%s, %s: read again beside the English one, and still %q.", key, lang, before))
			}
		}
	}
	if len(says) == 0 {
		return store.Proposal{}, fmt.Errorf("%w: nothing would change", ErrConflict)
	}
	return d.propose(ctx, a, store.Proposal{Kind: proposalWording, Object: "wordings", Says: says}, now, wordingChange{e})
}

// addedBlocks returns the findings that block and did not before: what the facts of the samples are to blame
// for is nothing that an edit must mend.
func addedBlocks(before, after outages.Findings) (out outages.Findings) {
	for _, f := range after {
		known := slices.ContainsFunc(before, func(b outages.Finding) bool { return b.Block && b.Rule == f.Rule && b.Place == f.Place })
		if f.Block && !known {
			out = append(out, f)
		}
	}
	return out
}

// applyWording publishes a version. Drafts that were submitted keep the words they were approved with.
func (d *Desk) applyWording(ctx context.Context, a officials.Actor, p store.Proposal) error {
	var change wordingChange
	if err := json.Unmarshal(p.Value, &change); err != nil {
		return fmt.Errorf("proposal %s: %w", p.ID, err)
	}
	now, err := d.Store.Wording(ctx)
	if err != nil {
		return err
	}
	next := merged(now, change.Edits, now.Version+1)
	if err := unchanged(p, now, true); err != nil {
		if maps.EqualFunc(next.Edits, now.Edits, func(x, y map[string]string) bool { return maps.Equal(x, y) }) {
			return nil // published already, before a crash closed the proposal
		}
		return err
	}
	if _, err := d.Words.With(next.Edits); err != nil {
		return err
	}
	next.Author, next.Publisher = p.Proposer, a.Name()
	return stale(d.Store.PublishWording(ctx, next, entry(a, "wording.publish", fmt.Sprint(next.Version), strings.Join(p.Says, " "))))
}

// merged lays edits over a version; each phrase that changes has its text since the next one.
func merged(w store.Wording, e templates.Edits, version int64) store.Wording {
	out := store.Wording{Version: version, Edits: templates.Edits{}, Since: map[templates.Lang]map[string]int64{}}
	for lang, phrases := range w.Edits {
		out.Edits[lang] = maps.Clone(phrases)
	}
	for lang, since := range w.Since {
		out.Since[lang] = maps.Clone(since)
	}
	for lang, phrases := range e {
		if out.Edits[lang] == nil {
			out.Edits[lang] = map[string]string{}
		}
		if out.Since[lang] == nil {
			out.Since[lang] = map[string]int64{}
		}
		for key, phrase := range phrases {
			out.Edits[lang][key] = phrase
			out.Since[lang][key] = version
		}
	}
	return out
}
