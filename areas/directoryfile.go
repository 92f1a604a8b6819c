package areas

import (
	"cmp"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// DirectoryColumns are the columns of a directory file. Each line is a number or a way of one area:
//
//	area          an ID, or a name as [Book.Find] takes it: "West Hartford, CT"
//	for           a number: police, fire, medical, all or relay; a way: text-911, mobile, landline, voip,
//	              other-carrier, fire-box, station or call-back
//	tel           of a number: 860-555-0101
//	label         of a number: "District 1 police", where for does not say enough
//	carrier       the carrier it rides on
//	admin         yes when it is a routine line and fails with those
//	hours         when it is staffed; empty means around the clock
//	only          yes for real emergencies only
//	where         of a way: the address of a station
//	confirmed_by  who rang the number and was answered
//	confirmed_at  when: 2026-03-31, or with a time as in RFC 3339
//
// A line with an area alone says that no number is known there.
var DirectoryColumns = Columns{
	Required: []string{"area", "for", "tel"},
	Optional: []string{"label", "carrier", "admin", "hours", "only", "where", "confirmed_by", "confirmed_at"},
}

// Needs are the needs a number can serve, WayKinds the kinds of ways, both in the order to list them.
var (
	Needs    = []Need{Police, Fire, Medical, All, Relay}
	WayKinds = []WayKind{TextTo911, Mobile, LandlineCall, VoIPCall, OtherCarrier, FireBox, Station, CallBack}
)

// Directory is what a directory file holds.
type Directory struct {
	Numbers  []Number // in the order of the file
	Ways     []Way
	Without  []ID   // the areas of lines that say that no number is known
	Warnings Report // what looks odd and was taken all the same
}

// Importer says on whose behalf a file is read, and when.
type Importer struct {
	Jurisdiction []ID // the areas it may name, with all that lies within them; empty means none
	Now          time.Time
}

const (
	maxLabel = 40 // characters that fit beside a number
	maxWhere = 120
	longAgo  = 365 * 24 * time.Hour // a number confirmed before that may no longer answer

)

// ReadDirectory reads a directory file ([DirectoryColumns]). It takes all lines or none: its error is a
// [Report] of every bad line, or that of the reader.
func ReadDirectory(r io.Reader, b *Book, by Importer) (Directory, error) {
	sheet, err := NewSheet(r, DirectoryColumns)
	if err != nil {
		return Directory{}, err
	}
	in := &directoryReader{book: b, by: by, numbers: map[Number]int{}, ways: map[Way]int{}}
	for row := range sheet.Rows() {
		in.read(row)
	}
	if err := sheet.Err(); err != nil {
		return Directory{}, err
	}
	return in.out, nil
}

type directoryReader struct {
	book    *Book
	by      Importer
	out     Directory
	numbers map[Number]int // the line of each, by what makes it the same
	ways    map[Way]int
}

func (in *directoryReader) read(row Row) {
	area, err := in.book.Find(row.Cell("area"))
	if err != nil {
		row.Bad("area", "%v", err)
		return
	}
	if !in.book.Inside(in.by.Jurisdiction, area.ID) {
		row.Bad("area", "%s (%s) lies outside the jurisdiction of the agency", area.FullName(), area.ID)
		return
	}
	what := strings.ToLower(row.Cell("for"))
	switch {
	case slices.Contains(Needs, Need(what)):
		in.readNumber(row, area, Need(what))
	case slices.Contains(WayKinds, WayKind(what)):
		in.readWay(row, area, WayKind(what))
	case what != "":
		row.Bad("for", "%q is neither a need (%s) nor a way (%s)", clip(what), list(Needs), list(WayKinds))
	case row.Cell("tel") != "":
		row.Bad("for", "is empty: say what the number is for (%s)", list(Needs))
	default:
		in.out.Without = append(in.out.Without, area.ID)
	}
}

func list[T ~string](all []T) string { return strings.ReplaceAll(join(all), " ", ", ") }

func (in *directoryReader) readNumber(row Row, area Area, need Need) {
	tel, err := ParseTel(row.Cell("tel"))
	if err != nil {
		row.Bad("tel", "%v", err)
	}
	n := Number{
		Area: area.ID, For: need, Tel: tel,
		Label: short(row, "label", maxLabel), Carrier: short(row, "carrier", maxLabel), Hours: short(row, "hours", maxLabel),
		Admin: yes(row, "admin"), Only: yes(row, "only"),
		ConfirmedBy: short(row, "confirmed_by", maxName), ConfirmedAt: in.confirmed(row),
	}
	if row.Cell("where") != "" {
		row.Bad("where", "belongs to a way, not to a number")
	}
	if first, ok := in.numbers[Number{Area: n.Area, For: need, Tel: tel}]; ok && tel != "" {
		row.Bad("tel", "stands in line %d already, for the same area and need", first)
		return
	}
	in.numbers[Number{Area: n.Area, For: need, Tel: tel}] = row.Line()
	in.out.Numbers = append(in.out.Numbers, n)
	if state := tel.State(); state != "" && state != area.State {
		in.warn(row, "tel", "the area code is of "+state+", the area in "+area.State)
	}
}

func (in *directoryReader) readWay(row Row, area Area, kind WayKind) {
	w := Way{Area: area.ID, Kind: kind, Where: short(row, "where", maxWhere)}
	for _, column := range DirectoryColumns.all() {
		if !slices.Contains([]string{"area", "for", "where"}, column) && row.Cell(column) != "" {
			row.Bad(column, "belongs to a number, and %s is a way", kind)
		}
	}
	if first, ok := in.ways[w]; ok {
		row.Bad("for", "the same way stands in line %d already", first)
		return
	}
	in.ways[w] = row.Line()
	in.out.Ways = append(in.out.Ways, w)
}

// confirmed reads when a number was confirmed, which goes together with who did.
func (in *directoryReader) confirmed(row Row) time.Time {
	by, text := row.Cell("confirmed_by"), row.Cell("confirmed_at")
	if text == "" {
		if by != "" {
			row.Bad("confirmed_at", "is empty: when was it rung? A date such as 2026-03-31")
		}
		return time.Time{}
	}
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		at, err = time.Parse(time.RFC3339, text)
	}
	switch {
	case err != nil:
		row.Bad("confirmed_at", "is neither a date such as 2026-03-31 nor a time such as 2026-03-31T14:05:00-04:00")
	case by == "":
		row.Bad("confirmed_by", "is empty: who rang it and was answered?")
	case at.After(in.by.Now):
		row.Bad("confirmed_at", "lies in the future")
	case in.by.Now.Sub(at) > longAgo:
		in.warn(row, "confirmed_at", "was more than a year ago: ring the number again")
	}
	return at.UTC()
}

