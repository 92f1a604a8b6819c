package pages

import (
	"maps"
	"net/http"
	"slices"

	"golang.org/x/text/language"
)

// maxAccept bounds the Accept-Language header that is read; browsers send less than half of it.
const maxAccept = 300

// offered returns the languages that have phrases, English first, and what matches wishes with them.
func offered(all map[string]phrases) ([]string, language.Matcher) {
	langs := []string{"en"}
	for _, l := range slices.Sorted(maps.Keys(all)) {
		if l != "en" {
			langs = append(langs, l)
		}
	}
	tags := make([]language.Tag, len(langs))
	for i, l := range langs {
		tags[i] = language.Make(l)
	}
	return langs, language.NewMatcher(tags)
}

// lang chooses the language of an answer: the one asked for by ?lang=, else what the browser prefers,
// else English. Whatever these hold, the result is one of ours.
func (p *Pages) lang(r *http.Request) string {
	if l := r.URL.Query().Get("lang"); slices.Contains(p.langs, l) {
		return l
	}
	header := r.Header.Get("Accept-Language")
	if len(header) > maxAccept {
		return p.langs[0]
	}
	wishes, _, err := language.ParseAcceptLanguage(header)
	if err != nil {
		return p.langs[0]
	}
	_, i, confidence := p.matcher.Match(wishes...)
	if confidence == language.No {
		return p.langs[0]
	}
	return p.langs[i]
}
