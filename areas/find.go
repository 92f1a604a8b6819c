package areas

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// FindError says why a text names no single area. Near holds the areas that may have been meant, the
// likeliest first; when Ambiguous, all of them go by that name.
type FindError struct {
	Text      string
	Near      []Area
	Ambiguous bool
	zip       bool // the text is a ZIP code and Near its candidates
}

// maxListed is how many areas an error lists before it only counts them.
const maxListed = 5

func (e *FindError) Error() string {
	var names []string
	for _, a := range e.Near[:min(len(e.Near), maxListed)] {
		names = append(names, fmt.Sprintf("%s (%s)", a.FullName(), a.ID))
	}
	if more := len(e.Near) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("%d others", more))
	}
	choice := strings.Join(names, " or ")
	switch {
	case strings.TrimSpace(e.Text) == "":
		return "no area given: a name such as \"Hinds County, MS\", or an ID"
	case e.zip:
		return fmt.Sprintf("%s is a ZIP code, not an area: give %s", e.Text, choice)
	case e.Ambiguous:
		return fmt.Sprintf("%q may be %s: give the state or the ID", e.Text, choice)
	case choice == "":
		return fmt.Sprintf("no area is called %q: a name such as \"Hinds County, MS\", or an ID", e.Text)
	}
	return fmt.Sprintf("no area is called %q: did you mean %s?", e.Text, choice)
}

// FullName returns the name with its state: "West Hartford, CT"; a state's name stands alone.
func (a Area) FullName() string {
	if a.ID.Kind() == State {
		return a.Name
	}
	return a.Name + ", " + a.State
}

// Find returns the area that an official's text names: an ID, "CT/West Hartford", "West Hartford, CT",
// "Hinds County, MS", "Hinds, Mississippi", a state's name or postal abbreviation, or a name that only
// one area has. Case, accents and punctuation do not matter. A text that is both an ID and a ZIP code is
// the ID. The error is a [*FindError].
func (b *Book) Find(text string) (Area, error) {
	text = strings.TrimSpace(text)
	if a, ok := b.areas[ID(text)]; ok {
		return a, nil
	}
	ix := b.index()
	if s, ok := ix.states[plain(text)]; ok {
		return b.areas[s.id], nil
	}
	if ids := b.Candidates(ZIP(text)); len(ids) > 0 {
		return Area{}, &FindError{Text: text, Near: b.list(ids), zip: true}
	}
	state, name := ix.split(text)
	for _, names := range []map[string][]ID{ix.full, ix.short} {
		switch ids := names[state+"/"+name]; len(ids) {
		case 0:
		case 1:
			return b.areas[ids[0]], nil
		default:
			return Area{}, &FindError{Text: text, Near: b.list(ids), Ambiguous: true}
		}
	}
	return Area{}, &FindError{Text: text, Near: b.list(ix.nearest(state, name))}
}

func (b *Book) list(ids []ID) []Area {
	out := make([]Area, len(ids))
	for i, id := range ids {
		out[i] = b.areas[id]
	}
	return out
}

// index finds areas by name. The keys are "ct/west hartford", and "/west hartford" for any state.
type index struct {
	states map[string]stateName // by name and by postal abbreviation
	full   map[string][]ID      // the whole name: "ms/hinds county"
	short  map[string][]ID      // without the word for its kind: "ms/hinds"
	names  []named              // every area but the states, by ID
}

type stateName struct {
	id   ID
	abbr string
}

type named struct {
	id           ID
	state, short string
	same         []string
}

