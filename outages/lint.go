package outages

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"callbox/areas"
)

// lint adds the findings on resolved facts.
func (r *resolver) lint(f Facts) {
	if len(f.Advice) == 0 && !r.findings.Blocked() && !r.d.Kind.Ends() {
		r.findings.block("no-area", "conditions", "nobody would be told: no area of this is both known and confirmed")
	}
	r.lintNumbers(f)
	r.lintDeclaredNumbers(f)
	r.lintScope(f)
	r.lintParts()
	free := r.d.free()
	for _, place := range slices.Sorted(maps.Keys(free)) {
		r.lintFree(f, place, free[place])
	}
}

// lintTexts warns where nobody said whether texts to 911 work.
func (r *resolver) lintTexts(f Facts) {
	var unknown []string
	for _, a := range f.Advice {
		fails := slices.ContainsFunc(a.of(Voice), func(c Condition) bool { return !c.State.Works() })
		if fails && len(a.of(Text)) == 0 {
			unknown = append(unknown, a.Area.Name)
		}
	}
	if len(unknown) > 0 {
		r.findings.warn("text-unknown", "conditions", some(unknown)+": say whether texts to 911 work; until then nobody is told to text")
	}
}

// lintScope warns of areas that are only suspected, and of areas that no ZIP code leads to.
func (r *resolver) lintScope(f Facts) {
	for _, c := range r.after.standing {
		a, ok := r.book.Area(c.Area)
		if !ok || c.Confidence != Suspected || c.over() {
			continue
		}
		total, sure := r.parts(c.Area)
		verdict := "nothing is sent to the others until they confirm"
		if r.after.suspected {
			verdict = "the others are told too, as you asked"
		}
		f := Finding{Rule: "suspected", Place: string(a.ID), Text: fmt.Sprintf("%s is only suspected; %s", a.Name, verdict)}
		if total > 1 {
			f.Text = fmt.Sprintf("%q covers %d %s, of which %d %s: texts say \"in parts of\", and %s",
				word(a), total, plural(a), sure, confirmedWord(sure), verdict)
		}
		if !slices.Contains(r.findings, f) {
			r.findings = append(r.findings, f)
		}
	}
	var unread []string
	for _, c := range r.d.Conditions {
		a, _ := r.book.Area(c.Area)
		if len(r.book.Readers(c.Area)) == 0 && !slices.Contains(unread, a.Name) {
			unread = append(unread, a.Name)
		}
	}
	if len(unread) > 0 {
		r.findings = append(r.findings, Finding{
			Rule: "unread", Block: len(unread) == len(f.Scope), Place: "conditions",
			Text: some(unread) + ": no ZIP code leads there, so no resident would hear this; import the ZIP codes or name the larger area",
		})
	}
}

// parts counts the counties of a state, or the reader areas of a smaller area, and those among them
// that are confirmed in full.
func (r *resolver) parts(id areas.ID) (total, sure int) {
	confirmed := map[areas.ID]bool{}
	for _, reader := range r.readers(id) {
		part := reader
		if id.Kind() == areas.State {
			chain := r.chain(reader)
			if i := slices.IndexFunc(chain, func(x areas.ID) bool { return x.Kind() == areas.County }); i >= 0 {
				part = chain[i]
			}
		}
		if all, seen := confirmed[part]; !seen || all {
			confirmed[part] = r.sure(reader)
		}
	}
	for _, all := range confirmed {
		total++
		if all {
			sure++
		}
	}
	return total, sure
}

func word(a areas.Area) string {
	if a.ID.Kind() == areas.State {
		return "statewide"
	}
	return "all of " + a.Name
}

func plural(a areas.Area) string {
	if a.ID.Kind() == areas.State {
		return "counties"
	}
	return "areas"
}

func confirmedWord(n int) string {
	if n == 1 {
		return "has confirmed"
	}
	return "have confirmed"
}

