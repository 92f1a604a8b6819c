// Package assets serves files of the program under names that change with their content, so that
// browsers may keep them for ever.
package assets

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"slices"

	"callbox/internal/web/answer"
)

// Set is the files of one folder. It is an http.Handler for everything below its prefix.
type Set struct {
	byPath map[string]*answer.Answer
	paths  map[string]string // by name
}

// New reads the files of a folder. They are served at prefix/HASH/NAME.
func New(folder fs.FS, prefix string) (*Set, error) {
	s := &Set{map[string]*answer.Answer{}, map[string]string{}}
	entries, err := fs.ReadDir(folder, ".")
	if err != nil {
		return nil, fmt.Errorf("list the assets: %w", err)
	}
	for _, e := range entries {
		body, err := fs.ReadFile(folder, e.Name())
		if err != nil {
			return nil, fmt.Errorf("read asset: %w", err)
		}
		sum := sha256.Sum256(body)
		at := prefix + "/" + hex.EncodeToString(sum[:8]) + "/" + e.Name()
		s.byPath[at], s.paths[e.Name()] = answer.New(body, answer.Kind{Media: media(e.Name()), Cache: "public, max-age=31536000, immutable"}), at
	}
	return s, nil
}

// Path returns where a file is served, or an error for one that is not there.
func (s *Set) Path(name string) (string, error) {
	at, ok := s.paths[name]
	if !ok {
		return "", fmt.Errorf("there is no asset %q", name)
	}
	return at, nil
}

// Paths returns where the files with an extension such as ".js" are served, sorted by name.
func (s *Set) Paths(ext string) []string {
	var names, out []string
	for name := range s.paths {
		if path.Ext(name) == ext {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		out = append(out, s.paths[name])
	}
	return out
}

// ServeHTTP implements [http.Handler].
func (s *Set) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f, ok := s.byPath[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	f.ServeHTTP(w, r)
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
