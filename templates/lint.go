package templates

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"callbox/areas"
	"callbox/outages"
)

// Lint holds texts against the built-in wordings: see [Wordings.Lint].
func Lint(d outages.Draft, texts []Text) outages.Findings {
	w, err := builtIn()
	if err != nil {
		return outages.Findings{{Rule: "wording", Block: true, Text: err.Error()}}
	}
	return w.Lint(d, texts)
}

// Lint checks the rendered texts of a draft: that they carry the right numbers and no others, say who
// speaks, since when and what to say first, stand under the word of their mode, and read easily. A
// finding that many texts share is reported once.
func (w *Wordings) Lint(d outages.Draft, texts []Text) outages.Findings {
	l := linter{words: w, draft: d, advice: map[areas.ID]outages.Advice{}, numbers: map[string]numbersSeen{}}
	for _, a := range d.Facts.Advice {
		l.advice[a.Area.ID] = a
	}
	for _, t := range texts {
		l.text(t)
	}
	l.languages(texts)
	return l.found
}

type linter struct {
	words   *Wordings
	draft   outages.Draft
	advice  map[areas.ID]outages.Advice
	numbers map[string]numbersSeen // by the areas of a part
	found   outages.Findings
}

// languages blocks when some readers have a text in one language and not in another that is on.
func (l *linter) languages(texts []Text) {
	on := l.words.Langs()
	have := map[string][]Lang{}
	names := map[string]string{}
	for _, t := range texts {
		var key []string
		for _, p := range t.Parts {
			key = append(key, fmt.Sprint(p.Areas))
		}
		slices.Sort(key)
		id := strings.Join(key, " ")
		have[id], names[id] = append(have[id], t.Lang), t.Title
	}
	for _, id := range slices.Sorted(maps.Keys(have)) {
		for _, lang := range on {
			if !slices.Contains(have[id], lang) {
				l.add("language", true, names[id], fmt.Sprintf("there is no text in %q, which is on", lang))
			}
		}
	}
}

// numbersSeen are the numbers that the first language of a part carries.
type numbersSeen struct {
	lang Lang
	tels []string
}

func (l *linter) add(rule string, block bool, place, text string) {
	same := func(f outages.Finding) bool { return f.Rule == rule && f.Text == text }
	if !slices.ContainsFunc(l.found, same) {
		l.found = append(l.found, outages.Finding{Rule: rule, Block: block, Place: place, Text: text})
	}
}

func (l *linter) text(t Text) {
	place := fmt.Sprintf("%s, %s", t.Lang, t.Title)
	all := everyString(t)
	l.wording(t, place, all)
	l.mode(t, place)
	l.elements(t, place)
	for _, p := range t.Parts {
		l.part(t, p, place)
	}
	l.foreign(place, join(t.Opening)+" "+join(t.Closing), nil)
	l.style(t, place)
}

// everyString lists all that a reader may see of a text.
func everyString(t Text) []string {
	out := []string{t.Topic, t.Title, join(t.Opening), join(t.Closing), t.More, t.Leave}
	for _, p := range t.Parts {
		out = append(out, p.Name, join(p.Clauses), p.Brief, p.Headline, p.Short, p.Long)
	}
	return out
}

var (
	notADrill = regexp.MustCompile(`(?i)\b(not a (drill|test)|no es (un simulacro|una prueba))\b`)
	clocks    = regexp.MustCompile(`\b\d{1,2}:\d{2}\b`)
	// telephones matches what a reader would dial: ten digits, however they are grouped.
	telephones = regexp.MustCompile(`(?:\+?1[-. ]?)?\(?\b\d{3}\)?[-. ]?\d{3}[-. ]?\d{4}\b`)
)

// jargon are words of the trade, in small letters.
var jargon = []string{"psap", "psaps", "ali", "ani", "trunk", "trunks", "esinet", "cad", "ng911"}

// spoken finds a word of the trade in a text in small letters.
func spoken(low string) string {
	if strings.Contains(low, "selective router") {
		return "selective router"
	}
	for word := range strings.FieldsFuncSeq(low, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if slices.Contains(jargon, word) {
			return word
		}
	}
	return ""
}

