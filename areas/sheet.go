package areas

import (
	"bufio"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Columns are the columns of a kind of CSV file. The header names them in any order; optional ones may
// be left out, others are refused.
type Columns struct {
	Required, Optional []string
}

func (c Columns) all() []string { return slices.Concat(c.Required, c.Optional) }

// Sheet reads a CSV file (RFC 4180, UTF-8, comma, a header line) and gathers what is wrong with it. Cells
// are trimmed and in Unicode NFC; an apostrophe that [SheetWriter] put in front of a formula is taken
// off again.
type Sheet struct {
	csv     *csv.Reader
	columns map[string]int
	report  Report
	failed  error // of the reader below
}

// maxCell bounds a cell in bytes: a town has a few hundred ZIP codes at most.
const maxCell = 8 << 10

// NewSheet reads the header of a file. Its error is a [Report], or that of the reader.
func NewSheet(r io.Reader, want Columns) (*Sheet, error) {
	buffered := bufio.NewReader(r)
	if mark, err := buffered.Peek(3); err == nil && string(mark) == "\uFEFF" {
		_, _ = buffered.Discard(3)
	}
	s := &Sheet{csv: csv.NewReader(buffered), columns: map[string]int{}}
	s.csv.FieldsPerRecord = -1
	s.csv.ReuseRecord = true
	s.csv.TrimLeadingSpace = true
	header, err := s.csv.Read()
	switch {
	case err == io.EOF:
		return nil, Report{{Line: 1, Problem: "the file is empty: it begins with a line that names the columns"}}
	case err != nil:
		s.note(err)
		return nil, s.Err()
	}
	s.readHeader(header, want)
	return s, s.report.err()
}

func (s *Sheet) readHeader(header []string, want Columns) {
	bad := func(format string, args ...any) {
		s.report = append(s.report, LineError{Line: 1, Problem: fmt.Sprintf(format, args...)})
	}
	if len(header) == 1 && strings.ContainsAny(header[0], ";\t") {
		bad("the columns are separated by commas")
		return
	}
	known := want.all()
	for i, name := range header {
		name = strings.ToLower(strings.TrimSpace(name))
		switch _, twice := s.columns[name]; {
		case !slices.Contains(known, name):
			bad("column %q is not known: the columns are %s", clip(name), strings.Join(known, ", "))
		case twice:
			bad("column %q stands twice", name)
		}
		s.columns[name] = i
	}
	for _, name := range want.Required {
		if _, ok := s.columns[name]; !ok {
			bad("column %q is missing", name)
		}
	}
}

func clip(name string) string { return string([]rune(name)[:min(20, utf8.RuneCountInString(name))]) }

// note files an error of the CSV reader without showing anything of the file.
func (s *Sheet) note(err error) {
	if e, ok := errors.AsType[*csv.ParseError](err); ok {
		s.Note(LineError{Line: e.StartLine, Problem: `a quotation mark stands alone: a cell with quotation marks is "quoted ""so"""`})
		return
	}
	s.failed = fmt.Errorf("read the file: %w", err)
}

// Rows goes through the lines below the header. It skips empty lines, and lines that are not CSV after
// noting them in the report. A row is good until the next.
func (s *Sheet) Rows() iter.Seq[Row] {
	return func(yield func(Row) bool) {
		for {
			cells, err := s.csv.Read()
			if err == io.EOF {
				return
			}
			if err != nil {
				s.note(err)
				if s.failed != nil {
					return
				}
				continue
			}
			row := Row{sheet: s, line: s.line(), cells: cells}
			if row.empty() || !row.check() {
				continue
			}
			if !yield(row) {
				return
			}
		}
	}
}

func (s *Sheet) line() int {
	line, _ := s.csv.FieldPos(0)
	return line
}

// Err returns the [Report] of everything wrong so far, by line and column, or the error that kept the
// file from being read; nil when all is well.
func (s *Sheet) Err() error {
	if s.failed != nil {
		return s.failed
	}
	slices.SortStableFunc(s.report, func(a, b LineError) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(s.columns[a.Column], s.columns[b.Column]))
	})
	return s.report.err()
}