// lintParts warns where a larger area is stated anew while a part of it keeps an older, other state.
func (r *resolver) lintParts() {
	for _, c := range r.before.standing {
		if slices.ContainsFunc(r.d.Conditions, func(n Condition) bool { return n.Area == c.Area && n.Service == c.Service }) {
			continue
		}
		for _, n := range r.d.Conditions {
			if n.Service == c.Service && n.State != c.State && r.book.Covers(n.Area, c.Area) {
				inner, _ := r.book.Area(c.Area)
				outer, _ := r.book.Area(n.Area)
				r.findings.warn("part", string(c.Area), fmt.Sprintf("%s keeps %q for %s as stated before, though %s is now %q; state it too if that changed",
					inner.Name, c.State, c.Service, outer.Name, n.State))
				break
			}
		}
	}
}

// free returns the words of a declaration that are printed as typed, by their place.
func (d Declaration) free() map[string]string {
	free := map[string]string{}
	add := func(place, text string) {
		if text != "" {
			free[place] = text
		}
	}
	if d.Cause != nil {
		add("cause.text", d.Cause.Text)
		add("cause.stated_by", d.Cause.StatedBy)
	}
	for i, n := range d.Numbers {
		add(fmt.Sprintf("numbers[%d].label", i), n.Label)
		add(fmt.Sprintf("numbers[%d].hours", i), n.Hours)
	}
	for i, w := range d.Ways {
		add(fmt.Sprintf("ways[%d].where", i), w.Where)
	}
	return free
}

var (
	nationwide = regexp.MustCompile(`(?i)\b(nation-?wide|countrywide|across the (country|nation|united states)|a nivel nacional|en todo el pa[ií]s)\b`)
	statewide  = regexp.MustCompile(`(?i)\b(state-?wide|the (whole|entire) state|across the state|all of|everywhere in|todo el estado|a nivel estatal)\b`)
)

// Overclaims reports whether words speak for the whole country, which no agency may.
func Overclaims(s string) bool {
	low := strings.ToLower(s) // the texts of a whole state are all asked, and few come near
	near := strings.Contains(low, "nation") || strings.Contains(low, "country") || strings.Contains(low, "nacional") || strings.Contains(low, "todo el")
	return near && nationwide.MatchString(low)
}

// Hidden reports whether a text has line breaks, control characters or direction marks, which change
// what a reader sees.
func Hidden(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Cf) })
}

// lintFree checks words that are printed as typed.
func (r *resolver) lintFree(f Facts, place, text string) {
	if Overclaims(text) {
		r.findings.block("nationwide", place, `"nationwide" is refused: an agency speaks only for its own areas; name them`)
	}
	if m := statewide.FindString(text); m != "" && !r.covered(f, text) {
		r.findings.block("statewide", place, fmt.Sprintf("%q needs every county confirmed; say \"in parts of\" or name the areas", m))
	}
	if strings.Contains(text, "://") || strings.Contains(strings.ToLower(text), "www.") {
		r.findings.block("link", place, "leave links out: every text has its own, to the page of the outage")
	}
	if place == "cause.text" || strings.HasSuffix(place, ".where") || strings.HasSuffix(place, ".hours") {
		r.findings.warn("untranslated", place, fmt.Sprintf("%q is printed as typed in every language; keep it short, or leave it out", text))
	}
	if Hidden(text) {
		r.findings.block("control", place, "leave out line breaks, control characters and direction marks")
	}
	if place == "cause.text" && strings.Contains(strings.ToLower(text), "cyber") {
		r.findings.warn("cyberattack", place, "name or rule out a cyberattack only if those who state the cause said so themselves")
	}
}

// covered reports whether words for a whole area are true: the text names an area that is confirmed in
// every part, or the states are.
func (r *resolver) covered(f Facts, text string) bool {
	if slices.ContainsFunc(f.Whole, func(a areas.Area) bool { return strings.Contains(text, a.Name) }) {
		return true
	}
	return len(f.States) > 0 && !slices.ContainsFunc(f.States, func(s areas.Area) bool { return !r.whole(s.ID) })
}

// some lists names, the first eight in full.
func some(names []string) string {
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) > 8 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:8], ", "), len(names)-8)
	}
	return strings.Join(names, ", ")
}
