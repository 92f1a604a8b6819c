package everyday

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"

	"callbox/areas"
	"callbox/internal/desk"
	"callbox/internal/web/console/frame"
)

// importView is the form for a directory file. What was typed, or read from a file, stands in it again.
type importView struct {
	CSV     string
	At      string
	Columns []string
	Bad     areas.Report
	Change  *change
	Errors  frame.Errors
}

// change is what the file would do.
type change struct {
	desk.Replacement
	Read           string // how many lines
	Come, Go, Told []string
}

func showImport(c *frame.Call) error { return importView{}.show(c, http.StatusOK) }

func (v importView) show(c *frame.Call, status int) error {
	v.At = c.Path("/directory")
	v.Columns = append(append([]string{}, areas.DirectoryColumns.Required...), areas.DirectoryColumns.Optional...)
	return c.Show(status, "everyday-import", "Import the directory", v)
}

// takeOver first shows what a file would do, and takes it over at the second press.
func takeOver(c *frame.Call) error {
	text, err := sent(c)
	if err != nil {
		return err
	}
	v := importView{CSV: text}
	if strings.TrimSpace(text) == "" {
		v.Errors = frame.Errors{{Field: "csv", Text: "Paste the lines of the file, or choose a file."}}
		return v.show(c, http.StatusUnprocessableEntity)
	}
	if c.PostFormValue("do") == "take" {
		in, err := c.Desk.ImportDirectory(c.Context(), c.Actor, strings.NewReader(text))
		switch {
		case isReport(err, &v.Bad):
			return v.refuse(c)
		case err != nil:
			return err
		case in.Proposal != "":
			c.Say("An outage is live: somebody else has to agree before it takes effect.")
			return c.See(c.Path("/office/proposals"))
		}
		c.Say(counted(in.Lines, "line was", "lines were") + " taken over.")
		return c.See(c.Path("/directory"))
	}
	r, err := c.Desk.CompareDirectory(c.Context(), c.Actor, strings.NewReader(text))
	if isReport(err, &v.Bad) {
		return v.refuse(c)
	}
	if err != nil {
		return err
	}
	book, err := c.Desk.Book(c.Context())
	if err != nil {
		return err
	}
	v.Change = &change{Replacement: r, Read: counted(r.Lines, "line", "lines"), Come: listed(book, r.Added), Go: listed(book, r.Removed), Told: listed(book, r.Told)}
	return v.show(c, http.StatusOK)
}

// sent returns the file that came with the form: pasted, or uploaded.
func sent(c *frame.Call) (string, error) {
	if !strings.HasPrefix(c.Request.Header.Get("Content-Type"), "multipart/") {
		return c.PostFormValue("csv"), nil
	}
	tooMuch := frame.Fault{Status: http.StatusRequestEntityTooLarge,
		Text: "That file is larger than a form can hold. Send it in parts, or use the command line: callbox numbers import."}
	f, _, err := c.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) {
		return "", nil
	}
	if err != nil {
		return "", tooMuch
	}
	defer f.Close()
	text, err := io.ReadAll(f)
	if err != nil {
		return "", tooMuch
	}
	return string(text), nil
}

// isReport reports whether an error is a list of bad lines, and takes it.
func isReport(err error, to *areas.Report) bool { return errors.As(err, to) }

func (v importView) refuse(c *frame.Call) error {
	v.Errors = frame.Errors{{Field: "csv", Text: counted(len(v.Bad), "line is", "lines are") + " wrong, so nothing was taken over. What is wrong stands below."}}
	return v.show(c, http.StatusUnprocessableEntity)
}

// listed names numbers with their areas.
func listed(book *areas.Book, list []areas.Number) []string {
	var out []string
	for _, n := range list {
		area, _ := book.Area(n.Area)
		out = append(out, area.FullName()+": "+numberNamed(n.Key()))
	}
	return out
}

// export is the agency's directory as the file that brings it.
func export(c *frame.Call) error {
	h, err := c.Desk.Holdings(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := areas.WriteDirectory(&b, areas.Directory{Numbers: h.Numbers, Ways: h.Ways}); err != nil {
		return err
	}
	header := c.ResponseWriter.Header()
	header.Set("Content-Type", "text/csv; charset=utf-8")
	header.Set("Content-Disposition", `attachment; filename="directory.csv"`)
	_, _ = b.WriteTo(c.ResponseWriter) // an error means that the reader left
	return nil
}