// Note adds a problem that was found after its row had passed.
func (s *Sheet) Note(e LineError) { s.report = append(s.report, e) }

// Row is one line of a sheet.
type Row struct {
	sheet *Sheet
	line  int
	cells []string
}

// Line returns the number of the line in the file.
func (r Row) Line() int { return r.line }

// Cell returns the text of a column, empty where the file has no such column.
func (r Row) Cell(column string) string {
	i, ok := r.sheet.columns[column]
	if !ok || i >= len(r.cells) {
		return ""
	}
	return disarm(norm.NFC.String(strings.TrimSpace(r.cells[i])))
}

// List returns the parts of a column that holds several, separated by spaces or semicolons.
func (r Row) List(column string) []string {
	return strings.FieldsFunc(r.Cell(column), func(c rune) bool { return c == ';' || unicode.IsSpace(c) })
}

// Bad notes what is wrong in a column and what would be right.
func (r Row) Bad(column, format string, args ...any) {
	r.sheet.Note(LineError{Line: r.line, Column: column, Problem: fmt.Sprintf(format, args...)})
}

func (r Row) empty() bool {
	return !slices.ContainsFunc(r.cells, func(c string) bool { return strings.TrimSpace(c) != "" })
}

// check refuses what no column may hold.
func (r Row) check() bool {
	if want := len(r.sheet.columns); len(r.cells) != want {
		r.Bad("", "has %d cells where the header has %d", len(r.cells), want)
		return false
	}
	before := len(r.sheet.report)
	for column, i := range r.sheet.columns {
		switch cell := r.cells[i]; {
		case len(cell) > maxCell:
			r.Bad(column, "is longer than %d bytes", maxCell)
		case !utf8.ValidString(cell):
			r.Bad(column, "is not UTF-8: save the file as CSV UTF-8")
		case strings.ContainsFunc(strings.TrimSpace(cell), isHidden):
			r.Bad(column, "holds a line break or an invisible character")
		}
	}
	return len(r.sheet.report) == before
}

// isHidden tells characters that change what a reader sees without being seen: controls, and formats
// such as those that turn the direction of writing.
func isHidden(c rune) bool { return unicode.Is(unicode.Cc, c) || unicode.Is(unicode.Cf, c) }

// isFormula reports whether a spreadsheet would compute a cell instead of showing it.
func isFormula(cell string) bool {
	return cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0]))
}

// arm puts an apostrophe in front of a cell that a spreadsheet would compute, and of one that has such
// apostrophes already, so that disarm gives back the same.
func arm(cell string) string {
	if isFormula(strings.TrimLeft(cell, "'")) {
		return "'" + cell
	}
	return cell
}

func disarm(cell string) string {
	if rest, ok := strings.CutPrefix(cell, "'"); ok && isFormula(strings.TrimLeft(rest, "'")) {
		return rest
	}
	return cell
}

// SheetWriter writes a CSV file that [Sheet] reads back and that a spreadsheet shows without computing
// anything.
type SheetWriter struct {
	csv *csv.Writer
}

// NewSheetWriter begins a file with its header. Errors show up at [SheetWriter.Flush].
func NewSheetWriter(w io.Writer, columns Columns) *SheetWriter {
	s := &SheetWriter{csv: csv.NewWriter(w)}
	_ = s.csv.Write(columns.all())
	return s
}

// Write adds a line: a cell for each column, in the order of Required and Optional.
func (s *SheetWriter) Write(cells ...string) {
	for i, c := range cells {
		cells[i] = arm(c)
	}
	_ = s.csv.Write(cells)
}

// Flush writes what is buffered and returns the first error of any write.
func (s *SheetWriter) Flush() error {
	s.csv.Flush()
	return s.csv.Error()
}
