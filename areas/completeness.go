package areas

import "slices"

// Zips returns the ZIP codes that may lie in an area, sorted: those with a candidate that it covers.
func (b *Book) Zips(id ID) []ZIP {
	var out []ZIP
	for _, reader := range b.readers[id] {
		out = append(out, b.zipsOf()[reader]...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// zipsByReader lists below each reader area the ZIP codes it is a candidate of.
func (b *Book) zipsByReader() map[ID][]ZIP {
	out := map[ID][]ZIP{}
	for zip, ids := range b.ZIPs() {
		for _, id := range ids {
			out[id] = append(out[id], zip)
		}
	}
	return out
}

// Missing returns the reader areas of a scope for which the directory has no number, sorted; a relay
// line alone is none. The scope is complete when there are no such areas; len(b.Readers(scope)) says out
// of how many.
func (b *Book) Missing(scope ID) []ID {
	var out []ID
	for _, id := range b.readers[scope] {
		if !slices.ContainsFunc(b.Numbers(id), func(n Number) bool { return n.For != Relay }) {
			out = append(out, id)
		}
	}
	return out
}
