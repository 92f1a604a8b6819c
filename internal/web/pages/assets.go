package pages

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"path"
	"regexp"
	"slices"

	"callbox/internal/web/answer"
)

//go:embed assets
var assetFiles embed.FS

// assets are the files that pages refer to, under names that change with their content.
type assets struct {
	byPath map[string]*answer.Answer // "/assets/{hash}/site.css"
	paths  map[string]string         // by name: "site.css"
	worker *answer.Answer
}

// workerFile is the one script with a fixed address: browsers ask there for its next version.
const workerFile = "sw.js"

func loadAssets() (*assets, error) {
	a := &assets{byPath: map[string]*answer.Answer{}, paths: map[string]string{}}
	files, err := assetFiles.ReadDir("assets")
	if err != nil {
		return nil, fmt.Errorf("list the assets: %w", err)
	}
	for _, f := range files {
		if err := a.load(f.Name()); err != nil {
			return nil, fmt.Errorf("asset %s: %w", f.Name(), err)
		}
	}
	drawn, err := icons()
	if err != nil {
		return nil, fmt.Errorf("draw the icons: %w", err)
	}
	for name, body := range drawn {
		a.add(name, body)
	}
	return a, nil
}

var imported = regexp.MustCompile(`from '\./([a-z]+\.js)'`)

// load adds a file, after the scripts that it imports: their names must be known to it.
func (a *assets) load(name string) error {
	if a.paths[name] != "" || name == workerFile {
		return nil
	}
	body, err := assetFiles.ReadFile("assets/" + name)
	if err != nil {
		return err
	}
	for _, m := range imported.FindAllSubmatch(body, -1) {
		if err := a.load(string(m[1])); err != nil {
			return err
		}
	}
	a.add(name, imported.ReplaceAllFunc(body, func(m []byte) []byte {
		return []byte("from '" + a.paths[string(imported.FindSubmatch(m)[1])] + "'")
	}))
	return nil
}

func (a *assets) add(name string, body []byte) {
	sum := sha256.Sum256(body)
	at := "/assets/" + hex.EncodeToString(sum[:8]) + "/" + name
	a.byPath[at], a.paths[name] = answer.New(body, answer.Kind{Media: media(name), Cache: cacheForever}), at
}

// loadWorker makes the service worker. It begins with what it keeps for when there is no network, under
// a name that changes with any of it: the pages that it shows then, and what these refer to.
func (p *Pages) loadWorker() error {
	kept := map[string][]byte{}
	for _, l := range p.langs {
		a, err := p.makeOffline(l)
		if err != nil {
			return err
		}
		kept["/"+l+"/offline"] = a.Body()
	}
	for _, name := range []string{"site.css", "site.js", "device.js", "offline.js", "icon.svg"} {
		kept[p.assets.paths[name]] = p.assets.byPath[p.assets.paths[name]].Body()
	}
	hash := sha256.New()
	files := slices.Sorted(maps.Keys(kept))
	for _, f := range files {
		fmt.Fprintf(hash, "%s %d\n%s", f, len(kept[f]), kept[f])
	}
	shell, err := json.Marshal(map[string]any{"name": "callbox-shell-" + hex.EncodeToString(hash.Sum(nil)[:8]), "files": files, "langs": p.langs})
	if err != nil {
		return err
	}
	script, err := assetFiles.ReadFile("assets/" + workerFile)
	if err != nil {
		return err
	}
	p.assets.worker = answer.New(slices.Concat([]byte("const shell = "), shell, []byte(";\n"), script), answer.Kind{Media: media(workerFile), Cache: cacheChecked})
	return nil
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
	case ".png":
		return "image/png"
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

// offline is the page that the service worker shows when there is no network. Its script fills in what
// the device keeps.
func (p *Pages) offline(w http.ResponseWriter, r *http.Request) {
	a, err := p.makeOffline(p.lang(r))
	if err != nil {
		p.fail(w, r, err)
		return
	}
	a.ServeHTTP(w, r)
}

func (p *Pages) makeOffline(lang string) (*answer.Answer, error) {
	title, err := p.phrases[lang].say("offline.title")
	if err != nil {
		return nil, err
	}
	return p.render("offline", http.StatusOK, cacheBriefly, view{Lang: lang, Title: title, Path: "/offline", Mode: "live", pages: p})
}

// appIcon is an icon in the manifest.
type appIcon struct {
	Src     string `json:"src"`
	Sizes   string `json:"sizes"`
	Type    string `json:"type"`
	Purpose string `json:"purpose,omitempty"`
}

// manifest makes the site an app that can be put on a home screen (W3C Web Application Manifest). Push
// on iOS needs that.
func (p *Pages) manifest(w http.ResponseWriter, r *http.Request) {
	lang := p.lang(r)
	list := []appIcon{{Src: p.assets.paths["icon.svg"], Sizes: "any", Type: media(".svg")}}
	for _, i := range drawings {
		list = append(list, appIcon{Src: p.assets.paths[i.name], Sizes: fmt.Sprintf("%dx%[1]d", i.side), Type: media(".png"), Purpose: i.purpose})
	}
	body, err := json.Marshal(map[string]any{
		"name": p.phrases[lang]["site.name"], "short_name": p.phrases[lang]["site.short"], "lang": lang, "id": "/",
		"description": p.phrases[lang]["home.told_text"],
		"start_url":   "/" + lang + "/", "scope": "/", "display": "standalone",
		"background_color": "#ffffff", "theme_color": "#0b3d66", "icons": list,
	})
	if err != nil {
		p.fail(w, r, err)
		return
	}
	localized(http.StatusOK, "application/manifest+json", "public, max-age=3600", body).ServeHTTP(w, r)
}
