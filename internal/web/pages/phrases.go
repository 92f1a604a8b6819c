package pages

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
	"time"

	"github.com/pelletier/go-toml/v2"
)

//go:embed phrases/*.toml
var phraseFiles embed.FS

// phrases are the sentences of one language by key: "home.title". Bulletins bring their own words; these
// are what stands around them.
type phrases map[string]string

var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

// loadPhrases reads the tables of all languages and holds them against the English one.
func loadPhrases() (map[string]phrases, error) {
	files, err := fs.Glob(phraseFiles, "phrases/*.toml")
	if err != nil {
		return nil, fmt.Errorf("list the phrases: %w", err)
	}
	all := map[string]phrases{}
	for _, file := range files {
		text, err := phraseFiles.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read phrases: %w", err)
		}
		var sections map[string]phrases
		if err := toml.Unmarshal(text, &sections); err != nil {
			return nil, fmt.Errorf("phrases %s: %w", file, err)
		}
		flat := phrases{}
		for section, list := range sections {
			for name, phrase := range list {
				flat[section+"."+name] = phrase
			}
		}
		all[strings.TrimSuffix(path.Base(file), ".toml")] = flat
	}
	var wrong []error
	for lang, list := range all {
		wrong = append(wrong, list.compare(all["en"], lang))
	}
	return all, errors.Join(wrong...)
}

// compare holds the phrases of a language against the English ones.
func (p phrases) compare(model phrases, lang string) error {
	var wrong []error
	for _, key := range slices.Sorted(maps.Keys(model)) {
		want := placeholder.FindAllString(model[key], -1)
		got := placeholder.FindAllString(p[key], -1)
		slices.Sort(want)
		slices.Sort(got)
		switch {
		case p[key] == "":
			wrong = append(wrong, fmt.Errorf("phrases %s: %s is missing", lang, key))
		case !slices.Equal(slices.Compact(want), slices.Compact(got)):
			wrong = append(wrong, fmt.Errorf("phrases %s: %s has the placeholders %v, want %v", lang, key, got, want))
		}
	}
	for key := range p {
		if model[key] == "" {
			wrong = append(wrong, fmt.Errorf("phrases %s: %s is not known", lang, key))
		}
	}
	return errors.Join(wrong...)
}

// say fills in a phrase: names and values in turns. A phrase that does not exist is a mistake of ours.
func (p phrases) say(key string, values ...string) (string, error) {
	phrase, ok := p[key]
	if !ok {
		return "", fmt.Errorf("phrase %q is not known", key)
	}
	pairs := slices.Clone(values)
	for i := 0; i+1 < len(pairs); i += 2 {
		pairs[i] = "{" + pairs[i] + "}"
	}
	if len(pairs)%2 != 0 {
		return "", fmt.Errorf("phrase %q: a name without a value", key)
	}
	out := strings.NewReplacer(pairs...).Replace(phrase)
	return strings.ReplaceAll(out, nbsp+"m..", nbsp+"m."), nil
}

// nbsp is a blank at which no line breaks.
const nbsp = "\u00a0"

// clock prints a moment for readers in a zone who look at it at another moment: with the date where
// the days differ, always with the name of the zone. The time itself does not break at the end of a line.
func (p phrases) clock(t, now time.Time, zone *time.Location) string {
	t, now = t.In(zone), now.In(zone)
	half := p["time.am"]
	if t.Hour() >= 12 {
		half = p["time.pm"]
	}
	s := strings.ReplaceAll(t.Format("3:04")+" "+half+" "+t.Format("MST"), " ", nbsp)
	if t.YearDay() == now.YearDay() && t.Year() == now.Year() {
		return s
	}
	return p.date(t) + ", " + s
}

// dated is clock with the date in any case, for what is read on another day.
func (p phrases) dated(t time.Time, zone *time.Location) string {
	return p.date(t.In(zone)) + ", " + p.clock(t, t, zone)
}

// date prints the day of a moment in its own zone.
func (p phrases) date(t time.Time) string {
	return strings.NewReplacer("{month}", p["time.month"+t.Format("1")], "{day}", t.Format("2"), "{year}", t.Format("2006")).Replace(p["time.date"])
}
