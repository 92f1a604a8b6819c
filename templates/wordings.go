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
	"time"

	"github.com/pelletier/go-toml/v2"
)

//go:embed wordings/*.toml
var embedded embed.FS

// Wordings are the phrases of every language that is on, by key: "way.mobile". They do not change and
// may be used by many goroutines.
type Wordings struct {
	langs map[Lang]phrases
	off   []Off
}

// Off is a language that has a file and is not used, because nobody vouches for it yet.
type Off struct {
	Lang    Lang `json:"lang"`
	Missing int  `json:"missing"` // how many phrases it still lacks
}

// phrases are those of one language, by key.
type phrases map[string]string

var builtIn = sync.OnceValues(func() (*Wordings, error) { return Load(nil) })

// optional are placeholders that a language may use although English does not.
var optional = map[string]string{"number.named": "{need}", "item.named": "{who}"}

var placeholder = regexp.MustCompile(`\{[^{}]*\}`)

// reviewed is the section in which a person vouches for a language: by whom it was read, and when.
const reviewed = "reviewed"

// Load returns the built-in wordings with those of an agency laid over them; fsys may be nil. A file
// "en.toml" in it replaces phrases of that language. A file of another language is off, whatever it
// holds, until it has every phrase and is marked as reviewed:
//
//	reviewed = {by = "A. Interpreter, county language office", date = "2026-11-20"}
//
// The English phrases that are built in are the measure: a phrase of a language in use that is missing
// or unknown, or that lacks or adds a {placeholder}, is an error that names the file, the key and the
// placeholder. All errors are reported at once.
func Load(fsys fs.FS) (*Wordings, error) {
	built, err := fs.Sub(embedded, "wordings")
	if err != nil {
		return nil, fmt.Errorf("open the built-in wordings: %w", err)
	}
	w := &Wordings{langs: map[Lang]phrases{}}
	if err := w.read(built); err != nil {
		return nil, err
	}
	model, own := w.langs[English], w.Langs()
	if fsys != nil {
		w.langs[English] = maps.Clone(model)
		if err := w.read(fsys); err != nil {
			return nil, err
		}
	}
	var wrong []error
	for _, lang := range w.Langs() {
		vouched, err := w.langs[lang].vouched(string(lang) + ".toml")
		wrong = append(wrong, err)
		if err == nil && !vouched && !slices.Contains(own, lang) {
			w.off = append(w.off, Off{Lang: lang, Missing: w.langs[lang].missing(model)})
			delete(w.langs, lang)
			continue
		}
		wrong = append(wrong, w.langs[lang].compare(model, string(lang)+".toml"))
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, err
	}
	return w, nil
}

// vouched takes the mark of review out of the phrases, and reports whether it was there.
func (p phrases) vouched(file string) (bool, error) {
	by, date := p[reviewed+".by"], p[reviewed+".date"]
	delete(p, reviewed+".by")
	delete(p, reviewed+".date")
	if by == "" && date == "" {
		return false, nil
	}
	if _, err := time.Parse(time.DateOnly, date); err != nil || strings.TrimSpace(by) == "" {
		return false, fmt.Errorf("wording %s: reviewed needs who read it and when: {by = \"a name\", date = \"2026-11-20\"}", file)
	}
	return true, nil
}

// missing counts the phrases of a model that are not there.
func (p phrases) missing(model phrases) (n int) {
	for key := range model {
		if p[key] == "" && model[key] != "" {
			n++
		}
	}
	return n
}

// Langs returns the languages that are on, sorted.
func (w *Wordings) Langs() []Lang { return slices.Sorted(maps.Keys(w.langs)) }

// Off returns the languages that have a file and are off, sorted.
func (w *Wordings) Off() []Off { return w.off }

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