func (l *linter) wording(t Text, place string, all []string) {
	for _, s := range all {
		low := strings.ToLower(s)
		if strings.ContainsAny(s, "{}") {
			l.add("placeholder", true, place, "a placeholder was not filled in; mend the wording")
		}
		if outages.Hidden(plainly(t.Lang, s)) {
			l.add("control", true, place, "leave out line breaks, control characters and direction marks")
		}
		if hasAny(low, "not a", "no es un") && notADrill.MatchString(s) {
			l.add("not-a-drill", true, place, `never write "not a drill" or "not a test": cut short, it says the opposite`)
		}
		if outages.Overclaims(s) {
			l.add("nationwide", true, place, `"nationwide" is refused: an agency speaks only for its own areas`)
		}
		if m := spoken(low); m != "" {
			l.add("jargon", false, place, fmt.Sprintf("residents do not know the word %q", m))
		}
	}
}

// hasAny spares the slower patterns most strings.
func hasAny(s string, stems ...string) bool {
	return slices.ContainsFunc(stems, func(stem string) bool { return strings.Contains(s, stem) })
}

// mode checks that the word of the mode stands first wherever a string may be shown alone (promise 3).
func (l *linter) mode(t Text, place string) {
	p := l.words.langs[t.Lang]
	want := map[outages.Mode]string{outages.Drill: p["mode.drill"], outages.Test: p["mode.test"]}[l.draft.Declaration.Mode]
	marks := []string{p["mode.drill"], p["mode.test"]}
	alone := []string{t.Topic, t.Title, join(t.Opening)}
	for _, part := range t.Parts {
		alone = append(alone, part.Brief, part.Headline, part.Short, part.Long)
	}
	for _, s := range alone {
		first, _, _ := strings.Cut(strings.TrimSpace(s), " ")
		first = strings.TrimRight(first, ".:")
		switch {
		case s == "":
		case want != "" && first != want:
			l.add("mode", true, place, want+" must stand first in every title and short text")
		case want == "" && slices.Contains(marks, first):
			l.add("mode", true, place, "a live text must not begin with "+first)
		}
	}
	if t.Mark != want {
		l.add("mode", true, place, "the text was made for another mode")
	}
}

// starts reports whether the texts tell of 911 failing since some time.
func (l *linter) starts() bool {
	kind := l.draft.Declaration.Kind
	return !kind.Ends() && len(l.draft.Facts.Open) > 0 && !l.draft.Facts.Began.IsZero()
}

// elements checks the five elements of a warning: source, hazard, place, time, guidance.
func (l *linter) elements(t Text, place string) {
	p := l.words.langs[t.Lang]
	if name := l.draft.Facts.Speaker.Name; name == "" || !strings.Contains(join(t.Opening), name) {
		l.add("source", true, place, "the opening must say who speaks")
	}
	whole := join(t.Opening) + " " + join(t.Closing)
	for _, part := range t.Parts {
		whole += " " + join(part.Clauses)
		if part.Name == "" || len(part.Clauses) == 0 {
			l.add("hazard-and-place", true, place, "every part must name its place and say how 911 does there")
		}
		if part.Brief == "" {
			l.add("brief", false, place, fmt.Sprintf("what to do in %s does not fit %d characters; the notification shows more than a screen holds", part.Name, briefMax))
		}
	}
	if kind := l.draft.Declaration.Kind; !kind.Ends() && !clocks.MatchString(whole) {
		l.add("time", true, place, "the text must say since when, and when the next update comes")
	}
	if zone, err := zoneOf(l.draft.Facts.Speaker.Zone); err == nil && l.starts() {
		if abbreviation := l.draft.Facts.Began.In(zone).Format("MST"); !strings.Contains(join(t.Opening), abbreviation) {
			l.add("zone", true, place, "the opening must say since when, with the time zone ("+abbreviation+")")
		}
	}
	only := func(c Clause) bool { return c.Rank == rankOnly }
	if l.starts() && !slices.ContainsFunc(t.Closing, only) {
		l.add("not-affected", false, place, "say who is not affected, so that nobody stays off 911 without need")
	}
	if !strings.Contains(join(t.Closing), p["closing.do_not_test"]) {
		l.add("do-not-test", false, place, "ask readers not to call 911 to test it")
	}
}

