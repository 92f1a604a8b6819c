package areas

import (
	"fmt"
	"maps"
	"slices"
	"sync"
)

// Holdings are what agencies add to the built-in gazetteer: their areas, the areas of their ZIPs, and
// the directory.
type Holdings struct {
	Areas   []Area
	ZIPs    map[ZIP][]ID // replaces the built-in candidates of each ZIP it names
	Numbers []Number
	Ways    []Way
}

// Book is everything known of areas, places and the directory at one moment. It does not change and
// may be used by many goroutines; a change of the directory makes a new one.
type Book struct {
	areas   map[ID]Area
	zips    map[ZIP][]ID // of agencies; the others are the gazetteer's
	numbers map[ID][]Number
	ways    map[ID][]Way
	readers map[ID][]ID // every area, with the reader areas it covers

	index  func() *index       // made at the first Find
	zipsOf func() map[ID][]ZIP // made at the first Zips
}

// NewBook joins the built-in gazetteer and the holdings of agencies. It refuses an area that lies
// within, or is served by, one that does not exist, a circle of such relations, and a ZIP, number or
// way of an unknown area.
func NewBook(h Holdings) (*Book, error) {
	base := builtIn()
	b := &Book{
		areas:   maps.Clone(base.areas),
		zips:    map[ZIP][]ID{},
		numbers: map[ID][]Number{},
		ways:    map[ID][]Way{},
		readers: map[ID][]ID{},
	}
	for _, a := range h.Areas {
		if a.ID.Kind() == "" {
			return nil, fmt.Errorf("area %q: an ID is a GEOID of 2, 5 or 10 digits, or x- and a name", a.ID)
		}
		b.areas[a.ID] = a
	}
	for _, a := range h.Areas {
		if err := b.checkRelations(a); err != nil {
			return nil, err
		}
	}
	for zip, ids := range h.ZIPs {
		if !zip.valid() || len(ids) == 0 {
			return nil, fmt.Errorf("ZIP %q: needs five digits and at least one area", zip)
		}
		for _, id := range ids {
			if _, ok := b.areas[id]; !ok {
				return nil, fmt.Errorf("ZIP %s: area %q is not known", zip, id)
			}
		}
		b.zips[zip] = ids
	}
	for _, n := range h.Numbers {
		if _, ok := b.areas[n.Area]; !ok {
			return nil, fmt.Errorf("number %s: area %q is not known", n.Tel, n.Area)
		}
		b.numbers[n.Area] = append(b.numbers[n.Area], n)
	}
	for _, w := range h.Ways {
		if _, ok := b.areas[w.Area]; !ok {
			return nil, fmt.Errorf("way %s: area %q is not known", w.Kind, w.Area)
		}
		b.ways[w.Area] = append(b.ways[w.Area], w)
	}
	b.fileReaders()
	b.index = sync.OnceValue(func() *index { return newIndex(b.areas) })
	b.zipsOf = sync.OnceValue(b.zipsByReader)
	return b, nil
}

func (b *Book) checkRelations(a Area) error {
	seen := map[ID]bool{a.ID: true}
	for at := a; at.Within != ""; {
		next, ok := b.areas[at.Within]
		if !ok {
			return fmt.Errorf("area %q: within %q, which is not known", at.ID, at.Within)
		}
		if seen[next.ID] {
			return fmt.Errorf("area %q: lies within itself by way of %q", a.ID, at.ID)
		}
		seen[next.ID], at = true, next
	}
	for _, id := range a.ServedBy {
		if _, ok := b.areas[id]; !ok {
			return fmt.Errorf("area %q: served by %q, which is not known", a.ID, id)
		}
	}
	return nil
}

// fileReaders lists below every area the reader areas it covers: those that are a candidate of a ZIP.
func (b *Book) fileReaders() {
	built := builtIn().zips
	count := maps.Clone(built.count)
	for zip, ids := range b.zips {
		for _, id := range built.candidates(zip) {
			count[id]--
		}
		for _, id := range ids {
			count[id]++
		}
	}
	for _, id := range slices.Sorted(maps.Keys(count)) {
		if count[id] == 0 {
			continue
		}
		for at, ok := b.areas[id]; ok; at, ok = b.areas[at.Within] {
			b.readers[at.ID] = append(b.readers[at.ID], id)
		}
	}
}

// Area returns the area of an ID and whether there is one.
func (b *Book) Area(id ID) (Area, bool) {
	a, ok := b.areas[id]
	return a, ok
}

// States returns the IDs of all states and territories, sorted.
func (b *Book) States() []ID {
	var ids []ID
	for id := range b.areas {
		if id.Kind() == State {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// Candidates returns the areas a ZIP may lie in, the likeliest first; none for a ZIP that does not exist.
func (b *Book) Candidates(zip ZIP) []ID {
	if ids, ok := b.zips[zip]; ok {
		return ids
	}
	return builtIn().zips.candidates(zip)
}

// At returns the reader areas of a place: the one chosen, else all candidates. It is empty when the
// ZIP does not exist or the chosen area is not one of its candidates.
func (b *Book) At(p Place) []ID {
	ids := b.Candidates(p.ZIP)
	if p.Area == "" {
		return ids
	}
	if slices.Contains(ids, p.Area) {
		return []ID{p.Area}
	}
	return nil
}

// Covers reports whether inner is outer or lies within it.
func (b *Book) Covers(outer, inner ID) bool {
	for at, ok := b.areas[inner]; ok; at, ok = b.areas[at.Within] {
		if at.ID == outer {
			return true
		}
	}
	return false
}

// Inside reports whether an area is one of the scopes or lies within one. No scopes hold nothing.
func (b *Book) Inside(scopes []ID, id ID) bool {
	return slices.ContainsFunc(scopes, func(scope ID) bool { return b.Covers(scope, id) })
}

// Readers returns the reader areas that an area covers, sorted: the areas that places can resolve to.
// The areas of a ZIP are readers, larger ones are not, even where a reader area lies within another.
func (b *Book) Readers(scope ID) []ID { return b.readers[scope] }

// Numbers returns the numbers of an area: its own, and for each need that these leave open those of
// the first in ServedBy that has one. A number for all needs leaves none open but the relay.
func (b *Book) Numbers(id ID) []Number {
	a, ok := b.areas[id]
	if !ok {
		return nil
	}
	var out []Number
	met := map[Need]bool{}
	for _, holder := range append([]ID{id}, a.ServedBy...) {
		before := maps.Clone(met)
		for _, n := range b.numbers[holder] {
			if before[n.For] || before[All] && n.For != Relay {
				continue
			}
			met[n.For] = true
			out = append(out, n)
		}
	}
	return out
}

// Ways returns the ways an area's directory keeps: its own, then those along ServedBy.
func (b *Book) Ways(id ID) []Way {
	a, ok := b.areas[id]
	if !ok {
		return nil
	}
	out := slices.Clone(b.ways[id])
	for _, holder := range a.ServedBy {
		out = append(out, b.ways[holder]...)
	}
	return out
}
