package everyday

import (
	"net/http"
	"strings"

	"callbox/internal/desk"
	"callbox/internal/web/console/frame"
	"callbox/internal/web/console/words"
	"callbox/templates"
)

// wordingsView is every phrase by section.
type wordingsView struct {
	Version  int64
	Stale    int
	Query    string
	Sections []section
	At       string
}

type section struct {
	Name    string
	Stale   int
	Phrases []phraseLine
}

type phraseLine struct {
	Key, Path, Text string
	Stale           []string // the languages to read again
}

func showWordings(c *frame.Call) error {
	list, version, err := c.Desk.Phrases(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	v := wordingsView{Version: version, Query: strings.TrimSpace(c.URL.Query().Get("q")), At: c.Path("/wordings")}
	for _, p := range list {
		if len(p.Stale) > 0 {
			v.Stale++
		}
		if !speaksOf(p, v.Query) {
			continue
		}
		name, _, _ := strings.Cut(p.Key, ".")
		if len(v.Sections) == 0 || v.Sections[len(v.Sections)-1].Name != name {
			v.Sections = append(v.Sections, section{Name: name})
		}
		s := &v.Sections[len(v.Sections)-1]
		line := phraseLine{Key: p.Key, Path: c.Path("/wordings/" + p.Key), Text: p.Texts[templates.English]}
		for _, lang := range p.Stale {
			line.Stale = append(line.Stale, words.Language(lang))
		}
		if len(line.Stale) > 0 {
			s.Stale++
		}
		s.Phrases = append(s.Phrases, line)
	}
	return c.Show(http.StatusOK, "everyday-wordings", "Wordings", v)
}

// speaksOf reports whether a text that somebody searches stands in a phrase or its name.
func speaksOf(p desk.Phrase, text string) bool {
	text = strings.ToLower(text)
	found := strings.Contains(p.Key, text)
	for _, x := range p.Texts {
		found = found || strings.Contains(strings.ToLower(x), text)
	}
	return found
}
