package outages

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"callbox/areas"
)

// maxDeclaration bounds a declaration file: a row for each of 3,000 counties takes a tenth of it.
const maxDeclaration = 4 << 20

// Finder finds an area by its ID or name, as [areas.Book.Find] does.
type Finder interface {
	Find(text string) (areas.Area, error)
}

// Reading is what a declaration file is read against.
type Reading struct {
	Areas Finder
	Zone  *time.Location // of the agency: what a bare "13:30" means; nil is UTC
	Now   time.Time      // a bare time is on the day that brings it nearest to now
	Mode  Mode           // what the caller works on; empty leaves it to the file
}

// Problem is one thing to mend in a declaration file.
type Problem struct {
	Place  string `json:"place"`          // path into the file: "conditions[2].area"
	Line   int    `json:"line,omitempty"` // from 1; 0 when not known
	Column int    `json:"column,omitempty"`
	Text   string `json:"text"` // what is wrong and what would be right
}

func (p Problem) String() string {
	place := p.Place
	if p.Line > 0 {
		place = fmt.Sprintf("%s (line %d:%d)", p.Place, p.Line, p.Column)
	}
	return place + ": " + p.Text
}

// Problems are all that is wrong with a declaration file, in the order of the file.
type Problems []Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, x := range p {
		lines[i] = x.String()
	}
	return strings.Join(lines, "\n")
}

// ParseDeclaration reads a declaration file in YAML, or the same shape in JSON. It is strict: a key that
// is not known is an error. The error is [Problems], all that were found at once. See
// testdata/declaration.yaml for the form; a declaration that parses may still be blocked by [Resolve].
func ParseDeclaration(data []byte, r Reading) (Declaration, error) {
	if r.Zone == nil {
		r.Zone = time.UTC
	}
	var f file
	source, problems := decode(data, &f)
	if len(problems) > 0 {
		return Declaration{}, problems
	}
	x := expander{Reading: r, source: source}
	d := x.expand(f)
	if len(x.problems) > 0 {
		return Declaration{}, x.problems
	}
	return d, nil
}

// decode reads YAML or JSON into the shape of a file. The source finds the lines of problems; JSON has none.
func decode(data []byte, f any) (*ast.File, Problems) {
	if len(data) > maxDeclaration {
		return nil, Problems{{Place: "file", Text: "the file is longer than 4 MiB; that is no declaration"}}
	}
	if text := bytes.TrimSpace(data); bytes.HasPrefix(text, []byte("{")) {
		if p, ok := readJSON(data, f); !ok {
			return nil, Problems{p}
		}
		return nil, nil
	}
	if p, ok := readYAML(data, f); !ok {
		return nil, Problems{p}
	}
	source, _ := parser.ParseBytes(data, 0) // it parsed a line ago; without it problems have no line
	return source, nil
}

func readYAML(data []byte, f any) (Problem, bool) {
	err := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict()).Decode(f)
	switch {
	case err == nil:
		return Problem{}, true
	case errors.Is(err, io.EOF):
		return Problem{Place: "file", Text: "the file is empty; see the example declaration"}, false
	}
	p := Problem{Place: "file", Text: err.Error()}
	if y, ok := errors.AsType[yaml.Error](err); ok {
		p.Text = y.GetMessage()
		if t := y.GetToken(); t != nil && t.Position != nil {
			p.Line, p.Column = t.Position.Line, t.Position.Column
		}
	}
	return p, false
}

func readJSON(data []byte, f any) (Problem, bool) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	err := dec.Decode(f)
	if err == nil {
		if _, err = dec.Token(); errors.Is(err, io.EOF) {
			return Problem{}, true
		}
		err = errors.New("there is more after the declaration")
	}
	p := Problem{Place: "file", Text: strings.TrimPrefix(err.Error(), "json: ")}
	offset := dec.InputOffset()
	if errors.Is(err, io.ErrUnexpectedEOF) {
		offset = int64(len(data))
	}
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		offset = e.Offset
	}
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		offset = e.Offset
		p.Place = cmp.Or(e.Field, p.Place)
	}
	before := data[:min(int(offset), len(data))]
	p.Line = 1 + bytes.Count(before, []byte("\n"))
	p.Column = 1 + len(before) - (bytes.LastIndexByte(before, '\n') + 1)
	return p, false
}

