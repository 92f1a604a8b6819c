package areas

import (
	"cmp"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// AreaColumns are the columns of an areas file:
//
//	id         a GEOID, or x- and a name for a dispatch district
//	name       "West Hartford", without its state
//	state      postal abbreviation; may be empty where the GEOID tells it
//	same       SAME codes; empty means those of its ZIP codes in Connecticut, else of the area around it
//	within     the next larger area; empty means the county; for a district the
//	           agency's jurisdiction when that is one area, else the state
//	served_by  the areas whose numbers it inherits, first choice first
//	residents  how many people live there; may be empty
//	zips       its ZIP codes; they replace the built-in candidates, unless all of these lie outside the
//	           jurisdiction: then they come after them
//
// same, served_by and zips are lists, separated by spaces or semicolons. A ZIP code in several lines may
// lie in each of these areas, the first being the likeliest. A line may also name a built-in area, to
// give it served_by; what it leaves empty stays.
var AreaColumns = Columns{
	Required: []string{"id", "name"},
	Optional: []string{"state", "same", "within", "served_by", "residents", "zips"},
}

// AreaImport is what an areas file holds.
type AreaImport struct {
	Areas    []Area       // in the order of the file
	ZIPs     map[ZIP][]ID // the candidates of the ZIP codes it names
	Warnings Report       // what looks odd and was taken all the same
}

// maxName bounds a name in characters, so that it fits into a title.
const maxName = 60

// ReadAreas reads an areas file ([AreaColumns]). It takes all lines or none: its error is a [Report] of
// every bad line, or that of the reader. A circle of within is told at every line of the circle.
func ReadAreas(r io.Reader, b *Book, by Importer) (AreaImport, error) {
	sheet, err := NewSheet(r, AreaColumns)
	if err != nil {
		return AreaImport{}, err
	}
	in := &areaReader{book: b, jurisdiction: by.Jurisdiction, drafts: map[ID]*areaDraft{}}
	for row := range sheet.Rows() {
		in.read(row)
	}
	for _, d := range in.order {
		in.checkRelations(sheet, d)
		if len(d.area.SAME) == 0 {
			d.area.SAME = in.inheritSAME(d)
		}
	}
	if err := sheet.Err(); err != nil {
		return AreaImport{}, err
	}
	out := AreaImport{ZIPs: map[ZIP][]ID{}, Warnings: in.warnings}
	for _, d := range in.order {
		out.Areas = append(out.Areas, d.area)
		for _, zip := range d.zips {
			if out.ZIPs[zip] == nil && in.foreign(zip) {
				out.ZIPs[zip] = slices.Clone(builtIn().zips.candidates(zip))
			}
			out.ZIPs[zip] = append(out.ZIPs[zip], d.area.ID)
		}
	}
	return out, nil
}

type areaReader struct {
	book         *Book
	jurisdiction []ID
	drafts       map[ID]*areaDraft
	order        []*areaDraft
	warnings     Report
}

type areaDraft struct {
	line int
	area Area
	zips []ZIP
}

func (in *areaReader) read(row Row) {
	id := ID(row.Cell("id"))
	if !validID(id) {
		row.Bad("id", "an ID is a GEOID of 2, 5 or 10 digits, or x- and a name in small letters, digits and hyphens")
		return
	}
	if first, ok := in.drafts[id]; ok {
		row.Bad("id", "stands in line %d already", first.line)
		return
	}
	known := in.book.areas[id]
	d := &areaDraft{line: row.Line(), area: Area{ID: id, Name: cmp.Or(row.Cell("name"), known.Name)}}
	switch n := utf8.RuneCountInString(d.area.Name); {
	case n == 0:
		row.Bad("name", "is empty: give the name without its state")
	case n > maxName:
		row.Bad("name", "has %d characters; at most %d fit a title", n, maxName)
	}
	in.drafts[id] = d
	in.order = append(in.order, d)
	if !in.readState(row, d) {
		return
	}
	d.area.Within = cmp.Or(ID(row.Cell("within")), known.Within, in.around(d.area))
	d.zips = in.readZIPs(row, d.area)
	for _, holder := range row.List("served_by") {
		d.area.ServedBy = append(d.area.ServedBy, ID(holder))
	}
	if len(d.area.ServedBy) == 0 {
		d.area.ServedBy = known.ServedBy
	}
	d.area.Residents = known.Residents
	if text := row.Cell("residents"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			row.Bad("residents", "%q is no number of people: write digits only", text)
		}
		d.area.Residents = n
	}
	d.area.SAME = in.readSAME(row, d)
}

var districtName = regexp.MustCompile(`^x-[a-z0-9]+(-[a-z0-9]+)*$`)

func validID(id ID) bool {
	if id.Kind() == District {
		return len(id) <= maxName && districtName.MatchString(string(id))
	}
	return id.Kind() != ""
}

