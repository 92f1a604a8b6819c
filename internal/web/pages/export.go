package pages

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"

	"callbox/internal/desk"
	"callbox/internal/web/plainfile"
	"callbox/outages"
)

// Export writes the public pages below a folder as plain files, for a second host to serve when this one is
// gone: what is served, in every language, with all it refers to. A page /outages/x is the file
// outages/x/index.html, and 404.html is for addresses without one. Forms, cards and posters need this site:
// the copy says so and leads to its public address. It has an address for every ZIP code instead of a form.
// Pages of outages that are long over are written once; drills never.
func (p *Pages) Export(ctx context.Context, dir string) error {
	e := p.current.Load()
	if e == nil {
		return errNotReady
	}
	for at, a := range p.assets.byPath {
		if err := plainfile.Replace(filepath.Join(dir, filepath.FromSlash(at)), a.Body()); err != nil {
			return fmt.Errorf("export %s: %w", at, err)
		}
	}
	p = p.copy(e)
	always, once, err := p.exported(ctx, e.board)
	if err != nil {
		return fmt.Errorf("export the pages: %w", err)
	}
	for _, lang := range append([]string{""}, p.langs...) {
		if lang != "" {
			lang = "/" + lang
		}
		for _, at := range append(always, once...) {
			file := filepath.Join(dir, filepath.FromSlash(fileOf(lang+at)))
			if _, err := os.Stat(file); err == nil && slices.Contains(once, at) {
				continue
			}
			if err := p.exportPage(ctx, file, lang+at); err != nil {
				return fmt.Errorf("export %s: %w", lang+at, err)
			}
		}
	}
	return p.exportPage(ctx, filepath.Join(dir, "404.html"), missing)
}

// copy returns pages that know that they are a copy, with an edition of their own.
func (p *Pages) copy(e *edition) *Pages {
	c := &Pages{Config: p.Config, mux: http.NewServeMux(), phrases: p.phrases, langs: p.langs, matcher: p.matcher, templates: p.templates,
		assets: p.assets, limits: p.limits, copied: true}
	c.current.Store(newEdition(e.board, e.at))
	c.handle()
	return c
}

// missing is an address at which there is nothing.
const missing = "/404"

// exported lists the addresses of the copy, without a language: those that change, and those that do not
// any more.
func (p *Pages) exported(ctx context.Context, b *desk.Board) (always, once []string, err error) {
	always = []string{"/", "/zip", "/outages", "/statistics", "/tests", "/v", "/feeds", "/privacy", "/accessibility", "/about", "/offline",
		"/sw.js", "/manifest.webmanifest"}
	for _, zip := range servedZIPs(b) {
		always = append(always, "/zip/"+string(zip))
	}
	for _, agency := range b.Agencies {
		for _, scope := range agency.Jurisdiction {
			for _, id := range b.Book.Readers(scope) {
				always = append(always, "/a/"+string(id))
			}
		}
	}
	for _, o := range b.Outages {
		always = append(always, Path(o.ID, o.Mode))
		for _, bul := range o.Bulletins {
			if code := p.Desk.BulletinCode(bul); code != "" {
				always = append(always, "/v/"+code)
			}
		}
	}
	for _, m := range []outages.Mode{outages.Live, outages.Test} {
		years, err := p.Desk.Years(ctx, m)
		if err != nil {
			return nil, nil, err
		}
		for _, y := range years {
			if m == outages.Live {
				always = append(always, "/outages/in/"+strconv.Itoa(y.Year))
			}
			for _, id := range y.Outages {
				if at := Path(id, m); !slices.Contains(always, at) {
					once = append(once, at)
				}
			}
		}
	}
	slices.Sort(always)
	return slices.Compact(always), once, nil
}

// fileOf is the file of an address: a page without a name of a file is the index of its folder.
func fileOf(at string) string {
	if path.Ext(at) == "" {
		return path.Join(at, "index.html")
	}
	return at
}

// exportPage writes what is served at an address.
func (p *Pages) exportPage(ctx context.Context, file, at string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return err
	}
	w := &written{header: http.Header{}, status: http.StatusOK}
	p.ServeHTTP(w, r)
	if w.status != http.StatusOK && at != missing {
		return fmt.Errorf("it answers %d", w.status)
	}
	return plainfile.Replace(file, w.body.Bytes())
}

// written is an answer that goes into a file.
type written struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *written) Header() http.Header         { return w.header }
func (w *written) WriteHeader(status int)      { w.status = status }
func (w *written) Write(b []byte) (int, error) { return w.body.Write(b) }
