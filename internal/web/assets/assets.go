// Package assets serves files of the program under names that change with their content, so that
// browsers may keep them for ever.
package assets

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"
)

// Set is the files of one folder. It is an http.Handler for everything below its prefix.
type Set struct {
	byPath map[string]file
	paths  map[string]string // by name
}

type file struct {
	media        string
	body, zipped []byte
}

// New reads the files of a folder. They are served at prefix/HASH/NAME.
func New(folder fs.FS, prefix string) (*Set, error) {
	s := &Set{map[string]file{}, map[string]string{}}
	entries, err := fs.ReadDir(folder, ".")
	if err != nil {
		return nil, fmt.Errorf("list the assets: %w", err)
	}
	for _, e := range entries {
		body, err := fs.ReadFile(folder, e.Name())
		if err != nil {
			return nil, fmt.Errorf("read asset: %w", err)
		}
		zipped, err := zip(body)
		if err != nil {
			return nil, fmt.Errorf("compress asset %s: %w", e.Name(), err)
		}
		sum := sha256.Sum256(body)
		at := prefix + "/" + hex.EncodeToString(sum[:8]) + "/" + e.Name()
		s.byPath[at], s.paths[e.Name()] = file{media(e.Name()), body, zipped}, at
	}
	return s, nil
}

func zip(body []byte) ([]byte, error) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(body); err != nil {
		return nil, err
	}
	err := z.Close()
	return b.Bytes(), err
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
	h := w.Header()
	h.Set("Content-Type", f.media)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Add("Vary", "Accept-Encoding")
	body := f.body
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") && len(f.zipped) < len(f.body) {
		h.Set("Content-Encoding", "gzip")
		body = f.zipped
	}
	r.Header.Del("Range") // the files are short, and a part of a compressed one is of no use
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
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
