package desk

import (
	"fmt"
	"strings"

	"callbox/templates"
)

// PhraseFaults says what is wrong with one phrase in some languages, before anything is worded with it: a
// {placeholder} that was lost or added. It is empty where nothing is.
func (d *Desk) PhraseFaults(key string, texts map[templates.Lang]string) map[templates.Lang][]string {
	out := map[templates.Lang][]string{}
	for lang, text := range texts {
		_, err := d.Words.With(templates.Edits{lang: {key: text}})
		if err == nil {
			continue
		}
		for line := range strings.Lines(err.Error()) {
			out[lang] = append(out[lang], strings.TrimPrefix(strings.TrimSpace(line), fmt.Sprintf("wording %s.toml: phrase %s ", lang, key)))
		}
	}
	return out
}