// locate finds the line of a path, or of what it stands in.
func locate(source *ast.File, path string) (line, column int) {
	for source != nil && path != "" {
		if p, err := yaml.PathString("$." + path); err == nil {
			if node, err := p.FilterFile(source); err == nil && node != nil {
				at := node.GetToken().Position
				return at.Line, at.Column
			}
		}
		cut := max(strings.LastIndexByte(path, '.'), strings.LastIndexByte(path, '['))
		path = path[:max(cut, 0)]
	}
	return 0, 0
}

// file is the shape of a declaration as officials write it: one row for an area, or several areas, with
// a column for each service.
type file struct {
	Kind           string      `json:"kind"`
	Mode           string      `json:"mode"`
	Began          string      `json:"began"`
	Restored       string      `json:"restored"`
	NextUpdate     string      `json:"next_update"`
	Cause          *Cause      `json:"cause"`
	Conditions     []row       `json:"conditions"`
	Numbers        []numberRow `json:"numbers"`
	Ways           []wayRow    `json:"ways"`
	FailedCarriers words       `json:"failed_carriers"`
	NotAnswering   words       `json:"not_answering"`
	NoNumber       words       `json:"no_number"`
	AlertSuspected bool        `json:"alert_suspected"`
	Elsewhere      words       `json:"elsewhere"`
	Reason         string      `json:"reason"`
}

type row struct {
	Area       words  `json:"area"`
	Voice      string `json:"voice"`
	Text       string `json:"text"`
	Admin      string `json:"admin"`
	Location   string `json:"location"`
	Hit        hits   `json:"hit"`
	Symptom    string `json:"symptom"`
	Since      string `json:"since"`
	Confidence string `json:"confidence"`
}

type hitRow struct {
	Lines          words `json:"lines"`
	Carriers       words `json:"carriers"`
	CarriersExcept words `json:"carriers_except"`
}

type numberRow struct {
	Area    string `json:"area"`
	Label   string `json:"label"`
	For     string `json:"for"`
	Tel     string `json:"tel"`
	Carrier string `json:"carrier"`
	Hours   string `json:"hours"`
	Only    bool   `json:"only"`
	Until   string `json:"until"`
}

type wayRow struct {
	Area  words  `json:"area"`
	Kind  string `json:"kind"`
	Where string `json:"where"`
}

// words are one word, or a list of them.
type words []string

// hits are one hit, or a list of them.
type hits []hitRow

// UnmarshalYAML reads one word or a list.
func (w *words) UnmarshalYAML(n ast.Node) error { return oneOrMoreYAML(n, (*[]string)(w)) }

// UnmarshalJSON reads one word or a list.
func (w *words) UnmarshalJSON(data []byte) error { return oneOrMoreJSON(data, (*[]string)(w)) }

// UnmarshalYAML reads one hit or a list.
func (h *hits) UnmarshalYAML(n ast.Node) error { return oneOrMoreYAML(n, (*[]hitRow)(h)) }

// UnmarshalJSON reads one hit or a list.
func (h *hits) UnmarshalJSON(data []byte) error { return oneOrMoreJSON(data, (*[]hitRow)(h)) }

func oneOrMoreYAML[T any](n ast.Node, list *[]T) error {
	if n.Type() == ast.SequenceType {
		return yaml.NodeToValue(n, list, yaml.Strict())
	}
	*list = make([]T, 1)
	return yaml.NodeToValue(n, &(*list)[0], yaml.Strict())
}

func oneOrMoreJSON[T any](data []byte, list *[]T) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte("[")) {
		return dec.Decode(list)
	}
	*list = make([]T, 1)
	return dec.Decode(&(*list)[0])
}
