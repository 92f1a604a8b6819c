package pages

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// A page has an address in each language, /es/privacy, which links within the site use: it reads the same
// for everybody, so that a cache or a host of plain files can hold it. The address without a language is
// the one that people type and messages carry; there the browser's wish decides.

// spoken takes the language off the front of a path.
func (p *Pages) spoken(path string) (lang, rest string, ok bool) {
	lang, rest, _ = strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return lang, "/" + rest, slices.Contains(p.langs, lang)
}

// inLanguage turns a request for /es/privacy into one for /privacy?lang=es.
func (p *Pages) inLanguage(r *http.Request) *http.Request {
	lang, rest, ok := p.spoken(r.URL.Path)
	if !ok {
		return r
	}
	to, at := *r, *r.URL
	to.URL, at.Path, at.RawQuery = &at, rest, "lang="+lang+"&"+at.RawQuery
	if at.RawPath != "" {
		_, at.RawPath, _ = p.spoken(at.RawPath)
	}
	return &to
}

// maxAccept bounds the Accept-Language header that is read; browsers send less than half of it.
const maxAccept = 300

// maxWishes bounds the headers whose language is remembered; browsers send few different ones, and reading
// one takes as long as answering it.
const maxWishes = 1000

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
	if strings.Contains(r.URL.RawQuery, "lang=") {
		if l := r.URL.Query().Get("lang"); slices.Contains(p.langs, l) {
			return l
		}
	}
	header := r.Header.Get("Accept-Language")
	if len(header) > maxAccept {
		return p.langs[0]
	}
	if known, ok := p.wished.Load(header); ok {
		return known.(string)
	}
	lang := p.match(header)
	if p.wishes.Add(1) <= maxWishes {
		p.wished.Store(header, lang)
	}
	return lang
}

// match returns the language of ours that serves an Accept-Language header best.
func (p *Pages) match(header string) string {
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