func newIndex(areas map[ID]Area) *index {
	ix := &index{states: map[string]stateName{}, full: map[string][]ID{}, short: map[string][]ID{}}
	for _, a := range areas {
		if a.ID.Kind() == State {
			s := stateName{a.ID, plain(a.State)}
			ix.states[plain(a.Name)], ix.states[s.abbr] = s, s
			continue
		}
		ix.names = append(ix.names, named{id: a.ID, state: plain(a.State), short: plain(a.Name), same: a.SAME})
	}
	slices.SortFunc(ix.names, func(a, b named) int { return cmp.Compare(a.id, b.id) })
	for i, n := range ix.names {
		short := shorten(n.short)
		for _, state := range []string{"", n.state} {
			ix.full[state+"/"+n.short] = append(ix.full[state+"/"+n.short], n.id)
			ix.short[state+"/"+short] = append(ix.short[state+"/"+short], n.id)
		}
		ix.names[i].short = short
	}
	return ix
}

// split takes the state off a text, in front of a slash or behind a comma. The state comes back as its
// postal abbreviation in lower case, empty when the text names none.
func (ix *index) split(text string) (state, name string) {
	if before, after, ok := strings.Cut(text, "/"); ok {
		if abbr := ix.abbreviation(before); abbr != "" {
			return abbr, plain(after)
		}
	}
	if i := strings.LastIndex(text, ","); i >= 0 {
		if abbr := ix.abbreviation(text[i+1:]); abbr != "" {
			return abbr, plain(text[:i])
		}
	}
	return "", plain(text)
}

func (ix *index) abbreviation(text string) string {
	return ix.states[plain(text)].abbr
}

// nearest returns the areas that may have been meant: the planning regions that an old county of
// Connecticut became, else up to three whose names begin alike or differ least.
func (ix *index) nearest(state, name string) []ID {
	const most = 3
	if same, ok := oldCounties[state+"/"+name]; ok {
		return ix.coveredBy(same)
	}
	type match struct {
		id ID
		d  int
	}
	name = shorten(name)
	limit := 1 + len(name)/4
	var found []match
	for _, n := range ix.names {
		if name == "" || state != "" && n.state != state {
			continue
		}
		d := distance(name, n.short)
		if strings.HasPrefix(name, n.short+" ") || strings.HasPrefix(n.short, name+" ") {
			d = 1
		}
		if d <= limit {
			found = append(found, match{n.id, d})
		}
	}
	slices.SortStableFunc(found, func(a, b match) int { return cmp.Compare(a.d, b.d) })
	var ids []ID
	for _, m := range found[:min(most, len(found))] {
		ids = append(ids, m.id)
	}
	return ids
}

// oldCounties are the SAME codes of the counties that Connecticut had until 2022, by the names that
// people there still use.
var oldCounties = map[string]string{
	"ct/fairfield county": "009001", "ct/hartford county": "009003", "ct/litchfield county": "009005",
	"ct/middlesex county": "009007", "ct/new haven county": "009009", "ct/new london county": "009011",
	"ct/tolland county": "009013", "ct/windham county": "009015",
}

// coveredBy returns the counties that have a SAME code.
func (ix *index) coveredBy(same string) []ID {
	var ids []ID
	for _, n := range ix.names {
		if n.id.Kind() == County && slices.Contains(n.same, same) {
			ids = append(ids, n.id)
		}
	}
	return ids
}

// plain reduces a name to what people agree on: lower case, no accents or punctuation, "st" for saint.
func plain(name string) string {
	var s strings.Builder
	for _, r := range norm.NFD.String(name) {
		switch {
		case unicode.Is(unicode.Mn, r) || r == '\'' || r == '’' || r == '.':
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			s.WriteRune(unicode.ToLower(r))
		default:
			s.WriteByte(' ')
		}
	}
	words := strings.Fields(s.String())
	for i, w := range words {
		if w == "saint" {
			words[i] = "st"
		}
	}
	return strings.Join(words, " ")
}

// kindWords end the names of areas and are left out by many who write them.
var kindWords = []string{
	"planning region", "city and borough", "census area", "municipality", "municipio",
	"county", "parish", "borough", "district", "island", "city", "town", "township",
}

func shorten(name string) string {
	for _, w := range kindWords {
		if short, ok := strings.CutSuffix(name, " "+w); ok {
			return short
		}
	}
	return name
}

// distance counts the letters to insert, delete or replace between two names (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
