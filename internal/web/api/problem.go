package api

import (
	"errors"
	"net/http"
	"regexp"
	"strings"

	"callbox/internal/desk"
	"callbox/internal/officials"
	"callbox/outages"
)

// problem is a problem document (RFC 9457). Code is short and does not change; Detail is for people.
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
	Errors []Flaw `json:"errors,omitempty"`
}

// Flaw is one thing to mend in a request.
type Flaw struct {
	Path   string `json:"path,omitempty"`  // JSON pointer into the body (RFC 6901)
	Field  string `json:"field,omitempty"` // the same, as people write it: "conditions[2].area"
	Rule   string `json:"rule,omitempty"`  // the rule that was broken: "foreign-area"
	Detail string `json:"detail"`
	Line   int    `json:"line,omitempty"` // of the body, from 1
}

func (p *problem) Error() string { return p.Code + ": " + p.Detail }

func (p *problem) reply() (reply, error) {
	p.Type, p.Title = "about:blank", http.StatusText(p.Status)
	return answer(p.Status, p)
}

// problemOf says what an error means to a caller. What is our fault is told without detail.
func (a *API) problemOf(err error) *problem {
	if p, ok := errors.AsType[*problem](err); ok {
		return p
	}
	if b, ok := errors.AsType[*desk.Blocked](err); ok {
		p := &problem{Status: http.StatusUnprocessableEntity, Code: "blocked", Detail: "a rule forbids this; the draft stays a draft"}
		for _, f := range b.Findings {
			if f.Block {
				p.Errors = append(p.Errors, Flaw{Path: pointer(f.Place), Field: f.Place, Rule: f.Rule, Detail: f.Text})
			}
		}
		return p
	}
	if list, ok := errors.AsType[outages.Problems](err); ok {
		p := &problem{Status: http.StatusUnprocessableEntity, Code: "invalid", Detail: "the declaration has mistakes"}
		for _, x := range list {
			p.Errors = append(p.Errors, Flaw{Path: pointer(x.Place), Field: x.Place, Detail: x.Text, Line: x.Line})
		}
		return p
	}
	for _, known := range []struct {
		is     error
		status int
		code   string
	}{
		{officials.ErrUnknown, http.StatusUnauthorized, "key"},
		{officials.ErrDenied, http.StatusForbidden, "denied"},
		{outages.ErrSecondPerson, http.StatusForbidden, "second-person"},
		{desk.ErrNotFound, http.StatusNotFound, "not-found"},
		{desk.ErrConflict, http.StatusConflict, "conflict"},
		{outages.ErrBlocked, http.StatusUnprocessableEntity, "blocked"},
	} {
		if errors.Is(err, known.is) {
			return &problem{Status: known.status, Code: known.code, Detail: err.Error()}
		}
	}
	a.Log.Error("a call failed", "why", err)
	return &problem{Status: http.StatusServiceUnavailable, Code: "failed", Detail: "this could not be done now; nothing is lost, ask again"}
}

// fail answers with a problem document.
func (a *API) fail(w http.ResponseWriter, err error) {
	p := a.problemOf(err)
	switch p.Status {
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", `Bearer realm="callbox"`)
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "5")
	}
	out, err := p.reply()
	if err != nil {
		http.Error(w, p.Detail, p.Status)
		return
	}
	a.write(w, nil, out)
}

var index = regexp.MustCompile(`\[(\d+)\]`)

// pointer turns "conditions[2].area" into "/conditions/2/area". What is no path into the body, such as
// the name of a text, has none.
func pointer(place string) string {
	if place == "" || place == "file" || strings.ContainsAny(place, " /,") {
		return ""
	}
	return "/" + strings.ReplaceAll(index.ReplaceAllString(place, ".$1"), ".", "/")
}
