package consoletest

import (
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
)

// Page opens a page and returns what it says, with its entities resolved.
func (p *Person) Page(path string, want int) string {
	p.s.T.Helper()
	return p.said(p.Get(path), "GET "+path, want)
}

// Send sends a form and returns where it leads, or what the page says.
func (p *Person) Send(path string, form url.Values, want int) string {
	p.s.T.Helper()
	w := p.Post(path, form)
	said := p.said(w, "POST "+path, want)
	if want == http.StatusSeeOther {
		return w.Header().Get("Location")
	}
	return said
}

func (p *Person) said(w *httptest.ResponseRecorder, what string, want int) string {
	p.s.T.Helper()
	if w.Code != want {
		p.s.T.Fatalf("%s: got status %d, want %d\n%s", what, w.Code, want, w.Body)
	}
	return html.UnescapeString(w.Body.String())
}

// Says holds that a page says all that is wanted.
func (s *Site) Says(page string, wants ...string) {
	s.T.Helper()
	for _, want := range wants {
		if !strings.Contains(page, want) {
			s.T.Errorf("the page does not say %q:\n%s", want, page)
		}
	}
}
