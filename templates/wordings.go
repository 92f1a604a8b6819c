package templates

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/pelletier/go-toml/v2"
)

//go:embed wordings/*.toml
var embedded embed.FS

// Wordings are the phrases of every language, by key: "way.mobile". They do not change and may be used
// by many goroutines.
type Wordings struct {
	langs map[Lang]phrases
}

// phrases are those of one language, by key.
type phrases map[string]string

var builtIn = sync.OnceValues(func() (*Wordings, error) { return Load(nil) })

// optional are placeholders that a language may use although English does not.
var optional = map[string]string{"number.named": "{need}", "item.named": "{who}"}

var placeholder = regexp.MustCompile(`\{[^{}]*\}`)

// Load returns the built-in wordings with those of an agency laid over them; fsys may be nil. A file
// "en.toml" in it replaces phrases of that language, a file of another language must have every phrase.
// The English phrases that are built in are the measure: a phrase that is missing or unknown, or that
// lacks or adds a {placeholder}, is an error that names the file, the key and the placeholder. All
// errors are reported at once.
func Load(fsys fs.FS) (*Wordings, error) {
	built, err := fs.Sub(embedded, "wordings")
	if err != nil {
		return nil, fmt.Errorf("open the built-in wordings: %w", err)
	}
	w := &Wordings{langs: map[Lang]phrases{}}
	if err := w.read(built); err != nil {
		return nil, err
	}
	model := w.langs[English]
	if fsys != nil {
		w.langs[English] = maps.Clone(model)
		if err := w.read(fsys); err != nil {
			return nil, err
		}
	}
	var wrong []error
	for _, lang := range w.Langs() {
		wrong = append(wrong, w.langs[lang].compare(model, string(lang)+".toml"))
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, err
	}
	return w, nil
}

// Langs returns the languages there is a wording for, sorted.
func (w *Wordings) Langs() []Lang { return slices.Sorted(maps.Keys(w.langs)) }

// read lays the files of a folder over what is there.
func (w *Wordings) read(fsys fs.FS) error {
	files, err := fs.Glob(fsys, "*.toml")
	if err != nil {
		return fmt.Errorf("list the wordings: %w", err)
	}
	for _, file := range files {
		data, err := fs.ReadFile(fsys, file)
		if err != nil {
			return fmt.Errorf("read wording: %w", err)
		}
		var sections map[string]map[string]string
		if err := toml.Unmarshal(data, &sections); err != nil {
			return fmt.Errorf("wording %s: %w", file, err)
		}
		lang := Lang(strings.TrimSuffix(path.Base(file), ".toml"))
		if w.langs[lang] == nil {
			w.langs[lang] = phrases{}
		}
		for section, list := range sections {
			for name, phrase := range list {
				w.langs[lang][section+"."+name] = phrase
			}
		}
	}
	return nil
}

// compare holds phrases against a model.
func (p phrases) compare(model phrases, file string) error {
	var wrong []error
	for _, key := range slices.Sorted(maps.Keys(model)) {
		phrase, ok := p[key]
		if !ok {
			wrong = append(wrong, fmt.Errorf("wording %s: phrase %s is missing", file, key))
			continue
		}
		want, got := placeholder.FindAllString(model[key], -1), placeholder.FindAllString(phrase, -1)
		for _, name := range want {
			if !slices.Contains(got, name) {
				wrong = append(wrong, fmt.Errorf("wording %s: phrase %s lacks %s", file, key, name))
			}
		}
		for _, name := range got {
			if !slices.Contains(want, name) && optional[key] != name {
				wrong = append(wrong, fmt.Errorf("wording %s: phrase %s has the unknown placeholder %s", file, key, name))
			}
		}
		if strings.ContainsAny(placeholder.ReplaceAllString(phrase, ""), "{}") {
			wrong = append(wrong, fmt.Errorf("wording %s: phrase %s has a brace that is not closed", file, key))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(p)) {
		if _, ok := model[key]; !ok {
			wrong = append(wrong, fmt.Errorf("wording %s: phrase %s is not known", file, key))
		}
	}
	return errors.Join(wrong...)
}

// say fills in a phrase: names and values in turns. A phrase that does not exist shows as a
// placeholder, which the lint on words blocks.
func (p phrases) say(key string, values ...string) string {
	phrase, ok := p[key]
	if !ok {
		return "{" + key + "}"
	}
	var b strings.Builder
	b.Grow(2 * len(phrase))
	for {
		before, rest, ok := strings.Cut(phrase, "{")
		name, after, closed := strings.Cut(rest, "}")
		b.WriteString(before)
		if !ok || !closed {
			return tidy(b.String())
		}
		b.WriteString(value(name, values))
		phrase = after
	}
}

// value finds the value of a placeholder; one without a value stays to be seen.
func value(name string, values []string) string {
	for i := 0; i+1 < len(values); i += 2 {
		if values[i] == name {
			return values[i+1]
		}
	}
	return "{" + name + "}"
}

var articles = strings.NewReplacer(" de el ", " del ", " a el ", " al ")

// tidy mends what meets at the seams of a phrase: the full stop after "p. m.", and Spanish "de el" and
// "a el" where a place brings its article. Names that begin with a capital El are not contracted.
func tidy(s string) string {
	if strings.Contains(s, ". m..") {
		s = strings.ReplaceAll(s, ". m..", ". m.")
	}
	if strings.Contains(s, " el ") {
		s = articles.Replace(s)
	}
	return s
}
