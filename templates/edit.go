package templates

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Edits are phrases that replace others, by language and key. An empty phrase stands for the one that is
// built in or came from a file.
type Edits map[Lang]map[string]string

// With returns the wordings with some phrases replaced. The error is that of [Load]: a phrase that is not
// known, or that lacks or adds a {placeholder}, each named. A language that is off cannot be edited.
func (w *Wordings) With(e Edits) (*Wordings, error) {
	built, err := builtIn()
	if err != nil {
		return nil, err
	}
	out := &Wordings{langs: maps.Clone(w.langs), off: w.off}
	var wrong []error
	for _, lang := range slices.Sorted(maps.Keys(e)) {
		if out.langs[lang] == nil {
			wrong = append(wrong, fmt.Errorf("language %q is not in use", lang))
			continue
		}
		p := maps.Clone(out.langs[lang])
		for key, phrase := range e[lang] {
			if phrase != "" {
				p[key] = phrase
			}
		}
		out.langs[lang] = p
		wrong = append(wrong, p.compare(built.langs[English], string(lang)+".toml"))
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, err
	}
	return out, nil
}

// Phrase returns a phrase as it is, with its {placeholders}; empty where there is none.
func (w *Wordings) Phrase(l Lang, key string) string { return w.langs[l][key] }

// Keys returns the keys of every phrase, sorted.
func (w *Wordings) Keys() []string { return slices.Sorted(maps.Keys(w.langs[English])) }
