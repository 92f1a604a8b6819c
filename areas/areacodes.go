package areas

import (
	"regexp"
	"slices"
)

// readZIPs reads the ZIP codes of an area. One that the gazetteer and the book do not have is refused
// with the nearest that exists; one that lies in another state is odd.
func (in *areaReader) readZIPs(row Row, a Area) []ZIP {
	var out []ZIP
	for _, text := range row.List("zips") {
		zip := ZIP(text)
		candidates := in.book.Candidates(zip)
		switch {
		case !zip.valid():
			row.Bad("zips", "%q is not five digits; a spreadsheet may have dropped a leading zero", clip(text))
		case slices.Contains(out, zip):
			row.Bad("zips", "%s stands twice", zip)
		case candidates == nil:
			row.Bad("zips", "there is no ZIP code %s%s", zip, in.book.suggestion(zip))
		default:
			out = append(out, zip)
		}
		in.warnOfPlace(row, a, zip)
	}
	return out
}

// warnOfPlace warns of a ZIP code that, by all that is known, lies elsewhere.
func (in *areaReader) warnOfPlace(row Row, a Area, zip ZIP) {
	candidates := builtIn().zips.candidates(zip)
	if len(candidates) == 0 {
		return
	}
	warn := func(problem string) {
		in.warnings = append(in.warnings, LineError{Line: row.Line(), Column: "zips",
			Problem: string(zip) + " lies in " + in.book.areas[candidates[0]].FullName() + ", as far as is known" + problem})
	}
	if in.foreign(zip) {
		warn("; this agency does not speak for it, so the ZIP code stays there too")
	} else if !slices.ContainsFunc(candidates, func(id ID) bool { return in.book.areas[id].State == a.State }) {
		warn("")
	}
}

// foreign reports whether all built-in candidates of a ZIP lie outside the jurisdiction. Residents there
// must not lose their area by the word of somebody who does not speak for it.
func (in *areaReader) foreign(zip ZIP) bool {
	candidates := builtIn().zips.candidates(zip)
	return len(candidates) > 0 && !slices.ContainsFunc(candidates, func(id ID) bool {
		return in.book.Inside(in.jurisdiction, id) ||
			slices.ContainsFunc(in.jurisdiction, func(scope ID) bool { return in.book.Covers(id, scope) })
	})
}

func (b *Book) suggestion(zip ZIP) string {
	if near := b.Suggest(zip); near != "" {
		return ": did you mean " + string(near) + "?"
	}
	return ""
}

var sameCode = regexp.MustCompile(`^[0-9]{6}$`)

// readSAME reads the SAME codes of an area; without any it keeps those of a known area.
func (in *areaReader) readSAME(row Row, d *areaDraft) []string {
	given := row.List("same")
	code := "0" + string(in.book.index().states[plain(d.area.State)].id)
	for _, c := range given {
		if !sameCode.MatchString(c) {
			row.Bad("same", "%q is not six digits; a spreadsheet may have dropped a leading zero", clip(c))
		} else if c[1:3] != code[1:] {
			row.Bad("same", "%s is not in %s, whose codes begin with %s", c, d.area.State, code)
		}
	}
	if len(given) == 0 {
		return in.book.areas[d.area.ID].SAME
	}
	return given
}

// inheritSAME returns the SAME codes around an area's ZIP codes, in Connecticut those of the old
// counties; without ZIP codes, those of the area it lies within.
func (in *areaReader) inheritSAME(d *areaDraft) []string {
	var out []string
	base := builtIn()
	for _, zip := range d.zips {
		if old, ok := base.same[zip]; ok && d.area.State == "CT" {
			out = append(out, old)
		} else if ids := base.zips.candidates(zip); d.area.ID.Kind() == District && len(ids) > 0 {
			out = append(out, base.areas[ids[0]].SAME...)
		}
	}
	if len(out) == 0 {
		around, _ := in.area(d.area.Within)
		return slices.Clone(around.SAME)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