// readState finds the state of an area: the one given, which a GEOID must agree with.
func (in *areaReader) readState(row Row, d *areaDraft) bool {
	given := row.Cell("state")
	var code ID
	if d.area.ID.Kind() != District {
		code = d.area.ID[:2]
	} else {
		code = in.book.index().states[plain(given)].id
	}
	state, ok := in.book.areas[code]
	switch {
	case !ok && code != "":
		row.Bad("id", "begins with %s, which is no state", code)
	case !ok:
		row.Bad("state", "a district needs its state: a postal abbreviation such as CT")
	case given != "" && in.book.index().states[plain(given)].id != code:
		row.Bad("state", "the GEOID begins with %s, which is %s", code, state.State)
		return false
	}
	d.area.State = state.State
	return ok
}

// around is the area that one without a given within lies in.
func (in *areaReader) around(a Area) ID {
	switch a.ID.Kind() {
	case Subdivision:
		return a.ID[:5]
	case County:
		return a.ID[:2]
	case District:
		if len(in.jurisdiction) == 1 && in.book.areas[in.jurisdiction[0]].State == a.State {
			return in.jurisdiction[0]
		}
		return in.book.index().states[plain(a.State)].id
	}
	return ""
}

// checkRelations looks at what an area of the file lies within and is served by, once all are read.
func (in *areaReader) checkRelations(sheet *Sheet, d *areaDraft) {
	if d.area.State == "" {
		return // told by readState
	}
	bad := func(column, problem string) {
		sheet.Note(LineError{Line: d.line, Column: column, Problem: problem})
	}
	for _, id := range d.area.ServedBy {
		if _, ok := in.area(id); !ok {
			bad("served_by", "area "+quote(id)+" is neither in this file nor known")
		}
	}
	if known, ok := in.book.areas[d.area.ID]; ok && !in.book.Inside(in.jurisdiction, known.ID) {
		bad("id", "lies outside the jurisdiction of the agency")
		return
	}
	inside := slices.Contains(in.jurisdiction, d.area.ID)
	seen := map[ID]bool{d.area.ID: true}
	for at := d.area; at.Within != ""; {
		next, ok := in.area(at.Within)
		switch {
		case !ok && at.ID == d.area.ID:
			bad("within", "area "+quote(at.Within)+" is neither in this file nor known"+in.hintOf(at))
			return
		case !ok:
			return // told at its own line
		case seen[next.ID]:
			bad("within", "the area lies within itself by way of "+quote(at.ID))
			return
		case next.State != at.State && at.ID == d.area.ID:
			bad("within", next.FullName()+" is in another state")
			return
		}
		inside = inside || slices.Contains(in.jurisdiction, next.ID)
		seen[next.ID], at = true, next
	}
	if county := d.area.ID; county.Kind() == Subdivision && !seen[county[:5]] {
		bad("within", "the GEOID begins with "+string(county[:5])+": it lies within that")
		return
	}
	if !inside {
		bad("id", "lies outside the jurisdiction of the agency")
	}
}

// hintOf explains the most likely reason for a county that does not exist.
func (in *areaReader) hintOf(a Area) string {
	if a.State == "CT" && a.ID.Kind() == Subdivision {
		return ": since 2022 the GEOIDs of Connecticut's towns begin with a planning region, 09110 to 09190"
	}
	return ""
}

// area looks an ID up in the file, then in the book.
func (in *areaReader) area(id ID) (Area, bool) {
	if d, ok := in.drafts[id]; ok {
		return d.area, true
	}
	a, ok := in.book.areas[id]
	return a, ok
}

func quote(id ID) string { return `"` + string(id) + `"` }

// WriteAreas writes an areas file that [ReadAreas] reads back to the same. The order of the areas is the
// order of the candidates of a ZIP code that lies in several.
func WriteAreas(w io.Writer, list []Area, zips map[ZIP][]ID) error {
	sheet := NewSheetWriter(w, AreaColumns)
	for _, a := range list {
		residents := ""
		if a.Residents > 0 {
			residents = strconv.Itoa(a.Residents)
		}
		sheet.Write(string(a.ID), a.Name, a.State, strings.Join(a.SAME, " "), string(a.Within),
			join(a.ServedBy), residents, join(zipsIn(zips, a.ID)))
	}
	return sheet.Flush()
}

func zipsIn(zips map[ZIP][]ID, id ID) []ZIP {
	var out []ZIP
	for _, zip := range slices.Sorted(maps.Keys(zips)) {
		if slices.Contains(zips[zip], id) {
			out = append(out, zip)
		}
	}
	return out
}

func join[T ~string](list []T) string {
	texts := make([]string, len(list))
	for i, t := range list {
		texts[i] = string(t)
	}
	return strings.Join(texts, " ")
}
