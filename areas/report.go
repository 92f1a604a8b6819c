package areas

import (
	"fmt"
	"strings"
)

// LineError is what is wrong in one line of a file, at one column, and what would be right.
type LineError struct {
	Line    int    `json:"line"`             // from 1; the header is a line
	Column  string `json:"column,omitempty"` // empty when it is about the line as a whole
	Problem string `json:"problem"`
}

func (e LineError) Error() string {
	if e.Column == "" {
		return fmt.Sprintf("line %d: %s", e.Line, e.Problem)
	}
	return fmt.Sprintf("line %d, %s: %s", e.Line, e.Column, e.Problem)
}

// Report lists every bad line of a file, in order. As an error it says that nothing was imported.
type Report []LineError

func (r Report) Error() string {
	lines := make([]string, len(r))
	for i, e := range r {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// err returns the report as an error, nil when there is nothing to report.
func (r Report) err() error {
	if len(r) == 0 {
		return nil
	}
	return r
}