// part checks the numbers of a part (promise 2).
func (l *linter) part(t Text, p Part, place string) {
	var allowed []string
	calls := false
	for _, id := range p.Areas {
		for _, n := range l.advice[id].Numbers {
			allowed = append(allowed, n.Tel.Local())
			calls = calls || n.For != areas.Relay
		}
	}
	said := join(p.Clauses)
	for _, s := range []string{said, p.Brief, p.Headline, p.Short, p.Long} {
		l.foreign(place, s, allowed)
	}
	found := dialled(said)
	slices.Sort(found)
	found = slices.Compact(found)
	if calls && len(p.Areas) == 1 && len(found) == 0 {
		l.add("number-missing", true, place, "the number of "+p.Name+" is not in its text")
	}
	if first := l.words.langs[t.Lang]["say.where_first"]; calls && !strings.Contains(said, first) {
		l.add("where-first", true, place, "with a number the text must ask callers to say first where they are")
	}
	key := fmt.Sprint(p.Areas)
	if seen, ok := l.numbers[key]; !ok {
		l.numbers[key] = numbersSeen{t.Lang, found}
	} else if !slices.Equal(seen.tels, found) {
		l.add("digits", true, place, fmt.Sprintf("the numbers differ between %q and %q", seen.lang, t.Lang))
	}
}

// foreign blocks telephone-like strings that are not among those allowed.
func (l *linter) foreign(place, s string, allowed []string) {
	for _, tel := range dialled(s) {
		if !slices.Contains(allowed, tel) {
			l.add("foreign-number", true, place, fmt.Sprintf("%s is not a usable number of the areas that this text is for", tel))
		}
	}
}

// dialled finds telephone numbers in a string. The pattern is slow, and a state has a million characters:
// it sees only the stretches in which ten digits stand with nothing between them but what groups digits.
func dialled(s string) []string {
	var out []string
	start, digits := -1, 0
	for i := 0; i <= len(s); i++ {
		if i < len(s) && strings.IndexByte("0123456789-. ()+", s[i]) >= 0 {
			if start < 0 {
				start, digits = i, 0
			}
			if s[i] >= '0' && s[i] <= '9' {
				digits++
			}
			continue
		}
		if start >= 0 && digits >= 10 {
			out = append(out, telephones.FindAllString(s[start:i], -1)...)
		}
		start = -1
	}
	return out
}

// style warns of what is hard to read.
func (l *linter) style(t Text, place string) {
	if n := utf8.RuneCountInString(t.Title); n > titleMax {
		l.add("title", false, place, fmt.Sprintf("the title has %d characters; phones cut it after %d", n, titleMax))
	}
	name := l.draft.Facts.Speaker.Name
	var sentences []string
	for _, block := range t.blocks() {
		for _, c := range block {
			text := strings.ReplaceAll(c.Text, name, "")
			for _, tel := range dialled(text) {
				text = strings.ReplaceAll(text, tel, "")
			}
			sentences = append(sentences, text)
		}
	}
	for _, s := range sentences {
		for sentence := range strings.SplitSeq(s, ". ") {
			if n := len(strings.Fields(sentence)); n > 20 {
				l.add("long-sentence", false, place, fmt.Sprintf("a sentence has %d words; keep to 20: %q", n, sentence))
			}
		}
	}
	whole := strings.Join(sentences, " ")
	if t.Lang == English {
		if g := grade(whole); g > 8 {
			l.add("grade", false, place, fmt.Sprintf("the text reads at grade %.0f; keep to 8", g))
		}
	}
	if loud := capitals(whole, t.Mark); len(loud) > 2 {
		l.add("capitals", false, place, "more than two words in capitals: "+strings.Join(loud, ", "))
	}
}

// capitals lists words of four or more letters that are written in capitals, but for the mode's word.
func capitals(s, mark string) []string {
	var out []string
	for word := range strings.FieldsFuncSeq(s, func(r rune) bool { return !unicode.IsLetter(r) }) {
		if utf8.RuneCountInString(word) >= 4 && word == strings.ToUpper(word) && word != mark && !slices.Contains(out, word) {
			out = append(out, word)
		}
	}
	return out
}

// grade is the Flesch-Kincaid grade level of an English text, with syllables counted by groups of vowels.
func grade(s string) float64 {
	words, sentences, syllables := 0, 0, 0
	for word := range strings.FieldsSeq(s) {
		if strings.ContainsAny(word[len(word)-1:], ".:!?") {
			sentences++
		}
		if !strings.ContainsFunc(word, unicode.IsLetter) {
			continue
		}
		words++
		syllables += cmp.Or(vowelGroups(strings.ToLower(word)), 1)
	}
	if words == 0 {
		return 0
	}
	return 0.39*float64(words)/float64(max(sentences, 1)) + 11.8*float64(syllables)/float64(words) - 15.59
}

func vowelGroups(word string) int {
	n, in := 0, false
	for _, r := range strings.TrimRight(word, "e.,:;") {
		vowel := strings.ContainsRune("aeiouy", r)
		if vowel && !in {
			n++
		}
		in = vowel
	}
	return n
}
