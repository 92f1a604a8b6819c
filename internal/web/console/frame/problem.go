package frame

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"callbox/internal/desk"
	"callbox/internal/desk/door"
	"callbox/internal/store"
	"callbox/outages"
)

// Error is one thing that is wrong with a form: the ID of its field, and a sentence. In templates,
// {{template "errors" .Errors}} lists them, takes the focus and leads to the fields.
type Error struct{ Field, Text string }

// Errors are what is wrong with a form.
type Errors []Error

// On returns what is wrong with one field, for {{with .Errors.On "zips"}}.
func (e Errors) On(field string) string {
	for _, x := range e {
		if x.Field == field {
			return x.Text
		}
	}
	return ""
}

// Fault is an error with a status and sentence of its own.
type Fault struct {
	Status int
	Text   string
}

func (f Fault) Error() string { return f.Text }

// ErrUntouched is the error of [Call.Touched].
var ErrUntouched = door.ErrUntouched

// problemView is what the page of an error shows.
type problemView struct {
	Text     string
	Findings []outages.Finding
	Back     bool // going back keeps what was typed
}

// problem shows an error as a page. An error that is not known is ours: it is logged, and nobody is told
// its details.
func (c *Call) problem(err error) {
	status, title, view := describe(err)
	if status == http.StatusInternalServerError && c.Context().Err() == nil {
		c.console.Log.Error("a page of the console failed", "page", c.Pattern, "why", err)
	}
	if c.Request.Header.Get("Accept") == scripted {
		c.ResponseWriter.Header().Set("Content-Type", scripted)
		c.WriteHeader(status)
		_ = json.NewEncoder(c.ResponseWriter).Encode(map[string]string{"text": view.Text})
		return
	}
	view.Back = c.Method == http.MethodPost
	if err := c.Show(status, "frame-problem", title, view); err != nil {
		c.console.Log.Error("the page of an error failed", "why", err)
		http.Error(c.ResponseWriter, title, status)
	}
}

func describe(err error) (status int, title string, view problemView) {
	if f, ok := errors.AsType[Fault](err); ok {
		return f.Status, http.StatusText(f.Status), problemView{Text: f.Text}
	}
	if b, ok := errors.AsType[*desk.Blocked](err); ok {
		return http.StatusUnprocessableEntity, "A rule stops this", problemView{Text: "It is still a draft, and nothing was sent.", Findings: b.Findings}
	}
	if list, ok := errors.AsType[outages.Problems](err); ok {
		view := problemView{Text: "Nothing was changed."}
		for _, p := range list {
			view.Findings = append(view.Findings, outages.Finding{Block: true, Text: p.Text})
		}
		return http.StatusUnprocessableEntity, "That cannot be stated", view
	}
	switch {
	case errors.Is(err, door.ErrUntouched):
		return http.StatusForbidden, "Confirm that it is you", problemView{Text: sentence(door.ErrUntouched) + " Nothing was done."}
	case errors.Is(err, door.ErrLast):
		return http.StatusConflict, "This is the last one", problemView{Text: sentence(err)}
	case errors.Is(err, desk.ErrDenied):
		return http.StatusForbidden, "You may not do this", problemView{Text: sentence(err)}
	case errors.Is(err, desk.ErrNotFound):
		return http.StatusNotFound, "There is no such page", problemView{Text: "It may have ended, or the address is wrong."}
	case errors.Is(err, desk.ErrConflict), errors.Is(err, store.ErrStale):
		return http.StatusConflict, "It changed meanwhile", problemView{Text: sentence(err)}
	case errors.Is(err, outages.ErrSecondPerson):
		return http.StatusForbidden, "A second person is needed", problemView{Text: sentence(err)}
	}
	return http.StatusInternalServerError, "Something failed here", problemView{
		Text: "Nothing was sent by this. Try again; if it fails again, use the command line: callbox outage."}
}

// sentence makes a text for people of an error: the first line, as a sentence.
func sentence(err error) string {
	s, _, _ := strings.Cut(err.Error(), "\n")
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:] + "."
}
