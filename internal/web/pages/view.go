package pages

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strings"
	"time"
	"unicode"

	"callbox/internal/web/answer"
)

//go:embed templates/*.html
var templateFiles embed.FS

const htmlMedia = "text/html; charset=utf-8"

// view is what a template is given: what every page shows, and in Body what this one does.
type view struct {
	Lang  string
	Title string
	Path  string     // of the page
	Keep  url.Values // parameters that a change of language keeps
	Mark  string     // the mode's word on pages of drills and tests; empty when live
	Mode  string
	ZIP   string // stands in the ZIP box
	Wrong bool   // what stands in the ZIP box is no ZIP code
	Stale string // since when the page could not be renewed; empty when it could
	// Made and MadeAt are when the page was made, for people and for the script that says when it is old;
	// empty on pages that do not age.
	Made, MadeAt string
	Body         any

	pages *Pages
}

func (p *Pages) view(r *http.Request, title string, body any) view {
	lang := p.lang(r)
	if s, err := p.phrases[lang].say(title); err == nil {
		title = s
	}
	return view{Lang: lang, Title: title, Path: r.URL.EscapedPath(), Mode: "live", Body: body, pages: p}
}

// With returns the view for a part of the page that shows something else.
func (v view) With(body any) view {
	v.Body = body
	return v
}

// Say fills in a phrase in the language of the page.
func (v view) Say(key string, values ...string) (string, error) {
	return v.pages.phrases[v.Lang].say(key, values...)
}

// Link returns a path of ours that stays in the language of the page.
func (v view) Link(path string) string {
	to := "/" + v.Lang + path
	if answered.MatchString(path) {
		return v.Here(to)
	}
	return to
}

// answered are the paths whose answers a plain host cannot give.
var answered = regexp.MustCompile(`^/(subscribe|manage|card|poster)\b`)

// Here returns a path that only this site answers: in its copy on a plain host, the public address of it.
func (v view) Here(path string) string {
	if v.pages.copied {
		return v.Absolute(path)
	}
	return path
}

// Copied reports whether the page is of the copy for a plain host.
func (v view) Copied() bool { return v.pages.copied }

// Asset returns the path of an asset.
func (v view) Asset(name string) (string, error) {
	if at := v.pages.assets.paths[name]; at != "" {
		return at, nil
	}
	return "", fmt.Errorf("there is no asset %q", name)
}

// Absolute returns the public address of a path.
func (v view) Absolute(path string) string { return v.pages.Base + path }

// tongue is a language that the page can be read in.
type tongue struct {
	Lang, Name, Link string
	Current          bool
}

// Tongues lists the languages, each by its own name.
func (v view) Tongues() []tongue {
	var out []tongue
	for _, l := range v.pages.langs {
		to := "/" + l + v.Path
		if len(v.Keep) > 0 {
			to += "?" + v.Keep.Encode()
		}
		out = append(out, tongue{Lang: l, Name: v.pages.phrases[l]["site.language"], Link: to, Current: l == v.Lang})
	}
	return out
}

// Clock prints a moment in a zone, as it is read now.
func (v view) clock(t time.Time, zone *time.Location) string {
	return v.pages.phrases[v.Lang].clock(t, v.pages.Now(), zone)
}

// partials are the files that all pages share.
var partials = []string{"templates/layout.html", "templates/parts.html"}

var said = regexp.MustCompile(`\.Say "([^"]*)"`)

// loadTemplates parses one set of templates for each page and checks the phrases they use.
func (p *Pages) loadTemplates() (map[string]*template.Template, error) {
	files, err := templateFiles.ReadDir("templates")
	if err != nil {
		return nil, fmt.Errorf("list the templates: %w", err)
	}
	out := map[string]*template.Template{}
	var wrong []error
	for _, f := range files {
		source, err := templateFiles.ReadFile("templates/" + f.Name())
		if err != nil {
			return nil, fmt.Errorf("read template: %w", err)
		}
		for _, m := range said.FindAllSubmatch(source, -1) {
			if _, ok := p.phrases["en"][string(m[1])]; !ok {
				wrong = append(wrong, fmt.Errorf("template %s: phrase %q is not known", f.Name(), m[1]))
			}
		}
		name := strings.TrimSuffix(f.Name(), path.Ext(f.Name()))
		if name == "layout" || name == "parts" {
			continue
		}
		set, err := template.ParseFS(templateFiles, append(partials, "templates/"+f.Name())...)
		if err != nil {
			return nil, fmt.Errorf("template %s: %w", f.Name(), err)
		}
		out[name] = set
	}
	return out, errors.Join(wrong...)
}

// render makes the answer of a page.
func (p *Pages) render(name string, status int, cache string, v view) (*answer.Answer, error) {
	var b bytes.Buffer
	if err := p.templates[name].ExecuteTemplate(&b, "layout", v); err != nil {
		return nil, fmt.Errorf("page %s: %w", name, err)
	}
	return localized(status, htmlMedia, cache, b.Bytes()), nil
}

// show answers with a page that is made for this request alone.
func (p *Pages) show(w http.ResponseWriter, r *http.Request, name string, status int, v view) {
	a, err := p.render(name, status, cacheNever, v)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	a.ServeHTTP(w, r)
}

// fail answers when we are at fault. What went wrong is for the log; readers are told what to do.
func (p *Pages) fail(w http.ResponseWriter, r *http.Request, err error) {
	p.Log.Error("a page could not be made", "why", err)
	w.Header().Set("Retry-After", "10")
	a, err := p.render("failed", http.StatusServiceUnavailable, cacheNever, p.view(r, "failed.title", nil))
	if err != nil {
		http.Error(w, "This page cannot be shown now. In an emergency call 911.", http.StatusServiceUnavailable)
		return
	}
	a.ServeHTTP(w, r)
}

// notFound keeps the ZIP box: whoever comes here looks for a number.
func (p *Pages) notFound(w http.ResponseWriter, r *http.Request) {
	v := p.view(r, "missing.title", nil)
	v.Path = "/"
	p.show(w, r, "missing", http.StatusNotFound, v)
}

// maxTyped bounds what is taken from a field, in characters.
const maxTyped = 320

// typed cleans what somebody typed: no control or invisible characters that could disorder a page.
func typed(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, strings.TrimSpace(s))
	if runes := []rune(s); len(runes) > maxTyped {
		s = string(runes[:maxTyped])
	}
	return s
}
