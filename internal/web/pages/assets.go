package pages

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"path"
)

//go:embed assets
var assetFiles embed.FS

// assets are the files that pages refer to, under names that change with their content.
type assets struct {
	byPath map[string]*answer // "/assets/{hash}/site.css"
	paths  map[string]string  // by name: "site.css"
	worker *answer
}

// workerFile is the one script with a fixed address: browsers ask there for its next version.
const workerFile = "sw.js"

func loadAssets() (*assets, error) {
	a := &assets{byPath: map[string]*answer{}, paths: map[string]string{}}
	files, err := assetFiles.ReadDir("assets")
	if err != nil {
		return nil, fmt.Errorf("list the assets: %w", err)
	}
	for _, f := range files {
		body, err := assetFiles.ReadFile("assets/" + f.Name())
		if err != nil {
			return nil, fmt.Errorf("read asset: %w", err)
		}
		cache := cacheForever
		if f.Name() == workerFile {
			cache = cacheChecked
		}
		made, err := newAnswer(http.StatusOK, media(f.Name()), cache, body)
		if err != nil {
			return nil, fmt.Errorf("asset %s: %w", f.Name(), err)
		}
		if f.Name() == workerFile {
			a.worker = made
			continue
		}
		sum := sha256.Sum256(body)
		at := "/assets/" + hex.EncodeToString(sum[:8]) + "/" + f.Name()
		a.byPath[at], a.paths[f.Name()] = made, at
	}
	return a, nil
}

// media names a file's type. The tables of machines differ; these are ours.
func media(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	return mime.TypeByExtension(path.Ext(name))
}

func (p *Pages) asset(w http.ResponseWriter, r *http.Request) {
	a := p.assets.byPath[r.URL.Path]
	if a == nil {
		p.notFound(w, r)
		return
	}
	a.ServeHTTP(w, r)
}

func (p *Pages) worker(w http.ResponseWriter, r *http.Request) { p.assets.worker.ServeHTTP(w, r) }

// manifest makes the site an app that can be put on a home screen (W3C Web Application Manifest). Push
// on iOS needs that.
func (p *Pages) manifest(w http.ResponseWriter, r *http.Request) {
	lang := p.lang(r)
	icon := map[string]string{"src": p.assets.paths["icon.svg"], "sizes": "any", "type": "image/svg+xml"}
	body, err := json.Marshal(map[string]any{
		"name": p.phrases[lang]["site.name"], "short_name": p.phrases[lang]["site.short"], "lang": lang, "id": "/",
		"start_url": "/" + lang + "/", "scope": "/", "display": "standalone",
		"background_color": "#ffffff", "theme_color": "#0b3d66", "icons": []any{icon},
	})
	var a *answer
	if err == nil {
		a, err = newAnswer(http.StatusOK, "application/manifest+json", "public, max-age=3600", body)
	}
	if err != nil {
		p.fail(w, r, err)
		return
	}
	w.Header().Add("Vary", "Accept-Language")
	a.ServeHTTP(w, r)
}