func (in *directoryReader) warn(row Row, column, problem string) {
	in.out.Warnings = append(in.out.Warnings, LineError{Line: row.Line(), Column: column, Problem: problem})
}

// short reads a cell of at most so many characters.
func short(row Row, column string, most int) string {
	text := row.Cell(column)
	if n := utf8.RuneCountInString(text); n > most {
		row.Bad(column, "has %d characters; at most %d fit", n, most)
	}
	return text
}

func yes(row Row, column string) bool {
	switch strings.ToLower(row.Cell(column)) {
	case "yes", "y", "true", "1", "x":
		return true
	case "", "no", "n", "false", "0":
		return false
	}
	row.Bad(column, "is yes, no or empty")
	return false
}

// WriteDirectory writes a directory file that [ReadDirectory] reads back to the same, sorted by area and
// otherwise in the order given. Temporary numbers belong to an outage and are left out; without are areas
// to name as having no number.
func WriteDirectory(w io.Writer, d Directory) error {
	type line struct {
		area  ID
		cells []string
	}
	var lines []line
	for _, n := range d.Numbers {
		if !n.Temporary {
			lines = append(lines, line{n.Area, []string{string(n.Area), string(n.For), n.Tel.Local(), n.Label, n.Carrier,
				mark(n.Admin), n.Hours, mark(n.Only), "", n.ConfirmedBy, day(n.ConfirmedAt)}})
		}
	}
	for _, way := range d.Ways {
		lines = append(lines, line{way.Area, []string{string(way.Area), string(way.Kind), "", "", "", "", "", "", way.Where, "", ""}})
	}
	for _, id := range d.Without {
		lines = append(lines, line{id, []string{string(id), "", "", "", "", "", "", "", "", "", ""}})
	}
	slices.SortStableFunc(lines, func(a, b line) int { return cmp.Compare(a.area, b.area) })
	sheet := NewSheetWriter(w, DirectoryColumns)
	for _, l := range lines {
		sheet.Write(l.cells...)
	}
	return sheet.Flush()
}

func mark(b bool) string {
	if b {
		return "yes"
	}
	return ""
}

// day writes a time as a date where it is midnight UTC, which a date is read as.
func day(at time.Time) string {
	switch at = at.UTC(); {
	case at.IsZero():
		return ""
	case at.Truncate(24 * time.Hour).Equal(at):
		return at.Format(time.DateOnly)
	}
	return at.Format(time.RFC3339)
}
